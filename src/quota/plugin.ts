import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import { whenIdle } from '../ui/idle';
import { serverHas } from '../ui/serverparts';
import { CommandIDs, PluginIDs } from './ids';
import type { Quota } from './quota';

const plugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.quota,
  description: 'Used space: how much in the status bar, and where it is.',
  autoStart: true,
  optional: [ITranslator, ISettingRegistry, IStatusBar, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    settings: ISettingRegistry | null,
    statusBar: IStatusBar | null,
    palette: ICommandPalette | null
  ): void => {
    if (!serverHas('quota')) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('jupyterlab_mast');
    let loaded: Promise<Quota> | undefined;
    const load = () =>
      (loaded ??= import('./quota').then(
        ({ Quota }) =>
          new Quota({
            app,
            trans,
            locale: translator?.languageCode ?? 'en',
            settings,
            statusBar
          })
      ));
    const { commands } = app;
    commands.addCommand(CommandIDs.countAgain, {
      label: trans.__('Count My Files Again'),
      caption: trans.__('Read all folders again, to see how much is used'),
      icon: refreshIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        try {
          await (await load()).model.countAgain();
        } catch (error) {
          Notification.error(
            error instanceof Error ? error.message : String(error)
          );
        }
      }
    });
    palette?.addItem({
      command: CommandIDs.countAgain,
      category: trans.__('MAST Archive')
    });
    void app.restored.then(() => whenIdle(() => void load()));
  }
};

export default [plugin];
