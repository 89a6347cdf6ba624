import * as fc from 'fast-check';
import { CARD, formatCard, formatValue, parseCard, parseCards } from '..';
import type { CardValue, ICard } from '..';

/** What FITS can say: printable ASCII. */
const ascii = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'grapheme-ascii', maxLength });

/** Any UTF-16 code unit, lone surrogates too. */
const codeUnit = fc.nat({ max: 0xffff }).map(n => String.fromCharCode(n));

const keyword = fc
  .string({
    unit: fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-'.split('')
    ),
    minLength: 1,
    maxLength: 8
  })
  .filter(
    k => !['END', 'COMMENT', 'HISTORY', 'HIERARCH', 'CONTINUE'].includes(k)
  );

const trimmed = (maxLength: number): fc.Arbitrary<string> =>
  ascii(maxLength).map(text => text.trim());

/** One card, read again. */
function again(text: string): ICard {
  const cards = parseCards(text);
  expect(cards.length).toBe(1);
  return cards[0];
}

describe('cards', () => {
  it.each<[string, string, CardValue, string]>([
    ["SLASH   = 'a / b'              / c / d", 'string', 'a / b', 'c / d'],
    ["QUOTE   = 'it''s'", 'string', "it's", ''],
    ["OPEN    = 'no end", 'invalid', "'no end", ''],
    ["BEHIND  = 'a' b / c", 'invalid', "'a' b / c", ''],
    ['EMPTY   = ', 'undefined', null, ''],
    ['NOIND   =5', 'commentary', '=5', ''],
    ['INT     = 5/c', 'integer', 5, 'c'],
    ['MINUS0  = -0', 'integer', 0, ''],
    ['BIG     = 9007199254740993', 'integer', 9007199254740993n, ''],
    ['PLUS    = +9007199254740993', 'integer', 9007199254740993n, ''],
    ['DEXP    = 1.5D3', 'float', 1500, ''],
    ['OVER    = 1E999', 'float', Infinity, ''],
    ['NAN     = NaN', 'invalid', 'NaN', ''],
    ['HEX     = 0x10', 'invalid', '0x10', ''],
    ['CPLX    = (1, -2.5E1)', 'complex', { re: 1, im: -25 }, ''],
    ['CPLX    = (1)', 'invalid', '(1)', ''],
    ['LOGIC   = T', 'logical', true, ''],
    ['LOWER   = t', 'invalid', 't', ''],
    ['COMMENT = 5', 'commentary', '= 5', ''],
    ['HISTORY text / more', 'commentary', ' text / more'.slice(1), ''],
    ['', 'commentary', '', '']
  ])('%s', (image, type, value, comment) => {
    const card = parseCard(image);
    expect(card).toMatchObject({ type, comment });
    expect(card.value).toEqual(value);
    expect(card.raw.length).toBe(CARD);
  });

  it('reads HIERARCH keywords', () => {
    expect(
      parseCard('HIERARCH ESO  DET CHIP1 ID = 5 / of the chip')
    ).toMatchObject({
      keyword: 'ESO DET CHIP1 ID',
      value: 5,
      comment: 'of the chip'
    });
    expect(parseCard('HIERARCH without an equals sign')).toMatchObject({
      keyword: 'HIERARCH',
      type: 'commentary'
    });
  });

  it('reads record-valued keywords', () => {
    expect(parseCard("DP1     = 'AXIS.1: 2.5D1'")).toMatchObject({
      value: 'AXIS.1: 2.5D1',
      record: { field: 'AXIS.1', value: 25 }
    });
    expect(parseCard("DATE    = '12: 30'").record).toBeUndefined();
  });

  it('leaves an ampersand that nothing continues, and a stray CONTINUE', () => {
    const text = ["A       = 'x&'", 'B       = 1', "CONTINUE  'stray'"]
      .map(c => c.padEnd(80))
      .join('');
    expect(parseCards(text).map(c => [c.keyword, c.type, c.value])).toEqual([
      ['A', 'string', 'x&'],
      ['B', 'integer', 1],
      ['CONTINUE', 'commentary', "  'stray'"]
    ]);
  });

  it('formats in fixed format', () => {
    const line = (keyword: string, value: CardValue, comment = ''): string =>
      formatCard({ keyword, value, comment }).trimEnd();
    expect(line('SIMPLE', true, 'conforms')).toBe(
      'SIMPLE  =                    T / conforms'
    );
    expect(line('NAXIS', 2)).toBe('NAXIS   =                    2');
    expect(line('EXTNAME', 'SCI')).toBe("EXTNAME = 'SCI     '");
    expect(line('X', 1e21)).toBe('X       =              1.0E+21');
    expect(line('X', null, 'none')).toBe(
      'X       =                      / none'
    );
    expect(line('ESO DET ID', 5, 'of')).toBe('HIERARCH ESO DET ID = 5 / of');
    expect(
      formatCard({ keyword: 'X', value: 5, type: 'float' }).trimEnd()
    ).toBe('X       =                  5.0');
    expect(() => formatCard({ keyword: 'A'.repeat(80), value: 1 })).toThrow(
      RangeError
    );
  });

  it('shows values to people', () => {
    const show = (image: string): string => formatValue(parseCard(image));
    expect(show('X       = 0.1000 / c')).toBe('0.1000');
    expect(show("X       = 'a / b'")).toBe('a / b');
    expect(show('X       = F')).toBe('F');
    expect(show('X       = ')).toBe('');
    expect(show('X       = (1, 2)')).toBe('(1.0, 2.0)');
    expect(show('X       = 9007199254740993')).toBe('9007199254740993');
    expect(show('COMMENT text')).toBe('text');
  });
});

describe('cards, laws', () => {
  it('any 80 characters are a card', () => {
    fc.assert(
      fc.property(
        fc.oneof(ascii(80), fc.string({ unit: codeUnit, maxLength: 90 })),
        text => {
          const card = parseCard(text);
          expect(card.raw.length).toBe(CARD);
          expect(typeof formatValue(card)).toBe('string');
        }
      ),
      { numRuns: 1000 }
    );
  });

  it('format, then parse: strings of any length with any comment', () => {
    fc.assert(
      fc.property(
        keyword,
        ascii(300)
          .map(text => text.trimEnd())
          .filter(t => !/^[A-Za-z_].*: /.test(t)),
        trimmed(40),
        (name, value, comment) => {
          // Where a comment must be cut, it says less; never something else.
          const card = again(formatCard({ keyword: name, value, comment }));
          expect(card.keyword).toBe(name);
          expect(card.value).toBe(value);
          expect(card.comment.replace(/ +/g, ' ')).toBe(
            comment.replace(/ +/g, ' ')
          );
        }
      ),
      { numRuns: 1000 }
    );
  });

  it('format, then parse: numbers, logicals, complex, undefined', () => {
    const value = fc.oneof<fc.Arbitrary<CardValue>[]>(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }),
      fc.boolean(),
      fc.constant(null),
      fc.record({
        re: fc.double({ noNaN: true, noDefaultInfinity: true }),
        im: fc.double({ noNaN: true, noDefaultInfinity: true })
      })
    );
    fc.assert(
      fc.property(keyword, value, trimmed(6), (name, v, comment) => {
        const card = again(formatCard({ keyword: name, value: v, comment }));
        expect(card.keyword).toBe(name);
        expect(card.value).toEqual(v);
      }),
      { numRuns: 1000 }
    );
  });

  it('parse, then format, then parse: the same', () => {
    fc.assert(
      fc.property(keyword, ascii(70), (name, rest) => {
        const card = parseCard(`${name.padEnd(8)}= ${rest}`);
        fc.pre(card.type !== 'invalid');
        const twice = again(formatCard(card));
        expect(twice.value).toEqual(card.value);
        expect(twice.type).toBe(card.type);
      }),
      { numRuns: 1000 }
    );
  });
});
