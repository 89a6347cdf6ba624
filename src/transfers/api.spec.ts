import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { FakeRequest } from '../rest/testing';
import { TransfersApi } from './api';

const trans = nullTranslator.load('x');
const BASE = 'http://localhost:8888/user/me/';

function setUp(...answers: (Response | Error)[]) {
  const asked: string[] = [];
  const connection = ServerConnection.makeSettings({
    baseUrl: BASE,
    token: 'secret',
    Request: FakeRequest as unknown as typeof Request,
    fetch: (async ({ url, init, headers }: FakeRequest) => {
      asked.push(
        [
          init.method,
          url.replace(BASE, ''),
          typeof init.body === 'string' ? init.body : ''
        ]
          .filter(part => part !== '')
          .join(' ')
      );
      expect(headers.get('authorization')).toBe('token secret');
      const answer = answers.shift();
      if (answer === undefined || answer instanceof Error) {
        throw answer ?? new Error('not expected');
      }
      return answer;
    }) as unknown as typeof fetch
  });
  return { asked, api: new TransfersApi({ settings: connection, trans }) };
}

const json = (value: unknown, status = 200) =>
  new Response(JSON.stringify(value), { status });

const P = 'jupyterlab-mast/transfers';

it('asks as the contract says', async () => {
  const { asked, api } = setUp(
    json({ server: 'a' }),
    json({ id: 'x' }, 201),
    json({ id: 'x' }),
    new Response(null, { status: 204 }),
    json({ id: 'x' }),
    json({ id: 'x' }),
    json({ id: 'x' }),
    json({ id: 'x' }),
    json({}),
    json({ total: 0, files: [] }),
    json({ total: 0, files: [] })
  );
  await api.snapshot();
  const source = { prefix: 'hst/public/ibg7/' };
  await api.create({ archive: 'mast', sources: [source], target: 'a b' });
  await api.get('a/b');
  await api.clear('x');
  await api.choose('x', { layout: 'flat' });
  await api.act('x', 'pause');
  await api.act('x', 'start', { decisions: { 'a.fits': 'replace' } });
  await api.act('x', 'retry', { files: [3] });
  await api.actAll('clear');
  await api.files('x', 400, 200);
  await api.files('x', 0, 200, 'failed');
  expect(asked).toEqual([
    `GET ${P}?no_track_activity=1`,
    `POST ${P} {"archive":"mast","sources":[{"prefix":"hst/public/ibg7/"}],"target":"a b"}`,
    `GET ${P}/a%2Fb`,
    `DELETE ${P}/x`,
    `PUT ${P}/x/plan {"layout":"flat"}`,
    `POST ${P}/x/actions {"action":"pause"}`,
    `POST ${P}/x/actions {"action":"start","decisions":{"a.fits":"replace"}}`,
    `POST ${P}/x/actions {"action":"retry","files":[3]}`,
    `POST ${P}/actions {"action":"clear"}`,
    `GET ${P}/x/files?offset=400&limit=200&no_track_activity=1`,
    `GET ${P}/x/files?offset=0&limit=200&outcome=failed&no_track_activity=1`
  ]);
});

it('reads all pages of copies', async () => {
  const { asked, api } = setUp(
    json({ copies: [{ key: 'a' }, { key: 'b&c' }], next: 'b&c' }),
    json({ copies: [{ key: 'd' }], next: null })
  );
  expect((await api.copies('mast', 'hst/')).map(copy => copy.key)).toEqual([
    'a',
    'b&c',
    'd'
  ]);
  expect(asked).toEqual([
    `GET ${P}/copies?archive=mast&prefix=hst%2F&no_track_activity=1`,
    `GET ${P}/copies?archive=mast&prefix=hst%2F&after=b%26c&no_track_activity=1`
  ]);
});

it.each<[string, Response | Error, string, number]>([
  [
    'one that the server refuses',
    json({ message: 'It has ended.', kind: 'refused' }, 409),
    'refused',
    409
  ],
  ['a full disk', json({ message: 'Full.', kind: 'space' }, 409), 'space', 409],
  [
    'a page that is signed out',
    json({ message: 'Forbidden' }, 403),
    'signed-out',
    403
  ],
  [
    'a server without these routes',
    new Response('', { status: 404 }),
    'off',
    404
  ],
  [
    'a hub whose server is stopped',
    new Response('{}', { status: 424 }),
    'server-away',
    424
  ],
  ['a proxy', new Response('<html>', { status: 502 }), 'server-away', 502],
  ['no answer', new TypeError('Failed to fetch'), 'server-away', 0],
  ['an answer that is none', new Response('<html>'), 'malformed', 0]
])('names %s', async (_, answer, kind, status) => {
  const { api } = setUp(answer);
  await expect(api.get('x')).rejects.toMatchObject({
    name: 'RequestFailure',
    kind,
    status
  });
});

it('has the server read a file', async () => {
  const verdict = { same: true, algorithm: 'MD5', message: 'x', time: 1 };
  const { api, asked } = setUp(json(verdict));
  expect(await api.verify('home', 'hst/a.fits')).toEqual(verdict);
  expect(asked).toEqual([
    `POST ${P}/verify {"root":"home","path":"hst/a.fits"}`
  ]);
});

it('gives up when there is no answer for half a minute', async () => {
  jest.useFakeTimers();
  try {
    const connection = ServerConnection.makeSettings({
      baseUrl: BASE,
      Request: FakeRequest as unknown as typeof Request,
      fetch: (({ init }: FakeRequest) =>
        new Promise((_, reject) => {
          init.signal?.addEventListener('abort', () =>
            reject(new DOMException('Aborted', 'AbortError'))
          );
        })) as unknown as typeof fetch
    });
    const answer = new TransfersApi({
      settings: connection,
      trans
    }).snapshot();
    const failure = expect(answer).rejects.toMatchObject({
      kind: 'server-away',
      message: expect.stringContaining('30 s')
    });
    await jest.advanceTimersByTimeAsync(30_000);
    await failure;
  } finally {
    jest.useRealTimers();
  }
});
