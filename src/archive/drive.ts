import { URLExt } from '@jupyterlab/coreutils';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { encodeKey, httpsUrl } from '../missions';
import type { IArchiveInfo } from '../tokens';
import { archiveNamed } from './config';
import { ArchiveError } from './errors';
import { fromLocalPath, toLocalPath } from './paths';
import { ReadOnlyDrive, UNDATED } from './readonly';
import { baseName } from './rows';
import type { IStore } from './store';

/** Bytes that a key of S3, or the start of one, has at most. */
const LONGEST_KEY = 1024;

/**
 * The archives as a read-only drive, so that JupyterLab's own viewers open
 * text, notebooks, images and tables of a bucket: `MAST:<archive>/<key>`.
 */
export class ArchiveDrive extends ReadOnlyDrive {
  constructor(private readonly _options: ArchiveDrive.IOptions) {
    super(_options.serverSettings, _options.trans);
  }

  /**
   * An object with its content, or a folder with its first page.
   *
   * Content is fetched only when it is asked for and not larger than the
   * setting `maxOpenSize`.
   */
  async get(
    localPath: string,
    options: Contents.IFetchOptions = {}
  ): Promise<Contents.IModel> {
    const place = fromLocalPath(localPath);
    if (place === null) {
      return this._archives(localPath);
    }
    const info = this._info(place.archive);
    const store = this._options.open(info);
    const { key } = place;
    if (options.type === 'directory' || key === '') {
      return this._folder(localPath, info, key);
    }
    if (options.type === undefined && !baseName(key).includes('.')) {
      // JupyterLab looks whether the folders of recent documents are there,
      // without saying that they are folders. Asked for as objects they are
      // 404s, which browsers write into the console.
      const prefix = `${key}/`;
      const page =
        Private.byteLength(prefix) <= LONGEST_KEY &&
        (await store.list({ prefix, delimiter: '/', maxKeys: 1 }));
      if (page && page.folders.length + page.objects.length > 0) {
        return options.content === false
          ? Private.directory(localPath, baseName(key), null)
          : this._folder(localPath, info, key);
      }
    }
    const head = await store.head(key);
    const model: Contents.IModel = {
      name: baseName(key) || key,
      path: localPath,
      type: options.type ?? Private.typeOf(key),
      writable: false,
      created: head.lastModified?.toISOString() ?? '',
      last_modified: head.lastModified?.toISOString() ?? UNDATED,
      mimetype: head.contentType ?? 'application/octet-stream',
      size: head.size,
      hash: head.etag,
      hash_algorithm: 'etag',
      content: null,
      format: null
    };
    if (options.content === false) {
      return model;
    }
    const limit = this._options.maxSize();
    if (head.size > limit) {
      throw new ArchiveError(
        'too-large',
        this.trans.__(
          '%1 has %2 bytes; up to %3 bytes are opened here (setting "maxOpenSize"). Insert code that reads it in place, or download it.',
          model.name,
          head.size,
          limit
        ),
        { target: key }
      );
    }
    const bytes = await store.read(key, { etag: head.etag || undefined });
    const content = Private.content(bytes, model, options.format);
    if (content === null) {
      throw new ArchiveError(
        'malformed',
        this.trans.__(
          '%1 is not JSON. Open it as text, or download it.',
          model.name
        )
      );
    }
    return { ...model, ...content };
  }

  async getDownloadUrl(localPath: string): Promise<string> {
    const place = fromLocalPath(localPath);
    if (place === null) {
      throw new Error(
        this.trans.__('There is nothing to download at the root of MAST.')
      );
    }
    return downloadUrl(
      this._info(place.archive),
      place.key,
      this._options.relayed(this._info(place.archive))
        ? this.serverSettings
        : null
    );
  }

  private _info(id: string): IArchiveInfo {
    return archiveNamed(id, this._options.archives, this.trans);
  }

  private _archives(path: string): Contents.IModel {
    return Private.directory(
      path,
      '',
      this._options.archives.map(info =>
        Private.directory(info.id, info.title, null)
      )
    );
  }

  private async _folder(
    path: string,
    info: IArchiveInfo,
    key: string
  ): Promise<Contents.IModel> {
    const prefix = key === '' || key.endsWith('/') ? key : `${key}/`;
    const page = await this._options
      .open(info)
      .list({ prefix, delimiter: '/' });
    // A folder's slash comes back when it is opened, unless its name is empty.
    const below = (one: string) =>
      toLocalPath(info.id, one.replace(/([^/])\/$/, '$1'));
    return Private.directory(path, baseName(prefix), [
      ...page.folders.map(folder =>
        Private.directory(below(folder), baseName(folder), null)
      ),
      ...page.objects
        .filter(object => object.key !== prefix)
        .map(object => ({
          name: baseName(object.key),
          path: toLocalPath(info.id, object.key),
          type: Private.typeOf(object.key),
          writable: false,
          created: '',
          last_modified: object.lastModified?.toISOString() ?? UNDATED,
          mimetype: '',
          size: object.size,
          content: null,
          format: null
        }))
    ]);
  }
}

export namespace ArchiveDrive {
  export interface IOptions {
    readonly archives: readonly IArchiveInfo[];
    readonly serverSettings: ServerConnection.ISettings;
    readonly trans: TranslationBundle;
    open(info: IArchiveInfo): IStore;
    /** Bytes above which content is refused. */
    maxSize(): number;
    /** Whether an archive is read through the Jupyter server. */
    relayed(info: IArchiveInfo): boolean;
  }
}

/**
 * Where a browser saves an object from: the server's download route, or the
 * bucket's own address without a server.
 */
export function downloadUrl(
  info: IArchiveInfo,
  key: string,
  server: ServerConnection.ISettings | null
): string {
  return server === null
    ? httpsUrl(info.bucket, key, info)
    : URLExt.join(
        server.baseUrl,
        'jupyterlab-mast/archive',
        encodeURIComponent(info.id),
        'download'
      ) + `/${encodeKey(key)}`;
}

namespace Private {
  export function byteLength(text: string): number {
    return new TextEncoder().encode(text).length;
  }

  export function typeOf(key: string): Contents.ContentType {
    return key.toLowerCase().endsWith('.ipynb') ? 'notebook' : 'file';
  }

  export function directory(
    path: string,
    name: string,
    content: Contents.IModel[] | null
  ): Contents.IModel {
    return {
      name,
      path,
      type: 'directory',
      writable: false,
      created: '',
      last_modified: '',
      mimetype: '',
      content,
      format: 'json'
    };
  }

  /** `null` when it should be JSON and is none. */
  export function content(
    bytes: Uint8Array,
    { type }: Contents.IModel,
    format: Contents.FileFormat | undefined
  ): { content: unknown; format: Contents.FileFormat } | null {
    if (type === 'notebook' || format === 'json') {
      try {
        const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
        return {
          content: type === 'notebook' ? joinLines(parsed) : parsed,
          format: 'json'
        };
      } catch {
        return null;
      }
    }
    return format === 'base64'
      ? { content: base64(bytes), format: 'base64' }
      : { content: new TextDecoder().decode(bytes), format: 'text' };
  }

  /**
   * A notebook as the Jupyter server would give it: files hold texts as lists
   * of lines, JupyterLab wants them whole.
   */
  function joinLines(notebook: unknown): unknown {
    for (const cell of list(notebook, 'cells')) {
      join(cell, ['source']);
      for (const attachment of Object.values(record(cell.attachments))) {
        joinBundle(record(attachment));
      }
      for (const output of list(cell, 'outputs')) {
        join(output, ['text']);
        joinBundle(record(output.data));
      }
    }
    return notebook;
  }

  /** Data by media type; what is JSON stays as it is. */
  function joinBundle(data: Record<string, unknown>): void {
    join(
      data,
      Object.keys(data).filter(type => !/[/+]json$/.test(type))
    );
  }

  function join(holder: Record<string, unknown>, names: string[]): void {
    for (const name of names) {
      const lines = holder[name];
      if (Array.isArray(lines)) {
        holder[name] = lines.join('');
      }
    }
  }

  function list(holder: unknown, name: string): Record<string, unknown>[] {
    const found = record(holder)[name];
    return Array.isArray(found) ? found.map(record) : [];
  }

  function record(value: unknown): Record<string, unknown> {
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : {};
  }

  function base64(bytes: Uint8Array): string {
    let binary = '';
    for (let i = 0; i < bytes.length; i += 0x8000) {
      binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    }
    return btoa(binary);
  }
}
