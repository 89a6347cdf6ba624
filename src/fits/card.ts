import { valueText } from './types';
import type { CardType, CardValue, ICard } from './types';

/** Characters of a card. */
export const CARD = 80;

interface IValue {
  type: CardType;
  value: CardValue;
  comment: string;
}

/** Spaces at the end of a string value say nothing (FITS 4.0, 4.2.1). */
function rtrim(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 32) {
    end--;
  }
  return text.slice(0, end);
}

/** Behind a value: spaces, then perhaps `/` and a comment; else null. */
function readComment(rest: string): string | null {
  const at = rest.search(/[^ ]/);
  if (at < 0) {
    return '';
  }
  return rest.charAt(at) === '/' ? rest.slice(at + 1).trim() : null;
}

/** A quoted string from its quote on; null when the quote is not closed. */
function readString(text: string): { value: string; rest: string } | null {
  let out = '';
  let at = 1;
  for (;;) {
    const quote = text.indexOf("'", at);
    if (quote < 0) {
      return null;
    }
    out += text.slice(at, quote);
    if (text.charAt(quote + 1) !== "'") {
      return { value: out, rest: text.slice(quote + 1) };
    }
    out += "'";
    at = quote + 2;
  }
}

const INTEGER = /^[+-]?[0-9]+$/;
const FLOAT = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[EeDd][+-]?[0-9]+)?$/;

/** A number as FITS writes it; null for anything else. */
function readNumber(
  text: string
): { type: 'integer' | 'float'; value: number | bigint } | null {
  if (INTEGER.test(text)) {
    const value = Number(text);
    return {
      type: 'integer',
      // Not -0: an integer has none.
      value: Number.isSafeInteger(value)
        ? value + 0
        : BigInt(text.replace(/^\+/, ''))
    };
  }
  return FLOAT.test(text)
    ? { type: 'float', value: Number(text.replace(/[Dd]/, 'E')) }
    : null;
}

/** Reads what stands behind a value indicator (FITS 4.0, 4.2). */
function readValue(field: string): IValue {
  const start = field.search(/[^ ]/);
  const first = start < 0 ? '' : field.charAt(start);
  if (first === "'") {
    const found = readString(field.slice(start));
    const comment = found ? readComment(found.rest) : null;
    return found && comment !== null
      ? { type: 'string', value: rtrim(found.value), comment }
      : { type: 'invalid', value: field.trim(), comment: '' };
  }
  const slash = field.indexOf('/');
  const text = (slash < 0 ? field : field.slice(0, slash)).trim();
  const comment = slash < 0 ? '' : field.slice(slash + 1).trim();
  if (text === '') {
    return { type: 'undefined', value: null, comment };
  }
  if (text === 'T' || text === 'F') {
    return { type: 'logical', value: text === 'T', comment };
  }
  const number = readNumber(text);
  if (number) {
    return {
      type: number.type,
      value: number.value,
      comment
    };
  }
  const pair = /^\(([^,()]*),([^,()]*)\)$/.exec(text);
  const re = pair && readNumber(pair[1].trim());
  const im = pair && readNumber(pair[2].trim());
  if (re && im) {
    return {
      type: 'complex',
      value: { re: Number(re.value), im: Number(im.value) },
      comment
    };
  }
  return { type: 'invalid', value: text, comment };
}

const RECORD =
  /^([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*): +([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[EeDd][+-]?[0-9]+)?)$/;

/** `AXIS.1: 2` in a string value (WCS paper IV, record-valued keywords). */
function readRecord(value: string): { field: string; value: number } | null {
  const m = RECORD.exec(value);
  return m ? { field: m[1], value: Number(m[2].replace(/[Dd]/, 'E')) } : null;
}

/**
 * Reads one card image of 80 characters.
 *
 * Source: FITS standard 4.0, sections 4.1 and 4.2; HIERARCH convention
 * (fits.gsfc.nasa.gov/registry/hierarch_keyword.html).
 *
 * @param image - one card; a shorter text is taken as padded.
 */
export function parseCard(image: string): ICard {
  const raw = image.padEnd(CARD, ' ').slice(0, CARD);
  const keyword = rtrim(raw.slice(0, 8));
  if (keyword === 'HIERARCH') {
    const equals = raw.indexOf('=', 9);
    if (equals > 0) {
      return {
        keyword: raw.slice(9, equals).trim().replace(/ +/g, ' '),
        ...readValue(raw.slice(equals + 1)),
        raw
      };
    }
  }
  if (
    raw.slice(8, 10) !== '= ' ||
    keyword === 'COMMENT' ||
    keyword === 'HISTORY' ||
    keyword === ''
  ) {
    return {
      keyword,
      type: 'commentary',
      value: rtrim(raw.slice(8)),
      comment: '',
      raw
    };
  }
  const found = readValue(raw.slice(10));
  const record =
    typeof found.value === 'string' ? readRecord(found.value) : null;
  return { keyword, ...found, raw, ...(record ? { record } : {}) };
}

/** The string of a CONTINUE card, or null when it holds none. */
function readContinue(raw: string): { value: string; comment: string } | null {
  const field = raw.slice(8);
  const start = field.search(/[^ ]/);
  if (start < 0 || field.charAt(start) !== "'") {
    return null;
  }
  const found = readString(field.slice(start));
  const comment = found ? readComment(found.rest) : null;
  return found && comment !== null
    ? { value: rtrim(found.value), comment }
    : null;
}

/**
 * Reads the cards of a header, up to END or the end of the text. A string
 * that ends with `&` takes in the CONTINUE cards that follow it.
 *
 * Source: FITS standard 4.0, section 4.2.1.2.
 *
 * @param text - card images, 80 characters each, one byte a character.
 */
export function parseCards(text: string): ICard[] {
  const cards: ICard[] = [];
  for (let at = 0; at < text.length; at += CARD) {
    let card = parseCard(text.slice(at, at + CARD));
    if (card.keyword === 'END' && card.type === 'commentary') {
      break;
    }
    if (card.type === 'string') {
      const values = [valueText(card.value)];
      const comments = card.comment ? [card.comment] : [];
      let raw = card.raw;
      while (values[values.length - 1].endsWith('&')) {
        const next = text.slice(at + CARD, at + 2 * CARD);
        const more = next.startsWith('CONTINUE  ')
          ? readContinue(next.padEnd(CARD, ' '))
          : null;
        if (!more) {
          break;
        }
        values[values.length - 1] = values[values.length - 1].slice(0, -1);
        values.push(more.value);
        if (more.comment) {
          comments.push(more.comment);
        }
        raw += next.padEnd(CARD, ' ');
        at += CARD;
      }
      if (raw.length > CARD) {
        card = {
          ...card,
          value: values.join(''),
          comment: comments.join(' '),
          raw
        };
      }
    }
    cards.push(card);
  }
  return cards;
}
