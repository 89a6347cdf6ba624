import * as React from 'react';
import { ActiveItem } from '../ui/activeitem';
import StatusItem, { type IStatusItemProps } from './components/StatusItem';

/** Used space in the status bar. */
export class QuotaStatus extends ActiveItem {
  constructor(private readonly _options: IStatusItemProps) {
    super();
    this.addClass('mast-QuotaStatus');
    _options.model.changed.connect(this._update, this);
  }

  /** Whether people want to see it; not before that is known. */
  set wanted(wanted: boolean) {
    this._wanted = wanted;
    this._update();
  }

  protected render(): React.ReactElement {
    return <StatusItem {...this._options} />;
  }

  private _update(): void {
    this.setActive(this._wanted && this._options.model.home !== null);
  }

  private _wanted = false;
}
