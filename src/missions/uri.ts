import { missionOfPath } from './describe';
import { folderOf } from './folders';
import { lookUp, table } from './table';
import { hstFolder, placesOfName, visitPrefix } from './places';
import type { IKeyCandidates } from './types';

/** Where a bucket is served. */
export interface IEndpoint {
  /** AWS region; default `us-east-1`. */
  region?: string;
  /** The S3 endpoint where it is not that of AWS: `http://host:port/path`. */
  endpoint?: string | null;
}

/** A bucket and where it is served, to recognise its URLs. */
export interface IKnownArchive extends IEndpoint {
  /** Whatever tells archives apart for the caller. */
  id?: string;
  bucket: string;
}

/** A bucket and a key. */
export interface IObjectAddress {
  /** The archive whose endpoint was recognised. */
  archive?: string;
  bucket: string;
  key: string;
}

/**
 * The `s3://` URI as boto3, fsspec and the AWS command line take it: the key
 * stands literally, nothing is encoded.
 */
export function s3Uri(bucket: string, key: string): string {
  return `s3://${bucket}/${key}`;
}

/**
 * Bucket and key of an `s3://` (also `s3a`, `s3n`) URI; the key literally.
 *
 * @returns null for anything else.
 */
export function parseS3Uri(uri: string): IObjectAddress | null {
  const m = /^s3[an]?:\/\/([^/]+)(?:\/([^]*))?$/i.exec(uri);
  return m ? { bucket: m[1], key: m[2] ?? '' } : null;
}

/** Percent-encodes a text; a lone surrogate becomes U+FFFD, as in UTF-8. */
function encodePart(text: string): string {
  const sound = text.replace(
    /[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g,
    s => (s.length === 2 ? s : '\ufffd')
  );
  return encodeURIComponent(sound).replace(
    /[!'()*]/g,
    c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`
  );
}

/**
 * A key as the path of a URL: all but `A-Z a-z 0-9 - _ . ~ /` is encoded.
 * Browsers and proxies fold `.` and `..` segments, encoded or not, so the
 * slashes beside such a segment are written `%2F`.
 *
 * @param key - a key; empty segments stay.
 */
export function encodeKey(key: string): string {
  const parts = key.split('/');
  let out = '';
  parts.forEach((part, i) => {
    const dots = (t: string | undefined): boolean => t === '.' || t === '..';
    if (i > 0) {
      out += dots(part) || dots(parts[i - 1]) ? '%2F' : '/';
    }
    out += encodePart(part);
  });
  return out;
}

/**
 * The address of an object on the web.
 *
 * Source: S3 user guide, virtual-hosted and path-style requests. A bucket
 * with dots in its name goes path style (its TLS name would not match); so
 * does every endpoint that is not AWS.
 *
 * @param bucket - the bucket.
 * @param key - the key, literally.
 * @param where - region, or an endpoint of its own.
 */
export function httpsUrl(
  bucket: string,
  key: string,
  where: IEndpoint = {}
): string {
  if (where.endpoint) {
    return `${where.endpoint.replace(/\/+$/, '')}/${bucket}/${encodeKey(key)}`;
  }
  const region =
    where.region === undefined || where.region === ''
      ? 'us-east-1'
      : where.region;
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  return bucket.includes('.')
    ? `https://${host}/${bucket}/${encodeKey(key)}`
    : `https://${bucket}.${host}/${encodeKey(key)}`;
}

/**
 * Decodes what is validly percent-encoded and leaves the rest; `+` stays.
 */
export function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, run => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

/** The value of one query parameter, `+` as a space; null if absent. */
export function queryValue(query: string, name: string): string | null {
  for (const part of query.split('&')) {
    const at = part.indexOf('=');
    const key = at < 0 ? part : part.slice(0, at);
    if (decodePercent(key) === name) {
      return decodePercent(
        at < 0 ? '' : part.slice(at + 1).replace(/\+/g, ' ')
      );
    }
  }
  return null;
}

/** A URL in its parts, without any folding; null when it is not http(s). */
export function cutUrl(
  url: string
): { host: string; path: string; query: string } | null {
  const m =
    /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#[^]*)?$/i.exec(
      url
    );
  return m ? { host: m[1].toLowerCase(), path: m[2], query: m[3] ?? '' } : null;
}

/** Where a list request points: `?list-type=2&prefix=hst/public/`. */
function keyOrPrefix(path: string, query: string): string {
  const key = decodePercent(path);
  return key === '' ? (queryValue(query, 'prefix') ?? '') : key;
}

/** `bucket/key` of a path-style path (without its leading slash). */
function pathStyle(path: string, query: string): IObjectAddress | null {
  const m = /^([^/]+)(?:\/([^]*))?$/.exec(path);
  return m
    ? { bucket: decodePercent(m[1]), key: keyOrPrefix(m[2] ?? '', query) }
    : null;
}

function atEndpoint(
  host: string,
  path: string,
  query: string,
  archive: IKnownArchive
): IObjectAddress | null {
  const end = archive.endpoint ? cutUrl(archive.endpoint) : null;
  if (!end) {
    return null;
  }
  const base = end.path.replace(/\/+$/, '');
  const id = archive.id === undefined ? {} : { archive: archive.id };
  if (host === end.host && path.startsWith(`${base}/`)) {
    const found = pathStyle(path.slice(base.length + 1), query);
    return found?.bucket === archive.bucket ? { ...id, ...found } : null;
  }
  if (host === `${archive.bucket.toLowerCase()}.${end.host}`) {
    return {
      ...id,
      bucket: archive.bucket,
      key: keyOrPrefix(path.slice(1), query)
    };
  }
  return null;
}

/**
 * Bucket and key of a web address of S3: virtual-hosted, path style, global
 * and regional hosts of AWS, its console, and the endpoints of the archives
 * given. The key is percent-decoded; the query (a signature, say) is
 * dropped, but a list request's `prefix` is taken.
 *
 * @param url - `http://` or `https://`.
 * @param archives - those whose own endpoints count.
 * @returns null for any other address.
 */
export function parseHttpsUrl(
  url: string,
  archives: readonly IKnownArchive[] = []
): IObjectAddress | null {
  const cut = cutUrl(url);
  if (!cut) {
    return null;
  }
  const { host, path, query } = cut;
  for (const archive of archives) {
    const found = atEndpoint(host, path, query, archive);
    if (found) {
      return found;
    }
  }
  const bare = host.replace(/:(?:443|80)$/, '');
  const aws =
    /^(?:(.+)\.)?s3(?:[.-](?:dualstack\.|fips\.)?[a-z]{2}(?:-[a-z]+)+-[0-9])?\.amazonaws\.com(?:\.cn)?$/.exec(
      bare
    );
  if (aws) {
    const rest = path.slice(1);
    return aws[1]
      ? { bucket: aws[1], key: keyOrPrefix(rest, query) }
      : pathStyle(rest, query);
  }
  if (/(?:^|\.)console\.aws\.amazon\.com$/.test(bare)) {
    const m = /^\/s3\/(?:buckets|object)\/([^/]+)/.exec(path);
    return m ? { bucket: m[1], key: queryValue(query, 'prefix') ?? '' } : null;
  }
  return null;
}

/**
 * The `mast:` URI of an object, for provenance and citation.
 *
 * Source: DOMAIN section 2, "Reverse".
 *
 * @param key - a key of `stpubdata`.
 * @returns null for folders and for missions without such URIs (Gaia,
 *   GALEX, Roman), and for keys of other buckets.
 */
export function mastUri(key: string): string | null {
  const file = key.slice(folderOf(key).length);
  if (!file) {
    return null;
  }
  const after = (root: string): string | null =>
    key.startsWith(root) ? key.slice(root.length) : null;
  switch (missionOfPath(key)) {
    case 'hst':
      return after('hst/public/') ? `mast:HST/product/${file}` : null;
    case 'tess':
      return after('tess/public/') ? `mast:TESS/product/${file}` : null;
    case 'jwst':
      return after('jwst/public/') ? `mast:JWST/product/${file}` : null;
    case 'kepler': {
      const rest = after('kepler/public/');
      return rest ? `mast:Kepler/url/missions/kepler/${rest}` : null;
    }
    case 'k2': {
      const rest = after('k2/public/');
      return rest ? `mast:K2/url/missions/k2/${rest}` : null;
    }
    case 'hlsp':
      return `mast:HLSP/${after('mast/hlsp/')}`;
    case 'ps1':
      return after('panstarrs/ps1/public/') ? `mast:PS1/product/${file}` : null;
    default:
      return null;
  }
}

/**
 * Where the object of a `mast:` URI may lie in `stpubdata`, without asking
 * the path service.
 *
 * Source: DOMAIN section 2, offline rules.
 *
 * @param uri - any `mast:` URI, in any case of its first part.
 * @returns null where no rule is known.
 */
export function keysOfUri(uri: string): IKeyCandidates | null {
  const m = /^mast:([a-z0-9]+)\/([^]+)$/i.exec(uri);
  if (!m) {
    return null;
  }
  const file = m[2].slice(m[2].lastIndexOf('/') + 1);
  const exact = (
    mission: 'kepler' | 'k2' | 'hlsp',
    key: string
  ): IKeyCandidates => ({
    mission,
    file,
    keys: file ? [key] : [],
    visitPrefix: null,
    folder: folderOf(key)
  });
  switch (m[1].toUpperCase()) {
    case 'KEPLER':
    case 'K2': {
      const path = /^url\/missions\/(kepler|k2)\/([^]+)$/.exec(m[2]);
      if (path) {
        return exact(
          path[1] === 'k2' ? 'k2' : 'kepler',
          `${path[1]}/public/${path[2]}`
        );
      }
      break;
    }
    case 'HLSP': {
      const collection = m[2].split('/')[0];
      const found = exact('hlsp', `mast/hlsp/${m[2]}`);
      return lookUp(table.hlspCollections, collection)
        ? found
        : { ...found, folder: 'mast/hlsp/' };
    }
    case 'HST': {
      const path = /^product\/([a-z0-9]{9})\/([^/]+)$/i.exec(m[2]);
      if (path) {
        return hstIn(path[1].toLowerCase(), path[2]);
      }
      break;
    }
  }
  const product = /^product\/(?:[^/]+\/)*([^/]+)$/i.exec(m[2]);
  const found = product ? placesOfName(product[1]) : null;
  return found?.mission === m[1].toLowerCase() ? found : null;
}

/** A file in the folder of a known observation of HST. */
export function hstIn(root: string, file: string): IKeyCandidates {
  const folder = hstFolder(root);
  const name = file.replace(/[A-Z]/g, c => c.toLowerCase());
  return {
    mission: 'hst',
    file: name,
    keys: [folder + name],
    visitPrefix: visitPrefix(root),
    folder: `hst/public/${root.slice(0, 4)}/`
  };
}
