import type { ICachesApi } from './api';
import { LongWork } from './longwork';
import type { ICachedFile, IChange } from './types';

/**
 * Files that other programs fetched from archives:
 * - `adoptable`: the archive has an object of this name and length
 * - `twice`: the same, and a copy of that object is in the workspace
 * - `shorter`: the archive's is longer, as of a download that was cut off
 * - `different`: the archive's is shorter, or has other bytes
 * - `unknown`: no archive has an object of their name
 * - `unchecked`: the archive could not be asked, or it cannot be told
 */
export type CacheGroup =
  'adoptable' | 'twice' | 'shorter' | 'different' | 'unknown' | 'unchecked';

export const CACHE_GROUPS: readonly CacheGroup[] = [
  'adoptable',
  'twice',
  'shorter',
  'different',
  'unknown',
  'unchecked'
];

export interface ICacheGroup {
  readonly name: CacheGroup;
  /** The largest first. */
  readonly files: readonly ICachedFile[];
  /** Bytes on disk. */
  readonly allocated: number;
}

/** Files that one request reads at most: it leaves what takes too long. */
const ADOPTED = 100;

/** Files that one request moves to the trash. */
const TRASHED = 200;

/**
 * Compares what other programs fetched with the archives, takes files for
 * copies whose bytes are the archive's, and moves others to the trash.
 */
export class CachesModel extends LongWork {
  constructor(private readonly _options: CachesModel.IOptions) {
    super();
  }

  /** Whether it is still being looked for files. */
  get looking(): boolean {
    return this._looking;
  }

  /** What is being done with a group: how many files of how many. */
  get work(): CachesModel.IWork | null {
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
    return (this._groups ??= Private.grouped(this._files));
  }

  /** Find the files and compare them. Never throws. */
  async look(): Promise<void> {
    const { api, root } = this._options;
    this.begin();
    this._looking = true;
    this._set([]);
    this.tell();
    try {
      await this.eachPage(
        after => api.caches(root, after),
        page => {
          if (page.files.length > 0) {
            this._set([...this._files, ...page.files]);
          }
        }
      );
    } catch (error) {
      this.fail(error);
    }
    this._looking = false;
    this.tell();
  }

  /** Read files, and take those for copies that are the archive's. */
  adopt(): Promise<void> {
    return this._each('adoptable', ADOPTED, async ids => {
      const { left } = await this._adopt(ids);
      return left;
    });
  }

  /**
   * Move a group to the trash; of files that are there twice those whose bytes
   * are the archive's: others may be somebody's work.
   */
  trash(group: CacheGroup): Promise<void> {
    const size = group === 'twice' ? ADOPTED : TRASHED;
    return this._each(group, size, async ids => {
      const { proven, left } =
        group === 'twice' ? await this._adopt(ids) : { proven: ids, left: [] };
      if (proven.length > 0) {
        const change = await this._options.trash(proven);
        this._moved.push(...change.done);
        this._drop(change.done.map(one => one.id));
        const [first] = change.refused;
        if (first) {
          throw new Error(first.message);
        }
      }
      return left;
    });
  }

  /** Returns which files are copies now, and which were not read. */
  private async _adopt(ids: readonly string[]) {
    const { api, root } = this._options;
    const { adopted, refused, left } = await api.adopt(root, ids);
    const proven = adopted.map(one => one.id);
    if (this._work?.group === 'adoptable') {
      this._adopted += proven.length;
    }
    this._copies += proven.length;
    const why = new Map(refused.map(one => [one.id, one]));
    this._set(
      this._files.map(file => {
        const one = why.get(file.id);
        return one === undefined
          ? file
          : {
              ...file,
              message: one.message,
              standing: one.damaged ? 'different' : 'unchecked'
            };
      })
    );
    this._drop(proven);
    return { proven, left };
  }

  private async _each(
    group: CacheGroup,
    size: number,
    run: (ids: readonly string[]) => Promise<readonly string[]>
  ): Promise<void> {
    if (this._work !== null) {
      return;
    }
    const ids = this.groups
      .find(({ name }) => name === group)
      ?.files.map(file => file.id);
    const total = ids?.length ?? 0;
    this.begin();
    this._moved = [];
    this._copies = 0;
    this._work = { group, done: 0, total };
    this.tell();
    try {
      await this.inBatches(ids ?? [], size, async some => {
        const left = await run(some);
        const done = (this._work?.done ?? 0) + some.length - left.length;
        this._work = { group, done, total };
        this.tell();
        return left;
      });
    } catch (error) {
      this.fail(error);
    }
    this._work = null;
    this.tell();
    if (this._moved.length > 0 || this._copies > 0) {
      this._options.moved(this._moved);
    }
  }

  private _drop(ids: readonly string[]): void {
    const gone = new Set(ids);
    this._set(this._files.filter(file => !gone.has(file.id)));
  }

  private _set(files: readonly ICachedFile[]): void {
    this._files = files;
    this._groups = null;
  }

  private _files: readonly ICachedFile[] = [];
  private _groups: readonly ICacheGroup[] | null = null;
  private _looking = true;
  private _work: CachesModel.IWork | null = null;
  private _moved: IChange['done'][number][] = [];
  private _adopted = 0;
  private _copies = 0;
}

export namespace CachesModel {
  export interface IWork {
    readonly group: CacheGroup;
    readonly done: number;
    readonly total: number;
  }

  export interface IOptions {
    readonly api: ICachesApi;
    readonly root: string;
    /** Move to the trash. */
    readonly trash: (ids: readonly string[]) => Promise<IChange>;
    /** Called when there are other copies, with what is in the trash now. */
    readonly moved: (trashed: IChange['done']) => void;
  }
}

namespace Private {
  export function grouped(all: readonly ICachedFile[]): readonly ICacheGroup[] {
    const found = new Map<CacheGroup, ICachedFile[]>();
    for (const file of all) {
      const name = groupOf(file);
      const files = found.get(name) ?? [];
      found.set(name, files);
      files.push(file);
    }
    return CACHE_GROUPS.flatMap(name => {
      const files = found.get(name);
      return files === undefined
        ? []
        : {
            name,
            files: files.sort((a, b) => b.allocated - a.allocated),
            allocated: files.reduce((sum, one) => sum + one.allocated, 0)
          };
    });
  }

  function groupOf({
    standing,
    shorter,
    duplicate_of
  }: ICachedFile): CacheGroup {
    switch (standing) {
      case 'adoptable':
        return duplicate_of === null ? 'adoptable' : 'twice';
      case 'different':
        return shorter ? 'shorter' : 'different';
      default:
        return standing;
    }
  }
}
