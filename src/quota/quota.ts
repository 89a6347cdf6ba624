import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Notification,
  type MainAreaWidget,
  type WidgetTracker
} from '@jupyterlab/apputils';
import { ServerConnection } from '@jupyterlab/services';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStatusBar } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ITransfers } from '../tokens';
import { QuotaApi } from './api';
import { CommandIDs, PluginIDs } from './ids';
import { QuotaModel, USUAL_THRESHOLDS } from './model';
import type { IWhere } from './places';
import { QuotaSentences } from './sentences';
import { QuotaStatus } from './statusitem';
import { Toasts } from '../ui/toasts';
import type { Usage } from './usagewidget';

/**
 * Used space of one page: what is known of it, and the item in the status
 * bar. Loaded when the page has nothing better to do, or when it is asked for.
 */
export class Quota {
  constructor(options: Quota.IOptions) {
    const { app, trans, locale, settings, statusBar } = options;
    this._app = app;
    this._transfers = options.transfers;
    const { serviceManager, commands } = app;
    this.say = new QuotaSentences(trans, locale);
    this.api = new QuotaApi({
      settings: serviceManager.serverSettings,
      trans
    });
    this.model = new QuotaModel({
      api: this.api,
      events: serviceManager.events.stream
    });
    this._toasts = new Toasts(app, settings);
    const item = new QuotaStatus({
      model: this.model,
      say: this.say,
      toasts: this._toasts,
      show: () => void commands.execute(CommandIDs.showUsage)
    });
    statusBar?.registerStatusItem(PluginIDs.quota, {
      item,
      align: 'right',
      rank: 100,
      isActive: () => item.isActive,
      activeStateChanged: item.activeChanged
    });
    this.model.passed.connect((model, root) => {
      Notification.warning(this.say.passedOf(root, model), {
        autoClose: 10_000,
        actions: [
          {
            label: trans.__('Free up space'),
            callback: () =>
              void commands.execute(CommandIDs.freeUp, { root: root.id })
          }
        ]
      });
    });
    if (settings === null) {
      item.wanted = true;
      return;
    }
    void settings
      .load(PluginIDs.quota)
      .then(loaded => {
        const read = () => {
          const { composite } = loaded;
          item.wanted = composite.statusBar !== false;
          this.model.thresholds = {
            warning: Private.percent(
              composite.warning,
              USUAL_THRESHOLDS.warning
            ),
            critical: Private.percent(
              composite.critical,
              USUAL_THRESHOLDS.critical
            )
          };
        };
        loaded.changed.connect(read);
        read();
      })
      .catch((error: unknown) => {
        console.warn(
          'jupyterlab-mast: the settings of used space could not be read.',
          error
        );
        item.wanted = true;
      });
  }

  readonly model: QuotaModel;
  readonly api: QuotaApi;
  readonly say: QuotaSentences;

  /**
   * Show where the space is: one panel, in the main area.
   *
   * @param freeUp - Also what may go, and of which space; it is done when that
   *   was closed.
   * @returns Whether people have come back from there.
   */
  async showUsage(
    tracker: WidgetTracker<MainAreaWidget>,
    freeUp: IWhere | null = null
  ): Promise<boolean> {
    const { newUsage } = await import('./usagewidget');
    const { shell, commands, restored } = this._app;
    let usage = this._usage;
    if (usage === null || usage.isDisposed) {
      usage = newUsage({
        model: this.model,
        api: this.api,
        quota: this.say,
        commands,
        transfers: this._transfers,
        toasts: this._toasts,
        isThere: path => this._isThere(path)
      });
      this._usage = usage;
      void tracker.add(usage);
    }
    const shown = usage;
    if (!shown.isAttached) {
      shell.add(shown, 'main', { type: 'Usage' });
    }
    if (shown.isAttached) {
      shell.activateById(shown.id);
    }
    // JupyterLab puts it into its layout when that is restored. Notebook has
    // room for one thing in its main area.
    void restored.then(() => {
      if (!shown.isAttached && !shown.isDisposed) {
        shell.add(shown, 'right', { type: 'Usage' });
        shell.activateById(shown.id);
      }
    });
    return freeUp === null || shown.content.freeing.askAndFree(freeUp);
  }

  /** Where that cannot be told, who opens it says why. */
  private async _isThere(path: string): Promise<boolean> {
    try {
      const { contents } = this._app.serviceManager;
      await contents.get(path, { content: false });
      return true;
    } catch (error) {
      return !(
        error instanceof ServerConnection.ResponseError &&
        error.response.status === 404
      );
    }
  }

  private readonly _app: JupyterFrontEnd;
  private readonly _transfers: ITransfers | null;
  private readonly _toasts: Toasts;
  private _usage: Usage | null = null;
}

export namespace Quota {
  export interface IOptions {
    readonly app: JupyterFrontEnd;
    readonly trans: TranslationBundle;
    /** JupyterLab's language, for numbers. */
    readonly locale: string;
    readonly settings: ISettingRegistry | null;
    readonly statusBar: IStatusBar | null;
    /** Is told when files went or came back. */
    readonly transfers: ITransfers | null;
  }
}

namespace Private {
  export function percent(value: unknown, usual: number): number {
    return typeof value === 'number' ? value : usual;
  }
}
