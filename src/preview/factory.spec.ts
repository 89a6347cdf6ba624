import { createFileContext } from '@jupyterlab/docregistry/lib/testutils';
import { ServiceManagerMock } from '@jupyterlab/services/lib/testutils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import type { IByteSource } from '../tokens';
import { FitsFactory } from './factory';
// The factory loads it itself; here it is there already, so that tests are quick.
import './widget';

/** FITS documents whose bytes are found by `source`. */
function factoryOf(source: ConstructorParameters<typeof FitsFactory>[1]) {
  return new FitsFactory(
    { name: 'FITS header', fileTypes: ['fits'], readOnly: true },
    source,
    {
      trans: nullTranslator.load('jupyterlab_mast'),
      locale: 'en',
      commands: new CommandRegistry()
    }
  );
}

const context = () =>
  createFileContext('MAST:gone/a.fits', new ServiceManagerMock());

it('says why a document could not be loaded, and tries again', async () => {
  const error = jest
    .spyOn(console, 'error')
    .mockImplementation(() => undefined);
  const source = jest
    .fn()
    .mockRejectedValueOnce(new Error('There is no archive "gone" here.'))
    .mockResolvedValue({ size: async () => 0, read: async () => undefined });
  const { content } = factoryOf(source).createNew(context());
  const settled = () => new Promise(resolve => setTimeout(resolve, 10));
  await settled();
  expect(content.node.textContent).toContain(
    'This could not be loaded: There is no archive "gone" here.'
  );
  const button = content.node.querySelector('button');
  expect(button?.textContent).toBe('Try again');
  button?.click();
  await settled();
  expect(source.mock.calls).toEqual([
    ['MAST:gone/a.fits'],
    ['MAST:gone/a.fits']
  ]);
  expect(content.widgets).toHaveLength(1);
  expect(content.widgets[0].hasClass('mast-Preview')).toBe(true);
  expect(error).toHaveBeenCalledTimes(1);
  error.mockRestore();
  content.dispose();
});

it('leaves a document alone that was closed meanwhile', async () => {
  let found: (source: IByteSource) => void = () => undefined;
  const document = factoryOf(
    () => new Promise(resolve => (found = resolve))
  ).createNew(context());
  const { content } = document;
  document.dispose();
  found({ size: async () => 0, read: async () => new Uint8Array() });
  await new Promise(resolve => setTimeout(resolve, 10));
  expect(content.node.textContent).toBe('');
});
