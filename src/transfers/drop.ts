import type { FileBrowser } from '@jupyterlab/filebrowser';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import type { Drag } from '@lumino/dragdrop';
import { DRAGGED, type IDragged } from '../tokens';

/** The part of a file browser that a drop needs. */
export interface IDropBrowser {
  readonly node: HTMLElement;
  readonly model: { readonly path: string };
  modelForClick(
    event: MouseEvent
  ): { readonly path: string; readonly type: string } | undefined;
}

/** What a drop on a file browser does. */
export interface IDropOptions {
  readonly trans: TranslationBundle;
  /** Why nothing can be dropped on a folder; `null` where it can. */
  refusal(folder: string): string | null;
  /** How people call a folder of the file browser. */
  nameOf(folder: string): string;
  drop(dragged: IDragged, folder: string): void;
}

/** The four events of Lumino's drags. */
const EVENTS = ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop'];

const MARK = 'mast-mod-drop';

/**
 * Let files of the archive panel be dropped on a file browser: on a folder's
 * row for that folder, anywhere else for the folder that it shows.
 *
 * The file browser refuses types that it does not know, so its events are
 * taken on their way down to it. Other drags pass untouched.
 */
export function acceptDrops(
  browser: IDropBrowser | FileBrowser,
  options: IDropOptions
): IDisposable {
  const { node } = browser;
  const { trans } = options;
  let marked: Element | null = null;

  const mark = (element: Element | null) => {
    if (element !== marked) {
      marked?.classList.remove(MARK);
      element?.classList.add(MARK);
      marked = element;
    }
  };
  const listing = () => node.querySelector('.jp-DirListing-content');

  /** The folder that a drop here means, and what to mark for it. */
  const under = (event: Drag.Event): { folder: string; element: Element } => {
    const row = (event.target as Element | null)?.closest?.(
      '.jp-DirListing-item'
    );
    const item = row ? browser.modelForClick(event) : undefined;
    return row && item?.type === 'directory'
      ? { folder: item.path, element: row }
      : { folder: browser.model.path, element: listing() ?? node };
  };

  const handle = (event: Event): void => {
    const drag = event as Drag.Event;
    if (!drag.mimeData.hasData(DRAGGED)) {
      return;
    }
    drag.preventDefault();
    drag.stopPropagation();
    const dragged = drag.mimeData.getData(DRAGGED) as IDragged;
    if (drag.type === 'lm-dragleave') {
      // Going from one row to the next leaves the first one too.
      if (!node.contains(drag.relatedTarget as Node | null)) {
        mark(null);
        dragged.say?.(null);
      }
      return;
    }
    const { folder, element } = under(drag);
    const refusal = options.refusal(folder);
    if (drag.type === 'lm-drop') {
      mark(null);
      dragged.say?.(null);
      if (refusal !== null || drag.proposedAction === 'none') {
        drag.dropAction = 'none';
        return;
      }
      drag.dropAction = 'copy';
      options.drop(dragged, folder);
      return;
    }
    drag.dropAction = refusal === null ? 'copy' : 'none';
    mark(refusal === null ? element : null);
    dragged.say?.(refusal ?? trans.__('Copy to %1', options.nameOf(folder)));
  };

  for (const type of EVENTS) {
    node.addEventListener(type, handle, true);
  }
  return new DisposableDelegate(() => {
    mark(null);
    for (const type of EVENTS) {
      node.removeEventListener(type, handle, true);
    }
  });
}
