import * as fc from 'fast-check';
import * as fs from 'fs';
import * as path from 'path';
import * as zlib from 'zlib';
import * as missions from '..';

const root = path.join(__dirname, '../../..');

/** Any UTF-16 string, lone surrogates too. */
const anyText = fc.oneof(
  fc.string({
    unit: fc.nat({ max: 0xffff }).map(n => String.fromCharCode(n)),
    maxLength: 200
  }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({
    unit: fc.constantFrom(
      ...'abcdefghijsTIC_-./: s0014 0123456789%+#?"\\\n\u0130'.split(''),
      'hst/public/',
      'tess/public/tid/',
      'mast:HST/product/',
      'ibg705081_drz',
      '.fits',
      'https://',
      '\ud800'
    ),
    maxLength: 60
  })
);

/** Keys as S3 may hold them: whole code points, any of them. */
const anyKey = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 120 }),
  fc
    .array(
      fc.constantFrom('a', '.', '..', '', ' ', '+', '%', '%2F', 'ü', '#', '?'),
      { minLength: 1, maxLength: 8 }
    )
    .map(parts => parts.join('/'))
    .filter(key => key !== '')
);

describe('missions, laws', () => {
  it('describeKey and goTo answer any string', () => {
    fc.assert(
      fc.property(anyText, text => {
        const product = missions.describeKey(text);
        expect(product.shortLabel).not.toBe('');
        expect(product.fullLabel).not.toBe('');
        expect(missions.goTo(text).kind).toBeTruthy();
        missions.describeFolder(text);
        missions.keysOfUri(text);
        missions.mastUri(text);
      }),
      { numRuns: 1000 }
    );
  });

  it('a split name put together is the name', () => {
    fc.assert(
      fc.property(anyText, name => {
        const { head, suffix, tail } = missions.splitName(name);
        expect(head + suffix + tail).toBe(name);
      }),
      { numRuns: 1000 }
    );
  });

  it('key -> s3:// -> key', () => {
    fc.assert(
      fc.property(anyKey, key => {
        const uri = missions.s3Uri('stpubdata', key);
        expect(missions.parseS3Uri(uri)).toEqual({ bucket: 'stpubdata', key });
      }),
      { numRuns: 1000 }
    );
  });

  it.each([
    ['stpubdata', {}],
    ['my.bucket', { region: 'eu-west-1' }],
    ['stpubdata', { region: 'cn-north-1' }],
    ['sample', { endpoint: 'http://127.0.0.1:8333' }],
    ['sample', { endpoint: 'https://hub.example.org/user/a/s3/' }]
  ])('key -> web address -> key (%s, %j)', (bucket, where) => {
    fc.assert(
      fc.property(anyKey, key => {
        const url = missions.httpsUrl(bucket, key, where);
        expect(url).toMatch(/^[\x21-\x7e]+$/);
        const known = 'endpoint' in where ? [{ bucket, ...where }] : [];
        expect(missions.parseHttpsUrl(url, known)).toEqual({ bucket, key });
      }),
      { numRuns: 1000 }
    );
  });

  it('a web address survives the folding of a URL parser', () => {
    fc.assert(
      fc.property(
        anyKey.filter(key => key !== '.' && key !== '..'),
        key => {
          const url = missions.httpsUrl('stpubdata', key);
          expect(new URL(url).href).toBe(url);
        }
      ),
      { numRuns: 1000 }
    );
  });

  it('a lone surrogate does not throw', () => {
    expect(missions.httpsUrl('b', 'a\ud800b')).toBe(
      'https://b.s3.us-east-1.amazonaws.com/a%EF%BF%BDb'
    );
  });

  it('the TIC split: sixteen digits in fours, and back', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 9_999_999_999_999_999n }),
        fc.integer({ min: 1, max: 9999 }),
        (tic, sector) => {
          const prefix = missions.tessPrefix(String(tic), sector);
          expect(prefix).toMatch(/^tess\/public\/tid\/s\d{4}\/(?:\d{4}\/){4}$/);
          const digits = prefix.slice('tess/public/tid/s0000'.length);
          expect(BigInt(digits.replace(/\//g, ''))).toBe(tic);
          const found = missions.goTo(`TIC ${tic} s${sector}`);
          expect(found).toMatchObject({
            kind: 'tess-target',
            tic: String(tic),
            sector,
            prefixes: [prefix]
          });
          expect(missions.describeFolder(prefix)).toBe(`TIC ${tic}`);
        }
      ),
      { numRuns: 1000 }
    );
  });

  it('is quick on hostile names', () => {
    const start = Date.now();
    for (const text of [
      '_'.repeat(4000),
      'hst_11665_06_' + 'a_'.repeat(2000),
      'hlsp_' + 's01-'.repeat(1000),
      'jw12345' + '_-'.repeat(2000),
      'a-'.repeat(2000) + 'nd-int.fits',
      '"'.repeat(4000),
      ' '.repeat(4000) + 'x',
      'TIC ' + '1 '.repeat(2000)
    ]) {
      missions.describeKey(text);
      missions.goTo(text);
    }
    expect(Date.now() - start).toBeLessThan(1000);
  });
});

const archive = path.join(root, '../shared/archive');
const present = fs.existsSync(path.join(archive, 'MANIFEST.tsv'));

(present ? describe : describe.skip)(
  `the sample archive${present ? '' : ' (skipped: ../shared/archive is not here)'}`,
  () => {
    const keys = (): string[] =>
      fs
        .readFileSync(path.join(archive, 'MANIFEST.tsv'), 'utf8')
        .split('\n')
        .map(line => line.split('\t')[0])
        .filter(name => name.startsWith('stpubdata/'))
        .map(name => name.slice('stpubdata/'.length));

    it('name -> key agrees with every key of the manifest', () => {
      const seen = { exact: 0, visit: 0, none: 0 };
      for (const key of keys()) {
        const file = key.slice(key.lastIndexOf('/') + 1);
        const places = missions.placesOfName(file);
        if (places && places.keys.length > 0) {
          expect(places.keys).toContain(key);
          seen.exact++;
        } else {
          expect(key).toContain('mast/hlsp/');
          seen.none++;
        }
        if (places?.visitPrefix) {
          expect(key.startsWith(places.visitPrefix)).toBe(true);
          seen.visit++;
        }
        const product = missions.describeKey(key);
        expect(product.mission).not.toBeNull();
        expect(product.level).not.toBeNull();
        const uri = missions.mastUri(key);
        expect(missions.keysOfUri(uri ?? '')?.keys).toContain(key);
      }
      expect(seen.exact).toBeGreaterThan(30);
    });

    it('name -> key for every full-frame image of sector 1', () => {
      const all = zlib
        .gunzipSync(
          fs.readFileSync(path.join(archive, 'ffi-keys-s0001.txt.gz'))
        )
        .toString()
        .split('\n')
        .filter(key => key !== '');
      const wrong = all.filter(key => {
        const file = key.slice(key.lastIndexOf('/') + 1);
        return missions.placesOfName(file)?.keys[0] !== key;
      });
      expect(all.length).toBe(20512);
      expect(wrong).toEqual([]);
    });
  }
);
