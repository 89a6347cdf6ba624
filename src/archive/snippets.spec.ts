import * as fc from 'fast-check';
import * as fs from 'fs';
import * as path from 'path';
import type { IArchiveInfo } from '../tokens';
import { readTemplates } from './settings';
import {
  fill,
  fits,
  localName,
  pythonList,
  pythonString,
  reachable,
  templatesFor,
  type ITemplate
} from './snippets';
import data from './templates.json';

const templates = readTemplates(data);
const root = path.join(__dirname, '../..');

/**
 * Code that tests/snippets/test_snippets.py runs in a kernel. Written with
 * MAST_UPDATE=1, else compared.
 */
const VECTORS = path.join(root, 'tests/data/snippets.json');

/** The endpoint that pytest puts the one of its server for. */
const ENDPOINT = 'http://127.0.0.1:8333';

const mast: IArchiveInfo = {
  id: 'mast',
  title: 'MAST on AWS',
  bucket: 'stpubdata',
  region: 'us-east-1',
  endpoint: null,
  access: 'anonymous',
  roots: [],
  route: 'auto'
};
const sample: IArchiveInfo = { ...mast, id: 'sample', endpoint: ENDPOINT };

const HST = 'hst/public/ibg7/ibg705080';
const TESS = 'tess/public/tid/s0014/0000/0003/7778/0790';
const HLSP = 'mast/hlsp/sample/hlsp_sample_hst_wfc3_field_f160w_v1';
const MADE = 'mast/hlsp/sample/made';
const MADE2 = 'mast/hlsp/sample/made2';
const K2 = 'k2/public/target_pixel_files';

/** What is tried in a kernel: template, whether it is the default, keys. */
const CASES: readonly (readonly [string, boolean, ...string[]])[] = [
  [
    'lightkurve',
    true,
    `${TESS}/tess2019198215352-s0014-0000000377780790-0150-s_lc.fits`
  ],
  [
    'lightkurve',
    true,
    `${TESS}/tess2019198215352-s0014-0000000377780790-0150-s_lc.fits`,
    'tess/public/tid/s0015/0000/0003/7778/0790/tess2019226182529-s0015-0000000377780790-0151-s_lc.fits'
  ],
  [
    'lightkurve',
    true,
    'kepler/public/lightcurves/0100/010002792/kplr010002792-2009259160929_llc.fits'
  ],
  [
    'lightkurve',
    true,
    'k2/public/lightcurves/c4/211100000/17000/ktwo211117077-c04_llc.fits'
  ],
  [
    'lightkurve',
    true,
    'mast/hlsp/tess-data-alerts/hlsp_tess-data-alerts_tess_phot_00055652896-s01_tess_v1_lc.fits'
  ],
  [
    'lightkurve-tpf',
    true,
    `${TESS}/tess2019198215352-s0014-0000000377780790-0150-s_tp.fits`
  ],
  [
    'lightkurve-tpf',
    true,
    `${TESS}/tess2019198215352-s0014-0000000377780790-0150-s_tp.fits`,
    'tess/public/tid/s0015/0000/0003/7778/0790/tess2019226182529-s0015-0000000377780790-0151-s_tp.fits'
  ],
  [
    'lightkurve-tpf-gz',
    true,
    `${K2}/c18/211900000/83000/ktwo211983544-c18_lpd-targ.fits.gz`
  ],
  [
    'lightkurve-tpf-gz',
    true,
    `${K2}/c18/211900000/83000/ktwo211983544-c18_lpd-targ.fits.gz`,
    `${K2}/c5/211900000/83000/ktwo211983544-c05_lpd-targ.fits.gz`
  ],
  [
    'astropy-gz',
    false,
    `${K2}/c18/211900000/83000/ktwo211983544-c18_lpd-targ.fits.gz`
  ],
  [
    'astropy-gz',
    true,
    `${K2}/c18/211900000/83000/ktwo211983544-c18_lpd-targ.fits.gz`,
    `${MADE}.fits.gz`
  ],
  ['astropy-spectrum', true, 'hst/public/odbu/odbue5030/odbue5030_x1d.fits'],
  [
    'astropy-spectrum',
    true,
    'hst/public/odbu/odbue5030/odbue5030_x1d.fits',
    'jwst/public/jw01345/L3/t/o001/jw01345-o001_t021_nirspec_g395m-f290lp_x1d.fits'
  ],
  ['astropy-table', true, `${HST}/ibg705080_asn.fits`],
  [
    'astropy-table',
    true,
    `${HST}/ibg705080_asn.fits`,
    'hst/public/ibg7/ibg706010/ibg706010_asn.fits'
  ],
  [
    'astropy-table',
    true,
    `${TESS}/tess2019199201929-s0014-s0014-0000000377780790-00150_dvt.fits`
  ],
  [
    'astropy-table',
    false,
    `${TESS}/tess2019198215352-s0014-0000000377780790-0150-s_lc.fits`
  ],
  ['astropy-sci', true, `${HST}/ibg705081_drz.fits`],
  [
    'astropy-sci',
    true,
    `${HST}/ibg705o8q_flt.fits`,
    `${HST}/ibg705obq_flt.fits`
  ],
  ['astropy-sci', true, 'hst/public/ib46/ib4606c5q/ib4606c5q_flc.fits'],
  ['astropy-sci', true, 'hst/public/o4er/o4er06llq/o4er06llq_raw.fits'],
  ['astropy-sci', true, 'hst/public/n4hk/n4hk12010/n4hk12010_mos.fits'],
  [
    'astropy-image',
    true,
    'tess/public/ffi/s0012/2019/142/2-1/tess2019142115932-s0012-2-1-0144-s_ffic.fits'
  ],
  ['astropy-image', true, 'hst/public/u578/u5780205r/u5780205r_c0f.fits'],
  [
    'astropy-image',
    true,
    'mast/hlsp/sample/hlsp_sample_hst_wfc3_field_f160w_v1_drz.fits'
  ],
  [
    'astropy-image',
    true,
    'tess/public/ffi/s0012/2019/142/2-1/tess2019142115932-s0012-2-1-0144-s_ffic.fits',
    'panstarrs/ps1/public/rings.v3.skycell/2081/049/rings.v3.skycell.2081.049.stk.i.unconv.fits'
  ],
  ['astropy-cube', true, 'tess/public/mast/tess-s0038-2-2-cube.fits'],
  [
    'astropy-cube',
    true,
    'tess/public/mast/tess-s0038-2-2-cube.fits',
    'tess/public/mast/tess-s0039-2-2-cube.fits'
  ],
  ['astropy', true, `${HST}/ibg705o8q_spt.fits`],
  ['astropy', true, `${HST}/ibg705o8q_spt.fits`, `${HST}/ibg705o8q_flt.fits`],
  ['pandas-csv', true, `${HLSP}_catalog.csv`],
  ['pandas-csv', true, `${HLSP}_catalog.csv`, `${MADE}.csv.gz`],
  ['pandas-tsv', true, `${MADE}.tsv`],
  ['pandas-tsv', true, `${MADE}.tsv`, `${MADE2}.tsv`],
  ['pandas-parquet', true, `${MADE}.parquet`],
  ['pandas-parquet', true, `${MADE}.parquet`, `${MADE2}.parquet`],
  ['astropy-ecsv', true, `${MADE}.ecsv`],
  ['astropy-ecsv', true, `${MADE}.ecsv`, `${MADE2}.ecsv`],
  ['astropy-votable', true, `${MADE}.vot`],
  ['astropy-votable', true, `${MADE}.vot`, `${MADE2}.vot`],
  ['json', true, `${HLSP}_about.json`],
  ['json', true, `${HLSP}_about.json`, `${HLSP}_tutorial.ipynb`],
  ['picture', true, `${HST}/ibg705081_drz.jpg`],
  ['picture', true, `${HLSP}_preview.png`, `${HLSP}_preview.jpg`],
  [
    'pdf',
    true,
    `${TESS}/tess2019199201929-s0014-s0014-0000000377780790-01-00150_dvs.pdf`
  ],
  [
    'pdf',
    true,
    `${TESS}/tess2019199201929-s0014-s0014-0000000377780790-01-00150_dvs.pdf`,
    `${HLSP}_poster.pdf`
  ],
  ['asdf', true, `${MADE}.asdf`],
  ['asdf', true, `${MADE}.asdf`, `${MADE2}.asdf`],
  ['h5py', true, `${MADE}.h5`],
  ['h5py', true, `${MADE}.h5`, `${MADE2}.h5`],
  ['text', true, `${HLSP}_readme.txt`],
  ['text', true, `${HLSP}_readme.txt`, `${HLSP}_notes.md`],
  ['fsspec', true, `${MADE}.unknown`],
  ['fsspec', true, `${MADE}.unknown`, `${HST}/ibg705081_drz.jpg`],
  ['astroquery', false, 'hst/public/u9o4/u9o40504m/u9o40504m_c3m.fits'],
  [
    'astroquery',
    false,
    'hst/public/u9o4/u9o40504m/u9o40504m_c3m.fits',
    'hst/public/does/does_not_/does_not_exist.fits'
  ],
  ['download', false, `${HST}/ibg705081_drz.fits`],
  [
    'download',
    false,
    `${HST}/ibg705081_drz.fits`,
    `${HLSP}_catalog.csv`,
    `copies/ibg705081_drz.fits`
  ]
];

/** Keys that S3 may hold and Python, fsspec or a file system may not like. */
const ODD: readonly string[] = [
  ...(
    JSON.parse(
      fs.readFileSync(path.join(root, 'tests/data/keys.json'), 'utf8')
    ) as readonly { key: string }[]
  ).map(({ key }) => key),
  'odd/{{uri}}.fits',
  'odd/{{keys}} {{nothing}} $& $1',
  'odd/a*b',
  'odd/[x]y?z',
  'odd/a::b',
  'odd/simplecache::s3://stpubdata/odd/plain.fits',
  'odd/x?versionId=7',
  'odd/"""',
  "odd/'''",
  'odd/\\N{BULLET}\\',
  '/leading',
  '//leading'
];

/** A Python string as Python reads it. */
function read(literal: string): string {
  return JSON.parse(
    literal.replace(
      /(?<!\\)((?:\\\\)*)\\U([0-9a-f]{8})/g,
      (_, before: string, hex: string) =>
        `${before}${String.fromCodePoint(parseInt(hex, 16))}`
    )
  ) as string;
}

/** Any text: JavaScript's, lone surrogates too. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.nat({ max: 0xffff }).map(n => String.fromCharCode(n)),
    maxLength: 60
  }),
  fc.string({
    unit: fc.constantFrom(
      ...'ab/.:*?[]#% "\'\\\n\r\t\0\u2028\u202e\u0085{}$U'.split(''),
      '{{uri}}',
      '{{keys}}',
      '\\U',
      '\u{1f52d}',
      '\u{e0041}',
      '\ud800'
    ),
    maxLength: 40
  })
);

describe('pythonString', () => {
  it('is the text again', () => {
    fc.assert(
      fc.property(anyText, text => {
        const literal = pythonString(text);
        expect(read(literal)).toBe(text);
        // One line, nothing that is not seen.
        expect(literal).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 2000 }
    );
  });

  it('escapes what would change the look of the code', () => {
    expect(pythonString('a\u202eb\u2028\u{e0041}é\u{1f52d}')).toBe(
      '"a\\u202eb\\u2028\\U000e0041é\u{1f52d}"'
    );
  });
});

describe('pythonList', () => {
  it('has one item a line when there are several', () => {
    expect(pythonList([])).toBe('[]');
    expect(pythonList(['a'])).toBe('["a"]');
    expect(pythonList(['a', 'b'])).toBe('[\n    "a",\n    "b",\n]');
  });

  it('is the texts again', () => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 2, maxLength: 5 }), texts => {
        const lines = pythonList(texts).split('\n');
        expect(lines.slice(1, -1).map(line => read(line.slice(4, -1)))).toEqual(
          texts
        );
      })
    );
  });
});

describe('localName', () => {
  it('is the last part of the key', () => {
    expect(localName('a/b/c.fits')).toBe('c.fits');
    expect(localName('a b+c.txt')).toBe('a b+c.txt');
  });

  it('names a file whatever the key', () => {
    fc.assert(
      fc.property(
        anyText.filter(text => text !== ''),
        key => {
          const name = localName(key);
          expect(name).not.toMatch(/[/\0]/);
          expect(name).not.toMatch(/^\.{0,2}$/);
          expect(new TextEncoder().encode(name).length).toBeLessThanOrEqual(
            200
          );
        }
      )
    );
    for (const key of [
      'a/..',
      'a/.',
      'a/',
      'a//',
      '/',
      '..',
      `a/${'é'.repeat(500)}`
    ]) {
      expect(localName(key)).not.toMatch(/^\.{0,2}$|\//);
    }
  });
});

describe('fill', () => {
  const template = (one: string, many?: string): ITemplate => ({
    id: 't',
    title: 't',
    kinds: [],
    extensions: [],
    one,
    ...(many === undefined ? {} : { many })
  });

  it('fills every placeholder that it names', () => {
    const code = fill(
      template(
        '{{uri}} {{key}} {{name}} {{bucket}} {{url}} {{mast_uri}} {{other}}'
      ),
      mast,
      [`${HST}/ibg705081_drz.fits`]
    );
    expect(code).toBe(
      `"s3://stpubdata/${HST}/ibg705081_drz.fits" "${HST}/ibg705081_drz.fits" ` +
        '"ibg705081_drz.fits" "stpubdata" ' +
        `"https://stpubdata.s3.us-east-1.amazonaws.com/${HST}/ibg705081_drz.fits" ` +
        '"mast:HST/product/ibg705081_drz.fits" {{other}}'
    );
  });

  it('does not fill what a key holds', () => {
    expect(fill(template('{{key}}|{{uri}}'), mast, ['{{uri}}$&'])).toBe(
      '"{{uri}}$&"|"s3://stpubdata/{{uri}}$&"'
    );
  });

  it('repeats the code for one where there is none for several', () => {
    expect(fill(template('x = {{key}}'), mast, ['a', 'b'])).toBe(
      'x = "a"\n\nx = "b"'
    );
  });

  it('names no file twice', () => {
    expect(
      fill(template('', 'f = {{files}}'), mast, ['a/x', 'b/x', 'c/X'])
    ).toBe('f = {\n    "a/x": "x",\n    "b/x": "2_x",\n    "c/X": "3_X",\n}');
  });

  it('says how to reach the archive', () => {
    const say = (info: IArchiveInfo) =>
      [
        'fsspec_kwargs',
        'fsspec_whole',
        'storage_options',
        'boto3_kwargs',
        'boto3_client'
      ]
        .map(name => fill(template(`{{${name}}}`), info, ['k']))
        .join('\n');
    expect(say(mast)).toBe(
      [
        '{"anon": True, "default_block_size": 512 * 1024}',
        '{"anon": True, "default_cache_type": "all"}',
        '{"anon": True}',
        '{"region_name": "us-east-1", "config": Config(signature_version=UNSIGNED)}',
        'boto3.client(',
        '    "s3",',
        '    region_name="us-east-1",',
        '    config=Config(signature_version=UNSIGNED),',
        ')'
      ].join('\n')
    );
    const role: IArchiveInfo = { ...mast, access: 'role', region: 'eu-west-1' };
    expect(say(role)).toBe(
      [
        '{',
        '    "anon": False,',
        '    "client_kwargs": {"region_name": "eu-west-1"},',
        '    "default_block_size": 512 * 1024,',
        '}',
        '{',
        '    "anon": False,',
        '    "client_kwargs": {"region_name": "eu-west-1"},',
        '    "default_cache_type": "all",',
        '}',
        '{"anon": False, "client_kwargs": {"region_name": "eu-west-1"}}',
        '{"region_name": "eu-west-1"}',
        'boto3.client("s3", region_name="eu-west-1")'
      ].join('\n')
    );
    expect(fill(template('{{boto3_imports}}'), role, ['k'])).toBe(
      'import boto3'
    );
  });

  it('keeps lines short and indented', () => {
    expect(
      fill(
        template(
          'with x:\n    with fsspec.open(uri, "rb", {{fsspec_args}}) as file:'
        ),
        sample,
        ['k']
      )
    ).toBe(
      'with x:\n    with fsspec.open(uri, "rb", anon=True,\n' +
        '                     endpoint_url="http://127.0.0.1:8333") as file:'
    );
    expect(fill(template('', '    x = {{keys}}'), mast, ['a', 'b'])).toBe(
      '    x = [\n        "a",\n        "b",\n    ]'
    );
  });
});

describe('the templates', () => {
  it('have ids and titles of their own', () => {
    expect(new Set(templates.map(({ id }) => id)).size).toBe(templates.length);
    expect(new Set(templates.map(({ title }) => title)).size).toBe(
      templates.length
    );
  });

  it('hold known placeholders alone', () => {
    for (const template of templates) {
      expect(fill(template, mast, ['k'])).not.toContain('{{');
      expect(fill(template, mast, ['k', 'l'])).not.toContain('{{');
    }
  });

  it('read every object in one way or another', () => {
    fc.assert(
      fc.property(
        fc.array(
          anyText.filter(text => text !== ''),
          { minLength: 1, maxLength: 3 }
        ),
        keys => {
          expect(templatesFor(templates, keys).map(({ id }) => id)).toContain(
            'download'
          );
        }
      )
    );
  });

  it('do not send fsspec to another object', () => {
    expect(reachable('odd/a*[b]?c#d//e/../%2F.')).toBe(true);
    for (const key of ['a/', 'a::b', 'a?versionId=b']) {
      expect(templatesFor(templates, [key]).map(({ id }) => id)).toEqual([
        'download'
      ]);
    }
  });

  it('offer astroquery where there is a MAST URI', () => {
    const one = templates.find(({ id }) => id === 'astroquery')!;
    expect(fits(one, `${HST}/ibg705081_drz.fits`)).toBe(true);
    expect(fits(one, 'gaia/gaia_dr3/public/hats/x.parquet')).toBe(false);
  });

  it('are chosen by product', () => {
    for (const [id, first, ...keys] of CASES) {
      const ids = templatesFor(templates, keys).map(one => one.id);
      expect([keys, ids]).toEqual([keys, expect.arrayContaining([id])]);
      if (first) {
        expect([keys, ids[0]]).toEqual([keys, id]);
      }
    }
    // Each for one object and for several.
    const tried = new Set(
      CASES.map(([id, , ...keys]) => `${id} ${keys.length > 1}`)
    );
    expect(
      templates.filter(
        ({ id, many }) =>
          many === undefined ||
          !tried.has(`${id} false`) ||
          !tried.has(`${id} true`)
      )
    ).toEqual([]);
  });

  it('say nothing but `anon` to the public bucket', () => {
    for (const [id, , ...keys] of CASES) {
      const template = templates.find(one => one.id === id)!;
      const code = fill(template, mast, keys);
      expect(code).not.toMatch(/endpoint|secret|profile|127\.0\.0\.1|https?:/i);
      if (id !== 'astroquery') {
        expect(code).toMatch(
          /"anon": True|anon=True|signature_version=UNSIGNED/
        );
      }
      for (const line of code
        .split('\n')
        .filter(one => !/["']\S{40,}["']/.test(one))) {
        expect(line.length).toBeLessThanOrEqual(79);
      }
    }
  });

  it('give the code that pytest runs', () => {
    const byId = (id: string) => templates.find(one => one.id === id)!;
    const vectors = {
      note: 'Made by MAST_UPDATE=1 jest src/archive/snippets; compared by every other run.',
      endpoint: ENDPOINT,
      cases: CASES.map(([id, , ...keys]) => ({
        template: id,
        keys,
        public: fill(byId(id), mast, keys),
        sample: fill(byId(id), sample, keys)
      })),
      odd: ODD.map(key => ({
        key,
        name: localName(key),
        literal: pythonString(key),
        fsspec: reachable(key) ? fill(byId('fsspec'), sample, [key]) : null,
        download: fill(byId('download'), sample, [key])
      })),
      manyOdd: {
        keys: ODD,
        fsspec: fill(byId('fsspec'), sample, ODD.filter(reachable)),
        download: fill(byId('download'), sample, ODD)
      }
    };
    const text = `${JSON.stringify(vectors, null, 2)}\n`;
    if (process.env.MAST_UPDATE) {
      fs.mkdirSync(path.dirname(VECTORS), { recursive: true });
      fs.writeFileSync(VECTORS, text);
    }
    expect(fs.readFileSync(VECTORS, 'utf8')).toBe(text);
  });
});
