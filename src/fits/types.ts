/**
 * Reads bytes of one file. `end` is exclusive. Past the end of the file,
 * `read` gives fewer bytes than asked for.
 */
export interface IByteSource {
  /** The file's size in bytes; `Infinity` where only its end will tell. */
  size(): Promise<number>;
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A complex number. */
export interface IComplex {
  readonly re: number;
  readonly im: number;
}

/**
 * The value of a card. Integers beyond 2^53 are `bigint`; an undefined value
 * and the lack of one are `null`.
 */
export type CardValue = string | number | bigint | boolean | IComplex | null;

/** A value as text: `T`, `(1, 2)`, `''` for none. */
export function valueText(value: CardValue | undefined): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value === 'boolean') {
    return value ? 'T' : 'F';
  }
  return typeof value === 'object'
    ? `(${value.re}, ${value.im})`
    : String(value);
}

/**
 * How a card is to be read. `commentary`: COMMENT, HISTORY, blank, and any
 * card without a value indicator. `invalid`: there is one, but what follows
 * is none of the value types; the value is then the text as it stands.
 */
export type CardType =
  | 'string'
  | 'integer'
  | 'float'
  | 'logical'
  | 'complex'
  | 'undefined'
  | 'commentary'
  | 'invalid';

/** One card of a header; a long string with its CONTINUE cards is one. */
export interface ICard {
  /** As written, without trailing spaces; HIERARCH: `ESO DET ID`. */
  readonly keyword: string;
  readonly type: CardType;
  readonly value: CardValue;
  /** The comment behind `/`, or `''`. Commentary has its text in `value`. */
  readonly comment: string;
  /** The 80 characters of each card, joined. */
  readonly raw: string;
  /** A record-valued keyword, `DP1 = 'AXIS.1: 2'`: its field and number. */
  readonly record?: { readonly field: string; readonly value: number };
}

/** `PRIMARY`, `GROUPS` (random groups), or what XTENSION says. */
export type HduType =
  | 'PRIMARY'
  | 'GROUPS'
  | 'IMAGE'
  | 'TABLE'
  | 'BINTABLE'
  | 'COMPRESSED_IMAGE'
  // Any other XTENSION: `HDRLET`, `FOREIGN`, …
  | (string & Record<never, never>);

/** One header and data unit. */
export interface IHdu {
  /** From 0. */
  readonly index: number;
  /** EXTNAME without outer spaces; `PRIMARY` or `''` where there is none. */
  readonly name: string;
  /** EXTVER, default 1. */
  readonly version: number;
  readonly type: HduType;
  /**
   * Numpy order, the fastest axis last. Image: pixels (of a compressed one:
   * of the image inside). Table: one number, the rows. Random groups: first
   * the groups. No data: empty.
   */
  readonly shape: readonly number[];
  /** BITPIX (of a compressed image: ZBITPIX). */
  readonly bitpix: number;
  /** Tables: TFIELDS. */
  readonly columns: number | null;
  /** Byte offset of the header in the file. */
  readonly headerStart: number;
  /** Bytes of the header, a multiple of 2880. */
  readonly headerBytes: number;
  /** Byte offset of the data. */
  readonly dataStart: number;
  /** Bytes of data without padding. */
  readonly dataBytes: number;
  /**
   * An image whose pixels all have one value and are not stored (STIS:
   * NAXIS = 0 with NPIX1, NPIX2, PIXVALUE).
   */
  readonly constant: {
    readonly shape: readonly number[];
    readonly value: CardValue;
  } | null;
  readonly cards: readonly ICard[];
}

/** What came behind the last HDU. */
export interface IFileEnd {
  /** HDUs given. */
  readonly hdus: number;
  /** Bytes of the file behind the last HDU's padded data. */
  readonly trailingBytes: number;
  /** `junk`: neither an extension, nor blanks, nor zeros. */
  readonly trailing: 'none' | 'blank' | 'junk';
  /** The padding of the last data is missing (size not n × 2880). */
  readonly unpadded: boolean;
  /** Reading stopped at `maxHdus`; there may be more. */
  readonly stopped: boolean;
}

/** Why a file cannot be read. */
export type FitsErrorKind =
  'not-fits' | 'truncated' | 'no-end' | 'bad-header' | 'bad-gzip' | 'too-large';

/** A file that is not what it should be; `message` is a sentence for people. */
export class FitsError extends Error {
  /**
   * @param kind - the class of what is wrong.
   * @param message - a sentence.
   * @param hdu - the index of the HDU at fault, where there is one.
   */
  constructor(
    readonly kind: FitsErrorKind,
    message: string,
    readonly hdu: number | null = null
  ) {
    super(message);
    this.name = 'FitsError';
    Object.setPrototypeOf(this, FitsError.prototype);
  }
}

/** What to read, and how much of it at most. */
export interface IReadOptions {
  signal?: AbortSignal;
  /** Stop after so many HDUs; default 10,000. */
  maxHdus?: number;
  /** The longest header that is believed, in bytes; default 4 MiB. */
  maxHeaderBytes?: number;
  /** Files up to this size are read at once, in bytes; default 1 MB. */
  wholeBytes?: number;
  /** The first read of a larger file, in bytes; default 66,240. */
  firstBytes?: number;
  /** Each read further on, in bytes; default 23,040. */
  nextBytes?: number;
}
