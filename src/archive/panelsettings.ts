import type { IPlace } from '../tokens';
import type { IBookmark } from './places';
import type { SortBy } from './rows';
import { records } from './settings';

/**
 * Reading the settings and the state of the panel, as strictly as
 * `settings.ts`.
 */

/** The places of the setting `recent`. */
export function readPlaces(value: unknown): IPlace[] {
  return records(value).flatMap(item =>
    typeof item.archive === 'string' && typeof item.prefix === 'string'
      ? [{ archive: item.archive, prefix: item.prefix }]
      : []
  );
}

/** The bookmarks of the setting `bookmarks`. */
export function readBookmarks(value: unknown): IBookmark[] {
  return records(value).flatMap(item =>
    typeof item.archive === 'string' && typeof item.prefix === 'string'
      ? [
          {
            archive: item.archive,
            prefix: item.prefix,
            added: typeof item.added === 'string' ? item.added : ''
          }
        ]
      : []
  );
}

/** An order of the list; by name unless it is one. */
export function readSort(value: unknown): SortBy {
  return value === 'size' || value === 'date' ? value : 'name';
}

/** The choices of the setting `grouping`. */
export function readGrouping(value: unknown): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(
      typeof value === 'object' && value !== null ? value : {}
    ).filter((pair): pair is [string, boolean] => typeof pair[1] === 'boolean')
  );
}
