import type { Row } from './rows';

/**
 * The selected rows of a grid, the current one (where the keyboard is) and
 * the one a range starts from. Rows are known by their ids, so that a
 * selection survives when more rows are loaded or the order changes.
 */
export class Selection {
  get ids(): ReadonlySet<string> {
    return this._ids;
  }

  /** The row that the keyboard is on. */
  get current(): string | null {
    return this._current;
  }

  /** Select one row, and nothing else. */
  only(id: string): void {
    this._ids = new Set([id]);
    this._current = id;
    this._anchor = id;
  }

  /** Add a row, or take it out. */
  toggle(id: string): void {
    const ids = new Set(this._ids);
    if (!ids.delete(id)) {
      ids.add(id);
    }
    this._ids = ids;
    this._current = id;
    this._anchor = id;
  }

  /**
   * Select from the anchor to this row. Headings of groups are passed over.
   */
  extend(
    id: string,
    rows: readonly Row[],
    indexOf: (id: string) => number
  ): void {
    const to = indexOf(id);
    const from = this._anchor === null ? to : indexOf(this._anchor);
    if (to < 0) {
      return;
    }
    const start = from < 0 ? to : Math.min(from, to);
    const end = from < 0 ? to : Math.max(from, to);
    this._ids = new Set(
      rows
        .slice(start, end + 1)
        .filter(row => row.type !== 'group')
        .map(row => row.id)
    );
    this._current = id;
    if (from < 0) {
      this._anchor = id;
    }
    this._anchor ??= id;
  }

  /** Select every row that is loaded and is not a heading. */
  all(rows: readonly Row[]): void {
    this._ids = new Set(
      rows.filter(row => row.type !== 'group').map(row => row.id)
    );
  }

  /** Move the keyboard without selecting. */
  moveTo(id: string): void {
    this._current = id;
    this._anchor = id;
  }

  none(): void {
    this._ids = new Set();
  }

  clear(): void {
    this._ids = new Set();
    this._current = null;
    this._anchor = null;
  }

  private _ids: ReadonlySet<string> = new Set();
  private _current: string | null = null;
  private _anchor: string | null = null;
}
