import * as fs from 'fs';
import * as path from 'path';
import * as missions from '..';
import { table } from '../table';
import type { IKnownArchive } from '..';

const root = path.join(__dirname, '../../..');

interface IVectors {
  archives: IKnownArchive[];
  describe: [string, unknown][];
  folder: [string, string | null][];
  group: [[string, string], unknown][];
  split: [string, [string, string, string]][];
  uri: [string, string | null][];
  keys: [string, unknown][];
  s3: [[string, string], string][];
  https: [[string, string, missions.IEndpoint], string][];
  parse: [string, unknown][];
  goto: [string, unknown][];
}

const vectors = JSON.parse(
  fs.readFileSync(path.join(root, 'tests/data/missions-vectors.json'), 'utf8')
) as IVectors;

describe('missions, by the vectors shared with Python', () => {
  it.each(vectors.describe)('describes %j', (key, expected) => {
    expect(missions.describeKey(key)).toEqual(expected);
  });

  it.each(vectors.folder)('describes the folder %j', (prefix, expected) => {
    expect(missions.describeFolder(prefix)).toBe(expected);
  });

  it.each(vectors.group)('groups %j', ([key, shown], expected) => {
    expect(missions.groupOf(key, shown)).toEqual(expected);
  });

  it.each(vectors.split)('splits %j', (name, [head, suffix, tail]) => {
    expect(missions.splitName(name)).toEqual({ head, suffix, tail });
  });

  it.each(vectors.uri)('gives the mast: URI of %j', (key, expected) => {
    expect(missions.mastUri(key)).toBe(expected);
  });

  it.each(vectors.keys)('finds the keys of %j', (uri, expected) => {
    expect(missions.keysOfUri(uri)).toEqual(expected);
  });

  it.each(vectors.s3)('writes the s3:// URI of %j', ([b, k], expected) => {
    expect(missions.s3Uri(b, k)).toBe(expected);
  });

  it.each(vectors.https)('writes the address of %j', (input, expected) => {
    expect(missions.httpsUrl(...input)).toBe(expected);
  });

  it.each(vectors.parse)('reads the address %j', (url, expected) => {
    expect(missions.parseHttpsUrl(url, vectors.archives)).toEqual(expected);
  });

  it.each(vectors.goto)('goes to %j', (text, expected) => {
    expect(missions.goTo(text, vectors.archives)).toEqual(expected);
  });
});

describe('product-names.json', () => {
  it('is the same in the Python package', () => {
    const here = fs.readFileSync(
      path.join(root, 'src/missions/product-names.json')
    );
    const there = fs.readFileSync(
      path.join(root, 'jupyterlab_mast/missions/product-names.json')
    );
    expect(here.equals(there)).toBe(true);
  });

  it('has the shape that table.ts says', () => {
    const levels = ['raw', 'cal', 'combined', 'aux', 'preview'];
    const kinds =
      'image spectrum lightcurve targetpixels table text preview pdf other';
    const names = new Set(
      Object.values(table.hst.instruments).map(one => one.name)
    );
    const entries = [
      ...Object.values(table.hst.suffixes).flat(),
      ...[table.tess, table.kepler, table.jwst, table.hlsp].flatMap(part =>
        Object.values(part)
      ),
      ...[table.ps1, table.galex, table.roman].flatMap(part =>
        Object.values(part)
      )
    ];
    expect(entries.length).toBeGreaterThan(150);
    for (const entry of entries) {
      expect(levels).toContain(entry.level);
      expect(kinds.split(' ')).toContain(entry.kind);
      expect(entry.short.length).toBeGreaterThan(0);
      // The name column of a 300 px panel holds about 28 characters.
      expect(entry.short.length).toBeLessThanOrEqual(28);
      expect(entry.full.length).toBeGreaterThan(0);
      for (const instrument of entry.instruments ?? []) {
        expect(names).toContain(instrument);
      }
    }
    for (const one of Object.values(table.extensions)) {
      expect(kinds.split(' ')).toContain(one.kind);
    }
  });
});
