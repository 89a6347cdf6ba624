import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import { LiveDialog } from '../../ui/livedialog';
import {
  CompareDialog,
  updateLabel,
  type ICompareDialogProps
} from './CompareDialog';
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

/**
 * JupyterLab's dialog, whose buttons follow what can be done. It opens with
 * the focus on the one that keeps the file.
 */
class CompareDialogWindow extends LiveDialog {
  constructor(private readonly _options: ICompareDialogProps) {
    const { model, trans } = _options;
    const body = ReactWidget.create(<CompareDialog {..._options} />);
    body.addClass('mast-CompareDialog');
    super({
      title: trans.__('%1: yours and the archive’s', model.name),
      body,
      firstStop: '.mast-CompareDialog :is(button, [tabindex="0"])',
      changed: model.changed,
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
    this.follow();
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
    this.buttonNodes[0]?.focus();
  }

  protected follow(): void {
    const { model } = this._options;
    const [keep, both, update] = this.buttonNodes;
    if (!keep || !both || !update) {
      return;
    }
    const asks = model.step === 'asking';
    const label = updateLabel(this._options);
    this.setLabel(update, label);
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

  private _asked = false;
  private _decided: Decided = 'keep';
}
