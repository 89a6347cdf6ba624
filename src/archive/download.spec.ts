import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { download } from './download';
import { ArchiveService } from './service';
import { archiveInfo, FakeStore, english } from './testing';

const KEY = 'hst/public/ibg7/ibg705080/ibg705081 drz.jpg';

interface IFollowed {
  readonly href: string;
  readonly name: string;
  readonly target: string;
  readonly rel: string;
}

let followed: IFollowed[] = [];
let saved: Blob[] = [];
let revoked: string[] = [];

beforeEach(() => {
  [followed, saved, revoked] = [[], [], []];
  jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement
  ) {
    const { href, download: name, target, rel } = this;
    followed.push({ href, name, target, rel });
  });
  // jsdom has no object URLs.
  Object.assign(URL, {
    createObjectURL: (blob: Blob) => `blob:${saved.push(blob)}`,
    revokeObjectURL: (url: string) => revoked.push(url)
  });
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

async function save(route: 'relay' | 'direct', size = 10): Promise<FakeStore> {
  const info = archiveInfo({ route });
  const service = new ArchiveService(
    { archives: [info], relay: true, problem: null },
    ServerConnection.makeSettings({ baseUrl: 'http://localhost:8888/me/' }),
    english
  );
  const store = new FakeStore([KEY]);
  jest.spyOn(service, 'open').mockReturnValue(store);
  const object = {
    key: KEY,
    size,
    etag: '',
    lastModified: null,
    storageClass: null
  };
  const done = download(info, [object], service, nullTranslator.load('x'));
  await jest.advanceTimersByTimeAsync(1000);
  await done;
  return store;
}

it('is the server’s business where there is one', async () => {
  const store = await save('relay', 5e12);
  expect(followed).toEqual([
    {
      href: `http://localhost:8888/me/jupyterlab-mast/archive/mast/download/${KEY.replace(' ', '%20')}`,
      name: 'ibg705081 drz.jpg',
      target: '',
      rel: ''
    }
  ]);
  expect(store.reads).toEqual([]);
});

it('saves a small file from memory where there is none, and lets it go', async () => {
  await save('direct');
  expect(followed).toEqual([
    { href: 'blob:1', name: 'ibg705081 drz.jpg', target: '', rel: '' }
  ]);
  expect([saved[0].size, saved[0].type]).toEqual([
    KEY.length,
    'application/octet-stream'
  ]);
  expect(revoked).toEqual([]);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(revoked).toEqual(['blob:1']);
});

it('opens a large file in a tab of its own, never in the place of the page', async () => {
  const store = await save('direct', 20_000_001);
  expect(followed).toEqual([
    {
      href: `https://stpubdata.s3.us-east-1.amazonaws.com/${KEY.replace(' ', '%20')}`,
      name: '',
      target: '_blank',
      rel: 'noopener'
    }
  ]);
  expect(store.reads).toEqual([]);
});
