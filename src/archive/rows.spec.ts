import * as fc from 'fast-check';
import type { Entry } from './pager';
import {
  baseName,
  buildRows,
  folderOf,
  mergeEntries,
  nameBelow,
  type IGroupRow,
  type IRowOptions
} from './rows';
import { compareKeys } from './store';

const PREFIX = 'hst/public/ibg7/';

function object(key: string, size = 1, day = 1): Entry {
  return {
    type: 'object',
    object: {
      key,
      size,
      etag: '"e"',
      lastModified: new Date(Date.UTC(2026, 0, day)),
      storageClass: null
    }
  };
}

const folder = (prefix: string): Entry => ({ type: 'folder', prefix });

function options(some: Partial<IRowOptions> = {}): IRowOptions {
  return {
    prefix: PREFIX,
    grouped: false,
    closed: new Set(),
    sortBy: 'name',
    descending: false,
    done: true,
    ...some
  };
}

const ids = (entries: readonly Entry[], some: Partial<IRowOptions>) =>
  buildRows(entries, options(some)).map(row => row.id);

const groups = (entries: readonly Entry[], some: Partial<IRowOptions>) =>
  buildRows(entries, options({ grouped: true, ...some })).filter(
    (row): row is IGroupRow => row.type === 'group'
  );

describe('names of keys', () => {
  it.each([
    ['a/b/c.fits', 'a/b/', 'c.fits'],
    ['a/b/', 'a/b/', 'b'],
    ['c', '', 'c'],
    ['a//', 'a//', ''],
    ['', '', '']
  ])('%p lies in %p and is called %p', (key, inFolder, name) => {
    expect(folderOf(key)).toBe(inFolder);
    expect(baseName(key)).toBe(name);
  });

  it('folder and what follows it make the key again', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '/', 'é') }), key => {
        expect(folderOf(key) + nameBelow(key, folderOf(key))).toBe(key);
      })
    );
  });

  it('nameBelow leaves what does not lie below', () => {
    expect(nameBelow('tess/x', PREFIX)).toBe('tess/x');
  });
});

describe('rows of folders and files', () => {
  const entries = [
    folder(`${PREFIX}a/`),
    object(`${PREFIX}b`, 30, 2),
    folder(`${PREFIX}c/`),
    object(`${PREFIX}d`, 10, 3),
    object(`${PREFIX}e`, 20, 1)
  ];

  it('have names below the folder, and ids that tell them apart', () => {
    expect(buildRows(entries, options()).slice(0, 2)).toMatchObject([
      { type: 'folder', id: `f:${PREFIX}a/`, name: 'a', prefix: `${PREFIX}a/` },
      { type: 'object', id: `o:${PREFIX}b`, name: 'b', grouped: false }
    ]);
  });

  it('a folder with an empty name is a row of its own', () => {
    expect(buildRows([folder(`${PREFIX}/`)], options())).toMatchObject([
      { type: 'folder', name: '', id: `f:${PREFIX}/` }
    ]);
  });

  it.each([
    ['name', false, 'abcde'],
    ['name', true, 'edcba'],
    ['size', false, 'acdeb'],
    ['size', true, 'bedac'],
    ['date', false, 'acebd'],
    ['date', true, 'dbeac']
  ] as const)(
    'sorted by %s, descending %p: %s',
    (sortBy, descending, order) => {
      const got = ids(entries, { sortBy, descending }).map(
        id => id.slice(PREFIX.length + 2)[0]
      );
      expect(got.join('')).toBe(order);
    }
  );

  it('sorting keeps the entries as they are, and loses none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 20 }),
        fc.constantFrom('name' as const, 'size' as const, 'date' as const),
        fc.boolean(),
        (sizes, sortBy, descending) => {
          const all = sizes.map(([size, day], i) =>
            object(`${PREFIX}${String(i).padStart(2, '0')}`, size, day + 1)
          );
          const before = [...all];
          const got = ids(all, { sortBy, descending });
          expect(all).toEqual(before);
          expect([...got].sort()).toEqual(ids(all, {}));
        }
      )
    );
  });
});

describe('grouped rows', () => {
  const A = `${PREFIX}ibg705080/`;
  const B = `${PREFIX}ibg706010/`;
  const entries = [
    object(`${A}ibg705080_drz.fits`, 100),
    object(`${A}ibg705o8q_flt.fits`, 50),
    object(`${B}ibg706010_drz.fits`, 7)
  ];

  it('have a heading for each folder found, with count and bytes', () => {
    expect(groups(entries, {})).toMatchObject([
      { prefix: A, title: 'ibg705080', subtitle: 'WFC3', count: 2, bytes: 150 },
      { prefix: B, title: 'ibg706010', count: 1, bytes: 7, open: true }
    ]);
  });

  it('show the file name under a heading, not the path', () => {
    expect(buildRows(entries, options({ grouped: true }))[1]).toMatchObject({
      name: 'ibg705080_drz.fits',
      grouped: true
    });
  });

  it('hide the files of a closed group, and count them', () => {
    const rows = buildRows(
      entries,
      options({ grouped: true, closed: new Set([A]) })
    );
    expect(rows.map(row => row.id)).toEqual([
      `g:${A}`,
      `g:${B}`,
      `o:${B}ibg706010_drz.fits`
    ]);
    expect(rows[0]).toMatchObject({ open: false, count: 2, bytes: 150 });
  });

  it('only the last group is incomplete, while there is more to load', () => {
    expect(groups(entries, { done: false }).map(row => row.partial)).toEqual([
      false,
      true
    ]);
    expect(groups(entries, { done: true }).map(row => row.partial)).toEqual([
      false,
      false
    ]);
  });

  it.each([
    ['name', true],
    ['size', false],
    ['date', true]
  ] as const)(
    'the same group is incomplete sorted by %s',
    (sortBy, descending) => {
      const partial = groups(entries, { done: false, sortBy, descending })
        .filter(row => row.partial)
        .map(row => row.prefix);
      expect(partial).toEqual([B]);
    }
  );

  it('the folders around the last one are incomplete too', () => {
    const nested = [object(`${A}a.fits`), object(`${A}sub/b.fits`)];
    expect(groups(nested, { done: false }).map(row => row.partial)).toEqual([
      true,
      true
    ]);
  });

  it('a folder whose files come before and after another is one group', () => {
    const split = [object(`${A}a`), object(`${A}m/x`), object(`${A}z`)];
    expect(
      groups(split, {}).map(({ prefix, count }) => [prefix, count])
    ).toEqual([
      [A, 2],
      [`${A}m/`, 1]
    ]);
  });

  it('have every file once under its own folder, for any keys', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc
            .array(fc.constantFrom('a', 'b', '', 'ibg705080'), {
              minLength: 1,
              maxLength: 4
            })
            .map(parts => PREFIX + parts.join('/')),
          { maxLength: 20 }
        ),
        keys => {
          const sorted = [...keys].sort(compareKeys).map(key => object(key));
          const rows = buildRows(sorted, options({ grouped: true }));
          let at = '';
          const seen: string[] = [];
          for (const row of rows) {
            if (row.type === 'group') {
              at = row.prefix;
              expect(row.title || row.prefix).not.toBe('');
            } else if (row.type === 'object') {
              expect(folderOf(row.object.key)).toBe(at);
              seen.push(row.object.key);
            }
          }
          expect(seen.sort()).toEqual([...keys].sort());
          expect(new Set(rows.map(row => row.id)).size).toBe(rows.length);
        }
      )
    );
  });
});

describe('mergeEntries', () => {
  it('is both lists in order, each entry once', () => {
    const list = fc
      .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'))
      .map(names => names.sort().map(name => object(name)));
    fc.assert(
      fc.property(list, list, (a, b) => {
        const keys = mergeEntries(a, b).map(entry =>
          entry.type === 'object' ? entry.object.key : ''
        );
        const all = [...a, ...b].map(entry =>
          entry.type === 'object' ? entry.object.key : ''
        );
        expect(keys).toEqual([...new Set(all)].sort());
      })
    );
  });
});
