import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { request } from './request';
import { FakeRequest } from './testing';

/** A language in which every sentence stands in angle brackets. */
const trans = Object.assign(Object.create(nullTranslator.load('x')) as object, {
  __: (text: string, ...values: unknown[]) =>
    `<${text.replace(/%(\d)/g, (_, n) => String(values[Number(n) - 1]))}>`
}) as ReturnType<typeof nullTranslator.load>;

function ask(fetch: () => Promise<Response>, patience?: number) {
  const settings = ServerConnection.makeSettings({
    Request: FakeRequest as unknown as typeof Request,
    fetch
  });
  return request({ settings, trans }, 'GET', 'somewhere', { patience });
}

it.each<[string, () => Promise<Response>, string, string]>([
  [
    'no answer',
    () => Promise.reject(new TypeError('Failed to fetch')),
    'server-away',
    '<The Jupyter server does not answer.>'
  ],
  [
    'an answer without a sentence',
    async () => new Response('<html></html>', { status: 500 }),
    'internal',
    '<The Jupyter server answered 500.>'
  ]
])('%s is told in the person’s language', async (_, fetch, kind, message) => {
  await expect(ask(fetch)).rejects.toMatchObject({ kind, message });
});

it('so is what cannot be read', async () => {
  await expect(ask(async () => new Response('{'))).rejects.toMatchObject({
    kind: 'malformed',
    message: expect.stringMatching(
      /^<The answer of the Jupyter server cannot be read: .+>$/
    ) as string
  });
});

it('so is a long silence', async () => {
  const silent = () =>
    new Promise<Response>((_, reject) => {
      setTimeout(() => reject(new TypeError('Aborted')), 50);
    });
  await expect(ask(silent, 10)).rejects.toMatchObject({
    kind: 'server-away',
    message: '<The Jupyter server did not answer for 0.01 s.>'
  });
});

it('the sentence of the server is kept', async () => {
  const message = 'hst is not there any more.';
  const answer = async () =>
    new Response(JSON.stringify({ kind: 'not-found', message }), {
      status: 404
    });
  await expect(ask(answer)).rejects.toMatchObject({ message });
});
