import { visible } from '../ui/names';
import type { IRootUsage } from './types';

/**
 * Ids of files and folders: their paths below the root, each part escaped;
 * `''` is the root itself.
 */

/** Of which root something is to be shown; without any, of the one in sight. */
export interface IWhere {
  /** Its id. */
  readonly root?: unknown;
  /** The absolute path of a folder in it. */
  readonly folder?: unknown;
}

/** The root that is meant; of those that hold a folder the fullest. */
export function rootAt(
  { root, folder }: IWhere,
  roots: readonly IRootUsage[]
): IRootUsage | undefined {
  const free = (one: IRootUsage) => one.free ?? Infinity;
  return typeof folder === 'string'
    ? roots
        .filter(({ absolute }) =>
          `${folder}/`.startsWith(absolute.replace(/\/*$/, '/'))
        )
        .sort((a, b) =>
          free(a) === free(b)
            ? b.absolute.length - a.absolute.length
            : free(a) - free(b)
        )[0]
    : roots.find(one => one.id === root);
}

/** The folder that something lies in; of the root the root. */
export function parentOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('/')));
}

/** Whether something is a folder itself, or lies anywhere in it. */
export function isWithin(id: string, folder: string): boolean {
  return folder === '' || id === folder || id.startsWith(`${folder}/`);
}

/** The same of any of these; the root is none of them. */
export function isWithinAny(id: string, all: ReadonlySet<string>): boolean {
  return all.has(id) || foldersAbove(id).some(one => all.has(one));
}

/** The folders that something lies in, the root first, without itself. */
export function foldersAbove(id: string): readonly string[] {
  if (id === '') {
    return [];
  }
  const parts = id.split('/');
  return parts.map((_, i) => parts.slice(0, i).join('/'));
}

/** How people read an id: hst/ibg705080. */
export function readable(id: string): string {
  const parts = id.split('/').map(part => {
    try {
      return decodeURIComponent(part);
    } catch {
      // Bytes that are no text stay as they are told.
      return part;
    }
  });
  return visible(parts.join('/'));
}
