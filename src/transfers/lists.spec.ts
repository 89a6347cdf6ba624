import * as fc from 'fast-check';
import * as fs from 'fs';
import * as path from 'path';
import { ListError, readList, writeList, type IListed } from './lists';

const KEYS = (
  JSON.parse(
    fs.readFileSync(path.join(__dirname, '../../tests/data/keys.json'), 'utf8')
  ) as { key: string }[]
).map(({ key }) => key);

const problemOf = (text: string) => {
  try {
    readList(text);
  } catch (error) {
    return error instanceof ListError ? error.problem : error;
  }
  return null;
};

describe('a list', () => {
  it('has a line that names the columns, and one for each file', () => {
    expect(
      writeList([
        {
          archive: 'mast',
          key: 'hst/public/a.fits',
          size: 168_400_000,
          etag: '"0a1b-3"'
        },
        { archive: 'mast', key: 'a, "b".fits', size: null, etag: '' }
      ])
    ).toBe(
      'archive,key,size,etag\r\n' +
        'mast,hst/public/a.fits,168400000,"""0a1b-3"""\r\n' +
        'mast,"a, ""b"".fits",,\r\n'
    );
  });

  it('keeps every odd key', () => {
    const files = KEYS.map((key, i) => ({
      archive: 'mast',
      key,
      size: i,
      etag: `"${i}"`
    }));
    expect(readList(writeList(files))).toEqual(files);
  });

  it('keeps whatever is written to it', () => {
    const text = fc.oneof(
      fc.fullUnicodeString({ minLength: 1 }),
      fc.stringOf(fc.constantFrom(',', '"', '\r', '\n', ' ', 'a', ';'), {
        minLength: 1
      })
    );
    const etag = fc
      .stringOf(fc.constantFrom('0', 'a', '-', ',', ';', '\xe9'))
      .map(inside => `"${inside}"`);
    const file: fc.Arbitrary<IListed> = fc.record({
      archive: text,
      key: text,
      size: fc.option(fc.nat()),
      etag: fc.oneof(fc.constant(''), etag)
    });
    fc.assert(
      fc.property(fc.array(file), files => {
        expect(readList(writeList(files))).toEqual(files);
      })
    );
  });

  it('is read with other line ends, order, columns and a byte order mark', () => {
    const expected = [{ archive: 'm', key: 'k', size: 3, etag: '"e"' }];
    for (const text of [
      '\ufeffkey,archive,size,ETag\nk,m,3,"""e"""',
      'Archive, Key ,note,size,etag\rm,k,mine,3,"""e"""\r',
      'archive,key,size,etag\r\n\r\nm,k,3,"""e"""\r\n\r\n'
    ]) {
      expect(readList(text)).toEqual(expected);
    }
  });

  it.each(['"e"', 'W/"e"', 'e', '"0a-3"', ' "e" '])(
    'takes the ETag %j',
    etag => {
      const text = `archive,key,etag\nm,k,"${etag.replace(/"/g, '""')}"\n`;
      expect(readList(text)[0].etag).toBe(etag.trim());
    }
  );

  it.each([
    '"e"\r\nX-Evil: 1',
    '"e\n"',
    '"e e"',
    '"e"e"',
    '"e',
    '"e\0"',
    '\u20ac'
  ])('refuses %j for an ETag: it would be more than one header', etag => {
    const text = `archive,key,etag\nm,k,"${etag.replace(/"/g, '""')}"\n`;
    expect(problemOf(text)).toEqual({ kind: 'etag', line: 2 });
  });

  it('may lack sizes and versions', () => {
    expect(readList('archive,key\nm,k\n')).toEqual([
      { archive: 'm', key: 'k', size: null, etag: '' }
    ]);
    expect(readList('archive,key,size,etag\nm,k\n')).toEqual([
      { archive: 'm', key: 'k', size: null, etag: '' }
    ]);
    expect(readList('archive,key')).toEqual([]);
  });

  it('is refused with the line that is wrong', () => {
    expect(problemOf('')).toEqual({ kind: 'no-header' });
    expect(problemOf('name,size\na,1')).toEqual({ kind: 'no-header' });
    expect(problemOf('archive,key\nm,k\n,k')).toEqual({
      kind: 'no-archive',
      line: 3
    });
    expect(problemOf('archive,key\nm,"a\nb"\nm,')).toEqual({
      kind: 'no-key',
      line: 4
    });
    expect(problemOf('archive,key,size\nm,k,3 MB')).toEqual({
      kind: 'size',
      line: 2
    });
    expect(problemOf('archive,key\nm,"open')).toEqual({
      kind: 'quote',
      line: 2
    });
    expect(problemOf('archive,key\nm,"a" b')).toEqual({
      kind: 'quote',
      line: 2
    });
  });
});
