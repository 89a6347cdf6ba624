import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { FilePages } from './filepages';
import { FileSpeeds, type IMoving } from './filespeeds';
import type { TransfersModel } from './model';
import { hasEnded, isBusy, type Section } from './order';
import {
  place,
  Rows,
  type FileFilter,
  type IPlaces,
  type IWords,
  type Row
} from './rows';
import type { IFailure, IFile, ITransfer } from './types';

/** Below this width in px the state has a line of its own. */
const NARROW = 320;

/**
 * What the transfers panel shows: what is opened, where the keyboard is, and
 * the rows that come of it. No DOM.
 */
export class ListState implements IDisposable {
  constructor(
    readonly model: TransfersModel,
    private readonly _words: IWords,
    /** Whether there is a place where space can be freed. */
    readonly canFreeUp: boolean
  ) {
    model.changed.connect(this._onModel, this);
    this._speeds.take(model.transfers, Date.now() / 1000);
  }

  /** Emitted when the list is to be drawn anew. */
  get changed(): ISignal<ListState, void> {
    return this._changed;
  }

  get rows(): Rows {
    if (this._rows === null) {
      const rows = this._make();
      if (this._before !== null) {
        this._current = this._before.placeIn(rows, this._current);
      }
      this._rows = this._before = rows;
    }
    return this._rows;
  }

  /** The row that the keyboard is on: one of {@link rows}. */
  get current(): string | null {
    return this.rows.length > 0 ? this._current : null;
  }

  set current(id: string | null) {
    if (id !== this._current) {
      this._current = id;
      this._changed.emit();
    }
  }

  /** The width of the list in px; 0 while it is not known. */
  set width(width: number) {
    if (width !== this._width) {
      this._width = width;
      this._update();
    }
  }

  /** Whether there is no room for the state beside the counts. */
  get narrow(): boolean {
    return this._width > 0 && this._width < NARROW;
  }

  /** Somebody is at the list: nothing in it changes its place. */
  set held(held: boolean) {
    if (held !== this._held) {
      this._held = held;
      this._update();
    }
  }

  isOpen(transfer: string): boolean {
    return this._open.has(transfer);
  }

  filterOf(transfer: string): FileFilter {
    return this._open.get(transfer) ?? 'all';
  }

  /** Show all files of a transfer, or no longer. */
  setOpen(transfer: string, open: boolean, filter?: FileFilter): void {
    this._pages.get(transfer)?.dispose();
    this._pages.delete(transfer);
    if (open) {
      this._open.set(transfer, filter ?? this.filterOf(transfer));
    } else {
      this._open.delete(transfer);
    }
    this._update();
  }

  setSection(section: Section, open: boolean): void {
    if (open) {
      this._closed.delete(section);
    } else {
      this._closed.add(section);
    }
    this._update();
  }

  /** A file of an opened transfer, by its place in the list, if it is here. */
  fileAt(transfer: ITransfer, index: number): IFile | null {
    return this._pages.get(transfer.id)?.at(index) ?? null;
  }

  /** A file of a transfer and how fast it is, if it is being copied. */
  movingOf({ id }: ITransfer, index: number): IMoving | null {
    return this._speeds.of(id, index, Date.now() / 1000);
  }

  /** The file that a row is about, if it is about one that is here. */
  fileOf(row: Row): IFile | IFailure | null {
    return row.type === 'failure'
      ? row.failure
      : row.type === 'file'
        ? this.fileAt(row.transfer, row.index)
        : null;
  }

  /** Rows `first` to `last` are in sight: fetch the files among them. */
  show(first: number, last: number): void {
    const spans = new Map<string, [ITransfer, number, number]>();
    for (let i = first; i <= last; i++) {
      const row = this.rows.at(i);
      if (row?.type === 'file') {
        const span = spans.get(row.transfer.id);
        spans.set(row.transfer.id, [
          row.transfer,
          span?.[1] ?? row.index,
          row.index
        ]);
      }
    }
    for (const [transfer, from, to] of spans.values()) {
      this._pagesOf(transfer).show(from, to, !hasEnded(transfer));
    }
  }

  /** Why the files of a transfer could not be had. */
  errorOf(transfer: string): unknown {
    return this._pages.get(transfer)?.error ?? null;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    this.model.changed.disconnect(this._onModel, this);
    for (const pages of this._pages.values()) {
      pages.dispose();
    }
    Signal.clearData(this);
  }

  private _make(): Rows {
    this._places = place(
      this.model.transfers,
      this._held ? this._places : null
    );
    return new Rows(
      this._places.transfers,
      {
        closed: this._closed,
        open: this._open,
        sections: this._places.sections,
        narrow: this.narrow,
        width: this._width,
        canFreeUp: this.canFreeUp
      },
      this._words,
      transfer => this._pagesOf(transfer).total
    );
  }

  private _pagesOf(transfer: ITransfer): FilePages {
    const { id } = transfer;
    let pages = this._pages.get(id);
    if (pages === undefined) {
      const failed = this.filterOf(id) === 'failed';
      pages = new FilePages(
        (offset, limit) =>
          this.model.files(id, offset, limit, failed ? 'failed' : undefined),
        failed ? transfer.files.failed : transfer.files.total
      );
      pages.changed.connect(() => this._update());
      this._pages.set(id, pages);
    }
    return pages;
  }

  private _onModel(): void {
    this._speeds.take(this.model.transfers, Date.now() / 1000);
    for (const [id, pages] of this._pages) {
      const transfer = this.model.get(id);
      if (transfer === undefined) {
        pages.dispose();
        this._pages.delete(id);
        this._open.delete(id);
        continue;
      }
      const failed = this.filterOf(id) === 'failed';
      pages.grow(failed ? transfer.files.failed : transfer.files.total);
      const busy = isBusy(transfer);
      if (this._busy.has(id) !== busy) {
        pages.expire();
      }
    }
    this._busy = new Set(
      this.model.transfers.filter(isBusy).map(transfer => transfer.id)
    );
    this._update();
  }

  private _update(): void {
    this._rows = null;
    this._changed.emit();
  }

  private _rows: Rows | null = null;
  /** What {@link rows} were last, where something has changed since. */
  private _before: Rows | null = null;
  private _current: string | null = null;
  private _width = 0;
  private _held = false;
  private _places: IPlaces | null = null;
  private _busy: ReadonlySet<string> = new Set();
  private readonly _closed = new Set<Section>();
  private readonly _open = new Map<string, FileFilter>();
  private readonly _pages = new Map<string, FilePages>();
  private readonly _speeds = new FileSpeeds();
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}
