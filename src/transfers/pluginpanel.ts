import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { clearIcon, runIcon } from '@jupyterlab/ui-components';
import { ITransfers } from '../tokens';
import { pauseIcon, transfersIcon } from '../ui/icons';
import { whenIdle } from '../ui/idle';
import { serverHas } from '../ui/serverparts';
import { tell } from '../ui/tell';
import { Toasts } from '../ui/toasts';
import { notifyEnds } from './notify';
import { hasEnded, sectionOf } from './order';
import { PANEL_ID, PanelCommandIDs, PanelPluginIDs } from './panelids';
import { TransfersService } from './service';
import { TransfersSidebar } from './sidebar';
import { TransfersStatus } from './statusitem';
import type { TransferState } from './types';

/** The domain of our translations. */
const DOMAIN = 'jupyterlab_mast';

const transfers: JupyterFrontEndPlugin<ITransfers> = {
  id: PanelPluginIDs.transfers,
  description: 'Copies from archives to the workspace.',
  autoStart: true,
  provides: ITransfers,
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null
  ): ITransfers =>
    new TransfersService(
      app.serviceManager,
      (translator ?? nullTranslator).load(DOMAIN),
      serverHas('transfers'),
      () => {
        app.shell.activateById(PANEL_ID);
      }
    )
};

const panel: JupyterFrontEndPlugin<void> = {
  id: PanelPluginIDs.panel,
  description: 'The transfers panel.',
  autoStart: true,
  requires: [ITransfers],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    provided: ITransfers,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    settings: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const locale = translator?.languageCode ?? 'en';
    const service = provided as TransfersService;
    const { model } = service;
    const { commands } = app;
    const sidebar = new TransfersSidebar({
      trans,
      locale,
      load: async () => {
        const { TransfersWidget } = await import('./widget');
        return new TransfersWidget({
          model,
          trans,
          locale,
          commands,
          toasts: new Toasts(app, settings),
          reveal: path => Private.reveal(app, path)
        });
      }
    });
    sidebar.shown.connect(() => service.see());
    model.changed.connect(() => {
      sidebar.active = model.transfers.filter(
        one => sectionOf(one) === 'active'
      ).length;
    });
    model.ended.connect(() => {
      if (sidebar.isVisible) {
        service.see();
      }
    });
    app.shell.add(sidebar, 'right', { rank: 700, type: 'Transfers' });
    restorer?.add(sidebar, sidebar.id);
    notifyEnds(
      model,
      async () => {
        const { Sentences } = await import('./sentences');
        return new Sentences(trans, locale);
      },
      () => service.showPanel()
    );

    const describedBy = { args: { type: 'object', properties: {} } };
    commands.addCommand(PanelCommandIDs.show, {
      label: trans.__('Show Transfers'),
      caption: trans.__('Show the panel with what is copied'),
      icon: transfersIcon,
      describedBy,
      execute: async () => {
        service.showPanel();
        await sidebar.ready;
      }
    });
    const all = (action: 'pause' | 'resume' | 'clear') => async () => {
      try {
        await model.actAll(action);
      } catch (error) {
        tell(error);
      }
    };
    commands.addCommand(PanelCommandIDs.pauseAll, {
      label: trans.__('Pause All Transfers'),
      caption: trans.__('Pause all that is copied; it can be resumed later'),
      icon: pauseIcon,
      describedBy,
      isEnabled: () =>
        model.transfers.some(({ state }) => Private.PAUSABLE.includes(state)),
      execute: all('pause')
    });
    commands.addCommand(PanelCommandIDs.resumeAll, {
      label: trans.__('Resume All Transfers'),
      caption: trans.__('Go on with all paused transfers'),
      icon: runIcon,
      describedBy,
      isEnabled: () => model.transfers.some(one => one.state === 'paused'),
      execute: all('resume')
    });
    commands.addCommand(PanelCommandIDs.clearEnded, {
      label: trans.__('Clear Ended Transfers'),
      caption: trans.__('Take ended transfers off the list; their files stay'),
      icon: clearIcon,
      describedBy,
      isEnabled: () => model.transfers.some(hasEnded),
      execute: all('clear')
    });
    model.changed.connect(() => {
      for (const command of Private.OF_ALL) {
        commands.notifyCommandChanged(command);
      }
    });
    for (const command of [PanelCommandIDs.show, ...Private.OF_ALL]) {
      palette?.addItem({ command, category: trans.__('MAST Archive') });
    }
  }
};

const status: JupyterFrontEndPlugin<void> = {
  id: PanelPluginIDs.status,
  description: 'Running transfers in the status bar.',
  autoStart: true,
  requires: [ITransfers],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    provided: ITransfers,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    const service = provided as TransfersService;
    if (!service.available) {
      return;
    }
    if (statusBar) {
      const item = new TransfersStatus({
        service,
        trans: (translator ?? nullTranslator).load(DOMAIN),
        locale: translator?.languageCode ?? 'en',
        show: () => service.showPanel()
      });
      statusBar.registerStatusItem(PanelPluginIDs.status, {
        item,
        align: 'left',
        rank: 100,
        isActive: () => item.isActive,
        activeStateChanged: item.activeChanged
      });
    }
    // One small request, when the page has nothing better to do.
    whenIdle(app.restored, () => void service.model.glance());
  }
};

namespace Private {
  /** The commands on all transfers. */
  export const OF_ALL = [
    PanelCommandIDs.pauseAll,
    PanelCommandIDs.resumeAll,
    PanelCommandIDs.clearEnded
  ];

  /** States in which "Pause all" pauses a transfer. */
  export const PAUSABLE: readonly TransferState[] = [
    'queued',
    'running',
    'waiting'
  ];

  /** The command of JupyterLab that shows a folder in the file browser. */
  const GO_TO = 'filebrowser:go-to-path';

  export async function reveal(
    app: JupyterFrontEnd,
    path: string
  ): Promise<void> {
    if (app.commands.hasCommand(GO_TO)) {
      await app.commands.execute(GO_TO, { path });
    }
  }
}

export default [transfers, panel, status];
