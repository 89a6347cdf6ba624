import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { RequestFailure } from '../rest/failure';
import { FolderStore } from './folderstore';
import { foldersAbove, isWithin, isWithinAny, parentOf } from './places';
import { TreeOrder, type ISort, type SortBy } from './treeorder';
import type { IEntry, IFolder } from './types';
import { rowsOf, type ITreeContent } from './treerows';
import { isContentId, isEntryId, nextTo, type UsageRow } from './usagerows';

/** Folders that are asked for at once. */
const AT_ONCE = 4;

/**
 * The folders of a root and what they take: what is known of them, which are
 * open, and what of it is selected. Folders are asked for when they are
 * opened. A treemap shows one of them, and has the same selection.
 */
export class UsageTree implements IDisposable, ITreeContent {
  constructor(options: UsageTree.IOptions) {
    this._order = new TreeOrder(options.locale ?? 'en');
    this._store = new FolderStore({
      load: (folder, quiet) => options.load(folder, quiet),
      changed: () => {
        this._enter();
        this._touch();
      },
      gone: (entries, lost, asked) => this._lose(entries, lost, asked),
      isGoing: id => options.isGoing?.(id) ?? false
    });
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

  /**
   * Whether the selection came to where it is by itself, and to something else
   * than was to be expected. What people do then may not be meant for it.
   */
  get strayed(): boolean {
    return this._strayed;
  }

  /** The folder that the treemap shows. */
  get zoom(): string {
    return this._zoom;
  }

  /** A file or folder as it was last told. */
  entryOf(id: string): IEntry | null {
    return this._store.entryOf(id);
  }

  /** A folder with what is in it; `null` while that is not known. */
  folderOf(id: string): IFolder | null {
    return this._store.folderOf(id);
  }

  /** Why what is in a folder is not known. */
  failureOf(id: string): RequestFailure | null {
    return this._store.failureOf(id);
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
  need(id: string, quiet = false): Promise<void> {
    return this._store.need(id, quiet);
  }

  /** Ask again for all that is open; selection and openness stay. */
  async refresh(): Promise<void> {
    if (this.root !== null || this.failure !== null) {
      await this._store.load('', true);
    }
    const open = new Set(
      [...this._expanded, this._zoom, ...foldersAbove(this._zoom)].filter(
        id => id !== '' && this._store.has(id)
      )
    );
    // Those above first: what they do not have any more is not asked for.
    const ids = [...open].sort(
      (a, b) => a.split('/').length - b.split('/').length
    );
    for (let i = 0; i < ids.length && !this._disposed; i += AT_ONCE) {
      await Promise.all(
        ids
          .slice(i, i + AT_ONCE)
          .filter(id => this._store.has(id))
          .map(id => this._store.load(id, true))
      );
    }
  }

  /** Show what is in a folder. */
  async expand(id: string): Promise<void> {
    if (this.entryOf(id)?.folder) {
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
        this._choose(id);
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
    if (id === this._current && !this._strayed) {
      return;
    }
    this._choose(id);
    while (id !== null && !isWithin(id, this._zoom)) {
      this._zoom = parentOf(this._zoom);
    }
    this._touch();
  }

  /** Select something that may lie in folders that are not open yet. */
  async reveal(id: string): Promise<void> {
    if (id !== this._current) {
      this.select(id);
    }
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
        one => one !== '' && this.entryOf(one) !== null
      );
      this._current = known ?? null;
      this._strayed ||= known !== id;
      this._touch();
    }
  }

  /** Show a folder in the treemap, and what is in it in the tree. */
  async open(id: string): Promise<void> {
    if (id !== '' && !this.entryOf(id)?.folder) {
      return;
    }
    this._zoom = id;
    if (id !== '') {
      for (const folder of [...foldersAbove(id), id]) {
        this._expanded.add(folder);
      }
      this._choose(id);
    }
    this._touch();
    await this.need(id);
  }

  /** Show the folder around in the treemap, with the one left selected. */
  up(): boolean {
    if (this._zoom === '') {
      return false;
    }
    this._choose(this._zoom);
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
    this._leave(ids, false);
    this._store.remove(ids);
    this._touch();
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      this._store.dispose();
      Signal.clearData(this);
    }
  }

  private _choose(id: string | null): void {
    this._current = id;
    this._strayed = false;
  }

  /** Things are gone; told of those that people were looking at. */
  private _lose(
    entries: readonly IEntry[],
    lost: readonly IEntry[],
    asked: boolean
  ): void {
    const shown = lost.filter(
      ({ id }) =>
        asked ||
        this._expanded.has(id) ||
        (this._zoom !== '' && isWithin(this._zoom, id)) ||
        this._current === id
    );
    this._leave(
      entries.map(({ id }) => id),
      true
    );
    shown.forEach(entry => this._vanished.emit(entry));
  }

  /**
   * What is open, shown or selected of things that go gives way to what stays:
   * the selection to the next one of its folder, else to the folder.
   *
   * @param alone - They went, and nobody here has asked for it.
   */
  private _leave(ids: readonly string[], alone: boolean): void {
    const all = new Set(ids);
    for (const one of [...this._expanded]) {
      if (isWithinAny(one, all)) {
        this._expanded.delete(one);
      }
    }
    while (this._zoom !== '' && isWithinAny(this._zoom, all)) {
      this._zoom = parentOf(this._zoom);
    }
    const current = this._current ?? '';
    const top = [...foldersAbove(current), current].find(id => all.has(id));
    if (top === undefined) {
      return;
    }
    const around = parentOf(top);
    const siblings = this.sortedOf(around);
    const at = siblings.findIndex(one => one.id === top);
    const next = nextTo(siblings, at, one => !all.has(one.id));
    this._current = next?.id ?? (this.entryOf(around) !== null ? around : null);
    this._strayed =
      alone ||
      next === undefined ||
      (next.folder && !this.entryOf(current)?.folder);
  }

  /**
   * What stood for the content of a folder gives way to its first row; where
   * it is empty, to the folder.
   */
  private _enter(): void {
    const current = this._current ?? '';
    const folder = parentOf(current);
    if (isContentId(current) && this.folderOf(folder) !== null) {
      this._rows = null;
      const first = this.rows.find(row => row.parent === folder);
      this._current = first?.id ?? folder;
      this._strayed = first === undefined;
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
  private _strayed = false;
  private _zoom = '';
  private readonly _order: TreeOrder;
  private readonly _store: FolderStore;
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
    /** Whether something is being taken away from here. */
    isGoing?(id: string): boolean;
    /** JupyterLab's language, for the order of names. */
    readonly locale?: string;
  }
}
