import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { StateDB } from '@jupyterlab/statedb';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { PromiseDelegate } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { ArchiveModel } from './model';
import { PanelState } from './panelstate';
import { ArchiveService } from './service';
import { archiveInfo, FakeStore, manyKeys, english } from './testing';
import { ArchiveWidget } from './widget';

const HST = 'hst/public/';
const FOLDER = `${HST}ibg7/`;
const STATE = 'jupyterlab-mast:archive';

/** Settings of the panel, as the setting registry has them. */
class FakeSettings {
  constructor(readonly composite: Record<string, unknown> = {}) {}

  readonly changed = new Signal<this, void>(this);

  async set(name: string, value: unknown): Promise<void> {
    this.composite[name] = JSON.parse(JSON.stringify(value));
    this.changed.emit();
    return Promise.resolve();
  }
}

interface IPage {
  readonly keys?: readonly string[];
  readonly pageSize?: number;
  readonly archives?: readonly string[];
  readonly settings?: FakeSettings | Error;
}

/** A page of JupyterLab with the panel; what it keeps is in `state`. */
function open(state: StateDB, page: IPage = {}) {
  const { keys = [`${FOLDER}a.fits`], pageSize, settings } = page;
  const archives = (page.archives ?? ['mast', 'sample']).map(id =>
    archiveInfo({ id })
  );
  const service = new ArchiveService(
    { archives, relay: true, problem: null },
    ServerConnection.makeSettings(),
    english
  );
  const store = new FakeStore(keys, pageSize);
  const model = new ArchiveModel({
    trans: english,
    archives,
    open: () => store
  });
  const widget = new ArchiveWidget({
    model,
    service,
    trans: nullTranslator.load('x'),
    locale: 'en',
    commands: new CommandRegistry(),
    openMore: () => undefined
  });
  const panel = new PanelState({
    widget,
    service,
    state,
    settings:
      settings === undefined
        ? null
        : settings instanceof Error
          ? Promise.reject(settings)
          : Promise.resolve(settings as unknown as ISettingRegistry.ISettings)
  });
  const start = async () => {
    await panel.readSettings();
    await panel.restore();
    panel.keep();
  };
  return { model, widget, store, panel, start };
}

/** Time for what is written a moment later. */
async function pass(): Promise<void> {
  await jest.advanceTimersByTimeAsync(1500);
}

const here = (model: ArchiveModel) => [model.archive?.id, model.prefix];
const names = (model: ArchiveModel) =>
  (model.listing?.rows ?? []).map(row =>
    row.type === 'group' ? '' : row.name
  );

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('the place of the last time', () => {
  it('is the first root when there was none', async () => {
    const { model, start } = open(new StateDB());
    await start();
    expect(here(model)).toEqual(['mast', HST]);
  });

  it('is shown again, with scroll, selection and order', async () => {
    const state = new StateDB();
    const keys = ['bb', 'a', 'ccc'].map(name => FOLDER + name);
    const grouping = new FakeSettings({
      grouping: { 'sample/hst/public/': false }
    });
    const before = open(state, { keys, settings: grouping });
    await before.start();
    await before.model.goTo({ archive: 'sample', prefix: FOLDER });
    before.model.sort('size', true);
    before.model.select(selection => selection.only(`o:${FOLDER}bb`));
    before.widget.scroll = 321.4;
    await pass();
    expect(await state.fetch(STATE)).toEqual({
      archive: 'sample',
      prefix: FOLDER,
      scroll: 321,
      current: `o:${FOLDER}bb`,
      sort: 'size',
      descending: true
    });

    const after = open(state, { keys, settings: grouping });
    await after.start();
    expect(here(after.model)).toEqual(['sample', FOLDER]);
    expect(names(after.model)).toEqual(['ccc', 'bb', 'a']);
    expect([after.model.sortBy, after.model.descending]).toEqual([
      'size',
      true
    ]);
    expect([...after.model.selection.ids]).toEqual([`o:${FOLDER}bb`]);
    expect(after.widget.scroll).toBe(321);
  });

  it('is the first root when its archive is gone', async () => {
    const state = new StateDB();
    await state.save(STATE, { archive: 'gone', prefix: HST, scroll: 99 });
    const { model, widget, start } = open(state);
    await start();
    expect([here(model), widget.scroll]).toEqual([['mast', HST], 0]);
  });

  it('is the first root when it lies outside the roots now', async () => {
    const state = new StateDB();
    await state.save(STATE, { archive: 'mast', prefix: 'private/' });
    const { model, start } = open(state);
    await start();
    expect(here(model)).toEqual(['mast', HST]);
  });

  it.each([
    ['a number', 3],
    ['odd fields', { archive: 4, prefix: [], sort: {}, scroll: 'x' }],
    [
      'an order that is none',
      { archive: 'mast', prefix: HST, sort: 'colour', descending: 'yes' }
    ]
  ])('survives a state that is %s', async (_, kept) => {
    const state = new StateDB();
    await state.save(STATE, kept);
    const { model, start } = open(state);
    await start();
    expect(here(model)).toEqual(['mast', HST]);
    expect([model.sortBy, model.descending]).toEqual(['name', false]);
  });

  it('is nowhere without archives', async () => {
    const { model, start } = open(new StateDB(), { archives: [] });
    await start();
    expect(model.archive).toBeNull();
  });
});

describe('who goes elsewhere while the place of the last time loads', () => {
  const OTHER = `${HST}other/`;

  /** That place hangs; it was scrolled far down. */
  async function hanging(more: Record<string, unknown> = {}) {
    const state = new StateDB();
    await state.save(STATE, {
      archive: 'mast',
      prefix: FOLDER,
      scroll: 4000,
      ...more
    });
    const page = open(state, {
      keys: [...manyKeys(FOLDER, 900), ...manyKeys(OTHER, 900)],
      pageSize: 20,
      settings: new FakeSettings({ grouping: { 'mast/hst/public/': false } })
    });
    const answered = new PromiseDelegate<void>();
    page.store.before = ({ prefix }) =>
      prefix === FOLDER ? answered.promise : undefined;
    return { ...page, state, goOn: () => answered.resolve() };
  }

  it.each([{}, { sort: 'size', descending: true }])(
    'is there at once, and stays: %j',
    async more => {
      const { model, widget, store, panel, start, goOn } = await hanging(more);
      const started = start();
      await panel.placed;
      expect(here(model)).toEqual(['mast', FOLDER]);
      await model.goTo({ archive: 'mast', prefix: OTHER });
      widget.scroll = 7;
      goOn();
      await started;
      expect(here(model)).toEqual(['mast', OTHER]);
      expect(widget.scroll).toBe(7);
      expect(
        store.requests.filter(({ prefix }) => prefix === OTHER)
      ).toHaveLength(1);
    }
  );

  it('stays when that place is known later', async () => {
    const { model, panel, start, state, goOn } = await hanging();
    goOn();
    const fetch = state.fetch.bind(state);
    const known = new PromiseDelegate<void>();
    jest.spyOn(state, 'fetch').mockImplementation(async name => {
      await known.promise;
      return fetch(name);
    });
    const started = start();
    await jest.advanceTimersByTimeAsync(0);
    await model.goTo({ archive: 'sample', prefix: OTHER });
    known.resolve();
    await started;
    await panel.placed;
    expect(here(model)).toEqual(['sample', OTHER]);
  });
});

describe('a folder of several pages', () => {
  const keys = manyKeys(FOLDER, 90);
  const settings = () =>
    new FakeSettings({ grouping: { 'mast/hst/public/': false } });

  async function kept(more: Record<string, unknown>): Promise<StateDB> {
    const state = new StateDB();
    await state.save(STATE, {
      archive: 'mast',
      prefix: FOLDER,
      ...more
    });
    return state;
  }

  it('is loaded as far as it was scrolled, and no further', async () => {
    const state = await kept({ scroll: 400 });
    const { model, store, widget, start } = open(state, {
      keys: manyKeys(FOLDER, 900),
      pageSize: 20,
      settings: settings()
    });
    await start();
    expect(store.requests).toHaveLength(3);
    expect([model.listing?.loaded, widget.scroll]).toEqual([60, 400]);
  });

  it('is loaded for its order, and scrolled to where one was', async () => {
    const state = await kept({ sort: 'name', descending: true, scroll: 40 });
    const { model, widget, start } = open(state, {
      keys,
      pageSize: 30,
      settings: settings()
    });
    await start();
    expect(names(model)[0]).toBe('n000089.fits');
    expect([model.orderWaits, widget.scroll]).toEqual([false, 40]);
  });

  it('that is too large is in the order of names, and says so', async () => {
    const state = await kept({ sort: 'size', descending: true, scroll: 40 });
    const { model, store, widget, start } = open(state, {
      keys,
      pageSize: 2,
      settings: settings()
    });
    await start();
    expect(store.requests).toHaveLength(21);
    expect([model.orderWaits, widget.scroll]).toEqual([true, 0]);
    expect([names(model)[0], model.listing?.loaded]).toEqual([
      'n000000.fits',
      42
    ]);
    // The next reload asks again.
    await pass();
    expect([model.sortBy, model.descending]).toEqual(['size', true]);
  });
});

describe('the settings', () => {
  const mark = { archive: 'mast', prefix: FOLDER, added: '2026-11-02' };

  it('bring bookmarks, recent places, groups and density', async () => {
    const settings = new FakeSettings({
      bookmarks: [mark, 'odd'],
      recent: [{ archive: 'sample', prefix: FOLDER }],
      grouping: { 'mast/hst/public/': true },
      density: 'compact'
    });
    const { model, widget, start } = open(new StateDB(), { settings });
    await start();
    expect(model.bookmarks).toEqual([mark]);
    expect(model.recent).toContainEqual({ archive: 'sample', prefix: FOLDER });
    expect(model.grouping).toEqual({ 'mast/hst/public/': true });
    expect(widget.compact).toBe(true);
    await settings.set('density', 'normal');
    await settings.set('bookmarks', []);
    expect([widget.compact, model.bookmarks]).toEqual([false, []]);
  });

  it('get what one does in the panel', async () => {
    const settings = new FakeSettings();
    const { model, start } = open(new StateDB(), { settings });
    await start();
    await model.goTo({ archive: 'mast', prefix: FOLDER });
    model.toggleBookmark();
    await model.setGrouped(false);
    await pass();
    expect(settings.composite).toEqual({
      bookmarks: [{ ...mark, added: new Date().toISOString().slice(0, 10) }],
      recent: [
        { archive: 'mast', prefix: FOLDER },
        { archive: 'mast', prefix: HST }
      ],
      grouping: { 'mast/hst/public/': false }
    });
  });

  it('that cannot be read leave the panel usable', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    const { model, start } = open(new StateDB(), {
      settings: new Error('no network')
    });
    await start();
    expect(here(model)).toEqual(['mast', HST]);
    expect(warn.mock.calls[0][0]).toContain('could not be read');
  });
});
