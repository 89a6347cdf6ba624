import { foldersAbove, isWithin, parentOf, readable, rootAt } from './places';
import { rootOf } from './testing';

it('ids lie in one another', () => {
  expect(parentOf('a/b/c')).toBe('a/b');
  expect([parentOf('a'), parentOf('')]).toEqual(['', '']);
  expect(foldersAbove('a/b/c')).toEqual(['', 'a', 'a/b']);
  expect([foldersAbove('a'), foldersAbove('')]).toEqual([[''], []]);
  expect(isWithin('a/b', 'a')).toBe(true);
  expect(isWithin('a', 'a')).toBe(true);
  expect(isWithin('ab', 'a')).toBe(false);
  expect(isWithin('ab', '')).toBe(true);
});

it('ids are read as paths, as far as they are text', () => {
  expect(readable('a%20b/%C3%A9')).toBe('a b/é');
  expect(readable('a%FF/b%20c')).toBe('a%FF/b c');
  expect(readable('a%0A/%E2%80%AEb')).toBe('a\\u{000A}/\\u{202E}b');
});

it('the root of a folder is the fullest that holds it', () => {
  const roots = [
    rootOf(),
    rootOf({ id: 'team', absolute: '/home/ann/team', free: 9e9 }),
    rootOf({ id: 'all', absolute: '/', free: null })
  ];
  const at = (where: object) => rootAt(where, roots)?.id;
  expect(at({})).toBeUndefined();
  expect(at({ root: 'team' })).toBe('team');
  expect(at({ folder: '/home/ann/team/hst' })).toBe('home');
  expect(at({ folder: '/home/annie' })).toBe('all');
  roots[1] = rootOf({ ...roots[1], free: 0 });
  expect(at({ folder: '/home/ann/team' })).toBe('team');
});
