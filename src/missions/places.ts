import { parseName } from './names';
import type { IParsedName } from './names';
import { lookUp, table } from './table';
import type { IKeyCandidates, Mission } from './types';

/** Where the targets of TESS lie, one folder a sector. */
export const TESS_TARGETS = 'tess/public/tid/';

/**
 * The folder name of a sector: `s0014`.
 *
 * @param sector - 1 to 9999.
 */
export function sectorName(sector: number): string {
  return `s${String(sector).padStart(4, '0')}`;
}

/**
 * The folders of a TIC below its sector: `0000/0003/7778/0790/`.
 *
 * @param tic - digits, at most 16 (leading zeros do not matter).
 */
export function ticPath(tic: string): string {
  const all = tic.padStart(16, '0');
  return `${all.slice(0, 4)}/${all.slice(4, 8)}/${all.slice(8, 12)}/${all.slice(12)}/`;
}

/**
 * The folder of one TESS target in one sector.
 *
 * Source: DOMAIN section 1, `tess/public/tid/s<SSSS>/<4/4/4/4>/`.
 */
export function tessPrefix(tic: string, sector: number): string {
  return `${TESS_TARGETS}${sectorName(sector)}/${ticPath(tic)}`;
}

/** Digits without leading zeros (`0` for none). */
export function plainNumber(digits: string): string {
  return digits.replace(/^0+(?=[0-9])/, '');
}

/**
 * The folders that Kepler keeps for one target.
 *
 * @param kic - digits, at most 9.
 */
export function keplerPrefixes(kic: string): string[] {
  const id = kic.padStart(9, '0');
  return ['lightcurves', 'target_pixel_files'].map(
    kind => `kepler/public/${kind}/${id.slice(0, 4)}/${id}/`
  );
}

/**
 * The folders, shared by a thousand targets, in which a K2 target lies.
 *
 * @param epic - 9 digits.
 * @param campaign - `3`; `91` is the first half of campaign 9.
 */
export function k2Prefixes(epic: string, campaign: number): string[] {
  const id = epic.padStart(9, '0');
  return ['lightcurves', 'target_pixel_files'].map(
    kind =>
      `k2/public/${kind}/c${campaign}/${id.slice(0, 4)}00000/${id.slice(4, 6)}000/`
  );
}

/** The prefix under which all folders of the visit of an HST root begin. */
export function visitPrefix(root: string): string {
  return `hst/public/${root.slice(0, 4)}/${root.slice(0, 6)}`;
}

/** The folder of an HST root name if it has one of its own. */
export function hstFolder(root: string): string {
  return `hst/public/${root.slice(0, 4)}/${root}/`;
}

function hstPlaces(file: string, name: IParsedName): IKeyCandidates | null {
  const root = name.root;
  if (!root) {
    return null;
  }
  return {
    mission: 'hst',
    file,
    keys: root.length === 9 ? [hstFolder(root) + file] : [],
    visitPrefix: visitPrefix(root),
    folder: `hst/public/${root.slice(0, 4)}/`
  };
}

function tessPlaces(name: IParsedName): { folder: string; exact: boolean } {
  const sector = name.sector ?? 0;
  if (name.id) {
    return { folder: tessPrefix(name.id, sector), exact: true };
  }
  if (name.code === 'cube') {
    return { folder: 'tess/public/mast/', exact: true };
  }
  const date = name.date ?? '';
  return {
    folder: `tess/public/ffi/${sectorName(sector)}/${date.slice(0, 4)}/${date.slice(4)}/${name.camera}-${name.ccd}/`,
    exact: true
  };
}

function keplerPlaces(name: IParsedName): { folder: string; exact: boolean } {
  const mission = name.mission === 'k2' ? 'k2' : 'kepler';
  const folders =
    mission === 'k2'
      ? k2Prefixes(name.id ?? '', name.campaign ?? 0)
      : keplerPrefixes(name.id ?? '');
  switch (name.id ? name.code : '') {
    case 'llc':
    case 'slc':
      return { folder: folders[0], exact: true };
    case 'lpd-targ':
    case 'spd-targ':
      return { folder: folders[1], exact: true };
    default:
      return { folder: `${mission}/public/`, exact: false };
  }
}

function jwstPlaces(name: IParsedName): { folder: string; exact: boolean } {
  const base = `jwst/public/jw${name.program}/`;
  if (name.exposure) {
    return { folder: `${base}jw${name.program}${name.exposure}/`, exact: true };
  }
  if (name.association?.startsWith('o')) {
    return { folder: `${base}L3/t/${name.association}/`, exact: true };
  }
  return { folder: name.association ? `${base}L3/` : base, exact: false };
}

/**
 * Where a file of this name may lie, from its name alone.
 *
 * Source: DOMAIN sections 1 and 2.
 *
 * @param file - a file name without folders, in any case.
 * @returns null where the name is of no mission, or says no place.
 */
export function placesOfName(file: string): IKeyCandidates | null {
  const name = parseName(file);
  const small = file.replace(/[A-Z]/g, c => c.toLowerCase());
  let place: { folder: string; exact: boolean };
  switch (name.mission) {
    case 'hst':
      return hstPlaces(small, name);
    case 'tess':
      place = tessPlaces(name);
      break;
    case 'kepler':
    case 'k2':
      place = keplerPlaces(name);
      break;
    case 'jwst':
      place = jwstPlaces(name);
      break;
    case 'ps1':
      place = {
        folder: `panstarrs/ps1/public/rings.v3.skycell/${name.projection}/${name.skycell}/`,
        exact: true
      };
      break;
    case 'hlsp':
      place = {
        folder: lookUp(table.hlspCollections, name.collection ?? '')
          ? `mast/hlsp/${name.collection}/`
          : 'mast/hlsp/',
        exact: false
      };
      break;
    default:
      return null;
  }
  const mission: Mission = name.mission;
  const keys = place.exact ? [place.folder + small] : [];
  if (place.exact && /^[ls]pd-targ$/.test(name.code)) {
    // The archive keeps target pixel files gzipped; people drop the `.gz`.
    const other = small.endsWith('.gz') ? small.slice(0, -3) : `${small}.gz`;
    keys[small.endsWith('.gz') ? 'push' : 'unshift'](place.folder + other);
  }
  return {
    mission,
    file: small,
    keys,
    visitPrefix: null,
    folder: place.folder
  };
}
