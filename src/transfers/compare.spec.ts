import * as fc from 'fast-check';
import { formatCard, parseCards, type CardValue, type ICard } from '../fits';
import {
  CARD_GROUPS,
  compareCards,
  compareHeaders,
  groupOfCard,
  type ICardDifference,
  type IHeader,
  type IHduDifference
} from './compare';

/** A header as a file holds it; `null` as the value is commentary. */
const cardsOf = (
  ...rows: readonly (readonly [string, CardValue, string?])[]
): readonly ICard[] =>
  parseCards(
    rows
      .map(([keyword, value, comment]) =>
        formatCard({
          keyword,
          value,
          comment,
          ...(['COMMENT', 'HISTORY', ''].includes(keyword) && {
            type: 'commentary'
          })
        })
      )
      .join('')
  );
const hdu = (
  index: number,
  name: string,
  cards: readonly ICard[] = [],
  version = 1
): IHeader => ({ index, name, version, cards });
const short = (found: readonly ICardDifference[]) =>
  found.map(({ keyword, mine, archive }) => [keyword, mine, archive]);

describe('cards', () => {
  it('come by what they tell: versions, references, dates, the rest', () => {
    const mine = cardsOf(
      ['EXPTIME', 100],
      ['DATE', '2024-03-11'],
      ['DARKFILE', 'iref$old_drk.fits'],
      ['DARKCORR', 'COMPLETE'],
      ['OPUS_VER', 'HSTDP 2023_3'],
      ['CAL_VER', '3.7.1'],
      ['TARGNAME', 'M51', 'proposer’s name'.replace('’', "'")]
    );
    const archive = cardsOf(
      ['CAL_VER', '3.7.2'],
      ['OPUS_VER', 'HSTDP 2026_1'],
      ['DARKCORR', 'PERFORM'],
      ['DARKFILE', 'iref$new_drk.fits'],
      ['DATE', '2026-11-20'],
      ['EXPTIME', 101],
      ['TARGNAME', 'M51', 'name of the target'],
      ['NEW', true]
    );
    const found = compareCards(mine, archive);
    expect(found.map(({ group, keyword }) => `${group} ${keyword}`)).toEqual([
      'calibration CAL_VER',
      'calibration OPUS_VER',
      'references DARKCORR',
      'references DARKFILE',
      'dates DATE',
      'other EXPTIME',
      'other NEW',
      'comments TARGNAME'
    ]);
    expect(short(found)).toContainEqual(['NEW', null, 'T']);
    expect(short(found)).toContainEqual([
      'TARGNAME',
      "/ proposer's name",
      '/ name of the target'
    ]);
  });

  it('do not differ by white space, nor by how a number is written', () => {
    const mine = parseCards(
      [
        "OPUS_VER= 'HSTDP 2023_3      '  / version",
        'EXPTIME =               100.00',
        'GAIN    =                  1.0 / gain',
        'COMMENT   two   words'
      ]
        .map(line => line.padEnd(80))
        .join('')
    );
    const archive = parseCards(
      [
        "OPUS_VER= 'HSTDP  2023_3' / version",
        'EXPTIME = 1.0E2',
        'GAIN    = 1  /   gain',
        'COMMENT',
        'COMMENT two words'
      ]
        .map(line => line.padEnd(80))
        .join('')
    );
    expect(compareCards(mine, archive)).toEqual([]);
  });

  it('differ when a number became text', () => {
    expect(short(compareCards(cardsOf(['A', 5]), cardsOf(['A', '5'])))).toEqual(
      [['A', '5', "'5'"]]
    );
  });

  it('of a text are compared as one, without what is the same', () => {
    const mine = cardsOf(
      ['HISTORY', 'CALWF3 started'],
      ['HISTORY', 'dark old'],
      ['HISTORY', 'done']
    );
    const archive = cardsOf(
      ['HISTORY', 'CALWF3 started'],
      ['HISTORY', 'dark new'],
      ['HISTORY', 'flat new'],
      ['HISTORY', 'done']
    );
    expect(short(compareCards(mine, archive))).toEqual([
      ['HISTORY', 'dark old', 'dark new\nflat new']
    ]);
    expect(short(compareCards(mine, cardsOf()))).toEqual([
      ['HISTORY', 'CALWF3 started\ndark old\ndone', null]
    ]);
  });

  it('that stand there several times go by their order', () => {
    expect(
      short(
        compareCards(
          cardsOf(['DQ', 1], ['DQ', 2]),
          cardsOf(['DQ', 1], ['DQ', 3], ['DQ', 4])
        )
      )
    ).toEqual([
      ['DQ', '2', '3'],
      ['DQ', null, '4']
    ]);
  });

  it.each([
    ['PROCVER', ['spoc-4.0']],
    ['CRDS_CTX', ['jwst_1234.pmap']]
  ])('%s is about the software', (keyword, values) => {
    expect(groupOfCard(keyword, values)).toBe('calibration');
  });

  it.each([
    ['R_DARK', ['crds://jwst_nircam_dark_0300.fits']],
    ['ANYTHING', ['N/A', 'jref$x_idc.fits']],
    ['BIASFILE', ['N/A']],
    ['IDCTAB', []],
    ['FLATCORR', ['OMIT']]
  ])('%s is about the references', (keyword, values) => {
    expect(groupOfCard(keyword, values)).toBe('references');
  });

  it.each([
    ['DATE-OBS', ['x']],
    ['IRAF-TLM', ['x']],
    ['MADE', ['2026-11-20T10:00:00.5', '2024-01-01']]
  ])('%s is a date', (keyword, values) => {
    expect(groupOfCard(keyword, values)).toBe('dates');
  });

  it.each([
    ['S_REGION', ['POLYGON ICRS 1 2']],
    ['ROOTFILE', ['x']],
    ['COST', ['5$']],
    ['EXPTIME', ['1']]
  ])('%s is none of these', (keyword, values) => {
    expect(groupOfCard(keyword, values)).toBe('other');
  });
});

describe('HDUs', () => {
  const a = cardsOf(['A', 1]);
  const b = cardsOf(['A', 2]);

  it('belong together by name and version, wherever they are', () => {
    const found = compareHeaders(
      [hdu(0, 'PRIMARY'), hdu(1, 'SCI', a), hdu(2, 'SCI', a, 2)],
      [hdu(0, 'PRIMARY'), hdu(1, 'SCI', a, 2), hdu(2, 'sci', b)]
    );
    expect(found).toMatchObject([{ mine: 1, archive: 2 }]);
    expect(found[0].cards).toHaveLength(1);
  });

  it('without a partner by name go by their place', () => {
    expect(
      compareHeaders(
        [hdu(0, 'PRIMARY'), hdu(1, '', a), hdu(2, 'OLD', a)],
        [hdu(0, 'PRIMARY'), hdu(1, '', b), hdu(2, 'NEW', b)]
      ).map(({ name, mine, archive }) => [name, mine, archive])
    ).toEqual([
      ['', 1, 1],
      ['NEW,1 / OLD,1', 2, 2]
    ]);
  });

  it('of one side alone are told, even with the same cards', () => {
    expect(
      compareHeaders(
        [hdu(0, 'PRIMARY', a)],
        [hdu(0, 'PRIMARY', a), hdu(1, 'WCSCORR', a)]
      )
    ).toEqual([{ name: 'WCSCORR,1', mine: null, archive: 1, cards: [] }]);
  });
});

describe('laws', () => {
  const value: fc.Arbitrary<CardValue> = fc.oneof(
    fc.constantFrom('', 'a', 'a  b', ' a b', 'iref$x.fits', '2026-11-20', '5'),
    fc.integer({ min: -3, max: 5 }),
    fc.constantFrom(0.5, 5.25, 1e30),
    fc.boolean(),
    fc.bigInt({ min: 2n ** 60n, max: 2n ** 60n + 2n }),
    fc.constant(null)
  );
  const keyword = fc.constantFrom(
    ...['CAL_VER', 'DARKFILE', 'DATE', 'EXPTIME', 'A', 'HISTORY', 'COMMENT', '']
  );
  const cards = fc
    .array(fc.tuple(keyword, value, fc.constantFrom('', 'x', 'x  y')), {
      maxLength: 12
    })
    .map(rows => cardsOf(...rows));
  const headers = fc
    .array(
      fc.tuple(fc.constantFrom('PRIMARY', 'SCI', 'ERR', ''), fc.nat(2), cards),
      { maxLength: 5 }
    )
    .map(list => list.map(([name, v, of], i) => hdu(i, name, of, v)));
  const turned = (found: readonly IHduDifference[]) =>
    found.map(one => ({
      ...one,
      mine: one.archive,
      archive: one.mine,
      cards: one.cards.map(card => ({
        ...card,
        mine: card.archive,
        archive: card.mine
      }))
    }));
  /** The tooltip is of the archive where both have one. */
  const plain = (found: readonly IHduDifference[]) =>
    found.map(one => ({
      ...one,
      cards: one.cards.map(card => ({ ...card, comment: '' }))
    }));

  it('nothing differs from itself', () => {
    fc.assert(
      fc.property(headers, one => {
        expect(compareHeaders(one, one)).toEqual([]);
      }),
      { numRuns: 300 }
    );
  });

  it('both directions tell the same', () => {
    fc.assert(
      fc.property(headers, headers, (one, other) => {
        expect(plain(turned(compareHeaders(one, other)))).toEqual(
          plain(compareHeaders(other, one))
        );
      }),
      { numRuns: 300 }
    );
  });

  it('every HDU is told of once at most, the groups in their order', () => {
    fc.assert(
      fc.property(headers, headers, (one, other) => {
        const found = compareHeaders(one, other);
        for (const side of ['mine', 'archive'] as const) {
          const places = found.map(each => each[side]).filter(n => n !== null);
          expect(new Set(places).size).toBe(places.length);
        }
        for (const { cards: of } of found) {
          const groups = of.map(({ group }) => CARD_GROUPS.indexOf(group));
          expect(groups).toEqual([...groups].sort((x, y) => x - y));
        }
      }),
      { numRuns: 300 }
    );
  });
});
