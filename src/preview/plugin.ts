import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { IArchive } from '../tokens';
import { fitsImageIcon } from '../ui/icons';
import { EmptyModelFactory, EMPTY_MODEL, FitsFactory } from './factory';

const FACTORY = 'FITS header';

const header: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-mast:preview-header',
  description: 'Opens FITS files by their headers.',
  autoStart: true,
  optional: [IArchive, ITranslator, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    archive: IArchive | null,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyterlab_mast');
    const { docRegistry, serviceManager } = app;
    const { contents } = serviceManager;
    docRegistry.addFileType({
      name: 'fits',
      displayName: trans.__('FITS file'),
      extensions: [
        '.fits',
        '.fit',
        '.fts',
        '.fits.gz',
        '.fit.gz',
        '.fits.fz',
        '.fz'
      ],
      mimeTypes: ['application/fits', 'image/fits'],
      contentType: 'file',
      fileFormat: 'base64',
      icon: fitsImageIcon
    });
    docRegistry.addModelFactory(new EmptyModelFactory());
    const factory = new FitsFactory(
      {
        name: FACTORY,
        label: trans.__('FITS header'),
        fileTypes: ['fits'],
        defaultFor: ['fits'],
        modelName: EMPTY_MODEL,
        readOnly: true
      },
      async path => {
        const { FileSource } = await import('../ui/filesource');
        return (
          archive?.bytesOfPath(path) ??
          new FileSource(path, contents, serviceManager.serverSettings)
        );
      },
      {
        trans,
        locale: translator?.languageCode ?? 'en',
        commands: app.commands
      }
    );
    const tracker = new WidgetTracker<IDocumentWidget>({
      namespace: 'mast-fits'
    });
    factory.widgetCreated.connect((_, widget) => {
      void tracker.add(widget);
      widget.context.pathChanged.connect(() => void tracker.save(widget));
    });
    docRegistry.addWidgetFactory(factory);
    void restorer?.restore(tracker, {
      command: 'docmanager:open',
      args: widget => ({ path: widget.context.path, factory: FACTORY }),
      name: widget => widget.context.path
    });
  }
};

export default [header];
