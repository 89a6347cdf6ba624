import { Dialog } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent } from '@testing-library/react';
import { RequestFailure } from '../rest/failure';
import { pass } from '../ui/__tests__/pass';
import { CachesModel } from './caches';
import { CachesSentences } from './cachessentences';
import { showCaches } from './components/Caches';
import { QuotaSentences } from './sentences';
import { cachedOf, FakeServer } from './testing';
import { UsageSentences } from './usagesentences';

const PAGES = [
  [
    cachedOf('mastDownload/a.fits', { allocated: 3e6 }),
    cachedOf('mastDownload/b.fits', { duplicate_of: 'hst/b.fits' }),
    cachedOf('mastDownload/c.fits', {
      standing: 'different',
      shorter: true,
      message: 'c.fits has 5 bytes, the archive has 9.'
    }),
    cachedOf('mastDownload/g.fits', {
      standing: 'different',
      message: 'g.fits has 12 bytes, the archive has 9.'
    })
  ],
  [],
  [
    cachedOf('crds_cache/d.fits', { standing: 'unknown', key: null }),
    cachedOf('mastDownload/e.fits', {
      standing: 'unchecked',
      message: 'MAST cannot be reached.'
    }),
    cachedOf('mastDownload/f.fits', { allocated: 2e6 })
  ]
];

let moved: (readonly string[])[] = [];
let model: CachesModel;
let server: FakeServer;
beforeEach(() => {
  jest.useFakeTimers();
  moved = [];
  server = new FakeServer();
  server.cached = PAGES;
  model = new CachesModel({
    api: server,
    root: 'home',
    moved: trashed => {
      moved.push(trashed.map(one => one.id));
    },
    trash: ids => server.trash('home', ids)
  });
});
afterEach(() => {
  act(() => Dialog.flush());
  jest.useRealTimers();
});

const names = () =>
  model.groups.map(({ name, files }) => [name, files.map(one => one.name)]);

describe('what other programs fetched', () => {
  it('is in groups by how it stands to the archive', async () => {
    await model.look();
    expect(names()).toEqual([
      ['adoptable', ['a.fits', 'f.fits']],
      ['twice', ['b.fits']],
      ['shorter', ['c.fits']],
      ['different', ['g.fits']],
      ['unknown', ['d.fits']],
      ['unchecked', ['e.fits']]
    ]);
    expect([model.looking, model.found]).toEqual([false, 7]);
  });

  it('becomes copies where the bytes are the archive’s', async () => {
    await model.look();
    server.damaged = { 'mastDownload/a.fits': 'a.fits is not the archive’s.' };
    await model.adopt();
    expect(server.asked).toContain(
      'adopt mastDownload/a.fits,mastDownload/f.fits'
    );
    expect(names()).toEqual([
      ['twice', ['b.fits']],
      ['shorter', ['c.fits']],
      ['different', ['a.fits', 'g.fits']],
      ['unknown', ['d.fits']],
      ['unchecked', ['e.fits']]
    ]);
    expect([model.adopted, moved, model.work]).toEqual([1, [[]], null]);
  });

  it('is not compared where that cannot be told', async () => {
    await model.look();
    server.refuses = { 'mastDownload/f.fits': 'It cannot be told.' };
    await model.adopt();
    const unchecked = model.groups.find(({ name }) => name === 'unchecked');
    expect(unchecked?.files.map(one => one.message)).toContain(
      'It cannot be told.'
    );
    expect(moved).toEqual([[]]);
  });

  it('goes to the trash by group', async () => {
    await model.look();
    await model.trash('shorter');
    expect(server.asked.slice(-1)).toEqual(['trash mastDownload/c.fits']);
    expect(moved).toEqual([['mastDownload/c.fits']]);
  });

  it('is compared before what is there twice goes', async () => {
    server.cached = [
      ['a', 'b'].map(name =>
        cachedOf(`mastDownload/${name}`, { duplicate_of: `hst/${name}` })
      )
    ];
    await model.look();
    server.damaged = { 'mastDownload/b': 'b has other bytes.' };
    await model.trash('twice');
    expect(server.asked.slice(-2)).toEqual([
      'adopt mastDownload/a,mastDownload/b',
      'trash mastDownload/a'
    ]);
    // What somebody has changed stays.
    expect(names()).toEqual([['different', ['b']]]);
    expect([moved, model.adopted]).toEqual([[['mastDownload/a']], 0]);
  });

  it('says what could not be moved', async () => {
    await model.look();
    server.refuses = { 'mastDownload/c.fits': 'The trash cannot be used.' };
    await model.trash('shorter');
    expect(model.problem).toBe('The trash cannot be used.');
  });

  it('is read no further once that is stopped', async () => {
    server.cached = [
      Array.from({ length: 45 }, (_, i) => cachedOf(`mastDownload/${i}`))
    ];
    server.slow = 10;
    await model.look();
    model.changed.connect(() => {
      if (model.work?.done === 20 && !model.stopped) {
        model.stop();
      }
    });
    await model.adopt();
    expect([model.adopted, model.work]).toEqual([20, null]);
  });

  it('stays known where the server goes away', async () => {
    await model.look();
    server.away = new RequestFailure('server-away', 'It is away.');
    await model.adopt();
    expect([model.problem, names().length, model.work]).toEqual([
      'It is away.',
      6,
      null
    ]);
  });
});

describe('the dialog', () => {
  const dialog = () => document.querySelector<HTMLElement>('.jp-Dialog')!;
  const button = (label: string) =>
    [...dialog().querySelectorAll('button')].find(
      one => one.textContent === label
    )!;
  const show = async () => {
    const trans = nullTranslator.load('x');
    const say = new UsageSentences(new QuotaSentences(trans, 'en'));
    void showCaches({ model, say: new CachesSentences(say) });
    await pass(300);
  };

  it('says what there is, and what can be done', async () => {
    await show();
    for (const part of [
      'The archive has them5.0 MB2 files of the same name and length.',
      'Adopt 2 files',
      'Twice in your workspace1.0 MB1 file.',
      'Shorter than in the archive1.0 MB1 file. Perhaps a download was cut off',
      'Different from the archive’s1.0 MB1 file.',
      'Move 1 file to trash',
      'Not known to the archive',
      'Not compared1.0 MB1 file. MAST cannot be reached.'
    ]) {
      expect(dialog().textContent).toContain(part);
    }
    const [, twice, shorter] = dialog().querySelectorAll('.mast-link');
    fireEvent.click(twice);
    fireEvent.click(shorter);
    await pass();
    expect(dialog().textContent).toContain('also hst/b.fits');
    expect(dialog().textContent).toContain('the archive has 9.');
  });

  it('adopts, and says how many', async () => {
    await show();
    fireEvent.click(button('Adopt 2 files'));
    await pass(300);
    expect(dialog().textContent).toContain('2 files are archive copies now.');
    expect(button('Adopt 2 files')).toBeUndefined();
    // The focus is where something can be pressed.
    expect(document.activeElement).toBe(button('Close'));
    fireEvent.click(button('Close'));
    await pass(300);
    expect([dialog(), model.isDisposed]).toEqual([null, true]);
  });

  it('reads out what is done, not how far it is', async () => {
    const { adopt } = server;
    let go: () => void = () => undefined;
    server.slow = 1;
    server.adopt = async (root, all) => {
      await new Promise<void>(resolve => {
        go = resolve;
      });
      return adopt.call(server, root, all);
    };
    await show();
    fireEvent.click(button('Adopt 2 files'));
    await pass();
    const status = () =>
      dialog().querySelector('.mast-FreeUp-looking [role="status"]')
        ?.textContent;
    expect(status()).toBe('Comparing byte by byte …');
    expect(dialog().textContent).toContain('0 of 2');
    go();
    await pass(100);
    expect(dialog().textContent).toContain('1 of 2');
    expect(status()).toBe('Comparing byte by byte …');
  });

  it('says so where there is nothing', async () => {
    server.cached = [[]];
    await show();
    expect(dialog().textContent).toContain('Nothing is left to compare');
  });

  it('tries again', async () => {
    server.away = new RequestFailure('server-away', 'It is away.');
    await show();
    expect(dialog().textContent).toContain('It is away.');
    server.away = null;
    fireEvent.click(button('Try again'));
    await pass(300);
    expect(dialog().textContent).toContain('Adopt 2 files');
  });
});
