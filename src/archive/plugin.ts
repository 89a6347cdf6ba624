import {
  ILayoutRestorer,
  IRouter,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { linkIcon, MenuSvg } from '@jupyterlab/ui-components';
import { IArchive, IArchivePanel } from '../tokens';
import { archiveIcon } from '../ui/icons';
import { LazyPanel } from '../ui/lazypanel';
import { tell } from '../ui/tell';
import { addActions } from './actions';
import { readConfig } from './config';
import { CommandIDs, PluginIDs } from './ids';
import { LazyDrive } from './lazydrive';
import { DOCUMENT, documentOf, linkOf } from './link';
import { addNavigation } from './navigation';
import { PanelController } from './panel';
import { ArchiveService } from './service';
import { readTemplates } from './settings';

/** The domain of our translations. */
const DOMAIN = 'jupyterlab_mast';

const archive: JupyterFrontEndPlugin<IArchive> = {
  id: PluginIDs.archive,
  description: 'The archives (buckets) of this JupyterLab.',
  autoStart: true,
  provides: IArchive,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): IArchive =>
    new ArchiveService(
      readConfig(),
      app.serviceManager.serverSettings,
      (translator ?? nullTranslator).load(DOMAIN)
    )
};

const panel: JupyterFrontEndPlugin<IArchivePanel> = {
  id: PluginIDs.panel,
  description: 'The archive panel: browse and search the mission buckets.',
  autoStart: true,
  provides: IArchivePanel,
  requires: [IArchive],
  optional: [
    ITranslator,
    ISettingRegistry,
    IStateDB,
    ILayoutRestorer,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    service: IArchive,
    translator: ITranslator | null,
    settings: ISettingRegistry | null,
    state: IStateDB | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): IArchivePanel => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const controller = new PanelController({
      app,
      service: service as ArchiveService,
      trans,
      locale: translator?.languageCode ?? 'en',
      settings: settings?.load(PluginIDs.panel) ?? null,
      state
    });
    const sidebar = new LazyPanel({
      id: 'jupyterlab-mast-archive',
      kind: 'mast-Archive',
      icon: archiveIcon,
      label: trans.__('Archive'),
      trans,
      load: () => controller.load()
    });
    controller.sidebar = sidebar;
    app.shell.add(sidebar, 'left', { rank: 150, type: 'Archive' });
    restorer?.add(sidebar, sidebar.id);
    addNavigation({
      app,
      controller,
      service: service as ArchiveService,
      trans
    });
    for (const command of Private.NAVIGATION) {
      palette?.addItem({ command, category: trans.__('MAST Archive') });
    }
    return controller;
  }
};

const actions: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.actions,
  description:
    'What can be done with files of the archive: open, insert code, copy addresses, download.',
  autoStart: true,
  requires: [IArchive, IArchivePanel, IDocumentManager, INotebookTracker],
  optional: [
    ITranslator,
    ISettingRegistry,
    ICommandPalette,
    IDefaultFileBrowser,
    IEditorTracker
  ],
  activate: (
    app: JupyterFrontEnd,
    archives: IArchive,
    archivePanel: IArchivePanel,
    documents: IDocumentManager,
    notebooks: INotebookTracker,
    translator: ITranslator | null,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    editors: IEditorTracker | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const service = archives as ArchiveService;
    addActions({
      service,
      documents,
      trans,
      commands: app.commands,
      target: async () => {
        const { CodeTarget } = await import('./insert');
        return new CodeTarget({ app, notebooks, editors, browser });
      }
    });
    archivePanel.addAction(CommandIDs.insertCode, 100);
    archivePanel.addAction(CommandIDs.download, 200);
    archivePanel.addAction(CommandIDs.open, 300);
    for (const command of Private.ACTIONS) {
      palette?.addItem({ command, category: trans.__('MAST Archive') });
    }

    // The templates that can read the selection, in a submenu of their own.
    const submenu = new MenuSvg({ commands: app.commands });
    submenu.title.label = trans.__('Insert code as');
    app.contextMenu.addItem({
      type: 'submenu',
      submenu,
      selector: '.mast-Archive .mast-Row-object',
      rank: 12
    });
    const update = (templates: ArchiveService['templates']) => {
      service.templates = templates;
      submenu.clearItems();
      submenu.addItem({
        command: CommandIDs.insertCode,
        args: { position: 'cursor' }
      });
      submenu.addItem({ type: 'separator' });
      for (const { id } of templates) {
        submenu.addItem({
          command: CommandIDs.insertCode,
          args: { template: id }
        });
      }
    };
    if (settings) {
      void settings
        .load(PluginIDs.actions)
        .then(loaded => {
          const read = () => update(readTemplates(loaded.composite.templates));
          loaded.changed.connect(read);
          read();
        })
        .catch(Private.warn);
    }
  }
};

const drive: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.drive,
  description: 'The drive MAST:, by which files of the archive open read-only.',
  autoStart: true,
  requires: [IArchive],
  optional: [ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    archives: IArchive,
    settings: ISettingRegistry | null,
    translator: ITranslator | null
  ): void => {
    const service = archives as ArchiveService;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    let maxSize = 50_000_000;
    app.serviceManager.contents.addDrive(
      new LazyDrive(service, () => maxSize, trans)
    );
    settings
      ?.load(PluginIDs.drive)
      .then(loaded => {
        const read = () => {
          maxSize = Number(loaded.composite.maxOpenSize ?? 50) * 1_000_000;
        };
        loaded.changed.connect(read);
        read();
      })
      .catch(Private.warn);
  }
};

const link: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.link,
  description:
    'Addresses such as /lab?mast=…, which open the archive panel at a place.',
  autoStart: true,
  requires: [IRouter, IArchivePanel],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    router: IRouter,
    archivePanel: IArchivePanel,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    /** What an address links to. */
    const linked = ({ search, path }: Partial<IRouter.ILocation>) => ({
      found: linkOf(search ?? ''),
      path: documentOf(path ?? '')
    });
    app.commands.addCommand(Private.ROUTE, {
      label: trans.__('Follow Link to Archive'),
      caption: trans.__(
        'Show the place or the document of the archive that the address names'
      ),
      icon: linkIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: {
              type: 'string',
              description: trans.__('The path of the address')
            },
            search: {
              type: 'string',
              description: trans.__('Its query, such as ?mast=…')
            },
            hash: {
              type: 'string',
              description: trans.__('What follows a # in it')
            }
          }
        }
      },
      isEnabled: args => {
        const { found, path } = linked(args);
        return found !== null || path !== null;
      },
      execute: args => {
        const location = args as unknown as IRouter.ILocation;
        const { found, path } = linked(location);
        if (found === null) {
          if (path === null) {
            return;
          }
          void app.restored.then(() =>
            app.commands.execute('docmanager:open', { path })
          );
          return router.stop;
        }
        // The address in the bar is a place to come back to without it.
        router.navigate(location.path + found.rest + location.hash, {
          skipRouting: true
        });
        // Not awaited: the layout is restored only after all routes are done.
        void app.restored
          .then(() =>
            (archivePanel as PanelController).find(found.text, found.archive)
          )
          .catch(error => {
            tell(
              trans.__(
                'The link to the archive could not be followed: %1',
                error instanceof Error ? error.message : String(error)
              )
            );
          });
      }
    });
    router.register({ command: Private.ROUTE, pattern: /[?&]mast=/, rank: 30 });
    // JupyterLab looks for the document of an address in its file browser,
    // and fails where that is of another drive: so we go before it.
    router.register({ command: Private.ROUTE, pattern: DOCUMENT, rank: 90 });
  }
};

namespace Private {
  /** Say that the defaults are used. */
  export function warn(error: unknown): void {
    console.warn(
      'jupyterlab-mast: the settings of the archive could not be read.',
      error
    );
  }

  export const ROUTE = 'mast:follow-link';

  export const NAVIGATION = [
    CommandIDs.showPanel,
    CommandIDs.goTo,
    CommandIDs.filter,
    CommandIDs.back,
    CommandIDs.forward,
    CommandIDs.up,
    CommandIDs.reload,
    CommandIDs.toggleGrouping,
    CommandIDs.toggleBookmark
  ];

  export const ACTIONS = [
    CommandIDs.open,
    CommandIDs.preview,
    CommandIDs.insertCode,
    CommandIDs.copyS3Uri,
    CommandIDs.copyHttpsUrl,
    CommandIDs.copyMastUri,
    CommandIDs.copyPython,
    CommandIDs.copyPythonString,
    CommandIDs.copyFileName,
    CommandIDs.download,
    CommandIDs.showProperties
  ];
}

export default [archive, panel, actions, drive, link];
