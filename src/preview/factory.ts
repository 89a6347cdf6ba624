import {
  ABCWidgetFactory,
  DocumentModel,
  DocumentWidget,
  type DocumentRegistry,
  type IDocumentWidget
} from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import { Panel } from '@lumino/widgets';
import type { IByteSource } from '../tokens';
import { fitsImageIcon } from '../ui/icons';
import { loadInto } from '../ui/loading';
import type { HeaderWidget } from './widget';

/** The name of the document model that has no content. */
export const EMPTY_MODEL = 'mast-no-content';

/**
 * A model of documents whose content is never loaded: the widget reads the
 * bytes it needs. Without a file format JupyterLab asks for metadata only.
 */
export class EmptyModelFactory implements DocumentRegistry.IModelFactory<DocumentRegistry.IModel> {
  readonly name = EMPTY_MODEL;
  readonly contentType: Contents.ContentType = 'file';
  readonly fileFormat: Contents.FileFormat = null;
  readonly collaborative = false;

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
  }

  preferredLanguage(): string {
    return '';
  }

  createNew(options?: DocumentRegistry.IModelOptions): DocumentRegistry.IModel {
    return new DocumentModel({
      collaborationEnabled: options?.collaborationEnabled
    });
  }

  private _disposed = false;
}

/** A document whose content is loaded when it is first shown. */
export class FitsDocument extends DocumentWidget<Panel> {}

/**
 * Makes the widget of a FITS document. Its code is loaded with the first
 * document.
 */
export class FitsFactory extends ABCWidgetFactory<IDocumentWidget<Panel>> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions,
    private readonly _source: (path: string) => Promise<IByteSource>,
    private readonly _more: Omit<HeaderWidget.IOptions, 'source'>
  ) {
    super(options);
  }

  protected createNewWidget(
    context: DocumentRegistry.Context
  ): IDocumentWidget<Panel> {
    const content = new Panel();
    const document = new FitsDocument({ content, context });
    document.addClass('mast-FitsDocument');
    document.title.icon = fitsImageIcon;
    const fill = (): unknown =>
      loadInto(
        content,
        async () => {
          const [{ HeaderWidget }, source] = await Promise.all([
            import('./widget'),
            this._source(context.path)
          ]);
          return new HeaderWidget({ source, ...this._more });
        },
        this._more.trans,
        fill
        // The document says it.
      ).catch(() => undefined);
    fill();
    return document;
  }
}
