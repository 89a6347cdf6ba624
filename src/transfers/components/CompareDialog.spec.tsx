import { nullTranslator } from '@jupyterlab/translation';
import { act, cleanup, fireEvent, within } from '@testing-library/react';
import { bytesSource, formatCard, type CardValue } from '../../fits';
import type { IByteSource, IObjectProperties } from '../../tokens';
import { CompareModel } from '../comparemodel';
import { TransfersModel } from '../model';
import { FakeServer } from '../testingserver';
import type { ICopyRecord } from '../types';
import { showCompareDialog } from './CompareDialogWindow';

const COPY: ICopyRecord = {
  key: 'hst/public/ibg7/ibg705080/ibg705081_drz.fits',
  etag: '"old"',
  size: 2880,
  path: 'hst/ibg705081_drz.fits',
  absolute: '/home/ann/hst/ibg705081_drz.fits',
  time: new Date(2026, 2, 12, 12).getTime() / 1000,
  check: 'checksum',
  algorithm: 'CRC64NVME'
};

/** jsdom shows no `<dialog>` that is not opened by script. */
const HIDDEN = { hidden: true };

type Rows = readonly (readonly [string, CardValue])[];

/** A FITS file of headers without data. */
function fitsOf(...headers: readonly Rows[]): IByteSource {
  const text = headers.map((rows, i) => {
    const first: Rows = [
      i === 0 ? ['SIMPLE', true] : ['XTENSION', 'IMAGE'],
      ['BITPIX', 8],
      ['NAXIS', 0]
    ];
    const cards = [...first, ...rows].map(([keyword, value]) =>
      formatCard({ keyword, value })
    );
    const all = `${cards.join('')}END`;
    return all.padEnd(Math.ceil(all.length / 2880) * 2880);
  });
  return bytesSource(new Uint8Array(Buffer.from(text.join(''), 'latin1')));
}

const MINE: Rows = [
  ['CAL_VER', '3.7.1'],
  ['DARKFILE', 'iref$old_drk.fits'],
  ['EXPTIME', 100]
];
const ARCHIVE: Rows = [
  ['CAL_VER', '3.7.2'],
  ['DARKFILE', 'iref$new_drk.fits'],
  ['EXPTIME', 100.5]
];

/** Until timers, promises and frames have done what they do. */
const settled = () =>
  act(async () => {
    await new Promise(resolve => setTimeout(resolve, 60));
  });

async function setUp(
  options: {
    readonly copy?: Partial<ICopyRecord>;
    readonly mine?: IByteSource;
    readonly archive?: IByteSource;
    readonly head?: Partial<IObjectProperties> | Error;
    readonly local?: { size?: number; last_modified?: string };
  } = {}
) {
  const server = new FakeServer();
  const transfers = new TransfersModel({
    api: () => Promise.resolve(server),
    events: null,
    available: true
  });
  const copy = { ...COPY, ...options.copy };
  const model = new CompareModel({
    archiveId: 'mast',
    copy,
    path: copy.path ?? '',
    transfers,
    archive: {
      head: async () => {
        if (options.head instanceof Error) {
          throw options.head;
        }
        return {
          size: 2880,
          etag: '"new"',
          lastModified: new Date(2026, 10, 20, 12),
          ...options.head
        } as IObjectProperties;
      },
      bytes: () => options.archive ?? fitsOf(ARCHIVE)
    },
    contents: {
      localPath: path => path,
      get: async () =>
        ({
          size: 2880,
          last_modified: new Date(2026, 2, 11, 12).toISOString(),
          ...options.local
        }) as never
    },
    open: () => options.mine ?? fitsOf(MINE)
  });
  let decided: string | null = null;
  void showCompareDialog({
    model,
    trans: nullTranslator.load('x'),
    locale: 'en'
  }).then(value => {
    decided = value;
  });
  await settled();
  const dialog = document.querySelector<HTMLElement>('.jp-Dialog');
  if (dialog === null) {
    throw new Error('no dialog');
  }
  const button = (name: string | RegExp) =>
    within(dialog).getByRole<HTMLButtonElement>('button', { name, ...HIDDEN });
  const press = async (name: string | RegExp) => {
    fireEvent.click(button(name));
    await settled();
  };
  return { server, model, dialog, button, press, decided: () => decided };
}

afterEach(async () => {
  for (const dialog of document.querySelectorAll('.jp-Dialog')) {
    fireEvent.keyDown(dialog, { key: 'Escape' });
  }
  await settled();
  cleanup();
});

describe('what it says', () => {
  it('dates, sizes, how the copy was checked, and the cards that differ', async () => {
    const { dialog } = await setUp();
    const text = dialog.textContent ?? '';
    for (const part of [
      'Reprocessed in the archive on 2026-11-20; yours is of 2026-03-11.',
      '2.9 kB (2,880 bytes)',
      '"old"',
      '"new"',
      'Yours was copied on 2026-03-12 and checked by checksum (CRC64NVME).',
      '3 cards differ.'
    ]) {
      expect(text).toContain(part);
    }
    const table = within(dialog).getByRole('table', {
      name: 'HDU 0 · PRIMARY',
      ...HIDDEN
    });
    expect(
      within(table)
        .getAllByRole('columnheader', HIDDEN)
        .map(one => one.textContent)
    ).toEqual(['Card', 'Yours', 'Archive']);
    const rows = within(table)
      .getAllByRole('row', HIDDEN)
      .map(row => [...row.children].map(cell => cell.textContent));
    expect(rows).toEqual([
      ['Card', 'Yours', 'Archive'],
      ['Software that made it 1'],
      ['CAL_VER', '3.7.1', '3.7.2'],
      ['Reference files and calibration steps 1'],
      ['DARKFILE', 'iref$old_drk.fits', 'iref$new_drk.fits'],
      ['Other cards 1'],
      ['EXPTIME', '100', '100.5']
    ]);
  });

  it('the times too where the days are the same', async () => {
    const { dialog } = await setUp({
      head: { lastModified: new Date(2026, 2, 11, 13, 5) }
    });
    expect(dialog.textContent).toContain(
      'Reprocessed in the archive on 2026-03-11 13:05:00; yours is of 2026-03-11 12:00:00.'
    );
  });

  it('that nobody knows which version was copied, where no ETag tells', async () => {
    const { dialog, button } = await setUp({ copy: { etag: '' } });
    expect(dialog.textContent).toContain(
      'Nobody can tell whether the archive still has the version that you copied'
    );
    expect(dialog.textContent).not.toContain('Reprocessed');
    expect(button('Update').disabled).toBe(false);
  });

  it('that the data may differ where the headers do not', async () => {
    const { dialog } = await setUp({ archive: fitsOf(MINE) });
    expect(dialog.textContent).toContain(
      'The headers do not differ. The data may.'
    );
  });

  it('what can be known of a file that is no FITS file', async () => {
    const { dialog, button } = await setUp({
      copy: { key: 'mast/hlsp/a.jpg', path: 'a.jpg' }
    });
    expect(dialog.textContent).toContain('Only headers of FITS files');
    expect(button('Update').disabled).toBe(false);
  });

  it('which side fails, and tries again', async () => {
    const { dialog, button, model } = await setUp({
      head: new Error('No answer from the archive.')
    });
    expect(dialog.textContent).toContain(
      'The archive’s version cannot be read'
    );
    expect(dialog.textContent).toContain('No answer from the archive.');
    expect(button('Update').disabled).toBe(true);
    expect(button('Keep both').disabled).toBe(true);
    const again = jest.spyOn(model, 'read').mockResolvedValue();
    fireEvent.click(button('Try again'));
    expect(again).toHaveBeenCalledTimes(1);
  });

  it('when the file here was changed since', async () => {
    const { dialog } = await setUp({
      local: { last_modified: new Date(2026, 5, 1, 12).toISOString() }
    });
    expect(dialog.textContent).toContain('yours was copied on 2026-03-12.');
    expect(dialog.textContent).toContain('You changed yours on 2026-06-01.');
  });

  it('of many cards the telling ones, the rest when it is asked for', async () => {
    const many = (offset: number): Rows => [
      ['CAL_VER', `${offset}`],
      ...Array.from({ length: 10_000 }, (_, i): [string, CardValue] => [
        `K${i}`,
        i + offset
      ])
    ];
    const { dialog, button } = await setUp({
      mine: fitsOf(many(0)),
      archive: fitsOf(many(1))
    });
    for (let i = 0; i < 50 && !dialog.textContent?.includes('differ.'); i++) {
      await settled();
    }
    const rows = () => dialog.querySelectorAll('tbody tr').length;
    expect(dialog.textContent).toContain('10,001 cards differ.');
    expect(rows()).toBe(3 + 3);
    const other = button(/^Other cards/);
    expect(other.getAttribute('aria-expanded')).toBe('false');
    fireEvent.click(other);
    expect(other.getAttribute('aria-expanded')).toBe('true');
    expect(rows()).toBe(3 + 3 + 200 + 1);
    fireEvent.click(button('Show the other 9,800'));
    expect(rows()).toBe(3 + 3 + 10_000);
  });
});

describe('what it does', () => {
  it('begins on the button that keeps the file; Enter there closes it', async () => {
    const { server, button, decided } = await setUp();
    expect(document.activeElement).toBe(button('Keep mine'));
    fireEvent.keyDown(button('Keep mine'), { key: 'Enter' });
    await settled();
    expect(decided()).toBe('keep');
    expect(server.asked).toEqual([]);
  });

  it('Enter inside copies nothing, Escape closes it', async () => {
    const { server, dialog, decided } = await setUp();
    const inside = within(dialog).getByRole('region', HIDDEN);
    inside.focus();
    fireEvent.keyDown(inside, { key: 'Enter' });
    await settled();
    expect(decided()).toBeNull();
    fireEvent.keyDown(inside, { key: 'Escape' });
    await settled();
    expect(decided()).toBe('keep');
    expect(server.asked).toEqual([]);
  });

  it('updates a file that nobody changed', async () => {
    const { server, press, decided } = await setUp();
    await press('Update');
    expect(decided()).toBe('update');
    expect(server.asked).toMatchObject([
      ['verify', 'home', COPY.path],
      ['create', { conflict: 'replace', target: 'hst' }]
    ]);
  });

  it('names what is lost first, with the focus on the safe button', async () => {
    const { server, dialog, button, press, decided } = await setUp();
    server.verdict = { same: false, algorithm: 'MD5', message: '', time: 0 };
    button('Update').focus();
    await press('Update');
    expect(within(dialog).getByRole('alert', HIDDEN).textContent).toMatch(
      /was changed since it was copied on 2026-03-12.*lost for good/
    );
    expect(document.activeElement).toBe(button('Keep mine'));
    expect(server.asked).toHaveLength(1);
    expect(decided()).toBeNull();
    await press('Replace my file');
    expect(decided()).toBe('update');
    expect(server.asked).toHaveLength(2);
  });

  it('keeps both', async () => {
    const { server, press, decided } = await setUp();
    await press('Keep both');
    expect(decided()).toBe('both');
    expect(server.asked).toMatchObject([['create', { conflict: 'keep-both' }]]);
  });

  it('stays open with the reason when it cannot be started', async () => {
    const { server, dialog, press, decided } = await setUp();
    server.errors.push(new Error('There is no room.'));
    await press('Keep both');
    expect(decided()).toBeNull();
    expect(dialog.textContent).toContain('There is no room.');
  });

  it('does not update a copy of another name in its place', async () => {
    const { dialog, button } = await setUp({
      copy: { path: 'hst/ibg705081_drz (2).fits' }
    });
    expect(button('Update').disabled).toBe(true);
    expect(button('Keep both').disabled).toBe(false);
    expect(dialog.textContent).toContain('has another name');
  });
});
