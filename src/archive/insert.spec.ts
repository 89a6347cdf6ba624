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

/** A document's context, as far as inserting needs it. */
const contextOf = (path: string, writable = true) => ({
  path,
  contentsModel: { writable },
  ready: Promise.resolve()
});

/** A notebook panel around a real notebook. */
function panelOf(
  content: Notebook,
  context = contextOf('work/mine.ipynb')
): NotebookPanel {
  return Object.assign(new Widget(), {
    content,
    context
  }) as unknown as NotebookPanel;
}

/** A text editor, and what was inserted into it. */
function editorOf(context = contextOf('work/mine.py')) {
  const inserted: string[] = [];
  const editor = Object.assign(new Widget(), {
    content: {
      editor: { replaceSelection: (text: string) => inserted.push(text) }
    },
    context
  }) as unknown as DocumentWidget;
  return { editor, inserted };
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
  /** The notebooks that are open; the first is the one used last. */
  panels?: readonly NotebookPanel[];
  current?: Widget | null;
  document?: DocumentWidget;
  /** What opening a new notebook gives. */
  opened?: unknown;
}) {
  const { panels = [], document, opened } = options;
  const { current = panels[0] ?? null } = options;
  const activated: string[] = [];
  const done: [string, unknown][] = [];
  const app = {
    shell: {
      currentWidget: current,
      activateById: (id: string) => activated.push(id)
    },
    serviceManager: {
      contents: {
        newUntitled: async (asked: unknown) => {
          done.push(['newUntitled', asked]);
          return { path: 'work/hst/Untitled.ipynb' };
        },
        save: async (path: string, model: unknown) => {
          done.push([`save ${path}`, model]);
        }
      }
    },
    commands: {
      execute: async (id: string, args: unknown) => {
        done.push([id, args]);
        return opened;
      }
    }
  } as unknown as JupyterFrontEnd;
  const target = new CodeTarget({
    app,
    notebooks: {
      currentWidget: panels[0] ?? null,
      has: (widget: NotebookPanel) => panels.includes(widget),
      filter: (fits: (panel: NotebookPanel) => boolean) => panels.filter(fits)
    } as unknown as INotebookTracker,
    editors: {
      has: (widget: Widget) => widget === (document as Widget | undefined)
    } as unknown as IEditorTracker,
    browser: { model: { path: 'work/hst' } } as unknown as IDefaultFileBrowser
  });
  return { target, activated, done };
}

describe('CodeTarget', () => {
  it('puts code into a new cell below the active one', async () => {
    const content = notebook(['a = 1', 'b = 2']);
    const panel = panelOf(content);
    const { target, activated } = setUp({ panels: [panel] });
    await target.insert('print(1)\nprint(2)', 'below');
    expect(sources(content)).toEqual(['a = 1', 'print(1)\nprint(2)', 'b = 2']);
    expect(content.activeCellIndex).toBe(1);
    expect(activated).toEqual([panel.id]);
  });

  it('fills the active cell when it is empty', async () => {
    const content = notebook(['a = 1', '  \n'], 1);
    await setUp({ panels: [panelOf(content)] }).target.insert(
      'print(1)',
      'below'
    );
    expect(sources(content)).toEqual(['a = 1', 'print(1)']);
  });

  it('makes a code cell below a text cell', async () => {
    const content = notebook(['# Title', 'b = 2']);
    await setUp({ panels: [panelOf(content)] }).target.insert(
      'print(1)',
      'below'
    );
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
    await setUp({ panels: [panelOf(content)] }).target.insert(
      'print(1)',
      'below'
    );
    expect(sources(content)).toEqual(['a = 1', 'print(1)']);
    content.model?.sharedModel.undo();
    expect(sources(content)).toEqual(['a = 1']);
  });

  it('puts code where the cursor is', async () => {
    const content = notebook(['a = \nb = 2']);
    Widget.attach(content, document.body);
    const { editor } = content.widgets[0];
    editor?.setCursorPosition({ line: 0, column: 4 });
    await setUp({ panels: [panelOf(content)] }).target.insert('1', 'cursor');
    expect(sources(content)).toEqual(['a = 1\nb = 2']);
    content.dispose();
  });

  it('uses the notebook of the last time when something else is in front', async () => {
    const content = notebook(['a = 1']);
    const { target } = setUp({
      panels: [panelOf(content)],
      current: new Widget()
    });
    await target.insert('print(1)', 'below');
    expect(sources(content)).toEqual(['a = 1', 'print(1)']);
  });

  it('puts code at the cursor of a text editor that is in front', async () => {
    const { editor, inserted } = editorOf();
    const content = notebook(['a = 1']);
    const { target, activated } = setUp({
      panels: [panelOf(content)],
      current: editor,
      document: editor
    });
    await target.insert('print(1)', 'below');
    expect(inserted).toEqual(['print(1)']);
    expect(sources(content)).toEqual(['a = 1']);
    expect(activated).toEqual([editor.id]);
  });

  it.each([
    ['of an archive', contextOf('MAST:sample/readme.txt')],
    ['that may not be written', contextOf('work/readme.txt', false)]
  ])('passes over a text %s that is in front', async (_, context) => {
    const { editor, inserted } = editorOf(context);
    const content = notebook(['a = 1']);
    const { target } = setUp({
      panels: [panelOf(content)],
      current: editor,
      document: editor
    });
    await target.insert('print(1)', 'below');
    expect(inserted).toEqual([]);
    expect(sources(content)).toEqual(['a = 1', 'print(1)']);
  });

  it.each([
    ['of an archive', contextOf('MAST:sample/tutorial.ipynb')],
    ['that may not be written', contextOf('work/tutorial.ipynb', false)]
  ])('passes over a notebook %s for one’s own', async (_, context) => {
    const tutorial = notebook(['b = 2']);
    const mine = notebook(['a = 1']);
    const front = panelOf(tutorial, context);
    for (const position of ['below', 'cursor'] as const) {
      for (const current of [front, new Widget()]) {
        const { target } = setUp({ panels: [front, panelOf(mine)], current });
        await target.insert('print(1)', position);
      }
    }
    expect(sources(tutorial)).toEqual(['b = 2']);
    expect(sources(mine).join('\n').split('print(1)')).toHaveLength(5);
  });

  it('takes a notebook that is in sight before others', async () => {
    const [seen, other] = [notebook(['a = 1']), notebook(['b = 2'])];
    const front = panelOf(notebook(['']), contextOf('MAST:sample/t.ipynb'));
    const visible = Object.defineProperty(panelOf(seen), 'isVisible', {
      value: true
    });
    const { target } = setUp({ panels: [front, visible, panelOf(other)] });
    await target.insert('print(1)', 'below');
    expect([sources(seen), sources(other)]).toEqual([
      ['a = 1', 'print(1)'],
      ['b = 2']
    ]);
  });

  it.each([
    ['no notebook', false],
    ['none but of an archive', true]
  ])(
    'with %s makes one with the code, in the folder of the file browser',
    async (_, archived) => {
      const opened = new Widget();
      const panels = archived
        ? [panelOf(notebook(['']), contextOf('MAST:sample/t.ipynb'))]
        : [];
      const { target, done } = setUp({ panels, opened });
      await target.insert('print(1)', 'below');
      expect(done).toEqual([
        ['newUntitled', { type: 'notebook', path: 'work/hst' }],
        [
          'save work/hst/Untitled.ipynb',
          {
            type: 'notebook',
            format: 'json',
            content: expect.objectContaining({
              nbformat: 4,
              cells: [
                expect.objectContaining({
                  cell_type: 'code',
                  source: 'print(1)'
                })
              ]
            })
          }
        ],
        ['docmanager:open', { path: 'work/hst/Untitled.ipynb' }]
      ]);
      expect(opened).toMatchObject({ isUntitled: true });
    }
  );

  it('needs nothing of a notebook that opens in another page', async () => {
    const opened = new Widget();
    opened.dispose();
    for (const one of [undefined, opened]) {
      const { target, done } = setUp({ opened: one });
      await target.insert('print(1)', 'below');
      expect(done.map(([what]) => what)).toEqual([
        'newUntitled',
        'save work/hst/Untitled.ipynb',
        'docmanager:open'
      ]);
    }
  });
});
