import type { TranslationBundle } from '@jupyterlab/translation';
import { PromiseDelegate } from '@lumino/coreutils';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import { Panel, type Widget } from '@lumino/widgets';
import { formatNumber } from '../ui/format';
import { transfersIcon } from '../ui/icons';
import { PANEL_ID } from './panelids';

/** `data-…` of the tab: how many transfers are active. */
const BADGE = 'mast-active';

/**
 * The transfers panel in the side bar: an empty shell until it is first
 * shown, so that a session that copies nothing loads and fetches nothing.
 */
export class TransfersSidebar extends Panel {
  constructor(private readonly _options: TransfersSidebar.IOptions) {
    super();
    const { trans } = _options;
    this.id = PANEL_ID;
    this.addClass('mast-Panel');
    this.addClass('mast-Transfers');
    this.title.icon = transfersIcon;
    this.title.caption = trans.__('Transfers');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Transfers'));
  }

  /** The content, when it is loaded; shows the panel do that. */
  get ready(): Promise<Widget> {
    return this._ready.promise;
  }

  /** Emitted when the panel comes into sight. */
  get shown(): ISignal<TransfersSidebar, void> {
    return this._shown;
  }

  /** How many transfers are active: a badge on the tab. */
  set active(count: number) {
    if (count === this._active) {
      return;
    }
    this._active = count;
    const { trans, locale } = this._options;
    const number = formatNumber(count, locale);
    const dataset = { ...this.title.dataset, [BADGE]: number };
    if (count === 0) {
      Reflect.deleteProperty(dataset, BADGE);
    }
    this.title.dataset = dataset;
    this.title.caption =
      count === 0
        ? trans.__('Transfers')
        : trans._n(
            'Transfers, %2 active',
            'Transfers, %2 active',
            count,
            number
          );
  }

  dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._start();
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      this._start();
    }
  }

  protected onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    void this.ready.then(content => content.activate());
  }

  private _start(): void {
    this._shown.emit();
    if (this._started) {
      return;
    }
    this._started = true;
    this._options.load().then(
      content => {
        this.addWidget(content);
        this._ready.resolve(content);
      },
      (error: unknown) => {
        // The code could not be loaded; the next show tries again.
        this._started = false;
        console.error(
          'jupyterlab-mast: the transfers panel could not be loaded.',
          error
        );
      }
    );
  }

  private readonly _ready = new PromiseDelegate<Widget>();
  private readonly _shown = new Signal<this, void>(this);
  private _active = 0;
  private _started = false;
}

export namespace TransfersSidebar {
  export interface IOptions {
    readonly trans: TranslationBundle;
    /** JupyterLab's language, for numbers. */
    readonly locale: string;
    /** Load the content; called when the panel is first shown. */
    readonly load: () => Promise<Widget>;
  }
}
