import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { FakeRequest } from '../rest/testing';
import { QuotaApi } from './api';

/** The routes, and what was asked of them. */
function setUp(
  answer: unknown = {},
  status = 200,
  headers: Record<string, string> = {}
) {
  const asked: string[] = [];
  const api = new QuotaApi({
    trans: nullTranslator.load('x'),
    settings: ServerConnection.makeSettings({
      baseUrl: 'http://server/base/',
      // Node's own would not take jsdom's signal.
      Request: FakeRequest as unknown as typeof Request,
      fetch: (async ({ url, init }: FakeRequest) => {
        const path = url.replace('http://server/base/', '');
        const body = (init.body as string | undefined) ?? '';
        asked.push(`${init.method} ${path} ${body}`.trim());
        return new Response(JSON.stringify(answer), { status, headers });
      }) as unknown as typeof fetch
    })
  });
  return { api, asked };
}

it('asks the routes of the contract', async () => {
  const { api, asked } = setUp();
  await api.usage();
  await api.look('rescan', 'home');
  await api.folder('home', '');
  await api.folder('home', 'a%20b/c', true);
  await api.files('team', 'oldest');
  await api.files('team', 'largest', true);
  await api.trash('home', ['a', 'b/c']);
  await api.restore('home', ['t1']);
  await api.delete('home', [
    { id: 'a', mark: null },
    { id: '.Trash/b', mark: '1-2' }
  ]);
  await api.freed('home');
  const quota = 'jupyterlab-mast/quota';
  expect(asked).toEqual([
    `GET ${quota}?no_track_activity=1`,
    `POST ${quota}/actions {"action":"rescan","root":"home"}`,
    `GET ${quota}/home/folder`,
    // An id is escaped already, and once more as a query.
    `GET ${quota}/home/folder?folder=a%2520b%2Fc&no_track_activity=1`,
    `GET ${quota}/team/files?order=oldest&limit=200`,
    `GET ${quota}/team/files?order=largest&limit=200&no_track_activity=1`,
    `POST ${quota}/home/trash {"entries":["a","b/c"]}`,
    `POST ${quota}/home/restore {"trashed":["t1"]}`,
    `POST ${quota}/home/delete {"entries":["a",".Trash/b"],"marks":{".Trash/b":"1-2"}}`,
    `GET ${quota}/home/freed?no_track_activity=1`
  ]);
});

it('knows how far the clock here is ahead of that of the server', async () => {
  jest.useFakeTimers({ now: Date.UTC(2026, 10, 2, 15, 30) });
  const { api } = setUp({}, 200, { Date: 'Mon, 02 Nov 2026 14:30:00 GMT' });
  expect(api.ahead).toBe(0);
  await api.usage();
  expect(api.ahead).toBe(3_600_000);
  const silent = setUp();
  await silent.api.usage();
  expect(silent.api.ahead).toBe(0);
  jest.useRealTimers();
});

it('says why it was not answered', async () => {
  const { api } = setUp(
    { kind: 'not-found', message: 'hst is not there any more.' },
    404
  );
  await expect(api.folder('home', 'hst')).rejects.toMatchObject({
    kind: 'not-found',
    message: 'hst is not there any more.',
    status: 404
  });
});
