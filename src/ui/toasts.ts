import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

/** JupyterLab's plugin that shows notifications. */
const PLUGIN = '@jupyterlab/apputils-extension:notification';

/**
 * Whether notifications appear as toasts.
 *
 * Screen readers read these out, since they are alerts: whoever notifies says
 * the same by itself only where none appear.
 */
export interface IToasts {
  readonly appear: boolean;
}

/** What the page has of them, and a person has set. */
export class Toasts implements IToasts {
  constructor(
    app: Pick<JupyterFrontEnd, 'hasPlugin'>,
    settings: ISettingRegistry | null
  ) {
    this._appear = app.hasPlugin(PLUGIN);
    if (this._appear && settings !== null) {
      void settings
        .load(PLUGIN)
        .then(loaded => {
          const read = () => {
            this._appear = loaded.composite.doNotDisturbMode !== true;
          };
          loaded.changed.connect(read);
          read();
        })
        .catch(() => {
          // Nobody can have silenced them.
        });
    }
  }

  get appear(): boolean {
    return this._appear;
  }

  private _appear: boolean;
}
