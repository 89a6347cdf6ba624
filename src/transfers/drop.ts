import type { Drag } from '@lumino/dragdrop';
import { DRAGGED, type IDragged } from '../tokens';

/** What takes the events of a drag. */
export type DropTaker = (drag: Drag.Event, dragged: IDragged) => void;

/** The four events of Lumino's drags. */
const EVENTS = ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop'];

/**
 * Let files of the archive panel be dropped on a file browser. What takes
 * them is loaded when the first of them is dragged over it, and gets the last
 * event before that. Where it cannot be loaded, each event is another try, and
 * a drop that is lost is told of.
 *
 * The file browser refuses types that it does not know, so its events are
 * taken on their way down to it. Other drags pass untouched.
 */
export function acceptDrops(
  node: HTMLElement,
  load: () => Promise<DropTaker>,
  lost: (error: unknown) => void
): void {
  let take: DropTaker | undefined;
  let last: Drag.Event;
  const handle = async (event: Event): Promise<void> => {
    const drag = event as Drag.Event;
    // A drag that has ended has no data any more.
    const dragged = drag.mimeData.getData(DRAGGED) as IDragged | undefined;
    if (dragged) {
      drag.preventDefault();
      drag.stopPropagation();
      if (!take) {
        drag.dropAction = 'copy';
        last = drag;
        const loaded = await load();
        take ??= loaded;
        if (last !== drag) {
          return;
        }
      }
      take(drag, dragged);
    }
  };
  for (const type of EVENTS) {
    node.addEventListener(
      type,
      event => {
        handle(event).catch(error => {
          if (type === 'lm-drop') {
            lost(error);
          }
        });
      },
      true
    );
  }
}
