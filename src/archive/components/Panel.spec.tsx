import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { go, pass } from './__tests__/pass';
import { ArchiveModel } from '../model';
import type { SortBy } from '../rows';
import { archiveInfo, FakeStore, manyKeys, english } from '../testing';
import { Panel } from './Panel';

const P = 'tess/public/tid/s0014/';

beforeAll(() => {
  for (const name of ['offsetHeight', 'clientHeight', 'offsetWidth']) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get: () => 400
    });
  }
  globalThis.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
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
  pageSize = 1000,
  archives = [archiveInfo()],
  problem: string | null = null
) {
  const copied: string[] = [];
  const store = new FakeStore(keys, pageSize);
  const model = new ArchiveModel({
    trans: english,
    archives,
    open: () => store
  });
  const confirmSort = jest.fn(async (_count: number, _sortBy: SortBy) => true);
  const { container } = render(
    <Panel
      model={model}
      trans={nullTranslator.load('x')}
      problem={problem}
      locale="en"
      compact={false}
      commands={new CommandRegistry()}
      actions={[]}
      badges={null}
      goToInput={React.createRef()}
      filterInput={React.createRef()}
      open={() => undefined}
      preview={() => undefined}
      startDrag={() => undefined}
      copyText={text => copied.push(text)}
      confirmSort={confirmSort}
      openMore={() => undefined}
      scroll={{ current: 0 }}
      scrollRequested={new Signal<unknown, number>({})}
      onScroll={() => undefined}
    />
  );
  return {
    model,
    store,
    confirmSort,
    copied,
    said: () => container.querySelector('[aria-live=polite]')?.textContent,
    status: () => container.querySelector('.mast-StatusLine'),
    first: () =>
      container.querySelector('[role=rowgroup] [role=row] .mast-mid')
        ?.textContent
  };
}

describe('the panel', () => {
  it('names the setting that is wrong, and copies what is said of it', () => {
    const problem = "c.MastExtension.archives[0]['bucket']: Field required";
    const { copied } = setUp([], 1, [], problem);
    expect(screen.getByRole('status').textContent).toContain(
      `The archive is not set up on this serverA setting is wrong: ${problem}. An administrator can correct it.`
    );
    fireEvent.click(screen.getByRole('button', { name: 'Copy details' }));
    expect(copied).toEqual([problem]);
  });

  it('says that there is no archive', () => {
    setUp([], 1, []);
    expect(screen.getByRole('status').textContent).toBe(
      'The archive is not set up on this serverNo archive is configured.'
    );
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('says aloud what is shown when a folder is there, once', async () => {
    const { model, said } = setUp(
      [...manyKeys(P, 150), 'tess/public/notes.txt'],
      100
    );
    expect(said()).toBe('');
    await go(model);
    expect(said()).toBe('s0014: 100 shown, more to load');
    await React.act(async () => {
      await model.listing?.more();
    });
    expect([model.listing?.done, said()]).toEqual([
      true,
      's0014: 100 shown, more to load'
    ]);
    await go(model, 'tess/public/');
    expect(said()).toBe('public: all 2 shown');
  });

  it('has a short status line where it is narrow and something is selected', async () => {
    const { model, status } = setUp(manyKeys(P, 150), 100);
    await go(model);
    const hidden = () => status()?.querySelector('.mast-hide-narrow');
    expect(status()?.textContent).toBe('100 shown · more to load');
    expect(hidden()).toBeNull();
    model.select(selection => selection.only(`o:${P}n000000.fits`));
    await pass();
    expect(status()?.textContent).toContain('100 shown · more to load');
    expect(hidden()?.textContent).toBe('100 shown · ');
  });

  it('orders by a column only with all of the folder, when that is wanted', async () => {
    const { model, confirmSort, first } = setUp(manyKeys(P, 150), 100);
    await go(model);
    confirmSort.mockResolvedValueOnce(false);
    fireEvent.click(screen.getByRole('button', { name: 'Sort by Size' }));
    await pass();
    expect(confirmSort).toHaveBeenCalledWith(100, 'size');
    expect([model.listing?.loaded, model.sortBy]).toEqual([100, 'name']);
    fireEvent.click(
      screen.getByRole('button', { name: 'Name, sorted upwards' })
    );
    await pass(500);
    expect(confirmSort).toHaveBeenLastCalledWith(100, 'name');
    expect([model.listing?.done, first()]).toEqual([true, 'n000149.fits']);
    fireEvent.click(
      screen.getByRole('button', { name: 'Name, sorted downwards' })
    );
    await pass();
    expect(first()).toBe('n000000.fits');
    expect(confirmSort).toHaveBeenCalledTimes(2);
  });
});
