import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStateDB } from '@jupyterlab/statedb';
import { PromiseDelegate } from '@lumino/coreutils';
import { Debouncer } from '@lumino/polling';
import type { IPlace } from '../tokens';
import type { ArchiveModel } from './model';
import {
  readBookmarks,
  readGrouping,
  readPlaces,
  readSort
} from './panelsettings';
import type { SortBy } from './rows';
import type { ArchiveService } from './service';
import type { ArchiveWidget } from './widget';

/** Where the panel's place is kept in the workspace. */
const STATE = 'jupyterlab-mast:archive';

/**
 * Keeps the state of the archive panel: the place and scroll in the
 * workspace, bookmarks and choices in the settings.
 */
export class PanelState {
  constructor(private readonly _options: PanelState.IOptions) {}

  /** Read the settings of the panel, now and whenever they change. */
  async readSettings(): Promise<void> {
    const { widget } = this._options;
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
      // A bookmark that is not written yet is newer than what is there.
      if (!this._unwritten.has('bookmarks')) {
        model.bookmarks = readBookmarks(settings.composite.bookmarks);
      }
    };
    model.recent = readPlaces(settings.composite.recent);
    model.grouping = readGrouping(settings.composite.grouping);
    read();
    settings.changed.connect(read);
  }

  /** When {@link restore} has chosen a place; its first page may be to come. */
  get placed(): Promise<void> {
    return this._placed.promise;
  }

  /**
   * Show the place of the last time, or the first root. Whoever goes elsewhere
   * meanwhile stays there.
   */
  async restore(): Promise<void> {
    try {
      await this._restore();
    } finally {
      this._placed.resolve();
    }
  }

  private async _restore(): Promise<void> {
    const { service, state, widget } = this._options;
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
    if (model.archive !== null) {
      return;
    }
    try {
      if (place !== null) {
        widget.scroll = scroll;
        model.prefer(sort, descending);
        const going = model.goTo(place);
        const { listing } = model;
        this._placed.resolve();
        await going;
        if (listing !== model.listing) {
          return;
        }
        // An order of one's own needs the whole folder. Where that is very
        // large the panel says so, and leaves it to the person.
        const ordered = model.orderWaits;
        await Private.loadTo(model, ordered ? Infinity : scroll);
        if (listing !== model.listing) {
          return;
        }
        if (ordered && model.listing?.done) {
          model.sort(sort, descending);
        } else if (ordered) {
          // The offset was one in that order.
          scroll = 0;
        }
        widget.scrollTo(scroll);
        if (key !== null && (model.listing?.indexOf(key) ?? -1) >= 0) {
          model.select(selection => selection.only(key));
        }
      }
    } catch {
      // The place lies outside the roots now.
      if (first && model.archive === null) {
        await model.goTo({ archive: first.id, prefix: first.roots[0].prefix });
      }
    }
  }

  /** Keep place, scroll, recent places and bookmarks from now on. */
  keep(): void {
    const { state, widget } = this._options;
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
    const store = (name: string, value: () => unknown) => {
      const write = new Debouncer(async () => {
        await this._settings?.set(name, value() as never);
      }, 1000);
      return () => {
        const written = write.invoke();
        this._unwritten.set(name, written);
        void written.catch(Private.report).finally(() => {
          if (this._unwritten.get(name) === written) {
            this._unwritten.delete(name);
          }
        });
      };
    };
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
      recent();
    });
    model.bookmarksChanged.connect(() => bookmarks());
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
        grouping();
      }
    });
  }

  private readonly _placed = new PromiseDelegate<void>();
  private _settings: ISettingRegistry.ISettings | null = null;
  /** Settings that the person changed here, until they are written. */
  private readonly _unwritten = new Map<string, Promise<unknown>>();
}

export namespace PanelState {
  export interface IOptions {
    readonly widget: ArchiveWidget;
    readonly service: ArchiveService;
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

  export function report(error: unknown): void {
    console.warn(
      'jupyterlab-mast: the state of the archive panel could not be kept.',
      error
    );
  }
}
