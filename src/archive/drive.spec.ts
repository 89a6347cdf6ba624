import { Time } from '@jupyterlab/coreutils';
import { ServerConnection, type Contents } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import * as fs from 'fs';
import * as path from 'path';
import { ArchiveDrive, downloadUrl } from './drive';
import { LazyDrive } from './lazydrive';
import { fromLocalPath, toLocalPath } from './paths';
import { ArchiveService } from './service';
import { archiveInfo, FakeStore, english } from './testing';

const ODD = (
  JSON.parse(
    fs.readFileSync(path.join(__dirname, '../../tests/data/keys.json'), 'utf8')
  ) as { key: string }[]
).map(item => item.key);

const info = archiveInfo();
const trans = nullTranslator.load('x');
const serverSettings = ServerConnection.makeSettings({
  baseUrl: 'http://localhost:8888/user/me/'
});
const text = (value: string) => new TextEncoder().encode(value);

function setUp(
  contents: Record<string, string | Uint8Array> = {},
  { maxSize = 1000, relayed = true } = {}
) {
  const store = new FakeStore(Object.keys(contents));
  store.bytesOf = key => {
    const value = contents[key];
    return typeof value === 'string' ? text(value) : value;
  };
  store.sizeOf = key => store.bytesOf(key).length;
  const drive = new ArchiveDrive({
    archives: [info],
    serverSettings,
    trans,
    open: () => store,
    maxSize: () => maxSize,
    relayed: () => relayed
  });
  return { drive, store };
}

describe('ArchiveDrive', () => {
  it('gives text with its properties', async () => {
    const { drive, store } = setUp({ 'hst/a.txt': 'grüß' });
    store.contentType = 'text/plain';
    const model = await drive.get('mast/hst/a.txt', {
      type: 'file',
      format: 'text'
    });
    expect(model).toMatchObject({
      name: 'a.txt',
      path: 'mast/hst/a.txt',
      type: 'file',
      writable: false,
      mimetype: 'text/plain',
      size: 6,
      format: 'text',
      content: 'grüß'
    });
    expect(Date.parse(model.last_modified)).not.toBeNaN();
  });

  it('has a date for what has none, so that JupyterLab can write it', async () => {
    const { drive, store } = setUp({ 'hst/x/a.txt': 'x' });
    const undated = { lastModified: null };
    const head = store.head.bind(store);
    store.head = async key => ({ ...(await head(key)), ...undated });
    const list = store.list.bind(store);
    store.list = async asked => {
      const page = await list(asked);
      const objects = page.objects.map(one => ({ ...one, ...undated }));
      return { ...page, objects };
    };
    const file = await drive.get('mast/hst/x/a.txt', { type: 'file' });
    const folder = await drive.get('mast/hst/x', { type: 'directory' });
    const [listed] = folder.content as Contents.IModel[];
    for (const model of [file, listed]) {
      expect(model.last_modified).toBe('1970-01-01T00:00:00Z');
      expect(Time.format(model.last_modified)).not.toBe('');
    }
    expect(() => Time.format('')).toThrow('Invalid time value');
  });

  it('fetches nothing but properties when no content is asked for', async () => {
    const { drive, store } = setUp({ 'hst/a.txt': 'x' });
    expect(await drive.get('mast/hst/a.txt', { content: false })).toMatchObject(
      {
        content: null,
        format: null,
        size: 1
      }
    );
    expect(store.reads).toEqual([]);
  });

  it('knows a folder that nobody called one', async () => {
    const { drive, store } = setUp({ 'hst/x1/a.txt': 'x', 'hst/x2': 'yy' });
    const head = jest.spyOn(store, 'head');
    expect(await drive.get('mast/hst/x1', { content: false })).toMatchObject({
      name: 'x1',
      path: 'mast/hst/x1',
      type: 'directory',
      content: null
    });
    expect((await drive.get('mast/hst/x1')).content).toHaveLength(1);
    expect(head).not.toHaveBeenCalled();
    expect(await drive.get('mast/hst/x2', { content: false })).toMatchObject({
      type: 'file',
      size: 2
    });
    await expect(drive.get('mast/hst/x3')).rejects.toMatchObject({
      kind: 'not-found'
    });
  });

  it.each(['n', 'é'])(
    'asks for no folder of a key of 1,024 bytes: %s',
    async letter => {
      const key = `odd/${letter.repeat(1020 / text(letter).length)}`;
      const { drive, store } = setUp({ [key]: 'x' });
      const list = jest.spyOn(store, 'list');
      expect(
        await drive.get(toLocalPath('mast', key), { content: false })
      ).toMatchObject({ type: 'file', size: 1 });
      expect(list).not.toHaveBeenCalled();
    }
  );

  it('reads the version that the properties are of', async () => {
    const { drive, store } = setUp({ 'hst/a.txt': 'x' });
    await drive.get('mast/hst/a.txt');
    expect(store.reads).toMatchObject([{ key: 'hst/a.txt', etag: '"9"' }]);
  });

  it('asks for no version where the archive tells none', async () => {
    const { drive, store } = setUp({ 'hst/a.txt': 'x' });
    const head = store.head.bind(store);
    store.head = async key => ({ ...(await head(key)), etag: '' });
    await drive.get('mast/hst/a.txt');
    expect(store.reads[0].etag).toBeUndefined();
  });

  it('gives a notebook as JSON', async () => {
    const notebook = {
      cells: [],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5
    };
    const { drive } = setUp({ 'hst/N.IPYNB': JSON.stringify(notebook) });
    expect(await drive.get('mast/hst/N.IPYNB')).toMatchObject({
      type: 'notebook',
      format: 'json',
      content: notebook
    });
    // The same file in a text editor.
    expect(
      await drive.get('mast/hst/N.IPYNB', { type: 'file', format: 'text' })
    ).toMatchObject({ format: 'text', content: JSON.stringify(notebook) });
  });

  it('gives texts that a notebook holds as lists of lines whole', async () => {
    const lines = ['a\n', 'b'];
    const notebook = {
      cells: [
        {
          source: lines,
          attachments: { 'a.svg': { 'image/svg+xml': lines } },
          outputs: [
            { output_type: 'stream', text: lines },
            {
              output_type: 'display_data',
              data: { 'text/plain': lines, 'application/json': lines }
            },
            { output_type: 'error', traceback: lines }
          ],
          metadata: { source: lines }
        },
        { source: 'whole' },
        null
      ]
    };
    const { drive } = setUp({ 'hst/n.ipynb': JSON.stringify(notebook) });
    expect((await drive.get('mast/hst/n.ipynb')).content).toEqual({
      cells: [
        {
          source: 'a\nb',
          attachments: { 'a.svg': { 'image/svg+xml': 'a\nb' } },
          outputs: [
            { output_type: 'stream', text: 'a\nb' },
            {
              output_type: 'display_data',
              data: { 'text/plain': 'a\nb', 'application/json': lines }
            },
            { output_type: 'error', traceback: lines }
          ],
          metadata: { source: lines }
        },
        { source: 'whole' },
        null
      ]
    });
  });

  it('says so when a notebook is none', async () => {
    const { drive } = setUp({ 'hst/n.ipynb': '<html>' });
    const got = drive.get('mast/hst/n.ipynb');
    await expect(got).rejects.toMatchObject({ kind: 'malformed' });
    await expect(got).rejects.toThrow('n.ipynb is not JSON');
  });

  it('gives images as base64', async () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    const { drive } = setUp({ 'hst/i.jpg': bytes }, { maxSize: 1_000_000 });
    const model = await drive.get('mast/hst/i.jpg', {
      type: 'file',
      format: 'base64'
    });
    expect(model.format).toBe('base64');
    expect(Buffer.from(model.content as string, 'base64').equals(bytes)).toBe(
      true
    );
  });

  it('refuses content above the size that is set, with what to do', async () => {
    const { drive, store } = setUp({ 'hst/a.txt': 'x'.repeat(1001) });
    const got = drive.get('mast/hst/a.txt');
    await expect(got).rejects.toMatchObject({ kind: 'too-large' });
    await expect(got).rejects.toThrow(/a\.txt has 1001 bytes.*maxOpenSize/);
    expect(store.reads).toEqual([]);
    expect(await drive.get('mast/hst/a.txt', { content: false })).toMatchObject(
      {
        size: 1001
      }
    );
  });

  it('opens what is as large as may be', async () => {
    const { drive } = setUp({ 'hst/a.txt': 'x'.repeat(1000) });
    expect((await drive.get('mast/hst/a.txt')).content).toHaveLength(1000);
  });

  it.each([
    ['a key', 'mast/hst/gone.txt'],
    ['an archive', 'other/hst/a.txt']
  ])('says that %s is not there', async (_, where) => {
    const { drive } = setUp({ 'hst/a.txt': 'x' });
    await expect(drive.get(where)).rejects.toMatchObject({ kind: 'not-found' });
  });

  it('lists the archives at its root', async () => {
    const { drive } = setUp();
    expect(await drive.get('')).toMatchObject({
      type: 'directory',
      content: [{ path: 'mast', name: 'MAST on AWS', type: 'directory' }]
    });
  });

  it('lists a folder', async () => {
    const { drive } = setUp({
      'hst/a.txt': 'x',
      'hst/b/c.ipynb': 'y',
      'hst/n.ipynb': 'z'
    });
    const model = await drive.get('mast/hst', { type: 'directory' });
    expect(model).toMatchObject({
      type: 'directory',
      format: 'json',
      writable: false
    });
    expect(
      (model.content as Contents.IModel[]).map(one => [
        one.type,
        one.name,
        one.path
      ])
    ).toEqual([
      ['directory', 'b', 'mast/hst/b'],
      ['file', 'a.txt', 'mast/hst/a.txt'],
      ['notebook', 'n.ipynb', 'mast/hst/n.ipynb']
    ]);
    expect(await drive.get('mast')).toMatchObject({
      content: [{ path: 'mast/hst', type: 'directory' }]
    });
  });

  it('lists odd names by paths that open them', async () => {
    const keys = [...ODD, 'odd/a:b!c', 'odd/../x', 'odd//y', 'odd/.'];
    const { drive } = setUp(Object.fromEntries(keys.map(key => [key, key])), {
      maxSize: 2000
    });
    const seen: string[] = [];
    const walk = async (where: string, depth = 0): Promise<void> => {
      expect(depth).toBeLessThan(600);
      const { content } = await drive.get(where, { type: 'directory' });
      for (const one of content as Contents.IModel[]) {
        if (one.type === 'directory') {
          await walk(one.path, depth + 1);
        } else {
          seen.push(fromLocalPath(one.path)?.key ?? '');
          expect((await drive.get(one.path, { format: 'text' })).content).toBe(
            fromLocalPath(one.path)?.key
          );
        }
      }
    };
    await walk('mast');
    // A key that ends in a slash is its folder's mark, and not shown.
    expect(seen.sort()).toEqual(
      [...new Set(keys)].filter(key => !key.endsWith('/')).sort()
    );
  });

  it('opens every odd key', async () => {
    const { drive } = setUp(Object.fromEntries(ODD.map(key => [key, key])), {
      maxSize: 2000
    });
    for (const key of ODD) {
      const model = await drive.get(toLocalPath('mast', key), {
        type: 'file',
        format: 'text'
      });
      expect(model.content).toBe(key);
      expect(model.name).not.toBe('');
    }
  });

  it.each([
    'newUntitled',
    'delete',
    'rename',
    'save',
    'copy',
    'createCheckpoint',
    'restoreCheckpoint',
    'deleteCheckpoint'
  ] as const)('refuses %s with a sentence', async method => {
    const { drive } = setUp();
    await expect(drive[method]()).rejects.toThrow(/read-only.*Save As/);
  });

  it('has no checkpoints', async () => {
    expect(await setUp().drive.listCheckpoints()).toEqual([]);
  });

  it('asks for no content provider and no shared models', () => {
    const drive: Contents.IDrive = setUp().drive;
    expect(drive.name).toBe('MAST');
    expect(drive).not.toHaveProperty('contentProviderRegistry');
    expect(drive.sharedModelFactory).toBeUndefined();
  });

  it('is disposed once', () => {
    const { drive } = setUp();
    drive.dispose();
    drive.dispose();
    expect(drive.isDisposed).toBe(true);
  });
});

describe('download addresses', () => {
  it('lead to the server where there is one', async () => {
    const { drive } = setUp();
    expect(
      await drive.getDownloadUrl(toLocalPath('mast', 'hst/a b/../c#.fits'))
    ).toBe(
      'http://localhost:8888/user/me/jupyterlab-mast/archive/mast/download/hst/a%20b%2F..%2Fc%23.fits'
    );
  });

  it('lead to the bucket without a server', async () => {
    const { drive } = setUp({}, { relayed: false });
    expect(await drive.getDownloadUrl('mast/hst/a b.fits')).toBe(
      'https://stpubdata.s3.us-east-1.amazonaws.com/hst/a%20b.fits'
    );
  });

  it('are none at the root', async () => {
    await expect(setUp().drive.getDownloadUrl('')).rejects.toThrow(
      'nothing to download'
    );
    await expect(setUp().drive.getDownloadUrl('other/x')).rejects.toMatchObject(
      {
        kind: 'not-found'
      }
    );
  });

  it('survive the way of a browser, whatever the key', () => {
    for (const key of ODD) {
      const url = new URL(downloadUrl(info, key, serverSettings));
      const start = '/user/me/jupyterlab-mast/archive/mast/download/';
      expect(url.pathname.startsWith(start)).toBe(true);
      expect(decodeURIComponent(url.pathname.slice(start.length))).toBe(key);
    }
  });
});

describe('LazyDrive', () => {
  function lazy() {
    const service = new ArchiveService(
      { archives: [info], relay: true, problem: null },
      serverSettings,
      english
    );
    const store = new FakeStore(['hst/a.txt']);
    (service as { open: unknown }).open = () => store;
    return { drive: new LazyDrive(service, () => 1000, trans), store };
  }

  it('does what the drive does', async () => {
    const { drive } = lazy();
    expect((await drive.get('mast/hst/a.txt')).content).toBe('hst/a.txt');
    expect(await drive.getDownloadUrl('mast/hst/a.txt')).toContain(
      '/download/hst/a.txt'
    );
    expect(await drive.listCheckpoints()).toEqual([]);
  });

  it('asks no archive when JupyterLab looks for its recent documents at start', async () => {
    const { drive, store } = lazy();
    const head = jest.spyOn(store, 'head');
    const look = (path: string) => drive.get(path, { content: false });
    expect(await look('mast/hst/gone.txt')).toMatchObject({
      name: 'gone.txt',
      path: 'mast/hst/gone.txt',
      type: 'file',
      writable: false,
      content: null
    });
    expect((await look('mast/hst')).type).toBe('directory');
    expect(head).not.toHaveBeenCalled();
    expect(store.requests).toEqual([]);
    // Once the archive is read, it is asked.
    await drive.get('mast/hst/a.txt');
    await expect(look('mast/hst/gone.txt')).rejects.toThrow();
    expect((await look('mast/hst/a.txt')).size).toBe('hst/a.txt'.length);
  });

  it.each([
    'newUntitled',
    'delete',
    'rename',
    'save',
    'copy',
    'createCheckpoint',
    'restoreCheckpoint',
    'deleteCheckpoint'
  ] as const)('refuses %s', async method => {
    await expect(lazy().drive[method]()).rejects.toThrow('read-only');
  });

  it('asks for no content provider and no shared models', () => {
    const drive: Contents.IDrive = lazy().drive;
    expect(drive).not.toHaveProperty('contentProviderRegistry');
    expect(drive.sharedModelFactory).toBeUndefined();
    drive.dispose();
    expect(drive.isDisposed).toBe(true);
  });
});
