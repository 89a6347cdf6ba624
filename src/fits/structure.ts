import { FitsError, valueText } from './types';
import type { CardValue, HduType, ICard, IHdu } from './types';

/** Bytes of a FITS block. */
export const BLOCK = 2880;

/** The next multiple of a block. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

/** How a sentence names an HDU: `HDU 1 (SCI)`. */
export function nameHdu(index: number, name = ''): string {
  return name && name !== 'PRIMARY' ? `HDU ${index} (${name})` : `HDU ${index}`;
}

type Header = ReadonlyMap<string, CardValue>;

/** The first value of each keyword. */
function toMap(cards: readonly ICard[]): Header {
  const map = new Map<string, CardValue>();
  for (const card of cards) {
    if (card.type !== 'commentary' && !map.has(card.keyword)) {
      map.set(card.keyword, card.value);
    }
  }
  return map;
}

function bad(index: number, what: string): FitsError {
  return new FitsError(
    'bad-header',
    `The header of ${nameHdu(index)} is damaged: ${what}.`,
    index
  );
}

/** An integer that the structure needs. */
function count(
  header: Header,
  keyword: string,
  index: number,
  fallback?: number
): number {
  const value = header.get(keyword);
  if (value === undefined && fallback !== undefined) {
    return fallback;
  }
  // Some writers put 2. or 2.0 where an integer belongs.
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw bad(
      index,
      value === undefined
        ? `it has no ${keyword}`
        : typeof value === 'bigint'
          ? `its ${keyword} is larger than any file`
          : `its ${keyword} is not a count`
    );
  }
  return value;
}

/** NAXIS and the axes behind it (`Z`: of a compressed image). */
function axesOf(header: Header, index: number, z = ''): number[] {
  const naxis = count(header, `${z}NAXIS`, index);
  if (naxis > 999) {
    throw bad(index, `it says ${naxis} axes`);
  }
  const axes: number[] = [];
  for (let i = 1; i <= naxis; i++) {
    axes.push(count(header, `${z}NAXIS${i}`, index));
  }
  return axes;
}

function bitpixOf(header: Header, index: number, keyword = 'BITPIX'): number {
  const value = header.get(keyword);
  if (typeof value !== 'number' || ![8, 16, 32, 64, -32, -64].includes(value)) {
    throw bad(
      index,
      value === undefined
        ? `it has no ${keyword}`
        : `its ${keyword} is none of 8, 16, 32, 64, -32, -64`
    );
  }
  return value;
}

/** A product that a double holds exactly, or an error. */
function sizeOf(
  index: number,
  bitpix: number,
  gcount: number,
  pcount: number,
  axes: readonly number[]
): number {
  const pixels = axes.reduce((n, axis) => n * BigInt(axis), 1n);
  const bytes =
    (BigInt(Math.abs(bitpix)) / 8n) *
    BigInt(gcount) *
    (BigInt(pcount) + pixels);
  // Room to add offsets to it.
  if (bytes > BigInt(Number.MAX_SAFE_INTEGER) / 4n) {
    throw bad(index, 'it describes more data than any file can hold');
  }
  return Number(bytes);
}

function nameOf(header: Header, index: number): string {
  const name = header.get('EXTNAME');
  if (typeof name === 'string' && name.trim() !== '') {
    return name.trim();
  }
  return index === 0 ? 'PRIMARY' : '';
}

function versionOf(header: Header): number {
  const version = header.get('EXTVER');
  return typeof version === 'number' ? version : 1;
}

function typeOf(header: Header, index: number): HduType {
  if (index === 0) {
    return header.get('GROUPS') === true && header.get('NAXIS1') === 0
      ? 'GROUPS'
      : 'PRIMARY';
  }
  const xtension = valueText(header.get('XTENSION')).trim();
  switch (xtension) {
    case 'IUEIMAGE':
      return 'IMAGE';
    case 'A3DTABLE':
    case '3DTABLE':
      return 'BINTABLE';
    default:
      return xtension;
  }
}

/** STIS and others: all pixels have one value, and none is stored. */
function constantOf(header: Header, axes: readonly number[]): IHdu['constant'] {
  const shape: number[] = [];
  if (axes.length > 0) {
    return null;
  }
  for (let i = 1; i <= 999; i++) {
    const n = header.get(`NPIX${i}`);
    if (typeof n !== 'number' || !Number.isInteger(n) || n < 0) {
      break;
    }
    shape.unshift(n);
  }
  const value = header.get('PIXVALUE');
  return shape.length > 0 && value !== undefined ? { shape, value } : null;
}

/**
 * What a header says of its data: type, shape, where the data ends.
 *
 * Source: FITS standard 4.0, sections 4.4.1, 6 (random groups), 7 and 10
 * (compressed images).
 *
 * @param index - the HDU's place in the file.
 * @param cards - its header.
 * @param headerStart - byte offset of the header.
 * @param headerBytes - its length with padding.
 * @throws FitsError of kind `bad-header`.
 */
export function describeHdu(
  index: number,
  cards: readonly ICard[],
  headerStart: number,
  headerBytes: number
): IHdu {
  const header = toMap(cards);
  const type = typeOf(header, index);
  const bitpix = bitpixOf(header, index);
  const axes = axesOf(header, index);
  const primary = type === 'PRIMARY';
  // PCOUNT and GCOUNT mean something in extensions and random groups only.
  const pcount = primary ? 0 : count(header, 'PCOUNT', index, 0);
  const gcount = primary ? 1 : count(header, 'GCOUNT', index, 1);
  const groups = type === 'GROUPS';
  const dataBytes =
    axes.length === 0
      ? 0
      : sizeOf(index, bitpix, gcount, pcount, groups ? axes.slice(1) : axes);
  const base = {
    index,
    name: nameOf(header, index),
    version: versionOf(header),
    headerStart,
    headerBytes,
    dataStart: headerStart + headerBytes,
    dataBytes,
    constant: constantOf(header, axes),
    cards
  };
  if (type === 'BINTABLE' && header.get('ZIMAGE') === true) {
    return {
      ...base,
      type: 'COMPRESSED_IMAGE',
      shape: axesOf(header, index, 'Z').reverse(),
      bitpix: bitpixOf(header, index, 'ZBITPIX'),
      columns: count(header, 'TFIELDS', index, 0)
    };
  }
  if (type === 'BINTABLE' || type === 'TABLE') {
    return {
      ...base,
      type,
      shape: axes.length > 1 ? [axes[1]] : [],
      bitpix,
      columns: count(header, 'TFIELDS', index, 0)
    };
  }
  return {
    ...base,
    type,
    shape: groups
      ? [gcount, ...axes.slice(1).reverse()]
      : axes.slice().reverse(),
    bitpix,
    columns: null
  };
}
