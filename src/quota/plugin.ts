import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  WidgetTracker,
  type MainAreaWidget
} from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import { ITransfers } from '../tokens';
import { quotaIcon } from '../ui/icons';
import { whenIdle } from '../ui/idle';
import { untilDone } from '../ui/retry';
import { serverHas } from '../ui/serverparts';
import { tell } from '../ui/tell';
import { CommandIDs, PluginIDs } from './ids';
import type { Quota } from './quota';

/** The arguments of commands that have none. */
const NOTHING = { type: 'object', properties: {} };

const plugin: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.quota,
  description: 'How much space is used, and where.',
  autoStart: true,
  optional: [
    ITranslator,
    ISettingRegistry,
    IStatusBar,
    ICommandPalette,
    ILayoutRestorer,
    ITransfers
  ],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    settings: ISettingRegistry | null,
    statusBar: IStatusBar | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    transfers: ITransfers | null
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
            statusBar,
            transfers
          }),
        (error: unknown) => {
          // The code could not be loaded: the next time tries again.
          loaded = undefined;
          throw error;
        }
      ));
    const run = async (act: (quota: Quota) => Promise<unknown>) => {
      try {
        return await act(await load());
      } catch (error) {
        tell(error);
      }
    };
    const { commands } = app;
    const tracker = new WidgetTracker<MainAreaWidget>({
      namespace: 'mast-usage'
    });
    commands.addCommand(CommandIDs.showUsage, {
      label: trans.__('Show Used Space'),
      caption: trans.__('Show what takes your space'),
      icon: quotaIcon,
      describedBy: { args: NOTHING },
      execute: () => run(quota => quota.showUsage(tracker))
    });
    commands.addCommand(CommandIDs.freeUp, {
      label: trans.__('Free Up Space…'),
      caption: trans.__('Show what may go without harm'),
      icon: quotaIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            root: { type: 'string', description: trans.__('Id of a space') },
            folder: {
              type: 'string',
              description: trans.__('Absolute path of a folder in it')
            }
          }
        }
      },
      execute: args => run(quota => quota.showUsage(tracker, args))
    });
    void restorer?.restore(tracker, {
      command: CommandIDs.showUsage,
      name: () => 'usage'
    });
    commands.addCommand(CommandIDs.countAgain, {
      label: trans.__('Count My Files Again'),
      caption: trans.__('Read all folders again'),
      icon: refreshIcon,
      describedBy: { args: NOTHING },
      execute: () => run(quota => quota.model.countAgain())
    });
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('MAST Archive') });
    }
    // Nobody has asked for it, and a page that is left cuts it off.
    const begin = () => untilDone(load, () => app.serviceManager.isDisposed);
    whenIdle(app.restored, begin);
  }
};

export default [plugin];
