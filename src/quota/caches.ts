import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { ICachesApi } from './api';
import type { ICachedFile, IChange } from './types';

/**
 * Files that other programs fetched from archives:
 * - `adoptable`: the archive has an object of this name and length
 * - `twice`: a copy of the same object is in the workspace
 * - `damaged`: their length, or their bytes, are not the archive's
 * - `unknown`: no archive has an object of their name
 * - `unchecked`: the archive could not be asked, or it cannot be told
 */
export type CacheGroup =
  'adoptable' | 'twice' | 'damaged' | 'unknown' | 'unchecked';

export const CACHE_GROUPS: readonly CacheGroup[] = [
  'adoptable',
  'twice',
  'damaged',
  'unknown',
  'unchecked'
];

export interface ICacheGroup {
  readonly name: CacheGroup;
  readonly files: readonly ICachedFile[];
  /** Bytes on disk. */
  readonly allocated: number;
}

/** Files that one request reads: it answers when all are read. */
const ADOPTED = 10;

/** Files that one request moves to the trash. */
const TRASHED = 200;

/**
 * Compares what other programs fetched with the archives, takes files for
 * copies whose bytes are the archive's, and moves others to the trash.
 */
export class CachesModel implements IDisposable {
  constructor(private readonly _options: CachesModel.IOptions) {}

  get changed(): ISignal<CachesModel, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Whether it is still being looked for files. */
  get looking(): boolean {
    return this._looking;
  }

  /** Why no more is known, or why it went no further. */
  get problem(): string | null {
    return this._problem;
  }

  /** What is being done with a group: how many files of how many. */
  get work(): {
    readonly group: CacheGroup;
    readonly done: number;
    readonly total: number;
  } | null {
    return this._work;
  }

  /** How many files became copies here. */
  get adopted(): number {
    return this._adopted;
  }

  /** How many files were found. */
  get found(): number {
    return this._files.length;
  }

  /** Groups that have files. */
  get groups(): readonly ICacheGroup[] {
    return CACHE_GROUPS.map(name => {
      const files = this._files
        .filter(file => Private.groupOf(file) === name)
        .sort((a, b) => b.allocated - a.allocated);
      const allocated = files.reduce((sum, one) => sum + one.allocated, 0);
      return { name, files, allocated };
    }).filter(group => group.files.length > 0);
  }

  /** Find the files and compare them. Never throws. */
  async look(): Promise<void> {
    const { api, root } = this._options;
    this._looking = true;
    this._problem = null;
    this._files = [];
    this._changed.emit();
    try {
      let after: string | null = null;
      do {
        const page = await api.caches(root, after);
        this._files = [...this._files, ...page.files];
        after = page.next;
        this._changed.emit();
      } while (after !== null && !this._disposed);
    } catch (error) {
      this._fail(error);
    }
    this._looking = false;
    this._changed.emit();
  }

  /** Read files, and take those for copies that are the archive's. */
  adopt(): Promise<void> {
    const { api, root, moved } = this._options;
    return this._each('adoptable', ADOPTED, async ids => {
      const { adopted, refused } = await api.adopt(root, ids);
      this._adopted += adopted.length;
      if (adopted.length > 0) {
        moved();
      }
      this._drop(adopted.map(one => one.id));
      for (const { id, message, damaged } of refused) {
        this._files = this._files.map(file =>
          file.id === id
            ? { ...file, message, standing: damaged ? 'damaged' : 'unchecked' }
            : file
        );
      }
    });
  }

  /** Move a group to the trash. */
  trash(group: CacheGroup): Promise<void> {
    return this._each(group, TRASHED, async ids => {
      const { done, refused } = await this._options.trash(ids);
      this._drop(done.map(one => one.id));
      const [first] = refused;
      if (first) {
        this._problem = `${first.name}: ${first.message}`;
        this.stop();
      }
    });
  }

  /** Do no more than what is under way. */
  stop(): void {
    this._stopped = true;
  }

  dispose(): void {
    this._disposed = true;
    this._stopped = true;
    Signal.clearData(this);
  }

  private async _each(
    group: CacheGroup,
    batch: number,
    run: (ids: readonly string[]) => Promise<void>
  ): Promise<void> {
    if (this._work !== null) {
      return;
    }
    const ids = this._files
      .filter(file => Private.groupOf(file) === group)
      .map(file => file.id);
    const total = ids.length;
    this._stopped = false;
    this._problem = null;
    try {
      for (let at = 0; at < total && !this._stopped; at += batch) {
        this._work = { group, done: at, total };
        this._changed.emit();
        await run(ids.slice(at, at + batch));
      }
    } catch (error) {
      this._fail(error);
    }
    this._work = null;
    this._changed.emit();
  }

  private _drop(ids: readonly string[]): void {
    const gone = new Set(ids);
    this._files = this._files.filter(file => !gone.has(file.id));
  }

  private _fail(error: unknown): void {
    this._problem = error instanceof Error ? error.message : String(error);
  }

  private _files: readonly ICachedFile[] = [];
  private _looking = true;
  private _problem: string | null = null;
  private _work: CachesModel['work'] = null;
  private _adopted = 0;
  private _stopped = false;
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace CachesModel {
  export interface IOptions {
    readonly api: ICachesApi;
    readonly root: string;
    /** Move to the trash, and offer to bring it back. */
    readonly trash: (ids: readonly string[]) => Promise<IChange>;
    /** Called when there are other copies. */
    readonly moved: () => void;
  }
}

namespace Private {
  export function groupOf(file: ICachedFile): CacheGroup {
    return file.standing === 'adoptable' && file.duplicate_of !== null
      ? 'twice'
      : file.standing;
  }
}
