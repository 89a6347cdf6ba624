import { Dialog, Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act, fireEvent } from '@testing-library/react';
import { RequestFailure } from '../rest/failure';
import { pass } from '../ui/__tests__/pass';
import { QuotaModel } from './model';
import { QuotaSentences } from './sentences';
import {
  cachedOf,
  copyOf,
  FakeServer,
  freeableOf,
  NOW,
  rootOf
} from './testing';
import { newUsage } from './usagewidget';

let widget: ReturnType<typeof newUsage> | null = null;
let model: QuotaModel | null = null;
let moved = 0;
const copiesChanged = new Signal<object, void>({});
beforeAll(() => {
  // jsdom lays nothing out.
  for (const name of ['offsetHeight', 'clientHeight']) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get: () => 420
    });
  }
});
beforeEach(() => {
  jest.useFakeTimers({ now: NOW * 1000 });
  moved = 0;
});
afterEach(() => {
  act(() => widget?.dispose());
  model?.dispose();
  act(() => Dialog.flush());
  Notification.dismiss();
  jest.useRealTimers();
});

const dialog = () => document.querySelector<HTMLElement>('.jp-Dialog');
const say = () => dialog()?.textContent ?? '';
const inDialog = (label: string | RegExp) =>
  [...(dialog()?.querySelectorAll('button') ?? [])].find(button =>
    typeof label === 'string'
      ? button.textContent === label
      : label.test(button.textContent ?? '')
  )!;
const tick = (name: string) =>
  dialog()!.querySelector<HTMLInputElement>(`[data-group="${name}"] input`)!;
const messages = () =>
  Notification.manager.notifications.map(one => one.message);

async function setUp(prepare: (server: FakeServer) => void = () => undefined) {
  const server = new FakeServer();
  server.pages = [
    [
      copyOf('hst/a.fits', { allocated: 1.2e9 }),
      copyOf('hst/b.fits', { allocated: 1e9, grade: 'fixed' }),
      copyOf('hst/c.fits', { standing: 'changed', allocated: 250e6 })
    ]
  ];
  server.groups = [
    {
      group: 'package-caches',
      allocated: 450e6,
      files: 900,
      entries: [
        freeableOf('.cache/pip', { program: 'pip', allocated: 310e6 }),
        freeableOf('m/pkgs/a.conda', { program: 'conda', allocated: 100e6 }),
        freeableOf('m/pkgs/b.conda', { program: 'conda', allocated: 40e6 })
      ]
    },
    {
      group: 'trash',
      allocated: 250e6,
      files: 37,
      entries: [freeableOf('.Trash/files/old', { allocated: 250e6, files: 37 })]
    },
    {
      group: 'checkpoints',
      allocated: 31e6,
      files: 1,
      entries: [freeableOf('n/.ipynb_checkpoints/x', { allocated: 31e6 })]
    }
  ];
  prepare(server);
  const it = (model = new QuotaModel({ api: server, events: null }));
  const commands = new CommandRegistry();
  const quota = new QuotaSentences(nullTranslator.load('x'), 'en');
  const panel = (widget = newUsage({
    model: it,
    api: server,
    quota,
    commands,
    transfers: {
      copiesChanged,
      noteChange: () => {
        moved++;
      }
    },
    toasts: { appear: false },
    isThere: async () => true
  }));
  act(() => Widget.attach(panel, document.body));
  await pass(300);
  // The figures first, then what was removed.
  await pass(300);
  const { node } = panel;
  const click = async (element: Element) => {
    fireEvent.click(element);
    await pass(300);
  };
  const button = (label: string) =>
    [...node.querySelectorAll('button')].find(
      one => one.textContent === label
    )!;
  return { server, node, commands, click, button, panel };
}

async function opened(prepare?: (server: FakeServer) => void) {
  const found = await setUp(prepare);
  await found.click(found.button('Free up space'));
  return found;
}

describe('free up space', () => {
  it('says what may go, what each costs and what is left', async () => {
    await opened();
    for (const part of [
      'Unchanged archive copies2.20 GB2 files, identical to the archive by checksum.',
      'A list stays, so that one click fetches them again.',
      '1 of them is of a mission that is reprocessed now and then',
      'Package caches450.0 MBpip and conda. The next installation downloads again what it needs.',
      'Trash250.0 MB1 item. Once removed, it cannot be restored.Show listLook into the trash',
      '1 saved state from before 2026-08-',
      'Archive copies that you changed250.0 MB1 file differs from the archive',
      'Never removed from here.',
      'Afterwards 1.55 GB of 10 GB used',
      '2.65 GB freed',
      'What programs on this machine have open, and running transfers, are left alone.',
      'Remove 2 copies and 2 caches, 2.65 GB'
    ]) {
      expect(say()).toContain(part);
    }
    expect(
      ['copies', 'package-caches', 'trash', 'checkpoints'].map(
        name => tick(name).checked
      )
    ).toEqual([true, true, false, false]);
    expect(tick('changed')).toBeNull();
  });

  it('does not subtract bytes on disk from lengths', async () => {
    await opened(server => {
      server.roots = [rootOf({ counts: 'apparent', used: 4.1e9 })];
    });
    expect(say()).toContain('2.65 GB freed on disk');
    expect(say()).not.toContain('Afterwards');
  });

  it('is about the root that is meant, and names it among several', async () => {
    const { server, panel, node } = await setUp(one => {
      one.roots = [
        rootOf(),
        rootOf({ id: 'team', title: 'Team', absolute: '/team' })
      ];
    });
    server.news();
    for (const [where, id, title] of [
      [{ folder: '/team/hst' }, 'team', 'Team'],
      [{ root: 'home' }, 'home', 'Home'],
      [{}, 'home', 'Home']
    ] as const) {
      void panel.content.freeing.askAndFree(where);
      await pass(300);
      expect(server.news()).toContain(`freeable ${id}`);
      expect(dialog()?.querySelector('.jp-Dialog-header')?.textContent).toBe(
        `Free up space: ${title}`
      );
      // The panel shows it as well.
      expect(node.querySelector('select')?.value).toBe(id);
      fireEvent.click(inDialog('Cancel'));
      await pass(300);
    }
  });

  it('says that it looks while the server takes its time', async () => {
    const { server, button, click } = await setUp();
    const { folder } = server;
    let answer = () => {};
    server.folder = async (...some) => {
      await new Promise<void>(resolve => {
        answer = resolve;
      });
      return folder.apply(server, some);
    };
    const free = button('Free up space');
    await click(free);
    await pass(300);
    expect([free.textContent, free.getAttribute('aria-busy')]).toEqual([
      'Looking…',
      'true'
    ]);
    answer();
    await pass(300);
    expect(dialog()).not.toBeNull();
    expect([free.textContent, free.getAttribute('aria-busy')]).toEqual([
      'Free up space',
      'false'
    ]);
  });

  it('is over, without a word, when the panel is closed', async () => {
    const { panel } = await setUp(server => {
      server.usage = () => new Promise(() => undefined);
    });
    const over = panel.content.freeing.askAndFree();
    await pass(300);
    act(() => panel.dispose());
    await pass(20_000);
    expect(await over).toBe(true);
    expect(messages()).toEqual([]);

    const slow = await setUp();
    let answer = () => {};
    const { folder } = slow.server;
    slow.server.folder = async (...some) => {
      await new Promise<void>(resolve => {
        answer = resolve;
      });
      return folder.apply(slow.server, some);
    };
    await slow.click(slow.button('Free up space'));
    act(() => slow.panel.dispose());
    answer();
    await pass(300);
    expect(dialog()).toBeNull();
  });

  it('leads to what is in the trash before it is emptied', async () => {
    const { click, panel, server } = await opened(server => {
      server.has.set('.Trash/files/old', { kind: 'trash', allocated: 1e6 });
      server.inTrash.set('.Trash/files/old', { from: 'hst/old', moved: NOW });
      const group = server.groups[1];
      server.groups = [
        {
          ...group,
          entries: group.entries.map(one => ({ ...one, name: 'hst/old' }))
        }
      ];
    });
    // As it is asked for from a copy that does not fit.
    fireEvent.click(inDialog('Cancel'));
    await pass(300);
    const over = panel.content.freeing.askAndFree();
    await pass(300);
    const trash = dialog()!.querySelector('[data-group="trash"]')!;
    await click(trash.querySelector('button')!);
    expect(trash.querySelector('.mast-FreeUp-items li')?.textContent).toContain(
      'hst/old250.0 MB'
    );
    await click(inDialog('Look into the trash'));
    await pass(300);
    expect(dialog()).toBeNull();
    const { state } = panel.content;
    expect([state.tab, state.current]).toEqual(['folders', '.Trash/files/old']);
    expect(document.activeElement?.className).toBe('mast-UsageRows');
    expect(server.asked.filter(one => /remove|delete/.test(one))).toEqual([]);
    expect(panel.node.textContent).toContain('Restore');
    expect(await over).toBe(false);
    const closed = panel.content.freeing.askAndFree();
    await pass(300);
    fireEvent.click(inDialog('Cancel'));
    await pass(300);
    expect(await closed).toBe(true);
  });

  it('has the focus on the safe button, and Enter removes nothing', async () => {
    const { server } = await opened();
    expect(document.activeElement?.textContent).toBe('Cancel');
    fireEvent.keyDown(document.activeElement!, { key: 'Enter' });
    await pass(300);
    expect(dialog()).toBeNull();
    expect(server.asked.filter(one => /remove|delete/.test(one))).toEqual([]);
    expect(messages()).toEqual([]);
  });

  it('removes what is ticked and offers to fetch it again', async () => {
    const { server, click } = await opened();
    await click(tick('package-caches'));
    fireEvent.click(tick('trash'));
    // At once: it may be read out or clicked again before the next frame.
    expect(tick('trash').checked).toBe(true);
    expect(say()).toContain('Afterwards 1.75 GB of 10 GB used');
    server.news();
    await click(inDialog('Remove 2 copies and 1 item of the trash, 2.45 GB'));
    expect(dialog()).toBeNull();
    expect(server.news().slice(0, 2)).toEqual([
      'remove hst/a.fits,hst/b.fits false list 1',
      'remove trash mark of .Trash/files/old'
    ]);
    // Marks of copies in the archive panel are looked at again.
    expect(moved).toBe(1);
    const [message] = messages();
    expect(message).toMatch(
      /freed: 2 copies and 1 item of the trash removed\.$/
    );
    const [notice] = Notification.manager.notifications;
    const [again] = notice.options.actions ?? [];
    expect(again.label).toBe('Fetch again');
    again.callback(new MouseEvent('click'));
    await pass(100);
    expect(server.asked).toContain(`fetch home ${server.named[0]}`);
  });

  it('tells what stayed and why', async () => {
    const { click } = await opened(server => {
      server.refuses = {
        'hst/a.fits': 'a.fits was changed since it was copied.'
      };
    });
    await click(inDialog(/^Remove/));
    expect(messages()).toContain('a.fits was changed since it was copied.');
    expect(messages().join()).toContain('1 copy and 2 caches removed.');
  });

  it('tells how many stayed before one of the reasons', async () => {
    const name = (end: string) =>
      `tess2019198215352-s0014-00000003777807${end}-0150-s_tp.fits`;
    const { click } = await opened(server => {
      server.pages = [['1', '2', '3'].map(end => copyOf(name(end)))];
      server.refuses = Object.fromEntries(
        ['1', '2', '3'].map(end => [
          name(end),
          `${name(end)} was changed since it was copied.`
        ])
      );
    });
    await click(inDialog(/^Remove/));
    const said = messages().find(one => one.startsWith('3 stayed.'));
    expect(said).toMatch(
      /^3 stayed\. tess.*….*-0150-s_tp\.fits was changed since it was copied\. And 2 more stayed\.$/
    );
    // As much as JupyterLab shows of a notice.
    expect(said?.length).toBeLessThan(140);
  });

  it('shows lists on demand', async () => {
    const { click } = await opened();
    const [first] = [...dialog()!.querySelectorAll('.mast-link')];
    expect(first.getAttribute('aria-expanded')).toBe('false');
    await click(first);
    expect(say()).toContain('hst/a.fits1.20 GB');
    expect(first.getAttribute('aria-expanded')).toBe('true');
    expect(first.textContent).toBe('Hide list');
  });

  it('says so where nothing may go', async () => {
    await opened(server => {
      server.pages = [[]];
      server.groups = [];
    });
    expect(say()).toContain('Nothing here may go without harm');
    expect(inDialog('Remove').disabled).toBe(true);
  });

  it('says why the archive could not be asked', async () => {
    await opened(server => {
      server.pages = [
        [
          copyOf('a.fits', {
            in_archive: 'unknown',
            message: 'MAST cannot be reached.'
          })
        ]
      ];
      server.groups = [];
    });
    expect(say()).toContain('Copies that cannot be compared now');
    expect(say()).toContain('1 file. MAST cannot be reached.');
    expect(inDialog('Remove').disabled).toBe(true);
  });

  it('tries again where the server did not answer', async () => {
    const { server, click } = await opened(one => {
      one.freeable = () => Promise.reject(new RequestFailure('busy', 'Busy.'));
      one.copies = () => Promise.reject(new RequestFailure('busy', 'Busy.'));
    });
    expect(say()).toContain('It is not known what may go');
    expect(say()).toContain('Busy.');
    server.freeable = FakeServer.prototype.freeable.bind(server);
    server.copies = FakeServer.prototype.copies.bind(server);
    await click(inDialog('Try again'));
    expect(say()).toContain('Unchanged archive copies');
  });

  it('can be stopped', async () => {
    const many = Array.from({ length: 900 }, (_, i) => copyOf(`f${i}`));
    const { server, click } = await opened(one => {
      one.pages = [many];
      one.groups = [];
    });
    const release: (() => void)[] = [];
    const remove = server.removeCopies.bind(server);
    server.removeCopies = async (...args) => {
      await new Promise<void>(resolve => release.push(resolve));
      return remove(...args);
    };
    await click(inDialog(/^Remove/));
    expect(say()).toContain('Removing 0 of 900 …');
    await click(inDialog('Stop'));
    expect(dialog()).not.toBeNull();
    expect(inDialog('Stopping …').disabled).toBe(true);
    release[0]();
    await pass(300);
    expect(dialog()).toBeNull();
    expect(messages().join()).toContain('200 copies removed.');
    expect(release).toHaveLength(1);
  });

  it('leads to what other programs fetched', async () => {
    const { server, click } = await opened(one => {
      one.cached = [[cachedOf('mastDownload/a.fits')]];
      one.has.set('mastDownload/a.fits', {
        kind: 'archive-caches',
        allocated: 22e6
      });
    });
    expect(say()).toContain('Archive caches of other programs22.0 MB');
    await click(inDialog('Compare…'));
    expect(say()).toContain('Adopt 1 file');
    expect(server.asked.filter(one => /remove|delete/.test(one))).toEqual([]);
  });

  it('says so where the server tells of no space', async () => {
    const { panel } = await setUp(server => {
      server.away = new RequestFailure('server-away', 'It is away.');
    });
    panel.content.freeing.freeUp();
    await pass(300);
    expect([dialog(), messages()]).toEqual([null, ['It is away.']]);
  });

  it('does not open before there are figures', async () => {
    const { panel } = await setUp(server => {
      server.roots = [rootOf({ measured: null, counting: 5 })];
    });
    panel.content.freeing.freeUp();
    await pass(300);
    expect(dialog()).toBeNull();
  });

  it('reads out that it looks, not how far it is', async () => {
    const { server, click, button } = await setUp();
    const pages = [1, 2].map(page => [copyOf(`hst/${page}.fits`)]);
    server.pages = [...pages, []];
    const { copies } = server;
    let go: () => void = () => undefined;
    server.copies = async (root, after) => {
      await new Promise<void>(resolve => {
        go = resolve;
      });
      return copies.call(server, root, after);
    };
    await click(button('Free up space'));
    const status = () =>
      [...dialog()!.querySelectorAll('[role="status"]')].map(
        one => one.textContent
      );
    expect(status()).toEqual(['Looking for what may go …']);
    go();
    await pass(100);
    expect(say()).toContain('Compared with the archive: 1 copy …');
    expect(status()).toEqual(['Looking for what may go …']);
  });
});

describe('what was removed', () => {
  const lists = [
    {
      freed: 'l1',
      time: NOW - 3600,
      files: 214,
      bytes: 2.21e9,
      lost: false,
      fetching: false
    }
  ];

  it('can be fetched again', async () => {
    const { server, click, button, node, commands } = await setUp(one => {
      one.lists = lists;
    });
    expect(node.textContent).toContain(
      '214 removed files can be fetched again, 2.21 GB'
    );
    let shown = 0;
    commands.addCommand('mast:show-transfers', {
      execute: () => {
        shown++;
      }
    });
    await click(button('Fetch again'));
    expect(server.asked).toContain('fetch home l1');
    expect(node.textContent).toContain('being fetched again');
    expect(button('Fetch again')).toBeUndefined();
    await click(button('Show transfers'));
    expect(shown).toBe(1);
    server.lists = [];
    act(() => copiesChanged.emit());
    await pass(300);
    expect(node.textContent).not.toContain('removed files');
  });

  it('cannot be fetched where the archive has another version', async () => {
    const { node, button, click } = await setUp(one => {
      one.lists = [
        { ...lists[0], files: 1, lost: true },
        ...['a', 'b', 'c', 'd'].map(freed => ({ ...lists[0], freed }))
      ];
    });
    expect(node.textContent).toContain('1 older version was removed');
    expect(node.textContent).toContain('the archive does not have it.');
    expect(
      [...node.querySelectorAll('.mast-Usage-freed li')].map(
        one => one.querySelectorAll('button').length
      )
    ).toEqual([2, 3, 3, 1]);
    // Older ones too, when people ask for them.
    await click(button('Forget'));
    expect(say()).toContain(
      'The archive does not have it. Only its entry in this list goes.'
    );
    await click(inDialog('Keep'));
    await click(button('Show all 5 lists'));
    expect(node.querySelectorAll('.mast-Usage-freed li')).toHaveLength(6);
    await click(button('Show the newest only'));
    expect(node.querySelectorAll('.mast-Usage-freed li')).toHaveLength(4);
    expect(button('Forget')).toBeDefined();
  });

  it('is shown file by file, and comes again file by file', async () => {
    const { server, click, button, node } = await setUp(one => {
      one.lists = lists;
      one.removed = ['hst/a%25.fits', 'hst/b.fits', 'tess/c.fits'];
    });
    await click(button('Show files'));
    await pass(300);
    const options = () => [
      ...dialog()!.querySelectorAll<HTMLElement>('[role="option"]')
    ];
    const shown = () => options().map(one => one.textContent);
    const spoken = () =>
      dialog()!.querySelector('[role="status"]')!.textContent;
    expect(shown()).toEqual([
      'hst/a%.fits1.0 MB',
      'hst/b.fits1.0 MB',
      'tess/c.fits1.0 MB'
    ]);
    expect(inDialog('Fetch again').disabled).toBe(true);
    const list = dialog()!.querySelector('[role="listbox"]')!;
    const press = async (key: string, more: object = {}) => {
      act(() => void fireEvent.keyDown(list, { key, ...more }));
      await pass(50);
    };
    const current = () =>
      document.getElementById(list.getAttribute('aria-activedescendant')!)!
        .textContent;
    await press('ArrowDown');
    expect(current()).toBe('hst/b.fits1.0 MB');
    await press(' ');
    expect(options().map(one => one.getAttribute('aria-selected'))).toEqual([
      'false',
      'true',
      'false'
    ]);
    await press('End');
    await press('ArrowDown');
    expect(current()).toBe('tess/c.fits1.0 MB');
    await press('a', { ctrlKey: true });
    expect(inDialog(/^Fetch 3 files again, 3.0 MB$/).disabled).toBe(false);
    expect(spoken()).toBe('3 chosen, 3.0 MB.');
    await click(inDialog('Choose none'));
    expect(inDialog('Fetch again').disabled).toBe(true);
    // What is chosen stays so, whatever is in sight.
    await click(options()[2]);
    const filter = dialog()!.querySelector('input')!;
    act(() => void fireEvent.change(filter, { target: { value: ' HST ' } }));
    await pass(50);
    expect(shown()).toEqual(['hst/a%.fits1.0 MB', 'hst/b.fits1.0 MB']);
    expect(spoken()).toBe('2 of 3 files are in sight. 1 chosen, 1.0 MB.');
    await click(options()[0]);
    // Where it cannot be begun, nothing that was chosen is lost.
    server.away = new RequestFailure('server-away', 'It is away.');
    await click(inDialog('Fetch 2 files again, 2.0 MB'));
    expect(say()).toContain('It is away.');
    server.away = null;
    await click(inDialog('Fetch 2 files again, 2.0 MB'));
    expect(dialog()).toBeNull();
    expect(server.asked).toContain('fetch home l1 hst/a%25.fits tess/c.fits');
    expect(node.textContent).toContain('some or all of them are being fetched');
    // Others need not wait for these.
    await click(button('Show files'));
    await pass(300);
    await click(inDialog('Choose all'));
    await click(inDialog('Fetch 3 files again, 3.0 MB'));
    expect(server.asked).toContain(
      'fetch home l1 hst/a%25.fits hst/b.fits tess/c.fits'
    );
  });

  it('comes as a whole where all of it is chosen', async () => {
    const { server, click, button } = await setUp(one => {
      one.lists = lists;
      one.removed = ['hst/a%25.fits', 'hst/b.fits', 'tess/c.fits'];
    });
    await click(button('Show files'));
    await pass(300);
    await click(inDialog('Choose all'));
    await click(inDialog('Fetch 3 files again, 3.0 MB'));
    expect(server.asked).toContain('fetch home l1');
  });

  it('is shown where it cannot come again, and says what is wrong', async () => {
    const { server, click, button } = await setUp(one => {
      one.lists = [{ ...lists[0], files: 2, lost: true }];
      one.removed = ['hst/a.fits', 'hst/b.fits'];
    });
    server.away = new RequestFailure('not-found', 'There is no such list.');
    await click(button('Show files'));
    await pass(300);
    expect(say()).toContain('There is no such list.');
    expect(say()).not.toContain('there again');
    server.away = null;
    await click(inDialog('Try again'));
    await pass(300);
    expect(dialog()!.querySelectorAll('[role="option"]')).toHaveLength(2);
    expect(dialog()!.querySelector('.mast-Removed-tick')).toBeNull();
    expect(inDialog(/Fetch/)).toBeUndefined();
    await click(inDialog('Close'));
    expect(dialog()).toBeNull();
  });

  it('is forgotten after a question', async () => {
    const { server, click, button, node } = await setUp(one => {
      one.lists = lists;
    });
    await click(button('Forget'));
    expect(say()).toContain('214 files can then not be fetched again');
    await click(inDialog('Keep'));
    expect(server.asked).not.toContain('forget home l1');
    await click(button('Forget'));
    await click(inDialog('Forget'));
    expect(server.asked).toContain('forget home l1');
    expect(node.textContent).not.toContain('removed files');
  });

  it('hands the focus on when a link goes', async () => {
    const { click, button, node } = await setUp(one => {
      one.lists = ['a', 'b'].map((freed, i) => ({
        ...lists[0],
        freed,
        files: i + 1
      }));
    });
    const focused = () => document.activeElement;
    button('Fetch again').focus();
    await click(button('Fetch again'));
    expect(focused()).toBe(button('Show files'));
    expect(focused()?.parentElement?.textContent).toContain('being fetched');
    button('Forget').focus();
    await click(button('Forget'));
    await click(inDialog('Forget'));
    expect(node.querySelectorAll('.mast-Usage-freed li')).toHaveLength(1);
    expect(focused()).toBe(button('Forget'));
    // Without any line left, it is that of the rows.
    await click(button('Forget'));
    await click(inDialog('Forget'));
    expect(node.querySelector('.mast-Usage-freed')).toBeNull();
    expect(focused()?.className).toBe('mast-UsageRows');
  });

  it('says why it cannot be fetched', async () => {
    const { server, click, button } = await setUp(one => {
      one.lists = lists;
    });
    server.away = new RequestFailure('not-found', 'The archive is not set up.');
    await click(button('Fetch again'));
    expect(messages()).toContain('The archive is not set up.');
  });
});
