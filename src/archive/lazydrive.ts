import type { Contents, ServerConnection } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';
import type { ArchiveDrive } from './drive';
import { DRIVE } from './paths';
import type { ArchiveService } from './service';

/**
 * The `MAST:` drive as it is registered at start: the code behind it is
 * loaded with the first request.
 *
 * `contentProviderRegistry` and `sharedModelFactory` stay undefined: see
 * {@link ArchiveDrive}.
 */
export class LazyDrive implements Contents.IDrive {
  constructor(
    private readonly _service: ArchiveService,
    private readonly _maxSize: () => number
  ) {
    this.serverSettings = _service.serverSettings;
  }

  readonly name = DRIVE;
  readonly serverSettings: ServerConnection.ISettings;

  get fileChanged(): ISignal<this, Contents.IChangedArgs> {
    return this._fileChanged;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      Signal.clearData(this);
    }
  }

  async get(
    path: string,
    options?: Contents.IFetchOptions
  ): Promise<Contents.IModel> {
    return (await this._drive()).get(path, options);
  }

  async getDownloadUrl(path: string): Promise<string> {
    return (await this._drive()).getDownloadUrl(path);
  }

  async newUntitled(): Promise<Contents.IModel> {
    return (await this._drive()).newUntitled();
  }

  async delete(): Promise<void> {
    return (await this._drive()).delete();
  }

  async rename(): Promise<Contents.IModel> {
    return (await this._drive()).rename();
  }

  async save(): Promise<Contents.IModel> {
    return (await this._drive()).save();
  }

  async copy(): Promise<Contents.IModel> {
    return (await this._drive()).copy();
  }

  async createCheckpoint(): Promise<Contents.ICheckpointModel> {
    return (await this._drive()).createCheckpoint();
  }

  async listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return [];
  }

  async restoreCheckpoint(): Promise<void> {
    return (await this._drive()).restoreCheckpoint();
  }

  async deleteCheckpoint(): Promise<void> {
    return (await this._drive()).deleteCheckpoint();
  }

  private async _drive(): Promise<ArchiveDrive> {
    const service = this._service;
    const module = await import('./drive');
    this._loaded ??= new module.ArchiveDrive({
      archives: service.archives,
      serverSettings: this.serverSettings,
      open: service.open,
      maxSize: this._maxSize,
      relayed: info => service.relayed(info)
    });
    return this._loaded;
  }

  private _loaded: ArchiveDrive | null = null;
  private _disposed = false;
  private readonly _fileChanged = new Signal<this, Contents.IChangedArgs>(this);
}
