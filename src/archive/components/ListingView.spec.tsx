import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { go, pass } from './__tests__/pass';
import { useSignalUpdate } from '../../ui/hooks';
import type { IBadges } from '../../tokens';
import { ArchiveError } from '../errors';
import { ArchiveModel } from '../model';
import { archiveInfo, FakeStore, manyKeys, english } from '../testing';
import type { Row } from '../rows';
import { ListingView } from './ListingView';

const P = 'tess/public/tid/s0014/';

/** jsdom lays nothing out: every element is as high as the list. */
const heights = ['offsetHeight', 'clientHeight'] as const;
beforeAll(() => {
  for (const name of heights) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get: () => 400
    });
  }
});
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  cleanup();
  jest.useRealTimers();
});

function setUp(
  keys: readonly string[],
  {
    pageSize = 1000,
    sample = true,
    badges = null
  }: { pageSize?: number; sample?: boolean; badges?: IBadges | null } = {}
) {
  const store = new FakeStore(keys, pageSize);
  const samples = new FakeStore([`${P}sample.txt`]);
  const archives = [
    archiveInfo(),
    ...(sample ? [archiveInfo({ id: 'sample', title: 'Sample' })] : [])
  ];
  const model = new ArchiveModel({
    trans: english,
    archives,
    open: info => (info.id === 'sample' ? samples : store)
  });
  const copied: string[] = [];
  const opened: Row[] = [];
  const source = {};
  const scrollRequested = new Signal<unknown, number>(source);
  function Shown(): React.ReactElement {
    useSignalUpdate(model.changed);
    return (
      <ListingView
        model={model}
        trans={nullTranslator.load('x')}
        locale="en"
        wide={false}
        compact={false}
        badges={badges}
        open={row => opened.push(row)}
        preview={() => undefined}
        focusFilter={() => undefined}
        announce={() => undefined}
        startDrag={() => undefined}
        scroll={{ current: 0 }}
        scrollRequested={scrollRequested}
        onScroll={() => undefined}
        copyText={text => copied.push(text)}
      />
    );
  }
  const { container } = render(<Shown />);
  return {
    model,
    store,
    container,
    copied,
    opened,
    skeleton: () => container.querySelector('.mast-Skeleton'),
    rows: () =>
      [...container.querySelectorAll('[role=rowgroup] [role=row]')].map(
        row => row.querySelector('.mast-mid')?.textContent
      ),
    buttons: () =>
      [...container.querySelectorAll('button')].map(
        button => button.textContent
      )
  };
}

describe('loading', () => {
  it('shows grey bars only after 150 ms, and rows when they are there', async () => {
    const { model, store, skeleton, rows } = setUp([
      `${P}a.fits`,
      `${P}b.fits`
    ]);
    let answer: () => void = () => undefined;
    store.before = () => new Promise(resolve => (answer = resolve));
    await go(model);
    expect([skeleton(), rows()]).toEqual([null, []]);
    await pass(200);
    expect(skeleton()).not.toBeNull();
    answer();
    await pass();
    expect(skeleton()).toBeNull();
    expect(rows()).toEqual(['a.fits', 'b.fits']);
  });

  it('stays calm before there is a place', async () => {
    const { container, skeleton, store } = setUp([]);
    expect(container.querySelector('.mast-Grid')).not.toBeNull();
    await pass(200);
    expect(skeleton()).not.toBeNull();
    expect(store.requests).toEqual([]);
  });

  it('shows no grey bars for a list that comes at once', async () => {
    const { model, skeleton, rows } = setUp([`${P}a.fits`]);
    await go(model);
    expect(skeleton()).toBeNull();
    expect(rows()).toEqual(['a.fits']);
    await pass(300);
    expect(skeleton()).toBeNull();
  });

  it('loads on by itself until the view and what comes next is full', async () => {
    const { model, store } = setUp(manyKeys(P, 2000), { pageSize: 20 });
    await go(model);
    await pass(500);
    expect(store.requests.length).toBeGreaterThan(1);
    expect(model.listing?.loaded).toBeGreaterThan(20);
    expect(model.listing?.loaded).toBeLessThan(400);
  });

  it('draws few rows of many', async () => {
    const { model, rows } = setUp(manyKeys(P, 1000));
    await go(model);
    expect(rows().length).toBeGreaterThan(9);
    expect(rows().length).toBeLessThan(40);
  });
});

describe('empty', () => {
  it('says that the folder has gone, and leads up', async () => {
    const { model, container, buttons } = setUp([`${P}a.fits`]);
    await go(model, `${P}gone/`);
    expect(container.textContent).toContain(
      'This folder is not in the archive any more'
    );
    expect(container.textContent).toContain(`${P}gone/ has no entries.`);
    expect(buttons()).toEqual(['Go to tess/public/tid/s0014']);
    fireEvent.click(screen.getByText('Go to tess/public/tid/s0014'));
    await pass();
    expect(model.prefix).toBe(P);
  });

  it('offers to take the bookmark of it away', async () => {
    const { model, container, buttons } = setUp([]);
    model.bookmarks = [
      { archive: 'mast', prefix: `${P}gone/`, added: '2026-11-02' }
    ];
    await go(model, `${P}gone/`);
    expect(container.textContent).toContain('Bookmarked 2026-11-02.');
    fireEvent.click(screen.getByText('Remove bookmark'));
    await pass();
    expect(model.bookmarks).toEqual([]);
    expect(buttons()).not.toContain('Remove bookmark');
  });

  it('says what a filter looks at when it finds nothing', async () => {
    const { model, container, rows } = setUp([`${P}a.fits`]);
    await go(model);
    await React.act(async () => {
      await model.listing?.setFilter('zzz');
    });
    await pass();
    expect(container.textContent).toContain('Nothing starts with “zzz”');
    expect(container.textContent).toContain(
      'The filter looks at the start of names in s0014. It does not search below.'
    );
    fireEvent.click(screen.getByText('Clear filter'));
    await pass();
    expect(model.listing?.filter).toBe('');
    expect(rows()).toEqual(['a.fits']);
  });
});

describe('errors', () => {
  it('no network: who, where, try again, the sample archive', async () => {
    const { model, store, container, buttons } = setUp([`${P}a.fits`]);
    store.errors.push(new ArchiveError('network', 'no answer'));
    await go(model);
    expect(container.textContent).toContain('MAST on AWS cannot be reached');
    expect(container.textContent).toContain('stpubdata in us-east-1');
    expect(buttons()).toEqual(['Try again', 'Open the sample archive']);
    fireEvent.click(screen.getByText('Open the sample archive'));
    await pass();
    expect(model.archive?.id).toBe('sample');
  });

  it('no network: tries again when asked to', async () => {
    const { model, store, rows } = setUp([`${P}a.fits`], { sample: false });
    store.errors.push(new ArchiveError('network', 'no answer'));
    await go(model);
    expect(screen.queryByText('Open the sample archive')).toBeNull();
    fireEvent.click(screen.getByText('Try again'));
    await pass();
    expect(rows()).toEqual(['a.fits']);
  });

  it('403: how it was asked for, up, details; no "try again"', async () => {
    const { model, store, container, copied, buttons } = setUp([`${P}a.fits`]);
    store.errors.push(
      new ArchiveError('forbidden', 'Access Denied', { status: 403, target: P })
    );
    await go(model);
    expect(container.textContent).toContain('You may not list this folder');
    expect(container.textContent).toContain(`answered 403 for ${P}`);
    expect(buttons()).toEqual(['Go up to tid', 'Copy details']);
    fireEvent.click(screen.getByText('Copy details'));
    expect(copied[0]).toContain('status: 403');
    fireEvent.click(screen.getByText('Go up to tid'));
    await pass();
    expect(model.prefix).toBe('tess/public/tid/');
  });

  it('403 of a firewall: who answered, and details; nobody is signed out', async () => {
    const { model, store, container, copied, buttons } = setUp([`${P}a.fits`]);
    const host = 'hub.example.org';
    store.errors.push(
      new ArchiveError('refused', 'Refused.', { status: 403, host })
    );
    await go(model);
    expect(container.textContent).toContain('The request was refused (403)');
    expect(container.textContent).toContain(`${host} answered`);
    expect(container.textContent).not.toContain('signed');
    expect(buttons()).toEqual(['Copy details']);
    fireEvent.click(screen.getByText('Copy details'));
    expect(copied[0]).toContain(`host: ${host}\nstatus: 403`);
  });

  it('403 at a root leads nowhere up', async () => {
    const { model, store, buttons } = setUp([]);
    store.errors.push(new ArchiveError('forbidden', 'no', { status: 403 }));
    await go(model, 'tess/public/');
    expect(buttons()).toEqual(['Copy details']);
  });

  it.each([
    'malformed',
    'archive',
    'signed-out',
    'server-away',
    'not-found'
  ] as const)('%s is a sentence with something to do', async kind => {
    const { model, store, container, buttons } = setUp([]);
    store.errors.push(
      new ArchiveError(kind, 'What was said.', { status: 500 })
    );
    await go(model);
    expect(container.querySelector('[role=status] b')?.textContent).not.toBe(
      ''
    );
    expect(buttons()[0]).toBe('Try again');
  });

  it('in the order of names, where another needs all of the folder', async () => {
    const { model, container, rows } = setUp(manyKeys(P, 200), {
      pageSize: 100
    });
    model.prefer('size', true);
    await go(model);
    const notice = () =>
      container.querySelector('.mast-Notice')?.textContent ?? '';
    expect(notice()).toBe(
      'In the order of names. Sorting by size loads all of this folder first, more than 100 entries. Load and sort'
    );
    expect(rows()[0]).toBe('n000000.fits');
    fireEvent.click(screen.getByText('Load and sort'));
    await pass(1000);
    expect([model.listing?.sortBy, model.listing?.done]).toEqual([
      'size',
      true
    ]);
    expect(notice()).toBe('');
  });

  it('asked to slow down before anything came: the next try counts down', async () => {
    const { model, store, container, rows, buttons } = setUp([`${P}a.fits`]);
    store.errors.push(
      new ArchiveError('throttled', 'SlowDown', { retryAfter: 8 })
    );
    await go(model);
    const state = () => container.querySelector('.mast-State');
    expect(state()?.textContent).toContain(
      'The archive asks us to slow down.Next try in 8 s.'
    );
    expect(buttons()[0]).toBe('Try again');
    await pass(3000);
    expect(state()?.textContent).toContain('Next try in 5 s.');
    // Read out once, not with every second.
    expect(state()?.querySelector('[aria-live=off]')?.textContent).toBe(
      'Next try in 5 s.'
    );
    await pass(5100);
    expect(rows()).toEqual(['a.fits']);
  });

  it('no answer: for how long, and what of it', async () => {
    const { model, store, container } = setUp([`${P}a.fits`]);
    store.before = () =>
      new Promise((_, reject) =>
        setTimeout(() => reject(new ArchiveError('network', 'none')), 15_000)
      );
    await go(model);
    await pass(15_000);
    expect(container.querySelector('.mast-State')?.textContent).toContain(
      'No answer from stpubdata in us-east-1 for 15 s. Your files are not affected'
    );
  });

  it('asked to slow down: the entries stay, the next try counts down', async () => {
    const { model, store, container, rows } = setUp(manyKeys(P, 200), {
      pageSize: 100
    });
    await go(model);
    store.errors.push(
      new ArchiveError('throttled', 'SlowDown', { retryAfter: 8 })
    );
    await React.act(async () => {
      await model.listing?.more();
    });
    await pass();
    const notice = () =>
      container.querySelector('.mast-Notice')?.textContent ?? '';
    expect(notice()).toContain('The archive asks us to slow down.');
    expect(notice()).toContain(
      'Next try in 8 s. The 100 entries here stay usable.'
    );
    expect(rows().length).toBeGreaterThan(5);
    await pass(3000);
    expect(notice()).toContain('Next try in 5 s.');
    fireEvent.click(screen.getByText('Try now'));
    await pass();
    expect(notice()).toBe('');
    expect(model.listing?.loaded).toBe(200);
  });

  it('forbidden after a page: no next try is promised', async () => {
    const { model, store, container } = setUp(manyKeys(P, 200), {
      pageSize: 100
    });
    await go(model);
    store.errors.push(new ArchiveError('forbidden', 'no', { status: 403 }));
    await React.act(async () => {
      await model.listing?.more();
    });
    await pass();
    const notice = container.querySelector('.mast-Notice')?.textContent;
    expect(notice).toContain('You may not list this folder');
    expect(notice).not.toContain('Next try');
  });
});

describe('the grid', () => {
  it('is named and counted for screen readers', async () => {
    const { model, container } = setUp(manyKeys(P, 3));
    await go(model);
    const grid = container.querySelector('.mast-Grid');
    expect(grid?.getAttribute('role')).toBe('grid');
    expect(grid?.getAttribute('aria-label')).toBe('Contents of s0014');
    expect(grid?.getAttribute('aria-rowcount')).toBe('3');
    expect(grid?.getAttribute('tabindex')).toBe('0');
  });

  it('points to the row that the keyboard is on', async () => {
    const { model, container, opened } = setUp(manyKeys(P, 3));
    await go(model);
    const grid = container.querySelector('.mast-Grid') as HTMLElement;
    fireEvent.keyDown(grid, { key: 'ArrowDown' });
    fireEvent.keyDown(grid, { key: 'ArrowDown' });
    await pass();
    const id = grid.getAttribute('aria-activedescendant') ?? '';
    expect(document.getElementById(id)?.textContent).toContain('n000001.fits');
    fireEvent.keyDown(grid, { key: 'Enter' });
    expect(opened).toMatchObject([{ name: 'n000001.fits' }]);
  });

  it('selects by mouse: one, more with Ctrl, a range with Shift', async () => {
    const { model, container } = setUp(manyKeys(P, 6));
    await go(model);
    const row = (i: number) =>
      container.querySelector(`#mast-row-${i} [role=gridcell]`) as HTMLElement;
    const names = () =>
      model.selectedRows.map(one => (one.type === 'group' ? '' : one.name[6]));
    const press = (i: number, init: MouseEventInit = {}) => {
      fireEvent.mouseDown(row(i), { button: 0, ...init });
      fireEvent.mouseUp(document, { button: 0 });
    };
    press(1);
    expect(names()).toEqual(['1']);
    press(3, { ctrlKey: true });
    expect(names()).toEqual(['1', '3']);
    press(5, { shiftKey: true });
    expect(names()).toEqual(['3', '4', '5']);
    // A plain click on one of several selects it alone.
    press(4);
    expect(names()).toEqual(['4']);
    // The menu of another row is for that row.
    fireEvent.mouseDown(row(0), { button: 2 });
    expect(names()).toEqual(['0']);
  });

  it('opens by a double click', async () => {
    const { model, container, opened } = setUp(manyKeys(P, 2));
    await go(model);
    fireEvent.doubleClick(
      container.querySelector('#mast-row-1 span') as HTMLElement
    );
    expect(opened).toMatchObject([{ name: 'n000001.fits' }]);
  });
});

describe('badges', () => {
  function marked() {
    const asked: string[] = [];
    const source = {};
    const badges: IBadges = {
      show: (archive, prefix) => asked.push(`${archive}/${prefix}`),
      badge: (_, object) =>
        object.key.endsWith('a.fits')
          ? { kind: 'in-workspace', text: 'In workspace', title: 'x' }
          : null,
      changed: new Signal<IBadges, void>(source as IBadges)
    };
    return { asked, badges };
  }

  it('are asked for once a folder, where files are in sight', async () => {
    const { asked, badges } = marked();
    const { model, container } = setUp(
      [`${P}a.fits`, `${P}b.fits`, 'hst/public/ibg7/x/y.fits'],
      { badges }
    );
    await go(model);
    model.select(selection => selection.only(`o:${P}a.fits`));
    await pass();
    expect(asked).toEqual([`mast/${P}`]);
    expect(container.querySelectorAll('.mast-Badge')).toHaveLength(1);
    // Only folders: nothing to mark, nothing asked.
    await go(model, 'hst/public/');
    await pass();
    expect(asked).toHaveLength(1);
    await go(model);
    await pass();
    expect(asked).toHaveLength(2);
  });
});
