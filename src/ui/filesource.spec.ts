import { ServerConnection, type Contents } from '@jupyterlab/services';
import { FileSource } from './filesource';

const BASE = 'http://localhost:8888/';
const BODY = Uint8Array.from({ length: 50 }, (_, i) => i);

/** A server that answers ranges by `answer`. */
function setUp(
  answer: (range: string) => Response,
  size: number | undefined = 50
) {
  const ranges: string[] = [];
  const urls: string[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: BASE,
    Request: class {
      constructor(
        readonly url: string,
        init: RequestInit
      ) {
        this.headers = new Headers(init.headers);
      }
      readonly headers: Headers;
    } as unknown as typeof Request,
    fetch: (async (request: Request) => {
      urls.push(request.url);
      ranges.push(request.headers.get('Range') ?? '');
      return answer(ranges[ranges.length - 1]);
    }) as typeof fetch
  });
  const get = jest.fn(async () => ({ size }) as Contents.IModel);
  const getDownloadUrl = jest.fn(
    async (path: string) => `${BASE}files/${path}`
  );
  const contents = { get, getDownloadUrl } as unknown as Contents.IManager;
  return {
    source: new FileSource('a b.fits', contents, settings),
    ranges,
    urls,
    get,
    getDownloadUrl
  };
}

const partial = (range: string) => {
  const [start, end] = range.slice('bytes='.length).split('-').map(Number);
  return new Response(BODY.slice(start, end + 1), { status: 206 });
};

describe('FileSource', () => {
  it('knows the size without the content', async () => {
    const { source, get } = setUp(partial);
    expect(await source.size()).toBe(50);
    expect(get).toHaveBeenCalledWith('a b.fits', { content: false });
  });

  it('takes a file of unknown size for empty', async () => {
    const { source, get } = setUp(partial);
    get.mockResolvedValueOnce({} as Contents.IModel);
    expect(await source.size()).toBe(0);
  });

  it('asks for the range, and no other bytes', async () => {
    const { source, ranges, urls, getDownloadUrl } = setUp(partial);
    expect([...(await source.read(10, 20))]).toEqual([...BODY.slice(10, 20)]);
    expect([...(await source.read(40, 90))]).toEqual([...BODY.slice(40)]);
    expect(ranges).toEqual(['bytes=10-19', 'bytes=40-89']);
    expect(getDownloadUrl).toHaveBeenCalledTimes(1);
    // No time stamp, which would make each range another file for caches.
    expect(urls).toEqual([`${BASE}files/a b.fits`, `${BASE}files/a b.fits`]);
  });

  it('cuts the range out of a whole file', async () => {
    const { source } = setUp(() => new Response(BODY, { status: 200 }));
    expect([...(await source.read(10, 20))]).toEqual([...BODY.slice(10, 20)]);
  });

  it('gives nothing past the end', async () => {
    const { source } = setUp(() => new Response('', { status: 416 }));
    expect(await source.read(50, 60)).toHaveLength(0);
  });

  it.each([403, 404, 500])(
    'says that the file could not be read: %d',
    async status => {
      const { source } = setUp(
        () => new Response('', { status, statusText: 'Why' })
      );
      await expect(source.read(0, 10)).rejects.toThrow(
        `The file could not be read (${status} Why).`
      );
    }
  );
});
