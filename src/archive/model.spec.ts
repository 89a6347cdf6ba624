import type { IArchiveInfo } from '../tokens';
import { ArchiveError } from './errors';
import { ArchiveModel } from './model';
import { archiveInfo, FakeStore, manyKeys, english } from './testing';

const HST = 'hst/public/';
const PROGRAMME = 'hst/public/ibg7/';
const A = `${PROGRAMME}ibg705080/`;
const B = `${PROGRAMME}ibg706010/`;

const KEYS = [
  `${A}ibg705080_drz.fits`,
  `${A}ibg705o8q_flt.fits`,
  `${B}ibg706010_drz.fits`,
  'hst/public/icii/icii01010/icii01010_raw.fits',
  'tess/public/tid/s0014/0000/0003/7778/0790/tess-lc.fits',
  'tess/public/notes.txt'
];

function setUp(keys: readonly string[] = KEYS, pageSize = 1000) {
  const mast = archiveInfo();
  const sample = archiveInfo({
    id: 'sample',
    title: 'Sample',
    roots: [{ title: 'Hubble', prefix: HST }]
  });
  const stores = new Map<string, FakeStore>([
    ['mast', new FakeStore(keys, pageSize)],
    ['sample', new FakeStore([KEYS[0]], pageSize)]
  ]);
  const store = (id: string) => stores.get(id) as FakeStore;
  const model = new ArchiveModel({
    trans: english,
    archives: [mast, sample],
    open: (info: IArchiveInfo) => store(info.id)
  });
  const shown = () =>
    (model.listing?.rows ?? []).map(row =>
      row.type === 'group' ? `[${row.title}]` : row.name
    );
  return { model, store: store('mast'), sample: store('sample'), shown };
}

const go = (model: ArchiveModel, prefix: string, key?: string) =>
  model.goTo({ archive: 'mast', prefix, key });

const selected = (model: ArchiveModel) => [...model.selection.ids];

describe('ArchiveModel', () => {
  it('fetches nothing before it is told to go somewhere', () => {
    const { model, store } = setUp();
    expect([model.archive, model.listing, model.root, model.prefix]).toEqual([
      null,
      null,
      null,
      ''
    ]);
    expect([
      model.canUp,
      model.canGroup,
      model.grouped,
      model.isBookmarked
    ]).toEqual([false, false, false, false]);
    expect([model.selectedObjects, model.recent, model.store]).toEqual([
      [],
      [],
      null
    ]);
    expect(store.requests).toEqual([]);
  });

  it('does nothing on back, up, refresh before that', async () => {
    const { model, store } = setUp();
    await model.back();
    await model.forward();
    await model.up();
    await model.refresh();
    await model.setGrouped(true);
    model.toggleBookmark();
    expect([store.requests, model.bookmarks, model.grouping]).toEqual([
      [],
      [],
      {}
    ]);
  });

  it('shows a folder', async () => {
    const { model, shown } = setUp();
    const places: string[] = [];
    model.placeChanged.connect((_, place) => places.push(place.prefix));
    await go(model, HST);
    expect(shown()).toEqual(['ibg7', 'icii']);
    expect([model.archive?.id, model.root?.title, model.prefix]).toEqual([
      'mast',
      'Hubble',
      HST
    ]);
    expect(places).toEqual([HST]);
  });

  it('does not list again the place that is shown', async () => {
    const { model, store } = setUp();
    await go(model, HST);
    const { listing } = model;
    await go(model, HST);
    expect(model.listing).toBe(listing);
    expect(store.requests).toHaveLength(1);
    expect(model.history.canBack).toBe(false);
  });

  it('goes to the same folder of another archive', async () => {
    const { model, sample, shown } = setUp();
    await go(model, HST);
    await model.goTo({ archive: 'sample', prefix: HST });
    expect(sample.requests).toHaveLength(1);
    expect(shown()).toEqual(['ibg7']);
    await model.back();
    expect(model.archive?.id).toBe('mast');
  });

  it.each([
    ['an archive that is not here', 'other', HST, 'not-found'],
    ['a folder above the roots', 'mast', 'hst/', 'forbidden'],
    ['the bucket itself', 'mast', '', 'forbidden'],
    ['a folder beside the roots', 'mast', 'hst/publication/', 'forbidden']
  ])('refuses %s, and stays where it is', async (_, archive, prefix, kind) => {
    const { model, store } = setUp();
    await go(model, HST);
    await expect(model.goTo({ archive, prefix })).rejects.toMatchObject({
      kind
    });
    expect([model.prefix, model.history.canBack]).toEqual([HST, false]);
    expect(store.requests).toHaveLength(1);
  });

  it('says so of a store that is not here', () => {
    const { model, store } = setUp();
    expect(() => model.storeOf('other')).toThrow(ArchiveError);
    expect(model.storeOf('mast')).toBe(store);
  });

  it('resolves when the first page failed; the listing has the error', async () => {
    const { model, store } = setUp();
    store.errors.push(new ArchiveError('forbidden', 'no', { status: 403 }));
    await go(model, HST);
    expect(model.listing?.error?.kind).toBe('forbidden');
  });

  it('shows the last place that was asked for, however slow the others are', async () => {
    const { model, store, shown } = setUp();
    const waiting: (() => void)[] = [];
    store.before = () => new Promise(resolve => waiting.push(resolve));
    const first = go(model, HST);
    const second = go(model, 'tess/public/');
    await Promise.resolve();
    waiting.reverse().forEach(resolve => resolve());
    await Promise.all([first, second]);
    expect(model.prefix).toBe('tess/public/');
    expect(shown()).toEqual(['notes.txt', 'tid']);
    expect(store.signals[0]?.aborted).toBe(true);
  });

  it('tells who listens of every change, and stops when disposed', async () => {
    const { model } = setUp();
    let changed = 0;
    model.changed.connect(() => changed++);
    await go(model, HST);
    expect(changed).toBeGreaterThan(1);
    const before = changed;
    const { listing } = model;
    model.dispose();
    model.dispose();
    expect([model.isDisposed, listing?.isDisposed]).toEqual([true, true]);
    listing?.sort('name', true);
    expect(changed).toBe(before);
  });
});

describe('ArchiveModel, history', () => {
  it('goes back and forward', async () => {
    const { model } = setUp();
    await go(model, HST);
    await go(model, PROGRAMME);
    await go(model, A);
    await model.back();
    expect(model.prefix).toBe(PROGRAMME);
    await model.back();
    expect([model.prefix, model.history.canBack]).toEqual([HST, false]);
    await model.back();
    expect(model.prefix).toBe(HST);
    await model.forward();
    await model.forward();
    expect([model.prefix, model.history.canForward]).toEqual([A, false]);
  });

  it('goes up to the root and no further, with the folder it left selected', async () => {
    const { model } = setUp();
    await go(model, 'tess/public/tid/s0014/');
    await model.up();
    expect([model.prefix, selected(model)]).toEqual([
      'tess/public/tid/',
      ['f:tess/public/tid/s0014/']
    ]);
    await model.up();
    expect([model.prefix, selected(model), model.canUp]).toEqual([
      'tess/public/',
      ['f:tess/public/tid/'],
      false
    ]);
    await model.up();
    expect(model.prefix).toBe('tess/public/');
    await model.back();
    expect(model.prefix).toBe('tess/public/tid/');
  });

  it('puts the keyboard on the group it comes from, where groups are shown', async () => {
    const { model } = setUp();
    await go(model, B);
    const revealed: string[] = [];
    model.revealRequested.connect((_, id) => revealed.push(id));
    await model.up();
    expect(model.grouped).toBe(true);
    expect([model.selection.current, selected(model)]).toEqual([`g:${B}`, []]);
    expect(revealed).toEqual([`g:${B}`]);
  });

  it('remembers recent places, the latest first, each once, 20 at most', async () => {
    const { model } = setUp();
    await go(model, HST);
    await go(model, PROGRAMME);
    await go(model, HST);
    expect(model.recent).toEqual([
      { archive: 'mast', prefix: HST },
      { archive: 'mast', prefix: PROGRAMME }
    ]);
    for (let i = 0; i < 25; i++) {
      await go(model, `${HST}p${i}/`);
    }
    expect(model.recent).toHaveLength(20);
    expect(model.recent[0].prefix).toBe(`${HST}p24/`);
    model.recent = manyKeys(HST, 30, '/').map(prefix => ({
      archive: 'mast',
      prefix
    }));
    expect(model.recent).toHaveLength(20);
  });
});

describe('ArchiveModel, selection', () => {
  it('gives objects in the order of the rows', async () => {
    const { model } = setUp();
    await go(model, A);
    let told = 0;
    model.selectionChanged.connect(() => told++);
    model.select(selection => {
      selection.toggle(`o:${A}ibg705o8q_flt.fits`);
      selection.toggle(`o:${A}ibg705080_drz.fits`);
      selection.toggle('o:gone');
    });
    expect(told).toBe(1);
    expect(model.selectedObjects.map(object => object.key)).toEqual([
      `${A}ibg705080_drz.fits`,
      `${A}ibg705o8q_flt.fits`
    ]);
    expect(model.selectedRows).toHaveLength(2);
  });

  it('gives folders as rows, not as objects', async () => {
    const { model } = setUp();
    await go(model, 'tess/public/');
    model.select(selection => selection.all(model.listing?.rows ?? []));
    expect(model.selectedRows.map(row => row.type)).toEqual([
      'object',
      'folder'
    ]);
    expect(model.selectedObjects.map(object => object.key)).toEqual([
      'tess/public/notes.txt'
    ]);
  });

  it('does not go along to another folder', async () => {
    const { model } = setUp();
    await go(model, A);
    model.select(selection => selection.only(`o:${A}ibg705080_drz.fits`));
    await go(model, B);
    expect([selected(model), model.selection.current]).toEqual([[], null]);
  });

  it('keeps an order where a folder is one page, and says where it waits', async () => {
    const { model, shown } = setUp(
      [...manyKeys(A, 3), 'hst/public/x/b', 'hst/public/x/aa'],
      2
    );
    await go(model, 'hst/public/x/');
    await model.setGrouped(false);
    model.sort('size', true);
    expect([shown(), model.orderWaits]).toEqual([['aa', 'b'], false]);
    model.sort('size', false);
    await model.refresh();
    expect([shown(), model.orderWaits]).toEqual([['b', 'aa'], false]);
    await go(model, A);
    expect(model.orderWaits).toBe(true);
    expect([model.sortBy, model.listing?.sortBy]).toEqual(['size', 'name']);
    expect(await model.loadAndSort('size', false)).toBe(true);
    expect([model.orderWaits, model.listing?.sortBy]).toEqual([false, 'size']);
    model.sort('name', false);
    await model.refresh();
    expect([model.listing?.done, model.orderWaits]).toEqual([false, false]);
  });

  it('does not order what could not be loaded to its end', async () => {
    const { model, store } = setUp(manyKeys(A, 5), 2);
    await go(model, A);
    store.errors.push(new ArchiveError('forbidden', 'no', { status: 403 }));
    expect(await model.loadAndSort('date', true)).toBe(false);
    expect([model.sortBy, model.listing?.sortBy]).toEqual(['name', 'name']);
  });

  it('stays with filter and order when the folder is loaded again', async () => {
    const { model, store, shown } = setUp();
    await go(model, A);
    await model.listing?.setFilter('ibg705o');
    model.sort('size', true);
    model.select(selection => selection.only(`o:${A}ibg705o8q_flt.fits`));
    const { listing } = model;
    await model.refresh();
    expect(model.listing).not.toBe(listing);
    expect(listing?.isDisposed).toBe(true);
    expect([model.listing?.filter, shown()]).toEqual([
      'ibg705o',
      ['[ibg705080]', 'ibg705o8q_flt.fits']
    ]);
    expect([model.listing?.sortBy, model.listing?.descending]).toEqual([
      'size',
      true
    ]);
    expect([model.sortBy, model.descending]).toEqual(['size', true]);
    expect(model.selectedObjects).toHaveLength(1);
    expect(model.history.canBack).toBe(false);
    await model.listing?.setFilter('');
    expect(shown()).toHaveLength(3);
    expect(store.requests.length).toBeLessThanOrEqual(4);
  });
});

describe('ArchiveModel, a key', () => {
  it('selects it and asks to show it', async () => {
    const { model } = setUp();
    const revealed: string[] = [];
    model.revealRequested.connect((_, id) => revealed.push(id));
    await go(model, A, `${A}ibg705o8q_flt.fits`);
    const id = `o:${A}ibg705o8q_flt.fits`;
    expect([selected(model), model.selection.current, revealed]).toEqual([
      [id],
      id,
      [id]
    ]);
  });

  it('selects it in the folder that is shown, without listing it again', async () => {
    const { model, store } = setUp();
    await go(model, A);
    await go(model, A, `${A}ibg705o8q_flt.fits`);
    expect(selected(model)).toEqual([`o:${A}ibg705o8q_flt.fits`]);
    expect(store.requests).toHaveLength(1);
  });

  it('opens the group that hides it', async () => {
    const { model } = setUp();
    await go(model, PROGRAMME);
    model.listing?.setOpen(B, false);
    await go(model, PROGRAMME, `${B}ibg706010_drz.fits`);
    expect(selected(model)).toEqual([`o:${B}ibg706010_drz.fits`]);
  });

  it('takes away a filter that hides it', async () => {
    const { model } = setUp();
    await go(model, A);
    await model.listing?.setFilter('ibg705080');
    await go(model, A, `${A}ibg705o8q_flt.fits`);
    expect(selected(model)).toEqual([`o:${A}ibg705o8q_flt.fits`]);
    expect(model.listing?.filter).toBe('');
  });

  it('keeps a filter that shows it', async () => {
    const { model } = setUp();
    await go(model, A);
    await model.listing?.setFilter('ibg705o');
    await go(model, A, `${A}ibg705o8q_flt.fits`);
    expect(selected(model)).toEqual([`o:${A}ibg705o8q_flt.fits`]);
    expect(model.listing?.filter).toBe('ibg705o');
  });

  it.each([
    ['a folder of files', 'tess/public/big/'],
    ['a grouped one', `${PROGRAMME}ibg799999/`]
  ])(
    'deep in a huge one, %s, takes few pages and is selected',
    async (_, prefix) => {
      const keys = manyKeys(prefix, 100_000);
      const { model, store } = setUp(keys);
      const revealed: string[] = [];
      model.revealRequested.connect((__, id) => revealed.push(id));
      const key = keys[77_777];
      await go(model, prefix, key);
      expect(store.requests.length).toBeLessThanOrEqual(4);
      expect(model.selectedObjects.map(object => object.key)).toEqual([key]);
      expect(revealed).toEqual([`o:${key}`]);
    }
  );

  it('deep in a huge one is not looked for by its neighbours', async () => {
    const prefix = 'tess/public/big/';
    const keys = manyKeys(prefix, 5000, '').flatMap(key => [
      key,
      `${key}.fits`
    ]);
    const { model, shown } = setUp(keys);
    await go(model, prefix, `${prefix}n004000`);
    expect(model.selectedObjects.map(object => object.key)).toEqual([
      `${prefix}n004000`
    ]);
    expect(shown()).toEqual(['n004000', 'n004000.fits']);
  });

  it('that is not there selects nothing', async () => {
    const { model } = setUp();
    await go(model, A, `${A}gone.fits`);
    expect([selected(model), model.listing?.rows.length]).toEqual([[], 3]);
  });

  it('in a folder that cannot be listed selects nothing', async () => {
    const { model, store } = setUp();
    store.errors.push(new ArchiveError('forbidden', 'no', { status: 403 }));
    await go(model, A, `${A}ibg705o8q_flt.fits`);
    expect([selected(model), store.requests.length]).toEqual([[], 1]);
  });

  it('is not selected in a folder that was left meanwhile', async () => {
    const { model, store } = setUp();
    let release: () => void = () => undefined;
    store.before = () => new Promise(resolve => (release = resolve));
    const first = go(model, A, `${A}ibg705o8q_flt.fits`);
    store.before = () => undefined;
    await go(model, HST);
    release();
    await first;
    expect([model.prefix, selected(model)]).toEqual([HST, []]);
  });
});

describe('ArchiveModel, grouping', () => {
  it.each([
    [HST, false],
    [PROGRAMME, true],
    [A, true],
    ['tess/public/tid/s0014/', false],
    ['tess/public/tid/s0014/0000/0003/7778/0790/', true],
    ['kepler/public/', false]
  ])('%s is grouped unless told otherwise: %p', async (prefix, grouped) => {
    const { model, store } = setUp();
    await go(model, prefix);
    expect(model.grouped).toBe(grouped);
    expect(store.requests[0].delimiter).toBe(grouped ? '' : '/');
  });

  it('is remembered for each root, and listed anew', async () => {
    const { model, shown } = setUp();
    await go(model, PROGRAMME);
    expect(shown()).toContain('[ibg705080]');
    await model.setGrouped(false);
    expect(shown()).toEqual(['ibg705080', 'ibg706010']);
    await go(model, A);
    expect(model.grouped).toBe(false);
    await go(model, 'tess/public/tid/s0014/0000/0003/7778/0790/');
    expect(model.grouped).toBe(true);
    expect(model.grouping).toEqual({ 'mast/hst/public/': false });
  });

  it('is taken from what was kept, and never groups a root', async () => {
    const { model } = setUp();
    model.grouping = { 'mast/tess/public/': true, 'mast/hst/public/': true };
    await go(model, 'tess/public/tid/');
    expect([model.grouped, model.canGroup]).toEqual([true, true]);
    await go(model, HST);
    expect([model.grouped, model.canGroup]).toEqual([false, false]);
    await model.goTo({ archive: 'sample', prefix: `${HST}ibg7/` });
    expect(model.grouping).not.toHaveProperty(['sample/hst/public/']);
  });
});

describe('ArchiveModel, bookmarks', () => {
  it('are put on the place shown, and taken away', async () => {
    const { model } = setUp();
    let told = 0;
    model.bookmarksChanged.connect(() => told++);
    await go(model, A);
    model.toggleBookmark();
    expect([model.isBookmarked, told]).toEqual([true, 1]);
    expect(model.bookmarkOf('mast', A)).toMatchObject({
      archive: 'mast',
      prefix: A,
      added: new Date().toISOString().slice(0, 10)
    });
    expect(model.bookmarkOf('sample', A)).toBeUndefined();
    await go(model, B);
    expect(model.isBookmarked).toBe(false);
    model.toggleBookmark();
    expect(model.bookmarks.map(mark => mark.prefix)).toEqual([A, B]);
    await go(model, A);
    model.toggleBookmark();
    expect(model.bookmarks.map(mark => mark.prefix)).toEqual([B]);
    expect(told).toBe(3);
  });

  it('are put on the folder that is selected, when it alone is', async () => {
    const { model } = setUp();
    await go(model, `${HST}ibg7/`);
    await model.setGrouped(false);
    expect(model.folder).toBe(`${HST}ibg7/`);
    model.select(selection => selection.only(`f:${A}`));
    expect(model.folder).toBe(A);
    model.toggleBookmark(model.folder);
    expect(model.bookmarks.map(mark => mark.prefix)).toEqual([A]);
    expect(model.isBookmarked).toBe(false);
    model.toggleBookmark(model.folder);
    expect(model.bookmarks).toEqual([]);
    model.select(selection => selection.toggle(`f:${B}`));
    expect([model.selectedRows.length, model.folder]).toEqual([
      2,
      `${HST}ibg7/`
    ]);
  });

  it('set from outside are drawn, but not kept again', () => {
    const { model } = setUp();
    let [drawn, kept] = [0, 0];
    model.changed.connect(() => drawn++);
    model.bookmarksChanged.connect(() => kept++);
    model.bookmarks = [{ archive: 'mast', prefix: A, added: '2026-11-02' }];
    expect([drawn, kept]).toEqual([1, 0]);
  });
});

describe('what is chosen', () => {
  it('is files and folders of the selection', async () => {
    const { model } = setUp(['tess/public/notes.txt', 'tess/public/tid/x']);
    expect(model.chosen('selection')).toEqual({ objects: [], folders: [] });
    await go(model, 'tess/public/');
    model.select(selection => selection.all(model.listing?.rows ?? []));
    const { objects, folders } = model.chosen('selection');
    expect(objects.map(object => object.key)).toEqual([
      'tess/public/notes.txt'
    ]);
    expect(folders).toEqual(['tess/public/tid/']);
    expect(model.chosen('heading')).toEqual({ objects: [], folders: [] });
  });

  it('is the folder of the heading that the keyboard is on', async () => {
    const { model } = setUp();
    await go(model, PROGRAMME);
    model.select(selection => selection.moveTo(`g:${A}`));
    expect(model.chosen('heading')).toEqual({ objects: [], folders: [A] });
    expect(model.chosen('selection')).toEqual({ objects: [], folders: [] });
  });

  it('is only the files of a heading above others', async () => {
    const { model } = setUp([...KEYS, `${PROGRAMME}readme.txt`]);
    await go(model, PROGRAMME);
    model.select(selection => selection.moveTo(`g:${PROGRAMME}`));
    const { objects, folders } = model.chosen('heading');
    expect(objects.map(object => object.key)).toEqual([
      `${PROGRAMME}readme.txt`
    ]);
    expect(folders).toEqual([]);
  });
});
