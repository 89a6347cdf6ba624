import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { transfersIcon } from '../ui/icons';
import { LazyPanel } from '../ui/lazypanel';
import { formatNumber } from '../ui/numbers';
import { PANEL_ID } from './panelids';

/** `data-…` of the tab: how many transfers are active. */
const BADGE = 'mast-active';

/**
 * The transfers panel in the side bar, whose tab says how many are active.
 */
export class TransfersSidebar extends LazyPanel {
  constructor(private readonly _options: TransfersSidebar.IOptions) {
    super({
      id: PANEL_ID,
      kind: 'mast-Transfers',
      icon: transfersIcon,
      label: _options.trans.__('Transfers'),
      trans: _options.trans,
      load: _options.load
    });
  }

  /** How many transfers are active: a badge on the tab. */
  set active(count: number) {
    if (count === this._active) {
      return;
    }
    this._active = count;
    const { trans, locale } = this._options;
    const number = formatNumber(count, locale);
    const dataset = { ...this.title.dataset, [BADGE]: number };
    if (count === 0) {
      Reflect.deleteProperty(dataset, BADGE);
    }
    this.title.dataset = dataset;
    this.title.caption =
      count === 0
        ? trans.__('Transfers')
        : trans._n(
            'Transfers, %2 active',
            'Transfers, %2 active',
            count,
            number
          );
  }

  private _active = 0;
}

export namespace TransfersSidebar {
  export interface IOptions {
    readonly trans: TranslationBundle;
    /** JupyterLab's language, for numbers. */
    readonly locale: string;
    /** Load the content; called when the panel is first shown. */
    readonly load: () => Promise<Widget>;
  }
}
