import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import {
  IDefaultFileBrowser,
  IFileBrowserFactory
} from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IArchive, ITransfers } from '../tokens';
import { selectedFile } from './commands';
import { addCompareCommand } from './comparecommand';
import { COMPARE, COMPARE_PLUGIN } from './compareids';
import type { TransfersService } from './service';

const compare: JupyterFrontEndPlugin<void> = {
  id: COMPARE_PLUGIN,
  description: 'Compares copies with what the archive has now.',
  autoStart: true,
  requires: [IArchive, ITransfers],
  optional: [
    ITranslator,
    ICommandPalette,
    IDefaultFileBrowser,
    IFileBrowserFactory
  ],
  activate: (
    app: JupyterFrontEnd,
    archive: IArchive,
    transfers: ITransfers,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    browsers: IFileBrowserFactory | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_mast');
    const { contents, serverSettings } = app.serviceManager;
    addCompareCommand({
      commands: app.commands,
      archive,
      transfers: (transfers as TransfersService).model,
      copied: (transfers as TransfersService).copiedFiles(archive),
      contents,
      serverSettings,
      trans,
      locale: translator?.languageCode ?? 'en',
      selectedFile: () =>
        selectedFile({
          browser: () => browsers?.tracker.currentWidget ?? browser,
          contents
        }),
      rowIsNewer: () =>
        !!app
          .contextMenuHitTest(node => node.classList.contains('mast-Row'))
          ?.querySelector('.mast-Badge.mast-mod-newer')
    });
    palette?.addItem({
      command: COMPARE,
      category: trans.__('MAST Archive')
    });
  }
};

export default [compare];
