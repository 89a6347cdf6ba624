import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { DocumentWidget } from '@jupyterlab/docregistry';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { IEditorTracker } from '@jupyterlab/fileeditor';
import {
  NotebookModel,
  type INotebookTracker,
  type Notebook,
  type NotebookPanel
} from '@jupyterlab/notebook';
import { NBTestUtils } from '@jupyterlab/notebook/lib/testutils';
import { Widget } from '@lumino/widgets';
import { CodeTarget } from './insert';

// Yjs warns of cells that are read before they are in a notebook.
beforeAll(() => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});

/** A notebook panel around a real notebook, as far as inserting needs it. */
function panelOf(content: Notebook): NotebookPanel {
  return Object.assign(new Widget(), {
    content,
    context: { ready: Promise.resolve() }
  }) as unknown as NotebookPanel;
}

function notebook(sources: readonly string[], active = 0): Notebook {
  const content = NBTestUtils.createNotebook();
  content.model = new NotebookModel();
  content.model.fromJSON({
    cells: sources.map(source => ({
      cell_type: source.startsWith('#')
        ? ('markdown' as const)
        : ('code' as const),
      source,
      metadata: {},
      ...(source.startsWith('#') ? {} : { outputs: [], execution_count: null })
    })),
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5
  });
  content.activeCellIndex = active;
  jest.spyOn(content, 'scrollToCell').mockResolvedValue();
  return content;
}

const sources = (content: Notebook) =>
  content.widgets.map(cell => cell.model.sharedModel.getSource());

function setUp(options: {
  panel?: NotebookPanel;
  current?: Widget | null;
  document?: DocumentWidget;
  created?: NotebookPanel;
}) {
  const { panel, current = panel ?? null, document, created } = options;
  const activated: string[] = [];
  const executed: [string, unknown][] = [];
  const app = {
    shell: {
      currentWidget: current,
      activateById: (id: string) => activated.push(id)
    },
    commands: {
      execute: async (id: string, args: unknown) => {
        executed.push([id, args]);
        return created;
      }
    }
  } as unknown as JupyterFrontEnd;
  const target = new CodeTarget({
    app,
    notebooks: {
      currentWidget: panel ?? null,
      has: (widget: Widget) => widget === panel
    } as unknown as INotebookTracker,
    editors: {
      has: (widget: Widget) => widget === (document as Widget | undefined)
    } as unknown as IEditorTracker,
    browser: { model: { path: 'work/hst' } } as unknown as IDefaultFileBrowser
  });
  return { target, activated, executed };
}

describe('CodeTarget', () => {
  it('puts code into a new cell below the active one', async () => {
    const content = notebook(['a = 1', 'b = 2']);
    const panel = panelOf(content);
    const { target, activated } = setUp({ panel });
    await target.insert('print(1)\nprint(2)', 'below');
    expect(sources(content)).toEqual(['a = 1', 'print(1)\nprint(2)', 'b = 2']);
    expect(content.activeCellIndex).toBe(1);
    expect(activated).toEqual([panel.id]);
  });

  it('fills the active cell when it is empty', async () => {
    const content = notebook(['a = 1', '  \n'], 1);
    await setUp({ panel: panelOf(content) }).target.insert('print(1)', 'below');
    expect(sources(content)).toEqual(['a = 1', 'print(1)']);
  });

  it('makes a code cell below a text cell', async () => {
    const content = notebook(['# Title', 'b = 2']);
    await setUp({ panel: panelOf(content) }).target.insert('print(1)', 'below');
    expect(content.widgets.map(cell => cell.model.type)).toEqual([
      'markdown',
      'code',
      'code'
    ]);
    expect(sources(content)[1]).toBe('print(1)');
  });

  it('can be undone in one step', async () => {
    const content = notebook(['a = 1']);
    content.model?.sharedModel.clearUndoHistory();
    await setUp({ panel: panelOf(content) }).target.insert('print(1)', 'below');
    expect(sources(content)).toEqual(['a = 1', 'print(1)']);
    content.model?.sharedModel.undo();
    expect(sources(content)).toEqual(['a = 1']);
  });

  it('puts code where the cursor is', async () => {
    const content = notebook(['a = \nb = 2']);
    Widget.attach(content, document.body);
    const { editor } = content.widgets[0];
    editor?.setCursorPosition({ line: 0, column: 4 });
    await setUp({ panel: panelOf(content) }).target.insert('1', 'cursor');
    expect(sources(content)).toEqual(['a = 1\nb = 2']);
    content.dispose();
  });

  it('uses the notebook of the last time when something else is in front', async () => {
    const content = notebook(['a = 1']);
    const { target } = setUp({
      panel: panelOf(content),
      current: new Widget()
    });
    await target.insert('print(1)', 'below');
    expect(sources(content)).toEqual(['a = 1', 'print(1)']);
  });

  it('puts code at the cursor of a text editor that is in front', async () => {
    const inserted: string[] = [];
    const editor = Object.assign(new Widget(), {
      content: {
        editor: { replaceSelection: (text: string) => inserted.push(text) }
      }
    }) as unknown as DocumentWidget;
    const content = notebook(['a = 1']);
    const { target, activated } = setUp({
      panel: panelOf(content),
      current: editor,
      document: editor
    });
    await target.insert('print(1)', 'below');
    expect(inserted).toEqual(['print(1)']);
    expect(sources(content)).toEqual(['a = 1']);
    expect(activated).toEqual([editor.id]);
  });

  it('makes a notebook in the folder that the file browser shows', async () => {
    const content = notebook(['']);
    const { target, executed } = setUp({ created: panelOf(content) });
    await target.insert('print(1)', 'below');
    expect(executed).toEqual([
      ['notebook:create-new', { cwd: 'work/hst', activate: true }]
    ]);
    expect(sources(content)).toEqual(['print(1)']);
  });
});
