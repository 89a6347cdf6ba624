import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ServerConnection } from '@jupyterlab/services';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStatusBar } from '@jupyterlab/statusbar';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act, fireEvent } from '@testing-library/react';
import { pass } from '../ui/__tests__/pass';
import { FakeRequest } from '../rest/testing';
import { Quota } from './quota';
import { FakeEvents, FakeServer, NOW, rootOf } from './testing';
import { EVENT_SCHEMA, type IRootUsage } from './types';

let item: Widget | null = null;
let quota: Quota | null = null;
beforeEach(() => {
  jest.useFakeTimers({ now: NOW * 1000 });
});
afterEach(() => {
  act(() => item?.dispose());
  quota?.model.dispose();
  Notification.dismiss();
  jest.useRealTimers();
});

/** JupyterLab's plugin of notifications. */
const TOASTS = '@jupyterlab/apputils-extension:notification';

/** A page with the item in its status bar. */
async function setUp(
  roots: readonly IRootUsage[] = [rootOf()],
  composite: Record<string, unknown> | null = {},
  toasts: { plugin?: boolean; silenced?: boolean } = {},
  reading: () => Promise<void> = async () => undefined
) {
  const server = new FakeServer();
  server.roots = roots;
  const events = new FakeEvents();
  const commands = new CommandRegistry();
  const shown: unknown[] = [];
  for (const command of ['mast:show-usage', 'mast:free-up-space']) {
    commands.addCommand(command, {
      execute: args => {
        shown.push(command, ...Object.values(args));
      }
    });
  }
  const settings = {
    composite: composite ?? {},
    changed: new Signal<object, void>({})
  };
  const notifications = {
    composite: { doNotDisturbMode: toasts.silenced === true },
    changed: new Signal<object, void>({})
  };
  let bar: IStatusBar.IItem | null = null;
  let away = false;
  let date: string | null = null;
  const created = (quota = new Quota({
    app: {
      commands,
      hasPlugin: (id: string) => id === TOASTS && toasts.plugin !== false,
      serviceManager: {
        events,
        serverSettings: ServerConnection.makeSettings({
          // Node's own would not take jsdom's signal.
          Request: FakeRequest as unknown as typeof Request,
          fetch: async () => {
            if (away) {
              throw new TypeError('No network');
            }
            return new Response(JSON.stringify(server.snapshot()), {
              headers: date === null ? {} : { Date: date }
            });
          }
        })
      }
    } as unknown as JupyterFrontEnd,
    trans: nullTranslator.load('x'),
    locale: 'en',
    settings: {
      load: async (id: string) => {
        if (id === TOASTS) {
          return notifications;
        }
        await reading();
        if (composite === null) {
          throw new Error('no schema');
        }
        return settings;
      }
    } as unknown as ISettingRegistry,
    statusBar: {
      registerStatusItem: (_: string, given: IStatusBar.IItem) => {
        bar = given;
      }
    } as unknown as IStatusBar,
    transfers: null
  }));
  const registered = bar as unknown as IStatusBar.IItem;
  const widget = (item = registered.item);
  act(() => Widget.attach(widget, document.body));
  await pass(200);
  let sequence = 1;
  const button = () => widget.node.querySelector('button')!;
  return {
    quota: created,
    registered,
    settings,
    notifications,
    shown,
    node: widget.node,
    button,
    setAway: () => (away = true),
    setDate: (said: string) => (date = said),
    text: () => button().textContent,
    said: () => widget.node.querySelector('[aria-live]')?.textContent,
    tooltip: () => document.querySelector('[role="tooltip"]'),
    tell: async (
      root: Partial<IRootUsage>,
      ...others: readonly IRootUsage[]
    ) => {
      act(() =>
        events.emit({
          schema_id: EVENT_SCHEMA,
          server: 'a',
          sequence: ++sequence,
          roots: [rootOf(root), ...others]
        } as { readonly schema_id: string })
      );
      await pass();
    }
  };
}

describe('the item', () => {
  it('says what is used, with a bar, and opens the panel', async () => {
    const { text, node, button, shown, registered } = await setUp();
    expect(text()).toBe('4.2 of 10 GB');
    expect(button().getAttribute('aria-label')).toBe(
      'Used space: 4.2 of 10 GB'
    );
    expect(
      node.querySelector<HTMLElement>('.mast-QuotaBar-used')?.style.width
    ).toBe('42%');
    expect(node.querySelector('svg')).toBeNull();
    expect(registered.isActive?.()).toBe(true);
    fireEvent.click(button());
    expect(shown).toEqual(['mast:show-usage']);
  });

  it.each<[string, string, Partial<IRootUsage>]>([
    ['8.4 of 10 GB', 'mast-mod-warning', { used: 8.4e9 }],
    ['9.7 of 10 GB, 0.3 GB left', 'mast-mod-critical', { used: 9.7e9 }]
  ])('says "%s" with an icon, %s', async (said, level, root) => {
    const { text, button, node } = await setUp([rootOf(root)]);
    expect(text()).toBe(said);
    expect(button().classList).toContain(level);
    expect(node.querySelector('svg')).not.toBeNull();
  });

  it.each<[string, number, Partial<IRootUsage>]>([
    ['4.2 of 10 GB', 1, {}],
    ['4.2 GB used', 0, { limit: null, free: null }],
    ['Counting your files… 38,200', 0, { measured: null, counting: 38_200 }],
    [
      'Used space is not known',
      0,
      { measured: null, problem: 'It is not there.' }
    ]
  ])('says "%s"; number of bars: %d', async (said, bars, root) => {
    const { text, button, tooltip } = await setUp([rootOf(root)]);
    expect(text()).toBe(said);
    expect(button().querySelectorAll('.mast-QuotaBar')).toHaveLength(bars);
    fireEvent.mouseEnter(button());
    expect(tooltip()?.querySelectorAll('.mast-QuotaBar')).toHaveLength(bars);
  });

  it('keeps the last figure, with its age, when a look has failed', async () => {
    const { node, text, tell, button, tooltip } = await setUp();
    expect(node.querySelector('svg')).toBeNull();
    await tell({ problem: 'It is not there.' });
    expect(text()).toBe('4.2 of 10 GB · 20 s ago');
    expect(node.querySelectorAll('.mast-QuotaBar')).toHaveLength(1);
    expect(node.querySelector('svg')).not.toBeNull();
    fireEvent.mouseEnter(button());
    expect(tooltip()?.textContent).toContain(
      'Home cannot be counted: It is not there.'
    );
    expect(tooltip()?.textContent).toContain('4.20 GB of 10 GB used');
  });

  it('has a bar from when a limit is set, and none after', async () => {
    const { node, tell } = await setUp([rootOf({ limit: null, free: null })]);
    const bars = () => node.querySelectorAll('.mast-QuotaBar').length;
    expect(bars()).toBe(0);
    await tell({});
    expect(bars()).toBe(1);
    await tell({ limit: null, free: null });
    expect(bars()).toBe(0);
  });

  it('is not there before anything is known', async () => {
    const { registered, node } = await setUp([]);
    expect(registered.isActive?.()).toBe(false);
    expect(node.querySelector('button')).toBeNull();
  });

  it('goes by the clock of the server, not by that of the browser', async () => {
    const { text, button, tooltip, setDate, setAway } = await setUp();
    setDate(new Date(NOW * 1000).toUTCString());
    // The clock here is put on, and the server heard once more.
    jest.setSystemTime(1000 * (NOW + 3600));
    await pass(60_000);
    setAway();
    expect(text()).toBe('4.2 of 10 GB');
    fireEvent.focus(button());
    await pass();
    expect(tooltip()?.textContent).toContain('Counted 3 min ago.');
  });

  it('grows older', async () => {
    const { text, setAway } = await setUp();
    setAway();
    await pass(3_600_000);
    expect(text()).toBe('4.2 of 10 GB · 1 h ago');
  });
});

describe('the tooltip', () => {
  it('comes with the pointer and with the keyboard, and goes', async () => {
    const { button, tooltip } = await setUp();
    expect(tooltip()).toBeNull();
    fireEvent.mouseEnter(button());
    expect(button().getAttribute('aria-describedby')).toBe(tooltip()?.id);
    fireEvent.mouseLeave(button());
    expect(tooltip()).toBeNull();
    fireEvent.focus(button());
    expect(tooltip()).not.toBeNull();
    fireEvent.keyDown(button(), { key: 'Escape' });
    expect(tooltip()).toBeNull();
  });

  it('says all that is known', async () => {
    const { button, tooltip } = await setUp([
      rootOf({ reserved: 1e9, copies: 2, free: 4.6e9, unreadable: 1 }),
      rootOf({ id: 'team', title: 'Team', used: 30e9, limit: 100e9 }),
      rootOf({ id: 'scratch', title: 'Scratch', measured: null, counting: 7 })
    ]);
    fireEvent.mouseEnter(button());
    const text = tooltip()?.textContent ?? '';
    for (const part of [
      '4.20 GB of 10 GB used42 %',
      'Reserved by 2 running copies1.00 GB',
      'Free4.60 GB',
      'Team30.00 GB of 100 GB used',
      'ScratchCounting your files… 7',
      'Counted 3 min ago. What you save and copy here counts at once; other changes of the last 3 min may be missing.',
      '1 folder could not be read',
      'On disk, with trash and hidden folders.',
      '1 GB = 1,000,000,000 bytes.',
      'Click: where the space is'
    ]) {
      expect(text).toContain(part);
    }
    expect(
      tooltip()?.querySelector<HTMLElement>('.mast-QuotaBar-reserved')?.style
        .width
    ).toBe('10%');
  });

  it('says of other roots what is known while the home is counted', async () => {
    const { button, tooltip } = await setUp([
      rootOf({ measured: null, counting: 12 }),
      rootOf({ id: 'team', title: 'Team', used: 30e9, limit: 100e9 })
    ]);
    fireEvent.mouseEnter(button());
    expect(tooltip()?.textContent).toContain('Team30.00 GB of 100 GB used');
  });

  it('says of two ages which changes may be missing', async () => {
    const { button, tooltip } = await setUp([
      rootOf({
        measured: NOW - 90_000,
        swept: NOW - 960,
        reread: NOW - 24_000
      })
    ]);
    fireEvent.mouseEnter(button());
    expect(tooltip()?.textContent).toContain(
      'other changes of the last 16 min may be missing, and what files grew by in the last 6 h 40 min.'
    );
  });

  it('says what counts, and what is wrong', async () => {
    const { button, tooltip } = await setUp([
      rootOf({ counts: 'apparent', problem: 'It is not there.' })
    ]);
    fireEvent.mouseEnter(button());
    expect(tooltip()?.textContent).toContain(
      'Home cannot be counted: It is not there.'
    );
    expect(tooltip()?.textContent).toContain('Lengths of all files');
  });

  it.each([
    [null, ''],
    [10e9, ' The last limit that was known holds.']
  ])('says that the limit cannot be told; held: %s', async (limit, held) => {
    const { button, tooltip, text } = await setUp([
      rootOf({
        limit,
        free: limit === null ? null : 5.6e9,
        limit_problem: 'it is no number'
      })
    ]);
    expect(text()).toBe(limit === null ? '4.2 GB used' : '4.2 of 10 GB');
    fireEvent.mouseEnter(button());
    expect(tooltip()?.textContent).toContain(
      `The limit cannot be told: it is no number. Ask the administrator of the server.${held}`
    );
  });

  it('says that the server does not answer', async () => {
    const { button, tooltip, setAway } = await setUp();
    setAway();
    await pass(61_000);
    fireEvent.mouseEnter(button());
    expect(tooltip()?.textContent).toContain(
      'The Jupyter server does not answer.'
    );
  });
});

describe('a threshold that is passed', () => {
  it('is notified once, with a way on', async () => {
    const { tell, said, shown } = await setUp();
    await tell({ used: 8.4e9 });
    // The toast is read out.
    expect(said()).toBe('');
    await tell({ used: 8.5e9 });
    const [notification, ...more] = Notification.manager.notifications;
    expect(more).toEqual([]);
    expect(notification.message).toBe('8.4 of 10 GB used.');
    expect(notification.type).toBe('warning');
    notification.options.actions?.[0].callback(new MouseEvent('click'));
    expect(shown).toEqual(['mast:free-up-space', 'home']);
  });

  it.each([{ silenced: true }, { plugin: false }])(
    'is read out where no toast appears: %j',
    async toasts => {
      const { tell, said } = await setUp(undefined, undefined, toasts);
      expect(said()).toBe('');
      await tell({ used: 8.4e9 });
      expect(said()).toBe('8.4 of 10 GB used.');
    }
  );

  it('is told of any space, by its name, and once', async () => {
    const team = (used: number, reserve = 0) =>
      rootOf({ id: 'team', title: 'Team', used, reserve, free: 10e9 - used });
    const { tell, said, shown, text, button, node, tooltip } = await setUp(
      [rootOf(), team(4e9)],
      undefined,
      { silenced: true }
    );
    const bar = () =>
      node.querySelector<HTMLElement>('.mast-QuotaBar-used')?.style.width;
    await tell({}, team(9.7e9));
    await tell({}, team(9.8e9));
    const messages = () =>
      Notification.manager.notifications.map(one => one.message);
    expect(messages()).toEqual(['Team: 9.7 of 10 GB used, 0.3 GB free.']);
    expect(said()).toBe(messages()[0]);
    const [{ options }] = Notification.manager.notifications;
    options.actions?.[0].callback(new MouseEvent('click'));
    expect(shown).toEqual(['mast:free-up-space', 'team']);
    // The bar is the home's.
    expect([text(), bar()]).toEqual(['4.2 of 10 GB · Team almost full', '42%']);
    expect(node.querySelector('svg')).not.toBeNull();
    expect(button().classList).toContain('mast-mod-normal');
    fireEvent.mouseEnter(button());
    const row = () =>
      [...tooltip()!.querySelectorAll('.mast-QuotaTooltip-row')].find(one =>
        one.textContent?.startsWith('Team')
      );
    expect(row()?.textContent).toBe('Team9.80 GB of 10 GB used · almost full');
    expect(row()?.querySelector('svg')).not.toBeNull();
    await tell({}, team(10.1e9));
    expect(text()).toBe('4.2 of 10 GB · Team full');
    await tell({}, team(8.5e9));
    expect(text()).toBe('4.2 of 10 GB');
    expect(row()?.textContent).toBe('Team8.50 GB of 10 GB used · getting full');
    await tell({}, team(4e9));
    expect(row()?.textContent).toBe('Team4.00 GB of 10 GB used');
    expect(row()?.querySelector('svg')).toBeNull();
  });

  it('is read out from when notifications are silenced', async () => {
    const { tell, said, notifications } = await setUp();
    notifications.composite = { doNotDisturbMode: true };
    notifications.changed.emit();
    await tell({ used: 8.4e9 });
    expect(said()).toBe('8.4 of 10 GB used.');
  });

  it('that was passed before the page came is not', async () => {
    const { said } = await setUp([rootOf({ used: 9.7e9 })]);
    expect([said(), Notification.manager.count]).toEqual(['', 0]);
  });
});

describe('settings', () => {
  it('set the thresholds, also later', async () => {
    const { button, settings } = await setUp([rootOf()], {
      warning: 30,
      critical: 40
    });
    expect(button().classList).toContain('mast-mod-critical');
    settings.composite = { warning: 30 };
    settings.changed.emit();
    await pass();
    expect(button().classList).toContain('mast-mod-warning');
  });

  it('hide the item, and show it again', async () => {
    const { registered, settings } = await setUp([rootOf()], {
      statusBar: false
    });
    let changes = 0;
    registered.activeStateChanged?.connect(() => {
      changes++;
    });
    expect(registered.isActive?.()).toBe(false);
    settings.composite = { statusBar: true };
    settings.changed.emit();
    expect([registered.isActive?.(), changes]).toEqual([true, 1]);
  });

  it('are awaited before the item is there', async () => {
    const settings: { read?: () => void } = {};
    const { registered } = await setUp(
      [rootOf()],
      { statusBar: false },
      {},
      () =>
        new Promise(resolve => {
          settings.read = resolve;
        })
    );
    let changes = 0;
    registered.activeStateChanged?.connect(() => {
      changes++;
    });
    expect(registered.isActive?.()).toBe(false);
    settings.read?.();
    await pass();
    expect([registered.isActive?.(), changes]).toEqual([false, 0]);
  });

  it('that cannot be read are the usual ones', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    const { text } = await setUp([rootOf()], null);
    expect(text()).toBe('4.2 of 10 GB');
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });
});
