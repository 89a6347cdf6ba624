import {
  hstFolder,
  k2Prefixes,
  keplerPrefixes,
  placesOfName,
  plainNumber,
  sectorName,
  TESS_TARGETS,
  tessPrefix,
  ticPath,
  visitPrefix
} from './places';
import type { Goto, IGotoTessTarget, IGotoUnknown } from './gototypes';
import { lookUp, lower, table } from './table';
import type { IKeyCandidates } from './types';
import {
  cutUrl,
  decodePercent,
  hstIn,
  keysOfUri,
  parseHttpsUrl,
  parseS3Uri,
  queryValue
} from './uri';
import type { IKnownArchive } from './uri';

const HOMES: Readonly<Record<string, string>> = {
  hst: 'hst/public/',
  hubble: 'hst/public/',
  tess: 'tess/public/',
  kepler: 'kepler/public/',
  k2: 'k2/public/',
  jwst: 'jwst/public/',
  webb: 'jwst/public/',
  hlsp: 'mast/hlsp/',
  ffi: 'tess/public/ffi/',
  panstarrs: 'panstarrs/',
  'pan-starrs': 'panstarrs/',
  ps1: 'panstarrs/ps1/public/',
  galex: 'galex/',
  gaia: 'gaia/',
  roman: 'roman/'
};

/** Takes away spaces, quotes and brackets around what was pasted. */
function strip(text: string): string {
  let out = text.replace(/[\u00a0\u200b\ufeff]/g, ' ');
  for (;;) {
    const m =
      /^[ \t\r\n]*(?:"([^"]*)"|'([^']*)'|`([^`]*)`|<([^<>]*)>|\u201c([^\u201d]*)\u201d|\u2018([^\u2019]*)\u2019)?[ \t\r\n,;]*$/.exec(
        out
      );
    const inner = m?.slice(1).find(part => part !== undefined);
    if (inner === undefined) {
      return out.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    }
    out = inner;
  }
}

function unknown(text: string, nearest = ''): IGotoUnknown {
  return { kind: 'unknown', text, nearest };
}

function fromCandidates(found: IKeyCandidates, text: string): Goto {
  const { file, keys, folder } = found;
  if (found.visitPrefix !== null) {
    return {
      kind: 'hst-file',
      file,
      exact: true,
      visitPrefix: found.visitPrefix,
      folder,
      keys
    };
  }
  return keys.length > 0
    ? { kind: 'file', file, keys, folder }
    : unknown(text, folder);
}

/** A TIC, with a sector or without. */
export function tessTarget(
  tic: string,
  sector: number | null
): IGotoTessTarget {
  const plain = plainNumber(tic);
  return {
    kind: 'tess-target',
    tic: plain,
    sector,
    prefixes: sector === null ? [] : [tessPrefix(plain, sector)],
    sectors: TESS_TARGETS,
    path: ticPath(plain)
  };
}

/** A TIC and perhaps a sector, in the ways people write them. */
function readTic(text: string): Goto | null {
  const sector = '(?:s|sec|sect|sector)[ .=#_-]*([0-9]{1,4})';
  const number = '(?:tic[ :#=_-]*(?:id[ :#=_-]*)?)';
  const gap = '[ ,;/_-]*';
  const usual = new RegExp(
    `^${number}?([0-9]{1,16})(?:${gap}${sector})?$`
  ).exec(text);
  const turned = new RegExp(`^${sector}[ ,;/_-]+${number}([0-9]{1,16})$`).exec(
    text
  );
  // `TIC 377780790 14`: long, then short.
  const short = new RegExp(`^${number}([0-9]{5,16})[ ,;]+([0-9]{1,3})$`).exec(
    text
  );
  const m = turned ? [turned[0], turned[2], turned[1]] : (usual ?? short);
  if (m && Number(m[1]) > 0 && (m[2] === undefined || Number(m[2]) > 0)) {
    return tessTarget(m[1], m[2] === undefined ? null : Number(m[2]));
  }
  const path =
    /^(?:s([0-9]{4})\/)?([0-9]{4})\/([0-9]{4})\/([0-9]{4})\/([0-9]{4})\/?$/.exec(
      text
    );
  if (path) {
    const all = path.slice(2).join('');
    return tessTarget(all, path[1] === undefined ? null : Number(path[1]));
  }
  const alone =
    /^(?:tess[ ,]*)?(?:sec|sect|sector|s(?=[0-9]{4}$))[ .=#_-]*([0-9]{1,4})$/.exec(
      text
    );
  return alone
    ? { kind: 'place', key: `${TESS_TARGETS}${sectorName(Number(alone[1]))}/` }
    : null;
}

/** KIC and EPIC numbers. */
function readKepler(text: string): Goto | null {
  let m = /^kic[ :#=_-]*([0-9]{1,9})$/.exec(text);
  if (m && Number(m[1]) > 0) {
    return {
      kind: 'kepler-target',
      id: plainNumber(m[1]),
      campaign: null,
      prefixes: keplerPrefixes(m[1]),
      campaigns: [],
      path: ''
    };
  }
  m =
    /^(?:epic|k2)[ :#=_-]*([0-9]{9})(?:[ ,;/_-]*(?:c|campaign)[ .=#_-]*([0-9]{1,3}))?$/.exec(
      text
    );
  if (!m) {
    return null;
  }
  const id = m[1];
  const campaign = m[2] === undefined ? null : Number(m[2]);
  return {
    kind: 'k2-target',
    id,
    campaign,
    prefixes:
      campaign === null
        ? []
        : k2Prefixes(id, campaign).map(folder => `${folder}ktwo${id}`),
    campaigns:
      campaign === null
        ? ['k2/public/lightcurves/', 'k2/public/target_pixel_files/']
        : [],
    path: `${id.slice(0, 4)}00000/${id.slice(4, 6)}000/ktwo${id}`
  };
}

/** Names of observations of other missions, as searches print them. */
function readObservation(text: string): Goto | null {
  let m =
    /^tess[0-9]{13}-(?:s[0-9]{4}-)?s([0-9]{4})-([0-9]{16})(?:-[a-z0-9_-]*)?$/.exec(
      text
    );
  if (m) {
    return tessTarget(m[2], Number(m[1]));
  }
  m = /^kplr([0-9]{9})(?:[-_][a-z0-9_-]*)?$/.exec(text);
  if (m) {
    return readKepler(`kic ${m[1]}`);
  }
  m = /^ktwo([0-9]{9})(?:-c([0-9]{2,3}))?(?:[-_][a-z0-9_-]*)?$/.exec(text);
  if (m) {
    return readKepler(`epic ${m[1]}${m[2] ? ` c${m[2]}` : ''}`);
  }
  m =
    /^jw([0-9]{5})(?:([0-9]{6})(?:_[a-z0-9_-]*)?|-(o[0-9]{3})(?:_[a-z0-9_-]*)?)?$/.exec(
      text
    );
  if (m) {
    const below = m[2] ? `jw${m[1]}${m[2]}/` : m[3] ? `L3/t/${m[3]}/` : '';
    return { kind: 'place', key: `jwst/public/jw${m[1]}/${below}` };
  }
  return null;
}

/** Root names of HST, whole or begun, and file names without extension. */
function readHst(text: string): Goto | null {
  const instrument = lookUp(table.hst.instruments, text.charAt(0));
  if (!instrument) {
    return null;
  }
  if (/^[a-z][a-z0-9]{8}$/.test(text)) {
    return {
      kind: 'rootname',
      name: text,
      visitPrefix: visitPrefix(text),
      folder: hstFolder(text)
    };
  }
  if (/^[a-z][a-z0-9]{3,7}$/.test(text)) {
    return {
      kind: 'visit',
      name: text,
      prefix: `hst/public/${text.slice(0, 4)}/${text.length > 4 ? text : ''}`,
      folder: `hst/public/${text.slice(0, 4)}/`
    };
  }
  if (/^[a-z][a-z0-9]{8}_[a-z0-9_-]*\.?$/.test(text)) {
    const root = text.slice(0, 9);
    return {
      kind: 'hst-file',
      file: text,
      exact: false,
      visitPrefix: visitPrefix(root),
      folder: `hst/public/${root.slice(0, 4)}/`,
      keys: []
    };
  }
  return null;
}

/** Addresses of MAST and of JupyterLab that hold something of ours. */
function readAddress(
  text: string,
  archives: readonly IKnownArchive[],
  depth: number
): Goto | null {
  const found = parseHttpsUrl(text, archives);
  if (found) {
    return { kind: 'place', ...found };
  }
  const cut = cutUrl(text) ?? lab(text);
  if (!cut) {
    return null;
  }
  const inner =
    queryValue(cut.query, 'mast') ??
    (cut.host === 'mast.stsci.edu' ? queryValue(cut.query, 'uri') : null);
  if (inner !== null && depth < 2) {
    const place = read(inner, archives, depth + 1);
    const archive = queryValue(cut.query, 'archive');
    return archive && place.kind === 'place' && place.archive === undefined
      ? { ...place, archive }
      : place;
  }
  if (cut.host === 'archive.stsci.edu') {
    const m =
      /^\/(?:missions\/(tess|kepler|k2|hst|jwst)|pub\/(kepler|k2)|(hlsps?))\/([^]*)$/.exec(
        decodePercent(cut.path)
      );
    if (m) {
      return {
        kind: 'place',
        key: m[3] ? `mast/hlsp/${m[4]}` : `${m[1] ?? m[2]}/public/${m[4]}`
      };
    }
  }
  return unknown(text);
}

/** `/lab?mast=…`, `?mast=…`: part of an address of JupyterLab. */
function lab(
  text: string
): { host: string; path: string; query: string } | null {
  const m = /^([^?#]*)\?([^#]*)(?:#[^]*)?$/.exec(text);
  return m && queryValue(m[2], 'mast') !== null
    ? { host: '', path: m[1], query: m[2] }
    : null;
}

function read(
  raw: string,
  archives: readonly IKnownArchive[],
  depth: number
): Goto {
  const text = strip(raw);
  const s3 = parseS3Uri(text);
  if (s3) {
    return { kind: 'place', ...s3 };
  }
  const arn = /^arn:aws[a-z-]*:s3:::([^/]+)(?:\/([^]*))?$/.exec(text);
  if (arn) {
    return { kind: 'place', bucket: arn[1], key: arn[2] ?? '' };
  }
  if (/^https?:\/\//i.test(text) || lab(text)) {
    return readAddress(text, archives, depth) ?? unknown(text);
  }
  if (/^mast:/i.test(text)) {
    const found = keysOfUri(decodePercent(text));
    return found ? fromCandidates(found, text) : unknown(text, nearest(text));
  }
  const small = lower(text).replace(/[ \t]+/g, ' ');
  const home = lookUp(HOMES, small.replace(/\/$/, ''));
  if (home !== undefined) {
    return { kind: 'place', key: home };
  }
  const target = readTic(small) ?? readKepler(small) ?? readObservation(small);
  if (target) {
    return target;
  }
  if (text.includes('/')) {
    const dataset = /^([a-z][a-z0-9]{8})\/([a-z0-9]{9}_[^/]+)$/i.exec(text);
    if (dataset && lookUp(table.hst.instruments, lower(dataset[1].charAt(0)))) {
      return fromCandidates(hstIn(lower(dataset[1]), dataset[2]), text);
    }
    return { kind: 'place', key: text.replace(/^\//, '') };
  }
  const named = placesOfName(text);
  // Without an extension an HST name is the beginning of file names.
  if (named && (named.mission !== 'hst' || /\.[a-z]/.test(named.file))) {
    return fromCandidates(named, text);
  }
  return readHst(small) ?? unknown(text, nearest(text));
}

/** The folder that comes nearest to a text that nothing else explains. */
function nearest(text: string): string {
  const small = lower(text);
  const m = /^mast:([a-z0-9]+)/.exec(small);
  const home =
    lookUp(HOMES, m ? m[1] : '') ??
    (small.startsWith('hst_')
      ? HOMES.hst
      : /^tess[0-9-]/.test(small)
        ? HOMES.tess
        : small.startsWith('kplr')
          ? HOMES.kepler
          : small.startsWith('ktwo')
            ? HOMES.k2
            : /^jw[0-9]/.test(small)
              ? HOMES.jwst
              : small.startsWith('hlsp_')
                ? HOMES.hlsp
                : undefined);
  if (home !== undefined) {
    return home;
  }
  return '';
}

/**
 * What a text typed or pasted into the "Go to" box asks for. Pure: it says
 * what to look up and asks nobody. Total: never throws, for any string.
 *
 * Source: DOMAIN sections 1, 2 and 4; DESIGN section 4, "Listing".
 *
 * @param text - a key, `s3://`, `https://` or `mast:` address, root name,
 *   file name, TIC with or without sector, KIC, EPIC.
 * @param archives - the configured archives, to know their endpoints.
 */
export function goTo(
  text: string,
  archives: readonly IKnownArchive[] = []
): Goto {
  // Keys have 1,024 bytes at most, 3,072 when encoded.
  return text.length > 4096 ? unknown(text) : read(text, archives, 0);
}
