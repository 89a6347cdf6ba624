import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type DocumentWidget } from '@jupyterlab/docregistry';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { FileEditor, IEditorTracker } from '@jupyterlab/fileeditor';
import {
  NotebookActions,
  type INotebookTracker,
  type NotebookPanel
} from '@jupyterlab/notebook';

/** Where inserted code goes, in a JupyterLab or Notebook application. */
export class CodeTarget {
  constructor(private readonly _options: CodeTarget.IOptions) {}

  /**
   * Insert code into what one works in: a new cell below the active one (the
   * active one itself when it is empty), or at the cursor.
   *
   * Without a notebook or editor, a new notebook is made in the folder that
   * the file browser shows.
   */
  async insert(code: string, position: 'below' | 'cursor'): Promise<void> {
    const { app, notebooks, editors } = this._options;
    const current = app.shell.currentWidget;
    if (current && editors?.has(current)) {
      this._intoEditor(current as DocumentWidget<FileEditor>, code);
      return;
    }
    const panel =
      current && notebooks.has(current)
        ? (current as NotebookPanel)
        : (notebooks.currentWidget ?? (await this._newNotebook()));
    await this._intoNotebook(panel, code, position);
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

  private async _newNotebook(): Promise<NotebookPanel> {
    const { app, browser } = this._options;
    const panel = (await app.commands.execute('notebook:create-new', {
      cwd: browser?.model.path ?? '',
      activate: true
    })) as NotebookPanel;
    await panel.context.ready;
    return panel;
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
