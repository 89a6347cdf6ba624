import { linesOf, place, Rows, type FileFilter, type IListState } from './rows';
import type { Section } from './order';
import { transferOf, waitingFor } from './testing';
import type { IFailure, ITransfer } from './types';

const failure = (index: number): IFailure => ({
  index,
  key: `k${index}`,
  path: `p${index}`,
  size: 1,
  kind: 'checksum',
  message: ''
});

const WORDS = {
  sentence: ({ state }: ITransfer) =>
    state === 'waiting' ? 'Waiting for the network since 14:30.' : null,
  why: ({ message }: IFailure) => message,
  more: ({ sources }: ITransfer) =>
    sources.length > 1 ? `and ${sources.length - 1} more` : ''
};

function rowsOf(
  transfers: readonly ITransfer[],
  some: {
    closed?: Section[];
    open?: Record<string, FileFilter>;
    narrow?: boolean;
    width?: number;
    canFreeUp?: boolean;
  } = {},
  count = 0
): Rows {
  const state: IListState = {
    closed: new Set(some.closed),
    open: new Map(Object.entries(some.open ?? {})),
    sections: new Map(),
    narrow: some.narrow ?? false,
    width: some.width ?? 0,
    canFreeUp: some.canFreeUp ?? false
  };
  return new Rows(transfers, state, WORDS, () => count);
}

const ids = (rows: Rows) =>
  Array.from({ length: rows.length }, (_, i) => rows.at(i)?.id);

const active = transferOf({
  active: [{ index: 4, key: 'k', path: 'p', size: 2e8, done: 1e8 }]
});
const failed = transferOf({
  id: 'two',
  state: 'done-with-failures',
  files: { copied: 15, failed: 4 },
  failures: [0, 1, 2, 3].map(failure)
});

it('has a section for what there is, and no others', () => {
  expect(ids(rowsOf([]))).toEqual([]);
  expect(ids(rowsOf([active, failed], { closed: ['needs-you'] }))).toEqual([
    's:active',
    't:one',
    'a:one:0',
    'a:one:1',
    'a:one:2',
    'm:one',
    'e:one',
    's:needs-you'
  ]);
});

it('shows what failed and what can be done about it', () => {
  expect(ids(rowsOf([failed])).slice(1)).toEqual([
    't:two',
    'x:two:0',
    'x:two:1',
    'x:two:2',
    'm:two',
    'b:two',
    'e:two'
  ]);
  const undone = { ...failed, undone: true };
  expect(ids(rowsOf([undone])).slice(1)).toEqual(['t:two', 'm:two', 'e:two']);
});

it('has buttons where space can be freed for one that waits for it', () => {
  const waits = (reason: 'network' | 'space' | 'quota', canFreeUp: boolean) =>
    ids(
      rowsOf([transferOf({ state: 'waiting', waiting: waitingFor(reason) })], {
        canFreeUp
      })
    ).includes('b:one');
  expect(waits('space', true)).toBe(true);
  expect(waits('quota', true)).toBe(true);
  expect(waits('network', true)).toBe(false);
  expect(waits('space', false)).toBe(false);
});

it('has as many rows while small files fly by', () => {
  const small = transferOf({
    files: { total: 5000 },
    bytes: { total: 5000 * 65536 }
  });
  const one = rowsOf([{ ...small, active: active.active }]);
  expect(one.layout).toBe(rowsOf([small]).layout);
  expect(ids(one)).toEqual(['s:active', 't:one', 'm:one', 'e:one']);
  const some = rowsOf([{ ...active, active: [] }]);
  expect(some.layout).toBe(rowsOf([active]).layout);
});

it('makes the rows of a million files when they are asked for', () => {
  const rows = rowsOf([active, failed], { open: { one: 'all' } }, 1_000_000);
  expect(rows.length).toBe(1_000_000 + 4 + 8);
  expect(rows.at(500_003)).toMatchObject({
    type: 'file',
    id: 'f:one:500000',
    index: 500_000,
    count: 1_000_000
  });
  expect(rows.heightOf(500_003)).toBe(24);
  expect(rows.indexOf('f:one:999999')).toBe(1_000_002);
  expect(rows.indexOf('f:one:1000000')).toBe(-1);
  expect(rows.at(1_000_003)?.id).toBe('e:one');
  expect(rows.at(rows.length)).toBeUndefined();
  expect(rows.at(-1)).toBeUndefined();
  expect(rows.indexOf(null)).toBe(-1);
});

describe('somebody at a row that goes', () => {
  const ended = transferOf({ id: 'three', state: 'done', ended: 1200 });
  const all = [active, failed, ended];
  const before = rowsOf(all);
  const closed = rowsOf(all, { closed: ['active'] });
  const opened = rowsOf(all, { open: { one: 'all' } }, 30);
  it.each<[string, string, Rows, Rows, string | null]>([
    ['stays at one that stays', 'x:two:1', before, opened, 'x:two:1'],
    ['is at the transfer then', 'm:one', before, opened, 't:one'],
    ['is at the transfer when files go', 'f:one:9', opened, before, 't:one'],
    [
      'is at the section that was closed',
      'a:one:1',
      before,
      closed,
      's:active'
    ],
    ['is at what is next', 't:one', before, rowsOf([ended]), 's:done'],
    [
      'is at the transfer before where none is next',
      't:three',
      before,
      rowsOf([active, failed]),
      't:two'
    ],
    ['is nowhere in an empty list', 't:one', before, rowsOf([]), null]
  ])('%s', (_, id, from, to, there) => {
    expect(from.placeIn(to, id)).toBe(there);
  });
});

it('finds every row again by its id', () => {
  const rows = rowsOf([active, failed], { open: { two: 'failed' } }, 30);
  for (let i = 0; i < rows.length; i++) {
    expect(rows.indexOf(rows.at(i)!.id)).toBe(i);
  }
});

it('knows the head above a row, and the section above a head', () => {
  const rows = rowsOf([active, failed], { open: { one: 'all' } }, 10);
  const parent = (id: string) => rows.at(rows.parentOf(rows.indexOf(id)))?.id;
  expect(parent('f:one:7')).toBe('t:one');
  expect(parent('t:one')).toBe('s:active');
  expect(parent('x:two:1')).toBe('t:two');
  expect(parent('t:two')).toBe('s:needs-you');
  expect(parent('s:active')).toBe('s:active');
});

it('is measured anew only when heights may differ', () => {
  const { layout } = rowsOf([active]);
  expect(
    rowsOf([{ ...active, bytes: { done: 1, total: 1.77e9 } }]).layout
  ).toBe(layout);
  expect(rowsOf([active], { narrow: true }).layout).not.toBe(layout);
  const waiting: ITransfer = {
    ...active,
    state: 'waiting',
    files: failed.files
  };
  const narrow = rowsOf([waiting], { width: 180 });
  expect(rowsOf([waiting], { width: 181 }).layout).toBe(narrow.layout);
  expect(rowsOf([waiting], { width: 400 }).layout).not.toBe(narrow.layout);
});

it('has a line for what follows the name, where there is no room beside it', () => {
  const two = { ...active, sources: [{ key: 'a.fits' }, { key: 'b.fits' }] };
  const head = (transfer: ITransfer, narrow: boolean) => {
    const rows = rowsOf([transfer], { narrow });
    const row = rows.at(1);
    return [row?.type === 'head' && row.more, rows.heightOf(1)];
  };
  expect([head(two, true), head(two, false)]).toEqual([
    ['and 1 more', 124],
    ['', 84]
  ]);
  expect(head(active, true)).toEqual(['', 104]);
});

it('has room for the lines of what failed', () => {
  const message =
    'Changed in the archive twice while copying. Nothing was kept; retry fetches the new version.';
  const one = { ...failed, failures: [{ ...failure(0), message }] };
  const heightAt = (width: number) => {
    const rows = rowsOf([one], { width });
    return rows.heightOf(rows.indexOf('x:two:0'));
  };
  expect(heightAt(800)).toBe(heightAt(700));
  expect(heightAt(400) - heightAt(700)).toBe(17);
  expect(heightAt(250) - heightAt(700)).toBe(2 * 17);
});

it('counts the lines of a text', () => {
  expect(linesOf('', 200)).toBe(1);
  expect(linesOf('short', 200)).toBe(1);
  expect(linesOf('two words of some length that do not fit', 200)).toBe(2);
  expect(linesOf('a'.repeat(50), 200)).toBe(2);
  expect(linesOf('word '.repeat(500), 200)).toBe(4);
});

describe('place', () => {
  it('leaves each where it was while somebody is there', () => {
    const a = transferOf({ id: 'a' });
    const b = transferOf({ id: 'b' });
    const before = place([a, b], null);
    const done = transferOf({ id: 'a', state: 'done' });
    const held = place([b, transferOf({ id: 'c' }), done], before);
    expect(held.transfers.map(one => one.id)).toEqual(['a', 'b', 'c']);
    expect(held.sections.get('a')).toBe('active');
    const free = place([b, done], null);
    expect(free.transfers.map(one => one.id)).toEqual(['b', 'a']);
    expect(free.sections.get('a')).toBe('done');
  });
});
