import { CopyDialogModel } from './copydialog';
import { TransferFailure } from './failure';
import { TransfersModel } from './model';
import { FolderTree } from './targets';
import { contentsOf, FakeServer, planOf } from './testingserver';
import type { IPlan, ITransfer } from './types';

const DIFFERS = {
  size: 900,
  modified: 1_780_000_000,
  archive_size: 1000,
  archive_blocks: 0
};
const PLAN: Partial<IPlan> = {
  files: 21,
  bytes: 21_000,
  identical_files: 2,
  identical_bytes: 2000,
  differing: 1,
  differing_first: [{ path: 'a.fits', ...DIFFERS }],
  needed: 19_000,
  free: 1_000_000,
  limit: 2_000_000,
  used: 1_000_000
};
const SOURCES = [
  { key: 'hst/public/ibg7/ibg705080/ibg705081_drz.fits' },
  { prefix: 'hst/public/ibg7/ibg706010/' }
];

/** Until what is under way in memory is done. */
const settled = async () => {
  for (let i = 0; i < 20; i++) {
    await Promise.resolve();
  }
};

async function setUp(plan: Partial<IPlan> = PLAN) {
  const server = new FakeServer();
  server.plan = planOf(plan);
  const transfers = new TransfersModel({
    api: () => Promise.resolve(server),
    events: null,
    available: true
  });
  await transfers.start();
  const transfer = await transfers.create({
    archive: 'mast',
    sources: SOURCES,
    root: 'home',
    target: 'hst',
    start: 'ask'
  });
  const tree = new FolderTree(
    contentsOf(['hst', 'tess']) as never,
    transfers.roots,
    'Home'
  );
  const model = new CopyDialogModel({ transfer, transfers, tree });
  await settled();
  server.asked.length = 0;
  /** What the server says of it now, as an event would bring it. */
  const hear = async (change: Partial<ITransfer>) => {
    const now = server.transfers.get(transfer.id);
    if (now) {
      server.put({ ...now, ...change });
    }
    await transfers.choose(transfer.id, {});
    server.asked.pop();
  };
  return { server, transfers, model, hear };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('what would be copied', () => {
  it('is all but what is identical', async () => {
    const { model } = await setUp();
    expect(model.phase).toBe('ready');
    expect([model.files, model.bytes]).toEqual([19, 19_000]);
  });

  it('is less by what is skipped', async () => {
    const { model, server } = await setUp();
    expect(model.decisionOf('a.fits')).toBe('keep-both');
    model.decide('a.fits', 'skip');
    expect([model.files, model.bytes]).toEqual([18, 18_000]);
    model.setForAll('replace');
    expect(model.decisionOf('a.fits')).toBe('replace');
    expect(model.files).toBe(19);
    // The server is told when it starts.
    expect(server.asked).toEqual([]);
  });

  it('is asked of the server for more that differ than it lists', async () => {
    const { model, server } = await setUp({ ...PLAN, differing: 3 });
    server.plan = planOf({ ...PLAN, differing: 3, needed: 16_000 });
    model.setForAll('skip');
    await settled();
    expect(server.asked).toEqual([['choose', { conflict: 'skip' }]]);
    expect([model.files, model.bytes]).toEqual([16, 16_000]);
  });

  it('is not known while it is counted, and nothing may be', async () => {
    const { model } = await setUp({ complete: false, files: 3120 });
    expect(model.phase).toBe('counting');
    expect(await model.start()).toBe(false);
    expect((await setUp({ files: 0 })).model.phase).toBe('nothing');
    expect((await setUp({ files: 2, identical_files: 2 })).model.phase).toBe(
      'nothing'
    );
  });

  it('may be too much', async () => {
    const { model } = await setUp({ ...PLAN, free: 5000 });
    expect(model.missing).toBe(14_000);
    expect((await setUp()).model.missing).toBe(0);
    expect((await setUp({ ...PLAN, free: null })).model.missing).toBe(0);
  });

  it('is measured in the blocks that are reserved', async () => {
    const differing = { ...DIFFERS, path: 'a.fits', archive_blocks: 3096 };
    const plan = { ...PLAN, blocks: 19 * 3096, differing_first: [differing] };
    const { model } = await setUp({ ...plan, free: 19 * 4096 });
    expect([model.bytes, model.missing]).toEqual([19_000, 0]);
    const less = (await setUp({ ...plan, free: 19 * 4096 - 1 })).model;
    expect(less.missing).toBe(1);
    less.decide('a.fits', 'skip');
    expect([less.reserved, less.missing]).toEqual([18 * 4096, 0]);
  });

  it('may pass a limit that only warns, and may not fit all the same', async () => {
    const soft = { ...PLAN, free: 5000, allowed: 100_000 };
    const { model } = await setUp(soft);
    expect([model.missing, model.over]).toEqual([0, 14_000]);
    model.decide('a.fits', 'skip');
    expect(model.over).toBe(13_000);
    const full = (await setUp({ ...soft, allowed: 9000 })).model;
    expect([full.missing, full.over]).toEqual([10_000, 0]);
    expect((await setUp()).model.over).toBe(0);
  });

  it('is called by its observations', async () => {
    const { model } = await setUp();
    expect(model.names).toEqual({
      observations: true,
      names: ['ibg705080', 'ibg706010']
    });
  });
});

describe('what is chosen', () => {
  it('is planned for at once, and the newest counts', async () => {
    const { model, server } = await setUp();
    model.setLayout('flat');
    expect(model.phase).toBe('checking');
    model.setPlace({ root: 'home', path: 'tess' });
    model.setPlace({ root: 'home', path: 'tess/s14' });
    await settled();
    expect(model.phase).toBe('ready');
    const last = server.asked[server.asked.length - 1];
    expect(last).toEqual(['choose', expect.objectContaining({})]);
    expect(model.transfer.layout).toBe('flat');
    expect(model.transfer.target.path).toBe('tess/s14');
  });

  it('waits for the end of typing', async () => {
    const { model, server } = await setUp();
    for (const path of ['t', 'te', 'tes', 'tess/']) {
      model.setPlace({ root: 'home', path }, true);
    }
    await settled();
    expect(server.asked).toEqual([]);
    expect(model.phase).toBe('checking');
    jest.advanceTimersByTime(1000);
    await settled();
    expect(server.asked).toEqual([
      ['choose', { root: 'home', target: 'tess' }]
    ]);
    expect(model.phase).toBe('ready');
  });

  it('may be refused, and chosen again', async () => {
    const { model, server } = await setUp();
    server.errors.push(new TransferFailure('target', 'It is a link.', 400));
    model.setPlace({ root: 'home', path: 'x' });
    await settled();
    expect([model.phase, model.problem]).toEqual(['refused', 'It is a link.']);
    model.setPlace({ root: 'home', path: 'y' });
    await settled();
    expect([model.phase, model.problem]).toEqual(['ready', null]);
  });

  it.each<[string, (model: CopyDialogModel) => void]>([
    ['the same folder', model => model.setPlace({ root: 'home', path: 'x' })],
    ['the same layout', model => model.setLayout('observation')],
    ['another layout', model => model.setLayout('flat')],
    ['all of it', model => model.chooseAgain()]
  ])('goes with %s when the server did not answer', async (_, choose) => {
    const { model, server } = await setUp();
    server.errors.push(new TransferFailure('server-away', 'Nobody answers.'));
    model.setPlace({ root: 'home', path: 'x' });
    await settled();
    expect([model.phase, model.canChooseAgain]).toEqual(['refused', true]);
    choose(model);
    expect(model.phase).toBe('checking');
    await settled();
    expect([model.phase, model.canChooseAgain]).toEqual(['ready', false]);
    expect(model.transfer.target.path).toBe('x');
    expect(model.transfer.layout).toBe(model.layout);
  });

  it('has an example of the first file from the server', async () => {
    const { model } = await setUp();
    expect(model.sample).toEqual({
      key: SOURCES[0].key,
      path: 'ibg705081_drz.fits'
    });
    model.setLayout('archive');
    expect(model.sample?.path).toBeNull();
    await settled();
    expect(model.sample?.path).toBe(SOURCES[0].key);
  });
});

describe('the list', () => {
  it('is asked for page by page', async () => {
    const { model } = await setUp({ ...PLAN, files: 120 });
    expect(model.list).toBeNull();
    await model.showMore();
    expect([model.list?.length, model.listTotal]).toEqual([50, 120]);
    await model.showMore();
    await model.showMore();
    expect(model.list?.length).toBe(120);
    model.hideList();
    expect(model.list).toBeNull();
  });
});

describe('starting', () => {
  it('tells what is decided for each file', async () => {
    const { model, server } = await setUp();
    model.decide('a.fits', 'replace');
    expect(await model.start()).toBe(true);
    expect(server.asked).toEqual([['act', 'start', { 'a.fits': 'replace' }]]);
    await model.discard();
    expect(server.asked).toHaveLength(1);
  });

  it('tells what is done with those that are not listed', async () => {
    const { model, server } = await setUp({ ...PLAN, differing: 3 });
    expect(await model.start()).toBe(true);
    expect(server.asked).toEqual([
      ['choose', { conflict: 'keep-both' }],
      ['act', 'start', { 'a.fits': 'keep-both' }]
    ]);
  });

  it('can be tried again when it failed', async () => {
    const { model, server } = await setUp();
    server.errors.push(new TransferFailure('server-away', 'Nobody answers.'));
    expect(await model.start()).toBe(false);
    expect([model.phase, model.problem]).toEqual(['ready', 'Nobody answers.']);
    expect(await model.start()).toBe(true);
    expect(model.problem).toBeNull();
  });
});

describe('closing', () => {
  it('takes the transfer away', async () => {
    const { model, server, transfers } = await setUp();
    await model.discard();
    expect(server.asked).toEqual([
      ['act', 'cancel'],
      ['clear', model.id]
    ]);
    expect(transfers.transfers).toEqual([]);
  });

  it('takes one that could not be planned off the list', async () => {
    const { model, server, hear } = await setUp();
    await hear({
      state: 'failed',
      error: { kind: 'forbidden', message: 'No' }
    });
    expect([model.phase, model.problem]).toEqual(['refused', 'No']);
    await model.discard();
    expect(server.asked).toEqual([['clear', model.id]]);
  });

  it('leaves one alone that was started elsewhere', async () => {
    const { model, server, hear } = await setUp();
    await hear({ state: 'running', confirm: false });
    expect(model.phase).toBe('gone');
    await model.discard();
    expect(server.asked).toEqual([]);
  });
});
