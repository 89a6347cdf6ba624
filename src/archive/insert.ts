import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { DocumentWidget } from '@jupyterlab/docregistry';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { FileEditor, IEditorTracker } from '@jupyterlab/fileeditor';
import type { INotebookContent } from '@jupyterlab/nbformat';
import {
  NotebookActions,
  type INotebookTracker,
  type NotebookPanel
} from '@jupyterlab/notebook';
import { UUID } from '@lumino/coreutils';
import { DRIVE } from './paths';

/** Where inserted code goes, in a JupyterLab or Notebook application. */
export class CodeTarget {
  constructor(private readonly _options: CodeTarget.IOptions) {}

  /**
   * Insert code into what one works in: a new cell below the active one (the
   * active one itself when it is empty), or at the cursor.
   *
   * Documents that cannot be saved, as those of an archive, are passed over.
   * Without a notebook or editor that can be, a new notebook is made in the
   * folder that the file browser shows.
   */
  async insert(code: string, position: 'below' | 'cursor'): Promise<void> {
    const { app, editors } = this._options;
    const current = app.shell.currentWidget;
    if (current && editors?.has(current)) {
      const document = current as DocumentWidget<FileEditor>;
      if (Private.isWritable(document)) {
        this._intoEditor(document, code);
        return;
      }
    }
    const panel = this._notebook();
    await (panel
      ? this._intoNotebook(panel, code, position)
      : this._intoNewNotebook(code));
  }

  /** The notebook in front, else the one used last, else another open one. */
  private _notebook(): NotebookPanel | null {
    const { app, notebooks } = this._options;
    const current = app.shell.currentWidget;
    return (
      [
        ...(current && notebooks.has(current)
          ? [current as NotebookPanel]
          : []),
        ...(notebooks.currentWidget ? [notebooks.currentWidget] : []),
        ...notebooks.filter(panel => panel.isVisible),
        // The one that was opened last.
        ...notebooks.filter(() => true).reverse()
      ].find(Private.isWritable) ?? null
    );
  }

  private async _intoNotebook(
    panel: NotebookPanel,
    code: string,
    position: 'below' | 'cursor'
  ): Promise<void> {
    await panel.context.ready;
    const notebook = panel.content;
    const { activeCell } = notebook;
    const editor = activeCell?.editor;
    if (position === 'cursor' && activeCell && editor) {
      editor.replaceSelection?.(code);
      editor.focus();
      return;
    }
    const empty =
      activeCell?.model.type === 'code' &&
      activeCell.model.sharedModel.getSource().trim() === '';
    if (!empty) {
      NotebookActions.insertBelow(notebook);
      NotebookActions.changeCellType(notebook, 'code');
    }
    notebook.activeCell?.model.sharedModel.setSource(code);
    if (notebook.activeCell) {
      await notebook.scrollToCell(notebook.activeCell);
    }
    this._options.app.shell.activateById(panel.id);
  }

  private _intoEditor(
    document: DocumentWidget<FileEditor>,
    code: string
  ): void {
    document.content.editor.replaceSelection?.(code);
    this._options.app.shell.activateById(document.id);
  }

  /**
   * Make a notebook that holds the code, and open it. Notebook opens it in
   * another page of the browser, where nothing could be inserted from here:
   * so the code is in the file before that.
   */
  private async _intoNewNotebook(code: string): Promise<void> {
    const { app, browser } = this._options;
    const { contents } = app.serviceManager;
    const { path } = await contents.newUntitled({
      type: 'notebook',
      path: browser?.model.path ?? ''
    });
    await contents.save(path, {
      type: 'notebook',
      format: 'json',
      content: Private.notebookOf(code)
    });
    const panel = (await app.commands.execute('docmanager:open', { path })) as
      NotebookPanel | undefined;
    if (panel) {
      // JupyterLab asks for a name when it is first saved.
      panel.isUntitled = true;
    }
  }
}

export namespace CodeTarget {
  export interface IOptions {
    readonly app: JupyterFrontEnd;
    readonly notebooks: INotebookTracker;
    readonly editors: IEditorTracker | null;
    readonly browser: IDefaultFileBrowser | null;
  }
}

namespace Private {
  /** Whether what is written into a document can be saved. */
  export function isWritable({ context }: DocumentWidget): boolean {
    return (
      !context.path.startsWith(`${DRIVE}:`) &&
      context.contentsModel?.writable !== false
    );
  }

  /** A notebook of one cell. */
  export function notebookOf(code: string): INotebookContent {
    return {
      cells: [
        {
          cell_type: 'code',
          id: UUID.uuid4(),
          metadata: {},
          source: code,
          outputs: [],
          execution_count: null
        }
      ],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5
    };
  }
}
