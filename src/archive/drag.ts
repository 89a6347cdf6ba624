import type { TranslationBundle } from '@jupyterlab/translation';
import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';
import { s3Uri } from '../missions';
import type { IArchiveInfo, IArchiveObject } from '../tokens';
import { formatBytes } from '../ui/format';
import { fill, templatesFor, type ITemplate } from './snippets';

/** Notebooks make new cells of this. */
const CELLS = 'application/vnd.jupyter.cells';

/** The objects themselves, for other parts of this extension. */
export const OBJECTS = 'application/vnd.jupyterlab-mast.objects+json';

/** What a drag out of the archive panel carries under {@link OBJECTS}. */
export interface IDraggedObjects {
  readonly archive: string;
  readonly objects: readonly IArchiveObject[];
}

/**
 * The data of a drag: code for notebooks, URIs for editors, the objects for
 * us. Not set: `x-jupyter-icontentsrich`, with which notebooks only attach
 * images, and `x-jupyter-icontents`, on which the file browser throws.
 */
export function dragData(
  archive: IArchiveInfo,
  objects: readonly IArchiveObject[],
  templates: readonly ITemplate[]
): MimeData {
  const keys = objects.map(object => object.key);
  const [template] = templatesFor(templates, keys);
  const data = new MimeData();
  const uris = keys.map(key => s3Uri(archive.bucket, key)).join('\n');
  data.setData('text/plain', uris);
  data.setData(CELLS, [
    {
      cell_type: 'code',
      source: template ? fill(template, archive, keys) : uris,
      metadata: {},
      outputs: [],
      execution_count: null
    }
  ]);
  const dragged: IDraggedObjects = { archive: archive.id, objects };
  data.setData(OBJECTS, dragged);
  return data;
}

/** Start a drag from the archive panel. */
export function startDrag(options: {
  readonly archive: IArchiveInfo;
  readonly objects: readonly IArchiveObject[];
  readonly templates: readonly ITemplate[];
  readonly event: MouseEvent;
  readonly trans: TranslationBundle;
  readonly locale: string;
}): void {
  const { archive, objects, templates, event, trans, locale } = options;
  const bytes = objects.reduce((sum, object) => sum + object.size, 0);
  const ghost = document.createElement('div');
  ghost.className = 'mast-Ghost';
  const title = document.createElement('b');
  title.textContent = `${trans._n('%1 file', '%1 files', objects.length, objects.length)}, ${formatBytes(bytes, locale)}`;
  const verb = document.createElement('span');
  verb.textContent = trans.__(
    'Insert code as a new cell, or the URI in an editor'
  );
  ghost.append(title, verb);
  const drag = new Drag({
    mimeData: dragData(archive, objects, templates),
    dragImage: ghost,
    proposedAction: 'copy',
    supportedActions: 'copy-link',
    source: archive
  });
  void drag.start(event.clientX, event.clientY).then(() => drag.dispose());
}
