import { Dialog, Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import { act, fireEvent } from '@testing-library/react';
import { pass } from '../ui/__tests__/pass';
import { RequestFailure } from '../rest/failure';
import { QuotaModel } from './model';
import { QuotaSentences } from './sentences';
import { FakeEvents, FakeServer, FILES, NOW, rootOf } from './testing';
import { EVENT_SCHEMA, type IRootUsage } from './types';
import { newUsage } from './usagewidget';

/** jsdom lays nothing out: every element has this size. */
beforeAll(() => {
  for (const [name, size] of [
    ['offsetHeight', 420],
    ['clientHeight', 420],
    ['clientWidth', 576]
  ] as const) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get: () => size
    });
  }
});

let widget: ReturnType<typeof newUsage> | null = null;
let model: QuotaModel | null = null;
beforeEach(() => {
  jest.useFakeTimers({ now: NOW * 1000 });
});
afterEach(() => {
  act(() => widget?.dispose());
  model?.dispose();
  act(() => Dialog.flush());
  Notification.dismiss();
  jest.useRealTimers();
});

async function setUp(
  prepare: (server: FakeServer) => void = () => undefined,
  toasts = false
) {
  const server = new FakeServer();
  prepare(server);
  const events = new FakeEvents();
  const it = (model = new QuotaModel({ api: server, events: events.stream }));
  const commands = new CommandRegistry();
  const done: string[] = [];
  const gone = new Set<string>();
  for (const command of ['filebrowser:go-to-path', 'docmanager:open']) {
    commands.addCommand(command, {
      execute: args => void done.push(`${command} ${args.path as string}`)
    });
  }
  const quota = new QuotaSentences(nullTranslator.load('x'), 'en');
  const panel = (widget = newUsage({
    model: it,
    api: server,
    quota,
    commands,
    transfers: null,
    toasts: { appear: toasts },
    isThere: async path => !gone.has(path)
  }));
  act(() => Widget.attach(panel, document.body));
  await pass(300);
  const { node } = panel;
  const { state, actions } = panel.content;
  const grid = () => node.querySelector<HTMLElement>('.mast-UsageRows')!;
  const map = () => node.querySelector<HTMLElement>('.mast-Treemap')!;
  let sequence = 1;
  return {
    server,
    done,
    gone,
    node,
    state,
    actions,
    grid,
    map,
    text: () => node.textContent ?? '',
    header: () => node.querySelector('.mast-Usage-header')?.textContent ?? '',
    footer: () => node.querySelector('.mast-Usage-footer')?.textContent,
    said: () => node.querySelector('.mast-sr[aria-live]')?.textContent,
    rows: () =>
      [...node.querySelectorAll<HTMLElement>('.mast-UsageRow')].map(
        row => row.dataset.id
      ),
    row: (id: string) =>
      [...node.querySelectorAll<HTMLElement>('.mast-UsageRow')].find(
        row => row.dataset.id === id
      )!,
    tile: (id: string) =>
      [...node.querySelectorAll<HTMLElement>('.mast-Tile')].find(
        tile => tile.dataset.id === id
      )!,
    button: (label: string) =>
      [...node.querySelectorAll('button')].find(one =>
        [one.getAttribute('aria-label'), one.textContent].includes(label)
      )!,
    click: async (element: Element) => {
      fireEvent.mouseDown(element);
      fireEvent.click(element);
      await pass();
    },
    press: async (key: string, some: object = {}, element = grid()) => {
      fireEvent.keyDown(element, { key, ...some });
      await pass();
    },
    tell: async (root: Partial<IRootUsage>) => {
      act(() =>
        events.emit({
          schema_id: EVENT_SCHEMA,
          server: 'a',
          sequence: ++sequence,
          roots: [rootOf(root)]
        } as { readonly schema_id: string })
      );
      await pass(1100);
    }
  };
}

const dialog = () => document.querySelector('.jp-Dialog');
const dialogButton = (label: string) =>
  [...(dialog()?.querySelectorAll('button') ?? [])].find(
    button => button.textContent === label
  )!;
const messages = () =>
  Notification.manager.notifications.map(one => one.message);

describe('the header', () => {
  it('says how much, how old, and what kinds', async () => {
    const { header } = await setUp();
    for (const part of [
      '4.20 GB of 10 GB used',
      'Counted 3 min ago · Count again',
      'What you save and copy here counts at once; other changes of the last 3 min may be missing.',
      'Archive copies 2.44 GB',
      'Environments and caches 450.0 MB',
      'Other data 820.0 MB',
      'Trash 250.0 MB',
      'Notebooks 140.0 MB',
      'Free 5.60 GB'
    ]) {
      expect(header()).toContain(part);
    }
  });

  it('says of two ages which changes may be missing', async () => {
    const { header, tell } = await setUp(server => {
      server.roots = [
        rootOf({
          measured: NOW - 90_000,
          swept: NOW - 960,
          reread: NOW - 24_000
        })
      ];
    });
    expect(header()).toContain(
      'other changes of the last 16 min may be missing, and what files grew by in the last 6 h 40 min.'
    );
    // Both as they are told of.
    await tell({
      measured: NOW - 90_000,
      swept: NOW - 300,
      reread: NOW - 7200
    });
    expect(header()).toContain(
      'other changes of the last 5 min may be missing, and what files grew by in the last 2 h.'
    );
  });

  it('has kinds with widths of their share of the limit', async () => {
    const { node } = await setUp(server => {
      server.roots = [rootOf({ reserved: 1e9, copies: 1 })];
    });
    const widths = [
      ...node.querySelectorAll<HTMLElement>('.mast-Kinds-bar i')
    ].map(one => one.style.width);
    expect(widths[0]).toBe('24.43%');
    expect(widths.at(-1)).toBe('10%');
  });

  it('says of kinds what they count where the limit counts lengths', async () => {
    const { node } = await setUp(server => {
      server.roots = [rootOf({ counts: 'apparent' })];
    });
    for (const part of ['.mast-Kinds-bar i', '.mast-Kinds-legend li']) {
      expect(node.querySelector<HTMLElement>(part)?.title).toContain(
        'On disk; what is used is the sum of the lengths of files.'
      );
    }
  });

  it('keeps the focus on what was pressed, or hands it to the rows', async () => {
    const { button, tell, header, click, server, grid, state } = await setUp();
    const count = button('Count again');
    count.focus();
    await tell({ counting: 12 });
    expect(header()).toContain('Counting again… 12');
    expect(document.activeElement).toBe(count);
    expect(count.getAttribute('aria-disabled')).toBe('true');
    server.news();
    await click(count);
    expect(server.news()).toEqual([]);

    server.away = new RequestFailure('server-away', 'It does not answer.');
    await act(() => state.model.refresh().catch(() => undefined));
    await pass(60_000);
    button('Try again').focus();
    server.away = null;
    await click(button('Try again'));
    await pass(200);
    expect(button('Try again')).toBeUndefined();
    expect(document.activeElement).toBe(grid());
  });

  it('counts again', async () => {
    const { button, click, server } = await setUp();
    server.news();
    await click(button('Count again'));
    expect(server.news()).toEqual(['rescan home']);
  });

  it('without a limit has no share of it', async () => {
    const { header } = await setUp(server => {
      server.roots = [rootOf({ limit: null, free: null })];
    });
    expect(header()).toContain('4.20 GB used');
    expect(header()).not.toMatch(/Free\d/);
  });

  it('says what it means to be over the limit', async () => {
    const { header } = await setUp(server => {
      server.roots = [rootOf({ used: 10.2e9, free: 0, unreadable: 2 })];
    });
    expect(header()).toContain('Copies wait until there is room');
    expect(header()).toContain('2 folders could not be read');
  });

  it('names folders that could not be read', async () => {
    const { header } = await setUp(server => {
      server.roots = [rootOf({ unreadable: 3 })];
      server.unreadable = [
        { id: 'private', name: 'private' },
        { id: 'x/y', name: 'x/y' }
      ];
    });
    expect(header()).toContain(
      '3 folders could not be read: what is in them may be missing. private, x/y, …'
    );
  });

  it('chooses among several roots', async () => {
    const { node, server, header, rows } = await setUp(server => {
      server.roots = [
        rootOf(),
        rootOf({ id: 'team', title: 'Team', used: 30e9, limit: 100e9 })
      ];
    });
    server.news();
    fireEvent.change(node.querySelector('select')!, {
      target: { value: 'team' }
    });
    await pass(200);
    expect(server.news()[0]).toBe('folder team/');
    expect(header()).toContain('30.00 GB of 100 GB used');
    expect(rows()[0]).toBe('hst');
  });
});

describe('in place of folders', () => {
  it('says that it loads, after a moment', async () => {
    const { node } = await setUp(server => {
      server.folder = () => new Promise(() => undefined);
    });
    await pass(200);
    expect(node.querySelector('.mast-Skeleton')).not.toBeNull();
  });

  it('says how far the first count is, and no figure', async () => {
    const { text, server, tell, rows } = await setUp(server => {
      server.roots = [rootOf({ measured: null, counting: 38_200, used: 0 })];
    });
    expect(text()).toContain('Counting your files… 38,200');
    expect(text()).not.toContain('of 10 GB');
    expect(server.news()).toEqual(['usage', 'freed home']);
    await tell({});
    expect(rows()).toContain('hst');
  });

  it('says what is wrong with the root', async () => {
    const { text } = await setUp(server => {
      server.roots = [
        rootOf({ measured: null, problem: 'The folder is not there.' })
      ];
    });
    expect(text()).toContain('Home cannot be counted');
    expect(text()).toContain('The folder is not there.');
  });

  it('says that the limit cannot be told, and what is used', async () => {
    const { text } = await setUp(server => {
      server.roots = [
        rootOf({ limit: null, free: null, limit_problem: 'it is no number' })
      ];
    });
    expect(text()).toContain('4.20 GB');
    expect(text()).toContain('The limit cannot be told: it is no number.');
  });

  it('says that nothing is there', async () => {
    const { text } = await setUp(server => server.has.clear());
    expect(text()).toContain('Nothing here takes space yet');
  });

  it('says that the server does not answer, and tries again', async () => {
    const { text, server, button, click, rows } = await setUp(server => {
      server.away = new RequestFailure('server-away', 'It does not answer.');
    });
    expect(text()).toContain('Used space is not known');
    server.away = null;
    await click(button('Try again'));
    await pass(200);
    expect(rows()).toContain('hst');
  });

  it('says why folders are not known, and tries again', async () => {
    const { text, server, button, click, rows } = await setUp(server => {
      const { folder } = server;
      server.folder = async (root, id) => {
        server.folder = folder;
        throw new RequestFailure('busy', 'The accountant starts again.');
      };
    });
    expect(text()).toContain('The accountant starts again.');
    await click(button('Try again'));
    await pass(200);
    expect(rows()[0]).toBe('hst');
    expect(server.asked).toContain('folder home/');
  });

  it('tries again after what was shown could not be asked for again', async () => {
    const { text, server, button, click, tell } = await setUp();
    const { folder } = server;
    server.folder = async () => {
      throw new RequestFailure('busy', 'The accountant starts again.');
    };
    await tell({ refreshed: NOW });
    expect(text()).toContain(
      'The accountant starts again. What is shown is the last that is known.'
    );
    server.folder = folder;
    await click(button('Try again'));
    await pass(200);
    expect(text()).not.toContain('The accountant starts again.');
  });

  it('keeps what is shown while the server is away', async () => {
    const { text, server, rows } = await setUp();
    server.away = new RequestFailure('server-away', 'It does not answer.');
    await pass(61_000);
    expect(text()).toContain(
      'It does not answer. What is shown is the last that is known.'
    );
    expect(rows()[0]).toBe('hst');
  });
});

describe('the tree', () => {
  it('has sizes, shares, kinds and levels', async () => {
    const { row, grid } = await setUp();
    expect(grid().getAttribute('role')).toBe('treegrid');
    expect(grid().getAttribute('aria-label')).toBe('Folders of Home');
    expect(row('hst').textContent).toBe('hstArchive copies1.60 GB39 %');
    expect(row('hst').getAttribute('aria-expanded')).toBe('false');
    expect(row('hst').getAttribute('aria-level')).toBe('1');
    expect(row('big.csv').hasAttribute('aria-expanded')).toBe(false);
    expect(row('hst').title).toBe(
      'hst · Archive copies · 4 files · 1.60 GB · 39 %'
    );
  });

  it('opens folders by click, and orders them by the heads', async () => {
    const { row, rows, click, button } = await setUp();
    await click(row('hst').querySelector('.mast-UsageRow-caret')!);
    expect(rows().slice(0, 3)).toEqual([
      'hst',
      'hst/j94f05bgq',
      'hst/ibg705080'
    ]);
    await click(button('Sort by Name'));
    expect(rows().slice(0, 3)).toEqual(['.cache', '.Trash', 'big.csv']);
    await click(button('Name, sorted upwards'));
    expect(rows()[0]).toBe('tess');
  });

  it('goes by keyboard', async () => {
    const { press, state, grid, node, rows } = await setUp();
    act(() => grid().focus());
    await pass();
    expect(state.current).toBe('hst');
    await press('ArrowRight');
    await press('ArrowRight');
    expect(state.current).toBe('hst/j94f05bgq');
    const active = () =>
      node.ownerDocument.getElementById(
        grid().getAttribute('aria-activedescendant') ?? ''
      )?.dataset.id;
    expect(active()).toBe('hst/j94f05bgq');
    await press('ArrowLeft');
    await press('ArrowLeft');
    expect([state.current, rows().includes('hst/j94f05bgq')]).toEqual([
      'hst',
      false
    ]);
    await press('End');
    expect(state.current).toBe('notebooks');
    await press('b');
    expect(state.current).toBe('big.csv');
    await press('Enter');
    await press('PageUp');
    expect(state.current).toBe('hst');
    await press('Enter');
    expect(state.tree?.zoom).toBe('hst');
    await press('Backspace');
    expect(state.tree?.zoom).toBe('');
  });

  it('reads out what stays selected', async () => {
    const { press, said, grid } = await setUp();
    act(() => grid().focus());
    await press('ArrowDown');
    await press('ArrowDown');
    await pass(600);
    expect(said()).toBe('data, 3 files, 520.0 MB');
  });

  it('stays where people read when what is selected moves', async () => {
    const { grid, state, server, tell, press } = await setUp(server => {
      for (let i = 0; i < 60; i++) {
        server.has.set(`f${i}.fits`, { allocated: (100 - i) * 1e6 });
      }
    });
    const scrolled = jest.fn();
    grid().scrollTo = scrolled;
    act(() => grid().focus());
    await press('End');
    expect(scrolled).toHaveBeenCalled();
    await pass(200);
    scrolled.mockClear();
    const { current } = state;
    server.has.set('new.fits', { allocated: 3e9 });
    await tell({ refreshed: NOW });
    expect([state.current, state.rows[0].id]).toEqual([current, 'new.fits']);
    expect(scrolled).not.toHaveBeenCalled();
    // What is selected elsewhere is brought into sight.
    act(() => state.select('new.fits'));
    await pass();
    act(() => state.select(current));
    await pass();
    expect(scrolled).toHaveBeenCalled();
  });

  it('says why a folder could not be had, and asks again', async () => {
    const { press, server, row, grid, rows, click } = await setUp();
    act(() => grid().focus());
    server.away = new RequestFailure('busy', 'It starts again.');
    await press('End');
    await press('ArrowRight');
    const failed = row('notebooks/\u0000content');
    expect(failed.textContent).toContain('It starts again.');
    server.away = null;
    await click(failed.querySelector('button')!);
    expect(rows()).toContain('notebooks/phot.ipynb');
  });

  it('has files by size and by age', async () => {
    const { button, click, press, grid, rows, text, state, row } =
      await setUp();
    await click(button('Largest files'));
    expect(grid().getAttribute('role')).toBe('grid');
    expect(rows().slice(0, 2)).toEqual([
      'hst/j94f05bgq/a.fits',
      'tess/s0014/e.fits'
    ]);
    expect(text()).toContain(
      '11 files from 1 MiB on; of each folder at most the 32 largest and the 8 oldest.'
    );
    expect(row('hst/j94f05bgq/a.fits').textContent).toContain('hst/j94f05bgq');
    await click(row('tess/s0014/e.fits'));
    fireEvent.keyDown(button('Largest files'), { key: 'ArrowRight' });
    await pass();
    expect(document.activeElement).toBe(button('Oldest files'));
    expect(rows()[0]).toBe('data/catalogue.parquet');
    expect(row('data/catalogue.parquet').textContent).toMatch(
      /\d{4}-\d\d-\d\d/
    );
    // The map goes out of a folder, and the same file stays selected.
    await act(() => state.tree!.open('tess/s0014'));
    act(() => state.select('tess/s0014/e.fits'));
    await press('Backspace');
    expect(state.tree!.zoom).toBe('tess');
    expect(state.current).toBe('tess/s0014/e.fits');
    // The same selection in the tree.
    await click(button('Folders'));
    await pass();
    expect(state.current).toBe('tess/s0014/e.fits');
    expect(rows()).toContain('tess/s0014/e.fits');
  });

  it('does nothing with what is selected and not among the files that are listed', async () => {
    const {
      button,
      click,
      press,
      grid,
      state,
      server,
      footer,
      done,
      row,
      map
    } = await setUp(one => {
      one.has.set('.Trash/files/x/a', { kind: 'trash', allocated: 50e6 });
      one.inTrash.set('.Trash/files/x', { from: 'x', moved: NOW });
    });
    await act(() => state.tree!.reveal('.Trash/files/x'));
    await click(button('Largest files'));
    expect(footer()).toBeUndefined();
    server.news();
    await press('r', { altKey: true, code: 'KeyR' });
    act(() => state.select('data'));
    await pass();
    expect(footer()).toBeUndefined();
    for (const key of ['Delete', 'Enter', 'ContextMenu', 'F10']) {
      await press(key, { shiftKey: key === 'F10' });
    }
    expect([server.news(), done]).toEqual([[], []]);
    expect(document.querySelector('.mast-Usage-menu.lm-Menu')).toBeNull();
    expect(state.current).toBe('data');
    // The keyboard comes to a file.
    act(() => button('Largest files').focus());
    act(() => grid().focus());
    await pass();
    expect(state.current).toBe('hst/j94f05bgq/a.fits');
    expect(footer()).toContain('hst/j94f05bgq/a.fits');
    // What is selected in the map is in sight there.
    await press('Home', {}, map());
    expect(footer()).toContain('hst/j94f05bgq · ');
    await click(row('tess/s0014/e.fits'));
    await press('Delete');
    expect(server.news()).toContain('trash tess/s0014/e.fits');
  });

  it('says that there are no large files', async () => {
    const { button, click, text } = await setUp(server => {
      server.has.clear();
      server.has.set('notes', { allocated: 100, small: true });
    });
    await click(button('Largest files'));
    expect(text()).toContain('Files below 1 MiB are not listed.');
  });
});

describe('the treemap', () => {
  it('has what is in large folders, with names and kinds', async () => {
    const { tile, map } = await setUp();
    await pass(200);
    expect(map().getAttribute('aria-label')).toBe('Map of Home');
    const [name, ...labels] = tile('hst/ibg705080').children;
    expect(name.textContent).toBe('hst/ibg705080, Archive copies, 617.0 MB');
    expect(labels.map(one => one.textContent)).toEqual([
      'ibg705080',
      '617.0 MB'
    ]);
  });

  it('shares the selection with the tree', async () => {
    const { tile, click, state, press, node, map, rows } = await setUp();
    await pass(200);
    await click(tile('data/mosaic.npy'));
    expect(state.current).toBe('data/mosaic.npy');
    expect(tile('data/mosaic.npy').getAttribute('aria-selected')).toBe('true');
    expect(node.querySelector('.mast-Treemap-selected')).not.toBeNull();
    // Its folder opens by going into it.
    await press('Enter', {}, map());
    expect([state.tree?.zoom, state.current]).toEqual([
      'data',
      'data/mosaic.npy'
    ]);
    expect(rows()).toContain('data/mosaic.npy');
    expect(node.querySelector('.mast-Usage-mapHead b')?.textContent).toBe(
      'Home/data'
    );
    await press('Backspace', {}, map());
    expect([state.tree?.zoom, state.current]).toEqual(['', 'data']);
  });

  it('goes by arrows, and into folders and out by mouse', async () => {
    const { state, press, map, tile, button, click } = await setUp();
    await pass(200);
    await press('Home', {}, map());
    expect(state.current).toBe('hst/j94f05bgq');
    await press('ArrowRight', {}, map());
    expect(state.current).not.toBe('hst/j94f05bgq');
    await press('ArrowLeft', {}, map());
    await press('End', {}, map());
    fireEvent.mouseDown(tile('hst/ibg705080'));
    fireEvent.doubleClick(tile('hst/ibg705080'));
    await pass(200);
    expect(state.tree?.zoom).toBe('hst/ibg705080');
    expect(tile('hst/ibg705080/c.fits')).toBeDefined();
    await click(button('Go up'));
    expect(state.tree?.zoom).toBe('hst');
  });
});

describe('what is done', () => {
  it('shows in the file browser, where that can', async () => {
    const { state, footer, button, click, done, server } = await setUp();
    act(() => state.select('data'));
    await pass();
    expect(footer()).toContain('data · 3 files · 520.0 MB');
    await click(button('Show in file browser'));
    expect(done).toEqual(['filebrowser:go-to-path data']);
    // A folder is looked into where it is.
    expect(button('Open')).toBeUndefined();
    act(() => state.select('big.csv'));
    await pass();
    await click(button('Open'));
    expect(done.slice(1)).toEqual(['docmanager:open big.csv']);
    act(() => state.select('data'));
    await pass();
    const { folderOf } = server;
    server.folderOf = function (id) {
      const folder = folderOf.call(this, id);
      return {
        ...folder,
        entries: folder.entries.map(one => ({ ...one, path: null }))
      };
    };
    await act(async () => state.refresh());
    await pass();
    expect(button('Show in file browser')).toBeUndefined();
  });

  it('says of what has gone since that it is not there any more', async () => {
    const { state, button, click, done, gone, server } = await setUp();
    act(() => state.select('big.csv'));
    await pass();
    gone.add('big.csv');
    server.has.delete('big.csv');
    for (const label of ['Open', 'Show in file browser']) {
      Notification.dismiss();
      await click(button(label));
      expect(messages()).toEqual(['big.csv is not there any more.']);
    }
    expect(done).toEqual([]);
    await pass(1100);
    expect(state.entryOf('big.csv')).toBeNull();
  });

  it('moves to the trash without asking, and brings back', async () => {
    const { state, press, server, rows, said, grid } = await setUp();
    act(() => grid().focus());
    await press('ArrowRight');
    await press('ArrowDown');
    await press('ArrowDown');
    server.news();
    await press('Delete');
    expect(dialog()).toBeNull();
    expect(server.news()[0]).toBe('trash hst/ibg705080');
    const sentence =
      'hst/ibg705080: moved to trash, 617.0 MB; empty the trash to free it.';
    expect([messages(), said()]).toEqual([[sentence], sentence]);
    expect(rows()).not.toContain('hst/ibg705080');
    expect(state.current).toBe('hst/j94f05bgq');

    const [{ options }] = Notification.manager.notifications;
    expect(options.actions?.map(one => one.label)).toEqual(['Restore']);
    act(() => options.actions?.[0].callback(new MouseEvent('click')));
    await pass(200);
    expect(server.asked).toContain('restore t0');
    expect(state.current).toBe('hst/ibg705080');
    expect(rows()).toContain('hst/ibg705080');
    expect(said()).toBe(
      'hst/ibg705080: brought back from the trash, 617.0 MB.'
    );
  });

  it('Delete pressed again and again takes one file each, and no folder', async () => {
    const { state, press, server, grid, said, button, tell, click, row } =
      await setUp(one => {
        one.has.clear();
        for (let i = 0; i < 6; i++) {
          one.has.set(`obs/file${i}`, { allocated: (9 - i) * 1e6 });
        }
        one.has.set('data/x', { allocated: 1e6 });
      });
    const trash = server.trash.bind(server);
    server.trash = async (...some) => {
      const change = await trash(...some);
      // The figures are there before the answer is.
      await new Promise(done => setTimeout(done, 1500));
      return change;
    };
    act(() => grid().focus());
    await press('ArrowRight');
    await press('ArrowDown');
    let refreshed = NOW;
    for (let i = 0; i < 20; i++) {
      await press('Delete');
      await tell({ refreshed: ++refreshed });
    }
    await pass(2000);
    const moved = server.asked.filter(one => one.startsWith('trash'));
    expect(moved).toEqual([0, 1, 2, 3, 4, 5].map(i => `trash obs/file${i}`));
    // It says why it does no more, until somebody has selected something.
    const why =
      'data is selected because what was selected went. Select it yourself before you move it to the trash.';
    expect([state.current, said()]).toEqual(['data', why]);
    const moving = () => button('Move to trash');
    expect(moving().title).toBe(why);
    await click(moving());
    expect(server.asked.filter(one => one === 'trash data')).toEqual([]);
    await click(row('data'));
    await click(moving());
    expect(server.asked).toContain('trash data');
  });

  it('what is selected in the map goes to the trash by key and button', async () => {
    const { server, tile, click, press, map, button } = await setUp();
    await pass(200);
    await click(tile('data/mosaic.npy'));
    await press('Delete', {}, map());
    expect(server.asked).toContain('trash data/mosaic.npy');
    await click(tile('big.csv'));
    await click(button('Move to trash'));
    expect(server.asked).toContain('trash big.csv');
  });

  it('takes nothing from another root that is shown meanwhile', async () => {
    const { server, state, press, row, rows, click } = await setUp(one => {
      one.roots = [rootOf(), rootOf({ id: 'team', title: 'Team' })];
    });
    let answer = () => {};
    const { trash } = server;
    server.trash = async (...some) => {
      const change = await trash.apply(server, some);
      server.has.set('data/x', { allocated: 5e8 });
      await new Promise<void>(resolve => {
        answer = resolve;
      });
      return change;
    };
    await click(row('data'));
    await press('Delete');
    expect(row('data').textContent).toContain('Moving to trash…');
    act(() => {
      state.rootId = 'team';
    });
    await pass(200);
    expect(row('data').textContent).not.toContain('Moving to trash…');
    expect(state.workOn('data')).toBeNull();
    answer();
    await pass(200);
    expect(rows()).toContain('data');
    act(() => {
      state.rootId = 'home';
    });
    // Before it is asked for again.
    await pass();
    expect(rows()).not.toContain('data');
  });

  it('goes on to nothing else by a key that is held down, or a double click', async () => {
    const { press, server, grid, map, click, row, button, state } = await setUp(
      one => {
        one.has.set('.Trash/files/x', { kind: 'trash', allocated: 50e6 });
        one.inTrash.set('.Trash/files/x', { from: 'x', moved: NOW });
      }
    );
    await click(row('hst').querySelector('.mast-UsageRow-caret')!);
    await click(row('big.csv'));
    server.news();
    for (const place of [grid(), map()]) {
      await press('Delete', { repeat: true }, place);
    }
    expect(server.news()).toEqual([]);
    await press('Delete');
    expect(server.news()[0]).toBe('trash big.csv');
    await click(row('data'));
    for (const detail of [1, 2]) {
      fireEvent.click(button('Move to trash'), { detail });
      await pass();
    }
    expect(server.asked.filter(one => one.startsWith('trash'))).toEqual([
      'trash data'
    ]);
    await act(() => state.tree!.reveal('.Trash/files/x'));
    await press('r', { altKey: true, code: 'KeyR', repeat: true });
    expect(server.asked).not.toContain('restore token of .Trash/files/x');
    await press('r', { altKey: true, code: 'KeyR' });
    expect(server.asked).toContain('restore token of .Trash/files/x');
  });

  it('Delete does nothing to what is selected because another one vanished', async () => {
    const { state, press, server, grid, tell } = await setUp();
    act(() => grid().focus());
    await press('End');
    await press('ArrowUp');
    await press('ArrowUp');
    await press('ArrowUp');
    expect(state.current).toBe('.cache');
    server.has.delete('.cache/pip/f');
    await tell({ refreshed: NOW });
    expect(state.current).toBe('big.csv');
    await press('Delete');
    expect(server.asked).not.toContain('trash big.csv');
    await press('ArrowDown');
    await press('ArrowUp');
    await press('Delete');
    expect(server.asked).toContain('trash big.csv');
  });

  it('says nothing twice where toasts appear', async () => {
    const { press, said, grid, server } = await setUp(undefined, true);
    act(() => grid().focus());
    await press('ArrowDown');
    server.news();
    await press('Delete');
    expect(server.news()[0]).toBe('trash tess');
    const [sentence] = messages();
    expect(sentence).toContain('moved to trash');
    expect(said()).not.toContain('moved to trash');
  });

  it('says by name what was refused, and why; it stays', async () => {
    const { state, button, click, rows } = await setUp(server => {
      server.refuses = { data: 'A copy writes to it. Wait until it is done.' };
    });
    act(() => state.select('data'));
    await pass();
    await click(button('Move to trash'));
    expect(messages()).toEqual([
      'data: A copy writes to it. Wait until it is done.'
    ]);
    expect(rows()).toContain('data');
  });

  it('says why nothing could be done', async () => {
    const { state, button, click, server } = await setUp();
    act(() => state.select('data'));
    await pass();
    server.away = new RequestFailure('server-away', 'It does not answer.');
    await click(button('Move to trash'));
    expect(messages()).toEqual(['It does not answer.']);
    expect(state.workOn('data')).toBeNull();
  });

  it('deletes for good only after a question that names what is lost', async () => {
    const { state, button, click, server, rows, text } = await setUp();
    act(() => state.select('data'));
    await pass();
    server.has.set('data/x.fits', { kind: 'copies', allocated: 5e6 });
    server.news();
    await click(button('Delete…'));
    await pass(200);
    const asked = dialog()?.textContent ?? '';
    for (const part of [
      'Delete data?',
      '3 files, 520.0 MB. This does not go to the trash and cannot be brought back.',
      'Other data · 3 files, 520.0 MB',
      'Archive copies · 1 file, 5.0 MB',
      'what you changed in them is lost'
    ]) {
      expect(asked).toContain(part);
    }
    // Enter takes the safe answer.
    expect(document.activeElement?.textContent).toBe('Keep');
    await click(dialogButton('Keep'));
    await pass();
    expect(server.news()).toEqual(['folder home/data']);

    await click(button('Delete…'));
    await pass(200);
    await click(dialogButton('Delete 3 files'));
    await pass(200);
    expect(server.news()).toContain('delete data');
    expect(rows()).not.toContain('data');
    expect(messages()).toEqual(['data: deleted, 525.0 MB freed.']);
    expect(text()).not.toContain('catalogue');
  });

  it('is asked about once, however often and slowly', async () => {
    const { state, button, click, press, server, row } = await setUp();
    act(() => state.select('data'));
    await pass();
    let answer = () => {};
    const folder = server.folder.bind(server);
    server.folder = async (...some) => {
      await new Promise<void>(resolve => {
        answer = resolve;
      });
      return folder(...some);
    };
    await click(button('Delete…'));
    await click(button('Delete…'));
    await press('Delete', { shiftKey: true });
    expect(row('data').textContent).toContain('Looking…');
    // Who wants another one gone meanwhile is asked about that alone.
    act(() => state.select('big.csv'));
    await press('Delete', { shiftKey: true });
    await pass(200);
    expect(dialog()?.textContent).toContain('Delete big.csv?');
    answer();
    await pass(200);
    expect(row('data').textContent).not.toContain('Looking…');
    expect(document.querySelectorAll('.jp-Dialog')).toHaveLength(1);
    await click(dialogButton('Keep'));
    await pass(200);
    expect(dialog()).toBeNull();
  });

  it('what is in the trash is only deleted, by Delete too', async () => {
    const { state, button, press } = await setUp();
    await act(() => state.tree!.reveal('.Trash'));
    await pass();
    expect(button('Move to trash')).toBeUndefined();
    await press('Delete');
    await pass(200);
    expect(dialog()?.textContent).toContain('Delete .Trash?');
    expect(dialog()?.textContent).toContain(
      'They cannot be restored from the trash any more.'
    );
  });

  it('what lies in the trash is called by where it was, and comes back by button, key and menu', async () => {
    const { state, button, click, press, row, footer, server, rows, grid } =
      await setUp(server => {
        for (const name of ['x', 'y', 'z']) {
          server.has.set(`.Trash/files/${name}/a.fits`, {
            kind: 'trash',
            allocated: 50e6
          });
          server.inTrash.set(`.Trash/files/${name}`, {
            from: `hst/deep/${name}`,
            moved: NOW - 86_400
          });
        }
      });
    act(() => grid().focus());
    await act(() => state.tree!.reveal('.Trash/files/x'));
    await pass(600);
    expect(row('.Trash/files/x').textContent).toMatch(
      /^hst\/deep\/xTrash\d{4}-\d\d-\d\d50\.0 MB/
    );
    expect(row('.Trash/files/x').title).toMatch(
      /^hst\/deep\/x · Trash · 1 file · .* · in the trash since \d{4}-/
    );
    expect(footer()).toContain('hst/deep/x · 1 file · 50.0 MB');
    expect(button('Move to trash')).toBeUndefined();
    server.news();
    await click(button('Restore'));
    expect(server.news()[0]).toBe('restore token of .Trash/files/x');
    expect(messages()).toEqual([
      'hst/deep/x: brought back from the trash, 50.0 MB.'
    ]);
    // The next one can follow.
    expect(state.current).toBe('.Trash/files/y');
    await press('r', { altKey: true, code: 'KeyR' });
    expect(server.news()).toContain('restore token of .Trash/files/y');
    await press('F10', { shiftKey: true });
    // From the end: Delete…, Restore.
    const menu = document.querySelector('.lm-Menu')!;
    for (const keyCode of [38, 38, 13]) {
      fireEvent.keyDown(menu, { keyCode });
    }
    await pass();
    expect(server.news()).toContain('restore token of .Trash/files/z');
    await pass(1100);
    await act(() => state.tree!.reveal('hst/deep/x'));
    await pass();
    expect(rows()).toEqual(
      expect.arrayContaining(['hst/deep/x', 'hst/deep/y', 'hst/deep/z'])
    );
    expect(rows()).not.toContain('.Trash/files');
  });

  it('what cannot come back stays in the trash, with the reason', async () => {
    const { state, button, click, rows, press } = await setUp(server => {
      server.has.set('.Trash/files/data', { kind: 'trash', allocated: 5e6 });
      server.inTrash.set('.Trash/files/data', { from: 'data', moved: NOW });
      server.refuses = { data: 'There is another data now.' };
    });
    await act(() => state.tree!.reveal('.Trash/files/data'));
    await pass();
    await click(button('Restore'));
    await pass(1100);
    expect(messages()).toEqual(['data: There is another data now.']);
    expect(rows()).toContain('.Trash/files/data');
    expect(state.workOn('.Trash/files/data')).toBeNull();
    // What is asked before it is deleted cannot be taken for the other one.
    await press('Delete');
    await pass(200);
    expect(dialog()?.textContent).toContain('Delete data from the trash?');
  });

  it('a key that brings back does nothing elsewhere', async () => {
    const { state, press, server } = await setUp();
    act(() => state.select('data'));
    server.news();
    await press('®', { altKey: true, code: 'KeyR' });
    expect(server.news()).toEqual([]);
  });

  it('is all in the menu, which opens by keyboard and by mouse', async () => {
    const { press, row, done, grid, state } = await setUp();
    const items = () =>
      [...document.querySelectorAll('.lm-Menu-item')].map(
        one => one.querySelector('.lm-Menu-itemLabel')?.textContent
      );
    act(() => grid().focus());
    await press('F10', { shiftKey: true });
    expect(items()).toEqual([
      'Look into This Folder',
      'Show in File Browser',
      'Move to Trash',
      'Delete…'
    ]);
    fireEvent.contextMenu(row('big.csv'));
    await pass();
    expect(state.current).toBe('big.csv');
    expect(items()[0]).toBe('Open');
    const menu = document.querySelector('.lm-Menu')!;
    fireEvent.keyDown(menu, { keyCode: 40 });
    fireEvent.keyDown(menu, { keyCode: 13 });
    await pass();
    expect(done).toEqual(['docmanager:open big.csv']);
  });
});

describe('changes elsewhere', () => {
  it('are asked for in a moment, and keep selection and openness', async () => {
    const { state, tell, server, press, grid, rows, header } = await setUp();
    act(() => grid().focus());
    await press('ArrowRight');
    await press('ArrowDown');
    server.has.set('hst/new.fits', { kind: 'copies', allocated: 2e9 });
    server.news();
    await tell({ used: 6.2e9, allocated: 6.2e9, refreshed: NOW });
    expect(server.news().slice(0, 2)).toEqual([
      'folder home/',
      'folder home/hst'
    ]);
    expect(rows().slice(0, 2)).toEqual(['hst', 'hst/new.fits']);
    expect(state.current).toBe('hst/j94f05bgq');
    expect(header()).toContain('6.20 GB of 10 GB used');
    await tell({ used: 6.2e9, allocated: 6.2e9, refreshed: NOW });
    expect(server.news()).toEqual([]);
  });

  it('are asked for by one round after the other, however often they come', async () => {
    const { server, state, tell } = await setUp(one => {
      for (let i = 0; i < 40; i++) {
        one.has.set(`many${i}/x`, { allocated: 1e6 });
      }
    });
    for (let i = 0; i < 40; i++) {
      await act(() => state.tree!.expand(`many${i}`));
    }
    let now = 0;
    let most = 0;
    const { folder } = server;
    server.folder = async (...some) => {
      most = Math.max(most, ++now);
      await new Promise(done => setTimeout(done, 250));
      now--;
      return folder.apply(server, some);
    };
    server.news();
    for (let i = 0; i < 20; i++) {
      await tell({ refreshed: NOW + i });
    }
    expect(most).toBeLessThanOrEqual(4);
    // A round of 41 takes some 3 s, and as long is paused.
    expect(
      server.asked.filter(one => one.includes('folder')).length
    ).toBeLessThan(5 * 41);
    // The last figures are asked for in the end.
    server.has.set('last.fits', { allocated: 9e9 });
    await tell({ refreshed: NOW + 100 });
    await pass(10_000);
    expect(state.entryOf('last.fits')).not.toBeNull();
    // Nothing more is asked for once nobody looks.
    await tell({ refreshed: NOW + 101 });
    await pass(2500);
    act(() => widget?.dispose());
    server.news();
    state.expire();
    await pass(20_000);
    expect(
      server.news().filter(one => one.includes('many')).length
    ).toBeLessThan(5);
  });

  it('wait while nobody sees the panel', async () => {
    const { tell, server, state } = await setUp();
    act(() => widget?.hide());
    server.news();
    await tell({ refreshed: NOW });
    expect([state.active, server.news()]).toEqual([false, []]);
    act(() => widget?.show());
    await pass(1100);
    expect(server.news()).toContain('folder home/');
  });

  it('a folder that is gone is said to be', async () => {
    const { tell, server, press, grid, said, rows } = await setUp();
    act(() => grid().focus());
    await press('ArrowRight');
    for (const id of Object.keys(FILES).filter(one => one.startsWith('hst/'))) {
      server.has.delete(id);
    }
    await tell({ refreshed: NOW });
    expect(said()).toBe('hst is not there any more.');
    expect(rows()[0]).toBe('tess');
  });
});
