import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';
import { LiveDialog } from '../../ui/livedialog';
import { actionOf, CopyDialog, type ICopyDialogProps } from './CopyDialog';
import '../../../style/ui.css';
import '../../../style/transfers-copy-dialog.css';

/** What came of the dialog; `free-up`: somebody goes to free space first. */
export type CopyOutcome = 'started' | 'closed' | 'free-up';

interface IOptions extends ICopyDialogProps {
  /** Whether the transfer was made for this dialog alone. */
  readonly made: boolean;
}

/**
 * Show "Copy to" on a transfer that has not started, until it is started or
 * the dialog is closed. One that was made for the dialog is then taken away
 * again, unless space is freed for it; any other waits on.
 */
export async function showCopyDialog(
  options: Omit<IOptions, 'freeUp'> & { readonly canFreeUp: boolean }
): Promise<CopyOutcome> {
  const { model, canFreeUp, made } = options;
  let outcome: CopyOutcome = 'closed';
  const dialog: CopyDialogWindow = new CopyDialogWindow({
    ...options,
    freeUp: canFreeUp
      ? () => {
          outcome = 'free-up';
          dialog.reject();
        }
      : null
  });
  try {
    if ((await dialog.launch()).button.accept) {
      outcome = 'started';
    } else if (outcome === 'closed' && made) {
      await model.discard();
    }
  } finally {
    model.dispose();
  }
  return outcome;
}

/** JupyterLab's dialog, with a button whose words follow the plan. */
class CopyDialogWindow extends LiveDialog {
  constructor(private readonly _options: IOptions) {
    const { trans, model, made } = _options;
    const body = ReactWidget.create(<CopyDialog {..._options} />);
    body.addClass('mast-CopyDialog');
    super({
      title: trans.__('Copy to workspace'),
      body,
      note: trans.__(
        'Each file is checked and appears only when complete. 1\u00a0GB\u00a0= 1,000,000,000 bytes.'
      ),
      // Before or after React has drawn it: see FolderPicker.
      focusNodeSelector: '[role=tree]',
      firstStop: '.mast-CopyDialog :is(button, [role=tree])',
      changed: model.changed,
      buttons: [
        Dialog.cancelButton({
          label: made ? trans.__('Cancel') : trans.__('Close')
        }),
        Dialog.okButton({ label: trans.__('Copy') })
      ]
    });
    this.addClass('mast-CopyDialog-window');
    this.follow();
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

  protected follow(): void {
    const { model, trans, locale } = this._options;
    const accept = this.buttonNodes[1];
    const { phase } = model;
    if (phase === 'gone' && this.isAttached && !this._closing) {
      // Somebody started it in another page, or took it away.
      this._closing = true;
      this.reject();
      return;
    }
    if (accept) {
      this.setLabel(accept, actionOf(model, trans, locale));
      accept.title = '';
      // While it starts it keeps the focus; another press does nothing.
      accept.disabled = phase !== 'ready' && phase !== 'starting';
    }
  }

  private _closing = false;
}
