import { lookUp, lower, table } from './table';
import type { ISplitName, Mission } from './types';

/** What a file name alone says. */
export interface IParsedName extends ISplitName {
  mission: Mission | null;
  /** Extension without its dot, lower case; `fits.gz` counts as one. */
  extension: string;
  /** The suffix as the table has it (`lc`, not `s_lc`); `''`: none. */
  code: string;
  /** A reduced picture (`…_thumb.jpg`). */
  thumb: boolean;
  /** HST 9-character root name; HAP: the 6 to 9 characters in the name. */
  root?: string;
  instrument?: string;
  /** TIC, KIC, EPIC with its leading zeros. */
  id?: string;
  firstSector?: number;
  sector?: number;
  campaign?: number;
  cadence?: string;
  camera?: string;
  ccd?: string;
  /** `yyyyddd` of a TESS time stamp. */
  date?: string;
  /** JWST program (5), and the rest of exposure or association. */
  program?: string;
  exposure?: string;
  association?: string;
  /** HLSP collection and target. */
  collection?: string;
  target?: string;
  /** PS1 projection cell and sky cell. */
  projection?: string;
  skycell?: string;
  filter?: string;
}

type Parser = (
  stem: string,
  extension: string
) => (Partial<IParsedName> & { mission: Mission; at: number }) | null;

const PACKED = ['gz', 'fz', 'bz2', 'xz', 'z', 'zip'];

/**
 * Splits off the extension: the last `.xyz` that begins with a letter, and
 * the one before it when the last is a compression.
 */
function cutExtension(name: string): number {
  const one = /\.[A-Za-z][A-Za-z0-9]{0,9}$/.exec(name);
  if (!one || one.index === 0) {
    return name.length;
  }
  if (PACKED.includes(lower(one[0].slice(1)))) {
    const two = /\.[A-Za-z][A-Za-z0-9]{0,9}$/.exec(name.slice(0, one.index));
    if (two && two.index > 0) {
      return two.index;
    }
  }
  return one.index;
}

const hst: Parser = stem => {
  const m = /^([a-z])[a-z0-9]{8}_([a-z0-9][a-z0-9_-]*)$/.exec(stem);
  const instrument = m && lookUp(table.hst.instruments, m[1]);
  if (!m || !instrument) {
    return null;
  }
  const root = stem.slice(0, 9);
  return {
    mission: 'hst',
    at: 10,
    code: m[2],
    root,
    instrument: instrument.name
  };
};

const HAP_NAMES: Readonly<Record<string, string>> = {
  acs: 'ACS',
  wfc3: 'WFC3',
  wfpc2: 'WFPC2',
  nicmos: 'NICMOS',
  stis: 'STIS',
  cos: 'COS'
};

const hap: Parser = stem => {
  const m =
    /^hst_(?:[0-9]{4,5}_[a-z0-9]{2}|skycell-p[0-9]{4}x[0-9]{2}y[0-9]{2})_([a-z0-9]+)_[a-z0-9]+_([a-z0-9_-]+)$/.exec(
      stem
    );
  if (!m) {
    return null;
  }
  const cut = m[2].lastIndexOf('_');
  const code = m[2].slice(cut + 1);
  const root = /_([a-z][a-z0-9]{5,8})_[a-z0-9-]+$/.exec(stem);
  const filter = cut < 0 ? '' : m[2].split('_')[0];
  return {
    mission: 'hst',
    at: stem.length - code.length,
    code,
    instrument: lookUp(HAP_NAMES, m[1]) ?? m[1].toUpperCase(),
    filter,
    ...(root && lookUp(table.hst.instruments, root[1].charAt(0))
      ? { root: root[1] }
      : {})
  };
};

const tessTarget: Parser = stem => {
  const m =
    /^tess([0-9]{7})[0-9]{6}-s([0-9]{4})-([0-9]{16})-[0-9]{4}-[xsab]_((?:fast-)?(?:lc|tp))$/.exec(
      stem
    );
  return m
    ? {
        mission: 'tess',
        at: stem.length - m[4].length - 2,
        code: m[4],
        date: m[1],
        firstSector: Number(m[2]),
        sector: Number(m[2]),
        id: m[3],
        cadence: m[4].startsWith('fast-') ? '20 s' : '2 min'
      }
    : null;
};

const tessDv: Parser = stem => {
  const m =
    /^tess([0-9]{7})[0-9]{6}-s([0-9]{4})-s([0-9]{4})-([0-9]{16})(?:-[0-9]{2})?-[0-9]{5}_(dv[trsm])$/.exec(
      stem
    );
  return m
    ? {
        mission: 'tess',
        at: stem.length - 3,
        code: m[5],
        date: m[1],
        firstSector: Number(m[2]),
        sector: Number(m[3]),
        id: m[4]
      }
    : null;
};

const tessFfi: Parser = stem => {
  const m =
    /^tess([0-9]{7})[0-9]{6}-s([0-9]{4})-([1-4])-([1-4])-[0-9]{4}-[xsab]_([a-z][a-z-]*)$/.exec(
      stem
    );
  return m
    ? {
        mission: 'tess',
        at: stem.length - m[5].length - 2,
        code: m[5],
        date: m[1],
        firstSector: Number(m[2]),
        sector: Number(m[2]),
        camera: m[3],
        ccd: m[4]
      }
    : null;
};

const tessCube: Parser = stem => {
  const m = /^tess-s([0-9]{4})-([1-4])-([1-4])-cube$/.exec(stem);
  return m
    ? {
        mission: 'tess',
        at: stem.length - 4,
        code: 'cube',
        firstSector: Number(m[1]),
        sector: Number(m[1]),
        camera: m[2],
        ccd: m[3]
      }
    : null;
};

/** Long or short cadence by the suffix of Kepler and K2. */
function keplerCadence(code: string): { cadence?: string } {
  return /^(?:llc|lpd-)/.test(code)
    ? { cadence: '30 min' }
    : /^(?:slc|spd-)/.test(code)
      ? { cadence: '1 min' }
      : {};
}

const kepler: Parser = stem => {
  const m =
    /^kplr([0-9]{13}|[0-9]{9}(?![0-9]))([a-z0-9-]*)_([a-z][a-z-]*)$/.exec(stem);
  return m
    ? {
        mission: 'kepler',
        at: stem.length - m[3].length,
        code: m[3],
        instrument: 'Kepler',
        ...keplerCadence(m[3]),
        ...(m[1].length === 9 ? { id: m[1] } : {})
      }
    : null;
};

const k2: Parser = stem => {
  const m =
    /^ktwo([0-9]{13}|[0-9]{9})-(?:unofficial-)?c([0-9]{2,3})([a-z0-9-]*)_([a-z][a-z-]*)$/.exec(
      stem
    );
  return m
    ? {
        mission: 'k2',
        at: stem.length - m[4].length,
        code: m[4],
        instrument: 'Kepler',
        ...keplerCadence(m[4]),
        campaign: Number(m[2]),
        ...(m[1].length === 9 ? { id: m[1] } : {})
      }
    : null;
};

/** The JWST instrument of the parts of a name, or undefined. */
function jwstInstrument(parts: readonly string[]): string | undefined {
  for (const part of parts) {
    const m =
      /^(?:(nrc|nrs|nis|mir)[a-z0-9]*|(guider)[12]|(nircam|nirspec|niriss|miri|fgs))$/.exec(
        part
      );
    if (m) {
      return lookUp(table.jwstDetectors, m[1] ?? m[2] ?? m[3]);
    }
  }
  return undefined;
}

const jwst: Parser = stem => {
  const m =
    /^jw([0-9]{5})(?:([0-9]{6})|-([oc][0-9]{3,4}))?(_[a-z0-9_-]*)?_([a-z0-9][a-z0-9-]*)$/.exec(
      stem
    );
  if (!m) {
    return null;
  }
  const parts = (m[4] ?? '').split('_');
  const instrument = jwstInstrument(parts);
  return {
    mission: 'jwst',
    at: stem.length - m[5].length,
    code: m[5],
    program: m[1],
    ...(m[2] ? { exposure: m[2] } : {}),
    ...(m[3] ? { association: m[3] } : {}),
    ...(instrument ? { instrument } : {})
  };
};

const hlsp: Parser = stem => {
  const parts = stem.split('_');
  if (parts[0] !== 'hlsp' || parts.length < 5 || parts.includes('')) {
    return null;
  }
  const code = parts[parts.length - 1];
  // hlsp_{project}_{mission}_{instrument}_{target}_{filter}_{version}_{type}
  const full = parts.length >= 8;
  const filter = full ? parts[parts.length - 3] : undefined;
  const target = parts.slice(4, full ? -3 : -2).join('_');
  const gaia = /^gaiaid-([0-9]+)/.exec(target);
  const rest = parts.slice(3).join('_');
  const sector = /(?:^|[_-])s([0-9]{4}|[0-9]{2})(?=[_-]|$)/.exec(rest);
  const tess = parts[2] === 'tess';
  const id =
    tess && !rest.includes('gaiaid')
      ? /(?:^|[_-])(?:tic)?([0-9]{16}|[0-9]{11})(?=[_-]|$)/.exec(rest)
      : null;
  return {
    mission: 'hlsp',
    at: stem.length - code.length,
    code,
    collection: parts[1],
    target: gaia ? `Gaia ${gaia[1]}` : target,
    ...(filter ? { filter } : {}),
    ...(tess && sector ? { sector: Number(sector[1]) } : {}),
    ...(id ? { id: id[1].padStart(16, '0') } : {})
  };
};

const ps1: Parser = stem => {
  const m =
    /^rings\.v3\.skycell\.([0-9]{4})\.([0-9]{3})\.([a-z]+)\.([grizyw])\.([a-z0-9.]+)$/.exec(
      stem
    );
  return m
    ? {
        mission: 'ps1',
        at: 'rings.v3.skycell.0000.000.'.length,
        code: m[5],
        projection: m[1],
        skycell: m[2],
        filter: m[4]
      }
    : null;
};

const galex: Parser = (stem, extension) => {
  const m = /^[a-z0-9_]+(?:-[a-z0-9_]+)*-([fnx])d-([a-z]+)$/.exec(stem);
  return m && extension.startsWith('fits') && lookUp(table.galex, m[2])
    ? {
        mission: 'galex',
        at: stem.length - m[2].length - 3,
        code: m[2],
        filter: { f: 'FUV', n: 'NUV', x: 'FUV and NUV' }[m[1]]
      }
    : null;
};

const roman: Parser = stem => {
  const m =
    /^r[0-9]{19}_[0-9]{4}_(wfi[0-9]{2})_(?:(f[0-9]{3}|grism|prism)_)?([a-z]+)$/.exec(
      stem
    );
  return m
    ? {
        mission: 'roman',
        at: stem.length - m[3].length,
        code: m[3],
        instrument: 'WFI',
        exposure: stem.slice(0, stem.indexOf('_')),
        ...(m[2] ? { filter: m[2] } : {})
      }
    : null;
};

const PARSERS: readonly Parser[] = [
  hap,
  hst,
  tessTarget,
  tessDv,
  tessFfi,
  tessCube,
  kepler,
  k2,
  jwst,
  hlsp,
  ps1,
  galex,
  roman
];

/**
 * Reads a file name, in any case. Total: any string is answered.
 *
 * Source: DOMAIN section 4; the archive manuals of each mission.
 *
 * @param name - the file name, without folders.
 */
export function parseName(name: string): IParsedName {
  const cut = cutExtension(name);
  const extension = lower(name.slice(cut + 1));
  const small = lower(name.slice(0, cut));
  const thumb = /_(?:thumb|small)$/.exec(small);
  const stem = thumb ? small.slice(0, thumb.index) : small;
  for (const parse of PARSERS) {
    const found = parse(stem, extension);
    if (found) {
      const { at, ...rest } = found;
      return {
        code: '',
        ...rest,
        extension,
        thumb: thumb !== null,
        head: name.slice(0, at),
        suffix: name.slice(at, stem.length),
        tail: name.slice(stem.length)
      };
    }
  }
  return {
    mission: null,
    extension,
    code: '',
    thumb: false,
    head: name.slice(0, cut),
    suffix: '',
    tail: name.slice(cut)
  };
}

/**
 * The parts of a file name, to print the product suffix in bold:
 * `ibg705081_` + `drz` + `.fits`. The three together are the name again.
 *
 * @param name - the file name, without folders.
 */
export function splitName(name: string): ISplitName {
  const { head, suffix, tail } = parseName(name);
  return { head, suffix, tail };
}
