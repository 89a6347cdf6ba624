import type { ITemplate } from './snippets';

/**
 * Reading settings: people edit them by hand, so every value is checked, and
 * what does not fit is left out. Those of the panel are in
 * `panelsettings.ts`, which loads with it.
 */

/** The code templates of the setting `templates`. */
export function readTemplates(value: unknown): readonly ITemplate[] {
  return records(value).flatMap(item =>
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

/** The items of a list that have fields. */
export function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value)
    ? value.filter(
        (item): item is Record<string, unknown> =>
          typeof item === 'object' && item !== null
      )
    : [];
}

namespace Private {
  export function strings(value: unknown): string[] {
    return Array.isArray(value)
      ? value.filter((item): item is string => typeof item === 'string')
      : [];
  }
}
