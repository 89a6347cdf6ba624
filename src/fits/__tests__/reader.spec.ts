import './polyfill';
import * as zlib from 'zlib';
import {
  bytesSource,
  countedSource,
  FitsError,
  gunzipSource,
  readHeaders
} from '..';
import type { IByteSource } from '..';
import { EMPTY, header, image, load, read } from './files';
import type { Row } from './files';

/** A large file of which only the given parts exist; the rest is zero. */
function sparse(size: number, parts: [number, Buffer][]): IByteSource {
  return {
    size: () => Promise.resolve(size),
    read: (start, end) => {
      const out = Buffer.alloc(Math.max(0, Math.min(end, size) - start));
      for (const [at, bytes] of parts) {
        const from = Math.max(start, at);
        const to = Math.min(end, at + bytes.length);
        if (from < to) {
          bytes.copy(out, from - start, from - at, to - at);
        }
      }
      return Promise.resolve(out);
    }
  };
}

describe('readHeaders', () => {
  it('gives names with spaces, other extensions, constant images', async () => {
    const { hdus, end } = await read(load('odd-cards.fits'));
    expect(hdus.map(h => [h.type, h.name, h.version])).toEqual([
      ['PRIMARY', 'PRIMARY', 1],
      ['HDRLET', 'TARGET COSMIC RAY', 3],
      ['IMAGE', 'DQ', 1]
    ]);
    expect(hdus[0].cards.length).toBeGreaterThan(857);
    expect(hdus[2].constant).toEqual({ shape: [1044, 1062], value: 7 });
    expect(end).toEqual({
      hdus: 3,
      trailingBytes: 0,
      trailing: 'none',
      unpadded: false,
      stopped: false
    });
  });

  it('takes END with a value for a card like others', async () => {
    const { hdus } = await read(header([...EMPTY, ['END', 5], ['AFTER', 6]]));
    expect(hdus[0].cards.map(card => card.keyword)).toEqual([
      'SIMPLE',
      'BITPIX',
      'NAXIS',
      'END',
      'AFTER'
    ]);
  });

  it('random groups: type, shape, data', async () => {
    const { hdus } = await read(load('groups.fits'));
    expect(hdus[0]).toMatchObject({
      type: 'GROUPS',
      shape: [3, 4, 5],
      dataBytes: 4 * 3 * (2 + 20)
    });
    expect(hdus[1].headerStart).toBe(2 * 2880);
  });

  it('compressed images and tables', async () => {
    const rice = await read(load('m13_rice.fits'));
    expect(rice.hdus[1]).toMatchObject({
      type: 'COMPRESSED_IMAGE',
      shape: [300, 300],
      bitpix: 16
    });
    const tess = await read(
      load('tess2018206045859-s0001-0000000025155310-0120-s_tp.fits')
    );
    expect(tess.hdus.map(h => [h.name, h.type, h.shape])).toEqual([
      ['PRIMARY', 'PRIMARY', []],
      ['PIXELS', 'BINTABLE', [5]],
      ['APERTURE', 'IMAGE', [11, 11]],
      ['TARGET COSMIC RAY', 'BINTABLE', [0]]
    ]);
  });

  it('a small file takes one request', async () => {
    const { requests, bytes } = await read(load('j94f05bgq_flt.fits'));
    expect([requests, bytes]).toEqual([1, 83520]);
  });

  it('a 2 MB light curve: at most 4 requests, 100 kB', async () => {
    // The layout of a real TESS light curve: 5,760 + 20,076 rows of 100 bytes.
    const lc = header(image([100, 20076]));
    const primary = Buffer.concat([header(EMPTY), Buffer.alloc(0)]);
    const at = primary.length + lc.length;
    const next = at + Math.ceil(2007600 / 2880) * 2880;
    const aperture = header(image([11, 11]));
    const { hdus, requests, bytes } = await read(
      sparse(next + aperture.length + 2880, [
        [0, primary],
        [primary.length, lc],
        [next, aperture]
      ])
    );
    expect(hdus.length).toBe(3);
    expect(requests).toBeLessThanOrEqual(4);
    expect(bytes).toBeLessThanOrEqual(100000);
  });

  it('a header longer than a read: few requests, no byte twice', async () => {
    const rows = Array.from({ length: 20000 }, (_, i): Row => [`K${i}`, i]);
    const file = header([...EMPTY, ...rows]);
    expect(file.length).toBeGreaterThan(1500000);
    const { hdus, requests, bytes } = await read(file);
    expect(hdus[0].cards.length).toBe(20003);
    expect(bytes).toBe(file.length);
    expect(requests).toBeLessThanOrEqual(8);
  });

  it('a terabyte image is skipped', async () => {
    const size = 1e12;
    const big = header(image([1000000, 1000000]));
    const last = header(image([0]));
    const start = 2880 + big.length + Math.ceil(size / 2880) * 2880;
    const { hdus, requests } = await read(
      sparse(start + last.length, [
        [0, header(EMPTY)],
        [2880, big],
        [start, last]
      ])
    );
    expect(hdus.map(h => h.dataBytes)).toEqual([0, 1e12, 0]);
    expect(requests).toBe(2);
  });

  it('stops at maxHdus', async () => {
    const { hdus, end } = await read(load('j94f05bgq_flt.fits'), {
      maxHdus: 2
    });
    expect(hdus.length).toBe(2);
    expect(end?.stopped).toBe(true);
  });

  it('stops when the caller stops, and when aborted', async () => {
    const source = countedSource(bytesSource(load('j94f05bgq_flt.fits')));
    for await (const hdu of readHeaders(source)) {
      expect(hdu.index).toBe(0);
      break;
    }
    expect(source.requests).toBe(1);
    const abort = new AbortController();
    const reader = readHeaders(source, { signal: abort.signal });
    await reader.next();
    abort.abort();
    await expect(reader.next()).rejects.toThrow();
    await expect(reader.next()).resolves.toEqual({
      done: true,
      value: undefined
    });
  });

  it('passes on the errors of the source', async () => {
    const source: IByteSource = {
      size: () => Promise.resolve(1e7),
      read: () => Promise.reject(new Error('the network is away'))
    };
    await expect(readHeaders(source).next()).rejects.toThrow(
      'the network is away'
    );
  });
});

describe('files that are not what they should be', () => {
  const cases: [string, Buffer, string, string][] = [
    ['empty', Buffer.alloc(0), 'not-fits', 'The file is empty.'],
    [
      'text',
      Buffer.from('<!DOCTYPE html>'),
      'not-fits',
      'This is not a FITS file: it does not begin with SIMPLE.'
    ],
    [
      'cut in the header',
      header(EMPTY).subarray(0, 200),
      'truncated',
      'The file ends inside the header of HDU 0.'
    ],
    [
      'no END',
      header(EMPTY, false),
      'truncated',
      'The file ends inside the header of HDU 0.'
    ],
    [
      'no BITPIX',
      header([
        ['SIMPLE', true],
        ['NAXIS', 0]
      ]),
      'bad-header',
      'The header of HDU 0 is damaged: it has no BITPIX.'
    ],
    [
      'BITPIX 7',
      header([
        ['SIMPLE', true],
        ['BITPIX', 7],
        ['NAXIS', 0]
      ]),
      'bad-header',
      'The header of HDU 0 is damaged: its BITPIX is none of 8, 16, 32, 64, -32, -64.'
    ],
    [
      'negative axis',
      Buffer.concat([header(EMPTY), header(image([-1]))]),
      'bad-header',
      'The header of HDU 1 is damaged: its NAXIS1 is not a count.'
    ],
    [
      'too many axes',
      header([
        ['SIMPLE', true],
        ['BITPIX', 8],
        ['NAXIS', 1000]
      ]),
      'bad-header',
      'The header of HDU 0 is damaged: it says 1000 axes.'
    ],
    [
      'axes that overflow',
      Buffer.concat([
        header(EMPTY),
        header(image(Array.from({ length: 99 }, () => 2147483647)))
      ]),
      'bad-header',
      'The header of HDU 1 is damaged: it describes more data than any file can hold.'
    ],
    [
      'an axis too large to add offsets to',
      Buffer.concat([header(EMPTY), header(image([2 ** 52]))]),
      'bad-header',
      'The header of HDU 1 is damaged: it describes more data than any file can hold.'
    ],
    [
      'an axis beyond 2^53',
      Buffer.concat([
        header(EMPTY),
        header([
          ['XTENSION', 'IMAGE'],
          ['BITPIX', 8],
          ['NAXIS', 1],
          ['NAXIS1', 2n ** 70n]
        ])
      ]),
      'bad-header',
      'The header of HDU 1 is damaged: its NAXIS1 is larger than any file.'
    ],
    [
      'cut in the data',
      Buffer.concat([
        header(EMPTY),
        header(image([5000], [['EXTNAME', 'SCI']])),
        Buffer.alloc(2880)
      ]),
      'truncated',
      'The file ends inside the data of HDU 1 (SCI): 2,880 of 5,000 bytes are there.'
    ],
    [
      'gzip, damaged',
      Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255, 255]),
      'bad-gzip',
      'The compressed data is damaged.'
    ],
    [
      'gzip of something else',
      zlib.gzipSync('hello'),
      'not-fits',
      'This is not a FITS file: it does not begin with SIMPLE.'
    ]
  ];

  it.each(cases)('%s', async (_, bytes, kind, sentence) => {
    const { error } = await read(bytes);
    expect(error).toBeInstanceOf(FitsError);
    expect(error?.message).toBe(sentence);
    expect(error?.kind).toBe(kind);
  });

  it('gives the HDU whose data is cut, then the sentence', async () => {
    const { hdus, error } = await read(load('Astro_UIT-first-60000.fits'));
    expect(hdus.length).toBe(1);
    expect(error?.message).toBe(
      'The file ends inside the data of HDU 0: 48,480 of 524,288 bytes are there.'
    );
  });

  it('bounds the search for END', async () => {
    const source = sparse(1e9, [[0, header(EMPTY, false)]]);
    const { error, requests, bytes } = await read(source);
    expect(error?.message).toBe(
      'The header of HDU 0 has no END in its first 4,194,304 bytes.'
    );
    expect(requests).toBeLessThanOrEqual(10);
    expect(bytes).toBeLessThanOrEqual(10e6);
  });

  it('tells padding that is missing, blanks and junk behind the end', async () => {
    const file = Buffer.concat([
      header(EMPTY),
      header(image([10])),
      Buffer.alloc(10)
    ]);
    expect((await read(file)).end).toMatchObject({
      unpadded: true,
      trailing: 'none'
    });
    const whole = Buffer.concat([file, Buffer.alloc(2870)]);
    expect((await read(whole)).end).toMatchObject({
      unpadded: false,
      trailing: 'none'
    });
    expect(
      (await read(Buffer.concat([whole, Buffer.alloc(2880)]))).end
    ).toMatchObject({ trailing: 'blank', trailingBytes: 2880 });
    expect(
      (await read(Buffer.concat([whole, Buffer.from('junk')]))).end
    ).toMatchObject({ trailing: 'junk', trailingBytes: 4 });
  });
});

describe('gzip', () => {
  it('reads a .fits.gz, and stops reading when the headers are there', async () => {
    // 40 MB of noise behind two headers.
    const noise = Buffer.alloc(8 * 1024 * 1024);
    let x = 1;
    for (let i = 0; i < noise.length; i++) {
      x = (x * 1103515245 + 12345) & 0x7fffffff;
      noise[i] = x >> 16;
    }
    const packed = zlib.gzipSync(
      Buffer.concat([header(EMPTY), header(image([noise.length])), noise]),
      { level: 1 }
    );
    const part = await read(packed, { maxHdus: 2 });
    expect(part.hdus.length).toBe(2);
    expect(part.bytes).toBeLessThan(100000);
    const all = await read(packed);
    expect(all.end).toMatchObject({ hdus: 2, trailing: 'none' });
    expect(all.bytes).toBe(packed.length);
    const cut = await read(packed.subarray(0, packed.length / 2));
    expect(cut.hdus.length).toBe(2);
    expect(cut.error?.message).toBe(
      'The file ends inside its compressed data.'
    );
  });

  it('knows data that is cut off inside sound gzip', async () => {
    const file = Buffer.concat([
      header(EMPTY),
      header(image([5000])),
      Buffer.alloc(2880)
    ]);
    const { hdus, error } = await read(zlib.gzipSync(file));
    expect(hdus.length).toBe(2);
    expect(error?.message).toBe(
      'The file ends inside the data of HDU 1: 2,880 of 5,000 bytes are there.'
    );
  });

  it('goes forward only', async () => {
    const source = gunzipSource(bytesSource(zlib.gzipSync('0123456789')));
    const text = async (start: number, end: number): Promise<string> =>
      Buffer.from(await source.read(start, end)).toString();
    expect(await text(2, 4)).toBe('23');
    expect(await text(6, 20)).toBe('6789');
    expect(await source.size()).toBe(10);
    await expect(source.read(0, 1)).rejects.toThrow(RangeError);
    await source.close();
  });
});
