import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { formatCard } from '../../fits';
import type { IByteSource } from '../../tokens';
import { HeaderModel } from '../model';
import { HeaderView } from './HeaderView';

const HEADER = [
  { keyword: 'SIMPLE', value: true },
  { keyword: 'BITPIX', value: 8 },
  { keyword: 'NAXIS', value: 0 }
]
  .map(card => formatCard(card))
  .join('')
  .concat('END')
  .padEnd(2880);

const ORIGIN = { archive: 'mast', key: 'hst/public/a.fits' };
const COPY = 'mast:copy-to-workspace';

afterEach(cleanup);

async function show(
  commands: CommandRegistry,
  origin?: IByteSource['origin']
): Promise<string[]> {
  const bytes = Buffer.from(HEADER, 'latin1');
  const model = new HeaderModel({
    size: async () => bytes.length,
    read: async (start, end) => bytes.subarray(start, end)
  });
  await model.read();
  render(
    <HeaderView
      model={model}
      origin={origin}
      trans={nullTranslator.load('x')}
      locale="en"
      commands={commands}
      copyText={() => undefined}
    />
  );
  return [...document.querySelectorAll('.mast-Header-tools .mast-Button')].map(
    button => button.textContent ?? ''
  );
}

function withCopy(enabled: boolean) {
  const commands = new CommandRegistry();
  const execute = jest.fn();
  commands.addCommand(COPY, {
    label: 'Copy to workspace',
    caption: enabled ? 'Copy it' : 'Copying is switched off',
    isEnabled: () => enabled,
    execute
  });
  return { commands, execute };
}

describe('the header of a file', () => {
  it('of an archive can be followed by a copy of the file', async () => {
    const { commands, execute } = withCopy(true);
    expect(await show(commands, ORIGIN)).toEqual([
      'Copy header',
      'Copy to workspace'
    ]);
    fireEvent.click(screen.getByText('Copy to workspace'));
    expect(execute).toHaveBeenCalledWith(
      expect.objectContaining({
        archive: 'mast',
        sources: [{ key: ORIGIN.key }]
      })
    );
  });

  it('says why it cannot be copied', async () => {
    const { commands } = withCopy(false);
    await show(commands, ORIGIN);
    const button = screen.getByText('Copy to workspace');
    expect([button.getAttribute('aria-disabled'), button.title]).toEqual([
      'true',
      'Copying is switched off'
    ]);
  });

  it('of the workspace, or where nothing copies, has no such button', async () => {
    expect(await show(withCopy(true).commands)).toEqual(['Copy header']);
    cleanup();
    expect(await show(new CommandRegistry(), ORIGIN)).toEqual(['Copy header']);
  });
});
