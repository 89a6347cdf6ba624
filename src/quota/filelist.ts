import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { asFailure, type RequestFailure } from '../rest/failure';
import { isWithin, parentOf } from './places';
import type { FileOrder, IEntry } from './types';
import { nextTo, type IEntryRow } from './usagerows';

/** The largest or the oldest files of a root. */
export class FileList implements IDisposable {
  constructor(
    readonly order: FileOrder,
    private readonly _load: (quiet: boolean) => Promise<readonly IEntry[]>
  ) {}

  /** Emitted when anything that is shown has changed. */
  get changed(): ISignal<FileList, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** The files in their order; `null` before they are known. */
  get files(): readonly IEntry[] | null {
    return this._files;
  }

  /** Why they are not known, or nothing newer is. */
  get failure(): RequestFailure | null {
    return this._failure;
  }

  /** The files as rows without levels. */
  get rows(): readonly IEntryRow[] {
    return (this._rows ??= (this._files ?? []).map((entry, i, all) => ({
      type: 'entry',
      id: entry.id,
      parent: parentOf(entry.id),
      level: 1,
      position: i + 1,
      siblings: all.length,
      entry,
      expanded: false
    })));
  }

  /** Ask for the files, unless they are known. Never throws. */
  async need(): Promise<void> {
    if (this._files === null || this._stale) {
      await this.load();
    }
  }

  /**
   * Ask for the files. Never throws.
   *
   * @param quiet - Nobody asked for it.
   */
  async load(quiet = false): Promise<void> {
    const asked = ++this._asked;
    const mine = () => !this._disposed && asked === this._asked;
    this._stale = false;
    try {
      const files = await this._load(quiet);
      if (mine()) {
        this._files = files;
        this._failure = null;
        this._touch();
      }
    } catch (error) {
      if (mine()) {
        this._failure = asFailure(error);
        this._touch();
      }
    }
  }

  /** What is known has changed: it is asked for when next it is shown. */
  expire(): void {
    this._stale = true;
  }

  /**
   * Take away what is not there any more.
   *
   * @returns The file after `current`, when that is among them.
   */
  remove(ids: readonly string[], current: string | null): IEntry | null {
    const gone = (one: IEntry) => ids.some(id => isWithin(one.id, id));
    const before = this._files ?? [];
    const at = before.findIndex(one => one.id === current);
    const next =
      at >= 0 && gone(before[at])
        ? nextTo(before, at, one => !gone(one))
        : undefined;
    if (this._files !== null) {
      this._files = before.filter(one => !gone(one));
      this._touch();
    }
    return next ?? null;
  }

  dispose(): void {
    this._disposed = true;
    Signal.clearData(this);
  }

  private _touch(): void {
    this._rows = null;
    this._changed.emit();
  }

  private _files: readonly IEntry[] | null = null;
  private _rows: readonly IEntryRow[] | null = null;
  private _failure: RequestFailure | null = null;
  private _asked = 0;
  private _stale = false;
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}
