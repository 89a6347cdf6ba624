import { Notification } from '@jupyterlab/apputils';
import { ServerConnection, type ServiceManager } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { FakeRequest } from '../rest/testing';
import { statusText } from './components/StatusItem';
import { notifyEnds } from './notify';
import { Sentences } from './sentences';
import { TransfersService } from './service';
import { FakeEvents, ROOTS, transferOf, waitingFor } from './testing';
import type { ISnapshot, ITransfer } from './types';

const say = new Sentences(nullTranslator.load('x'), 'en');

/** A page whose server has these transfers, and tells of changes. */
async function setUp(transfers: readonly ITransfer[], available = true) {
  const events = new FakeEvents();
  const asked: string[] = [];
  const snapshot: ISnapshot = {
    server: 'a',
    sequence: 0,
    transfers,
    roots: ROOTS,
    activeUntil: null
  };
  const service = new TransfersService(
    {
      events: events as unknown as ServiceManager.IManager['events'],
      serverSettings: ServerConnection.makeSettings({
        // Node's own would not take jsdom's signal.
        Request: FakeRequest as unknown as typeof Request,
        fetch: (async (request: Request) => {
          asked.push(request.url);
          return new Response(JSON.stringify(snapshot));
        }) as typeof fetch
      })
    },
    nullTranslator.load('x'),
    available,
    () => undefined
  );
  await service.model.start();
  let sequence = 0;
  return {
    service,
    asked,
    tell: (...changed: ITransfer[]) =>
      events.emit({ sequence: ++sequence, transfers: changed }),
    text: () => {
      const said = statusText(service.model, service.unseen, say);
      return said && `${said.warn ? '! ' : ''}${said.text}`;
    }
  };
}

describe('the status bar', () => {
  it('is silent when nothing is to be said', async () => {
    const { text } = await setUp([
      transferOf({ state: 'done' }),
      transferOf({ id: 'old', state: 'done-with-failures' })
    ]);
    expect(text()).toBeNull();
  });

  it('says how far all of them are together', async () => {
    const { text } = await setUp([
      transferOf({ bytes: { total: 300, done: 102 } }),
      transferOf({ id: 'two', bytes: { total: 700, done: 238 } })
    ]);
    expect(text()).toBe('Copying · 34 %');
  });

  it.each<[string, ITransfer]>([
    [
      'Counting files',
      transferOf({ state: 'planning', plan: { complete: false } })
    ],
    [
      'Counting files',
      transferOf({
        state: 'planning',
        confirm: true,
        plan: { complete: false }
      })
    ],
    [
      '! 1 copy waits for you',
      transferOf({ state: 'planning', confirm: true })
    ],
    [
      '! Waiting for the network',
      transferOf({
        state: 'waiting',
        waiting: waitingFor('network')
      })
    ],
    [
      '! Waiting for the network',
      transferOf({
        state: 'planning',
        plan: { complete: false },
        waiting: waitingFor('network')
      })
    ],
    [
      '! Waiting for space',
      transferOf({
        state: 'waiting',
        waiting: waitingFor('quota', { missing: 5 })
      })
    ],
    ['1 paused', transferOf({ state: 'paused' })]
  ])('says "%s"', async (said, transfer) => {
    expect((await setUp([transfer])).text()).toBe(said);
  });

  it('says what failed until the panel was looked at', async () => {
    const { text, tell, service } = await setUp([
      transferOf(),
      transferOf({ id: 'two' })
    ]);
    tell(
      transferOf({ state: 'done-with-failures', files: { failed: 2 } }),
      transferOf({ id: 'two', state: 'paused' })
    );
    expect(text()).toBe('! 2 files failed');
    service.see();
    expect(text()).toBe('1 paused');
  });

  it('counts copies where no file did', async () => {
    const { text, tell } = await setUp([transferOf()]);
    tell(transferOf({ state: 'failed' }));
    expect(text()).toBe('! 1 copy failed');
    // Retried, it is no failure any more.
    tell(transferOf({ state: 'paused' }));
    expect(text()).toBe('1 paused');
  });
});

it('a page without such a server asks for nothing', async () => {
  const { service, asked } = await setUp([transferOf()], false);
  expect(await service.copies('mast', 'hst/')).toEqual([]);
  expect([service.available, asked]).toEqual([false, []]);
});

describe('notifications', () => {
  /** What is said is loaded first. */
  const loaded = () => new Promise(resolve => setTimeout(resolve));

  afterEach(() => {
    Notification.dismiss();
  });

  it('come at the end, one for each transfer, and show the panel', async () => {
    const { service, tell } = await setUp([
      transferOf(),
      transferOf({ id: 'two' }),
      transferOf({ id: 'old', state: 'done' })
    ]);
    let shown = 0;
    notifyEnds(
      service.model,
      async () => say,
      () => shown++
    );
    tell(transferOf({ bytes: { done: 700e6 } }));
    expect(Notification.manager.count).toBe(0);
    tell(
      transferOf({ state: 'done', ended: 1022, files: { copied: 19 } }),
      transferOf({ id: 'two', state: 'cancelled' })
    );
    tell(transferOf({ state: 'done', ended: 1022, files: { copied: 19 } }));
    await loaded();
    const [notification, ...more] = Notification.manager.notifications;
    expect(more).toEqual([]);
    expect(notification.message).toMatch(/^19 files copied to hst, .* in 21 s/);
    expect(notification.type).toBe('success');
    notification.options.actions?.[0].callback(new MouseEvent('click'));
    expect(shown).toBe(1);
  });

  it('warn, and stay, when files failed', async () => {
    const { service, tell } = await setUp([transferOf()]);
    notifyEnds(
      service.model,
      async () => say,
      () => undefined
    );
    tell(transferOf({ state: 'done-with-failures', files: { failed: 2 } }));
    await loaded();
    const [notification] = Notification.manager.notifications;
    expect([notification.type, notification.options.autoClose]).toEqual([
      'warning',
      false
    ]);
  });
});
