import { ReactWidget } from '@jupyterlab/apputils';
import { Signal, type ISignal } from '@lumino/signaling';
import * as React from 'react';
import StatusItem, { type IStatusItemProps } from './components/StatusItem';

/** Used space in the status bar. */
export class QuotaStatus extends ReactWidget {
  constructor(private readonly _options: IStatusItemProps) {
    super();
    this.addClass('mast-QuotaStatus');
    _options.model.changed.connect(this._update, this);
  }

  /** Whether there is something to say. */
  get isActive(): boolean {
    return this._active;
  }

  /** Emitted when {@link isActive} has changed. */
  get activeChanged(): ISignal<QuotaStatus, void> {
    return this._activeChanged;
  }

  /** Whether people want to see it. */
  set wanted(wanted: boolean) {
    this._wanted = wanted;
    this._update();
  }

  dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  protected render(): React.ReactElement {
    return <StatusItem {...this._options} />;
  }

  private _update(): void {
    const active = this._wanted && this._options.model.home !== null;
    if (active !== this._active) {
      this._active = active;
      this._activeChanged.emit();
    }
  }

  private _active = false;
  private _wanted = true;
  private readonly _activeChanged = new Signal<this, void>(this);
}
