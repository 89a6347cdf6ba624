import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';
import {
  CompareDialog,
  updateLabel,
  type ICompareDialogProps
} from './CompareDialog';
import { keepKey } from './dialogkeys';
import '../../../style/ui.css';
import '../../../style/transfers-compare.css';

/** What somebody decided; `keep`: nothing is copied. */
export type Decided = 'keep' | 'both' | 'update';

/**
 * Show a copy beside what the archive has, until it is decided what is kept.
 * Copies that were decided for have been started then.
 */
export async function showCompareDialog(
  options: ICompareDialogProps
): Promise<Decided> {
  const dialog = new CompareDialogWindow(options);
  void options.model.read();
  try {
    await dialog.launch();
    return dialog.decided;
  } finally {
    options.model.dispose();
  }
}

/** Makes the buttons, and knows them. */
class Buttons extends Dialog.Renderer {
  readonly nodes: HTMLButtonElement[] = [];

  createButtonNode(button: Dialog.IButton): HTMLButtonElement {
    const node = super.createButtonNode(button);
    this.nodes.push(node);
    return node;
  }
}

/**
 * JupyterLab's dialog, whose buttons follow what can be done. It opens with
 * the focus on the one that keeps the file, and leaves the keys of what stands
 * inside alone: there Enter starts nothing.
 */
class CompareDialogWindow extends Dialog<void> {
  constructor(private readonly _options: ICompareDialogProps) {
    const { model, trans } = _options;
    const body = ReactWidget.create(<CompareDialog {..._options} />);
    body.addClass('mast-CompareDialog');
    const buttons = new Buttons();
    super({
      title: trans.__('%1: yours and the archive’s', model.name),
      body: body as Widget & Dialog.IBodyWidget<void>,
      renderer: buttons,
      hasClose: true,
      defaultButton: 0,
      buttons: [
        Dialog.cancelButton({
          label: trans.__('Keep mine'),
          caption: trans.__('Close; your file stays as it is')
        }),
        Dialog.okButton({
          label: trans.__('Keep both'),
          caption: trans.__(
            'Copy the archive’s version beside your file, with a number in its name'
          )
        }),
        Dialog.warnButton({
          label: trans.__('Update'),
          caption: trans.__(
            'Replace your file by the archive’s version; yours cannot be fetched again'
          )
        })
      ]
    });
    this.addClass('mast-CompareDialog-window');
    this._made = buttons;
    model.changed.connect(this._update, this);
    this._update();
  }

  dispose(): void {
    this._options.model.changed.disconnect(this._update, this);
    super.dispose();
  }

  /** What came of it. */
  get decided(): Decided {
    return this._decided;
  }

  resolve(index = 0): void {
    const { model } = this._options;
    if (index === 0) {
      this.reject();
      return;
    }
    // Open until the server has taken it, so that a refusal can be read.
    const started = index === 1 ? model.keepBoth() : model.update();
    void started.then(done => {
      if (done) {
        this._decided = index === 1 ? 'both' : 'update';
        super.resolve(index);
      }
    });
  }

  reject(): void {
    // What is being started cannot be taken back here.
    if (this._options.model.step !== 'starting') {
      super.reject();
    }
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._update();
    this._made.nodes[0]?.focus();
  }

  /** JupyterLab looks at inputs after each key, and enables the button. */
  protected _checkValidation(): void {
    this._update();
  }

  protected _evtKeydown(event: KeyboardEvent): void {
    const enabled = this._made.nodes.filter(node => !node.disabled);
    const last = enabled[enabled.length - 1];
    const first = this.node.querySelector<HTMLElement>(
      '.mast-CompareDialog :is(button, [tabindex="0"])'
    );
    if (!keepKey(event, last, first)) {
      super._evtKeydown(event);
    }
  }

  private _update(): void {
    const { model } = this._options;
    const [keep, both, update] = this._made.nodes;
    if (!keep || !both || !update) {
      return;
    }
    const asks = model.step === 'asking';
    const label = updateLabel(this._options);
    (update.querySelector('.jp-Dialog-buttonLabel') ?? update).textContent =
      label;
    update.setAttribute('aria-label', label);
    both.disabled = !model.canKeepBoth;
    update.disabled = !model.canUpdate;
    const active = document.activeElement;
    const lost =
      active === document.body ||
      (active instanceof HTMLButtonElement && active.disabled);
    // The safe one again: what was pressed cannot be now, or means more.
    if (this.isAttached && (lost || (asks && !this._asked))) {
      keep.focus();
    }
    this._asked = asks;
  }

  private readonly _made: Buttons;
  private _asked = false;
  private _decided: Decided = 'keep';
}
