import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';
import { LiveDialog } from '../../ui/livedialog';
import type { FreeingModel, IFreedSpace } from '../freeing';
import { FreeUp, type IFreeUpProps } from './FreeUp';

/**
 * "Free up space" until something was removed or it is closed. JupyterLab's
 * dialog; the focus and Enter are on the safe button.
 */
export class FreeUpWindow extends LiveDialog {
  constructor(private readonly _options: IFreeUpProps) {
    const { model, say, title } = _options;
    const { trans } = say;
    const body = ReactWidget.create(<FreeUp {..._options} />);
    body.addClass('mast-FreeUp');
    super({
      title,
      body,
      note: trans.__(
        'What programs on this machine have open, and running transfers, are left alone.'
      ),
      firstStop: '.mast-FreeUp :is(input, button):not(:disabled)',
      defaultButton: 0,
      changed: model.changed,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Remove') })
      ]
    });
    this.addClass('mast-FreeUp-window');
    this.follow();
  }

  /** Returns what went; `null` where nothing was to go. */
  async open(): Promise<IFreedSpace | null> {
    const { model } = this._options;
    void model.look();
    await this.untilClosed(model);
    return this._freed;
  }

  resolve(index = 0): void {
    const { model } = this._options;
    if (index === 0) {
      this.reject();
    } else if (model.phase === 'ready' && model.going.length > 0) {
      void this._run(model);
    }
  }

  reject(): void {
    const { model } = this._options;
    if (model.phase === 'removing') {
      // Closed when what is under way has ended, so that all of it is told.
      model.stop();
    } else {
      super.reject();
    }
  }

  protected follow(): void {
    const { model, say } = this._options;
    const { trans } = say;
    const [cancel, remove] = this.buttonNodes;
    if (!cancel || !remove) {
      return;
    }
    this.setLabel(
      cancel,
      model.phase !== 'removing'
        ? trans.__('Cancel')
        : model.stopped
          ? trans.__('Stopping …')
          : trans.__('Stop')
    );
    cancel.disabled = model.phase === 'removing' && model.stopped;
    this.setLabel(remove, say.action(model));
    remove.disabled = model.phase !== 'ready' || model.going.length === 0;
    const active = document.activeElement;
    if (
      this.isAttached &&
      (active === document.body ||
        (active instanceof HTMLButtonElement && active.disabled))
    ) {
      (cancel.disabled
        ? this.node.querySelector<HTMLElement>('.mast-FreeUp .mast-link')
        : cancel
      )?.focus();
    }
  }

  private async _run(model: FreeingModel): Promise<void> {
    this._freed = await model.run();
    if (!this.isDisposed) {
      super.reject();
    }
  }

  private _freed: IFreedSpace | null = null;
}
