import { RequestFailure } from '../rest/failure';
import { levelOf, QuotaModel } from './model';
import { FakeEvents, FakeServer, rootOf } from './testing';
import { EVENT_SCHEMA, type IRootUsage, type Level } from './types';

let model: QuotaModel | null = null;
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  model?.dispose();
  jest.useRealTimers();
});

const pass = (ms = 10) => jest.advanceTimersByTimeAsync(ms);

/** A model, and what it emits. */
async function setUp(prepare: (server: FakeServer) => void = () => undefined) {
  const server = new FakeServer();
  prepare(server);
  const events = new FakeEvents();
  const it = (model = new QuotaModel({ api: server, events: events.stream }));
  let changes = 0;
  const passed: Level[] = [];
  it.changed.connect(() => changes++);
  it.passed.connect((_, root) => passed.push(levelOf(root, it.thresholds)));
  await pass();
  return {
    model: it,
    server,
    passed,
    changes: () => changes,
    tell: (
      root: Partial<IRootUsage>,
      sequence: number,
      some: { readonly server?: string; readonly schema_id?: string } = {}
    ) =>
      events.emit({
        schema_id: EVENT_SCHEMA,
        server: 'a',
        sequence,
        roots: [rootOf(root)],
        ...some
      } as { readonly schema_id: string })
  };
}

describe('what is known', () => {
  it('is asked for at once, and each minute', async () => {
    const { model, server, changes } = await setUp();
    expect([model.home?.used, changes()]).toEqual([4.2e9, 1]);
    await pass(59_000);
    expect(server.news()).toEqual(['usage']);
    await pass(2_000);
    expect(server.news()).toEqual(['usage']);
  });

  it('is nothing before there is an answer', () => {
    model = new QuotaModel({ api: new FakeServer(), events: null });
    expect([model.home, model.roots, model.level]).toEqual([
      null,
      [],
      'normal'
    ]);
  });

  it('follows events, of ours and newer ones', async () => {
    const { model, tell } = await setUp();
    tell({ used: 5e9 }, 2);
    expect(model.home?.used).toBe(5e9);
    tell({ used: 3e9 }, 2);
    tell({ used: 3e9 }, 9, { schema_id: 'https://events.example/other/v1' });
    expect(model.home?.used).toBe(5e9);
    // Another server counts from the beginning.
    tell({ used: 6e9 }, 0, { server: 'b' });
    expect(model.home?.used).toBe(6e9);
  });

  it('an answer that is older than an event says nothing new', async () => {
    const { model, tell } = await setUp();
    tell({ used: 5e9 }, 7);
    await pass(61_000);
    expect(model.home?.used).toBe(5e9);
  });

  it('stays while the server is away, with the reason', async () => {
    const { model, server, changes } = await setUp();
    server.away = new RequestFailure('server-away', 'It does not answer.');
    await pass(60_000);
    expect([model.failure?.kind, model.home?.used, changes()]).toEqual([
      'server-away',
      4.2e9,
      2
    ]);
    server.away = null;
    await model.refresh();
    expect(model.failure).toBeNull();
    expect(server.news().at(-1)).toBe('refresh null');
  });

  it.each([
    ['the network is back', () => window.dispatchEvent(new Event('online'))],
    [
      'people look again',
      () => document.dispatchEvent(new Event('visibilitychange'))
    ]
  ])('is asked for again as soon as %s', async (_, wake) => {
    const { model, server } = await setUp();
    wake();
    await pass(100);
    expect(server.news()).toEqual(['usage']);
    server.away = new RequestFailure('server-away', 'It does not answer.');
    await pass(400_000);
    server.away = null;
    server.news();
    wake();
    await pass(100);
    expect([server.news(), model.failure]).toEqual([['usage'], null]);
    model.dispose();
    wake();
    await pass(100);
    expect(server.news()).toEqual([]);
  });

  it('is asked for as soon as a page is in sight again that was hidden for long', async () => {
    const { server, tell } = await setUp();
    const show = (hidden: boolean) => {
      for (const [name, value] of [
        ['hidden', hidden],
        ['visibilityState', hidden ? 'hidden' : 'visible']
      ] as const) {
        Object.defineProperty(document, name, { configurable: true, value });
      }
      document.dispatchEvent(new Event('visibilitychange'));
    };
    show(true);
    // It goes on for a while.
    await pass(600_000);
    server.news();
    await pass(600_000);
    tell({ used: 5e9 }, 2);
    expect(server.news()).toEqual([]);
    show(false);
    await pass(100);
    expect(server.news()).toEqual(['usage']);
    show(true);
    show(false);
    await pass(100);
    expect(server.news()).toEqual([]);
  });

  it('an event says that the server is there again', async () => {
    const { model, server, tell } = await setUp();
    server.away = new RequestFailure('server-away', 'It does not answer.');
    await pass(60_000);
    tell({}, 5);
    expect(model.failure).toBeNull();
  });

  it('anything that is thrown is a failure', async () => {
    const { model } = await setUp(server => {
      server.away = new Error('odd') as RequestFailure;
    });
    expect(model.failure).toMatchObject({ kind: 'internal' });
    expect(model.failure?.message).toContain('odd');
  });

  it('is counted again when asked for', async () => {
    const { model, server } = await setUp();
    server.news();
    await model.countAgain('team');
    await model.countAgain();
    expect(server.news()).toEqual(['rescan team', 'rescan null']);
    server.away = new RequestFailure('busy', 'It is being started.');
    await expect(model.countAgain()).rejects.toThrow('It is being started.');
  });

  it('changes no more once it is disposed', async () => {
    const { model, server, tell, changes } = await setUp();
    const asked = model.refresh();
    model.dispose();
    await asked;
    tell({ used: 1 }, 9);
    await pass(120_000);
    expect([model.isDisposed, model.home?.used, changes()]).toEqual([
      true,
      4.2e9,
      1
    ]);
    expect(server.news()).toEqual(['usage', 'refresh null']);
  });
});

describe('levels', () => {
  const thresholds = { warning: 80, critical: 95 };
  it.each<[Level, Partial<IRootUsage>]>([
    ['normal', { used: 7.99e9 }],
    ['warning', { used: 8e9 }],
    ['warning', { used: 9.49e9 }],
    ['critical', { used: 9.5e9 }],
    ['critical', { used: 11e9 }],
    ['critical', { used: 0, limit: 0 }],
    ['normal', { used: 11e9, limit: null }],
    ['normal', { used: 11e9, measured: null }]
  ])('%s with %o', (level, some) => {
    expect(levelOf(rootOf(some), thresholds)).toBe(level);
  });

  it('are told when they are passed upwards, each once', async () => {
    const { tell, passed, model } = await setUp();
    tell({ used: 8.1e9 }, 2);
    tell({ used: 8.2e9 }, 3);
    expect(passed).toEqual(['warning']);
    tell({ used: 9.6e9 }, 4);
    tell({ used: 8.1e9 }, 5);
    expect([passed, model.level]).toEqual([['warning', 'critical'], 'warning']);
    tell({ used: 9.6e9 }, 6);
    expect(passed).toEqual(['warning', 'critical', 'critical']);
  });

  it('are told again only after use was clearly below them', async () => {
    const { tell, passed } = await setUp();
    let sequence = 1;
    const use = (...all: number[]) => {
      passed.splice(0);
      for (const used of all) {
        tell({ used: used * 1e8 }, ++sequence);
      }
      return passed;
    };
    expect(use(80.5, 79.5, 80.5, 78.1, 81)).toEqual(['warning']);
    expect(use(77.9, 81)).toEqual(['warning']);
    expect(use(96, 94, 96, 93.1, 95)).toEqual(['critical']);
    expect(use(92.9, 95)).toEqual(['critical']);
  });

  it('the limit itself is one', async () => {
    const { tell, passed } = await setUp();
    tell({ used: 9.6e9 }, 2);
    tell({ used: 10e9 }, 3);
    expect(passed).toHaveLength(1);
    tell({ used: 10.1e9 }, 4);
    expect(passed).toHaveLength(2);
    tell({ used: 9.9e9 }, 5);
    tell({ used: 10.1e9 }, 6);
    expect(passed).toHaveLength(2);
    tell({ used: 9.7e9 }, 7);
    tell({ used: 10.1e9 }, 8);
    expect(passed).toHaveLength(3);
  });

  it('are not told when the page is opened', async () => {
    const { passed, tell } = await setUp(server => {
      server.roots = [rootOf({ used: 9.6e9 })];
    });
    expect(passed).toEqual([]);
    tell({ used: 9.7e9 }, 2);
    expect(passed).toEqual([]);
  });

  it('are not told by the first count', async () => {
    const { passed, tell } = await setUp(server => {
      server.roots = [rootOf({ measured: null, used: 0 })];
    });
    tell({ measured: null, used: 9.6e9 }, 2);
    tell({ used: 9.6e9 }, 3);
    expect(passed).toEqual([]);
  });

  it('of other settings are not told as passed', async () => {
    const { model, passed, changes, tell } = await setUp();
    model.thresholds = { warning: 40, critical: 60 };
    expect([model.level, changes(), passed]).toEqual(['warning', 2, []]);
    tell({ used: 4.3e9 }, 2);
    expect(passed).toEqual([]);
    tell({ used: 6.1e9 }, 3);
    expect(passed).toEqual(['critical']);
  });
});
