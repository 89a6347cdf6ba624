import { TransferFailure } from './failure';
import { TransfersModel } from './model';
import {
  AWAY,
  FakeEvents,
  RecordedServer,
  transferOf,
  waitingFor
} from './testing';
import type { ITransfer } from './types';

beforeEach(() => {
  jest.useFakeTimers({ now: 1_700_000_000_000 });
});
afterEach(() => {
  jest.useRealTimers();
});

/** Let what is under way go on for so many milliseconds. */
const pass = (ms = 0) => jest.advanceTimersByTimeAsync(ms);

function setUp(transfers: readonly ITransfer[] = [], available = true) {
  const server = new RecordedServer();
  server.transfers = transfers;
  const events = new FakeEvents();
  const model = new TransfersModel({
    api: () => Promise.resolve(server),
    events: events.stream,
    available
  });
  const ended: string[] = [];
  model.ended.connect((_, transfer) =>
    ended.push(`${transfer.id} ${transfer.state}`)
  );
  let copies = 0;
  model.copiesChanged.connect(() => copies++);
  return {
    server,
    events,
    model,
    ended,
    copies: () => copies,
    states: () => model.transfers.map(one => `${one.id} ${one.state}`)
  };
}

const one = transferOf();

describe('before it is used', () => {
  it('asks for nothing', async () => {
    const { server, model } = setUp([one]);
    await pass(600_000);
    expect(server.asked).toEqual([]);
    expect([model.status, model.transfers]).toEqual(['loading', []]);
  });

  it('asks for nothing at all without a server that copies', async () => {
    const { server, model } = setUp([one], false);
    await model.start();
    model.refresh();
    await model.glance();
    expect(await model.copies('mast', '')).toEqual([]);
    await expect(
      model.create({ archive: 'mast', sources: [] })
    ).rejects.toMatchObject({ kind: 'off' });
    await pass(600_000);
    expect([server.asked, model.status, model.available]).toEqual([
      [],
      'off',
      false
    ]);
  });

  it('asks once on a glance, and no more when nothing is there', async () => {
    const { server, model } = setUp();
    await model.glance();
    await pass(600_000);
    expect([server.snapshots, model.status]).toEqual([1, 'loading']);
  });

  it('goes on after a glance when something runs', async () => {
    const { server, model, states } = setUp([one]);
    await model.glance();
    expect([model.status, states()]).toEqual(['ready', ['one running']]);
    await pass(10_000);
    expect(server.snapshots).toBe(2);
  });

  it('does not mind a glance that is not answered', async () => {
    const { server, model } = setUp([one]);
    server.away = AWAY;
    await model.glance();
    await pass(600_000);
    expect([server.snapshots, model.status]).toEqual([1, 'loading']);
  });

  it('begins when an event tells of a transfer', async () => {
    const { events, states } = setUp([one]);
    events.emit({ sequence: 4, transfers: [one] });
    await pass();
    expect(states()).toEqual(['one running']);
  });

  it('leaves events of others alone', async () => {
    const { server, events } = setUp([one]);
    events.stream.emit({ schema_id: 'https://events.jupyter.org/other/v1' });
    await pass(1000);
    expect(server.asked).toEqual([]);
  });
});

describe('events', () => {
  it('change what the snapshot said, without another request', async () => {
    const { server, events, model, states } = setUp([one]);
    server.sequence = 7;
    await model.start();
    events.emit({ sequence: 8, transfers: [transferOf({ state: 'paused' })] });
    events.emit({
      sequence: 9,
      transfers: [transferOf({ id: 'two', state: 'queued' })]
    });
    expect(states()).toEqual(['one paused', 'two queued']);
    events.emit({ sequence: 10, removed: ['one'] });
    expect(states()).toEqual(['two queued']);
    await pass(1000);
    expect(server.snapshots).toBe(1);
  });

  it('that were sent before the snapshot change nothing', async () => {
    const { server, events, model, states } = setUp([one]);
    server.sequence = 7;
    await model.start();
    events.emit({ sequence: 7, transfers: [transferOf({ state: 'paused' })] });
    events.emit({ sequence: 3, removed: ['one'] });
    await pass(1000);
    expect([states(), server.snapshots]).toEqual([['one running'], 1]);
  });

  it('that come while the snapshot is under way follow it', async () => {
    const { server, events, model, states } = setUp([one]);
    server.sequence = 7;
    server.hold();
    void model.start();
    await pass();
    events.emit({ sequence: 7, transfers: [one] });
    events.emit({ sequence: 8, transfers: [transferOf({ state: 'paused' })] });
    expect(states()).toEqual([]);
    server.release();
    await pass(1000);
    expect([states(), server.snapshots]).toEqual([['one paused'], 1]);
  });

  it('fetch the snapshot when some are missing', async () => {
    const { server, events, model, states } = setUp([one]);
    await model.start();
    await pass(1000);
    server.sequence = 3;
    server.transfers = [transferOf({ state: 'paused' })];
    events.emit({ sequence: 3, transfers: [] });
    await pass();
    expect([states(), server.snapshots]).toEqual([['one paused'], 2]);
    // And they go on from there.
    events.emit({ sequence: 4, transfers: [one] });
    await pass(1000);
    expect([states(), server.snapshots]).toEqual([['one running'], 2]);
  });

  it('may come in another order', async () => {
    const { server, events, model, states } = setUp([one]);
    await model.start();
    await pass(1000);
    server.hold();
    events.emit({ sequence: 2, transfers: [transferOf({ state: 'waiting' })] });
    events.emit({ sequence: 1, transfers: [transferOf({ state: 'paused' })] });
    expect(states()).toEqual(['one waiting']);
    // The snapshot that was asked for is as old as the first of them.
    server.release();
    await pass(1000);
    expect(states()).toEqual(['one waiting']);
  });

  it('of a server that was started again fetch the snapshot', async () => {
    const { server, events, model, states } = setUp([one]);
    server.sequence = 500;
    await model.start();
    await pass(1000);
    server.server = 'b';
    server.sequence = 2;
    server.transfers = [transferOf({ id: 'two' })];
    events.emit({ server: 'b', sequence: 2, transfers: server.transfers });
    await pass();
    expect([states(), server.snapshots]).toEqual([['two running'], 2]);
    events.emit({ server: 'b', sequence: 3, removed: ['two'] });
    expect(states()).toEqual([]);
  });

  it('of a server that has gone do not keep us asking', async () => {
    const { server, events, model } = setUp([transferOf({ state: 'paused' })]);
    server.server = 'b';
    await model.start();
    await pass(1000);
    events.emit({ server: 'a', sequence: 9, transfers: [] });
    await pass(60_000);
    expect(server.snapshots).toBe(2);
  });

  it('do not fetch more often than twice a second', async () => {
    const { server, events, model } = setUp([one]);
    await model.start();
    for (let i = 0; i < 40; i++) {
      server.sequence = 10 * i + 10;
      events.emit({ sequence: 10 * i + 10 });
      await pass(50);
    }
    expect(server.snapshots).toBeLessThanOrEqual(6);
  });
});

describe('silence', () => {
  it('of ten seconds fetches the snapshot while something runs', async () => {
    const { server, events, model } = setUp([one]);
    await model.start();
    await pass(9_000);
    events.emit({ sequence: 1, transfers: [one] });
    await pass(9_900);
    expect(server.snapshots).toBe(1);
    server.sequence = 1;
    await pass(200);
    expect(server.snapshots).toBe(2);
  });

  it('is no cause for doubt when all is paused or has ended', async () => {
    const { server, model } = setUp([
      transferOf({ state: 'paused' }),
      transferOf({ id: 'two', state: 'done' }),
      transferOf({ id: 'three', state: 'planning', confirm: true })
    ]);
    await model.start();
    await pass(600_000);
    expect(server.snapshots).toBe(1);
  });

  it('fetches the end of a plan that was lost, also of one made anew', async () => {
    const counting = transferOf({
      state: 'planning',
      confirm: true,
      plan: { complete: false }
    });
    const { server, model } = setUp([counting]);
    await model.start();
    server.sequence = 5;
    server.transfers = [transferOf({ state: 'planning', confirm: true })];
    await pass(10_000);
    expect(model.get('one')?.plan.complete).toBe(true);
    await pass(600_000);
    expect(server.snapshots).toBe(2);
  });

  it.each(['waiting', 'planning'] as const)(
    'is borne for longer while all that is %s only waits',
    async state => {
      const waiting = waitingFor('network');
      const { server, model } = setUp([transferOf({ state, waiting })]);
      await model.start();
      await pass(29_000);
      expect(server.snapshots).toBe(1);
      await pass(2_000);
      expect(server.snapshots).toBe(2);
    }
  );

  it('heals when the events were cut for a minute', async () => {
    const { server, events, model, states, ended } = setUp([one]);
    await model.start();
    events.emit({ sequence: 1, transfers: [one] });
    // The laptop sleeps: events 2 to 90 are lost, and the copy ends.
    server.sequence = 90;
    server.transfers = [transferOf({ state: 'done', ended: 1060 })];
    await pass(60_000);
    expect([states(), ended]).toEqual([['one done'], ['one done']]);
    events.emit({
      sequence: 91,
      transfers: [transferOf({ id: 'two', state: 'queued' })]
    });
    expect(states()).toEqual(['two queued', 'one done']);
    expect(ended).toHaveLength(1);
  });

  it('ends at once when the page is looked at again', async () => {
    const { server, model } = setUp([transferOf({ state: 'paused' })]);
    await model.start();
    await pass(5_000);
    document.dispatchEvent(new Event('visibilitychange'));
    await pass();
    expect(server.snapshots).toBe(1);
    await pass(20_000);
    window.dispatchEvent(new Event('online'));
    await pass();
    expect(server.snapshots).toBe(2);
  });
});

describe('a server that does not answer', () => {
  it('is tried again, less and less often, and what was known stays', async () => {
    const { server, model, states } = setUp([one]);
    await model.start();
    server.away = AWAY;
    await pass(10_000);
    expect([model.status, model.failure, states()]).toEqual([
      'offline',
      AWAY,
      ['one running']
    ]);
    expect(model.retryAt).toBe(Date.now() + 2_000);
    await pass(120_000);
    // After 2, 4, 8, 16 and then every 30 s.
    expect(server.snapshots).toBe(2 + 4 + 3);
    server.away = null;
    await pass(30_000);
    expect([model.status, model.failure, model.retryAt]).toEqual([
      'ready',
      null,
      null
    ]);
  });

  it('is asked at once when an event shows that it is back', async () => {
    const { server, events, model } = setUp([one]);
    await model.start();
    server.away = AWAY;
    await pass(60_000);
    server.away = null;
    const before = server.snapshots;
    events.emit({ sequence: 1, transfers: [one] });
    await pass();
    expect([server.snapshots, model.status]).toEqual([before + 1, 'ready']);
  });

  it('resolves `ready`, and is noticed by a command', async () => {
    const { server, model } = setUp([one]);
    server.away = AWAY;
    await model.start();
    expect(model.status).toBe('offline');
    server.away = null;
    await pass(2_000);
    expect(model.status).toBe('ready');
    server.away = AWAY;
    await expect(model.act('one', 'pause')).rejects.toBe(AWAY);
    await pass(600);
    expect(model.status).toBe('offline');
  });

  it.each([false, true])(
    'is away when a proxy says 404, whether or not it was heard of (%s)',
    async heard => {
      const { server, model } = setUp();
      if (heard) {
        await model.glance();
      }
      server.away = new TransferFailure('off', 'Not Found', 404);
      await model.start();
      expect([model.status, model.available, model.failure?.kind]).toEqual([
        'offline',
        true,
        'server-away'
      ]);
      server.away = null;
      await pass(2_000);
      expect(model.status).toBe('ready');
    }
  );

  it('is away when a proxy says 404 later', async () => {
    const { server, model } = setUp([one]);
    await model.start();
    server.away = new TransferFailure('off', 'Not Found', 404);
    await pass(11_000);
    expect(model.status).toBe('offline');
  });
});

describe('what people do', () => {
  it('shows at once', async () => {
    const { server, model, states } = setUp([one]);
    await model.start();
    server.transfers = [transferOf({ state: 'paused' })];
    await model.act('one', 'pause');
    expect(states()).toEqual(['one paused']);
    await model.clear('one');
    expect(states()).toEqual([]);
    server.transfers = [transferOf({ id: 'two', state: 'paused' })];
    await model.actAll('pause');
    expect(states()).toEqual(['two paused']);
    expect(server.asked).toEqual([
      'snapshot',
      'pause one',
      'clear one',
      'pause all'
    ]);
  });

  it('counts for those, too, that it was done to one by one before', async () => {
    const { server, events, model, states } = setUp();
    await model.start();
    server.transfers = [transferOf({ state: 'planning' })];
    await model.create({ archive: 'mast', sources: [] });
    server.sequence = 1;
    events.emit({ sequence: 1, transfers: [one] });
    // The answer comes before the event with the same number.
    server.sequence = 2;
    server.transfers = [transferOf({ state: 'paused' })];
    await model.actAll('pause');
    expect(states()).toEqual(['one paused']);
    server.sequence = 3;
    server.transfers = [transferOf({ state: 'cancelled' })];
    await model.act('one', 'cancel');
    server.sequence = 4;
    server.transfers = [];
    await model.actAll('clear');
    expect(states()).toEqual([]);
  });

  it('is not undone by a snapshot that was asked for before', async () => {
    const { server, model, states } = setUp();
    server.hold();
    void model.start();
    server.transfers = [transferOf({ state: 'planning' })];
    await model.create({ archive: 'mast', sources: [] });
    server.release();
    await pass(400);
    expect([states(), server.snapshots]).toEqual([['one planning'], 1]);
  });

  it('is not shown when an event came that is newer', async () => {
    const { server, events, model, states, ended } = setUp([one]);
    await model.start();
    server.hold();
    const acting = model.act('one', 'resume');
    await pass();
    events.emit({ sequence: 1, transfers: [transferOf({ state: 'done' })] });
    server.release();
    expect((await acting).state).toBe('running');
    expect([states(), ended]).toEqual([['one done'], ['one done']]);
  });
});

describe('the end of a transfer', () => {
  it('is told once, of those that were seen before it', async () => {
    const { events, model, ended } = setUp([
      one,
      transferOf({ id: 'old', state: 'done', ended: 900 })
    ]);
    await model.start();
    const done = transferOf({ state: 'done-with-failures', ended: 1100 });
    events.emit({ sequence: 1, transfers: [done] });
    events.emit({ sequence: 2, transfers: [done] });
    model.refresh();
    await pass(1000);
    expect(ended).toEqual(['one done-with-failures']);
    // Retried, it ends again.
    events.emit({ sequence: 3, transfers: [one] });
    events.emit({ sequence: 4, transfers: [transferOf({ state: 'done' })] });
    expect(ended).toEqual(['one done-with-failures', 'one done']);
  });

  it('is told of one that is over before the first event', async () => {
    const { server, events, model, ended } = setUp();
    await model.start();
    server.transfers = [transferOf({ state: 'done' })];
    await model.create({ archive: 'mast', sources: [] });
    events.emit({ sequence: 1, transfers: server.transfers });
    expect(ended).toEqual(['one done']);
  });

  it('is told of one whose first event comes before its answer', async () => {
    const { server, events, model, ended } = setUp();
    await model.start();
    server.transfers = [transferOf({ state: 'planning' })];
    const creating = model.create({ archive: 'mast', sources: [] });
    events.emit({ sequence: 1, transfers: [transferOf({ state: 'done' })] });
    await creating;
    expect([ended, model.get('one')?.state]).toEqual([['one done'], 'done']);
  });
});

describe('copies', () => {
  it('are told of at the end, at an undo, and now and then', async () => {
    const { events, model, copies } = setUp([
      transferOf({ id: 'old', state: 'done' }),
      one
    ]);
    await model.start();
    expect(copies()).toBe(0);
    await pass(6_000);
    let sequence = 0;
    const tell = (some: Parameters<typeof transferOf>[0]) =>
      events.emit({ sequence: ++sequence, transfers: [transferOf(some)] });
    tell({ files: { copied: 8 } });
    expect(copies()).toBe(1);
    for (let i = 9; i < 15; i++) {
      await pass(500);
      tell({ files: { copied: i } });
    }
    expect(copies()).toBe(1);
    tell({ state: 'done', files: { copied: 19 } });
    expect(copies()).toBe(2);
    tell({ state: 'done', files: { copied: 19 }, undone: true });
    expect(copies()).toBe(3);
  });
});

describe('speed and time left', () => {
  it('are the mean of five seconds, and nothing in the first three', async () => {
    const { events, model } = setUp([
      transferOf({ bytes: { done: 0, total: 1000 } })
    ]);
    await model.start();
    expect([model.speedOf('one'), model.timeLeft('one')]).toEqual([null, null]);
    for (let i = 1; i <= 20; i++) {
      await pass(500);
      events.emit({
        sequence: i,
        transfers: [transferOf({ bytes: { done: i * 20, total: 1000 } })]
      });
      if (i === 4) {
        expect(model.speedOf('one')).toBeCloseTo(40);
        expect(model.timeLeft('one')).toBeNull();
      }
    }
    expect(model.speedOf('one')).toBeCloseTo(40);
    expect(model.timeLeft('one')).toBeCloseTo(15);
  });

  it('are not known while it is paused, or still counted', async () => {
    const { events, model } = setUp([one]);
    await model.start();
    await pass(4_000);
    const plan = { complete: false };
    events.emit({
      sequence: 1,
      transfers: [transferOf({ bytes: { done: 700e6 }, plan })]
    });
    expect(model.speedOf('one')).toBeCloseTo(22e6);
    expect(model.timeLeft('one')).toBeNull();
    events.emit({ sequence: 2, transfers: [transferOf({ state: 'paused' })] });
    expect(model.speedOf('one')).toBeNull();
  });
});

it('is silent after it was disposed', async () => {
  const { server, events, model } = setUp([one]);
  await model.start();
  let changes = 0;
  model.changed.connect(() => changes++);
  model.dispose();
  events.emit({ sequence: 1, transfers: [one] });
  await pass(60_000);
  expect([changes, server.snapshots]).toEqual([0, 1]);
});
