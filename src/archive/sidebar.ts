import type { TranslationBundle } from '@jupyterlab/translation';
import { PromiseDelegate } from '@lumino/coreutils';
import type { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';
import { archiveIcon } from '../ui/icons';
import type { ArchiveWidget } from './widget';

/**
 * The archive panel in the side bar: an empty shell until it is first shown,
 * so that a session that does not use the archive loads and fetches nothing.
 */
export class ArchiveSidebar extends Panel {
  constructor(options: ArchiveSidebar.IOptions) {
    super();
    this._load = options.load;
    this.id = 'jupyterlab-mast-archive';
    this.addClass('mast-Panel');
    this.addClass('mast-Archive');
    this.title.icon = archiveIcon;
    this.title.caption = options.trans.__('Archive');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', options.trans.__('Archive'));
  }

  /** The content, when it is loaded; shows the panel do that. */
  get ready(): Promise<ArchiveWidget> {
    return this._ready.promise;
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this._start();
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      void this._start();
    }
  }

  protected onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    void this.ready.then(content => content.activate());
  }

  private async _start(): Promise<void> {
    if (this._started) {
      return;
    }
    this._started = true;
    try {
      const content = await this._load();
      this.addWidget(content);
      this._ready.resolve(content);
    } catch (error) {
      // The code could not be loaded; the next show tries again.
      this._started = false;
      console.error(
        'jupyterlab-mast: the archive panel could not be loaded.',
        error
      );
    }
  }

  private readonly _load: () => Promise<ArchiveWidget>;
  private readonly _ready = new PromiseDelegate<ArchiveWidget>();
  private _started = false;
}

export namespace ArchiveSidebar {
  export interface IOptions {
    readonly trans: TranslationBundle;
    /** Load the content; called when the panel is first shown. */
    readonly load: () => Promise<ArchiveWidget>;
  }
}
