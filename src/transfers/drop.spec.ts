import { nullTranslator } from '@jupyterlab/translation';
import { MimeData, PromiseDelegate } from '@lumino/coreutils';
import { DRAGGED, type IDragged } from '../tokens';
import { acceptDrops } from './drop';
import { dropsOn, type IDropOptions } from './dropping';

/** An event as Lumino sends it. */
function dragEvent(type: string, data: MimeData, some: MouseEventInit = {}) {
  const event = new MouseEvent(type, {
    bubbles: true,
    cancelable: true,
    ...some
  });
  return Object.assign(event, {
    mimeData: data,
    proposedAction: 'copy',
    supportedActions: 'copy-link',
    dropAction: 'none',
    source: null
  });
}

async function setUp(some: Partial<IDropOptions> = {}, load = true) {
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
  const opened: string[] = [];
  const model = { path: 'hst' };
  const take = dropsOn(
    {
      node,
      model,
      modelForClick: event =>
        folder.contains(event.target as Node)
          ? { path: `${model.path}/ibg7`, type: 'directory' }
          : { path: `${model.path}/a.txt`, type: 'file' }
    },
    {
      trans: nullTranslator.load('x'),
      refusal: () => null,
      nameOf: path => path,
      open: async path => {
        opened.push(path);
        model.path = path;
      },
      drop: (dragged, path) => dropped.push([dragged, path]),
      ...some
    }
  );
  const loading = new PromiseDelegate<typeof take>();
  const lost: unknown[] = [];
  acceptDrops(
    node,
    () => loading.promise,
    error => lost.push(error)
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
  const send = (target: Element, type: string, init: MouseEventInit = {}) => {
    const event = dragEvent(type, data, init);
    target.dispatchEvent(event);
    return event;
  };
  const finish = async () => {
    loading.resolve(take);
    await settled();
  };
  if (load) {
    send(node, 'lm-dragleave');
    await finish();
    said.length = 0;
  }
  return {
    loading,
    lost,
    finish,
    opened,
    node,
    folder,
    file,
    list,
    below,
    dropped,
    dragged,
    data,
    said,
    send
  };
}
/** Let promises run that wait for nothing. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await Promise.resolve();
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  document.body.replaceChildren();
});

describe('a drag over the file browser', () => {
  it('means the folder under the pointer', async () => {
    const { folder, send, said, dropped, dragged, below } = await setUp();
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

  it('means the folder shown over a file, and over nothing', async () => {
    const { file, list, node, send, dropped } = await setUp();
    send(file, 'lm-dragover');
    expect(list.className).toContain('mast-mod-drop');
    expect(file.className).not.toContain('mast-mod-drop');
    send(file, 'lm-drop');
    send(node, 'lm-drop');
    expect(dropped.map(([, path]) => path)).toEqual(['hst', 'hst']);
  });

  it('marks one place at a time, and none when it has left', async () => {
    const { folder, file, list, send, said } = await setUp();
    send(folder, 'lm-dragover');
    send(folder, 'lm-dragleave', { relatedTarget: file });
    send(file, 'lm-dragover');
    expect(folder.className).not.toContain('mast-mod-drop');
    expect(list.className).toContain('mast-mod-drop');
    send(file, 'lm-dragleave', { relatedTarget: document.body });
    expect(list.className).not.toContain('mast-mod-drop');
    expect(said.pop()).toBeNull();
  });

  it('says why it cannot be dropped, and is not', async () => {
    const { folder, send, said, dropped } = await setUp({
      refusal: path => `Not into ${path}`
    });
    expect(send(folder, 'lm-dragover').dropAction).toBe('none');
    expect(said.pop()).toBe('Not into hst/ibg7');
    expect(folder.className).not.toContain('mast-mod-drop');
    expect(send(folder, 'lm-drop').dropAction).toBe('none');
    expect(dropped).toEqual([]);
  });

  it('of something else passes untouched', async () => {
    const { folder, below, dropped } = await setUp();
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

  it('is held until what takes it is loaded, which gets the last of it', async () => {
    const { folder, file, send, finish, said, dropped, below } = await setUp(
      {},
      false
    );
    const first = send(folder, 'lm-dragenter');
    expect([first.defaultPrevented, first.dropAction]).toEqual([true, 'copy']);
    send(folder, 'lm-dragover');
    send(file, 'lm-dragover');
    expect(said).toEqual([]);
    await finish();
    expect(said).toEqual(['Copy to hst']);
    send(folder, 'lm-drop');
    expect(dropped.map(([, path]) => path)).toEqual(['hst/ibg7']);
    expect(below).toEqual([]);
  });

  it('may end before what takes it is loaded', async () => {
    const { folder, send, finish, dropped, dragged, data } = await setUp(
      {},
      false
    );
    send(folder, 'lm-dragover');
    send(folder, 'lm-drop');
    expect(dropped).toEqual([]);
    // As Lumino does at the end of a drag.
    data.clear();
    await finish();
    expect(dropped).toEqual([[dragged, 'hst/ibg7']]);
  });

  it('tells of a drop that is lost because nothing could be loaded', async () => {
    const { folder, send, loading, lost, dropped } = await setUp({}, false);
    const error = new Error('Loading chunk 7 failed.');
    send(folder, 'lm-dragenter');
    send(folder, 'lm-dragover');
    loading.reject(error);
    await settled();
    expect(lost).toEqual([]);
    send(folder, 'lm-drop');
    await settled();
    expect(lost).toEqual([error]);
    expect(dropped).toEqual([]);
  });
});

describe('a folder that something is held over', () => {
  const at = (clientX: number) => ({ clientX, clientY: 20 });
  const wait = async (milliseconds: number) => {
    jest.advanceTimersByTime(milliseconds);
    await settled();
  };

  it('opens after a while, and is meant until the pointer moves', async () => {
    const { folder, list, send, opened, said, dropped } = await setUp();
    send(folder, 'lm-dragenter', at(10));
    await wait(700);
    send(folder, 'lm-dragover', at(11));
    await wait(99);
    expect(opened).toEqual([]);
    await wait(1);
    expect(opened).toEqual(['hst/ibg7']);
    expect(said.pop()).toBe('Copy to hst/ibg7');
    expect(list.className).toContain('mast-mod-drop');
    expect(folder.className).not.toContain('mast-mod-drop');

    // What has come below the pointer opens only when somebody goes to it.
    send(folder, 'lm-dragenter', at(11));
    await wait(2000);
    expect(opened).toHaveLength(1);
    send(folder, 'lm-drop', at(11));
    expect(dropped.map(([, path]) => path)).toEqual(['hst/ibg7']);
  });

  it('shows others, which open too', async () => {
    const { folder, send, opened, said, dropped } = await setUp();
    send(folder, 'lm-dragover', at(10));
    await wait(800);
    send(folder, 'lm-dragover', at(11));
    expect(said.pop()).toBe('Copy to hst/ibg7/ibg7');
    // The place where the first one opened is no other place than that.
    send(folder, 'lm-dragover', at(10));
    await wait(800);
    expect(opened).toEqual(['hst/ibg7', 'hst/ibg7/ibg7']);
    send(folder, 'lm-drop', at(12));
    expect(dropped.map(([, path]) => path)).toEqual(['hst/ibg7/ibg7/ibg7']);
  });

  it('stays closed when it is left, dropped on, or takes nothing', async () => {
    const { folder, file, send, opened } = await setUp();
    const leaving: [Element, string, MouseEventInit][] = [
      [file, 'lm-dragover', at(10)],
      [folder, 'lm-dragleave', { relatedTarget: document.body }],
      [folder, 'lm-drop', at(10)]
    ];
    for (const [target, type, init] of leaving) {
      send(folder, 'lm-dragover', at(10));
      await wait(700);
      send(target, type, init);
      await wait(2000);
    }
    expect(opened).toEqual([]);
    const other = await setUp({ refusal: () => 'No' });
    other.send(other.folder, 'lm-dragover', at(10));
    await wait(2000);
    expect(other.opened).toEqual([]);
  });

  it('that cannot be opened can still be dropped on', async () => {
    const { folder, send, said, dropped } = await setUp({
      open: () => Promise.reject(new Error('It is gone.'))
    });
    send(folder, 'lm-dragover', at(10));
    await wait(800);
    expect(said.pop()).toBe('Copy to hst/ibg7');
    send(folder, 'lm-drop', at(10));
    expect(dropped.map(([, path]) => path)).toEqual(['hst/ibg7']);
  });
});
