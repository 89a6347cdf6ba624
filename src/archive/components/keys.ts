import { listTarget, type IKey } from '../../ui/keys';
import type { ArchiveModel } from '../model';
import type { Row } from '../rows';

/**
 * What the grid does with a key that is not a movement.
 */
export interface IGridActions {
  /** Enter: open a file, go into a folder, open or close a group. */
  open(row: Row): void;
  /** Space. */
  preview(row: Row): void;
  focusFilter(): void;
  /** Rows that fit into the view. */
  readonly pageSize: number;
  /** Ctrl A: everything that is loaded is selected now. */
  selectedAll(): void;
}

const PAIRS: Record<string, (model: ArchiveModel) => Promise<void>> = {
  Backspace: model => model.up(),
  '[': model => model.back(),
  ']': model => model.forward()
};

/**
 * The keyboard of the archive grid. Letters are type-ahead, so no letter is
 * a command.
 */
export class GridKeys {
  constructor(private readonly _model: ArchiveModel) {}

  /**
   * Do what a key means here.
   *
   * @returns Whether the key was ours, so that it goes no further.
   */
  press(event: IKey, actions: IGridActions): boolean {
    const { listing, selection } = this._model;
    if (listing === null || event.altKey) {
      return false;
    }
    const command = event.ctrlKey || event.metaKey;
    const { rows } = listing;
    const at =
      selection.current === null ? -1 : listing.indexOf(selection.current);
    const row: Row | undefined = rows[at];
    const move = listTarget(event.key, at, rows.length, actions.pageSize);
    if (move !== null) {
      if (rows.length > 0) {
        this._move(move, event.shiftKey, command);
      }
      return true;
    }
    if (command) {
      if (event.key === 'a') {
        this._model.select(s => s.all(rows));
        actions.selectedAll();
        return true;
      }
      if (event.key === ' ' && row && row.type !== 'group') {
        this._model.select(s => s.toggle(row.id));
        return true;
      }
      return false;
    }
    const pair = PAIRS[event.key];
    if (pair) {
      void pair(this._model);
      return true;
    }
    switch (event.key) {
      case 'Enter':
        if (row) {
          actions.open(row);
        }
        return true;
      case ' ':
        if (row) {
          actions.preview(row);
        }
        return true;
      case 'Escape':
        this._model.select(s => s.none());
        return true;
      case '/':
        actions.focusFilter();
        return true;
      case 'ArrowLeft':
      case 'ArrowRight':
        this._fold(row, at, event.key === 'ArrowRight');
        return true;
    }
    if (event.key.length === 1) {
      this._typeAhead(event.key, at);
      return true;
    }
    return false;
  }

  private _move(to: number, extend: boolean, keep: boolean): void {
    const { listing } = this._model;
    const row = listing?.rows[to];
    if (!listing || !row) {
      return;
    }
    this._model.select(s => {
      if (extend) {
        s.extend(row.id, listing.rows, id => listing.indexOf(id));
      } else if (keep || row.type === 'group') {
        s.moveTo(row.id);
      } else {
        s.only(row.id);
      }
    });
  }

  private _fold(row: Row | undefined, at: number, open: boolean): void {
    const { listing } = this._model;
    if (!listing || !row) {
      return;
    }
    if (row.type === 'group') {
      if (row.open !== open) {
        listing.setOpen(row.prefix, open);
      } else if (open) {
        this._move(at + 1, false, false);
      }
    } else if (row.type === 'object' && row.grouped && !open) {
      let heading = at;
      while (heading > 0 && listing.rows[heading].type !== 'group') {
        heading--;
      }
      this._move(heading, false, true);
    }
  }

  private _typeAhead(letter: string, at: number): void {
    const now = Date.now();
    this._typed =
      (now - this._typedAt < 1000 ? this._typed : '') + letter.toLowerCase();
    this._typedAt = now;
    const rows = this._model.listing?.rows ?? [];
    const start = this._typed.length > 1 ? Math.max(at, 0) : at + 1;
    for (let i = 0; i < rows.length; i++) {
      const index = (start + i) % rows.length;
      const row = rows[index];
      const name = row.type === 'group' ? row.title : row.name;
      if (name.toLowerCase().startsWith(this._typed)) {
        this._move(index, false, false);
        return;
      }
    }
  }

  private _typed = '';
  private _typedAt = 0;
}
