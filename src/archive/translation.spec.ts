import { nullTranslator } from '@jupyterlab/translation';
import { ServerConnection } from '@jupyterlab/services';
import { classify } from './classify';
import { Gate } from './gate';
import { PageHandler, type ISdkRequest } from './handler';
import { ArchiveModel } from './model';
import { resolve } from './resolve';
import { S3Store } from './s3';
import { ArchiveService } from './service';
import { archiveInfo, FakeStore } from './testing';

/** A language in which every sentence stands in angle brackets. */
const trans = Object.assign(Object.create(nullTranslator.load('x')) as object, {
  __: (text: string, ...values: unknown[]) =>
    `<${text.replace(/%(\d)/g, (_, n) => String(values[Number(n) - 1]))}>`
}) as ReturnType<typeof nullTranslator.load>;

const info = archiveInfo();
const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});

/** Takes the place of the browser's `Request`. */
class FakeRequest {
  readonly headers = new Headers();
}

const settings = (answer: () => Promise<Response>) =>
  ServerConnection.makeSettings({
    baseUrl: 'http://localhost/',
    Request: FakeRequest as unknown as typeof Request,
    fetch: answer
  });

const request: ISdkRequest = {
  method: 'GET',
  protocol: 'http:',
  hostname: 'localhost',
  path: '/bucket/a',
  query: {},
  headers: {}
};

/** Ask through the relay, or the bucket itself. */
async function ask(
  answer: () => Promise<Response>,
  relay: boolean,
  timeout = 30_000
): Promise<unknown> {
  globalThis.fetch = answer;
  return new PageHandler({
    gate: new Gate(1),
    timeout,
    connection: relay ? settings(answer) : null,
    keyOffset: 8,
    trans
  }).handle(request);
}

function store(answer: () => Promise<Response>): S3Store {
  globalThis.fetch = answer;
  return new S3Store({ info, connection: null, gate: new Gate(1), trans });
}

const xml = (body: string) => async () =>
  new Response(`<ListBucketResult>${body}</ListBucketResult>`);
const html = (status: number) => async () =>
  new Response('<html></html>', {
    status,
    headers: { 'Content-Type': 'text/html' }
  });
const lost = () => Promise.reject(new TypeError('Failed to fetch'));
const list = { prefix: 'hst/public/', delimiter: '/' } as const;

const service = () =>
  new ArchiveService(
    { archives: [info], relay: false, problem: null },
    settings(lost),
    trans
  );
const model = () =>
  new ArchiveModel({ archives: [info], open: () => new FakeStore([]), trans });

/** Go to a text, as far as the first finding. */
const find = (text: string) =>
  resolve(text, {
    current: info,
    archives: [info],
    open: () => new FakeStore([]),
    signal: new AbortController().signal,
    trans
  }).next();

describe('what goes wrong is told in the person’s language', () => {
  it.each<[string, string, () => Promise<unknown>]>([
    ['an archive that cannot be reached', 'network', () => ask(lost, false)],
    [
      'an archive that is silent',
      'network',
      () =>
        ask(
          () =>
            new Promise((_, reject) => {
              setTimeout(() => reject(new TypeError('Aborted')), 50);
            }),
          false,
          10
        )
    ],
    ['a Jupyter server that is away', 'server-away', () => ask(lost, true)],
    ['a page that is signed out', 'signed-out', () => ask(html(401), true)],
    ['a firewall on the way', 'refused', () => ask(html(403), false)],
    ['what is no list', 'malformed', () => store(xml('')).list(list)],
    [
      'a list without its end',
      'malformed',
      () =>
        store(xml('<Name>b</Name><IsTruncated>true</IsTruncated>')).list(list)
    ],
    [
      'a file that was replaced',
      'changed',
      () =>
        store(
          async () => new Response('a', { headers: { ETag: '"new"' } })
        ).read('a', { etag: '"old"' })
    ],
    [
      'an answer without a sentence',
      'forbidden',
      async () => {
        throw classify(
          { message: 'UnknownError', $metadata: { httpStatusCode: 403 } },
          'a',
          trans
        );
      }
    ],
    [
      'an archive that is not there',
      'not-found',
      () => service().head('other', 'a')
    ],
    [
      'a place in an archive that is not there',
      'not-found',
      () => model().goTo({ archive: 'other', prefix: '' })
    ],
    [
      'a store of an archive that is not there',
      'not-found',
      async () => model().storeOf('other')
    ],
    [
      'a place outside the roots',
      'forbidden',
      () => model().goTo({ archive: 'mast', prefix: 'other/' })
    ],
    ['a key outside the roots', 'forbidden', () => find('other/a.fits')],
    ['another bucket', 'forbidden', () => find('s3://elsewhere/a.fits')]
  ])('%s', async (_, kind, fail) => {
    await expect(fail()).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(/^<.+>$/) as string
    });
  });

  it('code that does not load', async () => {
    jest.resetModules();
    jest.doMock('./s3', () => {
      throw new Error('no such chunk');
    });
    await expect(service().head('mast', 'a')).rejects.toMatchObject({
      kind: 'server-away',
      message: expect.stringMatching(/^<.+ no such chunk>$/) as string
    });
    jest.dontMock('./s3');
  });
});
