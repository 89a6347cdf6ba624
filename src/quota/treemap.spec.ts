import * as fc from 'fast-check';
import { isWithin } from './places';
import { entryOf, FakeServer } from './testing';
import {
  layOut,
  neighbour,
  tileFor,
  worthOpening,
  type ITile
} from './treemap';
import type { IFolder } from './types';
import { restOf } from './usagerows';

const server = new FakeServer();
const ofServer = (id: string) => server.folderOf(id);

/** A folder of files of these sizes, and of a rest. */
function folderOf(sizes: readonly number[], rest = 0): IFolder {
  return {
    folder: entryOf('', { folder: true }),
    parents: [],
    kinds: [],
    entries: sizes.map((allocated, i) => entryOf(`f${i}`, { allocated })),
    rest_allocated: rest,
    rest_files: rest > 0 ? 7 : 0,
    unreadable: []
  };
}

const areaOf = ({ width, height }: ITile) => width * height;

describe('areas', () => {
  it('are as the bytes, fill all, and lie side by side', () => {
    const size = fc.integer({ min: 1, max: 1e12 });
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 1, maxLength: 60 }),
        fc.nat(1e12),
        fc.integer({ min: 20, max: 2000 }),
        fc.integer({ min: 20, max: 2000 }),
        (sizes, rest, width, height) => {
          const { tiles } = layOut(
            folderOf(sizes, rest),
            () => null,
            width,
            height
          );
          const all = sizes.reduce((sum, one) => sum + one, rest);
          for (const tile of tiles) {
            expect(
              Math.abs(areaOf(tile) / (width * height) - tile.allocated / all)
            ).toBeLessThan(1e-6);
            expect(tile.x).toBeGreaterThan(-1e-6);
            expect(tile.y).toBeGreaterThan(-1e-6);
            expect(tile.x + tile.width).toBeLessThan(width + 1e-6);
            expect(tile.y + tile.height).toBeLessThan(height + 1e-6);
          }
          const covered = tiles.reduce((sum, tile) => sum + areaOf(tile), 0);
          expect(covered / (width * height)).toBeCloseTo(1, 6);
          for (const [i, one] of tiles.entries()) {
            for (const two of tiles.slice(i + 1)) {
              const over =
                Math.max(
                  0,
                  Math.min(one.x + one.width, two.x + two.width) -
                    Math.max(one.x, two.x)
                ) *
                Math.max(
                  0,
                  Math.min(one.y + one.height, two.y + two.height) -
                    Math.max(one.y, two.y)
                );
              expect(over / (width * height)).toBeLessThan(1e-9);
            }
          }
        }
      ),
      { numRuns: 60 }
    );
  });

  it('nothing has no tiles, and no place has none', () => {
    expect(layOut(folderOf([]), () => null, 100, 100).tiles).toEqual([]);
    expect(layOut(folderOf([0, 0]), () => null, 100, 100).tiles).toEqual([]);
    expect(layOut(folderOf([5]), () => null, 0, 100).tiles).toEqual([]);
  });

  it('the smallest of very many share the tile of the rest', () => {
    const { tiles } = layOut(
      folderOf(
        Array.from({ length: 3000 }, () => 2),
        10
      ),
      () => null,
      400,
      400
    );
    expect(tiles.length).toBe(121);
    const rest = tiles.find(tile => tile.id === restOf(''))!;
    expect([rest.entry, rest.allocated, rest.files]).toEqual([
      null,
      2 * 2880 + 10,
      2880 + 7
    ]);
  });
});

describe('large folders', () => {
  it('show what is in them, where it is known', () => {
    const { tiles, groups } = layOut(server.folderOf(''), ofServer, 576, 420);
    const ids = tiles.map(tile => tile.id);
    expect(ids).toContain('hst/j94f05bgq');
    expect(ids).not.toContain('hst');
    // Two levels, and no more.
    expect(ids.some(id => id.split('/').length > 2)).toBe(false);
    const hst = groups.find(tile => tile.id === 'hst')!;
    const inside = tiles.filter(tile => isWithin(tile.id, 'hst'));
    expect(inside.reduce((sum, tile) => sum + areaOf(tile), 0)).toBeCloseTo(
      areaOf(hst),
      3
    );
    const known = layOut(server.folderOf(''), () => null, 576, 420);
    expect(known.tiles.map(tile => tile.id)).toContain('hst');
  });

  it('are worth asking for when there is room', () => {
    expect(worthOpening(server.folderOf(''), 576, 420)).toEqual([
      'hst',
      'tess',
      'data',
      '.cache'
    ]);
    expect(worthOpening(server.folderOf(''), 100, 80)).toEqual([]);
  });
});

it('labels stand only where they have room', () => {
  const { tiles } = layOut(folderOf([1e6, 3000, 20]), () => null, 200, 200);
  expect(tiles.map(tile => tile.label)).toEqual([
    'name-and-size',
    'none',
    'none'
  ]);
  for (const tile of tiles) {
    expect(tile.label === 'none' || tile.width >= 34).toBe(true);
  }
});

describe('finding tiles', () => {
  const map = layOut(server.folderOf(''), ofServer, 576, 420);

  it('what is deeper lies in the tile of a folder', () => {
    expect(tileFor(map, 'hst/ibg705080/c.fits')?.id).toBe('hst/ibg705080');
    expect(tileFor(map, 'hst')?.id).toBe('hst');
    expect(tileFor(map, 'nowhere')).toBeNull();
    expect(tileFor(map, null)).toBeNull();
  });

  it('all are reached by arrows, and back leads near', () => {
    const seen = new Set<string>();
    const queue = [map.tiles[0]];
    while (queue.length > 0) {
      const tile = queue.pop()!;
      if (!seen.has(tile.id)) {
        seen.add(tile.id);
        for (const way of ['left', 'right', 'up', 'down'] as const) {
          const next = neighbour(map, tile, way);
          if (next) {
            queue.push(next);
          }
        }
      }
    }
    expect(seen.size).toBe(map.tiles.length);
    const edge = map.tiles.find(tile => tile.x === 0)!;
    expect(neighbour(map, edge, 'left')).toBeNull();
  });
});
