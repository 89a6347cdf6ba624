import { Dialog } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import type { Message } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

/**
 * JupyterLab's dialog, whose buttons follow a model, and which leaves the keys
 * of what stands inside alone: there Enter starts nothing.
 */
export abstract class LiveDialog extends Dialog<void> {
  constructor(private readonly _live: LiveDialog.IOptions) {
    const parts = new Private.Parts(_live.note ?? '');
    super({
      title: _live.title,
      body: _live.body as Widget & Dialog.IBodyWidget<void>,
      renderer: parts,
      focusNodeSelector: Private.firstFocus(_live.focusNodeSelector),
      ...(_live.defaultButton === undefined
        ? {}
        : { defaultButton: _live.defaultButton }),
      buttons: _live.buttons
    });
    this._parts = parts;
    this.addClass('mast-Dialog');
    _live.body.addClass('mast-Dialog-body');
    if (_live.note) {
      this.addClass('mast-mod-noted');
    }
    _live.changed.connect(this.follow, this);
  }

  dispose(): void {
    this._live.changed.disconnect(this.follow, this);
    super.dispose();
  }

  /**
   * Show it until it is closed, also by the page. What it shows ends with it.
   */
  async untilClosed(shown: IDisposable): Promise<void> {
    try {
      // One that the page has closed was not answered.
      await this.launch().catch(() => undefined);
    } finally {
      shown.dispose();
    }
  }

  /** The buttons, in their order. */
  protected get buttonNodes(): readonly HTMLButtonElement[] {
    return this._parts.nodes;
  }

  /** Make the buttons say and allow what the model does now. */
  protected abstract follow(): void;

  /** Give a button other words. */
  protected setLabel(button: HTMLButtonElement, text: string): void {
    const label = button.querySelector('.jp-Dialog-buttonLabel') ?? button;
    label.textContent = text;
    button.setAttribute('aria-label', text);
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.follow();
  }

  /** JupyterLab looks at inputs after each key, and enables the button. */
  protected _checkValidation(): void {
    this.follow();
  }

  protected _evtKeydown(event: KeyboardEvent): void {
    const enabled = this.buttonNodes.filter(node => !node.disabled);
    const last = enabled[enabled.length - 1];
    const first = this.node.querySelector<HTMLElement>(this._live.firstStop);
    if (!Private.keepKey(event, last, first)) {
      super._evtKeydown(event);
    }
  }

  private readonly _parts: Private.Parts;
}

export namespace LiveDialog {
  export interface IOptions {
    readonly title: string;
    readonly body: Widget;
    readonly buttons: readonly Dialog.IButton[];
    /** Words beside the buttons. */
    readonly note?: string;
    readonly focusNodeSelector?: string;
    readonly defaultButton?: number;
    /** What in the body Tab goes to behind the last button. */
    readonly firstStop: string;
    /** Emitted when the buttons may have to change. */
    readonly changed: ISignal<unknown, void>;
  }
}

namespace Private {
  /** Makes the buttons, and knows them; puts words beside them. */
  export class Parts extends Dialog.Renderer {
    constructor(private readonly _note: string) {
      super();
    }

    readonly nodes: HTMLButtonElement[] = [];

    createButtonNode(button: Dialog.IButton): HTMLButtonElement {
      const node = super.createButtonNode(button);
      this.nodes.push(node);
      return node;
    }

    createFooter(
      buttons: readonly HTMLButtonElement[],
      checkbox: HTMLElement | null
    ): Widget {
      const footer = super.createFooter(buttons, checkbox);
      if (this._note !== '') {
        const note = document.createElement('span');
        note.className = 'mast-Dialog-note mast-secondary';
        note.textContent = this._note;
        footer.node.prepend(note);
      }
      return footer;
    }
  }

  /**
   * What gets the focus when the browser has time, which may be long after
   * the dialog is there: what has it by then, if that is in the body.
   */
  export function firstFocus(selector: string | undefined): string {
    const dialog = '.jp-Dialog-content';
    const first = `${dialog}:not(:focus-within) ${selector}`;
    return `${dialog}:focus-within :focus${selector ? `, ${first}` : ''}`;
  }

  /**
   * Whether a key is no business of JupyterLab's dialogs: Enter in the body
   * starts nothing, and Tab behind the last button goes to the first stop of
   * the body, for which JupyterLab looks before React has drawn it.
   */
  export function keepKey(
    event: KeyboardEvent,
    last: HTMLElement | null | undefined,
    first: HTMLElement | null
  ): boolean {
    if (event.key === 'Tab' && !event.shiftKey) {
      if (event.target === last && first) {
        event.preventDefault();
        event.stopPropagation();
        first.focus();
      }
      return true;
    }
    const inside = (event.target as Element | null)?.closest?.(
      '.jp-Dialog-body'
    );
    return !!inside && event.key !== 'Escape';
  }
}
