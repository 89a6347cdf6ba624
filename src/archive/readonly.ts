import { Signal, type ISignal } from '@lumino/signaling';
import type { Contents, ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DRIVE } from './paths';

/**
 * The date of what has none. JupyterLab formats the date of a document without
 * a look whether it is one, and an empty one throws.
 */
export const UNDATED = '1970-01-01T00:00:00Z';

/**
 * What a read-only drive refuses, and what it has besides reading.
 *
 * `contentProviderRegistry` and `sharedModelFactory` stay undefined: with
 * jupyter-collaboration installed, a registry without the provider that it
 * asks for fails with "Provider rtc is not registered".
 */
export abstract class ReadOnlyDrive implements Contents.IDrive {
  constructor(
    readonly serverSettings: ServerConnection.ISettings,
    protected readonly trans: TranslationBundle
  ) {}

  readonly name = DRIVE;

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

  abstract get(
    path: string,
    options?: Contents.IFetchOptions
  ): Promise<Contents.IModel>;

  abstract getDownloadUrl(path: string): Promise<string>;

  newUntitled(): Promise<Contents.IModel> {
    return this._refuse();
  }

  delete(): Promise<void> {
    return this._refuse();
  }

  rename(): Promise<Contents.IModel> {
    return this._refuse();
  }

  save(): Promise<Contents.IModel> {
    return this._refuse();
  }

  copy(): Promise<Contents.IModel> {
    return this._refuse();
  }

  createCheckpoint(): Promise<Contents.ICheckpointModel> {
    return this._refuse();
  }

  async listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return [];
  }

  restoreCheckpoint(): Promise<void> {
    return this._refuse();
  }

  deleteCheckpoint(): Promise<void> {
    return this._refuse();
  }

  private async _refuse(): Promise<never> {
    throw new Error(
      this.trans.__(
        'The archive is read-only. Save a copy in your workspace instead ("Save As…").'
      )
    );
  }

  private _disposed = false;
  private readonly _fileChanged = new Signal<this, Contents.IChangedArgs>(this);
}
