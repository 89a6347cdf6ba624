import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ArchiveDrive } from './drive';
import { ReadOnlyDrive, UNDATED } from './readonly';
import type { ArchiveService } from './service';

/**
 * The `MAST:` drive as it is registered at start: the code that reads is
 * loaded with the first request.
 */
export class LazyDrive extends ReadOnlyDrive {
  constructor(
    private readonly _service: ArchiveService,
    private readonly _maxSize: () => number,
    trans: TranslationBundle
  ) {
    super(_service.serverSettings, trans);
  }

  async get(
    path: string,
    options?: Contents.IFetchOptions
  ): Promise<Contents.IModel> {
    if (
      this._loaded === null &&
      options?.content === false &&
      options.type === undefined
    ) {
      // JupyterLab asks at each start whether its recent documents are still
      // there; no archive is read for that.
      return unread(path);
    }
    return (await this._drive()).get(path, options);
  }

  async getDownloadUrl(path: string): Promise<string> {
    return (await this._drive()).getDownloadUrl(path);
  }

  private async _drive(): Promise<ArchiveDrive> {
    const service = this._service;
    const module = await import('./drive');
    this._loaded ??= new module.ArchiveDrive({
      archives: service.archives,
      serverSettings: this.serverSettings,
      trans: this.trans,
      open: service.open,
      maxSize: this._maxSize,
      relayed: info => service.relayed(info)
    });
    return this._loaded;
  }

  private _loaded: ArchiveDrive | null = null;
}

/** What can be said of a path without asking its archive. */
function unread(path: string): Contents.IModel {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    name,
    path,
    // The folders of recent documents are among what it asks for.
    type: name.includes('.') ? 'file' : 'directory',
    writable: false,
    created: '',
    last_modified: UNDATED,
    mimetype: '',
    content: null,
    format: null
  };
}
