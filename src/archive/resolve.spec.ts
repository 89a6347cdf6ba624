import type { IArchiveInfo } from '../tokens';
import { ArchiveError } from './errors';
import {
  archiveOf,
  nearestPlace,
  placeTitle,
  resolve,
  type IFinding,
  type IResolveOptions
} from './resolve';
import { archiveInfo, FakeStore, manyKeys, english } from './testing';

const P = 'hst/public/ibg7/';

/** Both layouts: exposures in the association's folder, and in their own. */
const HST = [
  `${P}ibg705080/ibg705080_drz.fits`,
  `${P}ibg705080/ibg705o8q_flt.fits`,
  `${P}ibg705080/ibg705o8q_raw.fits`,
  `${P}ibg706010/ibg706010_drz.fits`,
  `${P}ibg706q1q/ibg706q1q_flt.fits`,
  `${P}ibg706q1q/ibg706q1q_raw.fits`,
  'hst/public/ibg8/ibg801010/ibg801010_drz.fits'
];
const tic = (sector: number) =>
  `tess/public/tid/s${String(sector).padStart(4, '0')}/0000/0003/7778/0790/`;
const lc = (sector: number) =>
  `${tic(sector)}tess2019000000000-s${String(sector).padStart(4, '0')}-0000000377780790-0150-s_lc.fits`;

const mast = archiveInfo();
const sample = archiveInfo({
  id: 'sample',
  title: 'Sample',
  bucket: 'samples',
  endpoint: 'http://127.0.0.1:9000',
  roots: [{ title: 'Odd', prefix: 'odd/' }]
});

function setUp(
  keys: readonly string[] = HST,
  some: Partial<IResolveOptions> = {}
) {
  const store = new FakeStore(keys);
  const other = new FakeStore(['odd/a b.txt', 'odd/x/y']);
  const looked: string[] = [];
  const control = new AbortController();
  const options: IResolveOptions = {
    current: mast,
    archives: [mast, sample],
    open: (info: IArchiveInfo) => (info.id === 'sample' ? other : store),
    signal: control.signal,
    trans: english,
    looked: prefix => looked.push(prefix),
    ...some
  };
  return { store, other, looked, control, options };
}

async function all(
  text: string,
  options: IResolveOptions
): Promise<IFinding[]> {
  const findings: IFinding[] = [];
  for await (const finding of resolve(text, options)) {
    findings.push(finding);
  }
  return findings;
}

const details = (findings: readonly IFinding[]) =>
  findings.map(finding => finding.detail);

describe('resolve, keys and folders', () => {
  it('finds a key', async () => {
    const { options, store, looked } = setUp();
    const key = HST[1];
    expect(await all(key, options)).toMatchObject([
      {
        kind: 'file',
        place: { archive: 'mast', prefix: `${P}ibg705080/`, key },
        detail: key
      }
    ]);
    expect(store.requests).toHaveLength(1);
    expect(looked).toEqual([key]);
  });

  it('finds a folder with its slash, and without', async () => {
    const { options } = setUp();
    expect(await all(P, options)).toMatchObject([
      { kind: 'folder', place: { archive: 'mast', prefix: P } }
    ]);
    expect(details(await all(P.slice(0, -1), options))).toEqual([P]);
  });

  it('finds what begins so, what is named so first', async () => {
    const { options } = setUp([
      'hst/public/a',
      'hst/public/a/x',
      'hst/public/ab',
      'hst/public/ac/x'
    ]);
    expect(details(await all('hst/public/a', options))).toEqual([
      'hst/public/a',
      'hst/public/a/',
      'hst/public/ac/',
      'hst/public/ab'
    ]);
  });

  it('gives no more than it was told to', async () => {
    const { options } = setUp(manyKeys('hst/public/x', 50), { limit: 5 });
    expect(await all('hst/public/x', options)).toHaveLength(5);
  });

  it('finds nothing in a folder that is empty', async () => {
    const { options, looked } = setUp();
    expect(await all('hst/public/none/', options)).toEqual([]);
    expect(looked).toEqual(['hst/public/none/']);
  });

  it('offers the roots for the beginning of their names', async () => {
    const { options, store } = setUp();
    expect(await all('s3://stpubdata/', options)).toMatchObject([
      { title: 'Hubble', detail: 'hst/public/' },
      { title: 'TESS', detail: 'tess/public/' },
      { title: 'K2' },
      { title: 'Kepler' }
    ]);
    expect(details(await all('s3://stpubdata/hst/', options))).toEqual([
      'hst/public/'
    ]);
    expect(store.requests).toEqual([]);
  });

  it.each([
    ['an s3 URI', `s3://stpubdata/${HST[1]}`],
    ['an address', `https://stpubdata.s3.us-east-1.amazonaws.com/${HST[1]}`],
    ['a path-style address', `https://s3.amazonaws.com/stpubdata/${HST[1]}`],
    ['a MAST URI', 'mast:HST/product/ibg705o8q_flt.fits'],
    ['a file name', 'ibg705o8q_flt.fits'],
    ['a file name in capitals', 'IBG705O8Q_FLT.FITS'],
    ['a key in quotes', `"${HST[1]}"`],
    [
      'a link of ours',
      `https://hub.example/lab?mast=${encodeURIComponent(HST[1])}`
    ]
  ])('finds a file by %s', async (_, text) => {
    const { options } = setUp();
    expect(await all(text, options)).toMatchObject([
      {
        kind: 'file',
        place: { archive: 'mast', key: HST[1], prefix: `${P}ibg705080/` }
      }
    ]);
  });

  it('goes to the root that is named', async () => {
    const { options } = setUp();
    expect(await all('Hubble', options)).toMatchObject([
      { kind: 'folder', place: { archive: 'mast', prefix: 'hst/public/' } }
    ]);
  });
});

describe('resolve, Hubble', () => {
  it('finds an association’s folder and its files, by one list', async () => {
    const { options, store, looked } = setUp();
    const found = await all('ibg705080', options);
    expect(details(found)).toEqual([`${P}ibg705080/`, HST[0]]);
    expect(found[0].title).toBe('ibg705080 · WFC3');
    expect(store.requests).toHaveLength(1);
    expect(looked).toEqual([`${P}ibg705`]);
  });

  it('finds an exposure in the folder of its association', async () => {
    const { options } = setUp();
    expect(details(await all('ibg705o8q', options))).toEqual([
      `${P}ibg705080/`,
      HST[1],
      HST[2]
    ]);
  });

  it('finds an exposure in a folder of its own', async () => {
    const { options } = setUp();
    expect(details(await all('IBG706Q1Q', options))).toEqual([
      `${P}ibg706q1q/`,
      HST[4],
      HST[5]
    ]);
  });

  it('gives no more files of an observation than it was told to', async () => {
    const { options } = setUp(manyKeys(`${P}ibg705080/ibg705080_`, 50), {
      limit: 5
    });
    const found = await all('ibg705080', options);
    expect(found.filter(one => one.kind === 'file')).toHaveLength(5);
    expect(found.filter(one => one.kind === 'folder')).toHaveLength(1);
  });

  it('finds folders by the beginning of their names', async () => {
    const { options } = setUp();
    expect(details(await all('ibg706', options))).toEqual([
      `${P}ibg706010/`,
      `${P}ibg706q1q/`
    ]);
    expect(details(await all('ibg7', options))).toEqual([P]);
  });

  it('finds files by a name without its end', async () => {
    const { options } = setUp();
    expect(details(await all('ibg705o8q_', options))).toEqual([HST[1], HST[2]]);
    expect(details(await all('ibg705o8q_f', options))).toEqual([HST[1]]);
  });

  it('says where it looked when nothing is there', async () => {
    const { options, looked } = setUp();
    expect(await all('ibg7zz99q_flt.fits', options)).toEqual([]);
    expect(looked).toEqual([`${P}ibg7zz`]);
    expect(nearestPlace('ibg7zz99q_flt.fits', mast, [mast])).toEqual({
      archive: 'mast',
      prefix: P
    });
  });
});

describe('resolve, TESS', () => {
  it('finds the files of a target in a sector', async () => {
    const { options, store } = setUp([lc(14), lc(15)]);
    const found = await all('TIC 377780790 s14', options);
    expect(details(found)).toEqual([lc(14), tic(14)]);
    expect(found[1].title).toBe('TIC 377780790 · sector 14');
    expect(store.requests.map(request => request.prefix)).toEqual([tic(14)]);
  });

  const sectors = [1, 2, 5, 14, 15, 40, 41, 54, 55, 56, 81, 82];
  const sky = [
    lc(14),
    lc(15),
    lc(41),
    ...sectors.map(
      sector =>
        `tess/public/tid/s${String(sector).padStart(4, '0')}/0000/0000/0000/0001/x_lc.fits`
    )
  ];

  it('asks every sector for a TIC alone, four at once at most', async () => {
    const { options, store, looked } = setUp(sky);
    store.before = () => new Promise(resolve => setTimeout(resolve, 1));
    const found = await all('377780790', options);
    expect(
      found
        .filter(one => one.kind === 'file')
        .map(one => one.detail)
        .sort()
    ).toEqual([lc(14), lc(15), lc(41)]);
    expect(store.peak).toBe(4);
    expect(store.requests).toHaveLength(1 + sectors.length);
    expect(looked).toHaveLength(1 + sectors.length);
  });

  it('gives what it finds as it comes', async () => {
    const { options, store } = setUp(sky);
    const waiting = new Map<string, () => void>();
    store.before = ({ prefix }) =>
      prefix === 'tess/public/tid/' || prefix === tic(41)
        ? undefined
        : new Promise(resolve => waiting.set(prefix, resolve));
    const findings = resolve('TIC 377780790', options);
    // The other sectors have not answered, and never more than four are asked.
    for (const prefix of [tic(82), tic(81), tic(56), tic(55)]) {
      setTimeout(() => waiting.get(prefix)?.(), 5);
    }
    const first = await findings.next();
    expect((first.value as IFinding).detail).toBe(lc(41));
    expect(store.running).toBeLessThanOrEqual(4);
    await findings.return(undefined);
    waiting.forEach(release => release());
    expect(store.requests.length).toBeLessThan(1 + sectors.length);
  });

  it('asks the newest sector first', async () => {
    const { options, store } = setUp(sky);
    await all('TIC 377780790', options);
    expect(store.requests[1].prefix).toBe(tic(82));
  });

  it('lists sectors that take more than a page', async () => {
    const many = Array.from({ length: 30 }, (_, i) => lc(i + 1));
    const store = new FakeStore(many, 7);
    const { options } = setUp([], { open: () => store });
    const found = await all('TIC 377780790', options);
    expect(found.filter(one => one.kind === 'file')).toHaveLength(30);
  });

  it('finds nothing for a target that no sector has', async () => {
    const { options } = setUp(sky);
    expect(await all('TIC 42', options)).toEqual([]);
    expect(nearestPlace('TIC 42', mast, [mast])?.prefix).toBe(
      'tess/public/tid/'
    );
  });

  it('throws the error of a sector, and leaves nothing unhandled', async () => {
    const { options, store } = setUp(sky);
    store.errors.push(null, null, new ArchiveError('throttled', 'SlowDown'));
    await expect(all('TIC 377780790', options)).rejects.toMatchObject({
      kind: 'throttled'
    });
  });
});

describe('resolve, Kepler and K2', () => {
  it('finds a Kepler target', async () => {
    const key =
      'kepler/public/lightcurves/0100/010002792/kplr010002792-2009166043257_llc.fits';
    const { options } = setUp([key]);
    expect(details(await all('KIC 10002792', options))).toContain(key);
  });

  it('asks every campaign for an EPIC number alone', async () => {
    const at = (campaign: string) =>
      `k2/public/lightcurves/${campaign}/201500000/55000/ktwo201555883-${campaign}_llc.fits`;
    const { options } = setUp([at('c1'), at('c102')]);
    expect(details(await all('EPIC 201555883', options)).sort()).toEqual(
      [at('c1'), at('c102')].sort()
    );
  });
});

describe('resolve, other archives', () => {
  it('goes to the archive that has the bucket', async () => {
    const { options, store, other } = setUp();
    expect(await all('s3://samples/odd/a b.txt', options)).toMatchObject([
      {
        kind: 'file',
        place: { archive: 'sample', prefix: 'odd/', key: 'odd/a b.txt' }
      }
    ]);
    expect([store.requests.length, other.requests.length]).toEqual([0, 1]);
  });

  it('goes to the archive whose endpoint is named', async () => {
    const { options } = setUp();
    expect(
      await all('http://127.0.0.1:9000/samples/odd/a%20b.txt', options)
    ).toMatchObject([{ place: { archive: 'sample', key: 'odd/a b.txt' } }]);
  });

  it('goes to the archive that opens the key when the current one does not', async () => {
    const { options } = setUp();
    expect(await all('odd/x/', options)).toMatchObject([
      { kind: 'folder', place: { archive: 'sample', prefix: 'odd/x/' } }
    ]);
  });

  it.each([
    ['a bucket that no archive opens', 's3://elsewhere/a', 'elsewhere/a'],
    ['a folder outside the roots', 'private/x', 'MAST on AWS']
  ])('refuses %s', async (_, text, said) => {
    const { options, store } = setUp();
    const asking = all(text, options);
    await expect(asking).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(asking).rejects.toThrow(said);
    expect(store.requests).toEqual([]);
  });

  it('archiveOf takes the current archive before others', () => {
    const twin = archiveInfo({ id: 'twin' });
    expect(
      archiveOf({ key: 'hst/public/x' }, twin, [mast, twin], english).id
    ).toBe('twin');
    expect(
      archiveOf(
        { key: 'hst/public/x', archive: 'mast' },
        twin,
        [mast, twin],
        english
      ).id
    ).toBe('mast');
  });
});

describe('resolve, what goes wrong', () => {
  it.each(['', '   ', 'what is this?', 'ü'])(
    'finds nothing for %p',
    async text => {
      const { options, store } = setUp();
      expect(await all(text, options)).toEqual([]);
      expect(store.requests).toEqual([]);
    }
  );

  it.each(['forbidden', 'network', 'throttled', 'malformed'] as const)(
    'hands on an error: %s',
    async kind => {
      for (const text of [
        P,
        'ibg705080',
        'ibg705o8q_flt.fits',
        'ibg705',
        '377780790'
      ]) {
        const { options, store } = setUp();
        store.errors.push(new ArchiveError(kind, 'no'));
        await expect(all(text, options)).rejects.toMatchObject({ kind });
      }
    }
  );

  it('ends when it is stopped', async () => {
    const { options, store, control } = setUp();
    store.before = () => new Promise(() => undefined);
    const asking = all('ibg705080', options);
    setTimeout(() => control.abort(), 2);
    await expect(asking).rejects.toMatchObject({ kind: 'aborted' });
  });

  it('asks nothing of missions that the archive does not open', async () => {
    const small = archiveInfo({
      roots: [{ title: 'JWST', prefix: 'jwst/public/' }]
    });
    for (const text of [
      'ibg705080',
      'ibg705o8q_flt.fits',
      'ibg7',
      'TIC 42',
      'TIC 42 s1',
      'KIC 10002792',
      'EPIC 201555883'
    ]) {
      const { options, store } = setUp(HST, {
        current: small,
        archives: [small]
      });
      expect(await all(text, options)).toEqual([]);
      expect(store.requests).toEqual([]);
      expect(nearestPlace(text, small, [small])).toBeNull();
    }
  });
});

describe('nearestPlace and placeTitle', () => {
  it.each([
    ['hst/public/ibg7/none/', 'hst/public/ibg7/'],
    ['hst/public/ibg7/none', 'hst/public/ibg7/'],
    ['ibg705080', 'hst/public/ibg7/'],
    ['TIC 42 s3', 'tess/public/tid/'],
    ['private/x', null],
    ['what is this?', null]
  ])('%p: %p', (text, prefix) => {
    expect(nearestPlace(text, mast, [mast])?.prefix ?? null).toBe(prefix);
  });

  it.each([
    [`${P}ibg705080/`, 'ibg705080 · WFC3'],
    [tic(14), 'TIC 377780790 · sector 14'],
    ['', '']
  ])('%p is called %p', (prefix, title) => {
    expect(placeTitle(prefix)).toBe(title);
  });
});
