import { ArchiveError } from './errors';
import { Listing } from './listing';
import { compareKeys } from './store';
import { FakeStore, manyKeys, english } from './testing';

const PREFIX = 'hst/public/ibg7/';

function listing(store: FakeStore, grouped = false, prefix = PREFIX): Listing {
  return new Listing({ store, prefix, grouped, trans: english });
}

const names = (it: Listing) =>
  it.rows.map(row => (row.type === 'group' ? `[${row.title}]` : row.name));

const throttled = (retryAfter?: number) =>
  new ArchiveError('throttled', 'SlowDown', { status: 503, retryAfter });
const network = () => new ArchiveError('network', 'no answer');

/** Let promises run on, also with fake timers. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await Promise.resolve();
  }
}

describe('Listing', () => {
  it('asks for nothing before more() is called', () => {
    const store = new FakeStore(manyKeys(PREFIX, 3));
    const it_ = listing(store);
    expect(it_.rows).toEqual([]);
    expect([it_.done, it_.loaded, it_.error]).toEqual([false, 0, null]);
    expect(store.requests).toEqual([]);
  });

  it('loads page after page, and emits with each', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 5), 2);
    const it_ = listing(store);
    const seen: [string, number][] = [];
    it_.changed.connect(() => seen.push([it_.status, it_.rows.length]));
    await it_.more();
    expect(it_.rows).toHaveLength(2);
    expect([it_.status, it_.done]).toEqual(['ready', false]);
    expect(seen).toEqual([
      ['loading', 0],
      ['ready', 2]
    ]);
    await it_.more();
    await it_.more();
    expect([it_.loaded, it_.done]).toEqual([5, true]);
    await it_.more();
    expect(store.requests).toHaveLength(3);
  });

  it('lists a folder with a delimiter, and a grouped one without', async () => {
    const store = new FakeStore([`${PREFIX}a/x`, `${PREFIX}b`]);
    await listing(store).more();
    await listing(store, true).more();
    expect(store.requests.map(request => request.delimiter)).toEqual(['/', '']);
  });

  it('finds rows by their ids', async () => {
    const it_ = listing(new FakeStore(manyKeys(PREFIX, 3)));
    await it_.more();
    expect(it_.rows.map(row => it_.indexOf(row.id))).toEqual([0, 1, 2]);
    expect(it_.indexOf('o:other')).toBe(-1);
    it_.sort('name', true);
    expect(it_.rows.map(row => it_.indexOf(row.id))).toEqual([0, 1, 2]);
  });

  it('says what went wrong, and tries again when asked to', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 3), 2);
    store.errors.push(
      null,
      new ArchiveError('forbidden', 'no', { status: 403 })
    );
    const it_ = listing(store);
    await it_.more();
    await it_.more();
    expect([it_.status, it_.error?.kind]).toEqual(['failed', 'forbidden']);
    expect(it_.retryAt).toBeNull();
    expect(it_.rows).toHaveLength(2);
    await it_.more();
    expect([it_.status, it_.error, it_.loaded]).toEqual(['ready', null, 3]);
  });

  it('turns an unknown error into one with a kind', async () => {
    const store = new FakeStore([]);
    store.errors.push(new Error('odd'));
    const it_ = listing(store);
    await it_.more();
    expect(it_.error).toBeInstanceOf(ArchiveError);
    expect(it_.error?.details.target).toBe(PREFIX);
  });
});

describe('Listing, trying again', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('waits as long as the archive says, with what is loaded in sight', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 3), 2);
    store.errors.push(null, throttled(8));
    const it_ = listing(store);
    await it_.more();
    await it_.more();
    expect(it_.status).toBe('waiting');
    expect(it_.retryAt).toBe(Date.now() + 8000);
    expect(it_.rows).toHaveLength(2);
    jest.advanceTimersByTime(7999);
    expect(store.requests).toHaveLength(2);
    jest.advanceTimersByTime(1);
    expect([it_.status, it_.retryAt]).toEqual(['loading', null]);
    await settle();
    expect([it_.status, it_.error, it_.loaded]).toEqual(['ready', null, 3]);
  });

  it.each([
    ['throttled', throttled, [4, 8, 16, 32, 60, 60]],
    ['network', network, [15, 30, 60, 60]]
  ] as const)('waits longer after each %s error', async (_, error, waits) => {
    const store = new FakeStore(manyKeys(PREFIX, 3));
    store.errors.push(...waits.map(() => error()));
    const it_ = listing(store);
    await it_.more();
    const got: number[] = [];
    for (const wait of waits) {
      got.push(((it_.retryAt ?? 0) - Date.now()) / 1000);
      jest.advanceTimersByTime(wait * 1000);
      await settle();
    }
    expect(got).toEqual(waits);
    expect([it_.status, it_.loaded]).toEqual(['ready', 3]);
  });

  it('begins anew after a page came', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 4), 2);
    store.errors.push(throttled(), throttled(), null, throttled());
    const it_ = listing(store);
    await it_.more();
    await it_.more();
    expect(it_.retryAt).toBe(Date.now() + 8000);
    await it_.more();
    expect(it_.status).toBe('ready');
    await it_.more();
    expect(it_.retryAt).toBe(Date.now() + 4000);
  });

  it('does not try again by itself when asked before', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 2));
    store.errors.push(throttled(8));
    const it_ = listing(store);
    await it_.more();
    await it_.more();
    expect(it_.status).toBe('ready');
    jest.advanceTimersByTime(60_000);
    await settle();
    expect(store.requests).toHaveLength(2);
  });

  it('is quiet when it tries again by itself, not when somebody asks', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 3), 2);
    store.errors.push(network(), network(), null);
    const it_ = listing(store);
    await it_.more();
    jest.advanceTimersByTime(15_000);
    await settle();
    expect(it_.status).toBe('waiting');
    await it_.more();
    await it_.more();
    expect(it_.done).toBe(true);
    expect(store.requests.map(request => request.quiet ?? false)).toEqual([
      false,
      true,
      false,
      false
    ]);
  });

  it('counts calls that share a request as one attempt', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 2));
    store.errors.push(throttled());
    const it_ = listing(store);
    await Promise.all([it_.more(), it_.more()]);
    expect(it_.retryAt).toBe(Date.now() + 4000);
    jest.advanceTimersByTime(60_000);
    await settle();
    expect(store.requests).toHaveLength(2);
  });

  it('does not ask at once when told to wait longer than a timer can', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 2));
    store.errors.push(throttled(1e9));
    const it_ = listing(store);
    await it_.more();
    jest.advanceTimersByTime(60_000);
    await settle();
    expect(store.requests).toHaveLength(1);
  });

  it('stops trying when disposed', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 2));
    store.errors.push(network());
    const it_ = listing(store);
    await it_.more();
    it_.dispose();
    expect([it_.isDisposed, it_.retryAt]).toEqual([true, null]);
    jest.advanceTimersByTime(120_000);
    await settle();
    expect(store.requests).toHaveLength(1);
  });

  it('stops trying for an old filter', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 2));
    store.errors.push(network());
    const it_ = listing(store);
    await it_.more();
    await it_.setFilter('n0');
    expect([it_.status, it_.error]).toEqual(['ready', null]);
    jest.advanceTimersByTime(120_000);
    await settle();
    expect(store.requests.map(request => request.prefix)).toEqual([
      PREFIX,
      `${PREFIX}n0`
    ]);
  });
});

describe('Listing, filter', () => {
  const keys = [
    `${PREFIX}ibg705080/ibg705080_drz.fits`,
    `${PREFIX}ibg705080/ibg705o8q_flt.fits`,
    `${PREFIX}ibg706010/ibg706010_drz.fits`,
    `${PREFIX}notes.txt`
  ];

  it('asks the archive for names that start so', async () => {
    const store = new FakeStore(keys);
    const it_ = listing(store);
    await it_.more();
    await it_.setFilter('ibg706');
    expect(names(it_)).toEqual(['ibg706010']);
    expect(store.requests[1]).toMatchObject({
      prefix: `${PREFIX}ibg706`,
      delimiter: '/'
    });
    expect([it_.filter, it_.done, it_.loaded]).toEqual(['ibg706', true, 1]);
  });

  it('shows the one file whose whole name was typed', async () => {
    const it_ = listing(new FakeStore(keys));
    await it_.more();
    await it_.setFilter('notes.txt');
    expect(names(it_)).toEqual(['notes.txt']);
  });

  it('comes back to what was loaded without asking again', async () => {
    const store = new FakeStore(keys);
    const it_ = listing(store);
    await it_.more();
    await it_.setFilter('zzz');
    expect(names(it_)).toEqual([]);
    await it_.setFilter('');
    expect(names(it_)).toEqual(['ibg705080', 'ibg706010', 'notes.txt']);
    expect([it_.status, it_.done]).toEqual(['ready', true]);
    expect(store.requests).toHaveLength(2);
  });

  it('loads the folder when the filter goes and nothing was loaded before', async () => {
    const it_ = listing(new FakeStore(keys));
    await it_.setFilter('notes');
    await it_.setFilter('');
    expect(it_.rows).toHaveLength(3);
    expect([it_.status, it_.done]).toEqual(['ready', true]);
  });

  it('loads the folder when it had failed behind the filter', async () => {
    const store = new FakeStore(keys);
    const it_ = listing(store);
    let fail: (error: Error) => void = () => undefined;
    store.before = () => new Promise((_, reject) => (fail = reject));
    const first = it_.more();
    await settle();
    store.before = () => undefined;
    await it_.setFilter('notes');
    fail(network());
    await first;
    expect([it_.status, it_.error]).toEqual(['ready', null]);
    await it_.setFilter('');
    expect(it_.rows).toHaveLength(3);
  });

  it('asks nothing for the filter that is set', async () => {
    const store = new FakeStore(keys);
    const it_ = listing(store);
    await it_.setFilter('');
    expect(store.requests).toHaveLength(0);
    await it_.setFilter('n');
    await it_.setFilter('n');
    expect(store.requests).toHaveLength(1);
  });

  it('never shows the answer to an older filter', async () => {
    const store = new FakeStore(keys);
    const it_ = listing(store);
    await it_.more();
    const waiting: (() => void)[] = [];
    store.before = () => new Promise(resolve => waiting.push(resolve));
    const old = it_.setFilter('ibg705');
    const current = it_.setFilter('ibg706');
    await settle();
    expect(it_.status).toBe('loading');
    waiting.reverse().forEach(go => go());
    await Promise.all([old, current]);
    expect(names(it_)).toEqual(['ibg706010']);
    expect([it_.status, it_.error, it_.filter]).toEqual([
      'ready',
      null,
      'ibg706'
    ]);
  });

  it('goes on loading the folder behind a filter', async () => {
    const store = new FakeStore(keys);
    let go: () => void = () => undefined;
    store.before = () => new Promise(resolve => (go = resolve));
    const it_ = listing(store);
    const first = it_.more();
    await settle();
    store.before = () => undefined;
    await it_.setFilter('notes');
    expect(names(it_)).toEqual(['notes.txt']);
    go();
    await first;
    expect(names(it_)).toEqual(['notes.txt']);
    await it_.setFilter('');
    expect(it_.rows).toHaveLength(3);
  });

  it('grouped, also matches the names of files that are loaded', async () => {
    const it_ = listing(new FakeStore(keys), true);
    await it_.more();
    await it_.setFilter('IBG705O8Q');
    expect(names(it_)).toEqual(['[ibg705080]', 'ibg705o8q_flt.fits']);
    await it_.setFilter('ibg706010');
    expect(names(it_)).toEqual(['[ibg706010]', 'ibg706010_drz.fits']);
  });

  it('keeps the rows in the order of the archive, each once', async () => {
    const it_ = listing(new FakeStore(keys, 2), true);
    await it_.more();
    await it_.setFilter('ibg705');
    const shown = it_.rows.flatMap(row =>
      row.type === 'object' ? [row.object.key] : []
    );
    expect(shown).toEqual([...new Set(shown)].sort(compareKeys));
    expect(shown).toHaveLength(2);
  });
});

describe('Listing, all of it', () => {
  it('loads every page', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 7), 2);
    const it_ = listing(store);
    expect(await it_.loadAll()).toBe(true);
    expect([it_.loaded, store.requests.length]).toEqual([7, 4]);
    expect(await it_.loadAll()).toBe(true);
    expect(store.requests).toHaveLength(4);
  });

  it('ends at an error, and keeps what came before', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 7), 2);
    store.errors.push(null, null, new ArchiveError('forbidden', 'no'));
    const it_ = listing(store);
    expect(await it_.loadAll()).toBe(false);
    expect([it_.loaded, it_.status]).toEqual([4, 'failed']);
  });

  it('ends when it is stopped', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 7), 2);
    const control = new AbortController();
    const it_ = listing(store);
    it_.changed.connect(() => {
      if (it_.loaded >= 4) {
        control.abort();
      }
    });
    expect(await it_.loadAll(control.signal)).toBe(false);
    expect(it_.loaded).toBe(4);
  });

  it('ends when the listing is disposed', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 7), 2);
    const it_ = listing(store);
    const all = it_.loadAll();
    it_.dispose();
    expect(await all).toBe(false);
    expect(store.requests).toHaveLength(1);
  });
});

describe('Listing, order and groups', () => {
  const A = `${PREFIX}ibg705080/`;
  const B = `${PREFIX}ibg706010/`;
  const store = () => new FakeStore([...manyKeys(A, 9), ...manyKeys(B, 3)], 9);

  it('says how many files there are at least', async () => {
    const it_ = listing(store(), true);
    await it_.more();
    expect(it_.rows[0]).toMatchObject({
      type: 'group',
      count: 9,
      partial: true
    });
    await it_.more();
    expect(
      it_.rows.flatMap(row =>
        row.type === 'group' ? [[row.count, row.partial]] : []
      )
    ).toEqual([
      [9, false],
      [3, false]
    ]);
  });

  it('closes and opens groups', async () => {
    const it_ = listing(store(), true);
    await it_.loadAll();
    let emitted = 0;
    it_.changed.connect(() => emitted++);
    it_.setOpen(A, false);
    expect(it_.rows).toHaveLength(5);
    it_.setOpen(B, false);
    expect(names(it_)).toEqual(['[ibg705080]', '[ibg706010]']);
    it_.setOpen(B, true);
    expect(it_.rows).toHaveLength(5);
    it_.setOpen(A, true);
    expect(it_.rows).toHaveLength(14);
    expect(emitted).toBe(4);
  });

  it('keeps order and closed groups when more is loaded', async () => {
    const it_ = listing(store(), true);
    await it_.more();
    it_.setOpen(A, false);
    it_.sort('name', true);
    await it_.more();
    expect([it_.sortBy, it_.descending]).toEqual(['name', true]);
    expect(names(it_)).toEqual([
      '[ibg706010]',
      'n000002.fits',
      'n000001.fits',
      'n000000.fits',
      '[ibg705080]'
    ]);
  });
});

describe('Listing, disposed during a load', () => {
  it('stops the request, and emits nothing more', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 3));
    store.before = () => new Promise(() => undefined);
    const it_ = listing(store);
    const load = it_.more();
    let emitted = 0;
    it_.changed.connect(() => emitted++);
    it_.dispose();
    it_.dispose();
    await load;
    expect(store.signals[0]?.aborted).toBe(true);
    expect(emitted).toBe(0);
    expect(store.running).toBe(0);
    await it_.more();
    expect(store.requests).toHaveLength(1);
  });

  it('stops the request of a filter', async () => {
    const store = new FakeStore(manyKeys(PREFIX, 3));
    const it_ = listing(store);
    await it_.more();
    store.before = () => new Promise(() => undefined);
    const load = it_.setFilter('n');
    it_.dispose();
    await load;
    expect(store.signals[1]?.aborted).toBe(true);
    expect(store.running).toBe(0);
  });
});
