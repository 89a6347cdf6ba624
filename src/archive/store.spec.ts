import * as fc from 'fast-check';
import { compareKeys } from './store';

const utf8 = (text: string) => Buffer.from(text, 'utf8');

/** Characters from every range where UTF-16 and UTF-8 order could differ. */
const telling = fc.string({
  unit: fc.constantFrom(
    'a',
    '/',
    '\u007f',
    '\u0080',
    '\u07ff',
    '\u0800',
    '\ud7ff',
    '\ue000',
    '\uf8ff',
    '\ufffd',
    '\uffff',
    '\u{10000}',
    '\u{1f52d}',
    '\u{10ffff}'
  ),
  maxLength: 6
});

describe('compareKeys', () => {
  it('orders as the bytes of UTF-8 do', () => {
    const key = fc.oneof(telling, fc.string({ unit: 'binary', maxLength: 20 }));
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(
          Buffer.compare(utf8(a), utf8(b))
        );
      }),
      { numRuns: 2000 }
    );
  });

  it('is the same order with a shared beginning', () => {
    fc.assert(
      fc.property(telling, telling, telling, (start, a, b) => {
        expect(Math.sign(compareKeys(start + a, start + b))).toBe(
          Buffer.compare(utf8(a), utf8(b))
        );
      }),
      { numRuns: 500 }
    );
  });

  it('puts U+E000 to U+FFFF before what lies beyond the basic plane', () => {
    const texts = ['\u{1f52d}', '\uffff', '\ue000', '\ud7ff', 'z', ''];
    expect([...texts].sort(compareKeys)).toEqual(texts.reverse());
    // JavaScript's own order is another one.
    expect('\uffff' < '\u{1f52d}').toBe(false);
  });
});
