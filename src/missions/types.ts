/** The missions whose names and places are known. */
export type Mission =
  | 'hst'
  | 'tess'
  | 'kepler'
  | 'k2'
  | 'jwst'
  | 'hlsp'
  | 'ps1'
  | 'galex'
  | 'gaia'
  | 'roman';

/** How far a product has been processed. */
export type Level = 'raw' | 'cal' | 'combined' | 'aux' | 'preview';

/** What a product is made of, and so what can show it. */
export type Kind =
  | 'image'
  | 'spectrum'
  | 'lightcurve'
  | 'targetpixels'
  | 'table'
  | 'text'
  | 'preview'
  | 'pdf'
  | 'other';

/** What the name and the place of one object say of it. */
export interface IProduct {
  mission: Mission | null;
  /** The instrument's short name, such as `WFC3`. */
  instrument: string | null;
  /**
   * What the files of one observation have in common: the root name of the
   * folder (HST), the TIC, KIC or EPIC number without leading zeros, the
   * exposure or association (JWST). From the key's folder where the folder
   * is one of an observation, else from the file name.
   */
  observation: string | null;
  /** The product suffix in lower case: `drz`, `rawtag_a`, `lc`, `fast-lc`. */
  suffix: string | null;
  level: Level | null;
  kind: Kind;
  /** For a narrow panel: `Drizzled image`. */
  shortLabel: string;
  /** For a wide panel, tooltip, accessible name. */
  fullLabel: string;
  /** TESS sector (the last one of a range). */
  sector?: number;
  /** TIC number without leading zeros. */
  tic?: string;
  /** Cadence in words: `2 min`. */
  cadence?: string;
  /** The target as people write it: `TIC 377780790`, `KIC 10002792`. */
  target?: string;
}

/** A heading over the files of one folder. */
export interface IGroup {
  /** The folder found, with its trailing slash (`''` for the bucket). */
  prefix: string;
  title: string;
  subtitle: string;
}

/** A file name in three parts; put together they are the name again. */
export interface ISplitName {
  /** Up to the suffix: `ibg705081_`. */
  head: string;
  /** The product suffix as it is written: `drz`; `''` where there is none. */
  suffix: string;
  /** From behind the suffix: `.fits`. */
  tail: string;
}

/** Where the object behind a name or URI may lie. */
export interface IKeyCandidates {
  mission: Mission;
  /** The file name, lower case where the mission's names are. */
  file: string;
  /** Keys to try, the likeliest first; may be empty. */
  keys: string[];
  /**
   * List this prefix without a delimiter and match the file name (HST: one
   * visit). Prefer it to `keys` where it is given.
   */
  visitPrefix: string | null;
  /** The nearest folder that is sure to be the right one to show. */
  folder: string;
}
