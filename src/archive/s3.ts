import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
  type ChecksumMode
} from '@aws-sdk/client-s3';
import type { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { URLExt } from '@jupyterlab/coreutils';
import { httpsUrl } from '../missions';
import type { IArchiveInfo, IObjectProperties } from '../tokens';
import { classify } from './classify';
import { ArchiveError } from './errors';
import { PageHandler, type IRequestOptions } from './handler';
import { Gate } from './gate';
import type { IListPage, IListRequest, IStore } from './store';

/**
 * How many requests of ours run at once: a browser opens six connections to
 * a host over HTTP/1.1, and the rest of JupyterLab needs some of them.
 */
const IN_FLIGHT = 4;

/** The gate of all archives of this page. */
const GATE = new Gate(IN_FLIGHT);

/** Seconds without a byte after which a request is given up, at least. */
const SILENCE = 30;

/** Seconds more than the relay waits, so that its sentence comes first. */
const MORE = 15;

/**
 * An archive read with the AWS SDK, through the Jupyter server's relay or
 * straight from the bucket. This module is the only one that imports the
 * SDK; load it with `import()` when the archive is first used.
 */
export class S3Store implements IStore {
  constructor(options: S3Store.IOptions) {
    const { info, connection, trans, silence = 0, gate = GATE } = options;
    this._trans = trans;
    const endpoint = Private.endpoint(info, connection);
    this._direct = connection === null;
    this._bucket = info.bucket;
    this._host = new URL(
      httpsUrl(info.bucket, '', info),
      document.baseURI
    ).host;
    this._client = new S3Client({
      region: info.region,
      endpoint: endpoint.url,
      forcePathStyle: endpoint.pathStyle,
      // The relay signs where the archive wants it; the page has no
      // credentials and must not look for any.
      credentials: { accessKeyId: '', secretAccessKey: '' },
      signer: { sign: async request => request },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // The panel shows when it tries again and lets people decide.
      maxAttempts: 1,
      requestHandler: new PageHandler({
        gate,
        timeout: 1000 * Math.max(SILENCE, connection ? silence + MORE : 0),
        connection,
        keyOffset: endpoint.keyOffset,
        trans
      })
    });
  }

  async list(request: IListRequest): Promise<IListPage> {
    const { prefix, delimiter, continuation, startAfter, maxKeys } = request;
    const options: IRequestOptions = {
      abortSignal: request.signal,
      quiet: request.quiet
    };
    try {
      const page = await this._client.send(
        new ListObjectsV2Command({
          Bucket: this._bucket,
          Prefix: prefix,
          Delimiter: delimiter || undefined,
          ContinuationToken: continuation,
          StartAfter: startAfter,
          MaxKeys: maxKeys,
          // XML cannot hold every character that a key can.
          EncodingType: 'url'
        }),
        options
      );
      if (
        page.Name === undefined &&
        page.KeyCount === undefined &&
        page.IsTruncated === undefined
      ) {
        // A login page, or something else that parses as an empty list.
        throw new ArchiveError(
          'malformed',
          this._trans.__('The answer is not a list of S3.'),
          {
            status: page.$metadata.httpStatusCode,
            target: prefix
          }
        );
      }
      const { NextContinuationToken: next } = page;
      if (page.IsTruncated && (!next || next === continuation)) {
        // The rest would be missing without a word, or asked for for ever.
        throw new ArchiveError(
          'malformed',
          this._trans.__(
            'The list goes on, but its answer does not say where.'
          ),
          { status: page.$metadata.httpStatusCode, target: prefix }
        );
      }
      const decode =
        page.EncodingType === 'url' ? Private.decode : (text: string) => text;
      return {
        objects: (page.Contents ?? []).map(item => ({
          key: decode(item.Key ?? ''),
          size: item.Size ?? 0,
          etag: item.ETag ?? '',
          lastModified: Private.date(item.LastModified),
          storageClass: item.StorageClass ?? null
        })),
        folders: (page.CommonPrefixes ?? []).map(item =>
          decode(item.Prefix ?? '')
        ),
        continuation: page.IsTruncated ? (next ?? null) : null
      };
    } catch (error) {
      throw classify(error, prefix, this._trans, this._host);
    }
  }

  async head(
    key: string,
    signal?: AbortSignal,
    checksums = false
  ): Promise<IObjectProperties> {
    if (checksums || !this._direct) {
      try {
        return await this._head(key, signal, 'ENABLED');
      } catch (error) {
        // Where a bucket does not allow the header, the browser asks nothing
        // and says no more than that.
        if (!this._direct || (error as ArchiveError).kind !== 'network') {
          throw error;
        }
      }
    }
    return this._head(key, signal);
  }

  private async _head(
    key: string,
    signal?: AbortSignal,
    mode?: ChecksumMode
  ): Promise<IObjectProperties> {
    try {
      const head = await this._client.send(
        new HeadObjectCommand({
          Bucket: this._bucket,
          Key: key,
          ChecksumMode: mode
        }),
        { abortSignal: signal }
      );
      const checksums: Record<string, string> = {};
      for (const [name, value] of [
        ['CRC64NVME', head.ChecksumCRC64NVME],
        ['SHA256', head.ChecksumSHA256],
        ['SHA1', head.ChecksumSHA1],
        ['CRC32C', head.ChecksumCRC32C],
        ['CRC32', head.ChecksumCRC32]
      ] as const) {
        if (value) {
          checksums[name] = value;
        }
      }
      return {
        key,
        size: head.ContentLength ?? 0,
        etag: head.ETag ?? '',
        lastModified: Private.date(head.LastModified),
        storageClass: head.StorageClass ?? null,
        contentType: head.ContentType ?? null,
        checksums,
        checksumType: head.ChecksumType ?? null,
        metadata: head.Metadata ?? {},
        versionId: head.VersionId ?? null
      };
    } catch (error) {
      throw classify(error, key, this._trans, this._host);
    }
  }

  async read(
    key: string,
    options: {
      readonly start?: number;
      readonly end?: number;
      readonly etag?: string;
      readonly signal?: AbortSignal;
    } = {}
  ): Promise<Uint8Array> {
    const { start = 0, end, etag, signal } = options;
    if (end !== undefined && end <= start) {
      // No range of HTTP says "nothing".
      return new Uint8Array();
    }
    try {
      const answer = await this._client.send(
        new GetObjectCommand({
          Bucket: this._bucket,
          Key: key,
          // A header that a bucket must allow by name; not all do.
          IfMatch: this._direct ? undefined : etag,
          Range:
            start === 0 && end === undefined
              ? undefined
              : `bytes=${start}-${end === undefined ? '' : end - 1}`
        }),
        { abortSignal: signal }
      );
      if (this._direct && etag && answer.ETag && answer.ETag !== etag) {
        throw new ArchiveError(
          'changed',
          this._trans.__(
            'The file has changed in the archive meanwhile. Open it again.'
          )
        );
      }
      const bytes =
        (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
      const asked = end === undefined ? undefined : end - start;
      // A server that ignores Range answers 200 with the whole object.
      return answer.$metadata.httpStatusCode === 200 &&
        (start > 0 || end !== undefined)
        ? bytes.subarray(start, asked === undefined ? undefined : start + asked)
        : bytes;
    } catch (error) {
      throw classify(error, key, this._trans, this._host);
    }
  }

  private readonly _trans: TranslationBundle;
  private readonly _direct: boolean;
  private readonly _bucket: string;
  private readonly _host: string;
  private readonly _client: S3Client;
}

export namespace S3Store {
  export interface IOptions {
    readonly info: IArchiveInfo;
    /** The Jupyter server for the relay, or `null` to go direct. */
    readonly connection: ServerConnection.ISettings | null;
    readonly trans: TranslationBundle;
    /** Seconds for which the relay may be silent. */
    readonly silence?: number;
    readonly gate?: Gate;
  }
}

namespace Private {
  export interface IEndpoint {
    readonly url: string | undefined;
    readonly pathStyle: boolean;
    readonly keyOffset: number;
  }

  /**
   * The endpoint, and where the key begins in the path of an object.
   */
  export function endpoint(
    info: IArchiveInfo,
    connection: ServerConnection.ISettings | null
  ): IEndpoint {
    const url = connection
      ? URLExt.join(
          connection.baseUrl,
          'jupyterlab-mast/archive',
          encodeURIComponent(info.id),
          's3'
        )
      : (info.endpoint ?? undefined);
    if (url === undefined) {
      return { url, pathStyle: false, keyOffset: 1 };
    }
    const base = new URL(url, document.baseURI);
    const path = base.pathname.replace(/\/$/, '');
    return {
      url: base.href.replace(/\/$/, ''),
      pathStyle: true,
      keyOffset: `${path}/${info.bucket}/`.length
    };
  }

  /** Undo `encoding-type=url`, where a space is a plus sign. */
  export function decode(text: string): string {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  }

  export function date(value: Date | undefined): Date | null {
    return value && !Number.isNaN(value.getTime()) ? value : null;
  }
}
