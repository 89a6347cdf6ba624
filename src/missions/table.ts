import raw from './product-names.json';
import type { Kind, Level, Mission } from './types';

/** One product of a mission in `product-names.json`. */
export interface IProductEntry {
  readonly short: string;
  readonly full: string;
  readonly level: Level;
  readonly kind: Kind;
  /** HST: the instruments for which the entry holds; absent: all. */
  readonly instruments?: readonly string[];
}

/** An instrument of HST by its letter. */
export interface IInstrument {
  readonly name: string;
  readonly title: string;
  readonly active: boolean;
}

/** What a file name's extension says. */
export interface IExtension {
  readonly label: string;
  readonly kind: Kind;
}

type Entries = Readonly<Record<string, IProductEntry>>;

/** The shape of `product-names.json`, shared with the Python package. */
export interface ITable {
  readonly hst: {
    readonly instruments: Readonly<Record<string, IInstrument>>;
    readonly suffixes: Readonly<Record<string, readonly IProductEntry[]>>;
  };
  readonly tess: Entries;
  readonly kepler: Entries;
  readonly jwst: Entries;
  readonly jwstDetectors: Readonly<Record<string, string>>;
  readonly hlsp: Entries;
  readonly hlspCollections: Readonly<Record<string, string>>;
  readonly ps1: Entries;
  readonly galex: Entries;
  readonly roman: Entries;
  readonly extensions: Readonly<Record<string, IExtension>>;
  readonly missions: Readonly<Record<Mission, string>>;
  readonly folders: Readonly<Record<string, string>>;
}

/** The table; a test checks that it has this shape. */
export const table = raw as unknown as ITable;

/**
 * A record's own value, or undefined: safe for keys that come from names
 * (`constructor`, `__proto__`).
 */
export function lookUp<T>(
  record: Readonly<Record<string, T>>,
  key: string
): T | undefined {
  return Object.prototype.hasOwnProperty.call(record, key)
    ? record[key]
    : undefined;
}

/** Lower case of A to Z only, so that lengths and offsets stay. */
export function lower(text: string): string {
  return text.replace(/[A-Z]/g, c => c.toLowerCase());
}
