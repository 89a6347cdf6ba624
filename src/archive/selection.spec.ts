import * as fc from 'fast-check';
import type { Row } from './rows';
import { Selection } from './selection';

const object = (name: string): Row => ({
  type: 'object',
  id: `o:${name}`,
  name,
  grouped: true,
  object: {
    key: name,
    size: 1,
    etag: '',
    lastModified: null,
    storageClass: null
  }
});
const group = (name: string): Row => ({
  type: 'group',
  id: `g:${name}`,
  prefix: name,
  title: name,
  subtitle: '',
  count: 1,
  bytes: 1,
  partial: false,
  open: true
});

const ROWS: Row[] = [
  object('a'),
  object('b'),
  group('G'),
  object('c'),
  object('d'),
  object('e')
];
const indexIn = (rows: readonly Row[]) => (id: string) =>
  rows.findIndex(row => row.id === id);

const chosen = (selection: Selection) =>
  [...selection.ids].map(id => id.slice(2)).join('');

describe('Selection', () => {
  it('holds one row, and nothing else', () => {
    const selection = new Selection();
    selection.only('o:a');
    selection.only('o:c');
    expect([chosen(selection), selection.current]).toEqual(['c', 'o:c']);
  });

  it('toggles rows without touching others', () => {
    const selection = new Selection();
    selection.only('o:a');
    selection.toggle('o:c');
    expect(chosen(selection)).toBe('ac');
    selection.toggle('o:a');
    expect([chosen(selection), selection.current]).toEqual(['c', 'o:a']);
  });

  it('extends from where it began, in both directions, past headings', () => {
    const selection = new Selection();
    selection.only('o:b');
    selection.extend('o:d', ROWS, indexIn(ROWS));
    expect([chosen(selection), selection.current]).toEqual(['bcd', 'o:d']);
    selection.extend('o:a', ROWS, indexIn(ROWS));
    expect([chosen(selection), selection.current]).toEqual(['ab', 'o:a']);
    selection.extend('g:G', ROWS, indexIn(ROWS));
    expect([chosen(selection), selection.current]).toEqual(['b', 'g:G']);
  });

  it('starts a range at the row itself when there was none', () => {
    const selection = new Selection();
    selection.extend('o:c', ROWS, indexIn(ROWS));
    expect(chosen(selection)).toBe('c');
    selection.extend('o:e', ROWS, indexIn(ROWS));
    expect(chosen(selection)).toBe('cde');
  });

  it('starts a range anew when its first row has gone', () => {
    const selection = new Selection();
    selection.only('o:a');
    const rows = ROWS.slice(1);
    selection.extend('o:c', rows, indexIn(rows));
    expect(chosen(selection)).toBe('c');
    selection.extend('o:e', rows, indexIn(rows));
    expect(chosen(selection)).toBe('cde');
  });

  it('does nothing for a row that is not there', () => {
    const selection = new Selection();
    selection.only('o:a');
    selection.extend('o:gone', ROWS, indexIn(ROWS));
    expect([chosen(selection), selection.current]).toEqual(['a', 'o:a']);
  });

  it('takes all rows but headings, and keeps the keyboard where it is', () => {
    const selection = new Selection();
    selection.only('o:c');
    selection.all(ROWS);
    expect([chosen(selection), selection.current]).toEqual(['abcde', 'o:c']);
    selection.none();
    expect([chosen(selection), selection.current]).toEqual(['', 'o:c']);
    selection.extend('o:d', ROWS, indexIn(ROWS));
    expect(chosen(selection)).toBe('cd');
    selection.clear();
    expect([chosen(selection), selection.current]).toEqual(['', null]);
  });

  it('moves the keyboard without selecting', () => {
    const selection = new Selection();
    selection.only('o:a');
    selection.moveTo('g:G');
    expect([chosen(selection), selection.current]).toEqual(['a', 'g:G']);
  });

  it('a range has every file between its ends, whichever comes first', () => {
    const at = fc.nat(ROWS.length - 1);
    fc.assert(
      fc.property(at, at, (from, to) => {
        const selection = new Selection();
        selection.moveTo(ROWS[from].id);
        selection.extend(ROWS[to].id, ROWS, indexIn(ROWS));
        expect([...selection.ids]).toEqual(
          ROWS.slice(Math.min(from, to), Math.max(from, to) + 1)
            .filter(row => row.type !== 'group')
            .map(row => row.id)
        );
      })
    );
  });
});
