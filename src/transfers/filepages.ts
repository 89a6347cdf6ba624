import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IFile, IFilePage } from './types';

/** Files of one page. */
export const PAGE = 200;

/** Pages that are kept. */
const KEPT = 12;

/** A page in sight of a transfer that goes on is read again after so long. */
const OLD = 2_000;

/** After a failure it is asked for again after so many ms, then less often. */
const PAUSE = 3_000;
const LONGEST_PAUSE = 30_000;

/**
 * The files of one transfer, of which only the pages in sight are fetched
 * and only the last dozen kept.
 */
export class FilePages implements IDisposable {
  /**
   * @param fetch - Fetches one page.
   * @param total - How many files there are, as far as is known.
   */
  constructor(
    private readonly _fetch: (
      offset: number,
      limit: number
    ) => Promise<IFilePage>,
    total: number
  ) {
    this._total = total;
  }

  /** Emitted when a page has come, could not be had, or may be tried again. */
  get changed(): ISignal<FilePages, void> {
    return this._changed;
  }

  get total(): number {
    return this._total;
  }

  /** Why the last page could not be had. */
  get error(): unknown {
    return this._error;
  }

  /** The file at a place of the list, if its page is here. */
  at(index: number): IFile | null {
    const page = this._pages.get(Math.floor(index / PAGE));
    return page?.files[index % PAGE] ?? null;
  }

  /**
   * Files `first` to `last` are in sight: fetch what is missing, and what is
   * old when it `changes`.
   */
  show(first: number, last: number, changes: boolean): void {
    for (
      let page = Math.floor(Math.max(0, first) / PAGE);
      page <= Math.floor(Math.max(0, last) / PAGE);
      page++
    ) {
      const kept = this._pages.get(page);
      if (kept) {
        // The last used stands last.
        this._pages.delete(page);
        this._pages.set(page, kept);
      }
      if (!kept || kept.old || (changes && Date.now() - kept.time > OLD)) {
        void this._load(page);
      }
    }
  }

  /** There are so many now, as is known from elsewhere. */
  grow(total: number): void {
    this._total = total;
  }

  /** All that is kept is old: the transfer has ended, or was taken up. */
  expire(): void {
    for (const page of this._pages.values()) {
      page.old = true;
    }
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    clearTimeout(this._timer);
    this._pages.clear();
    Signal.clearData(this);
  }

  private async _load(page: number): Promise<void> {
    if (this._loading.has(page) || Date.now() < this._notBefore) {
      return;
    }
    this._loading.add(page);
    try {
      const { files, total } = await this._fetch(page * PAGE, PAGE);
      this._total = total;
      this._error = null;
      this._tries = 0;
      this._pages.delete(page);
      this._pages.set(page, { files, time: Date.now(), old: false });
      for (const oldest of this._pages.keys()) {
        if (this._pages.size <= KEPT) {
          break;
        }
        this._pages.delete(oldest);
      }
    } catch (error) {
      this._error = error;
      this._pause();
    } finally {
      this._loading.delete(page);
    }
    if (!this._disposed) {
      this._changed.emit();
    }
  }

  /** Ask for nothing for a while, then have what is in sight told anew. */
  private _pause(): void {
    if (this._disposed || Date.now() < this._notBefore) {
      return;
    }
    const pause = Math.min(LONGEST_PAUSE, PAUSE * 2 ** this._tries++);
    this._notBefore = Date.now() + pause;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._changed.emit(), pause);
  }

  private _total: number;
  private _error: unknown = null;
  private _tries = 0;
  private _notBefore = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _disposed = false;
  private readonly _pages = new Map<
    number,
    { readonly files: readonly IFile[]; readonly time: number; old: boolean }
  >();
  private readonly _loading = new Set<number>();
  private readonly _changed = new Signal<this, void>(this);
}
