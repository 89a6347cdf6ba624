import type { IArchiveObject, IObjectProperties } from '../tokens';

/**
 * What to list.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export interface IListRequest {
  readonly prefix: string;
  /** `'/'` for one folder, `''` for everything below the prefix. */
  readonly delimiter: '/' | '';
  /** Where the previous page ended. */
  readonly continuation?: string;
  readonly startAfter?: string;
  /** At most 1,000, which is also the default. */
  readonly maxKeys?: number;
  /**
   * Whether nobody asked for this: it is no sign that somebody is there, and
   * must not keep an idle Jupyter server alive.
   */
  readonly quiet?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * One page of a listing, in S3's order (UTF-8 bytes of the key).
 */
export interface IListPage {
  readonly objects: readonly IArchiveObject[];
  /** The folders (`CommonPrefixes`), each ending in the delimiter. */
  readonly folders: readonly string[];
  /** `null` when this was the last page. */
  readonly continuation: string | null;
}

/**
 * Reading one archive. All errors are `ArchiveError`s.
 */
export interface IStore {
  list(request: IListRequest): Promise<IListPage>;
  /**
   * What is known of an object. Without `checksums` these may be missing: to
   * ask a bucket for them from a browser may take two requests more.
   */
  head(
    key: string,
    signal?: AbortSignal,
    checksums?: boolean
  ): Promise<IObjectProperties>;
  /**
   * The bytes `[start, end)` of an object, or all of it without a range.
   * With `etag` the object must still be that version, as far as that can be
   * told.
   */
  read(
    key: string,
    options?: {
      readonly start?: number;
      readonly end?: number;
      readonly etag?: string;
      readonly signal?: AbortSignal;
    }
  ): Promise<Uint8Array>;
}

/**
 * Compare two keys as S3 orders them: by the bytes of their UTF-8.
 *
 * UTF-16 order, which JavaScript's `<` uses, differs where a surrogate meets
 * a character above U+D7FF; code points order as UTF-8 does.
 */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x !== y) {
      // Move surrogates above the rest of the basic plane.
      x = x >= 0xe000 ? x - 0x800 : x >= 0xd800 ? x + 0x2000 : x;
      y = y >= 0xe000 ? y - 0x800 : y >= 0xd800 ? y + 0x2000 : y;
      return x - y;
    }
  }
  return a.length - b.length;
}
