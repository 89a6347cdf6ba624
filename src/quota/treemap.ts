import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy';
import { isWithin } from './places';
import type { IEntry, IFolder, Kind } from './types';
import { restOf } from './usagerows';

/** Entries of a folder that have a tile of their own; the others share one. */
const MOST = 120;

/** A folder with fewer square pixels is one tile, whatever is in it. */
const DIVISIBLE = 24_000;

/** Folders that are looked into for one map. */
const LOOKED_INTO = 12;

/** Room that a label needs, and that a size below it needs besides, in px. */
const LABEL = { width: 34, height: 20, both: 36 };

/** A rectangle of a treemap, in px. */
export interface ITile {
  readonly id: string;
  /** `null` for the rest of a folder. */
  readonly entry: IEntry | null;
  readonly kind: Kind | null;
  readonly allocated: number;
  /** Files in the rest of a folder; else those of the entry. */
  readonly files: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** What has room in it. */
  readonly label: 'none' | 'name' | 'name-and-size';
}

/** What is shown of a folder. */
export interface ITreemap {
  /** Those that fill the map, none over another; the largest first. */
  readonly tiles: readonly ITile[];
  /** Folders that are shown by their content: where that is. */
  readonly groups: readonly ITile[];
}

/**
 * Lay out what is in a folder: areas are allocated bytes. Large folders show
 * what is in them, where it is known.
 *
 * @param folderOf - What is in a folder; `null` where it is not known.
 */
export function layOut(
  folder: IFolder,
  folderOf: (id: string) => IFolder | null,
  width: number,
  height: number
): ITreemap {
  const scale = scaleOf(folder, width, height);
  if (scale <= 0) {
    return { tiles: [], groups: [] };
  }
  const root = hierarchy<IPart>(
    partOf(folder.folder, folder, entry =>
      entry.folder && entry.allocated * scale >= DIVISIBLE
        ? folderOf(entry.id)
        : null
    ),
    part => part.parts
  )
    .sum(part => (part.parts === undefined ? part.allocated : 0))
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const nodes = treemap<IPart>()
    .size([width, height])
    .tile(treemapSquarify.ratio(1.3))(root)
    .descendants()
    .slice(1)
    .map(node => ({
      parted: node.data.parts !== undefined,
      tile: tileOf(node)
    }));
  return {
    tiles: nodes
      .filter(one => !one.parted)
      .map(one => one.tile)
      .sort((a, b) => b.allocated - a.allocated),
    groups: nodes.filter(one => one.parted).map(one => one.tile)
  };
}

/** The folders that a map would show by their content, the largest first. */
export function worthOpening(
  folder: IFolder,
  width: number,
  height: number
): readonly string[] {
  const scale = scaleOf(folder, width, height);
  return [...folder.entries]
    .filter(entry => entry.folder && entry.allocated * scale >= DIVISIBLE)
    .sort((a, b) => b.allocated - a.allocated)
    .slice(0, LOOKED_INTO)
    .map(entry => entry.id);
}

/** Where something is: its tile, or that of the folder that it lies in. */
export function tileFor(map: ITreemap, id: string | null): ITile | null {
  if (id === null || id === '') {
    return null;
  }
  const around = [...map.tiles, ...map.groups].filter(tile =>
    isWithin(id, tile.id)
  );
  return around.reduce<ITile | null>(
    (best, tile) =>
      best === null || tile.id.length > best.id.length ? tile : best,
    null
  );
}

/** The tile that lies next to another one in a direction. */
export function neighbour(
  map: ITreemap,
  from: ITile,
  direction: 'left' | 'right' | 'up' | 'down'
): ITile | null {
  const middle = (tile: ITile) => ({
    x: tile.x + tile.width / 2,
    y: tile.y + tile.height / 2
  });
  const sideways = direction === 'left' || direction === 'right';
  const ahead = (tile: ITile): number =>
    direction === 'left'
      ? from.x - (tile.x + tile.width)
      : direction === 'right'
        ? tile.x - (from.x + from.width)
        : direction === 'up'
          ? from.y - (tile.y + tile.height)
          : tile.y - (from.y + from.height);
  const aside = (tile: ITile): number => {
    const [low, high, at] = sideways
      ? [tile.y, tile.y + tile.height, middle(from).y]
      : [tile.x, tile.x + tile.width, middle(from).x];
    return Math.max(0, low - at, at - high);
  };
  let best: ITile | null = null;
  let least = Infinity;
  for (const tile of map.tiles) {
    const distance = ahead(tile);
    // Those that touch are apart by rounding at most.
    if (tile.id !== from.id && distance > -0.5) {
      const cost = Math.max(0, distance) + 3 * aside(tile);
      if (cost < least) {
        [best, least] = [tile, cost];
      }
    }
  }
  return best;
}

/** A tile before it has a place. */
interface IPart {
  readonly id: string;
  readonly entry: IEntry | null;
  readonly allocated: number;
  readonly files: number;
  readonly parts?: readonly IPart[];
}

interface INode {
  readonly data: IPart;
  readonly value?: number;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Square pixels for a byte. */
function scaleOf(folder: IFolder, width: number, height: number): number {
  const all =
    folder.rest_allocated +
    folder.entries.reduce((sum, entry) => sum + entry.allocated, 0);
  return all > 0 && width > 0 && height > 0 ? (width * height) / all : 0;
}

function partOf(
  entry: IEntry,
  folder: IFolder,
  inside: (entry: IEntry) => IFolder | null
): IPart {
  const entries = folder.entries
    .filter(one => one.allocated > 0)
    .sort((a, b) => b.allocated - a.allocated);
  const small = entries.slice(MOST);
  const rest: IPart = {
    id: restOf(entry.id),
    entry: null,
    allocated: small.reduce(
      (sum, one) => sum + one.allocated,
      folder.rest_allocated
    ),
    files: small.reduce((sum, one) => sum + one.files, folder.rest_files)
  };
  const parts = entries.slice(0, MOST).map(one => {
    const known = inside(one);
    const part = known && partOf(one, known, () => null);
    return part?.parts?.length ? part : plain(one);
  });
  return {
    ...plain(entry),
    parts: rest.allocated > 0 ? [...parts, rest] : parts
  };
}

function plain(entry: IEntry): IPart {
  const { id, allocated, files } = entry;
  return { id, entry, allocated, files };
}

function tileOf(node: INode): ITile {
  const { id, entry, files } = node.data;
  const width = node.x1 - node.x0;
  const height = node.y1 - node.y0;
  return {
    id,
    entry,
    kind: entry?.kind ?? null,
    allocated: node.value ?? 0,
    files,
    x: node.x0,
    y: node.y0,
    width,
    height,
    label:
      width < LABEL.width || height < LABEL.height
        ? 'none'
        : height < LABEL.both
          ? 'name'
          : 'name-and-size'
  };
}
