import type { IEntry } from './types';

/** A line of the tree of used space. */
export type UsageRow = IEntryRow | IRestRow | ILoadingRow | IFailureRow;

interface IRowBase {
  /** What it is known by; of an entry the entry's id. */
  readonly id: string;
  /** 1 for what lies in the root. */
  readonly level: number;
  /** The folder that it lies in. */
  readonly parent: string;
  /** Its place among the rows of its folder, from 1 on, and their number. */
  readonly position: number;
  readonly siblings: number;
}

/** A file or a folder. */
export interface IEntryRow extends IRowBase {
  readonly type: 'entry';
  readonly entry: IEntry;
  readonly expanded: boolean;
}

/** All that is in a folder besides: files that are not listed. */
export interface IRestRow extends IRowBase {
  readonly type: 'rest';
  readonly allocated: number;
  readonly files: number;
}

/** A folder whose content is on its way. */
export interface ILoadingRow extends IRowBase {
  readonly type: 'loading';
}

/** A folder whose content could not be had. */
export interface IFailureRow extends IRowBase {
  readonly type: 'failure';
  readonly message: string;
}

/** The id of the rest of a folder. No entry has it: ids are escaped. */
export function restOf(folder: string): string {
  return inside(folder, '\u0000rest');
}

/** The id of the row that stands for the content of a folder. */
export function contentOf(folder: string): string {
  return inside(folder, '\u0000content');
}

/** Whether an id is that of the row that stands for the content of a folder. */
export function isContentId(id: string): boolean {
  return id.endsWith('\u0000content');
}

/** Whether an id is that of an entry. */
export function isEntryId(id: string): boolean {
  return id !== '' && !id.includes('\u0000');
}

function inside(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/**
 * What is selected when the one at `at` goes: the first after it that stays,
 * else the last before it.
 */
export function nextTo<T>(
  all: readonly T[],
  at: number,
  stays: (one: T) => boolean
): T | undefined {
  return at < 0
    ? undefined
    : (all.slice(at).find(stays) ?? all.slice(0, at).reverse().find(stays));
}
