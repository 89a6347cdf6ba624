import * as React from 'react';
import { ActiveItem } from '../ui/activeitem';
import type { IStatusItemProps } from './components/StatusItem';
import { hasEnded } from './order';

/** What it says is loaded when there is something to say. */
const StatusItem = React.lazy(() => import('./components/StatusItem'));

/** The transfers in the status bar: there while there is something to say. */
export class TransfersStatus extends ActiveItem {
  constructor(private readonly _options: TransfersStatus.IOptions) {
    super();
    this.addClass('mast-TransfersStatus');
    const { service } = _options;
    service.model.changed.connect(this._update, this);
    service.unseenChanged.connect(this._update, this);
  }

  protected render(): React.ReactElement {
    return (
      <React.Suspense fallback={null}>
        {this.isActive && <StatusItem {...this._options} />}
      </React.Suspense>
    );
  }

  private _update(): void {
    const { model, unseen } = this._options.service;
    // Of each of these the item has something to say.
    this.setActive(
      unseen.length > 0 || model.transfers.some(one => !hasEnded(one))
    );
  }
}

export namespace TransfersStatus {
  export type IOptions = IStatusItemProps;
}
