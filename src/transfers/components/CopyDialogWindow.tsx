import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';
import { actionOf, CopyDialog, type ICopyDialogProps } from './CopyDialog';
import { keepKey } from './dialogkeys';
import '../../../style/ui.css';
import '../../../style/transfers-copy-dialog.css';

/**
 * Show "Copy to" on a transfer that has not started, until it is started or
 * the dialog is closed; then the transfer is taken away again.
 *
 * @returns Whether it was started.
 */
export async function showCopyDialog(
  options: ICopyDialogProps
): Promise<boolean> {
  const { model } = options;
  const dialog = new CopyDialogWindow(options);
  const { button } = await dialog.launch();
  const started = button.accept;
  try {
    if (!started) {
      await model.discard();
    }
  } finally {
    model.dispose();
  }
  return started;
}

/** The button that starts, and the words beside the buttons. */
class Parts extends Dialog.Renderer {
  constructor(private readonly _note: string) {
    super();
  }

  accept: HTMLButtonElement | null = null;
  cancel: HTMLButtonElement | null = null;
  label: HTMLElement | null = null;

  createButtonNode(button: Dialog.IButton): HTMLButtonElement {
    const node = super.createButtonNode(button);
    if (button.accept) {
      this.accept = node;
      this.label = node.querySelector('.jp-Dialog-buttonLabel') ?? node;
    } else {
      this.cancel = node;
    }
    return node;
  }

  createFooter(
    buttons: readonly HTMLButtonElement[],
    checkbox: HTMLElement | null
  ): Widget {
    const footer = super.createFooter(buttons, checkbox);
    const note = document.createElement('span');
    note.className = 'mast-CopyDialog-note mast-secondary';
    note.textContent = this._note;
    footer.node.prepend(note);
    return footer;
  }
}

/**
 * JupyterLab's dialog, with a button whose words follow the plan, and which
 * leaves the keys of what stands inside alone: there Enter starts nothing.
 */
class CopyDialogWindow extends Dialog<void> {
  constructor(private readonly _options: ICopyDialogProps) {
    const { trans } = _options;
    const parts = new Parts(
      trans.__(
        'Each file is checked and appears only when complete. 1\u00a0GB\u00a0= 1,000,000,000 bytes.'
      )
    );
    const body = ReactWidget.create(<CopyDialog {..._options} />);
    body.addClass('mast-CopyDialog');
    super({
      title: trans.__('Copy to workspace'),
      body: body as Widget & Dialog.IBodyWidget<void>,
      renderer: parts,
      // Before or after React has drawn it: see FolderPicker.
      focusNodeSelector: '[role=tree]',
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({ label: trans.__('Copy') })
      ]
    });
    this.addClass('mast-CopyDialog-window');
    this._parts = parts;
    _options.model.changed.connect(this._update, this);
    this._update();
  }

  dispose(): void {
    this._options.model.changed.disconnect(this._update, this);
    super.dispose();
  }

  resolve(index?: number): void {
    const { model } = this._options;
    if (index === 0) {
      super.resolve(index);
      return;
    }
    // Open until the server has taken it, so that a refusal can be read.
    void model.start().then(started => {
      if (started) {
        super.resolve(1);
      }
    });
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._update();
  }

  /** JupyterLab looks at inputs after each key, and enables the button. */
  protected _checkValidation(): void {
    this._update();
  }

  protected _evtKeydown(event: KeyboardEvent): void {
    const { accept, cancel } = this._parts;
    const last = accept?.disabled ? cancel : accept;
    const first = this.node.querySelector<HTMLElement>(
      '.mast-CopyDialog :is(button, [role=tree])'
    );
    if (!keepKey(event, last, first)) {
      super._evtKeydown(event);
    }
  }

  private _update(): void {
    const { model, trans, locale } = this._options;
    const { accept, label } = this._parts;
    const { phase } = model;
    if (phase === 'gone' && this.isAttached && !this._closing) {
      // Somebody started it in another page, or took it away.
      this._closing = true;
      this.reject();
      return;
    }
    if (accept && label) {
      label.textContent = actionOf(model, trans, locale);
      accept.title = '';
      accept.setAttribute('aria-label', label.textContent);
      accept.disabled = phase !== 'ready';
    }
  }

  private readonly _parts: Parts;
  private _closing = false;
}
