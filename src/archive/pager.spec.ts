import * as fc from 'fast-check';
import { ArchiveError } from './errors';
import { entryKey, Pager } from './pager';
import { compareKeys, type IListPage, type IStore } from './store';
import { FakeStore, manyKeys } from './testing';

/** Keys that make folders, empty segments and markers likely. */
const bucket = fc.uniqueArray(
  fc
    .array(
      fc.constantFrom('a', 'b', 'ab', '', 'é', '\u{1f52d}', '\uffff', '-'),
      {
        minLength: 1,
        maxLength: 4
      }
    )
    .map(parts => parts.join('/'))
    .filter(key => key !== ''),
  { maxLength: 25 }
);

/** What a folder shows, without pages. */
function expected(keys: readonly string[], prefix: string, delimiter: string) {
  const below = new Set<string>();
  for (const key of keys) {
    if (key.startsWith(prefix) && key !== prefix) {
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      below.add(cut < 0 ? `o:${key}` : `f:${key.slice(0, cut + 1)}`);
    }
  }
  return [...below].sort((a, b) => compareKeys(a.slice(2), b.slice(2)));
}

const shown = (pager: Pager) =>
  pager.entries.map(entry => `${entry.type[0]}:${entryKey(entry)}`);

async function loadAll(pager: Pager): Promise<number> {
  let pages = 0;
  while (!pager.done) {
    await pager.next();
    pages++;
  }
  return pages;
}

describe('Pager', () => {
  it('shows what the folder has, in order, each once, whatever the page size', async () => {
    await fc.assert(
      fc.asyncProperty(
        bucket,
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom('', 'a/', 'ab/', 'a//', '/', 'a/b/'),
        fc.constantFrom('/' as const, '' as const),
        async (keys, pageSize, prefix, delimiter) => {
          const pager = new Pager(
            new FakeStore(keys, pageSize),
            prefix,
            delimiter
          );
          await loadAll(pager);
          expect(shown(pager)).toEqual(expected(keys, prefix, delimiter));
        }
      ),
      { numRuns: 500 }
    );
  });

  it('shows a folder once although a server repeats it on the next page', async () => {
    const store: IStore = new FakeStore([]);
    const pages: IListPage[] = [
      { objects: [], folders: ['x/a/'], continuation: '1' },
      { objects: [], folders: [], continuation: '2' },
      { objects: [], folders: ['x/a/', 'x/b/'], continuation: null }
    ];
    store.list = () => Promise.resolve(pages.shift() as IListPage);
    const pager = new Pager(store, 'x/', '/');
    expect(await loadAll(pager)).toBe(3);
    expect(shown(pager)).toEqual(['f:x/a/', 'f:x/b/']);
  });

  it('hides the object that marks the folder, but no object of a filter', async () => {
    const keys = ['x/', 'x/readme', 'x/readme.txt'];
    const folder = new Pager(new FakeStore(keys), 'x/', '/');
    await loadAll(folder);
    expect(shown(folder)).toEqual(['o:x/readme', 'o:x/readme.txt']);
    const odd = new FakeStore(keys);
    odd.sizeOf = () => 5;
    const content = new Pager(odd, 'x/', '/');
    await loadAll(content);
    expect(shown(content)).toEqual(['o:x/', 'o:x/readme', 'o:x/readme.txt']);
    const filter = new Pager(new FakeStore(keys), 'x/readme', '/');
    await loadAll(filter);
    expect(shown(filter)).toEqual(['o:x/readme', 'o:x/readme.txt']);
  });

  it('keeps what is there after an error, and asks for the same page again', async () => {
    const store = new FakeStore(manyKeys('x/', 5), 2);
    store.errors.push(null, new ArchiveError('throttled', 'SlowDown'));
    const pager = new Pager(store, 'x/', '/');
    await pager.next();
    await expect(pager.next()).rejects.toMatchObject({ kind: 'throttled' });
    expect(pager.entries).toHaveLength(2);
    expect([pager.loading, pager.done]).toEqual([false, false]);
    await loadAll(pager);
    expect(shown(pager)).toEqual(expected(manyKeys('x/', 5), 'x/', '/'));
    const asked = store.requests.map(request => request.continuation);
    expect(asked[2]).toBe(asked[1]);
    expect(asked).toHaveLength(4);
  });

  it('asks once for calls that come together, and not at all when done', async () => {
    const store = new FakeStore(manyKeys('x/', 3), 2);
    const pager = new Pager(store, 'x/', '/');
    const both = [pager.next(), pager.next()];
    expect(pager.loading).toBe(true);
    await Promise.all(both);
    expect(pager.loading).toBe(false);
    expect(store.requests).toHaveLength(1);
    await loadAll(pager);
    await pager.next();
    expect(store.requests).toHaveLength(2);
    expect(pager.entries).toHaveLength(3);
  });

  it('stops a running request, and can be used afterwards', async () => {
    const store = new FakeStore(manyKeys('x/', 3));
    store.before = () => new Promise(() => undefined);
    const pager = new Pager(store, 'x/', '/');
    const next = pager.next();
    pager.stop();
    await expect(next).rejects.toMatchObject({ kind: 'aborted' });
    expect(pager.entries).toHaveLength(0);
    store.before = () => undefined;
    await pager.next();
    expect(pager.entries).toHaveLength(3);
  });
});
