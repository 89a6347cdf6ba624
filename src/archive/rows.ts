import { groupOf } from '../missions';
import type { IArchiveObject } from '../tokens';
import { compareKeys } from './store';
import { entryKey, type Entry } from './pager';

/**
 * A row of the grid.
 */
export type Row = IFolderRow | IGroupRow | IObjectRow;

export interface IFolderRow {
  readonly type: 'folder';
  readonly id: string;
  readonly prefix: string;
  readonly name: string;
}

/**
 * The heading of the files of one folder, in the grouped view.
 */
export interface IGroupRow {
  readonly type: 'group';
  readonly id: string;
  readonly prefix: string;
  readonly title: string;
  readonly subtitle: string;
  /** Of what is loaded. */
  readonly count: number;
  /** Bytes of what is loaded. */
  readonly bytes: number;
  /** Whether more files of this group may come with the next page. */
  readonly partial: boolean;
  readonly open: boolean;
}

export interface IObjectRow {
  readonly type: 'object';
  readonly id: string;
  readonly object: IArchiveObject;
  readonly name: string;
  /** Whether the row stands under a group's heading. */
  readonly grouped: boolean;
}

export type SortBy = 'name' | 'size' | 'date';

/**
 * How entries become rows.
 */
export interface IRowOptions {
  /** The folder shown. Names are what follows it. */
  readonly prefix: string;
  readonly grouped: boolean;
  /** Prefixes of groups that are closed. */
  readonly closed: ReadonlySet<string>;
  readonly sortBy: SortBy;
  readonly descending: boolean;
  /** Whether the last page is loaded. */
  readonly done: boolean;
}

/** The row's id: unique in a listing, and stable when more is loaded. */
export function rowId(entry: Entry): string {
  return entry.type === 'folder'
    ? `f:${entry.prefix}`
    : `o:${entry.object.key}`;
}

/** The name of a key or folder below the folder shown. */
export function nameBelow(key: string, prefix: string): string {
  return key.startsWith(prefix) ? key.slice(prefix.length) : key;
}

/** The folder of a key: all up to and with its last slash. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/** The last part of a key or folder, without the slash. */
export function baseName(key: string): string {
  const trimmed = key.endsWith('/') ? key.slice(0, -1) : key;
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/**
 * The rows for what is loaded.
 */
export function buildRows(
  entries: readonly Entry[],
  options: IRowOptions
): Row[] {
  const sorted = Private.sort(entries, options);
  return options.grouped
    ? Private.grouped(sorted, options, entries)
    : sorted.map(entry => Private.row(entry, options.prefix));
}

/**
 * Two listings in S3's order as one, each entry once.
 */
export function mergeEntries(
  a: readonly Entry[],
  b: readonly Entry[]
): Entry[] {
  const merged: Entry[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const order =
      i >= a.length
        ? 1
        : j >= b.length
          ? -1
          : compareKeys(entryKey(a[i]), entryKey(b[j]));
    if (order <= 0) {
      merged.push(a[i++]);
      if (order === 0) {
        j++;
      }
    } else {
      merged.push(b[j++]);
    }
  }
  return merged;
}

namespace Private {
  export function row(entry: Entry, prefix: string): Row {
    return entry.type === 'folder'
      ? {
          type: 'folder',
          id: rowId(entry),
          prefix: entry.prefix,
          name: nameBelow(entry.prefix, prefix).replace(/\/$/, '')
        }
      : {
          type: 'object',
          id: rowId(entry),
          object: entry.object,
          name: nameBelow(entry.object.key, prefix),
          grouped: false
        };
  }

  export function sort(
    entries: readonly Entry[],
    { sortBy, descending }: IRowOptions
  ): readonly Entry[] {
    if (sortBy === 'name') {
      return descending ? [...entries].reverse() : entries;
    }
    const value = (entry: Entry): number =>
      entry.type === 'folder'
        ? -1
        : sortBy === 'size'
          ? entry.object.size
          : (entry.object.lastModified?.getTime() ?? 0);
    const sign = descending ? -1 : 1;
    return [...entries].sort((a, b) => sign * (value(a) - value(b)));
  }

  interface IGroup {
    readonly prefix: string;
    readonly members: IArchiveObject[];
    bytes: number;
  }

  export function grouped(
    entries: readonly Entry[],
    options: IRowOptions,
    loaded: readonly Entry[]
  ): Row[] {
    const end =
      loaded.length > 0 ? folderOf(entryKey(loaded[loaded.length - 1])) : '';
    const groups = new Map<string, IGroup>();
    let last: IGroup | undefined;
    for (const entry of entries) {
      if (entry.type === 'folder') {
        continue;
      }
      const { object } = entry;
      const prefix = folderOf(object.key);
      if (last?.prefix !== prefix) {
        last = groups.get(prefix) ?? { prefix, members: [], bytes: 0 };
        groups.set(prefix, last);
      }
      last.members.push(object);
      last.bytes += object.size;
    }
    const rows: Row[] = [];
    for (const group of groups.values()) {
      const { prefix, members, bytes } = group;
      const open = !options.closed.has(prefix);
      const found = groupOf(members[0].key, options.prefix);
      rows.push({
        type: 'group',
        id: `g:${prefix}`,
        prefix,
        title:
          found?.title ??
          (nameBelow(prefix, options.prefix).replace(/\/$/, '') ||
            baseName(prefix)),
        subtitle: found?.subtitle ?? '',
        count: members.length,
        bytes,
        // Keys come in order: only the group of the last key, and the
        // folders that it lies in, can get more.
        partial: !options.done && end.startsWith(prefix),
        open
      });
      if (open) {
        for (const object of members) {
          rows.push({
            type: 'object',
            id: `o:${object.key}`,
            object,
            name: baseName(object.key) || object.key,
            grouped: true
          });
        }
      }
    }
    return rows;
  }
}
