import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import type { IArchivePanel, IBadges, IPlace } from '../tokens';
import type { LazyPanel } from '../ui/lazypanel';
import type { ArchiveModel } from './model';
import type { PanelContent } from './panelcontent';
import type { ArchiveService } from './service';
import type { ArchiveWidget } from './widget';

/**
 * Makes the archive panel when it is first shown, and is what others know of
 * it.
 */
export class PanelController implements IArchivePanel {
  constructor(private readonly _options: PanelController.IOptions) {}

  sidebar: LazyPanel<ArchiveWidget> | null = null;

  /** Make the content; called once, when the panel is first shown. */
  async load(): Promise<ArchiveWidget> {
    this._options.service.preload();
    const { PanelContent } = await import('./panelcontent');
    const content = new PanelContent(this._options);
    this._content = content;
    this._showActions();
    void this._showBadges();
    await content.start();
    return content.widget;
  }

  async goTo(place: IPlace): Promise<void> {
    const widget = await this.show();
    await widget.model.goTo(place);
  }

  /**
   * Go to what a text leads to, as if typed into "Go to".
   *
   * @throws ArchiveError when nothing is found there; then the nearest
   *   folder is shown.
   */
  async find(text: string, archive: string | null = null): Promise<void> {
    const { service, trans } = this._options;
    const { find } = await import('./find');
    const { model } = await this.show();
    await find(text, archive, service, model, trans);
  }

  /** Show the panel, and wait for its content and for a place in it. */
  async show(): Promise<ArchiveWidget> {
    const { app, trans } = this._options;
    if (this.sidebar === null) {
      throw new Error(
        trans.__('The archive panel has no place in this application.')
      );
    }
    app.shell.activateById(this.sidebar.id);
    const widget = await this.sidebar.ready;
    await this._content?.placed;
    return widget;
  }

  /** The content, once it was shown. */
  get widget(): ArchiveWidget | null {
    return this._content?.widget ?? null;
  }

  get model(): ArchiveModel | null {
    return this.widget?.model ?? null;
  }

  addAction(command: string, rank: number): IDisposable {
    const action = { command, rank };
    this._actions = [...this._actions, action].sort((a, b) => a.rank - b.rank);
    this._showActions();
    return new DisposableDelegate(() => {
      this._actions = this._actions.filter(other => other !== action);
      this._showActions();
    });
  }

  setBadges(load: () => Promise<IBadges>): IDisposable {
    this._badges = load;
    void this._showBadges();
    return new DisposableDelegate(() => {
      if (this._badges === load) {
        this._badges = null;
        void this._showBadges();
      }
    });
  }

  private _showActions(): void {
    if (this.widget) {
      this.widget.actions = this._actions.map(action => action.command);
    }
  }

  private async _showBadges(): Promise<void> {
    const { widget, _badges: load } = this;
    if (widget === null) {
      return;
    }
    try {
      const badges = (await load?.()) ?? null;
      if (load === this._badges) {
        widget.badges = badges;
      }
    } catch (error) {
      // Badges are an extra: the panel works without.
      console.warn('jupyterlab-mast: the badges could not be loaded.', error);
    }
  }

  private _badges: (() => Promise<IBadges>) | null = null;
  private _actions: readonly { command: string; rank: number }[] = [];
  private _content: PanelContent | null = null;
}

export namespace PanelController {
  export interface IOptions {
    readonly app: JupyterFrontEnd;
    readonly service: ArchiveService;
    readonly trans: TranslationBundle;
    readonly locale: string;
    readonly settings: Promise<ISettingRegistry.ISettings> | null;
    readonly state: IStateDB | null;
  }
}
