import { PageConfig } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IArchiveInfo, IRoot, Route } from '../tokens';
import { ArchiveError } from './errors';

/**
 * The archives of this site, and whether a Jupyter server relays them.
 */
export interface IArchiveConfig {
  readonly archives: readonly IArchiveInfo[];
  /**
   * Whether the server extension is present. Without it (JupyterLite, or an
   * installation with the server part disabled) the page reads the buckets
   * directly.
   */
  readonly relay: boolean;
  /** Seconds for which the relay may be silent while it waits for an archive. */
  readonly silence?: number;
  /**
   * The sentence by which the server says that its setting is wrong; there
   * are no archives then.
   */
  readonly problem: string | null;
}

/**
 * MAST on AWS, for a page whose site says nothing about archives.
 *
 * Source: https://registry.opendata.aws/collab/stsci/
 */
export const MAST_ON_AWS: IArchiveInfo = {
  id: 'mast',
  title: 'MAST on AWS',
  bucket: 'stpubdata',
  region: 'us-east-1',
  endpoint: null,
  access: 'anonymous',
  route: 'auto',
  roots: [
    { title: 'Hubble', prefix: 'hst/public/' },
    { title: 'TESS', prefix: 'tess/public/' },
    { title: 'Kepler', prefix: 'kepler/public/' },
    { title: 'K2', prefix: 'k2/public/' },
    { title: 'JWST', prefix: 'jwst/public/' },
    { title: 'HLSP', prefix: 'mast/hlsp/' },
    { title: 'Pan-STARRS', prefix: 'panstarrs/ps1/public/' },
    { title: 'GALEX', prefix: 'galex/public/' },
    { title: 'Gaia', prefix: 'gaia/gaia_dr3/public/' },
    { title: 'Roman', prefix: 'roman/' }
  ]
};

/**
 * Read the archives from the page configuration (`jupyterlabMast`), which
 * the server extension fills, or a JupyterLite site in `jupyter-lite.json`.
 *
 * Entries that are not archives are left out, with a line in the console:
 * one wrong entry must not take the panel away.
 */
export function readConfig(
  option: string = PageConfig.getOption('jupyterlabMast')
): IArchiveConfig {
  let data: unknown;
  try {
    data = JSON.parse(option || '{}');
  } catch {
    console.warn(
      'jupyterlab-mast: the page setting "jupyterlabMast" is not JSON; the default archive is used.'
    );
  }
  const record = Private.record(data);
  const list: unknown[] = Array.isArray(record.archives) ? record.archives : [];
  const relay = record.relay === true;
  const archives = list
    .map(item => Private.archive(item, relay))
    .filter((info): info is IArchiveInfo => info !== null);
  if (archives.length < list.length) {
    console.warn(
      `jupyterlab-mast: ${list.length - archives.length} of ${list.length} archives in "jupyterlabMast" lack an id, a bucket or roots and are left out.`
    );
  }
  const problem = typeof record.problem === 'string' ? record.problem : null;
  return {
    archives: list.length === 0 && problem === null ? [MAST_ON_AWS] : archives,
    relay,
    silence: Number(record.silence) || undefined,
    problem
  };
}

/**
 * The way the page takes to an archive: `relay` or `direct`.
 */
export function routeOf(
  info: IArchiveInfo,
  relay: boolean
): Exclude<Route, 'auto'> {
  return info.route === 'auto' ? (relay ? 'relay' : 'direct') : info.route;
}

/**
 * The archive of an id.
 *
 * @throws ArchiveError when there is none.
 */
export function archiveNamed(
  id: string,
  archives: readonly IArchiveInfo[],
  trans: TranslationBundle
): IArchiveInfo {
  const info = archives.find(archive => archive.id === id);
  if (info === undefined) {
    throw new ArchiveError(
      'not-found',
      trans.__('There is no archive "%1" here.', id)
    );
  }
  return info;
}

/** That a key or prefix is not one that its archive opens. */
export function outside(
  key: string,
  info: IArchiveInfo,
  trans: TranslationBundle
): ArchiveError {
  return new ArchiveError(
    'forbidden',
    trans.__('%1 lies outside the folders that %2 opens.', key, info.title),
    { target: key }
  );
}

/**
 * The root of an archive that a prefix or key lies under: the longest that
 * fits, or `null` where none does.
 */
export function rootOf(info: IArchiveInfo, prefix: string): IRoot | null {
  let best: IRoot | null = null;
  for (const root of info.roots) {
    if (
      prefix.startsWith(root.prefix) &&
      (best === null || root.prefix.length > best.prefix.length)
    ) {
      best = root;
    }
  }
  return best;
}

namespace Private {
  export function record(value: unknown): Record<string, unknown> {
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : {};
  }

  function text(value: unknown): string | null {
    return typeof value === 'string' && value !== '' ? value : null;
  }

  export function archive(value: unknown, relay: boolean): IArchiveInfo | null {
    const item = record(value);
    const id = text(item.id);
    const bucket = text(item.bucket);
    const roots = (Array.isArray(item.roots) ? item.roots : [])
      .map(record)
      .filter(root => typeof root.prefix === 'string')
      .map(root => ({
        prefix: root.prefix as string,
        title: text(root.title) ?? (root.prefix as string)
      }));
    if (id === null || bucket === null || roots.length === 0) {
      return null;
    }
    return {
      id,
      bucket,
      roots,
      title: text(item.title) ?? id,
      region: text(item.region) ?? 'us-east-1',
      endpoint: text(item.endpoint)?.replace(/\/+$/, '') ?? null,
      // Only a server can sign.
      access: relay && item.access === 'role' ? 'role' : 'anonymous',
      route:
        item.route === 'relay' || item.route === 'direct' ? item.route : 'auto'
    };
  }
}
