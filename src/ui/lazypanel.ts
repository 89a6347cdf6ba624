import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import { PromiseDelegate } from '@lumino/coreutils';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import { Panel, type Widget } from '@lumino/widgets';
import { loadInto } from './loading';

/**
 * A panel of the side bar: an empty shell until it is first shown, so that a
 * session that does not use it loads and fetches nothing.
 */
export class LazyPanel<T extends Widget = Widget> extends Panel {
  constructor(private readonly _lazy: LazyPanel.IOptions<T>) {
    super();
    const { id, kind, icon, label } = _lazy;
    this.id = id;
    this.addClass('mast-Panel');
    this.addClass(kind);
    this.title.icon = icon;
    this.title.caption = label;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', label);
  }

  /**
   * The content, when it is loaded; shows the panel do that. Rejects when it
   * could not be; who asks then waits for the next try.
   */
  get ready(): Promise<T> {
    return this._ready.promise;
  }

  /** Emitted when the panel comes into sight. */
  get shown(): ISignal<this, void> {
    return this._shown;
  }

  dispose(): void {
    Signal.clearData(this);
    super.dispose();
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
    if (this.isVisible) {
      void this._start();
    }
    this.ready.then(
      content => content.activate(),
      () => undefined
    );
  }

  private async _start(): Promise<void> {
    this._shown.emit();
    if (this._started) {
      return;
    }
    this._started = true;
    const { load, trans } = this._lazy;
    const { _ready: ready } = this;
    try {
      ready.resolve(await loadInto(this, load, trans, () => this._start()));
    } catch (error) {
      // The next show, or a click, tries again.
      this._started = false;
      this._ready = new PromiseDelegate<T>();
      ready.promise.catch(() => undefined);
      ready.reject(error);
    }
  }

  private _ready = new PromiseDelegate<T>();
  private readonly _shown = new Signal<this, void>(this);
  private _started = false;
}

export namespace LazyPanel {
  export interface IOptions<T extends Widget> {
    readonly id: string;
    /** The CSS class of panels of this kind, beside `mast-Panel`. */
    readonly kind: string;
    readonly icon: LabIcon;
    /** The name of the panel, for its tab and for screen readers. */
    readonly label: string;
    readonly trans: TranslationBundle;
    /** Load the content; called when the panel is first shown. */
    readonly load: () => Promise<T>;
  }
}
