import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';
import type { IArchiveObject } from '../tokens';
import { classify } from './classify';
import type { ArchiveError } from './errors';
import { Pager, type Entry } from './pager';
import {
  baseName,
  buildRows,
  folderOf,
  mergeEntries,
  type Row,
  type SortBy
} from './rows';
import type { IStore } from './store';

/** Seconds that an archive may make us wait; timers overflow at 24 days. */
const LONGEST = 3600;

/**
 * What a listing is doing.
 *
 * `waiting` is an error after which it tries again by itself.
 */
export type ListingStatus = 'loading' | 'ready' | 'waiting' | 'failed';

/**
 * One folder of an archive: its pages, the filter, the order, and the rows
 * made of them. State only; the panel draws it.
 */
export class Listing implements IDisposable {
  constructor(options: Listing.IOptions) {
    const { store, prefix, grouped } = options;
    this.prefix = prefix;
    this.grouped = grouped;
    this._store = store;
    this._trans = options.trans;
    this._base = new Pager(store, prefix, grouped ? '' : '/');
  }

  readonly prefix: string;
  readonly grouped: boolean;

  /** Emitted when rows or status changed. */
  get changed(): ISignal<Listing, void> {
    return this._changed;
  }

  get status(): ListingStatus {
    return this._status;
  }

  /** The error of `waiting` and `failed`. */
  get error(): ArchiveError | null {
    return this._error;
  }

  /** When it tries again by itself, as `Date.now()` counts. */
  get retryAt(): number | null {
    return this._retryAt;
  }

  /** When the last request began. */
  get triedAt(): Date | null {
    return this._triedAt;
  }

  /** How many milliseconds the last request took until it failed. */
  get waited(): number {
    return this._waited;
  }

  /** Whether every page is loaded. */
  get done(): boolean {
    return this._pager.done;
  }

  /** How many entries are loaded. */
  get loaded(): number {
    return this._pager.entries.length;
  }

  get rows(): readonly Row[] {
    this._rows ??= buildRows(this._visible(), {
      prefix: this.prefix,
      grouped: this.grouped,
      closed: this._closed,
      sortBy: this._sortBy,
      descending: this._descending,
      done: this.done
    });
    return this._rows;
  }

  /** How many files and folders the rows show: headings do not count. */
  get entryCount(): number {
    this._entryCount ??= this.rows.reduce(
      (count, row) => (row.type === 'group' ? count : count + 1),
      0
    );
    return this._entryCount;
  }

  /** The place of a row, or -1. */
  indexOf(id: string): number {
    this._index ??= new Map(this.rows.map((row, i) => [row.id, i]));
    return this._index.get(id) ?? -1;
  }

  /** The files right in a folder, of those that are loaded. */
  filesOf(prefix: string): readonly IArchiveObject[] {
    return this._visible().flatMap(entry =>
      entry.type === 'object' && folderOf(entry.object.key) === prefix
        ? [entry.object]
        : []
    );
  }

  get filter(): string {
    return this._filter;
  }

  /**
   * Narrow to names that start with this. The archive is asked (S3's
   * `Prefix`); in the grouped view the names that are loaded count too.
   */
  async setFilter(filter: string): Promise<void> {
    if (filter === this._filter) {
      return;
    }
    this._filtered?.stop();
    this._filter = filter;
    this._filtered =
      filter === ''
        ? null
        : new Pager(this._store, this.prefix + filter, this.grouped ? '' : '/');
    this._settle();
    if (this._filtered !== null) {
      this._forget();
      await this.more();
    } else {
      this._set('ready', null);
      // The folder itself may not be loaded yet, or have failed meanwhile.
      if (this.loaded === 0) {
        await this.more();
      }
    }
  }

  get sortBy(): SortBy {
    return this._sortBy;
  }

  get descending(): boolean {
    return this._descending;
  }

  /**
   * Order the rows. Any order but the archive's own needs every page: see
   * {@link loadAll}.
   */
  sort(sortBy: SortBy, descending: boolean): void {
    this._sortBy = sortBy;
    this._descending = descending;
    this._touch();
  }

  /** Open or close a group. */
  setOpen(prefix: string, open: boolean): void {
    if (open) {
      this._closed.delete(prefix);
    } else {
      this._closed.add(prefix);
    }
    this._touch();
  }

  /** Load the next page, when there is one. Never throws: see `error`. */
  async more(): Promise<void> {
    await this._more(false);
  }

  /**
   * Load all pages, until one fails or `signal` stops it.
   */
  async loadAll(signal?: AbortSignal): Promise<boolean> {
    while (!this.done && !this._disposed && !signal?.aborted) {
      await this.more();
      if (this._error !== null) {
        return false;
      }
    }
    return this.done;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    this._stopTimer();
    this._base.stop();
    this._filtered?.stop();
    Signal.clearData(this);
  }

  private async _more(quiet: boolean): Promise<void> {
    const pager = this._pager;
    if (this._disposed || pager.done) {
      return;
    }
    this._stopTimer();
    this._triedAt = new Date();
    this._status = 'loading';
    this._changed.emit();
    // Calls that share a request count as one attempt.
    const shared = pager.loading;
    try {
      await pager.next(quiet);
      if (pager === this._pager) {
        this._attempts = 0;
        this._set('ready', null);
      }
    } catch (error) {
      if (pager === this._pager && !this._disposed && !shared) {
        this._waited = Date.now() - this._triedAt.getTime();
        this._failed(classify(error, this.prefix, this._trans));
      }
    }
  }

  private get _pager(): Pager {
    return this._filtered ?? this._base;
  }

  private _visible(): readonly Entry[] {
    if (this._filtered === null) {
      return this._base.entries;
    }
    if (!this.grouped) {
      return this._filtered.entries;
    }
    const filter = this._filter.toLowerCase();
    const named = this._base.entries.filter(
      entry =>
        entry.type === 'object' &&
        baseName(entry.object.key).toLowerCase().startsWith(filter)
    );
    return mergeEntries(named, this._filtered.entries);
  }

  private _failed(error: ArchiveError): void {
    if (error.kind === 'aborted') {
      this._set('ready', null);
      return;
    }
    const again = error.kind === 'throttled' || error.kind === 'network';
    if (!again) {
      this._set('failed', error);
      return;
    }
    const seconds = Math.min(
      LONGEST,
      error.details.retryAfter ??
        Math.min(
          60,
          (error.kind === 'throttled' ? 4 : 15) * 2 ** this._attempts
        )
    );
    this._attempts++;
    this._retryAt = Date.now() + seconds * 1000;
    // An open tab that tries again is not somebody at work.
    this._timer = setTimeout(() => void this._more(true), seconds * 1000);
    this._set('waiting', error);
  }

  private _stopTimer(): void {
    if (this._timer !== null) {
      clearTimeout(this._timer);
      this._timer = null;
    }
    this._retryAt = null;
  }

  private _settle(): void {
    this._stopTimer();
    this._attempts = 0;
    this._error = null;
  }

  private _set(status: ListingStatus, error: ArchiveError | null): void {
    this._status = status;
    this._error = error;
    this._touch();
  }

  private _forget(): void {
    this._rows = null;
    this._index = null;
    this._entryCount = null;
  }

  private _touch(): void {
    this._forget();
    if (!this._disposed) {
      this._changed.emit();
    }
  }

  private readonly _store: IStore;
  private readonly _trans: TranslationBundle;
  private readonly _base: Pager;
  private _filtered: Pager | null = null;
  private _filter = '';
  private _sortBy: SortBy = 'name';
  private _descending = false;
  private readonly _closed = new Set<string>();
  private _rows: Row[] | null = null;
  private _index: Map<string, number> | null = null;
  private _entryCount: number | null = null;
  private _status: ListingStatus = 'loading';
  private _error: ArchiveError | null = null;
  private _retryAt: number | null = null;
  private _triedAt: Date | null = null;
  private _waited = 0;
  private _attempts = 0;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace Listing {
  export interface IOptions {
    readonly store: IStore;
    /** The folder: `''` or ending in a slash. */
    readonly prefix: string;
    readonly grouped: boolean;
    readonly trans: TranslationBundle;
  }
}
