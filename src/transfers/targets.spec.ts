import { contentsOf } from './testingserver';
import { examplePath } from './layouts';
import { folderAt, FolderTree, placeOf, tidy } from './targets';
import type { IRoot } from './types';

const ROOTS: IRoot[] = [
  { id: 'home', title: 'Home', path: '', absolute: '/home/ann' },
  { id: 'scratch', title: 'Scratch', path: 'big/scratch', absolute: '/s' },
  { id: 'group', title: 'Group', path: null, absolute: '/group' }
];

describe('placeOf', () => {
  it.each([
    ['', 'home', ''],
    ['hst/ibg7', 'home', 'hst/ibg7'],
    ['big', 'home', 'big'],
    ['big/scratch', 'scratch', ''],
    ['big/scratch/a/b', 'scratch', 'a/b'],
    ['big/scratched', 'home', 'big/scratched']
  ])('of %p is the innermost root', (folder, root, path) => {
    expect(placeOf(folder, ROOTS)).toEqual({ root, path });
    expect(folderAt({ root, path }, ROOTS)).toBe(folder);
  });

  it('is in home when nothing is known of roots', () => {
    expect(placeOf('a/b', [])).toEqual({ root: 'home', path: 'a/b' });
    expect(folderAt({ root: 'home', path: 'a' }, [])).toBe('a');
  });

  it('has no folder where the file browser shows none', () => {
    expect(folderAt({ root: 'group', path: 'a' }, ROOTS)).toBeNull();
    expect(folderAt({ root: 'gone', path: 'a' }, ROOTS)).toBeNull();
  });
});

describe('tidy', () => {
  it('takes away slashes that say nothing, and no spaces', () => {
    expect(tidy('/a//b/./c /')).toBe('a/b/c ');
    expect(tidy('')).toBe('');
  });
});

describe('examplePath', () => {
  const hst = 'hst/public/ibg7/ibg705080/ibg705081_drz.fits';
  const tess =
    'tess/public/tid/s0014/0000/0003/7778/0790/tess2019198215352-s0014-0000000377780790-0150-s_lc.fits';
  it.each([
    ['observation', hst, 'ibg705080/ibg705081_drz.fits'],
    ['flat', hst, 'ibg705081_drz.fits'],
    ['archive', hst, hst],
    ['observation', tess, `tic377780790-s0014/${tess.slice(42)}`]
  ] as const)('of %p', (layout, key, path) => {
    expect(examplePath(layout, key, { key })).toBe(path);
  });

  it('is below mastDownload and the mission for astroquery', () => {
    expect(examplePath('mastdownload', hst, { key: hst })).toMatch(
      /^mastDownload\/HST\/\w+\/ibg705081_drz\.fits$/
    );
  });

  it('keeps folders of what is of no observation', () => {
    const key = 'panstarrs/a/b/c.txt';
    expect(examplePath('observation', key, { prefix: 'panstarrs/a/' })).toBe(
      'a/b/c.txt'
    );
    expect(examplePath('observation', key, { key })).toBe('c.txt');
  });
});

describe('FolderTree', () => {
  const names = (tree: FolderTree) =>
    tree.rows.map(row => `${'-'.repeat(row.level)}${row.name}`);

  it('shows the roots, and asks for nothing', () => {
    const contents = contentsOf([]);
    const tree = new FolderTree(contents as never, ROOTS, 'Home');
    expect(names(tree)).toEqual(['-Home', '-Scratch', '-Group']);
    // Below that one the file browser shows nothing.
    expect(tree.rows.map(row => row.children)).toEqual([null, null, 0]);
    expect(contents.asked).toEqual([]);
  });

  it('lists a folder when it is opened, without its files', async () => {
    const contents = contentsOf(['hst', 'a10', 'a9', 'hst/x']);
    const tree = new FolderTree(contents as never, ROOTS.slice(0, 1), 'Home');
    const changes: number[] = [];
    tree.changed.connect(() => changes.push(1));
    await tree.open({ root: 'home', path: '' });
    expect(names(tree)).toEqual(['-Home', '--a9', '--a10', '--hst']);
    await tree.open({ root: 'home', path: 'hst' });
    expect(names(tree)).toEqual(['-Home', '--a9', '--a10', '--hst', '---x']);
    tree.close({ root: 'home', path: 'hst' });
    expect(names(tree)).toEqual(['-Home', '--a9', '--a10', '--hst']);
    expect(changes).toHaveLength(3);
  });

  it('opens what lies above a place', async () => {
    const contents = contentsOf(['a', 'a/b', 'a/b/c']);
    const tree = new FolderTree(contents as never, [], 'Persönlich');
    await tree.reveal({ root: 'home', path: 'a/b/c' });
    expect(names(tree)).toEqual(['-Persönlich', '--a', '---b', '----c']);
    expect(contents.asked).toEqual(['', 'a', 'a/b']);
  });

  it('tells what is there, what is not, and what it does not know', async () => {
    const tree = new FolderTree(contentsOf(['a', 'a/b']) as never, [], 'Home');
    const has = (path: string) => tree.has({ root: 'home', path });
    expect([has(''), has('a')]).toEqual([true, null]);
    await tree.open({ root: 'home', path: '' });
    expect([has('a'), has('new'), has('new/x'), has('a/b')]).toEqual([
      true,
      false,
      false,
      null
    ]);
    // Nothing is asked below a folder that is not there.
    await tree.reveal({ root: 'home', path: 'new/x/y' });
    expect(tree.problem).toBeNull();
  });

  it('says why a folder cannot be listed, and can try again', async () => {
    const folders = ['a'];
    const tree = new FolderTree(contentsOf(folders) as never, [], 'Home');
    await tree.open({ root: 'home', path: 'gone' });
    expect(tree.problem).toBe('gone is not there.');
    await tree.open({ root: 'home', path: '' });
    expect(tree.problem).toBeNull();
  });
});
