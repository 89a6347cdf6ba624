import { parseName } from './names';
import { plainNumber, ticPath } from './places';
import { lookUp, table } from './table';
import type { IGroup } from './types';

/** What a folder is, when the folder is one of an observation. */
export interface IFolder {
  title: string;
  subtitle: string;
  /** As `IProduct.observation`. */
  observation: string;
}

/** The key's folder with its trailing slash; `''` at the bucket's root. */
export function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

/**
 * What the folder of an observation says; null for any other folder.
 *
 * @param prefix - a prefix ending in `/`.
 */
export function readFolder(prefix: string): IFolder | null {
  let m = /^hst\/public\/([a-z0-9]{4})\/(([a-z])[a-z0-9]{8})\/$/.exec(prefix);
  if (m?.[2].startsWith(m[1])) {
    const instrument = lookUp(table.hst.instruments, m[3]);
    return {
      title: m[2],
      subtitle: instrument?.name ?? '',
      observation: m[2]
    };
  }
  m =
    /^tess\/public\/tid\/s([0-9]{4})\/([0-9]{4})\/([0-9]{4})\/([0-9]{4})\/([0-9]{4})\/$/.exec(
      prefix
    );
  if (m) {
    const tic = plainNumber(m.slice(2, 6).join(''));
    return {
      title: `TIC ${tic}`,
      subtitle: `sector ${Number(m[1])}`,
      observation: tic
    };
  }
  m =
    /^tess\/public\/ffi\/s([0-9]{4})\/([0-9]{4})\/([0-9]{3})\/([1-4])-([1-4])\/$/.exec(
      prefix
    );
  if (m) {
    return {
      title: `Camera ${m[4]}, CCD ${m[5]}`,
      subtitle: `sector ${Number(m[1])}, day ${m[3]} of ${m[2]}`,
      observation: `s${m[1]}-${m[4]}-${m[5]}`
    };
  }
  m =
    /^kepler\/public\/(lightcurves|target_pixel_files)\/([0-9]{4})\/([0-9]{9})\/$/.exec(
      prefix
    );
  if (m?.[3].startsWith(m[2])) {
    const kic = plainNumber(m[3]);
    return {
      title: `KIC ${kic}`,
      subtitle: m[1] === 'lightcurves' ? 'light curves' : 'target pixels',
      observation: kic
    };
  }
  m = /^jwst\/public\/jw([0-9]{5})\/(jw\1[0-9]{6})\/$/.exec(prefix);
  if (m) {
    return { title: m[2], subtitle: 'JWST', observation: m[2] };
  }
  m = /^jwst\/public\/jw([0-9]{5})\/L3\/t\/([oc][0-9]{3,4})\/$/.exec(prefix);
  if (m) {
    const name = `jw${m[1]}-${m[2]}`;
    return { title: name, subtitle: 'JWST, stage 3', observation: name };
  }
  return null;
}

/** `2019-05-22` for year 2019, day 142; null for a day that is none. */
function dayOfYear(year: string, day: string): string | null {
  const n = Number(day);
  const date = new Date(Date.UTC(Number(year), 0, n));
  return n > 0 && date.getUTCFullYear() === Number(year)
    ? date.toISOString().slice(0, 10)
    : null;
}

const RULES: readonly (readonly [
  RegExp,
  (m: RegExpExecArray) => string | null
])[] = [
  [
    /^hst\/public\/([a-z])[a-z0-9]{3}\/$/,
    m => lookUp(table.hst.instruments, m[1])?.name ?? null
  ],
  [
    /^hst\/public\/[a-z0-9]{4}\/([a-z])[a-z0-9]{7}([a-z0-9])\/$/,
    m => {
      const name = lookUp(table.hst.instruments, m[1])?.name;
      return name
        ? name + (/[0-9]/.test(m[2]) ? ' · association' : ' · exposure')
        : null;
    }
  ],
  [/^tess\/public\/(?:tid|ffi)\/s([0-9]{4})\/$/, m => `Sector ${Number(m[1])}`],
  [
    /^tess\/public\/tid\/s[0-9]{4}\/([0-9]{4}(?:\/[0-9]{4}){3})\/$/,
    m => `TIC ${plainNumber(m[1].replace(/\//g, ''))}`
  ],
  [
    /^tess\/public\/ffi\/s[0-9]{4}\/([0-9]{4})\/([0-9]{3})\/$/,
    m => dayOfYear(m[1], m[2])
  ],
  [
    /^tess\/public\/ffi\/s[0-9]{4}\/[0-9]{4}\/[0-9]{3}\/([1-4])-([1-4])\/$/,
    m => `Camera ${m[1]}, CCD ${m[2]}`
  ],
  [
    /^kepler\/public\/(?:lightcurves|target_pixel_files)\/[0-9]{4}\/([0-9]{9})\/$/,
    m => `KIC ${plainNumber(m[1])}`
  ],
  [
    /^k2\/public\/(?:lightcurves|target_pixel_files)\/c([0-9]{1,3})\/$/,
    m => `Campaign ${m[1]}`
  ],
  [
    /^k2\/public\/(?:lightcurves|target_pixel_files)\/c[0-9]{1,3}\/([0-9]{4})00000\/$/,
    m => `EPIC ${m[1]}00000 to ${m[1]}99999`
  ],
  [
    /^k2\/public\/(?:lightcurves|target_pixel_files)\/c[0-9]{1,3}\/([0-9]{4})00000\/([0-9]{2})000\/$/,
    m => `EPIC ${m[1]}${m[2]}000 to ${m[1]}${m[2]}999`
  ],
  [/^jwst\/public\/jw([0-9]{5})\/$/, m => `Program ${Number(m[1])}`],
  [
    /^jwst\/public\/jw([0-9]{5})\/jw\1([0-9]{3})([0-9]{3})\/$/,
    m => `Observation ${Number(m[2])}, visit ${Number(m[3])}`
  ],
  [/^jwst\/public\/jw[0-9]{5}\/L3\/$/, () => 'Stage 3, combined'],
  [
    /^jwst\/public\/jw[0-9]{5}\/L3\/t\/o([0-9]{3})\/$/,
    m => `Observation ${Number(m[1])}`
  ],
  [/^mast\/hlsp\/([^/]+)\/$/, m => lookUp(table.hlspCollections, m[1]) ?? null],
  [
    /^mast\/hlsp\/(?:qlp|tess-spoc|tglc|tica)\/s([0-9]{4})\/$/,
    m => `Sector ${Number(m[1])}`
  ],
  [
    /^panstarrs\/ps1\/public\/rings\.v3\.skycell\/([0-9]{4})\/$/,
    m => `Projection cell ${Number(m[1])}`
  ],
  [
    /^panstarrs\/ps1\/public\/rings\.v3\.skycell\/[0-9]{4}\/([0-9]{3})\/$/,
    m => `Sky cell ${Number(m[1])}`
  ]
];

/**
 * What a folder holds, in a few words, such as `Sector 14`. Only what is
 * certain from the path.
 *
 * Source: DOMAIN section 1, key layout.
 *
 * @param prefix - a prefix; the trailing slash may be missing.
 * @returns null where nothing is certain.
 */
export function describeFolder(prefix: string): string | null {
  const path = prefix.replace(/\/$/, '');
  const known = lookUp(table.folders, path);
  if (known) {
    return known;
  }
  for (const [pattern, say] of RULES) {
    const m = pattern.exec(`${path}/`);
    if (m) {
      return say(m);
    }
  }
  return null;
}

/**
 * The heading under which a file stands when files are grouped by
 * observation: the folder it was found in, never one computed from its name.
 *
 * @param key - the object's key.
 * @param shownPrefix - the folder that the panel shows.
 * @returns null for a key outside of the shown folder, and for one right in
 *   it when that folder is not an observation's.
 */
export function groupOf(key: string, shownPrefix: string): IGroup | null {
  const prefix = folderOf(key);
  if (!key.startsWith(shownPrefix)) {
    return null;
  }
  const folder = readFolder(prefix);
  if (folder) {
    return { prefix, title: folder.title, subtitle: folder.subtitle };
  }
  if (prefix.length <= shownPrefix.length) {
    return null;
  }
  const path = prefix.slice(folderOf(shownPrefix).length, -1);
  const k2 =
    /^k2\/public\/[a-z_]+\/c([0-9]{1,3})\/[0-9]{4}00000\/[0-9]{2}000\/$/.exec(
      prefix
    );
  if (k2) {
    return {
      prefix,
      title: describeFolder(prefix) ?? path,
      subtitle: `campaign ${k2[1]}`
    };
  }
  const name = prefix.startsWith('mast/hlsp/')
    ? parseName(key.slice(prefix.length))
    : null;
  if (
    name?.id &&
    name.sector !== undefined &&
    `/${prefix}`.endsWith(`/${ticPath(name.id)}`)
  ) {
    return {
      prefix,
      title: `TIC ${plainNumber(name.id)}`,
      subtitle: `${name.collection}, sector ${name.sector}`
    };
  }
  return {
    prefix,
    title: path || prefix,
    subtitle: describeFolder(prefix) ?? ''
  };
}
