import * as fc from 'fast-check';
import { RequestFailure } from '../rest/failure';
import { entryOf, FakeServer, type IFile } from './testing';
import { contentOf } from './usagerows';
import { UsageTree } from './usagetree';

/** A tree over these files, with what it shows as text. */
async function setUp(files?: Readonly<Record<string, IFile>>) {
  const server = new FakeServer(files);
  const tree = new UsageTree({
    load: folder => server.folder('home', folder)
  });
  const vanished: string[] = [];
  tree.vanished.connect((_, { id }) => vanished.push(id));
  await tree.need('');
  return {
    server,
    tree,
    vanished,
    /** Names with their levels, and those of open folders with a sign. */
    lines: () =>
      tree.rows.map(row => {
        const indent = '  '.repeat(row.level - 1);
        return row.type === 'entry'
          ? `${indent}${row.entry.name}${row.expanded ? '/' : ''}`
          : `${indent}(${row.type})`;
      })
  };
}

describe('folders', () => {
  it('are asked for when they are opened, and once', async () => {
    const { tree, server, lines } = await setUp();
    expect(lines()).toEqual([
      'hst',
      'tess',
      'data',
      '.cache',
      'big.csv',
      '.Trash',
      'notebooks'
    ]);
    expect(server.news()).toEqual(['folder home/']);
    const opening = tree.expand('data');
    expect(lines().slice(2, 4)).toEqual(['data/', '  (loading)']);
    await opening;
    expect(lines().slice(2, 6)).toEqual([
      'data/',
      '  catalogue.parquet',
      '  mosaic.npy',
      '  (rest)'
    ]);
    tree.collapse('data');
    expect(lines()).toHaveLength(7);
    await tree.expand('data');
    expect(server.news()).toEqual(['folder home/data']);
  });

  it('asked for twice at once are asked for once', async () => {
    const { tree, server } = await setUp();
    await Promise.all([tree.need('hst'), tree.need('hst')]);
    expect(server.news()).toEqual(['folder home/', 'folder home/hst']);
  });

  it('say their places and numbers of neighbours', async () => {
    const { tree } = await setUp();
    await tree.expand('data');
    const row = tree.rows[tree.indexOf('data/mosaic.npy')];
    expect([row.level, row.position, row.siblings]).toEqual([2, 2, 3]);
  });

  it('that cannot be had say why, and are asked for again', async () => {
    const { tree, server, lines } = await setUp();
    server.away = new RequestFailure('server-away', 'It does not answer.');
    await tree.expand('hst');
    expect(lines().slice(0, 2)).toEqual(['hst/', '  (failure)']);
    expect(tree.failureOf('hst')?.message).toBe('It does not answer.');
    server.away = null;
    await tree.need('hst');
    expect(lines().slice(0, 2)).toEqual(['hst/', '  j94f05bgq']);
  });

  it('that come, or come at last, hand the selection to their first row', async () => {
    const { tree, server } = await setUp();
    const waiting = contentOf('hst');
    server.away = new RequestFailure('server-away', 'It does not answer.');
    const failed = tree.expand('hst');
    tree.select(waiting);
    await failed;
    expect(tree.current).toBe(waiting);
    server.away = null;
    await tree.need('hst');
    expect(tree.current).toBe('hst/j94f05bgq');

    const empty = new UsageTree({
      load: async folder => ({
        folder: entryOf(folder, { folder: true }),
        parents: [],
        kinds: [],
        entries: folder === '' ? [entryOf('new', { folder: true })] : [],
        rest_allocated: 0,
        rest_files: 0,
        unreadable: []
      })
    });
    await empty.need('');
    const loaded = empty.expand('new');
    empty.select(contentOf('new'));
    await loaded;
    expect(empty.current).toBe('new');
  });

  it('files do not open', async () => {
    const { tree, server } = await setUp();
    server.news();
    await tree.expand('big.csv');
    await tree.open('big.csv');
    expect([server.news(), tree.zoom]).toEqual([[], '']);
  });
});

describe('order', () => {
  it('is by size, by name, and the other way round', async () => {
    const { tree, lines } = await setUp({
      b10: { allocated: 3 },
      b9: { allocated: 1 },
      a: { allocated: 2 }
    });
    expect(lines()).toEqual(['b10', 'a', 'b9']);
    tree.sortBy('size');
    expect(lines()).toEqual(['b9', 'a', 'b10']);
    tree.sortBy('name');
    expect(lines()).toEqual(['a', 'b9', 'b10']);
    tree.sortBy('name');
    expect(lines()).toEqual(['b10', 'b9', 'a']);
  });
});

describe('selection and treemap', () => {
  it('the treemap goes into a folder and out of it', async () => {
    const { tree, lines } = await setUp();
    await tree.open('hst');
    expect([tree.zoom, tree.current]).toEqual(['hst', 'hst']);
    expect(lines()[0]).toBe('hst/');
    await tree.open('hst/ibg705080');
    expect(tree.up()).toBe(true);
    expect([tree.zoom, tree.current]).toEqual(['hst', 'hst/ibg705080']);
    tree.up();
    expect([tree.up(), tree.zoom, tree.current]).toEqual([false, '', 'hst']);
  });

  it('the treemap zooms out to what is selected', async () => {
    const { tree } = await setUp();
    await tree.open('hst');
    await tree.open('hst/j94f05bgq');
    tree.select('hst/ibg705080');
    expect(tree.zoom).toBe('hst');
    tree.select('data');
    expect(tree.zoom).toBe('');
  });

  it('a closed folder takes the selection of what is in it', async () => {
    const { tree } = await setUp();
    await tree.expand('data');
    tree.select('data/mosaic.npy');
    tree.collapse('data');
    expect(tree.current).toBe('data');
  });

  it('reveals what lies in closed folders', async () => {
    const { tree, lines } = await setUp();
    await tree.reveal('hst/ibg705080/d.fits');
    expect(tree.current).toBe('hst/ibg705080/d.fits');
    expect(tree.strayed).toBe(false);
    expect(lines().slice(0, 5)).toEqual([
      'hst/',
      '  j94f05bgq',
      '  ibg705080/',
      '    c.fits',
      '    d.fits'
    ]);
    // What is not listed by itself lies in a folder that is.
    await tree.reveal('data/notes.txt');
    expect([tree.current, tree.strayed]).toEqual(['data', true]);
  });
});

describe('changes', () => {
  it('leave open what is open and selected what is selected', async () => {
    const { tree, server, lines } = await setUp();
    await tree.expand('data');
    tree.select('data/mosaic.npy');
    server.has.set('data/new.fits', { allocated: 900e6 });
    await tree.refresh();
    expect(tree.current).toBe('data/mosaic.npy');
    expect(lines().slice(0, 5)).toEqual([
      'hst',
      'data/',
      '  new.fits',
      '  catalogue.parquet',
      '  mosaic.npy'
    ]);
  });

  it('ask again for folders that are open, and for others when needed', async () => {
    const { tree, server } = await setUp();
    await tree.expand('data');
    await tree.need('tess', true);
    await tree.need('hst', true);
    server.has.set('tess/s0014/g.fits', { allocated: 5 });
    server.news();
    await tree.refresh();
    expect(server.news()).toEqual(['folder home/', 'folder home/data']);
    await tree.need('hst', true);
    await tree.need('tess', true);
    expect(server.news()).toEqual(['folder home/tess']);
  });

  it('a folder that is gone is said to be, and what is shown goes out of it', async () => {
    const { tree, server, vanished, lines } = await setUp();
    await tree.open('hst');
    await tree.open('hst/ibg705080');
    tree.select('hst/ibg705080/d.fits');
    for (const id of [...server.has.keys()]) {
      if (id.startsWith('hst/ibg705080/')) {
        server.has.delete(id);
      }
    }
    await tree.refresh();
    expect(vanished).toEqual(['hst/ibg705080']);
    expect([tree.zoom, tree.entryOf('hst/ibg705080/d.fits')]).toEqual([
      'hst',
      null
    ]);
    expect(lines().slice(0, 3)).toEqual(['hst/', '  j94f05bgq', 'tess']);
  });

  it('a folder that is gone when it is opened goes, too', async () => {
    const { tree, server, vanished, lines } = await setUp();
    server.has.delete('tess/s0014/e.fits');
    await tree.expand('tess');
    expect(vanished).toEqual(['tess']);
    expect(lines()).not.toContain('tess');
  });

  it('what is removed counts no more above it, and the next is selected', async () => {
    const { tree } = await setUp();
    await tree.expand('hst');
    await tree.expand('hst/ibg705080');
    tree.select('hst/ibg705080/c.fits');
    tree.remove(['hst/ibg705080/c.fits']);
    expect(tree.current).toBe('hst/ibg705080/d.fits');
    expect(
      ['hst/ibg705080', 'hst'].map(id => tree.entryOf(id)?.allocated)
    ).toEqual([17e6, 1003e6]);
    expect(tree.root?.folder.files).toBe(11);
    expect(tree.strayed).toBe(false);
    // The last of a folder leaves the folder.
    tree.remove(['hst/ibg705080/d.fits']);
    expect([tree.current, tree.strayed]).toEqual(['hst/ibg705080', true]);
    tree.select('hst/ibg705080');
    expect(tree.strayed).toBe(false);
    tree.select('tess');
    tree.remove(['notebooks', '.Trash', 'tess', 'data', '.cache', 'big.csv']);
    expect([tree.current, tree.strayed]).toEqual(['hst', false]);
    tree.remove(['hst']);
    expect([tree.current, tree.rows]).toEqual([null, []]);
  });

  it.each([
    ['the one selected', ['b'], 'obs/c'],
    ['it and those before it', ['a', 'b'], 'obs/c'],
    ['it and some behind it', ['b', 'c', 'd'], 'obs/e'],
    ['all but the first', ['b', 'c', 'd', 'e'], 'obs/a'],
    ['all that is in its folder', ['a', 'b', 'c', 'd', 'e'], 'other']
  ])('when %s vanished, a neighbour is selected', async (_, names, next) => {
    const { tree, server } = await setUp({
      'obs/a': { allocated: 9 },
      'obs/b': { allocated: 8 },
      'obs/c': { allocated: 7 },
      'obs/d': { allocated: 6 },
      'obs/e': { allocated: 5 },
      other: { allocated: 1 }
    });
    await tree.expand('obs');
    tree.select('obs/b');
    names.forEach(name => server.has.delete(`obs/${name}`));
    await tree.refresh();
    expect([tree.current, tree.strayed]).toEqual([next, true]);
    tree.select(next);
    expect(tree.strayed).toBe(false);
  });

  it('the folder is selected when all of it has vanished', async () => {
    const { tree, server } = await setUp({
      'obs/a': { allocated: 2e6 },
      'obs/b': { allocated: 1e6 },
      other: { allocated: 1 }
    });
    await tree.expand('obs');
    tree.select('obs/b');
    const { folderOf } = server;
    server.folderOf = function (id) {
      const folder = folderOf.call(this, id);
      return id === 'obs' ? { ...folder, entries: [] } : folder;
    };
    await tree.refresh();
    expect([tree.current, tree.strayed]).toEqual(['obs', true]);
    // Nobody has selected it by coming back to the folders.
    await tree.reveal('obs');
    expect(tree.strayed).toBe(true);
  });

  it('what is only not listed any more is not said to be gone', async () => {
    const { tree, server, vanished, lines } = await setUp();
    await tree.expand('data');
    tree.select('data/mosaic.npy');
    server.has.set('data/mosaic.npy', { allocated: 4096, small: true });
    await tree.refresh();
    expect([tree.current, vanished]).toEqual(['data/catalogue.parquet', []]);
    expect(lines()).toContain('  (rest)');
    // A folder is listed however small it is.
    await tree.expand('hst');
    for (const id of [...server.has.keys()]) {
      if (id.startsWith('hst/')) {
        server.has.delete(id);
      }
    }
    server.has.set('note', { allocated: 1, small: true });
    await tree.refresh();
    expect(vanished).toEqual(['hst']);
  });

  it('of a thousand that vanish are taken at once', async () => {
    const { tree, server, lines } = await setUp(
      Object.fromEntries(
        Array.from({ length: 1000 }, (_, i) => [
          `obs/f${i}`,
          { allocated: 1000 - i }
        ])
      )
    );
    await tree.expand('obs');
    tree.select('obs/f500');
    let drawn = 0;
    tree.changed.connect(() => (drawn += tree.rows.length));
    for (let i = 1; i < 1000; i++) {
      server.has.delete(`obs/f${i}`);
    }
    await tree.refresh();
    expect(lines()).toEqual(['obs/', '  f0']);
    expect(tree.current).toBe('obs/f0');
    // Before and after, for each of the two folders.
    expect(drawn).toBeLessThan(5000);
  });

  it('what is being taken away waits for its own end, and counts once', async () => {
    const server = new FakeServer();
    const going = new Set<string>();
    const tree = new UsageTree({
      load: folder => server.folder('home', folder),
      isGoing: id => going.has(id)
    });
    await tree.need('');
    await tree.expand('data');
    tree.select('data/catalogue.parquet');
    going.add('data/catalogue.parquet');
    server.has.delete('data/catalogue.parquet');
    await tree.refresh();
    expect(tree.current).toBe('data/catalogue.parquet');
    expect(tree.indexOf(tree.current)).toBeGreaterThan(0);
    const before = tree.entryOf('data')?.allocated;
    tree.remove(['data/catalogue.parquet']);
    expect([tree.current, tree.strayed]).toEqual(['data/mosaic.npy', false]);
    expect(tree.entryOf('data')?.allocated).toBe(before);
    // So does a folder, asked for what is in it.
    tree.select('data/mosaic.npy');
    going.add('data');
    server.has.delete('data/mosaic.npy');
    server.has.delete('data/notes.txt');
    await tree.refresh();
    expect(tree.current).toBe('data/mosaic.npy');
    tree.remove(['data']);
    expect([tree.current, tree.strayed]).toEqual(['notebooks', true]);
  });

  it('an answer that comes late changes nothing', async () => {
    const answers: (() => void)[] = [];
    const server = new FakeServer();
    const tree = new UsageTree({
      load: async folder => {
        const answer = server.folderOf(folder);
        await new Promise<void>(done => answers.push(done));
        return answer;
      }
    });
    const first = tree.need('');
    const second = tree.refresh();
    answers[0]();
    await Promise.all([first, second]);
    const old = tree.refresh();
    server.has.delete('big.csv');
    const young = tree.refresh();
    answers[2]();
    await young;
    answers[1]();
    await old;
    expect(tree.entryOf('big.csv')).toBeNull();
    tree.dispose();
  });
});

it('rows hold together whatever is done', async () => {
  const parts = fc.constantFrom('a', 'b', 'c');
  const ids = fc
    .array(parts, { minLength: 1, maxLength: 4 })
    .map(names => names.join('/'));
  const files = fc.dictionary(
    ids.map(id => `${id}/f`),
    fc.record({ allocated: fc.nat(1000) }),
    { minKeys: 1, maxKeys: 12 }
  );
  const steps = fc.array(
    fc.record({
      what: fc.constantFrom(
        'expand',
        'collapse',
        'open',
        'select',
        'remove',
        'up',
        'refresh',
        'reveal'
      ),
      id: ids
    }),
    { maxLength: 25 }
  );
  await fc.assert(
    fc.asyncProperty(files, steps, async (has, all) => {
      const { tree } = await setUp(has);
      for (const { what, id } of all) {
        if (what === 'remove') {
          tree.remove([id]);
        } else if (what === 'up') {
          tree.up();
        } else if (what === 'refresh') {
          await tree.refresh();
        } else {
          await tree[what as 'expand'](id);
        }
        const { rows } = tree;
        expect(new Set(rows.map(row => row.id)).size).toBe(rows.length);
        for (const row of rows) {
          expect(row.position).toBeLessThanOrEqual(row.siblings);
          // What is in a folder stands below it.
          const around = tree.indexOf(row.parent);
          expect(row.level).toBe(around < 0 ? 1 : rows[around].level + 1);
        }
        expect(tree.zoom === '' || tree.entryOf(tree.zoom)?.folder).toBe(true);
      }
    }),
    { numRuns: 150 }
  );
});
