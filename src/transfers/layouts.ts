import { describeKey } from '../missions';
import { folderOf, readFolder } from '../missions/folders';
import { tidy } from './targets';
import type { ISource, ITransfer, Layout } from './types';

/** Of so many sources of a transfer the server tells, and of no more. */
export const SOURCES_TOLD = 20;

/**
 * Where an object would go below the target, to show what a layout does. The
 * server has the rule; of an odd key it makes another name than this.
 */
export function examplePath(
  layout: Layout,
  key: string,
  source: ISource | undefined
): string {
  const folder = folderOf(key);
  const file = key.slice(folder.length);
  const found = readFolder(folder);
  switch (layout) {
    case 'archive':
      return key;
    case 'flat':
      return file;
    case 'mastdownload': {
      const { mission, observation } = describeKey(key);
      return mission === null
        ? Private.relative(key, source)
        : [
            'mastDownload',
            mission.toUpperCase(),
            observation ?? file,
            file
          ].join('/');
    }
    default: {
      const sector = /^tess\/public\/tid\/(s\d{4})\//.exec(folder);
      return found === null
        ? Private.relative(key, source)
        : sector
          ? `tic${found.observation}-${sector[1]}/${file}`
          : folder.startsWith('kepler/')
            ? `kic${found.observation}/${file}`
            : `${found.observation}/${file}`;
    }
  }
}

/**
 * The folder below the target that all files of a transfer go into, where its
 * sources tell that; else `''`. As with {@link examplePath}, the server has
 * the rule.
 */
export function commonFolder({
  sources,
  layout
}: Pick<ITransfer, 'sources' | 'layout'>): string {
  if (layout === 'flat' || sources.length >= SOURCES_TOLD) {
    return '';
  }
  const folders = new Set(
    sources.map(source =>
      source.key
        ? tidy(folderOf(examplePath(layout, source.key, source)))
        : Private.folderOfPrefix(layout, source)
    )
  );
  const [first, ...others] = folders;
  return others.length === 0 ? (first ?? '') : '';
}

namespace Private {
  export function folderOfPrefix(layout: Layout, source: ISource): string {
    const prefix = source.prefix ?? '';
    return layout === 'observation' &&
      prefix.endsWith('/') &&
      readFolder(prefix) !== null
      ? tidy(folderOf(examplePath(layout, `${prefix}x`, source)))
      : '';
  }

  /** The key from the folder above the source's on. */
  export function relative(key: string, source: ISource | undefined): string {
    const prefix = source?.prefix ?? null;
    return prefix === null || !key.startsWith(prefix)
      ? key.slice(folderOf(key).length)
      : key.slice(folderOf(prefix.replace(/\/$/, '')).length);
  }
}
