import { CARD } from './card';
import { valueText } from './types';
import type { CardType, CardValue, ICard, IComplex } from './types';

function isComplex(value: CardValue): value is IComplex {
  return typeof value === 'object' && value !== null;
}

/** A float so that it reads as one again: `5.0`, `1.0E+21`, `-0.0`. */
function formatFloat(value: number): string {
  if (Object.is(value, -0)) {
    return '-0.0';
  }
  const [mantissa, exponent] = String(value).split('e');
  const whole = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? whole : `${whole}E${exponent}`;
}

/** The type that a value has when none is said. */
function typeOf(value: CardValue): CardType {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'logical';
    case 'bigint':
      return 'integer';
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? 'integer'
        : 'float';
    default:
      return value === null ? 'undefined' : 'complex';
  }
}

/**
 * A card's value as text for people: strings without quotes, `T` and `F`,
 * floats as they are written in the file.
 *
 * @param card - a card as read.
 */
export function formatValue(card: ICard): string {
  const { type, value } = card;
  switch (type) {
    case 'logical':
      return value ? 'T' : 'F';
    case 'undefined':
      return '';
    case 'float': {
      // As written: 0.1000 says more than 0.1.
      const at = card.raw.indexOf('=');
      const text = card.raw
        .slice(at + 1)
        .split('/')[0]
        .trim();
      return text || valueText(value);
    }
    case 'complex':
      return isComplex(value)
        ? `(${formatFloat(value.re)}, ${formatFloat(value.im)})`
        : '';
    default:
      return valueText(value);
  }
}

/** The value part of a card, in fixed format. */
function valueField(value: CardValue, type: CardType): string {
  switch (type) {
    case 'string':
      return `'${valueText(value).replace(/'/g, "''").padEnd(8, ' ')}'`;
    case 'logical':
      return (value ? 'T' : 'F').padStart(20, ' ');
    case 'integer':
      return valueText(value).padStart(20, ' ');
    case 'float':
      return formatFloat(Number(value)).padStart(20, ' ');
    case 'complex':
      return isComplex(value)
        ? `(${formatFloat(value.re)}, ${formatFloat(value.im)})`.padStart(20)
        : '';
    case 'undefined':
      return '';
    default:
      return valueText(value);
  }
}

/** Cuts text in pieces whose quotes, doubled, take at most `room`. */
function cutString(text: string, room: number): string[] {
  const out: string[] = [];
  let piece = '';
  for (const c of text.replace(/'/g, '\n')) {
    const part = c === '\n' ? "''" : c;
    if (piece.length + part.length > room) {
      out.push(piece);
      piece = '';
    }
    piece += part;
  }
  out.push(piece);
  return out;
}

/**
 * A card as FITS writes it: 80 characters, or a multiple of 80 for a string
 * that needs CONTINUE cards. Keywords that do not fit eight characters go
 * by the HIERARCH convention. A comment that does not fit is cut, except on
 * a long string, where it follows on CONTINUE cards.
 *
 * Source: FITS standard 4.0, sections 4.2 and 4.2.1.2.
 *
 * Only printable ASCII is allowed in FITS; that is the caller's care.
 *
 * @param card - keyword, value and comment; the type is taken from the value
 *   where it is not said (a whole number is an integer).
 * @throws RangeError when keyword and value do not fit a card.
 */
export function formatCard(card: {
  keyword: string;
  value: CardValue;
  comment?: string;
  type?: CardType;
}): string {
  const { keyword, value } = card;
  const type = card.type ?? typeOf(value);
  const comment = card.comment ?? '';
  if (type === 'commentary') {
    return `${keyword.padEnd(8, ' ')}${valueText(value)}`
      .padEnd(CARD, ' ')
      .slice(0, CARD);
  }
  const hierarch = !/^[A-Z0-9_-]{1,8}$/.test(keyword);
  const head = hierarch
    ? `HIERARCH ${keyword} = `
    : `${keyword.padEnd(8, ' ')}= `;
  const field = valueField(value, type);
  // HIERARCH cards need the room, and have no fixed format.
  const body = head + (hierarch ? field.trim() : field);
  const tail = comment ? ` / ${comment}` : '';
  const padded = comment && !hierarch ? body.padEnd(30, ' ') : body;
  if (padded.length + tail.length <= CARD) {
    return (padded + tail).padEnd(CARD, ' ');
  }
  if (type !== 'string' || (hierarch && head.length > CARD - 12)) {
    if (body.length > CARD) {
      throw new RangeError(`The value of ${keyword} does not fit a card.`);
    }
    return (padded + tail).slice(0, CARD).padEnd(CARD, ' ');
  }
  // A long string, or a string whose comment does not fit beside it.
  const text = valueText(value);
  const pieces = cutString(text, CARD - 10 - 3);
  const first = CARD - head.length - 3;
  if (pieces[0].length > first || pieces.length > 1) {
    pieces.splice(0, pieces.length, ...cutString(text, first));
  }
  return withComment(head, pieces, comment);
}

/** Puts the pieces of a long string, then its comment, on cards. */
function withComment(head: string, pieces: string[], comment: string): string {
  const lines = pieces.map(
    (piece, i) => `${i === 0 ? head : 'CONTINUE  '}'${piece}`
  );
  const room = CARD - "CONTINUE  '&' / ".length;
  const notes: string[] = [];
  // A piece of comment must neither begin nor end with a space: it is lost.
  for (let rest = comment; rest !== '';) {
    let at = room;
    if (rest.length > room) {
      const space = rest.lastIndexOf(' ', room);
      at = space > 0 ? space : room;
    }
    notes.push(rest.slice(0, at));
    rest = rest.slice(at).replace(/^ /, '');
  }
  const last = lines.length - 1;
  const rows = lines.map((line, i) => (i < last ? `${line}&'` : line));
  if (notes.length === 0) {
    rows[last] += "'";
  } else {
    rows[last] += "&'";
    notes.forEach((note, i) => {
      const more = i < notes.length - 1 ? '&' : '';
      rows.push(`CONTINUE  '${more}' / ${note}`);
    });
  }
  return rows.map(row => row.padEnd(CARD, ' ')).join('');
}
