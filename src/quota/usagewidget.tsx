import { MainAreaWidget, ReactWidget } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import { quotaIcon } from '../ui/icons';
import type { ITransfers } from '../tokens';
import type { ICachesApi, IFreedApi, IFreeingApi, IUsageApi } from './api';
import { UsagePanel } from './components/UsagePanel';
import { FreedLists } from './freed';
import { FreeingActions } from './freeingactions';
import type { QuotaModel } from './model';
import type { QuotaSentences } from './sentences';
import type { IToasts } from '../ui/toasts';
import { UsageActions } from './usageactions';
import { UsageSentences } from './usagesentences';
import { UsageState } from './usagestate';

/** The content of the usage panel. */
export class UsageWidget extends ReactWidget {
  constructor(options: UsageWidget.IOptions) {
    super();
    this.addClass('mast-Panel');
    this.addClass('mast-Usage');
    const { model, api, quota, commands, transfers, toasts, isThere } = options;
    const moved = () => transfers?.noteChange();
    this.say = new UsageSentences(quota);
    this.state = new UsageState({
      model,
      api,
      say: this.say,
      toasts,
      locale: quota.locale
    });
    this.actions = new UsageActions({
      state: this.state,
      api,
      say: this.say,
      commands,
      isThere,
      moved
    });
    this.freed = new FreedLists(api);
    this.freeing = new FreeingActions({
      state: this.state,
      api,
      freed: this.freed,
      say: this.say,
      commands,
      moved,
      focusRows: () => this._focusRows(),
      tellTrashed: (root, change) => this.actions.tellTrashed(root, change)
    });
    this._transfers = transfers;
    transfers?.copiesChanged.connect(this._onCopies, this);
  }

  readonly say: UsageSentences;
  readonly state: UsageState;
  readonly actions: UsageActions;
  readonly freed: FreedLists;
  readonly freeing: FreeingActions;

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._transfers?.copiesChanged.disconnect(this._onCopies, this);
    this.actions.dispose();
    this.freeing.dispose();
    this.freed.dispose();
    this.state.dispose();
    super.dispose();
  }

  protected render(): React.ReactElement {
    return (
      <UsagePanel
        state={this.state}
        say={this.say}
        acts={this.actions}
        freed={this.freed}
        freeing={this.freeing}
        focusRows={() => this._focusRows()}
      />
    );
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.state.active = this.isVisible;
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.state.active = true;
  }

  protected onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this.state.active = false;
  }

  protected onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    const { activeElement } = document;
    if (activeElement !== this.node && this.node.contains(activeElement)) {
      // Somebody has clicked somewhere in it.
      return;
    }
    this._focusRows();
  }

  private _focusRows(): void {
    (
      this.node.querySelector<HTMLElement>('.mast-UsageRows') ??
      this.node.querySelector<HTMLElement>('button') ??
      this.node
    ).focus();
  }

  /** What was fetched again is not missing any more. */
  private _onCopies(): void {
    const { root, active } = this.state;
    if (root !== null && active) {
      void this.freed.load(root.id);
    }
  }

  private readonly _transfers: UsageWidget.IOptions['transfers'];
}

export namespace UsageWidget {
  export interface IOptions {
    readonly model: QuotaModel;
    readonly api: IUsageApi & IFreeingApi & IFreedApi & ICachesApi;
    readonly quota: QuotaSentences;
    readonly commands: CommandRegistry;
    /** Knows the copies; `null` where nothing is copied. */
    readonly transfers: Pick<ITransfers, 'copiesChanged' | 'noteChange'> | null;
    readonly toasts: IToasts;
    /** Whether the file browser has something at a path. */
    readonly isThere: (path: string) => Promise<boolean>;
  }
}

/** The usage panel, in the main area. */
export type Usage = MainAreaWidget<UsageWidget>;

/** A usage panel. */
export function newUsage(options: UsageWidget.IOptions): Usage {
  const { trans } = options.quota;
  const widget = new MainAreaWidget({ content: new UsageWidget(options) });
  widget.id = 'jupyterlab-mast-usage';
  widget.title.label = trans.__('Usage');
  widget.title.caption = trans.__('Where your space is');
  widget.title.icon = quotaIcon;
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}
