import type { TranslationBundle } from '@jupyterlab/translation';
import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';
import { s3Uri } from '../missions';
import {
  DRAGGED,
  type IArchiveInfo,
  type IChoice,
  type IDragged
} from '../tokens';
import { Ghost } from './ghost';
import { fill, templatesFor, type ITemplate } from './snippets';

/** Notebooks make new cells of this. */
const CELLS = 'application/vnd.jupyter.cells';

/**
 * The data of a drag: code for notebooks, URIs for editors, the files and
 * folders themselves for us. Not set: `x-jupyter-icontentsrich`, with which
 * notebooks only attach images, and `x-jupyter-icontents`, on which the file
 * browser throws.
 */
export function dragData(
  archive: IArchiveInfo,
  { objects, folders }: IChoice,
  templates: readonly ITemplate[],
  say?: IDragged['say']
): MimeData {
  const keys = objects.map(object => object.key);
  const data = new MimeData();
  const uris = [...folders, ...keys]
    .map(key => s3Uri(archive.bucket, key))
    .join('\n');
  data.setData('text/plain', uris);
  if (keys.length > 0) {
    const [template] = templatesFor(templates, keys);
    data.setData(CELLS, [
      {
        cell_type: 'code',
        source: template ? fill(template, archive, keys) : uris,
        metadata: {},
        outputs: [],
        execution_count: null
      }
    ]);
  }
  const dragged: IDragged = {
    archive: archive.id,
    objects,
    ...(folders.length > 0 ? { folders } : {}),
    ...(say ? { say } : {})
  };
  data.setData(DRAGGED, dragged);
  return data;
}

/** Start a drag from the archive panel. */
export function startDrag(options: {
  readonly archive: IArchiveInfo;
  readonly chosen: IChoice;
  readonly templates: readonly ITemplate[];
  readonly event: MouseEvent;
  readonly trans: TranslationBundle;
  readonly locale: string;
}): void {
  const { archive, chosen, templates, event, trans, locale } = options;
  const ghost = new Ghost(chosen, trans, locale);
  const drag = new Drag({
    mimeData: dragData(archive, chosen, templates, verb => ghost.say(verb)),
    dragImage: ghost.node,
    proposedAction: 'copy',
    supportedActions: 'copy-link',
    source: archive
  });
  void drag.start(event.clientX, event.clientY).then(() => {
    drag.dispose();
    ghost.dispose();
  });
}
