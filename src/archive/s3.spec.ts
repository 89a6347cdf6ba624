import { ServerConnection } from '@jupyterlab/services';
import * as fs from 'fs';
import * as path from 'path';
import type { ArchiveErrorKind } from './errors';
import { Pager } from './pager';
import { S3Store } from './s3';
import { Gate } from './gate';
import { archiveInfo, FakeStore, english } from './testing';

const ODD = (
  JSON.parse(
    fs.readFileSync(path.join(__dirname, '../../tests/data/keys.json'), 'utf8')
  ) as { key: string }[]
).map(item => item.key);

// jsdom's Blob has no arrayBuffer(); every browser's has.
Blob.prototype.arrayBuffer ??= function (this: Blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error ?? new Error('not read'));
    reader.readAsArrayBuffer(this);
  });
};

const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});

interface IAsked {
  readonly url: URL;
  readonly method: string;
  readonly headers: Record<string, string>;
}

type Answer = (asked: IAsked) => Response | Promise<Response>;

/** An answer, unless the request is stopped before. */
const unlessStopped = (
  answer: Response | Promise<Response>,
  signal?: AbortSignal | null
) =>
  new Promise<Response>((resolve, reject) => {
    signal?.addEventListener('abort', () =>
      reject(new DOMException('Aborted', 'AbortError'))
    );
    Promise.resolve(answer).then(resolve, reject);
  });

/** A store that goes straight to an endpoint, whose answers are given. */
function direct(answer: Answer) {
  const asked: IAsked[] = [];
  globalThis.fetch = (async (url: string, init: RequestInit) => {
    const it = {
      url: new URL(url),
      method: init.method ?? 'GET',
      headers: init.headers as Record<string, string>
    };
    asked.push(it);
    return unlessStopped(answer(it), init.signal);
  }) as unknown as typeof globalThis.fetch;
  const store = new S3Store({
    trans: english,
    info: archiveInfo({ endpoint: 'http://127.0.0.1:9000/base' }),
    connection: null,
    gate: new Gate(4)
  });
  return { store, asked };
}

const xml = (
  body: string,
  status = 200,
  headers: Record<string, string> = {}
) =>
  new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`, {
    status,
    headers: { 'Content-Type': 'application/xml', ...headers }
  });

const s3Error = (
  status: number,
  code: string,
  headers: Record<string, string> = {}
) =>
  xml(
    `<Error><Code>${code}</Code><Message>${code} happened</Message></Error>`,
    status,
    { 'x-amz-request-id': 'R1', ...headers }
  );

/** `encoding-type=url` as S3 does it: a space is a plus sign. */
const urlEncode = (text: string) =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%2F/g, '/')
    .replace(/%20/g, '+');

interface IListed {
  readonly objects?: readonly string[];
  readonly folders?: readonly string[];
  readonly next?: string;
  readonly plain?: boolean;
}

function listXml({ objects = [], folders = [], next, plain = false }: IListed) {
  const encode = plain ? (text: string) => text : urlEncode;
  return xml(
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
      '<Name>stpubdata</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys>' +
      `<KeyCount>${objects.length + folders.length}</KeyCount>` +
      (plain ? '' : '<EncodingType>url</EncodingType>') +
      `<IsTruncated>${next !== undefined}</IsTruncated>` +
      (next === undefined
        ? ''
        : `<NextContinuationToken>${next}</NextContinuationToken>`) +
      objects
        .map(
          (key, i) =>
            `<Contents><Key>${encode(key)}</Key>` +
            '<LastModified>2026-11-02T14:32:00.000Z</LastModified>' +
            `<ETag>&quot;e${i}&quot;</ETag><Size>${i}</Size>` +
            '<StorageClass>STANDARD</StorageClass></Contents>'
        )
        .join('') +
      folders
        .map(
          prefix =>
            `<CommonPrefixes><Prefix>${encode(prefix)}</Prefix></CommonPrefixes>`
        )
        .join('') +
      '</ListBucketResult>'
  );
}

describe('S3Store.list', () => {
  it('asks for one page of a folder', async () => {
    const { store, asked } = direct(() => listXml({}));
    await store.list({
      prefix: 'hst/public/a b+c/',
      delimiter: '/',
      continuation: 't&1=+/',
      maxKeys: 20
    });
    const { url, method, headers } = asked[0];
    expect([method, url.pathname.replace(/\/$/, '')]).toEqual([
      'GET',
      '/base/stpubdata'
    ]);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      'list-type': '2',
      'encoding-type': 'url',
      prefix: 'hst/public/a b+c/',
      delimiter: '/',
      'continuation-token': 't&1=+/',
      'max-keys': '20'
    });
    expect(headers).not.toHaveProperty('authorization');
  });

  it('leaves out what was not given', async () => {
    const { store, asked } = direct(() => listXml({}));
    await store.list({ prefix: 'tess/', delimiter: '' });
    expect([...asked[0].url.searchParams.keys()].sort()).toEqual([
      'encoding-type',
      'list-type',
      'prefix'
    ]);
  });

  it('gives objects, folders and the mark of the next page', async () => {
    const { store } = direct(() =>
      listXml({ objects: ['x/a'], folders: ['x/b/'], next: 'mark' })
    );
    expect(await store.list({ prefix: 'x/', delimiter: '/' })).toEqual({
      objects: [
        {
          key: 'x/a',
          size: 0,
          etag: '"e0"',
          lastModified: new Date('2026-11-02T14:32:00Z'),
          storageClass: 'STANDARD'
        }
      ],
      folders: ['x/b/'],
      continuation: 'mark'
    });
  });

  it('gives an empty page for an empty folder', async () => {
    const { store } = direct(() => listXml({}));
    expect(await store.list({ prefix: 'x/', delimiter: '/' })).toEqual({
      objects: [],
      folders: [],
      continuation: null
    });
  });

  it('gives every odd key as it is', async () => {
    const { store } = direct(() =>
      listXml({ objects: ODD, folders: ODD.map(key => `${key}/`) })
    );
    const page = await store.list({ prefix: 'odd/', delimiter: '/' });
    expect(page.objects.map(object => object.key)).toEqual(ODD);
    expect(page.folders).toEqual(ODD.map(key => `${key}/`));
  });

  it('does not decode what a server did not encode', async () => {
    const { store } = direct(() =>
      listXml({ objects: ['odd/a+b', 'odd/100%25'], plain: true })
    );
    const page = await store.list({ prefix: 'odd/', delimiter: '/' });
    expect(page.objects.map(object => object.key)).toEqual([
      'odd/a+b',
      'odd/100%25'
    ]);
  });

  it('pages through a folder with the real client', async () => {
    const keys = ODD.filter(key => !key.endsWith('/'));
    const backend = new FakeStore(keys, 3);
    const { store } = direct(async ({ url }) => {
      const page = await backend.list({
        prefix: url.searchParams.get('prefix') ?? '',
        delimiter: '/',
        continuation: url.searchParams.get('continuation-token') ?? undefined
      });
      return listXml({
        objects: page.objects.map(object => object.key),
        folders: page.folders,
        // Marks may hold anything; XML wants some of it escaped.
        next:
          page.continuation === null
            ? undefined
            : page.continuation.replace(
                /[^\x20-\x7e]|[<>&"']/g,
                c => `&#${c.charCodeAt(0)};`
              )
      });
    });
    const plain = new Pager(new FakeStore(keys), 'odd/', '/');
    await plain.next();
    const expected = plain.entries.map(entry =>
      entry.type === 'folder' ? entry.prefix : entry.object.key
    );
    const pager = new Pager(store, 'odd/', '/');
    for (let page = 0; page < 100 && !pager.done; page++) {
      await pager.next();
    }
    expect(
      pager.entries.map(entry =>
        entry.type === 'folder' ? entry.prefix : entry.object.key
      )
    ).toEqual(expected);
  });
});

describe('S3Store, errors', () => {
  it.each<[string, () => Response, ArchiveErrorKind]>([
    ['403', () => s3Error(403, 'AccessDenied'), 'forbidden'],
    ['404', () => s3Error(404, 'NoSuchBucket'), 'not-found'],
    ['500', () => s3Error(500, 'InternalError'), 'archive'],
    ['503', () => s3Error(503, 'SlowDown'), 'throttled'],
    ['the relay’s 502', () => s3Error(502, 'EndpointUnreachable'), 'network'],
    ['a gateway’s 504', () => s3Error(504, 'GatewayTimeout'), 'network'],
    ['the relay’s 403', () => s3Error(403, 'SignedOut'), 'signed-out'],
    [
      'the relay’s 403 of a firewall',
      () => s3Error(403, 'UpstreamRefused'),
      'refused'
    ],
    ['301', () => s3Error(301, 'PermanentRedirect'), 'archive'],
    [
      '500 in HTML',
      () => new Response('<html>oops', { status: 500 }),
      'archive'
    ],
    [
      '500 without anything',
      () => new Response('', { status: 500 }),
      'archive'
    ],
    [
      '403 in HTML',
      () => new Response('<html>no</html>', { status: 403 }),
      'refused'
    ],
    [
      '200 that is a page',
      () => new Response('<html><body>Sign in</body></html>'),
      'malformed'
    ],
    [
      '200 that is JSON',
      () => new Response('{"message": "hello"}'),
      'malformed'
    ],
    ['200 that is nothing', () => new Response(''), 'malformed'],
    ['200 that is noise', () => new Response('\u0000\u0001<<<'), 'malformed'],
    // S3 may begin with 200 and then fail; the SDK makes a 503 of it.
    ['200 that is an error', () => s3Error(200, 'InternalError'), 'throttled'],
    [
      'a key that is no encoding',
      () =>
        xml(
          '<ListBucketResult><Name>b</Name><EncodingType>url</EncodingType>' +
            '<Contents><Key>100%</Key></Contents></ListBucketResult>'
        ),
      'malformed'
    ],
    [
      'an XML bomb',
      () =>
        new Response(
          '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' +
            '<ListBucketResult><Name>&b;</Name><Contents><Key>&b;</Key></Contents>'
        ),
      'malformed'
    ]
  ])('%s', async (_, answer, kind) => {
    const { store } = direct(answer);
    await expect(
      store.list({ prefix: 'hst/public/', delimiter: '/' })
    ).rejects.toMatchObject({
      name: 'ArchiveError',
      kind,
      details: { target: 'hst/public/' }
    });
  });

  it('keep status, code, request id and Retry-After', async () => {
    const { store } = direct(() =>
      s3Error(503, 'SlowDown', { 'Retry-After': '8' })
    );
    await expect(
      store.list({ prefix: 'x/', delimiter: '/' })
    ).rejects.toMatchObject({
      message: 'SlowDown happened',
      details: { status: 503, code: 'SlowDown', requestId: 'R1', retryAfter: 8 }
    });
  });

  it('are not followed by another request of the SDK', async () => {
    const { store, asked } = direct(() => s3Error(503, 'SlowDown'));
    await expect(
      store.list({ prefix: 'x/', delimiter: '/' })
    ).rejects.toBeDefined();
    expect(asked).toHaveLength(1);
  });

  it('no network', async () => {
    const { store } = direct(() =>
      Promise.reject(new TypeError('Failed to fetch'))
    );
    await expect(
      store.list({ prefix: 'x/', delimiter: '/' })
    ).rejects.toMatchObject({
      kind: 'network'
    });
  });

  it.each<[string, number | null, number]>([
    ['of a bucket', null, 30],
    ['of a relay that waits for 60 s', 60, 75],
    ['of a relay that waits for 2 s', 2, 30]
  ])('no answer %s', async (_, silence, seconds) => {
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate']
    });
    const never = () => new Promise<Response>(() => undefined);
    const { store } =
      silence === null ? direct(never) : relayed(silence, never);
    const list = store
      .list({ prefix: 'x/', delimiter: '/' })
      .catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(2);
    expect(await list).toMatchObject({
      kind: 'network',
      message: `No answer for ${seconds} s. Try again.`
    });
    jest.useRealTimers();
  });

  it('stopped by us', async () => {
    const { store } = direct(() => new Promise(() => undefined));
    const control = new AbortController();
    const list = store.list({
      prefix: 'x/',
      delimiter: '/',
      signal: control.signal
    });
    setTimeout(() => control.abort(), 5);
    await expect(list).rejects.toMatchObject({ kind: 'aborted' });
    await expect(store.head('x', control.signal)).rejects.toMatchObject({
      kind: 'aborted'
    });
    await expect(
      store.read('x', { signal: control.signal })
    ).rejects.toMatchObject({
      kind: 'aborted'
    });
  });
});

describe('S3Store.head', () => {
  it('gives size, version, checksums and metadata', async () => {
    const { store, asked } = direct(
      () =>
        new Response(null, {
          status: 200,
          headers: {
            'Content-Length': '11520',
            'Content-Type': 'application/fits',
            ETag: '"abc-2"',
            'Last-Modified': 'Mon, 02 Nov 2026 14:32:00 GMT',
            'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=',
            'x-amz-checksum-sha256': 'c2hh',
            'x-amz-checksum-type': 'FULL_OBJECT',
            'x-amz-meta-origin': 'STScI',
            'x-amz-storage-class': 'INTELLIGENT_TIERING',
            'x-amz-version-id': 'v1'
          }
        })
    );
    expect(await store.head('hst/public/x.fits', undefined, true)).toEqual({
      key: 'hst/public/x.fits',
      size: 11520,
      contentType: 'application/fits',
      etag: '"abc-2"',
      lastModified: new Date('2026-11-02T14:32:00Z'),
      checksums: { CRC64NVME: 'AAAAAAAAAAA=', SHA256: 'c2hh' },
      checksumType: 'FULL_OBJECT',
      metadata: { origin: 'STScI' },
      storageClass: 'INTELLIGENT_TIERING',
      versionId: 'v1'
    });
    expect(asked[0].method).toBe('HEAD');
    expect(asked[0].headers).toMatchObject({
      'x-amz-checksum-mode': 'ENABLED'
    });
  });

  it('asks a bucket for checksums only when they are wanted', async () => {
    const { store, asked } = direct(() => new Response(null, { status: 200 }));
    await store.head('x');
    expect(asked[0].headers).toEqual({});
  });

  it('does without checksums where a bucket does not allow to ask', async () => {
    const { store, asked } = direct(({ headers }) =>
      headers['x-amz-checksum-mode'] === undefined
        ? new Response(null, { status: 200, headers: { ETag: '"e"' } })
        : Promise.reject(new TypeError('Failed to fetch'))
    );
    expect(await store.head('x', undefined, true)).toMatchObject({
      etag: '"e"',
      checksums: {}
    });
    expect(asked.map(({ headers }) => headers)).toEqual([
      { 'x-amz-checksum-mode': 'ENABLED' },
      {}
    ]);
  });

  it('does not ask again after an answer that is an error', async () => {
    const { store, asked } = direct(() => new Response(null, { status: 404 }));
    await expect(store.head('x', undefined, true)).rejects.toMatchObject({
      kind: 'not-found'
    });
    expect(asked).toHaveLength(1);
  });

  it('works where a browser may see none of the headers', async () => {
    const { store } = direct(() => new Response(null, { status: 200 }));
    expect(await store.head('x')).toEqual({
      key: 'x',
      size: 0,
      contentType: null,
      etag: '',
      lastModified: null,
      checksums: {},
      checksumType: null,
      metadata: {},
      storageClass: null,
      versionId: null
    });
  });

  it('of nothing is an error, without a body to tell it', async () => {
    const { store } = direct(() => new Response(null, { status: 404 }));
    await expect(store.head('x/gone')).rejects.toMatchObject({
      kind: 'not-found',
      details: { target: 'x/gone' }
    });
  });

  it.each([
    ['SignedOut', 'signed-out'],
    ['UpstreamRefused', 'refused']
  ])('tells the relay’s %s, without a body to tell it', async (code, kind) => {
    const { store } = direct(
      () =>
        new Response(null, {
          status: 403,
          headers: {
            'Content-Type': 'application/xml',
            'X-Jupyterlab-Mast-Error': code
          }
        })
    );
    await expect(store.head('x')).rejects.toMatchObject({
      kind,
      details: { host: '127.0.0.1:9000', target: 'x' }
    });
  });

  it('of odd keys asks for these keys', async () => {
    const { store, asked } = direct(() => new Response(null, { status: 200 }));
    for (const key of ODD) {
      await store.head(key);
    }
    expect(
      asked.map(({ url }) =>
        decodeURIComponent(url.pathname.slice('/base/stpubdata/'.length))
      )
    ).toEqual(ODD);
  });
});

describe('S3Store.read', () => {
  const BODY = Uint8Array.from({ length: 100 }, (_, i) => i);

  /** A server that knows ranges, unless told otherwise. */
  const serve =
    (ranges = true): Answer =>
    ({ headers }) => {
      const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
      if (!ranges || !range) {
        return new Response(BODY, { status: 200 });
      }
      const [start, end] = [
        Number(range[1]),
        range[2] ? Number(range[2]) + 1 : 100
      ];
      return start >= BODY.length
        ? s3Error(416, 'InvalidRange')
        : new Response(BODY.slice(start, end), { status: 206 });
    };

  const bytes = (array: Uint8Array) => [...array];

  it.each([
    [undefined, undefined, undefined],
    [0, undefined, undefined],
    [0, 10, 'bytes=0-9'],
    [10, 20, 'bytes=10-19'],
    [90, undefined, 'bytes=90-'],
    [90, 200, 'bytes=90-199'],
    [5, 6, 'bytes=5-5']
  ])('from %p to %p asks for %p', async (start, end, range) => {
    for (const ranges of [true, false]) {
      const { store, asked } = direct(serve(ranges));
      const got = await store.read('x.fits', { start, end });
      expect(bytes(got)).toEqual(bytes(BODY.slice(start, end)));
      expect(asked[0].headers.range).toBe(range);
    }
  });

  it('gives no bytes for an empty range, and does not ask', async () => {
    const { store, asked } = direct(serve());
    expect(await store.read('x', { start: 0, end: 0 })).toHaveLength(0);
    expect(await store.read('x', { start: 7, end: 7 })).toHaveLength(0);
    expect(asked).toEqual([]);
  });

  it('wants the version that it is told of a relay', async () => {
    const { store, headers } = relayed(60, async () =>
      s3Error(412, 'PreconditionFailed')
    );
    await expect(store.read('x', { etag: '"old"' })).rejects.toMatchObject({
      kind: 'changed'
    });
    expect(headers[0].get('if-match')).toBe('"old"');
  });

  it('looks at the version that a bucket gives, without a header more', async () => {
    const version = (etag: string) =>
      direct(() => new Response(BODY, { headers: { ETag: etag } }));
    const { store, asked } = version('"e"');
    expect(await store.read('x', { etag: '"e"' })).toHaveLength(100);
    expect(asked[0].headers).toEqual({});
    await expect(
      version('"new"').store.read('x', { etag: '"e"' })
    ).rejects.toMatchObject({
      kind: 'changed',
      message: expect.stringContaining('has changed'),
      details: { target: 'x' }
    });
    // Nobody can tell where a browser may not see it.
    const hidden = direct(serve());
    expect(
      await hidden.store.read('x', { start: 0, end: 5, etag: '"e"' })
    ).toHaveLength(5);
  });

  it.each<[number, string, ArchiveErrorKind]>([
    [403, 'AccessDenied', 'forbidden'],
    [404, 'NoSuchKey', 'not-found'],
    [416, 'InvalidRange', 'archive'],
    [503, 'SlowDown', 'throttled']
  ])('%i %s', async (status, code, kind) => {
    const { store } = direct(() => s3Error(status, code));
    await expect(store.read('x.fits', { start: 1000 })).rejects.toMatchObject({
      kind,
      details: { status, code, target: 'x.fits' }
    });
  });

  it('gives an empty object', async () => {
    const { store } = direct(() => new Response('', { status: 200 }));
    expect(await store.read('x')).toHaveLength(0);
  });
});

/** A store that goes through the relay, which lists nothing by default. */
function relayed(silence = 60, answer?: () => Promise<Response>) {
  const urls: string[] = [];
  const headers: Headers[] = [];
  const connection = ServerConnection.makeSettings({
    baseUrl: 'http://localhost:8888/user/a%40b/',
    token: 'secret',
    Request: class {
      constructor(
        readonly url: string,
        readonly init: RequestInit
      ) {
        this.headers = new Headers(init.headers);
      }
      readonly headers: Headers;
    } as unknown as typeof Request,
    fetch: (async (request: Request & { init: RequestInit }) => {
      urls.push(request.url);
      headers.push(request.headers);
      if (answer) {
        return unlessStopped(answer(), request.init.signal);
      }
      return request.url.includes('list-type')
        ? listXml({})
        : new Response(null, { status: 200 });
    }) as unknown as typeof globalThis.fetch
  });
  const store = new S3Store({
    trans: english,
    info: archiveInfo({ id: 'a b', endpoint: 'http://elsewhere:9000' }),
    connection,
    gate: new Gate(1),
    silence
  });
  return { store, urls, headers };
}

describe('S3Store, where it asks', () => {
  it('the bucket’s own host without an endpoint', async () => {
    const { asked } = direct(() => listXml({}));
    const store = new S3Store({
      trans: english,
      info: archiveInfo(),
      connection: null,
      gate: new Gate(1)
    });
    await store.list({ prefix: 'x/', delimiter: '/' });
    await store.head('hst/a/../b').catch(() => undefined);
    expect(asked[0].url.host).toBe('stpubdata.s3.us-east-1.amazonaws.com');
    expect(asked[1].url.pathname).toBe('/hst/a%2F..%2Fb');
  });

  it('the relay, path style, with the page’s token', async () => {
    const { store, urls, headers } = relayed();
    await store.list({ prefix: 'x/', delimiter: '/' });
    await store.head('hst/a b/../c.fits');
    expect(urls[0].replace('/?', '?')).toMatch(
      /^http:\/\/localhost:8888\/user\/a%40b\/jupyterlab-mast\/archive\/a%20b\/s3\/stpubdata\?/
    );
    expect(urls[1]).toBe(
      'http://localhost:8888/user/a%40b/jupyterlab-mast/archive/a%20b/s3/stpubdata/hst/a%20b%2F..%2Fc.fits'
    );
    expect(headers.map(one => one.get('Authorization'))).toEqual([
      'token secret',
      'token secret'
    ]);
    expect(headers[1].get('x-amz-checksum-mode')).toBe('ENABLED');
  });

  it('the relay without being counted as activity, when nobody asked', async () => {
    const { store, urls } = relayed();
    await store.list({ prefix: 'x/', delimiter: '/', quiet: true });
    await store.list({ prefix: 'x/', delimiter: '/' });
    const quiet = urls.map(url => new URL(url).searchParams);
    expect(quiet.map(query => query.get('no_track_activity'))).toEqual([
      '1',
      null
    ]);
  });

  it('the bucket itself without the word of the Jupyter server', async () => {
    const { store, asked } = direct(() => listXml({}));
    await store.list({ prefix: 'x/', delimiter: '/', quiet: true });
    expect(asked[0].url.searchParams.has('no_track_activity')).toBe(false);
  });
});
