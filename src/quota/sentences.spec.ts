import { nullTranslator } from '@jupyterlab/translation';
import { QuotaSentences } from './sentences';
import { NOW, rootOf } from './testing';
import type { IRootUsage } from './types';

const say = new QuotaSentences(nullTranslator.load('x'), 'en');
const THRESHOLDS = { warning: 80, critical: 95 };
const short = (some: Partial<IRootUsage>) =>
  say.short(rootOf(some), THRESHOLDS, NOW);

describe('the status bar', () => {
  it.each<[string, Partial<IRootUsage>]>([
    ['4.2 of 10 GB', {}],
    ['8.4 of 10 GB', { used: 8.4e9 }],
    ['9.7 of 10 GB, 0.3 GB left', { used: 9.7e9 }],
    // Over the limit nothing is left.
    ['10.2 of 10 GB', { used: 10.2e9 }],
    ['<0.1 of 10 GB', { used: 4096 }],
    ['0.0 of 10 GB', { used: 0 }],
    ['0.5 of 10.7 GB', { used: 0.5e9, limit: 10.74e9 }],
    ['1.5 of 2 TB', { used: 1.5e12, limit: 2e12 }],
    ['250.0 of 500 MB', { used: 250e6, limit: 500e6 }],
    ['4.2 GB used', { limit: null, free: null }],
    ['12.0 kB used', { limit: null, used: 12_000 }],
    ['0.1 of 0 kB', { used: 100, limit: 0 }],
    ['4.2 of 0 GB', { used: 4.2e9, limit: 0 }],
    ['Counting your files…', { measured: null, used: 0 }],
    ['Counting your files… 38,200', { measured: null, counting: 38_200 }],
    [
      'Used space is not known',
      { measured: null, problem: 'The folder is not there.' }
    ],
    ['4.2 of 10 GB · 20 s ago', { problem: 'The folder is not there.' }]
  ])('says "%s"', (said, some) => {
    expect(short(some)).toBe(said);
  });

  it('says how old it is once that is much', () => {
    expect(short({ refreshed: NOW - 1800 })).toBe('4.2 of 10 GB');
    expect(short({ refreshed: NOW - 2400 })).toBe('4.2 of 10 GB · 40 min ago');
    expect(short({ refreshed: null, measured: NOW - 7200 })).toBe(
      '4.2 of 10 GB · 2 h ago'
    );
  });

  it('says it in the language of JupyterLab', () => {
    const german = new QuotaSentences(nullTranslator.load('x'), 'de');
    expect(german.short(rootOf(), THRESHOLDS, NOW)).toBe('4,2 of 10 GB');
    expect(german.used(rootOf())).toBe('4,20 GB of 10 GB used');
    expect(german.number(1234)).toBe('1.234');
    const none = new QuotaSentences(nullTranslator.load('x'), 'default');
    expect(none.bytes(1234e6)).toBe('1.23 GB');
  });
});

describe('in full', () => {
  it('is what is used, and the share of the limit', () => {
    expect(say.used(rootOf())).toBe('4.20 GB of 10 GB used');
    expect(say.used(rootOf({ limit: null }))).toBe('4.20 GB used');
    expect(say.percent(rootOf())).toBe('42 %');
    expect(say.percent(rootOf({ used: 9.99e9 }))).toBe('99 %');
    expect(say.percent(rootOf({ used: 10.2e9 }))).toBe('102 %');
    expect(say.percent(rootOf({ limit: null }))).toBe('');
    expect(say.percent(rootOf({ limit: 0 }))).toBe('');
  });

  it.each([
    [10e9, '10 GB'],
    [10.74e9, '10.74 GB'],
    [10.5e9, '10.5 GB'],
    [1e12, '1 TB'],
    [500e6, '500 MB'],
    [0, '0 kB']
  ])('a limit of %d is %s', (bytes, said) => {
    expect(say.limit(bytes)).toBe(said);
  });

  it('is what copies have reserved, and what could not be read', () => {
    expect(say.reserved(rootOf({ copies: 1 }))).toBe(
      'Reserved by 1 running copy'
    );
    expect(say.reserved(rootOf({ copies: 3 }))).toBe(
      'Reserved by 3 running copies'
    );
    expect(say.reserved(rootOf({ copies: 1234 }))).toBe(
      'Reserved by 1,234 running copies'
    );
    expect(say.reserved(rootOf({ copies: 0 }))).toBe(
      'Reserved by 1 running copy'
    );
    expect(say.unreadable(rootOf({ unreadable: 1 }))).toBe(
      '1 folder could not be read: what is in it may be missing.'
    );
    expect(say.unreadable(rootOf({ unreadable: 2 }))).toBe(
      '2 folders could not be read: what is in them may be missing.'
    );
    expect(say.unreadable(rootOf({ unreadable: 1234 }))).toMatch(/^1,234 fol/);
  });
});

describe('age', () => {
  it.each<[string, Partial<IRootUsage>]>([
    ['Counted just now.', { measured: NOW - 10 }],
    // A clock that goes wrong.
    ['Counted just now.', { measured: NOW + 100, refreshed: NOW + 100 }],
    ['Counted 3 min ago.', {}],
    ['Counted 2 h ago.', { measured: NOW - 7200, refreshed: NOW - 600 }],
    ['Counted 3 min ago. Counting again… 500', { counting: 500 }],
    ['Counting your files… 7', { measured: null, counting: 7 }]
  ])('says "%s"', (said, some) => {
    expect(say.age(rootOf(some), NOW)).toBe(said);
  });

  it.each<[string, Partial<IRootUsage>]>([
    [
      'What you save and copy here counts at once; other changes of the last 3 min may be missing.',
      {}
    ],
    [
      'What you save and copy here counts at once; other changes of the last 16 min may be missing, and what files grew by in the last 6 h 40 min.',
      { measured: NOW - 90_000, swept: NOW - 960, reread: NOW - 24_000 }
    ],
    // Nothing that is worth a word.
    ['', { measured: NOW - 10, swept: NOW - 10, reread: NOW - 10 }],
    ['', { measured: null, swept: null, reread: null, counting: 7 }]
  ])('of what is included is said "%s"', (said, some) => {
    expect(say.included(rootOf(some), NOW)).toBe(said);
  });

  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [3540, '59 min'],
    [3600, '1 h'],
    [4800, '1 h 20 min'],
    [36_600, '10 h'],
    [200_000, '2 days']
  ])('%d seconds are %s', (seconds, said) => {
    expect(say.duration(seconds)).toBe(said);
  });
});

it('what rounds up to a thousand is told in the next unit', () => {
  const used = (bytes: number, limit: number | null) =>
    say.short(rootOf({ used: bytes, limit }), THRESHOLDS, NOW);
  expect(used(999.96e6, null)).toBe('1.0 GB used');
  expect(used(999.94e6, null)).toBe('999.9 MB used');
  expect(used(0.4e9, 999_999_999)).toBe('0.4 of 1 GB');
  expect(say.limit(999_999_999)).toBe('1 GB');
  expect(say.limit(999_990_000)).toBe('999.99 MB');
});

describe('a threshold that is passed', () => {
  const passed = (some: Partial<IRootUsage>) =>
    say.passed(rootOf(some), THRESHOLDS);

  it('is said with the figures', () => {
    expect(passed({ used: 8.4e9 })).toBe('8.4 of 10 GB used.');
  });

  it('says what is left when that is little', () => {
    expect(passed({ used: 9.7e9, free: 0.1e9 })).toBe(
      '9.7 of 10 GB used, 0.1 GB free (0.2 GB are kept so that your server can start).'
    );
  });

  it('says what still works beyond the limit', () => {
    expect(passed({ used: 10.2e9, free: 0 })).toBe(
      'You use 10.2 of 10 GB. Copies wait until there is room; saving your notebooks still works.'
    );
  });

  it('says little without a limit', () => {
    expect(passed({ limit: null, free: null })).toBe('4.2 GB used.');
  });
});
