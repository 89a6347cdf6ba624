import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import {
  IDefaultFileBrowser,
  IFileBrowserFactory,
  type FileBrowser
} from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IArchive, IArchivePanel, ITransfers } from '../tokens';
import { tell } from '../ui/tell';
import { addCopyCommands, messageOf } from './commands';
import { acceptDrops } from './drop';
import { CommandIDs, PluginIDs } from './ids';
import type { TransfersService } from './service';
import type { Layout } from './types';

const DOMAIN = 'jupyterlab_mast';

/** Rank of the primary button of the archive panel's action bar. */
const PRIMARY = 10;

const commands: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.commands,
  description: 'Copying files of the archive to the workspace: the commands.',
  autoStart: true,
  requires: [IArchive, ITransfers],
  optional: [
    IArchivePanel,
    ITranslator,
    ISettingRegistry,
    ICommandPalette,
    IDefaultFileBrowser,
    IFileBrowserFactory,
    IDocumentManager
  ],
  activate: (
    app: JupyterFrontEnd,
    archive: IArchive,
    transfers: ITransfers,
    panel: IArchivePanel | null,
    translator: ITranslator | null,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    browsers: IFileBrowserFactory | null,
    documents: IDocumentManager | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const service = transfers as TransfersService;
    const { model } = service;
    const copied = service.copiedFiles(archive);
    let layout: Layout = 'observation';
    addCopyCommands({
      commands: app.commands,
      archive,
      transfers: model,
      copied,
      contents: app.serviceManager.contents,
      trans,
      locale: translator?.languageCode ?? 'en',
      browser: () => browsers?.tracker.currentWidget ?? browser,
      layout: () => layout,
      panel,
      documents
    });
    panel?.addAction(CommandIDs.copyToWorkspace, PRIMARY);
    for (const command of Private.PALETTE) {
      palette?.addItem({ command, category: trans.__('MAST Archive') });
    }
    Private.each(browser, browsers, one => {
      const when = (type: string, read: () => Promise<void>) => {
        one.node.addEventListener(type, () => {
          if (model.available) {
            read().catch(() => undefined);
          }
        });
      };
      // The menu of a file is about its origin: be ready for the next one, and
      // from then on whenever somebody comes here.
      when('contextmenu', () => copied.load());
      when('pointerenter', () => copied.renew());
      when('focusin', () => copied.renew());
    });
    Private.onGone(app.serviceManager.contents, path => copied.forget(path));
    void settings
      ?.load(PluginIDs.settings)
      .then(loaded => {
        const read = () => {
          layout = loaded.composite.layout as Layout;
        };
        loaded.changed.connect(read);
        read();
      })
      .catch(error => {
        console.warn(
          'jupyterlab-mast: the settings of copying could not be read.',
          error
        );
      });
  }
};

const badges: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.badges,
  description: 'Marks files of the archive panel that are in the workspace.',
  autoStart: true,
  requires: [IArchivePanel, ITransfers],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    panel: IArchivePanel,
    transfers: ITransfers,
    translator: ITranslator | null
  ): void => {
    if ((transfers as TransfersService).available) {
      panel.setBadges(async () => {
        const { Badges } = await import('./badges');
        const marks = new Badges(
          transfers,
          (translator ?? nullTranslator).load(DOMAIN)
        );
        Private.onGone(app.serviceManager.contents, path => marks.forget(path));
        return marks;
      });
    }
  }
};

const drop: JupyterFrontEndPlugin<void> = {
  id: PluginIDs.drop,
  description: 'Files of the archive panel can be dropped on the file browser.',
  autoStart: true,
  requires: [ITransfers],
  optional: [ITranslator, IDefaultFileBrowser, IFileBrowserFactory],
  activate: (
    app: JupyterFrontEnd,
    transfers: ITransfers,
    translator: ITranslator | null,
    browser: IDefaultFileBrowser | null,
    browsers: IFileBrowserFactory | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    Private.each(browser, browsers, one =>
      acceptDrops(
        one.node,
        async () => {
          const { copyingOf, dropsOn } = await import('./dropping');
          const available = () => (transfers as TransfersService).available;
          return dropsOn(one, copyingOf(one, app, available, trans));
        },
        error =>
          tell(
            trans.__(
              'Nothing was copied. What copies could not be loaded: %1 Check the connection to the Jupyter server.',
              messageOf(error)
            )
          )
      )
    );
  }
};

namespace Private {
  export const PALETTE = [
    CommandIDs.copyToWorkspace,
    CommandIDs.copyTo,
    CommandIDs.saveList,
    CommandIDs.copyFromList,
    CommandIDs.showInArchive,
    CommandIDs.verifyCopy,
    CommandIDs.fetchAgain
  ];

  /** Tell of files and folders that the page deletes or moves away. */
  export function onGone(
    contents: Contents.IManager,
    tell: (path: string) => void
  ): void {
    contents.fileChanged.connect((_, { type, oldValue }) => {
      if ((type === 'delete' || type === 'rename') && oldValue?.path) {
        tell(contents.localPath(oldValue.path));
      }
    });
  }

  /** Every file browser, those of other extensions too, each once. */
  export function each(
    browser: FileBrowser | null,
    browsers: IFileBrowserFactory | null,
    take: (browser: FileBrowser) => void
  ): void {
    const taken = new WeakSet<FileBrowser>();
    const once = (one: FileBrowser) => {
      if (!taken.has(one)) {
        taken.add(one);
        take(one);
      }
    };
    browsers?.tracker.forEach(once);
    browsers?.tracker.widgetAdded.connect((_, one) => once(one));
    if (browser) {
      once(browser);
    }
  }
}

export default [commands, badges, drop];
