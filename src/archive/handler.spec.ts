import { ServerConnection } from '@jupyterlab/services';
import * as fc from 'fast-check';
import { encodeKey } from '../missions';
import { PageHandler, type ISdkRequest } from './handler';
import { Gate } from './gate';
import { english } from './testing';

const BASE = 'http://localhost:8888/user/me/';
const PATH = '/user/me/jupyterlab-mast/archive/mast/s3/stpubdata/';

interface IAsked {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly cache: string;
  readonly signal: AbortSignal;
}

/** Takes the place of the browser's `Request`, and folds URLs as that does. */
class FakeRequest {
  constructor(
    url: string,
    readonly init: RequestInit
  ) {
    this.url = new URL(url).href;
    this.headers = new Headers(init.headers);
  }
  readonly url: string;
  readonly headers: Headers;
}

function request(some: Partial<ISdkRequest> = {}): ISdkRequest {
  return {
    method: 'GET',
    protocol: 'http:',
    hostname: 'localhost',
    port: 8888,
    path: `${PATH}hst/public/a.fits`,
    query: {},
    headers: {},
    ...some
  };
}

function relay(
  answer: (asked: IAsked) => Response | Promise<Response>,
  options: { timeout?: number; gate?: Gate; token?: string } = {}
) {
  const asked: IAsked[] = [];
  const connection = ServerConnection.makeSettings({
    baseUrl: BASE,
    token: options.token ?? 'secret',
    Request: FakeRequest as unknown as typeof Request,
    fetch: (async (one: FakeRequest) => {
      const it: IAsked = {
        url: one.url,
        method: one.init.method ?? 'GET',
        headers: Object.fromEntries(one.headers),
        cache: one.init.cache ?? '',
        signal: one.init.signal as AbortSignal
      };
      asked.push(it);
      return answer(it);
    }) as unknown as typeof fetch
  });
  const handler = new PageHandler({
    trans: english,
    gate: options.gate ?? new Gate(4),
    timeout: options.timeout ?? 30_000,
    connection,
    keyOffset: PATH.length
  });
  return { handler, asked };
}

const ok = () =>
  new Response('body', { status: 200, headers: { ETag: '"e"' } });

const never = (asked: IAsked) =>
  new Promise<Response>((_, reject) => {
    asked.signal.addEventListener('abort', () =>
      reject(new DOMException('Aborted', 'AbortError'))
    );
  });

describe('PageHandler, through the relay', () => {
  it('asks with the token, and without what a page must not send', async () => {
    const { handler, asked } = relay(ok);
    await handler.handle(
      request({
        headers: {
          host: 'stpubdata.s3.amazonaws.com',
          'User-Agent': 'aws-sdk-js',
          'x-amz-user-agent': 'aws-sdk-js',
          'amz-sdk-invocation-id': '1',
          'amz-sdk-request': 'attempt=1',
          'content-length': '0',
          range: 'bytes=0-9',
          'if-match': '"e"',
          'x-amz-checksum-mode': 'ENABLED'
        }
      })
    );
    const { headers } = asked[0];
    expect(headers).toMatchObject({
      authorization: 'token secret',
      range: 'bytes=0-9',
      'if-match': '"e"',
      'x-amz-checksum-mode': 'ENABLED'
    });
    for (const name of [
      'host',
      'user-agent',
      'x-amz-user-agent',
      'amz-sdk-invocation-id',
      'amz-sdk-request',
      'content-length'
    ]) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  it('adds no time stamp to the address', async () => {
    const { handler, asked } = relay(ok);
    await handler.handle(request());
    await handler.handle(request({ query: { 'list-type': '2' } }));
    expect(asked.map(one => one.url)).toEqual([
      `http://localhost:8888${PATH}hst/public/a.fits`,
      `http://localhost:8888${PATH}hst/public/a.fits?list-type=2`
    ]);
    expect(asked[0].cache).toBe('no-cache');
  });

  it('says of a quiet request that it is no activity', async () => {
    const { handler, asked } = relay(ok);
    const list = request({ query: { 'list-type': '2' } });
    await handler.handle(list, { quiet: true });
    await handler.handle(list, { quiet: false });
    expect(asked.map(one => new URL(one.url).search)).toEqual([
      '?list-type=2&no_track_activity=1',
      '?list-type=2'
    ]);
  });

  it('keeps the method', async () => {
    const { handler, asked } = relay(() => new Response(null, { status: 200 }));
    await handler.handle(request({ method: 'HEAD' }));
    expect(asked[0].method).toBe('HEAD');
  });

  it('encodes queries so that they come back as they were', async () => {
    const { handler, asked } = relay(ok);
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.constantFrom('prefix', 'delimiter', 'continuation-token'),
          fc.string({ unit: 'binary', maxLength: 20 }),
          { maxKeys: 3 }
        ),
        async query => {
          await handler.handle(request({ query }));
          const url = new URL(asked[asked.length - 1].url);
          expect(Object.fromEntries(url.searchParams)).toEqual(query);
        }
      )
    );
  });

  it('sends lists and empty values of a query', async () => {
    const { handler, asked } = relay(ok);
    await handler.handle(
      request({ query: { a: ['1', '2'], b: null, c: '(!)' } })
    );
    expect(new URL(asked[0].url).search).toBe('?a=1&a=2&b=&c=%28%21%29');
  });

  it.each([
    ['a/../b', 'a%2F..%2Fb'],
    ['a/./b', 'a%2F.%2Fb'],
    ['../b', '..%2Fb'],
    ['a/..', 'a%2F..'],
    ['a/../../b', 'a%2F..%2F..%2Fb'],
    ['a/%2e%2E/b', 'a%2F%2e%2E%2Fb'],
    ['a//b', 'a//b'],
    ['a/...', 'a/...'],
    ['a/.b/c', 'a/.b/c'],
    ['a%252F../b', 'a%252F../b']
  ])('the key %s goes as %s', async (key, sent) => {
    const { handler, asked } = relay(ok);
    await handler.handle(request({ path: PATH + key }));
    expect(new URL(asked[0].url).pathname).toBe(PATH + sent);
  });

  it('brings any key to the server, whatever browsers fold', async () => {
    const { handler, asked } = relay(ok);
    const key = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            '',
            '.',
            '..',
            '%2e',
            '%2F',
            '\\',
            'a',
            '?',
            '#',
            'é'
          ),
          fc.string({ unit: 'binary', maxLength: 5 })
        ),
        { minLength: 1, maxLength: 6 }
      )
      .map(parts => parts.join('/'))
      // The slash before the key stays: a bucket has no key `..`.
      .filter(one => one !== '' && !/^\.{1,2}$/.test(one));
    await fc.assert(
      fc.asyncProperty(key, async one => {
        const path = one.split('/').map(encodeURIComponent).join('/');
        await handler.handle(request({ path: PATH + path }));
        const { pathname } = new URL(asked[asked.length - 1].url);
        expect(pathname.startsWith(PATH)).toBe(true);
        expect(decodeURIComponent(pathname.slice(PATH.length))).toBe(one);
      }),
      { numRuns: 500 }
    );
  });

  it('sends dot segments as the addresses that people copy have them', async () => {
    const { handler, asked } = relay(ok);
    for (const key of ['a/../b', './a', 'a/./../b/.']) {
      await handler.handle(request({ path: PATH + key }));
      expect(new URL(asked[asked.length - 1].url).pathname).toBe(
        PATH + encodeKey(key)
      );
    }
  });

  it('gives status, headers and body', async () => {
    const { handler } = relay(ok);
    const { response } = await handler.handle(request());
    expect(response).toMatchObject({
      statusCode: 200,
      headers: { etag: '"e"' }
    });
    expect(Buffer.from(response.body as Uint8Array).toString()).toBe('body');
  });

  it('gives an object as a blob, and its error as bytes', async () => {
    const query = { 'x-id': 'GetObject' };
    const { response } = await relay(ok).handler.handle(request({ query }));
    expect(response.body).toBeInstanceOf(Blob);
    const failed = relay(() => new Response('<Error/>', { status: 404 }));
    const answer = await failed.handler.handle(request({ query }));
    expect(answer.response.statusCode).toBe(404);
    expect(answer.response.body).toBeInstanceOf(Uint8Array);
  });

  it('hands on a 403 of the archive', async () => {
    const { handler } = relay(
      () =>
        new Response('<Error><Code>AccessDenied</Code></Error>', {
          status: 403,
          headers: { 'Content-Type': 'application/xml' }
        })
    );
    const { response } = await handler.handle(request());
    expect(response.statusCode).toBe(403);
  });

  /** An answer to a request that was sent on. */
  const sentOn = (url: string) =>
    Object.defineProperties(new Response('<html>Sign in</html>'), {
      redirected: { value: true },
      url: { value: url }
    });
  const typed = (status: number, type: string, body: string | null = null) =>
    new Response(body, {
      status,
      headers: type === '' ? {} : { 'Content-Type': type }
    });
  const html = '<html>Forbidden</html>';

  it.each<[string, () => Response, string]>([
    [
      'the Jupyter server’s own 403',
      () =>
        typed(
          403,
          'application/json',
          '{"message": "Forbidden", "reason": null}'
        ),
      'GET'
    ],
    [
      'the hub’s',
      () =>
        typed(
          403,
          'application/json; charset=UTF-8',
          '{"status": 403, "message": "Forbidden"}'
        ),
      'GET'
    ],
    ['theirs without a body', () => typed(403, 'application/json'), 'HEAD'],
    ['401 in HTML', () => typed(401, 'text/html', html), 'GET'],
    ['401 without a body', () => typed(401, ''), 'HEAD'],
    [
      'the login of a server',
      () => sentOn('http://localhost:8888/user/me/login?next=%2Flab'),
      'GET'
    ],
    [
      'the login of a hub',
      () => sentOn('http://localhost:8888/hub/login?next=%2Fhub'),
      'GET'
    ]
  ])('signed out is %s', async (_, answer, method) => {
    const { handler } = relay(answer);
    await expect(handler.handle(request({ method }))).rejects.toMatchObject({
      kind: 'signed-out'
    });
  });

  it.each<[string, Response, string]>([
    ['HTML', typed(403, 'text/html', html), 'GET'],
    ['nothing', typed(403, ''), 'GET'],
    ['text', typed(403, 'text/plain', 'Blocked'), 'GET'],
    ['JSON without a message', typed(403, 'application/json', '[1]'), 'GET'],
    ['JSON that breaks off', typed(403, 'application/json', '{"mess'), 'GET'],
    ['JSON that is null', typed(403, 'application/json', 'null'), 'GET'],
    ['HTML that calls itself XML', typed(403, 'text/xml', html), 'GET'],
    ['HTML to HEAD', typed(403, 'text/html'), 'HEAD']
  ])('a 403 of something on the way: %s', async (_, answer, method) => {
    const { handler } = relay(() => answer);
    await expect(handler.handle(request({ method }))).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(
        'localhost:8888 refused the request (403)'
      ),
      details: { status: 403, host: 'localhost:8888' }
    });
  });

  it.each(['application/xml', 'application/octet-stream', ''])(
    'hands on a 403 to HEAD of type "%s"',
    async type => {
      const { handler } = relay(() => typed(403, type));
      const { response } = await handler.handle(request({ method: 'HEAD' }));
      expect(response.statusCode).toBe(403);
    }
  );

  it('says so when the server does not answer', async () => {
    const { handler } = relay(() => {
      throw new TypeError('Failed to fetch');
    });
    await expect(handler.handle(request())).rejects.toMatchObject({
      kind: 'server-away'
    });
  });

  it('is aborted by the caller', async () => {
    const { handler, asked } = relay(never);
    const control = new AbortController();
    const answer = handler.handle(request(), { abortSignal: control.signal });
    await Promise.resolve();
    control.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(asked[0].signal.aborted).toBe(true);
  });

  it('does not ask when it was aborted before', async () => {
    const { handler, asked } = relay(ok);
    const control = new AbortController();
    control.abort();
    await expect(
      handler.handle(request(), { abortSignal: control.signal })
    ).rejects.toMatchObject({ name: 'AbortError' });
    expect(asked).toEqual([]);
  });

  it('leaves no listener behind', async () => {
    const { handler } = relay(ok);
    const control = new AbortController();
    const add = jest.spyOn(control.signal, 'addEventListener');
    const remove = jest.spyOn(control.signal, 'removeEventListener');
    await handler.handle(request(), { abortSignal: control.signal });
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
  });

  it('gives up after the time-out, and frees its place', async () => {
    const gate = new Gate(1);
    const slow = relay(never, { timeout: 20, gate });
    await expect(slow.handler.handle(request())).rejects.toMatchObject({
      kind: 'network',
      message: expect.stringContaining('No answer')
    });
    const { response } = await relay(ok, { gate }).handler.handle(request());
    expect(response.statusCode).toBe(200);
  });

  /** An answer whose body comes a part at a time; the last never comes. */
  const slowly =
    (parts: number, pause: number, ends: boolean) =>
    ({ signal }: IAsked) => {
      let sent = 0;
      return new Response(
        new ReadableStream({
          start: body =>
            signal.addEventListener('abort', () =>
              body.error(new DOMException('Aborted', 'AbortError'))
            ),
          pull: async body => {
            await new Promise(resolve => setTimeout(resolve, pause));
            if (sent < parts) {
              body.enqueue(Uint8Array.of(sent++));
            } else if (ends) {
              body.close();
            } else {
              await new Promise(() => undefined);
            }
          }
        })
      );
    };

  describe('while a body comes', () => {
    beforeEach(() => {
      jest.useFakeTimers({
        doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate']
      });
    });
    afterEach(() => jest.useRealTimers());

    it('waits however long it takes', async () => {
      const { handler } = relay(slowly(10, 20_000, true));
      const answer = handler.handle(request());
      await jest.advanceTimersByTimeAsync(300_000);
      const { response } = await answer;
      expect(response.body).toEqual(
        Uint8Array.from({ length: 10 }, (_, i) => i)
      );
      expect(jest.getTimerCount()).toBe(0);
    });

    it('gives up when it stalls', async () => {
      const { handler, asked } = relay(slowly(2, 20_000, false));
      const answer = handler.handle(request()).catch((error: unknown) => error);
      await jest.advanceTimersByTimeAsync(69_000);
      expect(asked[0].signal.aborted).toBe(false);
      await jest.advanceTimersByTimeAsync(2_000);
      expect(await answer).toMatchObject({
        kind: 'network',
        message: 'No answer for 30 s. Try again.'
      });
      expect(asked[0].signal.aborted).toBe(true);
    });

    it('is stopped by the caller', async () => {
      const { handler } = relay(slowly(10, 20_000, true));
      const control = new AbortController();
      const answer = handler
        .handle(request(), { abortSignal: control.signal })
        .catch((error: unknown) => error);
      await jest.advanceTimersByTimeAsync(50_000);
      control.abort();
      expect(await answer).toMatchObject({ name: 'AbortError' });
    });
  });

  it('runs no more than the gate lets', async () => {
    let running = 0;
    let peak = 0;
    const { handler } = relay(
      async () => {
        peak = Math.max(peak, ++running);
        await new Promise(resolve => setTimeout(resolve, 2));
        running--;
        return ok();
      },
      { gate: new Gate(2) }
    );
    await Promise.all(
      Array.from({ length: 7 }, () => handler.handle(request()))
    );
    expect(peak).toBe(2);
  });

  it('does not count the wait at the gate as time without an answer', async () => {
    const gate = new Gate(1);
    const { handler } = relay(
      async () => {
        await new Promise(resolve => setTimeout(resolve, 30));
        return ok();
      },
      { gate, timeout: 80 }
    );
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => handler.handle(request()))
    );
    expect(answers.map(({ response }) => response.statusCode)).toEqual([
      200, 200, 200, 200
    ]);
  });
});

describe('PageHandler, direct', () => {
  const { fetch } = globalThis;
  afterEach(() => {
    globalThis.fetch = fetch;
  });

  function direct() {
    return new PageHandler({
      trans: english,
      gate: new Gate(4),
      timeout: 1000,
      connection: null,
      keyOffset: 1
    });
  }

  it('asks the bucket without token and cookies', async () => {
    const asked = jest.fn(async (_url: string, _init: RequestInit) => ok());
    globalThis.fetch = asked as unknown as typeof fetch;
    await direct().handle(
      request({
        protocol: 'https:',
        hostname: 'stpubdata.s3.amazonaws.com',
        port: undefined,
        path: '/hst/../a b.fits'
      })
    );
    const [url, init] = asked.mock.calls[0];
    expect(url).toBe('https://stpubdata.s3.amazonaws.com/hst%2F..%2Fa b.fits');
    expect(init).toMatchObject({ credentials: 'omit', cache: 'no-cache' });
    expect(init.headers).toEqual({});
  });

  it.each([401, 403])('a %i in XML is the bucket’s', async status => {
    globalThis.fetch = () =>
      Promise.resolve(new Response('<?xml?><Error></Error>', { status }));
    const { response } = await direct().handle(request());
    expect(response.statusCode).toBe(status);
  });

  it.each([
    [401, 'no'],
    [403, 'no'],
    // Without a Jupyter server nobody can be signed out.
    [403, '{"message": "Forbidden"}']
  ])('a %i of "%s" is that of something on the way', async (status, body) => {
    globalThis.fetch = () => Promise.resolve(new Response(body, { status }));
    await expect(direct().handle(request())).rejects.toMatchObject({
      kind: 'refused',
      details: { status, host: 'localhost:8888' }
    });
  });

  it('says so when there is no connection', async () => {
    globalThis.fetch = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(direct().handle(request())).rejects.toMatchObject({
      kind: 'network',
      message: expect.stringMatching(/cannot be reached .* allow .* by CORS/),
      details: { direct: true }
    });
  });
});
