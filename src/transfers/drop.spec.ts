import { nullTranslator } from '@jupyterlab/translation';
import { MimeData } from '@lumino/coreutils';
import { DRAGGED, type IDragged } from '../tokens';
import { acceptDrops, type IDropOptions } from './drop';

/** An event as Lumino sends it. */
function dragEvent(
  type: string,
  data: MimeData,
  relatedTarget: Element | null = null
) {
  const event = new MouseEvent(type, {
    bubbles: true,
    cancelable: true,
    relatedTarget
  });
  return Object.assign(event, {
    mimeData: data,
    proposedAction: 'copy',
    supportedActions: 'copy-link',
    dropAction: 'none',
    source: null
  });
}

function setUp(some: Partial<IDropOptions> = {}) {
  const node = document.createElement('div');
  node.innerHTML =
    '<ul class="jp-DirListing-content">' +
    '<li class="jp-DirListing-item" data-isdir="true"><span>ibg7</span></li>' +
    '<li class="jp-DirListing-item" data-isdir="false"><span>a.txt</span></li>' +
    '</ul>';
  document.body.append(node);
  const [folder, file] = node.querySelectorAll('li');
  const list = node.querySelector('ul') as Element;
  const below: string[] = [];
  list.addEventListener('lm-dragover', () => below.push('over'));
  list.addEventListener('lm-drop', () => below.push('drop'));
  const dropped: [IDragged, string][] = [];
  const accepting = acceptDrops(
    {
      node,
      model: { path: 'hst' },
      modelForClick: event =>
        folder.contains(event.target as Node)
          ? { path: 'hst/ibg7', type: 'directory' }
          : { path: 'hst/a.txt', type: 'file' }
    },
    {
      trans: nullTranslator.load('x'),
      refusal: () => null,
      nameOf: path => path,
      drop: (dragged, path) => dropped.push([dragged, path]),
      ...some
    }
  );
  const said: (string | null)[] = [];
  const dragged: IDragged = {
    archive: 'mast',
    objects: [],
    folders: ['hst/public/ibg7/'],
    say: verb => said.push(verb)
  };
  const data = new MimeData();
  data.setData(DRAGGED, dragged);
  const send = (target: Element, type: string, to: Element | null = null) => {
    const event = dragEvent(type, data, to);
    target.dispatchEvent(event);
    return event;
  };
  return {
    node,
    folder,
    file,
    list,
    below,
    dropped,
    dragged,
    said,
    send,
    accepting
  };
}
afterEach(() => {
  document.body.replaceChildren();
});

describe('a drag over the file browser', () => {
  it('means the folder under the pointer', () => {
    const { folder, send, said, dropped, dragged, below } = setUp();
    const name = folder.querySelector('span') as Element;
    expect(send(name, 'lm-dragenter').defaultPrevented).toBe(true);
    expect(send(name, 'lm-dragover').dropAction).toBe('copy');
    expect(folder.className).toContain('mast-mod-drop');
    expect(said.pop()).toBe('Copy to hst/ibg7');
    expect(send(name, 'lm-drop').dropAction).toBe('copy');
    expect(dropped).toEqual([[dragged, 'hst/ibg7']]);
    expect(folder.className).not.toContain('mast-mod-drop');
    // The file browser, which would refuse it, has seen nothing.
    expect(below).toEqual([]);
  });

  it('means the folder shown over a file, and over nothing', () => {
    const { file, list, node, send, dropped } = setUp();
    send(file, 'lm-dragover');
    expect(list.className).toContain('mast-mod-drop');
    expect(file.className).not.toContain('mast-mod-drop');
    send(file, 'lm-drop');
    send(node, 'lm-drop');
    expect(dropped.map(([, path]) => path)).toEqual(['hst', 'hst']);
  });

  it('marks one place at a time, and none when it has left', () => {
    const { folder, file, list, send, said } = setUp();
    send(folder, 'lm-dragover');
    send(folder, 'lm-dragleave', file);
    send(file, 'lm-dragover');
    expect(folder.className).not.toContain('mast-mod-drop');
    expect(list.className).toContain('mast-mod-drop');
    send(file, 'lm-dragleave', document.body);
    expect(list.className).not.toContain('mast-mod-drop');
    expect(said.pop()).toBeNull();
  });

  it('says why it cannot be dropped, and is not', () => {
    const { folder, send, said, dropped } = setUp({
      refusal: path => `Not into ${path}`
    });
    expect(send(folder, 'lm-dragover').dropAction).toBe('none');
    expect(said.pop()).toBe('Not into hst/ibg7');
    expect(folder.className).not.toContain('mast-mod-drop');
    expect(send(folder, 'lm-drop').dropAction).toBe('none');
    expect(dropped).toEqual([]);
  });

  it('of something else passes untouched', () => {
    const { folder, below, dropped } = setUp();
    const data = new MimeData();
    data.setData('application/x-jupyter-icontents', ['a']);
    for (const type of ['lm-dragenter', 'lm-dragover', 'lm-drop']) {
      const event = dragEvent(type, data);
      folder.dispatchEvent(event);
      expect(event.defaultPrevented).toBe(false);
    }
    expect(below).toEqual(['over', 'drop']);
    expect(dropped).toEqual([]);
  });

  it('is not looked at any more after disposal', () => {
    const { folder, send, accepting, dropped } = setUp();
    accepting.dispose();
    send(folder, 'lm-drop');
    expect(dropped).toEqual([]);
  });
});
