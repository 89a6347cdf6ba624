import type { JupyterFrontEnd } from '@jupyterlab/application';
import { returnFocus } from '../ui/actionmenu';
import { ArchiveModel } from './model';
import type { PanelController } from './panel';
import { PanelState } from './panelstate';
import { fits } from './snippets';
import { ArchiveWidget } from './widget';

/**
 * What the archive panel is made of. It loads when the panel is first shown,
 * with all that it needs.
 */
export class PanelContent {
  constructor(options: PanelController.IOptions) {
    const { app, service, trans, locale } = options;
    const model = new ArchiveModel({
      archives: service.archives,
      open: service.open,
      trans
    });
    this.widget = new ArchiveWidget({
      model,
      service,
      trans,
      locale,
      commands: app.commands,
      openMore: anchor => Private.openMenu(app, anchor)
    });
    returnFocus(app.contextMenu.menu, this.widget.node);
    this._state = new PanelState({ ...options, widget: this.widget });
    service.reads = (template, keys) => keys.every(key => fits(template, key));
    service.attach(model);
  }

  readonly widget: ArchiveWidget;

  /** When a place is shown; its first page may be to come. */
  get placed(): Promise<void> {
    return this._state.placed;
  }

  /** Read the settings, and begin to go to the place of the last time. */
  async start(): Promise<void> {
    await this._state.readSettings();
    // The first page may take its time; the panel shows that it loads.
    void this._state.restore();
    this._state.keep();
  }

  private readonly _state: PanelState;
}

namespace Private {
  export function openMenu(app: JupyterFrontEnd, anchor: HTMLElement): void {
    const row = document.querySelector(
      '.mast-Archive .mast-Row.mast-mod-selected'
    );
    const box = anchor.getBoundingClientRect();
    (row ?? anchor).dispatchEvent(
      new MouseEvent('contextmenu', {
        bubbles: true,
        cancelable: true,
        clientX: box.left,
        clientY: box.top
      })
    );
  }
}
