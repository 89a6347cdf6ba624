import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';
import type { IArchivePanel, IBadges, IPlace } from '../tokens';
import { ArchiveError } from './errors';
import type { ArchiveModel } from './model';
import type { ArchiveService } from './service';
import type { SortBy } from './rows';
import { readBookmarks, readGrouping, readPlaces, readSort } from './settings';
import type { ArchiveSidebar } from './sidebar';
import type { ArchiveWidget } from './widget';

/** Where the panel's place is kept in the workspace. */
const STATE = 'jupyterlab-mast:archive';

/**
 * Makes the archive panel when it is first shown, and keeps its state: the
 * place and scroll in the workspace, bookmarks and choices in the settings.
 */
export class PanelController implements IArchivePanel {
  constructor(private readonly _options: PanelController.IOptions) {}

  sidebar: ArchiveSidebar | null = null;

  /** Make the content; called once, when the panel is first shown. */
  async load(): Promise<ArchiveWidget> {
    const { app, service, trans, locale } = this._options;
    service.preload();
    const [{ ArchiveWidget }, { ArchiveModel }, { fits }] = await Promise.all([
      import('./widget'),
      import('./model'),
      import('./snippets')
    ]);
    const model = new ArchiveModel({
      archives: service.archives,
      open: service.open
    });
    const widget = new ArchiveWidget({
      model,
      service,
      trans,
      locale,
      commands: app.commands,
      openMore: anchor => Private.openMenu(app, anchor)
    });
    this._widget = widget;
    service.reads = (template, keys) => keys.every(key => fits(template, key));
    service.attach(model);
    this._showActions();
    widget.badges = this._badges;
    await this._readSettings(widget);
    // The first page may take its time; the panel shows that it loads.
    this._restored = this._restore(widget);
    this._keep(widget);
    return widget;
  }

  async goTo(place: IPlace): Promise<void> {
    const widget = await this.show();
    await widget.model.goTo(place);
  }

  /**
   * Go to what a text leads to, as if typed into "Go to".
   *
   * @throws ArchiveError when nothing is found there; then the nearest
   *   folder is shown.
   */
  async find(text: string, archive: string | null = null): Promise<void> {
    const { service } = this._options;
    const { nearestPlace } = await import('./resolve');
    const widget = await this.show();
    const { model } = widget;
    const current =
      (archive === null ? model.archive : service.get(archive)) ??
      (archive === null ? service.archives[0] : undefined);
    if (current === undefined) {
      throw new ArchiveError(
        'not-found',
        `There is no archive "${archive}" here.`
      );
    }
    const found = await service.locate(text, archive);
    if (found !== null) {
      await model.goTo(found);
      return;
    }
    const archives = archive === null ? service.archives : [current];
    const nearest = nearestPlace(text, current, archives);
    if (nearest !== null) {
      await model.goTo(nearest);
    }
    throw new ArchiveError(
      'not-found',
      `Nothing found for "${text}" in ${current.title}.`
    );
  }

  /** Show the panel, and wait for its content. */
  async show(): Promise<ArchiveWidget> {
    const { app } = this._options;
    if (this.sidebar === null) {
      throw new Error('The archive panel has no place in this application.');
    }
    app.shell.activateById(this.sidebar.id);
    const widget = await this.sidebar.ready;
    await this._restored;
    return widget;
  }

  /** The content, once it was shown. */
  get widget(): ArchiveWidget | null {
    return this._widget;
  }

  get model(): ArchiveModel | null {
    return this._widget?.model ?? null;
  }

  addAction(command: string, rank: number): IDisposable {
    const action = { command, rank };
    this._actions = [...this._actions, action].sort((a, b) => a.rank - b.rank);
    this._showActions();
    return new DisposableDelegate(() => {
      this._actions = this._actions.filter(other => other !== action);
      this._showActions();
    });
  }

  setBadges(badges: IBadges): IDisposable {
    const show = (shown: IBadges | null) => {
      this._badges = shown;
      if (this._widget) {
        this._widget.badges = shown;
      }
    };
    show(badges);
    return new DisposableDelegate(() => {
      if (this._badges === badges) {
        show(null);
      }
    });
  }

  private _showActions(): void {
    if (this._widget) {
      this._widget.actions = this._actions.map(action => action.command);
    }
  }

  private async _readSettings(widget: ArchiveWidget): Promise<void> {
    const { model } = widget;
    try {
      this._settings = (await this._options.settings) ?? null;
    } catch (error) {
      console.warn(
        'jupyterlab-mast: the settings of the archive panel could not be read.',
        error
      );
    }
    const settings = this._settings;
    if (settings === null) {
      return;
    }
    const read = () => {
      widget.compact = settings.composite.density === 'compact';
      model.bookmarks = readBookmarks(settings.composite.bookmarks);
    };
    model.recent = readPlaces(settings.composite.recent);
    model.grouping = readGrouping(settings.composite.grouping);
    read();
    settings.changed.connect(read);
  }

  /** Show the place of the last time, or the first root. */
  private async _restore(widget: ArchiveWidget): Promise<void> {
    const { service, state } = this._options;
    const { model } = widget;
    const first = service.archives[0];
    let place: IPlace | null = first
      ? { archive: first.id, prefix: first.roots[0].prefix }
      : null;
    let key: string | null = null;
    let scroll = 0;
    let sort: SortBy = 'name';
    let descending = false;
    try {
      const kept = (await state?.fetch(STATE)) as
        | Partial<
            Record<
              | 'archive'
              | 'prefix'
              | 'scroll'
              | 'current'
              | 'sort'
              | 'descending',
              unknown
            >
          >
        | undefined;
      const [read] = readPlaces([kept ?? {}]);
      if (read && service.get(read.archive)) {
        place = read;
        scroll = Number(kept?.scroll) || 0;
        key = typeof kept?.current === 'string' ? kept.current : null;
        sort = readSort(kept?.sort);
        descending = kept?.descending === true;
      }
    } catch {
      // No state of a last time.
    }
    try {
      if (place !== null) {
        widget.scroll = scroll;
        await model.goTo(place);
        await Private.loadTo(model, scroll);
        // An order of one's own needs the whole folder; a large one is not
        // loaded for it unasked.
        if (model.listing?.done) {
          model.sort(sort, descending);
        }
        widget.scrollTo(scroll);
        if (key !== null && (model.listing?.indexOf(key) ?? -1) >= 0) {
          model.select(selection => selection.only(key));
        }
      }
    } catch {
      // The place lies outside the roots now.
      if (first) {
        await model.goTo({ archive: first.id, prefix: first.roots[0].prefix });
      }
    }
  }

  /** Keep place, scroll, recent places and bookmarks from now on. */
  private _keep(widget: ArchiveWidget): void {
    const { state } = this._options;
    const { model } = widget;
    const save = new Debouncer(async () => {
      if (model.archive && !model.isDisposed) {
        await state?.save(STATE, {
          archive: model.archive.id,
          prefix: model.prefix,
          scroll: Math.round(widget.scroll),
          current: model.selection.current ?? '',
          sort: model.sortBy,
          descending: model.descending
        });
      }
    }, 500);
    const store = (name: string, value: () => unknown) =>
      new Debouncer(async () => {
        await this._settings?.set(name, value() as never);
      }, 1000);
    const recent = store('recent', () =>
      model.recent.map(({ archive, prefix }) => ({ archive, prefix }))
    );
    const bookmarks = store('bookmarks', () =>
      model.bookmarks.map(mark => ({ ...mark }))
    );
    const grouping = store('grouping', () => ({ ...model.grouping }));
    let choices = JSON.stringify(model.grouping);
    const run = (debouncer: Debouncer) =>
      void debouncer.invoke().catch(Private.report);
    widget.scrolled.connect(() => run(save));
    model.selectionChanged.connect(() => run(save));
    model.placeChanged.connect(() => {
      run(save);
      run(recent);
    });
    model.bookmarksChanged.connect(() => run(bookmarks));
    let order = `${model.sortBy} ${model.descending}`;
    model.changed.connect(() => {
      const ordered = `${model.sortBy} ${model.descending}`;
      if (ordered !== order) {
        order = ordered;
        run(save);
      }
      const now = JSON.stringify(model.grouping);
      if (now !== choices) {
        choices = now;
        run(grouping);
      }
    });
  }

  private _badges: IBadges | null = null;
  private _actions: readonly { command: string; rank: number }[] = [];
  private _restored: Promise<void> = Promise.resolve();
  private _settings: ISettingRegistry.ISettings | null = null;
  private _widget: ArchiveWidget | null = null;
}

export namespace PanelController {
  export interface IOptions {
    readonly app: JupyterFrontEnd;
    readonly service: ArchiveService;
    readonly trans: TranslationBundle;
    readonly locale: string;
    readonly settings: Promise<ISettingRegistry.ISettings> | null;
    readonly state: IStateDB | null;
  }
}

namespace Private {
  /** Pages that are loaded at most to come back to a scroll position. */
  const PAGES = 20;

  /** A row is at most this high, in px. */
  const ROW = 40;

  export async function loadTo(
    model: ArchiveModel,
    scroll: number
  ): Promise<void> {
    const { listing } = model;
    for (
      let page = 0;
      listing !== null &&
      page < PAGES &&
      listing === model.listing &&
      !listing.done &&
      listing.error === null &&
      listing.rows.length * ROW < scroll + 2000;
      page++
    ) {
      await listing.more();
    }
  }

  export function openMenu(app: JupyterFrontEnd, anchor: HTMLElement): void {
    const row = document.querySelector(
      '.mast-Archive .mast-Row.mast-mod-selected'
    );
    const box = anchor.getBoundingClientRect();
    (row ?? anchor).dispatchEvent(
      new MouseEvent('contextmenu', {
        bubbles: true,
        cancelable: true,
        clientX: box.left,
        clientY: box.top
      })
    );
  }

  export function report(error: unknown): void {
    console.warn(
      'jupyterlab-mast: the state of the archive panel could not be kept.',
      error
    );
  }
}
