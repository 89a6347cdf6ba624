import type { IEntry, IFolder } from './types';

/** By what rows are ordered. */
export type SortBy = 'name' | 'size';

/** An order of rows. */
export interface ISort {
  readonly by: SortBy;
  readonly down: boolean;
}

/** The order of what is in folders; each folder is ordered once. */
export class TreeOrder {
  constructor(locale: string) {
    this._names = Private.collator(locale);
  }

  get sort(): ISort {
    return this._sort;
  }

  /** Order by this; once more, the other way round. */
  toggle(by: SortBy): void {
    this._sort = {
      by,
      down: this._sort.by === by ? !this._sort.down : by === 'size'
    };
    this._sorted = new WeakMap();
  }

  /** What is in a folder, in this order. */
  of(folder: IFolder): readonly IEntry[] {
    let sorted = this._sorted.get(folder);
    if (sorted === undefined) {
      const { by, down } = this._sort;
      const sign = down ? -1 : 1;
      sorted = [...folder.entries].sort((a, b) => {
        const names = this._names.compare(a.name, b.name);
        return by === 'name'
          ? sign * names
          : sign * (a.allocated - b.allocated) || names;
      });
      this._sorted.set(folder, sorted);
    }
    return sorted;
  }

  private _sort: ISort = { by: 'size', down: true };
  private _sorted = new WeakMap<IFolder, readonly IEntry[]>();
  private readonly _names: Intl.Collator;
}

namespace Private {
  export function collator(locale: string): Intl.Collator {
    try {
      return new Intl.Collator(locale.replace('_', '-'), { numeric: true });
    } catch {
      // JupyterLab's "default" is no language tag.
      return new Intl.Collator('en', { numeric: true });
    }
  }
}
