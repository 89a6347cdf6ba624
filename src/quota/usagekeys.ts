import { isLetter, listTarget, type IKey, type ILetterKey } from '../ui/keys';
import { isWithin, parentOf } from './places';
import { neighbour, tileFor, type ITile, type ITreemap } from './treemap';
import type { TypeAhead } from './typeahead';
import { canBringBack, canTrash, type IUsageActs } from './usageacts';
import type { UsageState } from './usagestate';
import type { UsageRow } from './usagerows';

/** What the keys of tree and treemap work on. */
export interface IKeyContext {
  readonly state: UsageState;
  readonly acts: IUsageActs;
  /** Open the menu of what is selected, below it. */
  menu(): void;
}

/** What the keys of rows need besides. */
export interface IRowKeyContext extends IKeyContext {
  /** Rows that fit into the view. */
  readonly page: number;
  readonly typeAhead: TypeAhead;
  /** Bring a row into sight. */
  show(index: number): void;
}

/**
 * Do what a key means in the rows of folders or files.
 *
 * @returns Whether the key was ours, so that it goes no further.
 */
export function pressInRows(
  event: ILetterKey,
  context: IRowKeyContext
): boolean {
  const { state, typeAhead } = context;
  const { rows, current, tree } = state;
  const at = rows.findIndex(row => row.id === current);
  const row = rows[at] as UsageRow | undefined;
  const go = (index: number) => {
    if (index >= 0 && index < rows.length) {
      state.select(rows[index].id);
      context.show(index);
    }
    return true;
  };
  if (isBringingBack(event)) {
    return row === undefined || bringBack(event, context);
  }
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return false;
  }
  if (row === undefined && ACTING.has(event.key)) {
    // What is selected is not in sight here.
    return true;
  }
  const target = listTarget(event.key, at, rows.length, context.page);
  if (target !== null) {
    return go(target);
  }
  switch (event.key) {
    case 'ArrowRight':
      if (row?.type === 'entry' && row.entry.folder) {
        if (row.expanded) {
          return go(at + 1);
        }
        void tree?.expand(row.id);
      }
      return true;
    case 'ArrowLeft':
      if (row?.type === 'entry' && row.expanded) {
        tree?.collapse(row.id);
        return true;
      }
      return row && state.list === null
        ? go(rows.findIndex(one => one.id === row.parent))
        : true;
    case 'Enter':
      if (row?.type === 'failure') {
        void tree?.need(row.parent);
        return true;
      }
      return enter(context);
    case 'Backspace': {
      const isUp = tree?.up() ?? false;
      if (isUp && state.list !== null) {
        // No folder is listed here: what was selected stays it.
        tree?.select(current);
      }
      return isUp;
    }
    default:
      if (pressAnywhere(event, context)) {
        return true;
      }
      if (event.key.length === 1 && event.key !== ' ') {
        const names = rows.map(one =>
          one.type === 'entry' ? one.entry.name : null
        );
        return go(typeAhead.type(event.key, names, at));
      }
      return event.key === ' ';
  }
}

/** Do what a key means in the treemap; whether it was ours. */
export function pressInMap(
  event: ILetterKey,
  map: ITreemap,
  context: IKeyContext
): boolean {
  if (isBringingBack(event)) {
    return bringBack(event, context);
  }
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return false;
  }
  const { state } = context;
  const at = tileAt(map, state.current);
  const select = (tile: ITile | null | undefined) => {
    if (tile) {
      state.reveal(tile.id);
    }
    return true;
  };
  switch (event.key) {
    case 'ArrowLeft':
    case 'ArrowRight':
    case 'ArrowUp':
    case 'ArrowDown':
      return select(
        at === null
          ? map.tiles[0]
          : (neighbour(map, at, DIRECTIONS[event.key]) ?? at)
      );
    case 'Home':
      return select(map.tiles[0]);
    case 'End':
      return select(map.tiles[map.tiles.length - 1]);
    case 'Enter':
      return enter(context);
    default:
      return pressAnywhere(event, context);
  }
}

/**
 * Go into a folder; a file leads to the folder that it lies in, and from
 * there to the file browser.
 */
export function enter({ state, acts }: IKeyContext): boolean {
  const { entry, tree, current } = state;
  if (tree === null || current === null) {
    return false;
  }
  if (entry?.folder) {
    void tree.open(entry.id);
  } else if (state.list === null && parentOf(current) !== tree.zoom) {
    void tree.open(parentOf(current));
    tree.select(current);
  } else if (entry !== null && acts.canReveal(entry)) {
    acts.reveal(entry);
  }
  return true;
}

/** The tile that the keyboard is on: the first one in a folder. */
function tileAt(map: ITreemap, current: string | null): ITile | null {
  const tile = tileFor(map, current);
  return tile === null || map.tiles.includes(tile)
    ? tile
    : (map.tiles.find(one => isWithin(one.id, tile.id)) ?? null);
}

/** Alt R. */
function isBringingBack(event: ILetterKey): boolean {
  return (
    event.altKey && !event.ctrlKey && !event.metaKey && isLetter(event, 'r')
  );
}

function bringBack(event: IKey, { state, acts }: IKeyContext): boolean {
  const { entry } = state;
  if (
    !event.repeat &&
    entry !== null &&
    canBringBack(entry) &&
    state.workOn(entry.id) === null
  ) {
    acts.bringBack(entry);
  }
  return true;
}

function pressAnywhere(event: IKey, context: IKeyContext): boolean {
  const { state, acts } = context;
  const { entry } = state;
  switch (event.key) {
    case 'Backspace':
      return state.tree?.up() ?? false;
    case 'Delete':
      // Held down it would go on from one thing to the next.
      if (!event.repeat && entry !== null && state.workOn(entry.id) === null) {
        if (event.shiftKey || !canTrash(entry)) {
          acts.remove(entry);
        } else if (state.strayed) {
          state.sayStrayed(entry);
        } else {
          acts.trash(entry);
        }
      }
      return true;
    case 'ContextMenu':
      context.menu();
      return true;
    case 'F10':
      if (event.shiftKey) {
        context.menu();
      }
      return event.shiftKey;
    default:
      return false;
  }
}

/** Keys that do something with what is selected. */
const ACTING: ReadonlySet<string> = new Set([
  'Enter',
  'Delete',
  'ContextMenu',
  'F10'
]);

const DIRECTIONS = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down'
} as const;
