import { PathExt } from '@jupyterlab/coreutils';
import { ContentsManager, Drive } from '@jupyterlab/services';
import * as fc from 'fast-check';
import * as fs from 'fs';
import * as path from 'path';
import { DRIVE, fromLocalPath, toLocalPath, toPath } from './paths';

const odd = (
  JSON.parse(
    fs.readFileSync(path.join(__dirname, '../../tests/data/keys.json'), 'utf8')
  ) as { key: string }[]
).map(item => item.key);

const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '',
        '.',
        '..',
        '...',
        '!',
        '!e',
        '!x',
        '!d!d',
        ':',
        'a:b',
        'a',
        ' ',
        '\\',
        '?',
        '#',
        '%2F',
        '%2e%2e',
        'é',
        '\n',
        '.hidden',
        'a.fits'
      ),
      { maxLength: 7 }
    )
    .map(parts => parts.join('/')),
  fc.constantFrom(...odd)
);

const archive = fc
  .oneof(
    fc.constantFrom('mast', 'sample', 'a:b', '.', '..', '!e', 'a/b'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 8 })
  )
  .filter(id => !id.includes('/'));

const manager = () => {
  const contents = new ContentsManager();
  contents.addDrive(new Drive({ name: DRIVE }));
  return contents;
};

describe('paths of the drive', () => {
  it.each([
    ['hst/public/x.fits', 'mast/hst/public/x.fits'],
    ['a//b', 'mast/a/!e/b'],
    ['a/../b', 'mast/a/!d!d/b'],
    ['./a/.', 'mast/!d/a/!d'],
    ['a:b!c', 'mast/a!cb!xc'],
    ['a/', 'mast/a/!e'],
    ['.hidden/...', 'mast/.hidden/...']
  ])('%p is %p', (one, local) => {
    expect(toLocalPath('mast', one)).toBe(local);
    expect(toPath('mast', one)).toBe(`MAST:${local}`);
  });

  it('give archive and key back', () => {
    fc.assert(
      fc.property(archive, key, (id, one) => {
        expect(fromLocalPath(toLocalPath(id, one))).toEqual({
          archive: id,
          key: one
        });
      }),
      { numRuns: 1000 }
    );
  });

  it('differ for different keys', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(toLocalPath('m', a) === toLocalPath('m', b)).toBe(a === b);
      }),
      { numRuns: 1000 }
    );
  });

  it('have nothing in them that JupyterLab folds or takes for a drive', () => {
    fc.assert(
      fc.property(archive, key, (id, one) => {
        const local = toLocalPath(id, one);
        expect(PathExt.normalize(local)).toBe(local);
        expect(local).not.toContain(':');
        expect(local.split('/')).not.toContain('');
      }),
      { numRuns: 1000 }
    );
  });

  it('pass through JupyterLab’s contents manager unchanged', () => {
    const contents = manager();
    fc.assert(
      fc.property(key, one => {
        const local = toLocalPath('mast', one);
        const whole = toPath('mast', one);
        expect(contents.normalize(whole)).toBe(whole);
        expect(contents.driveName(whole)).toBe(DRIVE);
        expect(contents.localPath(whole)).toBe(local);
        expect(contents.localPath(contents.normalize(`/${local}`))).toBe(local);
      }),
      { numRuns: 500 }
    );
    contents.dispose();
  });

  it('keep the end of the name, by which JupyterLab picks a viewer', () => {
    fc.assert(
      fc.property(key, one => {
        expect(PathExt.extname(toPath('mast', `${one}/a.ipynb`))).toBe(
          '.ipynb'
        );
      })
    );
  });

  it('the root of the drive is no archive', () => {
    expect(fromLocalPath('')).toBeNull();
    expect(fromLocalPath('/')).toBeNull();
  });

  it('an archive alone is its bucket, and a leading slash is nothing', () => {
    expect(fromLocalPath('mast')).toEqual({ archive: 'mast', key: '' });
    expect(fromLocalPath('/mast/a')).toEqual({ archive: 'mast', key: 'a' });
  });

  it('a path that somebody typed keeps what is no escape', () => {
    expect(fromLocalPath('mast/wow!/a!b.txt')).toEqual({
      archive: 'mast',
      key: 'wow!/a!b.txt'
    });
  });
});
