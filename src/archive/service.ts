import type { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import type {
  IArchive,
  IArchiveInfo,
  IArchiveObject,
  IByteSource,
  IChoice,
  IObjectProperties,
  IPlace
} from '../tokens';
import { archiveNamed, routeOf, type IArchiveConfig } from './config';
import { ArchiveError } from './errors';
import type { ArchiveModel } from './model';
import { DRIVE, fromLocalPath } from './paths';
import type { ITemplate } from './snippets';
import type { IListPage, IListRequest, IStore } from './store';

/**
 * The archives of this page, their stores, and the panel's model once the
 * panel was shown. The AWS SDK is loaded with the first request.
 */
export class ArchiveService implements IArchive {
  constructor(
    readonly config: IArchiveConfig,
    readonly serverSettings: ServerConnection.ISettings,
    readonly trans: TranslationBundle
  ) {}

  get archives(): readonly IArchiveInfo[] {
    return this.config.archives;
  }

  get(id: string): IArchiveInfo | undefined {
    return this.archives.find(info => info.id === id);
  }

  /** Whether an archive is read through the Jupyter server. */
  relayed(info: IArchiveInfo): boolean {
    return routeOf(info, this.config.relay) === 'relay';
  }

  /** The store of an archive; the same one at every call. */
  readonly open = (info: IArchiveInfo): IStore => {
    let store = this._stores.get(info.id);
    if (store === undefined) {
      store = new LazyStore(async () => {
        const { S3Store } = await import('./s3');
        return new S3Store({
          info,
          connection: this.relayed(info) ? this.serverSettings : null,
          silence: this.config.silence,
          trans: this.trans
        });
      }, this.trans);
      this._stores.set(info.id, store);
    }
    return store;
  };

  /** Load the AWS SDK, which the first request needs, ahead of it. */
  preload(): void {
    // A failure is told by the request that needs the code.
    import('./s3').catch(() => undefined);
  }

  /** The panel's model; `null` until the panel was first shown. */
  get model(): ArchiveModel | null {
    return this._model;
  }

  /** The code templates, as the settings have them. */
  templates: readonly ITemplate[] = [];

  /**
   * Whether a template reads these keys; known once the panel's code, with
   * the mission tables, is loaded.
   */
  reads: ((template: ITemplate, keys: readonly string[]) => boolean) | null =
    null;

  attach(model: ArchiveModel): void {
    this._model = model;
    model.selectionChanged.connect(() => this._selectionChanged.emit());
    this._selectionChanged.emit();
  }

  get current(): IArchiveInfo | null {
    return this._model?.archive ?? null;
  }

  get selection(): readonly IArchiveObject[] {
    return this._model?.selectedObjects ?? [];
  }

  chosen(what: 'selection' | 'heading'): IChoice {
    return this._model?.chosen(what) ?? { objects: [], folders: [] };
  }

  /**
   * The archive of an id; without one that of the panel, or the first.
   *
   * @throws ArchiveError when there is none.
   */
  meant(id: string | null): IArchiveInfo {
    const own = id === null ? (this.current ?? this.archives[0]) : undefined;
    return own ?? archiveNamed(id ?? '', this.archives, this.trans);
  }

  async locate(
    text: string,
    archive: string | null = null
  ): Promise<IPlace | null> {
    const current = this.meant(archive);
    const { resolve } = await import('./resolve');
    const stop = new AbortController();
    for await (const finding of resolve(text, {
      current,
      archives: archive === null ? this.archives : [current],
      open: this.open,
      trans: this.trans,
      signal: stop.signal
    })) {
      stop.abort();
      return finding.place;
    }
    return null;
  }

  async *objectsBelow(
    archive: string,
    prefix: string,
    signal?: AbortSignal
  ): AsyncGenerator<readonly IArchiveObject[]> {
    const store = this._store(archive);
    let continuation: string | undefined;
    do {
      const page: IListPage = await store.list({
        prefix,
        delimiter: '',
        continuation,
        signal
      });
      yield page.objects;
      continuation = page.continuation ?? undefined;
    } while (continuation !== undefined);
  }

  get selectionChanged(): ISignal<IArchive, void> {
    return this._selectionChanged;
  }

  async head(archive: string, key: string): Promise<IObjectProperties> {
    return this._store(archive).head(key, undefined, true);
  }

  bytes(archive: string, key: string): IByteSource {
    const store = this._store(archive);
    let head: Promise<IObjectProperties> | null = null;
    const known = () =>
      (head ??= store.head(key).catch(error => {
        head = null;
        throw error;
      }));
    return {
      origin: { archive, key },
      size: async () => (await known()).size,
      read: async (start, end) => {
        const { size, etag } = await known();
        // Not all stores cut a range at the end of the object, as S3 does.
        const stop = Math.min(end, size);
        return start >= stop
          ? new Uint8Array()
          : store.read(key, { start, end: stop, etag: etag || undefined });
      }
    };
  }

  bytesOfPath(path: string): IByteSource | null {
    const place = path.startsWith(`${DRIVE}:`)
      ? fromLocalPath(path.slice(DRIVE.length + 1))
      : null;
    return place && this.bytes(place.archive, place.key);
  }

  private _store(archive: string): IStore {
    return this.open(this.meant(archive));
  }

  private readonly _stores = new Map<string, IStore>();
  private _model: ArchiveModel | null = null;
  private readonly _selectionChanged = new Signal<this, void>(this);
}

/** A store whose code is loaded with the first request. */
class LazyStore implements IStore {
  constructor(
    private readonly _load: () => Promise<IStore>,
    private readonly _trans: TranslationBundle
  ) {}

  async list(request: IListRequest): Promise<IListPage> {
    return (await this._store()).list(request);
  }

  async head(...asked: Parameters<IStore['head']>): Promise<IObjectProperties> {
    return (await this._store()).head(...asked);
  }

  async read(
    key: string,
    options?: Parameters<IStore['read']>[1]
  ): Promise<Uint8Array> {
    return (await this._store()).read(key, options);
  }

  private _store(): Promise<IStore> {
    // A chunk that could not be loaded is asked for again next time.
    this._loaded ??= this._load().catch(error => {
      this._loaded = null;
      throw new ArchiveError(
        'server-away',
        this._trans.__(
          'The code that reads archives could not be loaded: %1',
          String(error)
        )
      );
    });
    return this._loaded;
  }

  private _loaded: Promise<IStore> | null = null;
}
