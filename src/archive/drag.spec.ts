import { nullTranslator } from '@jupyterlab/translation';
import { Drag } from '@lumino/dragdrop';
import { DRAGGED, type IArchiveObject, type IDragged } from '../tokens';
import { dragData, startDrag } from './drag';
import type { ITemplate } from './snippets';
import { archiveInfo, archiveObject } from './testing';

const info = archiveInfo();
const FITS = archiveObject('hst/public/ibg7/ibg705080/ibg705080_drz.fits');
const TEXT = archiveObject('hst/public/a b.txt');

const chosen = (...objects: IArchiveObject[]) => ({ objects, folders: [] });

const template: ITemplate = {
  id: 'open',
  title: 'Open',
  kinds: [],
  extensions: ['.fits'],
  one: 'open({{uri}})'
};

const CELLS = 'application/vnd.jupyter.cells';

describe('dragData', () => {
  it('has a cell for notebooks, URIs for editors, and the objects for us', () => {
    const data = dragData(info, chosen(FITS), [template]);
    const uri = `s3://stpubdata/${FITS.key}`;
    expect(data.getData('text/plain')).toBe(uri);
    expect(data.getData(CELLS)).toEqual([
      {
        cell_type: 'code',
        source: `open("${uri}")`,
        metadata: {},
        outputs: [],
        execution_count: null
      }
    ]);
    expect(data.getData(DRAGGED)).toEqual({ archive: 'mast', objects: [FITS] });
  });

  it('has one cell for several files, and a line for each URI', () => {
    const other = archiveObject('hst/public/x.fits');
    const data = dragData(info, chosen(FITS, other), [template]);
    expect((data.getData('text/plain') as string).split('\n')).toEqual([
      `s3://stpubdata/${FITS.key}`,
      's3://stpubdata/hst/public/x.fits'
    ]);
    const cells = data.getData(CELLS) as { source: string }[];
    expect(cells).toHaveLength(1);
    expect(cells[0].source).toContain(FITS.key);
    expect(cells[0].source).toContain(other.key);
  });

  it('has the URI where no template reads the file', () => {
    const data = dragData(info, chosen(TEXT), [template]);
    expect(data.getData(CELLS)).toMatchObject([
      { source: 's3://stpubdata/hst/public/a b.txt' }
    ]);
  });

  it('has the addresses of folders, and no cell where there is no file', () => {
    const folders = ['hst/public/ibg7/'];
    const data = dragData(info, { objects: [], folders }, [template]);
    expect(data.getData('text/plain')).toBe('s3://stpubdata/hst/public/ibg7/');
    expect(data.hasData(CELLS)).toBe(false);
    expect(data.getData(DRAGGED)).toEqual({
      archive: 'mast',
      objects: [],
      folders
    });
  });

  it('sets no type on which JupyterLab attaches images or throws', () => {
    expect(dragData(info, chosen(FITS), [template]).types().sort()).toEqual(
      [CELLS, DRAGGED, 'text/plain'].sort()
    );
  });
});

describe('startDrag', () => {
  afterEach(() => jest.restoreAllMocks());

  it('starts with a ghost, in which places say what they do', async () => {
    const started: { drag: Drag; x: number; y: number }[] = [];
    jest.spyOn(Drag.prototype, 'start').mockImplementation(async function (
      this: Drag,
      x: number,
      y: number
    ) {
      started.push({ drag: this, x, y });
      return 'copy';
    });
    startDrag({
      archive: info,
      chosen: { objects: [FITS, TEXT], folders: ['hst/public/ibg7/'] },
      templates: [template],
      event: new MouseEvent('mousemove', { clientX: 12, clientY: 34 }),
      trans: nullTranslator.load('x'),
      locale: 'en'
    });
    const { drag, x, y } = started[0];
    expect([x, y]).toEqual([12, 34]);
    expect(drag.dragImage?.textContent).toContain('1 folder, 2 files, 2.0 MB');
    expect(drag.proposedAction).toBe('copy');
    const dragged = drag.mimeData.getData(DRAGGED) as IDragged;
    dragged.say?.('Copy to hst');
    expect(drag.dragImage?.textContent).toContain('Copy to hst');
    await new Promise(resolve => setTimeout(resolve, 0));
    expect(drag.isDisposed).toBe(true);
  });
});
