import type { IPlace } from '../tokens';
import type { IBookmark } from './places';
import type { SortBy } from './rows';
import type { ITemplate } from './snippets';

/**
 * Reading settings: people edit them by hand, so every value is checked, and
 * what does not fit is left out.
 */

/** The code templates of the setting `templates`. */
export function readTemplates(value: unknown): readonly ITemplate[] {
  return Private.records(value).flatMap(item =>
    typeof item.id === 'string' && typeof item.one === 'string'
      ? [
          {
            id: item.id,
            title: typeof item.title === 'string' ? item.title : item.id,
            kinds: Private.strings(item.kinds) as ITemplate['kinds'],
            missions: Private.strings(item.missions) as ITemplate['missions'],
            extensions: Private.strings(item.extensions),
            one: item.one,
            ...(typeof item.many === 'string' ? { many: item.many } : {})
          }
        ]
      : []
  );
}

/** The places of the setting `recent`. */
export function readPlaces(value: unknown): IPlace[] {
  return Private.records(value).flatMap(item =>
    typeof item.archive === 'string' && typeof item.prefix === 'string'
      ? [{ archive: item.archive, prefix: item.prefix }]
      : []
  );
}

/** The bookmarks of the setting `bookmarks`. */
export function readBookmarks(value: unknown): IBookmark[] {
  return Private.records(value).flatMap(item =>
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

namespace Private {
  export function records(value: unknown): Record<string, unknown>[] {
    return Array.isArray(value)
      ? value.filter(
          (item): item is Record<string, unknown> =>
            typeof item === 'object' && item !== null
        )
      : [];
  }

  export function strings(value: unknown): string[] {
    return Array.isArray(value)
      ? value.filter((item): item is string => typeof item === 'string')
      : [];
  }
}
