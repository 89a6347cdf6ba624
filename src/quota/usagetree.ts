import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { RequestFailure } from '../rest/failure';
import { foldersAbove, isWithin, parentOf } from './places';
import { TreeOrder, type ISort, type SortBy } from './treeorder';
import type { IEntry, IFolder } from './types';
import { rowsOf, type ITreeContent } from './treerows';
import { isEntryId, type UsageRow } from './usagerows';

/** Folders that are asked for at once. */
const AT_ONCE = 4;

/**
 * The folders of a root and what they take: what is known of them, which are
 * open, and what of it is selected. Folders are asked for when they are
 * opened. A treemap shows one of them, and has the same selection.
 */
export class UsageTree implements IDisposable, ITreeContent {
  constructor(private readonly _options: UsageTree.IOptions) {
    this._order = new TreeOrder(_options.locale ?? 'en');
  }

  /** Emitted when anything that is shown has changed. */
  get changed(): ISignal<UsageTree, void> {
    return this._changed;
  }

  /** Emitted with a folder that was shown and is not there any more. */
  get vanished(): ISignal<UsageTree, IEntry> {
    return this._vanished;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** The root and what is in it; `null` before it is known. */
  get root(): IFolder | null {
    return this.folderOf('');
  }

  /** Why the root is not known. */
  get failure(): RequestFailure | null {
    return this.failureOf('');
  }

  /** The lines in sight, top to bottom. */
  get rows(): readonly UsageRow[] {
    return (this._rows ??= rowsOf(this));
  }

  get sort(): ISort {
    return this._order.sort;
  }

  /** The row that is selected, also one that is not in sight. */
  get current(): string | null {
    return this._current;
  }

  /** The folder that the treemap shows. */
  get zoom(): string {
    return this._zoom;
  }

  /** A file or folder as it was last told. */
  entryOf(id: string): IEntry | null {
    return this._entries.get(id) ?? null;
  }

  /** A folder with what is in it; `null` while that is not known. */
  folderOf(id: string): IFolder | null {
    return this._folders.get(id)?.folder ?? null;
  }

  /** Why what is in a folder is not known. */
  failureOf(id: string): RequestFailure | null {
    return this._folders.get(id)?.failure ?? null;
  }

  /** What is in a folder, in the order of the rows. */
  sortedOf(id: string): readonly IEntry[] {
    const folder = this.folderOf(id);
    return folder === null ? [] : this._order.of(folder);
  }

  isExpanded(id: string): boolean {
    return this._expanded.has(id);
  }

  /** Where a row is; -1 for one that is not in sight. */
  indexOf(id: string | null): number {
    return this.rows.findIndex(row => row.id === id);
  }

  /** Share of the root, from 0 to 1. */
  shareOf(allocated: number): number {
    const all = this.root?.folder.allocated ?? 0;
    return all <= 0 ? 0 : Math.min(1, Math.max(0, allocated / all));
  }

  /**
   * Ask for what is in a folder, unless it is known. Never throws.
   *
   * @param quiet - Nobody asked for it.
   */
  async need(id: string, quiet = false): Promise<void> {
    const state = this._folders.get(id);
    if (state?.loading) {
      await state.loading;
    } else if (!state?.folder || state.stale) {
      await this._load(id, quiet);
    }
  }

  /** Ask again for all that is open; selection and openness stay. */
  async refresh(): Promise<void> {
    if (this.root !== null || this.failure !== null) {
      await this._load('', true);
    }
    const open = new Set(
      [...this._expanded, this._zoom, ...foldersAbove(this._zoom)].filter(
        id => id !== '' && this._folders.has(id)
      )
    );
    // Those above first: what they do not have any more is not asked for.
    const ids = [...open].sort(
      (a, b) => a.split('/').length - b.split('/').length
    );
    for (let i = 0; i < ids.length; i += AT_ONCE) {
      await Promise.all(
        ids
          .slice(i, i + AT_ONCE)
          .filter(id => this._folders.has(id))
          .map(id => this._load(id, true))
      );
    }
  }

  /** Show what is in a folder. */
  async expand(id: string): Promise<void> {
    if (this._entries.get(id)?.folder) {
      this._expanded.add(id);
      this._touch();
      await this.need(id);
    }
  }

  /** Show a folder as one line. What is selected in it gives way to it. */
  collapse(id: string): void {
    if (this._expanded.delete(id)) {
      if (
        this._current !== null &&
        this._current !== id &&
        isWithin(this._current, id)
      ) {
        this._current = id;
      }
      this._touch();
    }
  }

  toggle(id: string): void {
    if (this._expanded.has(id)) {
      this.collapse(id);
    } else {
      void this.expand(id);
    }
  }

  /** Select a row; the treemap zooms out until it has it. */
  select(id: string | null): void {
    if (id === this._current) {
      return;
    }
    this._current = id;
    while (id !== null && !isWithin(id, this._zoom)) {
      this._zoom = parentOf(this._zoom);
    }
    this._touch();
  }

  /** Select something that may lie in folders that are not open yet. */
  async reveal(id: string): Promise<void> {
    this.select(id);
    for (const folder of foldersAbove(id)) {
      await this.need(folder);
      if (this._disposed || this.folderOf(folder) === null) {
        break;
      }
      if (folder !== '') {
        this._expanded.add(folder);
        this._touch();
      }
    }
    const listed = !isEntryId(id) && this.folderOf(parentOf(id)) !== null;
    if (!this._disposed && this._current === id && !listed) {
      const known = [id, ...[...foldersAbove(id)].reverse()].find(
        one => one !== '' && this._entries.has(one)
      );
      this._current = known ?? null;
      this._touch();
    }
  }

  /** Show a folder in the treemap, and what is in it in the tree. */
  async open(id: string): Promise<void> {
    if (id !== '' && !this._entries.get(id)?.folder) {
      return;
    }
    this._zoom = id;
    if (id !== '') {
      for (const folder of [...foldersAbove(id), id]) {
        this._expanded.add(folder);
      }
      this._current = id;
    }
    this._touch();
    await this.need(id);
  }

  /** Show the folder around in the treemap, with the one left selected. */
  up(): boolean {
    if (this._zoom === '') {
      return false;
    }
    this._current = this._zoom;
    this._zoom = parentOf(this._zoom);
    this._touch();
    return true;
  }

  /** Order by this; once more, the other way round. */
  sortBy(by: SortBy): void {
    this._order.toggle(by);
    this._touch();
  }

  /** Take away what is not there any more, and select what is next to it. */
  remove(ids: readonly string[]): void {
    const { rows } = this;
    const at = this.indexOf(this._current);
    const gone = (id: string) => ids.some(one => isWithin(id, one));
    for (const id of ids) {
      this._subtract(id);
      this._forget(id);
    }
    while (this._zoom !== '' && gone(this._zoom)) {
      this._zoom = parentOf(this._zoom);
    }
    if (this._current !== null && gone(this._current)) {
      const left = (row: UsageRow) => row.type === 'entry' && !gone(row.id);
      const next =
        at < 0
          ? undefined
          : (rows.slice(at).find(left) ??
            rows.slice(0, at).reverse().find(left));
      const around = parentOf(this._current);
      this._current = next?.id ?? (this._entries.has(around) ? around : null);
    }
    this._touch();
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      Signal.clearData(this);
    }
  }

  private async _load(id: string, quiet: boolean): Promise<void> {
    const state = this._folders.get(id) ?? Private.newState();
    this._folders.set(id, state);
    const loading: Promise<void> = this._options.load(id, quiet).then(
      folder => this._take(id, state, loading, folder),
      (error: unknown) => this._fail(id, state, loading, error)
    );
    state.loading = loading;
    this._touch();
    await loading;
  }

  private _take(
    id: string,
    state: Private.IState,
    loading: Promise<void>,
    folder: IFolder
  ): void {
    if (!this._isAwaited(id, state, loading)) {
      return;
    }
    const before = state.folder;
    Object.assign(state, {
      folder,
      failure: null,
      loading: null,
      stale: false
    });
    const now = new Set(folder.entries.map(entry => entry.id));
    const gone = (before?.entries ?? []).filter(entry => !now.has(entry.id));
    for (const entry of folder.entries) {
      const old = this._entries.get(entry.id);
      const known = this._folders.get(entry.id);
      if (known && old && !Private.same(old, entry)) {
        known.stale = true;
      }
      this._entries.set(entry.id, entry);
    }
    if (id !== '') {
      this._entries.set(id, folder.folder);
    }
    for (const entry of gone) {
      this._leave(entry);
    }
    this._touch();
  }

  private _fail(
    id: string,
    state: Private.IState,
    loading: Promise<void>,
    error: unknown
  ): void {
    if (!this._isAwaited(id, state, loading)) {
      return;
    }
    state.loading = null;
    const entry = this._entries.get(id);
    if (
      error instanceof RequestFailure &&
      error.kind === 'not-found' &&
      entry !== undefined
    ) {
      this._leave(entry, true);
      // What is around it has changed as well.
      const around = this._folders.get(parentOf(id));
      if (around) {
        around.stale = true;
        void this.need(parentOf(id), true);
      }
      return;
    }
    state.failure =
      error instanceof RequestFailure
        ? error
        : new RequestFailure('internal', String(error));
    this._touch();
  }

  private _isAwaited(
    id: string,
    state: Private.IState,
    loading: Promise<void>
  ): boolean {
    return (
      !this._disposed &&
      this._folders.get(id) === state &&
      state.loading === loading
    );
  }

  /** Something is gone; told of what people were looking at. */
  private _leave(entry: IEntry, asked = false): void {
    const { id } = entry;
    const shown =
      asked ||
      this._expanded.has(id) ||
      (this._zoom !== '' && isWithin(this._zoom, id)) ||
      this._current === id;
    this.remove([id]);
    if (shown) {
      this._vanished.emit(entry);
    }
  }

  /** Take something out of the folders that it lies in. */
  private _subtract(id: string): void {
    const entry = this._entries.get(id);
    const around = this._folders.get(parentOf(id));
    const holds = around?.folder?.entries.some(one => one.id === id) ?? false;
    if (entry === undefined || !around?.folder || !holds) {
      return;
    }
    const less = (one: IEntry): IEntry => ({
      ...one,
      allocated: Math.max(0, one.allocated - entry.allocated),
      apparent: Math.max(0, one.apparent - entry.apparent),
      files: Math.max(0, one.files - entry.files)
    });
    around.folder = {
      ...around.folder,
      entries: around.folder.entries.filter(one => one.id !== id)
    };
    for (const folder of foldersAbove(id)) {
      const state = this._folders.get(folder);
      if (state?.folder) {
        state.folder = {
          ...state.folder,
          folder: less(state.folder.folder),
          entries: state.folder.entries.map(one =>
            one.folder && isWithin(id, one.id) ? less(one) : one
          )
        };
        for (const one of state.folder.entries) {
          this._entries.set(one.id, one);
        }
      }
    }
  }

  private _forget(id: string): void {
    for (const map of [this._entries, this._folders, this._expanded]) {
      for (const one of [...map.keys()]) {
        if (isWithin(one, id)) {
          map.delete(one);
        }
      }
    }
  }

  private _touch(): void {
    this._rows = null;
    if (!this._disposed) {
      this._changed.emit();
    }
  }

  private _disposed = false;
  private _rows: readonly UsageRow[] | null = null;
  private _current: string | null = null;
  private _zoom = '';
  private readonly _order: TreeOrder;
  private readonly _entries = new Map<string, IEntry>();
  private readonly _folders = new Map<string, Private.IState>();
  private readonly _expanded = new Set<string>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _vanished = new Signal<this, IEntry>(this);
}

export namespace UsageTree {
  export interface IOptions {
    /**
     * Ask for a folder; throws RequestFailure.
     *
     * @param quiet - Nobody asked for it.
     */
    load(folder: string, quiet: boolean): Promise<IFolder>;
    /** JupyterLab's language, for the order of names. */
    readonly locale?: string;
  }
}

namespace Private {
  /** What is known of a folder's content. */
  export interface IState {
    folder: IFolder | null;
    failure: RequestFailure | null;
    loading: Promise<void> | null;
    /** It has changed since it was asked for. */
    stale: boolean;
  }

  export function newState(): IState {
    return { folder: null, failure: null, loading: null, stale: false };
  }

  /** Whether nothing has changed in a folder, by its sums. */
  export function same(one: IEntry, other: IEntry): boolean {
    return (
      one.allocated === other.allocated &&
      one.apparent === other.apparent &&
      one.files === other.files &&
      one.modified === other.modified
    );
  }
}
