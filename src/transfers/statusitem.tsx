import { ReactWidget } from '@jupyterlab/apputils';
import { Signal, type ISignal } from '@lumino/signaling';
import * as React from 'react';
import type { IStatusItemProps } from './components/StatusItem';
import { hasEnded } from './order';

/** What it says is loaded when there is something to say. */
const StatusItem = React.lazy(() => import('./components/StatusItem'));

/** The transfers in the status bar: there while there is something to say. */
export class TransfersStatus extends ReactWidget {
  constructor(private readonly _options: TransfersStatus.IOptions) {
    super();
    this.addClass('mast-TransfersStatus');
    const { service } = _options;
    service.model.changed.connect(this._update, this);
    service.unseenChanged.connect(this._update, this);
  }

  /** Whether there is something to say. */
  get isActive(): boolean {
    return this._active;
  }

  /** Emitted when {@link isActive} has changed. */
  get activeChanged(): ISignal<TransfersStatus, void> {
    return this._activeChanged;
  }

  dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  protected render(): React.ReactElement {
    return (
      <React.Suspense fallback={null}>
        {this._active && <StatusItem {...this._options} />}
      </React.Suspense>
    );
  }

  private _update(): void {
    const { model, unseen } = this._options.service;
    // Of each of these the item has something to say.
    const active =
      unseen.length > 0 || model.transfers.some(one => !hasEnded(one));
    if (active !== this._active) {
      this._active = active;
      this.update();
      this._activeChanged.emit();
    }
  }

  private _active = false;
  private readonly _activeChanged = new Signal<this, void>(this);
}

export namespace TransfersStatus {
  export type IOptions = IStatusItemProps;
}
