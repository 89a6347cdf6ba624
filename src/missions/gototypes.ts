/** A key or folder as it stands; without a bucket: in the current archive. */
export interface IGotoPlace {
  kind: 'place';
  /** The archive whose endpoint or id was named. */
  archive?: string;
  bucket?: string;
  /** A key, or a prefix; which of them, only a request tells. */
  key: string;
}

/** An HST root name: list `visitPrefix` and look for `folder`. */
export interface IGotoRootname {
  kind: 'rootname';
  name: string;
  visitPrefix: string;
  folder: string;
}

/** The beginning of HST root names (4 to 8 characters). */
export interface IGotoVisit {
  kind: 'visit';
  name: string;
  /** List this, with the delimiter, for the folders that begin so. */
  prefix: string;
  /** The folder that holds them all. */
  folder: string;
}

/**
 * A file of HST: list `visitPrefix` without a delimiter and match the last
 * segment with `file` (`exact`), or with its beginning.
 */
export interface IGotoHstFile {
  kind: 'hst-file';
  file: string;
  exact: boolean;
  visitPrefix: string;
  /** The nearest folder that is sure to be right. */
  folder: string;
  /** Keys worth a HEAD when the list cannot be had. */
  keys: string[];
}

/** A file of another mission: HEAD `keys` in this order. */
export interface IGotoFile {
  kind: 'file';
  file: string;
  keys: string[];
  folder: string;
}

/** A TESS target. */
export interface IGotoTessTarget {
  kind: 'tess-target';
  /** Without leading zeros. */
  tic: string;
  /** null: ask every sector listed under `sectors`. */
  sector: number | null;
  /** The folder to list; empty when every sector must be asked. */
  prefixes: string[];
  /** `tess/public/tid/` */
  sectors: string;
  /** To put behind `tess/public/tid/sNNNN/`: `0000/0003/7778/0790/`. */
  path: string;
}

/** A target of Kepler or K2. */
export interface IGotoKeplerTarget {
  kind: 'kepler-target' | 'k2-target';
  /** KIC or EPIC without leading zeros. */
  id: string;
  /** K2: null when every campaign must be asked. */
  campaign: number | null;
  /**
   * Prefixes to list. For K2 they end within a file name, since a thousand
   * targets share a folder; without a campaign they are empty.
   */
  prefixes: string[];
  /** K2 without a campaign: the folders that list campaigns. */
  campaigns: string[];
  /** K2: to put behind a campaign's folder. */
  path: string;
}

/** Nothing recognised. */
export interface IGotoUnknown {
  kind: 'unknown';
  text: string;
  /** The nearest folder that could be shown; `''` where none is. */
  nearest: string;
}

/** What a text in the "Go to" box asks to look up. */
export type Goto =
  | IGotoPlace
  | IGotoRootname
  | IGotoVisit
  | IGotoHstFile
  | IGotoFile
  | IGotoTessTarget
  | IGotoKeplerTarget
  | IGotoUnknown;
