/**
 * Used space as a server tells of it, and a server whose files a test decides,
 * for tests of models and panel.
 */
import { Signal } from '@lumino/signaling';
import { RequestFailure } from '../rest/failure';
import type { AdoptAnswer, FreeableEntry, FreedFiles } from '../rest/generated';
import type { ICachesApi, IFreedApi, IFreeingApi, IUsageApi } from './api';
import type { IQuotaApi } from './model';
import { isWithin, parentOf, readable } from './places';
import type {
  FileOrder,
  ICachedFile,
  ICachedFiles,
  IChange,
  IEntry,
  IFolder,
  IFreeable,
  IFreedList,
  IHomeCopies,
  IHomeCopy,
  IKindSum,
  IRemovedCopies,
  IRootUsage,
  IShown,
  IUsageSnapshot,
  Kind
} from './types';

/** 14:30:00 UTC of a day, in seconds: when tests begin. */
export const NOW = 1_793_629_800;

/** A home of which 4.2 of 10 GB are used, but for what a test says. */
export function rootOf(some: Partial<IRootUsage> = {}): IRootUsage {
  return {
    id: 'home',
    title: 'Home',
    absolute: '/home/ann',
    path: '',
    allocated: 4.2e9,
    apparent: 4.1e9,
    files: 1234,
    folders: 56,
    unreadable: 0,
    counts: 'allocated',
    used: 4.2e9,
    limit: 10e9,
    source: 'setting',
    limit_problem: null,
    reserve: 0.2e9,
    reserved: 0,
    copies: 0,
    free: 5.6e9,
    hard: true,
    measured: NOW - 180,
    refreshed: NOW - 20,
    swept: NOW - 180,
    reread: NOW - 180,
    counting: null,
    problem: null,
    ...some
  };
}

/** A file, or a folder, but for what a test says. */
export function entryOf(id: string, some: Partial<IEntry> = {}): IEntry {
  return {
    id,
    name: readable(id.slice(id.lastIndexOf('/') + 1)),
    path: readable(id),
    folder: false,
    kind: 'other',
    allocated: 1e6,
    apparent: 0,
    files: 1,
    modified: NOW - 86_400,
    trashed: null,
    mark: null,
    ...some
  };
}

/** A file of a {@link FakeServer}. */
export interface IFile {
  readonly kind?: Kind;
  readonly allocated: number;
  readonly modified?: number;
  /** Too small to be listed by itself. */
  readonly small?: boolean;
}

/** The files of the UX pictures. */
export const FILES: Readonly<Record<string, IFile>> = {
  'hst/j94f05bgq/a.fits': { kind: 'copies', allocated: 900e6 },
  'hst/j94f05bgq/b.fits': { kind: 'copies', allocated: 86e6 },
  'hst/ibg705080/c.fits': { kind: 'copies', allocated: 600e6 },
  'hst/ibg705080/d.fits': { kind: 'copies', allocated: 17e6 },
  'tess/s0014/e.fits': { kind: 'copies', allocated: 840e6 },
  'data/catalogue.parquet': { allocated: 410e6, modified: NOW - 9e7 },
  'data/mosaic.npy': { allocated: 110e6 },
  'data/notes.txt': { allocated: 4096, small: true },
  '.cache/pip/f': { kind: 'environments', allocated: 450e6 },
  'notebooks/phot.ipynb': { kind: 'notebooks', allocated: 140e6 },
  '.Trash/old.fits': { kind: 'trash', allocated: 250e6 },
  'big.csv': { allocated: 300e6 }
};

/** A thing that may go, but for what a test says. */
export function freeableOf(
  id: string,
  some: Partial<FreeableEntry> = {}
): FreeableEntry {
  return {
    id,
    name: readable(id.slice(id.lastIndexOf('/') + 1)),
    program: null,
    folder: false,
    allocated: 1e6,
    files: 1,
    mark: `mark of ${id}`,
    ...some
  };
}

/** A copy that may go, but for what a test says. */
export function copyOf(id: string, some: Partial<IHomeCopy> = {}): IHomeCopy {
  return {
    id,
    name: readable(id.slice(id.lastIndexOf('/') + 1)),
    path: readable(id),
    archive: 'mast',
    key: `hst/public/${id}`,
    allocated: 1e6,
    copied: NOW - 86_400,
    check: 'checksum',
    grade: 'reprocessed',
    standing: 'unchanged',
    in_archive: 'same',
    message: '',
    ...some
  };
}

/** A file that another program fetched, but for what a test says. */
export function cachedOf(
  id: string,
  some: Partial<ICachedFile> = {}
): ICachedFile {
  return {
    id,
    name: readable(id.slice(id.lastIndexOf('/') + 1)),
    path: readable(id),
    archive: 'mast',
    key: `tess/public/${id}`,
    allocated: 1e6,
    size: 1e6,
    standing: 'adoptable',
    shorter: false,
    duplicate_of: null,
    message: '',
    ...some
  };
}

/** A server with files; what a test asks is recorded. */
export class FakeServer
  implements IQuotaApi, IUsageApi, IFreeingApi, IFreedApi, ICachesApi
{
  constructor(files: Readonly<Record<string, IFile>> = FILES) {
    this.has = new Map(Object.entries(files));
  }

  /** Its files by id. */
  readonly has: Map<string, IFile>;
  roots: readonly IRootUsage[] = [rootOf()];
  sequence = 1;
  ahead = 0;
  /** Why it answers nothing. */
  away: RequestFailure | null = null;
  /** Why it changes certain entries not. */
  refuses: Record<string, string> = {};
  readonly asked: string[] = [];
  /** What was moved to the trash before, by its id there: whence, and when. */
  readonly inTrash = new Map<
    string,
    { readonly from: string; readonly moved: number }
  >();
  /** What may go, besides copies. */
  groups: IFreeable['groups'] = [];
  /** Pages of copies. */
  pages: readonly (readonly IHomeCopy[])[] = [[]];
  /** Pages of what other programs fetched. */
  cached: readonly (readonly ICachedFile[])[] = [[]];
  /** Which of them are damaged, and what is said of them. */
  damaged: Record<string, string> = {};
  /** How many files one request manages; 0: any. */
  slow = 0;
  readonly named: string[] = [];
  /** Folders that could not be read. */
  unreadable: IFolder['unreadable'] = [];
  /** Lists of copies that went. */
  lists: readonly IFreedList[] = [];
  /** Ids of the files of each of them. */
  removed: readonly string[] = [];

  async usage(): Promise<IUsageSnapshot> {
    this._ask('usage');
    return this.snapshot();
  }

  async look(
    action: 'refresh' | 'rescan',
    root: string | null = null
  ): Promise<IUsageSnapshot> {
    this._ask(`${action} ${root}`);
    return this.snapshot();
  }

  async folder(root: string, folder: string): Promise<IFolder> {
    this._ask(`folder ${root}/${folder}`);
    return this.folderOf(folder);
  }

  async files(
    root: string,
    order: FileOrder
  ): Promise<{ readonly files: readonly IEntry[] }> {
    this._ask(`files ${root} ${order}`);
    const files = [...this.has]
      .filter(([, file]) => !file.small)
      .sort(([, a], [, b]) =>
        order === 'largest'
          ? b.allocated - a.allocated
          : (a.modified ?? NOW) - (b.modified ?? NOW)
      )
      .map(([id]) => this._entry(id));
    return { files };
  }

  async trash(root: string, entries: readonly string[]): Promise<IChange> {
    this._ask(`trash ${entries.join()}`);
    return this._change(entries, id => {
      const trashed = `t${this._trashed.size}`;
      this._trashed.set(trashed, { id, files: this._take(id) });
      return trashed;
    });
  }

  async restore(root: string, trashed: readonly string[]): Promise<IChange> {
    this._ask(`restore ${trashed.join()}`);
    for (const [id, { from }] of this.inTrash) {
      if (trashed.includes(`token of ${id}`) && !(from in this.refuses)) {
        const files = this._take(id).map(([one, { allocated }]) => [
          from + one.slice(id.length),
          { allocated }
        ]);
        this._trashed.set(`token of ${id}`, {
          id: from,
          files: files as [string, IFile][]
        });
        this.inTrash.delete(id);
      }
    }
    const back = trashed.flatMap(one => this._trashed.get(one) ?? []);
    for (const { files } of back) {
      files.forEach(([id, file]) => this.has.set(id, file));
    }
    const left = [...this.inTrash].filter(([id]) =>
      trashed.includes(`token of ${id}`)
    );
    return {
      done: back.map(({ id }) => ({
        id,
        name: readable(id),
        allocated: this._entry(id).allocated,
        trashed: null
      })),
      refused: left.map(([id, { from }]) => ({
        id: `token of ${id}`,
        name: readable(id.slice(id.lastIndexOf('/') + 1)),
        message: this.refuses[from]
      }))
    };
  }

  async delete(root: string, entries: readonly IShown[]): Promise<IChange> {
    const ids = entries.map(({ id }) => id);
    this._ask(`delete ${ids.join()}`);
    return this._change(ids, id => {
      this._take(id);
      return null;
    });
  }

  async freeable(root: string): Promise<IFreeable> {
    this._ask(`freeable ${root}`);
    return { groups: this.groups, before: NOW - 90 * 86_400 };
  }

  async copies(root: string, after: string | null): Promise<IHomeCopies> {
    this._ask(`copies ${root} ${after}`);
    const page = Number(after ?? 0);
    const more = page + 1 < this.pages.length;
    return { copies: this.pages[page], next: more ? `${page + 1}` : null };
  }

  async removeFreeable(
    root: string,
    group: string,
    entries: readonly { readonly id: string; readonly mark: string }[]
  ): Promise<IChange> {
    this._ask(`remove ${group} ${entries.map(one => one.mark).join()}`);
    return this._change(
      entries.map(one => one.id),
      () => null
    );
  }

  async removeCopies(
    root: string,
    entries: readonly string[],
    newer: boolean,
    freed: string
  ): Promise<IRemovedCopies> {
    this._ask(`remove ${entries.join()} ${newer} ${this._listed(freed)}`);
    const left = this.slow ? entries.slice(this.slow) : [];
    const some = this.slow ? entries.slice(0, this.slow) : entries;
    return { ...this._change(some, () => null), left };
  }

  /** Lists that the page has named, as first, second, … */
  private _listed(freed: string): string {
    if (!/^[0-9]{8}-[0-9]{6}-[0-9a-f]{8}$/.test(freed)) {
      throw new RequestFailure('malformed', 'This is no list.', 400);
    }
    if (!this.named.includes(freed)) {
      this.named.push(freed);
    }
    return `list ${this.named.indexOf(freed) + 1}`;
  }

  async caches(root: string, after: string | null): Promise<ICachedFiles> {
    this._ask(`caches ${root} ${after}`);
    const page = Number(after ?? 0);
    const more = page + 1 < this.cached.length;
    return { files: this.cached[page], next: more ? `${page + 1}` : null };
  }

  async adopt(root: string, all: readonly string[]): Promise<AdoptAnswer> {
    this._ask(`adopt ${all.join()}`);
    const { damaged, refuses } = this;
    const why = (id: string) => damaged[id] ?? refuses[id];
    const left = this.slow ? all.slice(this.slow) : [];
    const entries = this.slow ? all.slice(0, this.slow) : all;
    return {
      left,
      adopted: entries
        .filter(id => !why(id))
        .map(id => ({
          id,
          name: readable(id),
          allocated: 1e6,
          algorithm: 'MD5'
        })),
      refused: entries
        .filter(id => why(id))
        .map(id => ({
          id,
          name: readable(id),
          message: why(id),
          damaged: id in damaged
        }))
    };
  }

  async freed(
    root: string
  ): Promise<{ readonly lists: readonly IFreedList[] }> {
    this._ask(`freed ${root}`);
    return { lists: this.lists };
  }

  async freedFiles(
    root: string,
    freed: string,
    after: string | null
  ): Promise<FreedFiles> {
    this._ask(`files of ${freed} behind ${after}`);
    const at = after === null ? 0 : this.removed.indexOf(after) + 1;
    const some = this.removed.slice(at, at + 2);
    return {
      files: some.map(id => ({
        id,
        archive: 'mast',
        key: `hst/public/${id}`,
        size: 1e6
      })),
      next: at + 2 < this.removed.length ? some[1] : null
    };
  }

  async fetchAgain(
    root: string,
    freed: string,
    only?: readonly string[]
  ): Promise<{ readonly transfers: readonly string[] }> {
    this._ask(['fetch', root, freed, ...(only ?? [])].join(' '));
    return { transfers: ['t'] };
  }

  async forget(
    root: string,
    freed: string
  ): Promise<{ readonly lists: readonly IFreedList[] }> {
    this._ask(`forget ${root} ${freed}`);
    this.lists = this.lists.filter(one => one.freed !== freed);
    return { lists: this.lists };
  }

  snapshot(): IUsageSnapshot {
    return { server: 'a', sequence: this.sequence, roots: this.roots };
  }

  folderOf(folder: string): IFolder {
    const inside = [...this.has].filter(([id]) => isWithin(id, folder));
    if (inside.length === 0 && folder !== '') {
      throw new RequestFailure('not-found', `${folder} is not there.`, 404);
    }
    const start = folder === '' ? '' : `${folder}/`;
    const ids = new Set(
      inside
        .filter(([, file]) => !file.small)
        .map(([id]) => start + id.slice(start.length).split('/')[0])
    );
    const entries = [...ids].map(id => this._entry(id));
    const small = inside.filter(
      ([id, file]) => file.small && parentOf(id) === folder
    );
    const kinds = new Map<Kind, IKindSum>();
    for (const [, { kind = 'other', allocated }] of inside) {
      const one = kinds.get(kind) ?? { kind, allocated: 0, files: 0 };
      kinds.set(kind, {
        kind,
        allocated: one.allocated + allocated,
        files: one.files + 1
      });
    }
    return {
      folder: this._entry(folder),
      parents: [],
      kinds: [...kinds.values()].sort((a, b) => b.allocated - a.allocated),
      entries: entries.sort((a, b) => b.allocated - a.allocated),
      rest_allocated: small.reduce((sum, [, one]) => sum + one.allocated, 0),
      rest_files: small.length,
      unreadable: this.unreadable
    };
  }

  /** What was asked for since the last time. */
  news(): readonly string[] {
    return this.asked.splice(0);
  }

  private _ask(what: string): void {
    this.asked.push(what);
    if (this.away) {
      throw this.away;
    }
  }

  private _entry(id: string): IEntry {
    const file = this.has.get(id);
    const known = this.inTrash.get(id);
    const trashed = known && {
      name: readable(known.from),
      trashed: { token: `token of ${id}`, moved: known.moved }
    };
    if (file) {
      const { allocated, kind = 'other', modified = NOW } = file;
      return entryOf(id, { allocated, kind, modified, ...trashed });
    }
    const inside = [...this.has].filter(([one]) => isWithin(one, id));
    return entryOf(id, {
      folder: true,
      kind: inside[0]?.[1].kind ?? 'other',
      allocated: inside.reduce((sum, [, one]) => sum + one.allocated, 0),
      files: inside.length,
      ...trashed
    });
  }

  private _change(
    entries: readonly string[],
    change: (id: string) => string | null
  ): IChange {
    const named = entries.map(id => ({ id, name: readable(id) }));
    return {
      done: named
        .filter(({ id }) => !(id in this.refuses))
        .map(one => {
          const { allocated } = this._entry(one.id);
          return { ...one, allocated, trashed: change(one.id) };
        }),
      refused: named
        .filter(({ id }) => id in this.refuses)
        .map(one => ({ ...one, message: this.refuses[one.id] }))
    };
  }

  private _take(id: string): [string, IFile][] {
    const files = [...this.has].filter(([one]) => isWithin(one, id));
    files.forEach(([one]) => this.has.delete(one));
    return files;
  }

  private readonly _trashed = new Map<
    string,
    { readonly id: string; readonly files: [string, IFile][] }
  >();
}

/** The events of a Jupyter server. */
export class FakeEvents {
  readonly stream = new Signal<this, { readonly schema_id: string }>(this);

  emit(event: { readonly schema_id: string }): void {
    this.stream.emit(event);
  }
}
