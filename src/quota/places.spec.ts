import { foldersAbove, isWithin, parentOf, readable } from './places';

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
});
