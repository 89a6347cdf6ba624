import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget, type Panel } from '@lumino/widgets';

/**
 * Load the content of an empty panel into it. When that fails the panel says
 * so, with a button for another try. This is all of plain elements: our style
 * sheets may not be there either.
 */
export async function loadInto<T extends Widget>(
  panel: Panel,
  load: () => Promise<T>,
  trans: TranslationBundle,
  again: () => unknown
): Promise<T> {
  // What was said of the try before.
  panel.widgets[0]?.dispose();
  const add = (content: Widget) =>
    panel.isDisposed ? content.dispose() : panel.addWidget(content);
  try {
    const content = await load();
    add(content);
    return content;
  } catch (error) {
    console.error('jupyterlab-mast:', error);
    const node = document.createElement('div');
    node.className = 'mast-State';
    node.style.padding = '12px';
    node.setAttribute('role', 'status');
    const button = document.createElement('button');
    button.className = 'jp-mod-styled';
    button.textContent = trans.__('Try again');
    button.onclick = again;
    node.append(
      trans.__(
        'This could not be loaded: %1 Check the connection to the Jupyter server.',
        error instanceof Error ? error.message : String(error)
      ),
      button
    );
    add(new Widget({ node }));
    throw error;
  }
}
