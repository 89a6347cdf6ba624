import './polyfill';
import * as fc from 'fast-check';
import * as zlib from 'zlib';
import type { CardValue } from '..';
import { header, load, read } from './files';
import type { Row } from './files';

describe('laws', () => {
  const files = ['j94f05bgq_flt.fits', 'groups.fits', 'odd-cards.fits'].map(
    load
  );
  const packed = files.map(file => zlib.gzipSync(file));

  it('any truncation: HDUs, then the end or a FitsError', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files, ...packed),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (file, part) => {
          const cut = file.subarray(0, Math.floor(part * file.length));
          const { hdus, end, error } = await read(cut);
          expect(end !== undefined || error !== undefined).toBe(true);
          if (cut.length < file.length && hdus.length === 0) {
            expect(error).toBeDefined();
          }
        }
      ),
      { numRuns: 300 }
    );
  });

  it('any damage: never another error, never a hang', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files, ...packed),
        fc.array(
          fc.tuple(fc.nat({ max: 90000 }), fc.integer({ min: 0, max: 255 })),
          { minLength: 1, maxLength: 40 }
        ),
        async (file, damage) => {
          const copy = Buffer.from(file);
          for (const [at, value] of damage) {
            copy[at % copy.length] = value;
          }
          const { end, error } = await read(copy);
          expect(end !== undefined || error !== undefined).toBe(true);
        }
      ),
      { numRuns: 300 }
    );
  });

  it('damage in the structure keywords', async () => {
    const value = fc.oneof<fc.Arbitrary<CardValue>[]>(
      fc.integer(),
      fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
      fc.constantFrom(8, 16, -32, 0, 1, 2, 3),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constant('text')
    );
    const keyword = fc.constantFrom(
      ...'SIMPLE BITPIX NAXIS NAXIS1 NAXIS2 NAXIS3 PCOUNT GCOUNT GROUPS XTENSION ZIMAGE ZNAXIS ZBITPIX TFIELDS EXTNAME EXTVER NPIX1 PIXVALUE'.split(
        ' '
      )
    );
    const rows = fc.array(fc.tuple(keyword, value), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rows, rows, async (one, two) => {
        const clean = (list: Row[]): Row[] =>
          list.filter(([, v]) => typeof v !== 'number' || Number.isFinite(v));
        const file = Buffer.concat([
          header([['SIMPLE', true], ...clean(one)]),
          header([['XTENSION', 'IMAGE'], ...clean(two)])
        ]);
        const { hdus, end, error } = await read(file);
        expect(end !== undefined || error !== undefined).toBe(true);
        for (const hdu of hdus) {
          expect(Number.isSafeInteger(hdu.dataBytes)).toBe(true);
          expect(hdu.dataBytes).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 1000 }
    );
  });

  it('the same HDUs whatever the sizes of the reads', async () => {
    const expected = await Promise.all(files.map(file => read(file)));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: files.length - 1 }),
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 1, max: 9000 }),
        async (i, firstBytes, nextBytes) => {
          const { hdus, end, bytes } = await read(files[i], {
            wholeBytes: 0,
            firstBytes,
            nextBytes
          });
          expect(hdus).toEqual(expected[i].hdus);
          expect(end).toEqual(expected[i].end);
          expect(bytes).toBeLessThanOrEqual(files[i].length);
        }
      ),
      { numRuns: 60 }
    );
  });
});
