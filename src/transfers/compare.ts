import { formatValue, type ICard, type IHdu } from '../fits';

/** What is compared of an HDU. */
export type IHeader = Pick<IHdu, 'index' | 'name' | 'version' | 'cards'>;

/**
 * What a card is about, the most telling first.
 *
 * - `calibration`: versions of the software that made the file
 * - `references`: the files and steps of its calibration
 * - `dates`: when it was made
 * - `comments`: cards whose comment alone differs
 */
export type CardGroup =
  'calibration' | 'references' | 'dates' | 'other' | 'comments';

export const CARD_GROUPS: readonly CardGroup[] = [
  'calibration',
  'references',
  'dates',
  'other',
  'comments'
];

/** A card that differs; `null` on the side that has none. */
export interface ICardDifference {
  /** `''` for text without a keyword. */
  readonly keyword: string;
  readonly group: CardGroup;
  readonly mine: string | null;
  readonly archive: string | null;
  /** What the keyword means, as one of the headers says it, or `''`. */
  readonly comment: string;
}

/** An HDU that differs. */
export interface IHduDifference {
  /** EXTNAME, with EXTVER where it has a name; of both, where they differ. */
  readonly name: string;
  /** Its place in each file; `null` where that has no such HDU. */
  readonly mine: number | null;
  readonly archive: number | null;
  /** By group, then keyword. Empty where only one file has the HDU. */
  readonly cards: readonly ICardDifference[];
}

/**
 * What differs between the headers of a copy and those of the archive.
 *
 * HDUs belong together by EXTNAME and EXTVER, those left over by their place
 * in the file; cards by keyword, and repeated ones by their order. White space
 * in values and other ways to write a number make no difference; COMMENT,
 * HISTORY and blank cards are compared as one text each.
 */
export function compareHeaders(
  mine: readonly IHeader[],
  archive: readonly IHeader[]
): IHduDifference[] {
  return Private.pairs(mine, archive)
    .map(([a, b]) => ({
      name: Private.nameOf(a, b),
      mine: a?.index ?? null,
      archive: b?.index ?? null,
      cards: a && b ? compareCards(a.cards, b.cards) : []
    }))
    .filter(
      ({ cards, ...one }) =>
        cards.length > 0 || one.mine === null || one.archive === null
    );
}

/** The cards of two headers that differ, by group, then keyword. */
export function compareCards(
  mine: readonly ICard[],
  archive: readonly ICard[]
): ICardDifference[] {
  const here = Private.byKeyword(mine);
  const there = Private.byKeyword(archive);
  const found: ICardDifference[] = [];
  for (const keyword of new Set([...here.keys(), ...there.keys()])) {
    const a = here.get(keyword) ?? Private.NOTHING;
    const b = there.get(keyword) ?? Private.NOTHING;
    const text = Private.compareText(keyword, a.text, b.text);
    if (text) {
      found.push(text);
    }
    for (let i = 0; i < Math.max(a.cards.length, b.cards.length); i++) {
      const card = Private.compareCard(keyword, a.cards[i], b.cards[i]);
      if (card) {
        found.push(card);
      }
    }
  }
  // Sorting keeps the order of a keyword that stands there several times.
  return found.sort(
    (a, b) =>
      CARD_GROUPS.indexOf(a.group) - CARD_GROUPS.indexOf(b.group) ||
      Private.rank(a.keyword) - Private.rank(b.keyword) ||
      Private.inOrder(a.keyword, b.keyword)
  );
}

/**
 * What a keyword is about.
 *
 * Sources: the keyword dictionaries of HST and JWST, the TESS and Kepler
 * data product descriptions (DOMAIN, section 5).
 *
 * @param values - The values on both sides, as text.
 */
export function groupOfCard(
  keyword: string,
  values: readonly string[]
): CardGroup {
  if (Private.rank(keyword) < Private.VERSIONS.length) {
    return 'calibration';
  }
  if (
    values.some(value => Private.REFERENCE.test(value)) ||
    (Private.REFERENCES.test(keyword) && !Private.INPUTS.has(keyword))
  ) {
    return 'references';
  }
  if (
    Private.DATES.test(keyword) ||
    (values.length > 0 && values.every(value => Private.MOMENT.test(value)))
  ) {
    return 'dates';
  }
  return 'other';
}

namespace Private {
  /** Versions of software and of sets of references, the first one first. */
  export const VERSIONS = [
    'CAL_VER',
    'CAL_VCS',
    'CALSWVER',
    'OPUS_VER',
    'PROCVER',
    'SDP_VER',
    'HLSPVER',
    'CRDS_CTX',
    'CRDS_VER',
    'PRD_VER',
    'CSYS_VER',
    'AWSYSVER',
    'AWSDPVER',
    'DATA_REL',
    'FILEVER',
    'CREATOR'
  ];

  /** `iref$…_pfl.fits` of HST, `crds://…` of JWST. */
  export const REFERENCE = /^([a-z][a-z0-9]{1,7}\$|crds:\/\/)\S/i;

  /** `DARKFILE`, `IDCTAB`, `DARKCORR`; `R_DARK` and `S_DARK` of JWST. */
  export const REFERENCES = /^([A-Z0-9]+(FILE|TAB|CORR)|[RS]_[A-Z0-9]{3,6})$/;

  /** What ends so and is none: what a file was made of, and where it points. */
  export const INPUTS = new Set(['OUTFILE', 'INFILE', 'ROOTFILE', 'S_REGION']);

  export const DATES =
    /^(DATE|DATE-.*|.*DATE|.*_DATE|TIME-.*|IRAF-TLM|PROCTIME|OPUSTIME)$/;

  export const MOMENT =
    /^(\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d*)?)?Z?)?|\d\d\/\d\d\/\d\d)$/;

  /** How early a version comes. */
  export function rank(keyword: string): number {
    const at = VERSIONS.indexOf(keyword);
    return at < 0 ? VERSIONS.length : at;
  }

  export function inOrder(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
  }

  /** Cards of one keyword: those with a value, and the lines of text. */
  export interface ISame {
    readonly cards: ICard[];
    readonly text: string[];
  }

  export const NOTHING: ISame = { cards: [], text: [] };

  export function byKeyword(cards: readonly ICard[]): Map<string, ISame> {
    const found = new Map<string, ISame>();
    for (const card of cards) {
      const same = found.get(card.keyword) ?? { cards: [], text: [] };
      found.set(card.keyword, same);
      if (card.type === 'commentary') {
        const line = tidy(formatValue(card));
        if (line !== '') {
          same.text.push(line);
        }
      } else {
        same.cards.push(card);
      }
    }
    return found;
  }

  export function tidy(text: string): string {
    return text.replace(/\s+/g, ' ').trim();
  }

  /** The lines between those that both begin and end with. */
  export function compareText(
    keyword: string,
    mine: readonly string[],
    archive: readonly string[]
  ): ICardDifference | null {
    const shorter = Math.min(mine.length, archive.length);
    let start = 0;
    while (start < shorter && mine[start] === archive[start]) {
      start++;
    }
    let end = 0;
    while (
      end < shorter - start &&
      mine[mine.length - 1 - end] === archive[archive.length - 1 - end]
    ) {
      end++;
    }
    const part = (lines: readonly string[]) => {
      const rest = lines.slice(start, lines.length - end);
      return rest.length === 0 ? null : rest.join('\n');
    };
    const [a, b] = [part(mine), part(archive)];
    return a === null && b === null
      ? null
      : { keyword, group: 'other', mine: a, archive: b, comment: '' };
  }

  export function compareCard(
    keyword: string,
    mine: ICard | undefined,
    archive: ICard | undefined
  ): ICardDifference | null {
    const comments = [mine, archive].map(card => tidy(card?.comment ?? ''));
    const values = [mine, archive].map(card => card && tidy(formatValue(card)));
    const [a, b] = values;
    const of = (
      x: string | undefined,
      y: string | undefined,
      comment = ''
    ) => ({
      keyword,
      group: groupOfCard(
        keyword,
        values.filter((value): value is string => value !== undefined)
      ),
      mine: x ?? null,
      archive: y ?? null,
      comment
    });
    if (mine === undefined || archive === undefined || a !== b) {
      return mine && archive && isSameNumber(mine, archive)
        ? byComment(keyword, comments)
        : of(a, b, comments[1] || comments[0]);
    }
    // `'5'` and `5` look the same.
    return kindOf(mine) === kindOf(archive)
      ? byComment(keyword, comments)
      : of(quoted(mine), quoted(archive), comments[1] || comments[0]);
  }

  function byComment(
    keyword: string,
    [mine, archive]: readonly string[]
  ): ICardDifference | null {
    return mine === archive
      ? null
      : {
          keyword,
          group: 'comments',
          mine: mine === '' ? null : `/ ${mine}`,
          archive: archive === '' ? null : `/ ${archive}`,
          comment: ''
        };
  }

  function isSameNumber(mine: ICard, archive: ICard): boolean {
    return (
      kindOf(mine) === 'number' &&
      kindOf(archive) === 'number' &&
      // A bigint and a float may be equal.
      // eslint-disable-next-line eqeqeq
      (mine.value as number) == (archive.value as number)
    );
  }

  /** How a card is to be read, but for how a number is written. */
  function kindOf({ type }: ICard): string {
    return type === 'integer' || type === 'float' ? 'number' : type;
  }

  function quoted(card: ICard): string {
    const text = tidy(formatValue(card));
    return card.type === 'string' ? `'${text}'` : text;
  }

  export type Pair = readonly [IHeader | null, IHeader | null];

  /** Which HDUs belong together, in an order that both sides agree on. */
  export function pairs(
    mine: readonly IHeader[],
    archive: readonly IHeader[]
  ): Pair[] {
    const waiting = new Map<string, IHeader[]>();
    for (const one of archive) {
      const id = idOf(one);
      waiting.set(id, [...(waiting.get(id) ?? []), one]);
    }
    const found: Pair[] = [];
    const left: IHeader[] = [];
    for (const one of mine) {
      const other = waiting.get(idOf(one))?.shift();
      if (other) {
        found.push([one, other]);
      } else {
        left.push(one);
      }
    }
    const places = new Map<number, IHeader>();
    for (const one of [...waiting.values()].flat()) {
      places.set(one.index, one);
    }
    for (const one of left) {
      const other = places.get(one.index) ?? null;
      places.delete(one.index);
      found.push([one, other]);
    }
    for (const one of places.values()) {
      found.push([null, one]);
    }
    return found.sort((a, b) => {
      const [p, q] = [placesOf(a), placesOf(b)];
      return p[0] - q[0] || p[1] - q[1] || inOrder(idsOf(a), idsOf(b));
    });
  }

  function placesOf([a, b]: Pair): [number, number] {
    const both = [a?.index ?? Infinity, b?.index ?? Infinity];
    const [low, high] = [Math.min(...both), Math.max(...both)];
    return [low, high === Infinity ? Number.MAX_SAFE_INTEGER : high];
  }

  function idsOf(pair: Pair): string {
    return pair
      .map(one => (one === null ? '' : idOf(one)))
      .sort()
      .join();
  }

  function idOf({ name, version, index }: IHeader): string {
    // Those without a name are told apart by their place alone.
    return name === '' ? `${index}` : `${name.toUpperCase()},${version}`;
  }

  export function nameOf(a: IHeader | null, b: IHeader | null): string {
    const names = [a, b].flatMap(one =>
      one === null
        ? []
        : [
            one.name === '' || one.name === 'PRIMARY'
              ? one.name
              : `${one.name},${one.version}`
          ]
    );
    return [...new Set(names)]
      .filter(name => name !== '')
      .sort()
      .join(' / ');
  }
}
