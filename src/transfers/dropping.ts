import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { FileBrowser } from '@jupyterlab/filebrowser';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONArray } from '@lumino/coreutils';
import type { Drag } from '@lumino/dragdrop';
import type { IDragged } from '../tokens';
import { canWriteTo, noServer, sourcesOf } from './commands';
import type { DropTaker } from './drop';
import { CommandIDs } from './ids';

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
  /** Show a folder in the file browser. */
  open(folder: string): Promise<void>;
  drop(dragged: IDragged, folder: string): void;
}

const MARK = 'mast-mod-drop';

/** A folder opens when something is held over it for so many ms. */
const OPENS_AFTER = 800;

/**
 * What takes drags over a file browser: on a folder's row they mean that
 * folder, which opens after a while, anywhere else the folder that is shown.
 */
export function dropsOn(
  browser: IDropBrowser,
  options: IDropOptions
): DropTaker {
  const { node } = browser;
  const { trans } = options;
  let marked: Element | null = null;
  /** The last event, while the drag is over the file browser. */
  let last: Parameters<DropTaker> | null = null;
  /** Where the pointer was when other rows came below it. */
  let rested: Drag.Event | null = null;
  let opening: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const mark = (element: Element | null) => {
    if (element !== marked) {
      marked?.classList.remove(MARK);
      element?.classList.add(MARK);
      marked = element;
    }
  };

  /** The folder that a drop here means, what to mark, and what to open. */
  const under = (
    event: Drag.Event
  ): { folder: string; element: Element; row: boolean } => {
    const row = (event.target as Element | null)?.closest?.(
      '.jp-DirListing-item'
    );
    // A pointer that rests means what has opened, not what came below it.
    const item = row && !rested ? browser.modelForClick(event) : undefined;
    return row && item?.type === 'directory'
      ? { folder: item.path, element: row, row: true }
      : {
          folder: browser.model.path,
          element: node.querySelector('.jp-DirListing-content') ?? node,
          row: false
        };
  };

  /** Open a folder in a while, unless it is told of another, or none. */
  const open = (folder: string | null) => {
    if (folder === opening) {
      return;
    }
    clearTimeout(timer);
    opening = folder;
    if (folder !== null) {
      timer = setTimeout(() => void reveal(folder), OPENS_AFTER);
    }
  };

  const reveal = async (folder: string): Promise<void> => {
    try {
      await options.open(folder);
    } catch {
      // The file browser says why, and shows the same as before.
      return;
    }
    if (last) {
      [rested] = last;
      show(...last);
    }
  };

  const leave = (dragged: IDragged) => {
    last = rested = null;
    open(null);
    mark(null);
    dragged.say?.(null);
  };

  /** Show what a drop here would do. */
  const show: DropTaker = (drag, dragged) => {
    const { folder, element, row } = under(drag);
    const refusal = options.refusal(folder);
    drag.dropAction = refusal === null ? 'copy' : 'none';
    mark(refusal === null ? element : null);
    open(refusal === null && row ? folder : null);
    dragged.say?.(refusal ?? trans.__('Copy to %1', options.nameOf(folder)));
  };

  return (drag, dragged) => {
    if (drag.clientX !== rested?.clientX || drag.clientY !== rested.clientY) {
      rested = null;
    }
    switch (drag.type) {
      case 'lm-dragleave':
        // Going from one row to the next leaves the first one too.
        if (!node.contains(drag.relatedTarget as Node | null)) {
          leave(dragged);
        }
        return;
      case 'lm-drop': {
        const { folder } = under(drag);
        leave(dragged);
        if (
          options.refusal(folder) !== null ||
          drag.proposedAction === 'none'
        ) {
          drag.dropAction = 'none';
          return;
        }
        drag.dropAction = 'copy';
        options.drop(dragged, folder);
        return;
      }
      default:
        last = [drag, dragged];
        show(drag, dragged);
    }
  };
}

/** What a drop on a file browser of JupyterLab does: it copies. */
export function copyingOf(
  browser: FileBrowser,
  app: JupyterFrontEnd,
  available: () => boolean,
  trans: TranslationBundle
): IDropOptions {
  const { commands } = app;
  const { contents } = app.serviceManager;
  return {
    trans,
    refusal: folder =>
      !available()
        ? noServer(trans)
        : !commands.hasCommand(CommandIDs.copyToWorkspace)
          ? trans.__('Copying is switched off')
          : canWriteTo(folder, contents)
            ? null
            : trans.__('Nothing can be copied into this folder'),
    nameOf: folder =>
      contents.localPath(folder) || trans.__('your home folder'),
    open: folder => browser.model.cd(`/${contents.localPath(folder)}`),
    drop: (dragged, folder) =>
      void commands.execute(CommandIDs.copyToWorkspace, {
        archive: dragged.archive,
        sources: sourcesOf(dragged) as unknown as ReadonlyPartialJSONArray,
        target: folder
      })
  };
}
