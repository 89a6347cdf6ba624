import { folderOf, readFolder } from './folders';
import { parseName } from './names';
import type { IParsedName } from './names';
import { plainNumber } from './places';
import { lookUp, table } from './table';
import type { IProductEntry } from './table';
import type { IProduct, Kind, Mission } from './types';

const ROOTS: readonly (readonly [string, Mission])[] = [
  ['hst/', 'hst'],
  ['tess/', 'tess'],
  ['kepler/', 'kepler'],
  ['k2/', 'k2'],
  ['jwst/', 'jwst'],
  ['mast/hlsp/', 'hlsp'],
  ['panstarrs/ps1/', 'ps1'],
  ['galex/', 'galex'],
  ['gaia/', 'gaia'],
  ['roman/', 'roman']
];

/** The mission whose part of the bucket a key lies in, or null. */
export function missionOfPath(key: string): Mission | null {
  return ROOTS.find(([root]) => key.startsWith(root))?.[1] ?? null;
}

/** The table's entry for a name's suffix, or undefined. */
function entryOf(name: IParsedName): IProductEntry | undefined {
  switch (name.mission) {
    case 'hst':
      return lookUp(table.hst.suffixes, name.code)?.find(
        e =>
          !e.instruments ||
          (name.instrument && e.instruments.includes(name.instrument))
      );
    case 'tess':
      return lookUp(table.tess, name.code);
    case 'kepler':
    case 'k2':
      return lookUp(table.kepler, name.code);
    case 'jwst':
      return lookUp(table.jwst, name.code);
    case 'hlsp':
      return lookUp(table.hlsp, name.code);
    case 'ps1':
      return lookUp(table.ps1, name.code);
    case 'galex':
      return lookUp(table.galex, name.code);
    case 'roman':
      return lookUp(table.roman, name.code);
    default:
      return undefined;
  }
}

/** What stands before the first dot of a full label. */
function brand(name: IParsedName, mission: Mission): string {
  if (mission === 'hlsp') {
    return name.collection ? `HLSP ${name.collection}` : table.missions.hlsp;
  }
  if (mission === 'kepler' || mission === 'k2') {
    return table.missions[mission];
  }
  return name.instrument ?? table.missions[mission];
}

/** What follows the product in a full label. */
function details(name: IParsedName): string[] {
  const out: string[] = [];
  if (name.cadence) {
    out.push(name.cadence);
  }
  if (name.camera && name.ccd) {
    out.push(`camera ${name.camera}, CCD ${name.ccd}`);
  }
  if (name.sector !== undefined) {
    const first = name.firstSector ?? name.sector;
    out.push(
      first === name.sector
        ? `sector ${name.sector}`
        : `sectors ${first} to ${name.sector}`
    );
  }
  if (name.campaign !== undefined) {
    out.push(`campaign ${name.campaign}`);
  }
  if (name.mission === 'ps1') {
    out.push(`${name.filter} band`);
  } else if (name.mission === 'galex' && name.filter) {
    out.push(name.filter);
  } else if (name.filter && /^f[0-9]{3}/.test(name.filter)) {
    out.push(name.filter.toUpperCase());
  }
  return out;
}

/** Whether full labels of a mission end with the suffix in brackets. */
function showsCode(mission: Mission): boolean {
  return mission === 'hst' || mission === 'jwst' || mission === 'hlsp';
}

function targetOf(name: IParsedName): string | undefined {
  if (name.id) {
    const catalogue = { tess: 'TIC', hlsp: 'TIC', kepler: 'KIC', k2: 'EPIC' }[
      name.mission as 'tess' | 'hlsp' | 'kepler' | 'k2'
    ];
    return `${catalogue} ${plainNumber(name.id)}`;
  }
  return name.target === '' ? undefined : name.target;
}

function observationOf(name: IParsedName): string | null {
  switch (name.mission) {
    case 'hst':
      return name.root ?? null;
    case 'tess':
      return name.id
        ? plainNumber(name.id)
        : name.code === 'cube' || name.camera
          ? `s${String(name.sector).padStart(4, '0')}-${name.camera}-${name.ccd}`
          : null;
    case 'kepler':
    case 'k2':
      return name.id ? plainNumber(name.id) : null;
    case 'jwst':
      return name.exposure
        ? `jw${name.program}${name.exposure}`
        : name.association
          ? `jw${name.program}-${name.association}`
          : null;
    case 'hlsp':
      return name.id ? plainNumber(name.id) : (targetOf(name) ?? null);
    case 'ps1':
      return `${name.projection}.${name.skycell}`;
    case 'roman':
      return name.exposure ?? null;
    default:
      return null;
  }
}

/** Tables and texts say so by their extension, whatever the suffix. */
function kindOf(name: IParsedName, entry: IProductEntry | undefined): Kind {
  const byExtension = lookUp(table.extensions, name.extension)?.kind;
  if (byExtension && byExtension !== 'other') {
    return byExtension;
  }
  return entry?.kind ?? 'other';
}

/** A label behind a dot: `text file`, but `JSON file`. */
function inSentence(label: string): string {
  return /^(?!Parquet|Python)[A-Z][a-z]/.test(label)
    ? label.charAt(0).toLowerCase() + label.slice(1)
    : label;
}

/** Only what the name's extension says. */
function describeOther(name: IParsedName, mission: Mission | null): IProduct {
  const known = lookUp(table.extensions, name.extension);
  const label =
    known?.label ??
    (name.extension ? `${name.extension.toUpperCase()} file` : 'File');
  return {
    mission,
    instrument: null,
    observation: null,
    suffix: null,
    level: known?.kind === 'preview' ? 'preview' : null,
    kind: known?.kind ?? 'other',
    shortLabel: label,
    fullLabel: mission
      ? `${table.missions[mission]} · ${inSentence(label)}`
      : label
  };
}

/**
 * What an object is, from its key alone: labels, mission, instrument, level.
 * Total: never throws, for any string; a folder or a bare file name will do.
 *
 * Source: DOMAIN section 4 and `product-names.json`.
 *
 * @param key - an object's key or a file name.
 */
export function describeKey(key: string): IProduct {
  const folder = folderOf(key);
  const name = parseName(key.slice(folder.length));
  const place = missionOfPath(key);
  const entry = entryOf(name);
  const mission = name.mission;
  if (
    !mission ||
    // An HST-like name elsewhere may be chance: `notebooks_old.txt`.
    (mission === 'hst' &&
      place !== 'hst' &&
      !entry &&
      !name.extension.startsWith('fits'))
  ) {
    const found = readFolder(folder);
    const other = describeOther(name, place);
    return found ? { ...other, observation: found.observation } : other;
  }
  const found = place === mission ? readFolder(folder) : null;
  const preview = kindOf(name, undefined) === 'preview';
  const code = name.suffix && name.code;
  const what = entry ? entry.full : code;
  const parts = [what, ...details(name)].join(', ');
  const tag = showsCode(mission) && entry ? ` (${code})` : '';
  const cadence = name.cadence ? `, ${name.cadence}` : '';
  const short = entry ? entry.short + cadence : code;
  const target = targetOf(name);
  const tic = mission === 'tess' || mission === 'hlsp' ? name.id : undefined;
  return {
    mission,
    instrument: name.instrument ?? null,
    observation: found?.observation ?? observationOf(name),
    suffix: code || null,
    level: preview ? 'preview' : (entry?.level ?? null),
    kind: kindOf(name, entry),
    shortLabel: preview ? (name.thumb ? 'Preview, small' : 'Preview') : short,
    fullLabel: `${brand(name, mission)} · ${preview ? 'preview: ' : ''}${parts}${tag}`,
    ...(name.sector === undefined ? {} : { sector: name.sector }),
    ...(tic ? { tic: plainNumber(tic) } : {}),
    ...(name.cadence ? { cadence: name.cadence } : {}),
    ...(target ? { target } : {})
  };
}
