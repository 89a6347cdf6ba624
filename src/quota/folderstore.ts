import { asFailure, type RequestFailure } from '../rest/failure';
import { foldersAbove, isWithin, isWithinAny, parentOf } from './places';
import type { IEntry, IFolder } from './types';

/** Entries that the server lists of a folder at most; folders of any size. */
const MOST_LISTED = 1000;

/**
 * What is known of folders, and of what is in them. Each is asked for once,
 * and again when it has changed; an answer that comes late changes nothing.
 */
export class FolderStore {
  constructor(private readonly _options: FolderStore.IOptions) {}

  /** A file or folder as it was last told. */
  entryOf(id: string): IEntry | null {
    return this._entries.get(id) ?? null;
  }

  /** A folder with what is in it; `null` while that is not known. */
  folderOf(id: string): IFolder | null {
    return this._folders.get(id)?.folder ?? null;
  }

  /** Why what is in a folder is not known, or nothing newer. */
  failureOf(id: string): RequestFailure | null {
    return this._folders.get(id)?.failure ?? null;
  }

  /** Whether a folder was asked for. */
  has(id: string): boolean {
    return this._folders.has(id);
  }

  /**
   * Ask for what is in a folder, unless it is known and nothing newer was asked
   * for in vain. Never throws.
   *
   * @param quiet - Nobody asked for it.
   */
  async need(id: string, quiet = false): Promise<void> {
    const state = this._folders.get(id);
    if (state?.loading) {
      await state.loading;
    } else if (!state?.folder || state.stale || state.failure !== null) {
      await this.load(id, quiet);
    }
  }

  /** Ask for what is in a folder. Never throws. */
  async load(id: string, quiet: boolean): Promise<void> {
    const state = this._folders.get(id) ?? Private.newState();
    this._folders.set(id, state);
    const loading: Promise<void> = this._options.load(id, quiet).then(
      folder => this._take(id, state, loading, folder),
      (error: unknown) => this._fail(id, state, loading, error)
    );
    state.loading = loading;
    this._options.changed();
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
    const now = new Set(folder.entries.map(entry => entry.id));
    const missing = (state.folder?.entries ?? []).filter(
      entry => !now.has(entry.id)
    );
    // What goes from here is shown until whoever does it says how it ended.
    const going = missing.filter(entry => this._options.isGoing(entry.id));
    const gone = missing.filter(entry => !going.includes(entry));
    if (gone.length > 0) {
      const all = folder.rest_files === 0 && folder.rest_allocated === 0;
      const fewer = folder.entries.length < MOST_LISTED;
      this._options.gone(
        gone,
        gone.filter(entry => all || (entry.folder && fewer)),
        false
      );
      this._forget(gone.map(entry => entry.id));
    }
    Object.assign(state, {
      folder: { ...folder, entries: [...folder.entries, ...going] },
      going: new Set(going.map(entry => entry.id)),
      failure: null,
      loading: null,
      stale: false
    });
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
    this._options.changed();
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
    const failure = asFailure(error);
    if (failure.kind === 'not-found' && this._options.isGoing(id)) {
      this._options.changed();
      return;
    }
    if (failure.kind === 'not-found' && entry !== undefined) {
      this._options.gone([entry], [entry], true);
      this.remove([id]);
      this._options.changed();
      // What is around it has changed as well.
      const around = this._folders.get(parentOf(id));
      if (around) {
        around.stale = true;
        void this.need(parentOf(id), true);
      }
      return;
    }
    state.failure = failure;
    this._options.changed();
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

  /** Forget things and all that is in them, and count them no more. */
  remove(ids: readonly string[]): void {
    for (const id of ids) {
      this._subtract(id);
    }
    this._forget(ids);
  }

  /** Answers that come from now on change nothing. */
  dispose(): void {
    this._disposed = true;
  }

  private _forget(ids: readonly string[]): void {
    const gone = new Set(ids);
    for (const map of [this._entries, this._folders]) {
      for (const one of [...map.keys()]) {
        if (isWithinAny(one, gone)) {
          map.delete(one);
        }
      }
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
    // Figures that are younger than that do not have it.
    for (const folder of around.going.has(id) ? [] : foldersAbove(id)) {
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

  private _disposed = false;
  private readonly _entries = new Map<string, IEntry>();
  private readonly _folders = new Map<string, Private.IState>();
}

export namespace FolderStore {
  export interface IOptions {
    /** Ask for a folder; throws RequestFailure. */
    load(folder: string, quiet: boolean): Promise<IFolder>;
    /** Something that is known has changed. */
    changed(): void;
    /**
     * Things are not listed any more; they are known until this has returned.
     *
     * @param lost - Which of them are surely not there any more: a file may
     *   have become too small to be listed.
     * @param asked - Their content was asked for.
     */
    gone(
      entries: readonly IEntry[],
      lost: readonly IEntry[],
      asked: boolean
    ): void;
    /** Whether something is being taken away from here. */
    isGoing(id: string): boolean;
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
    /** Entries that the last answer did not have any more. */
    going: ReadonlySet<string>;
  }

  export function newState(): IState {
    return {
      folder: null,
      failure: null,
      loading: null,
      stale: false,
      going: new Set()
    };
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
