/**
 * An archive in memory, for tests: ListObjectsV2 as S3 answers it.
 */
import { nullTranslator } from '@jupyterlab/translation';
import type {
  IArchiveInfo,
  IArchiveObject,
  IObjectProperties
} from '../tokens';
import { ArchiveError } from './errors';
import {
  compareKeys,
  type IListPage,
  type IListRequest,
  type IStore
} from './store';

/** Sentences as they stand in the code. */
export const english = nullTranslator.load('x');

/** An archive's configuration with what a test says of it. */
export function archiveInfo(info: Partial<IArchiveInfo> = {}): IArchiveInfo {
  return {
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
      { title: 'K2', prefix: 'k2/public/' },
      { title: 'Kepler', prefix: 'kepler/public/' }
    ],
    ...info
  };
}

/** An object of a listing. */
export const archiveObject = (
  key: string,
  size = 1_000_000
): IArchiveObject => ({
  key,
  size,
  etag: '"e"',
  lastModified: null,
  storageClass: null
});

/** Names of a fixed width, so that their order is that of their numbers. */
export function manyKeys(
  prefix: string,
  count: number,
  end = '.fits'
): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${prefix}n${String(i).padStart(6, '0')}${end}`
  );
}

/**
 * A store that holds keys in memory, and keeps what was asked of it.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export class FakeStore implements IStore {
  constructor(
    keys: Iterable<string>,
    readonly pageSize = 1000
  ) {
    this._keys = [...new Set(keys)].sort(compareKeys);
  }

  /** Every list request, in order. */
  readonly requests: Omit<IListRequest, 'signal'>[] = [];
  /** The signals of these requests; apart, since jest cannot print them. */
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly reads: {
    key: string;
    start?: number;
    end?: number;
    etag?: string;
  }[] = [];

  /** Errors of the next requests, one each; `null` lets one pass. */
  readonly errors: (Error | null)[] = [];

  /** Lists that run now, and the most that ever ran at once. */
  running = 0;
  peak = 0;

  /** Awaited before a list is answered. */
  before: (request: IListRequest) => Promise<void> | void = () => undefined;

  /** Size of an object; by default its key's length. */
  sizeOf: (key: string) => number = key => (key.endsWith('/') ? 0 : key.length);

  /** Bytes of an object; by default its key. */
  bytesOf: (key: string) => Uint8Array = key => new TextEncoder().encode(key);

  contentType: string | null = null;

  async list(request: IListRequest): Promise<IListPage> {
    const { signal, ...asked } = request;
    this.requests.push(asked);
    this.signals.push(signal);
    this.running++;
    this.peak = Math.max(this.peak, this.running);
    try {
      FakeStore._check(signal);
      await Promise.race([this.before(request), FakeStore._aborted(signal)]);
      FakeStore._check(signal);
      const error = this.errors.shift();
      if (error) {
        throw error;
      }
      return this._page(request);
    } finally {
      this.running--;
    }
  }

  async head(key: string, signal?: AbortSignal): Promise<IObjectProperties> {
    FakeStore._check(signal);
    if (!this._keys.includes(key)) {
      return Promise.reject(
        new ArchiveError('not-found', 'NotFound', { status: 404, target: key })
      );
    }
    return Promise.resolve({
      ...this._object(key),
      contentType: this.contentType,
      checksums: {},
      checksumType: null,
      metadata: {},
      versionId: null
    });
  }

  async read(
    key: string,
    options: { start?: number; end?: number; etag?: string } = {}
  ): Promise<Uint8Array> {
    const { start, end, etag } = options;
    this.reads.push({ key, start, end, etag });
    return Promise.resolve(this.bytesOf(key).subarray(start ?? 0, end));
  }

  private _page(request: IListRequest): IListPage {
    const { prefix, delimiter, continuation, startAfter } = request;
    const limit = Math.min(request.maxKeys ?? 1000, this.pageSize);
    // The mark says what came last: a key, or a folder with all in it.
    const after = continuation?.slice(1) ?? startAfter ?? null;
    const inside = continuation?.startsWith('f') ? after : null;
    const objects: string[] = [];
    const folders: string[] = [];
    let last = '';
    for (const key of this._keys) {
      if (
        !key.startsWith(prefix) ||
        (after !== null && compareKeys(key, after) <= 0) ||
        (inside !== null && key.startsWith(inside))
      ) {
        continue;
      }
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const folder = cut < 0 ? null : key.slice(0, cut + 1);
      if (folder !== null && folders[folders.length - 1] === folder) {
        continue;
      }
      if (objects.length + folders.length === limit) {
        return {
          objects: objects.map(one => this._object(one)),
          folders,
          continuation: last
        };
      }
      if (folder === null) {
        objects.push(key);
        last = `o${key}`;
      } else {
        folders.push(folder);
        last = `f${folder}`;
      }
    }
    return {
      objects: objects.map(one => this._object(one)),
      folders,
      continuation: null
    };
  }

  private _object(key: string) {
    return {
      key,
      size: this.sizeOf(key),
      etag: `"${key.length}"`,
      lastModified: new Date(Date.UTC(2026, 0, 1 + (key.length % 300))),
      storageClass: null
    };
  }

  private static _check(signal?: AbortSignal): void {
    if (signal?.aborted) {
      throw new ArchiveError('aborted', 'Aborted');
    }
  }

  private static _aborted(signal?: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () =>
        reject(new ArchiveError('aborted', 'Aborted'))
      );
    });
  }

  private readonly _keys: readonly string[];
}
