import { ReactWidget } from '@jupyterlab/apputils';
import { Signal, type ISignal } from '@lumino/signaling';

/** An item of the status bar that is there while it has something to say. */
export abstract class ActiveItem extends ReactWidget {
  /** Whether there is something to say. */
  get isActive(): boolean {
    return this._active;
  }

  /** Emitted when {@link isActive} has changed. */
  get activeChanged(): ISignal<ActiveItem, void> {
    return this._activeChanged;
  }

  dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  protected setActive(active: boolean): void {
    if (active !== this._active) {
      this._active = active;
      this.update();
      this._activeChanged.emit();
    }
  }

  private _active = false;
  private readonly _activeChanged = new Signal<this, void>(this);
}
