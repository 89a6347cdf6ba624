import type { IArchive, ICopy, ITransfers } from '../tokens';

/** A file of the workspace, and what it is a copy of. */
export interface IOrigin {
  readonly archive: string;
  readonly copy: ICopy;
}

/**
 * Which files of the workspace are copies, by their paths in the file
 * browser. The record is asked for when somebody first wants to know.
 */
export class CopiedFiles {
  constructor(
    private readonly _transfers: Pick<ITransfers, 'copies' | 'copiesChanged'>,
    private readonly _archive: Pick<IArchive, 'archives'>
  ) {
    _transfers.copiesChanged.connect(() => {
      this._stale = true;
    });
  }

  /** What a file is a copy of; `undefined` while that is not known. */
  at(path: string): IOrigin | null | undefined {
    return this._known && (this._known.get(path) ?? null);
  }

  /** Read the record, unless it is known already. */
  load(): Promise<void> {
    if (this._known !== undefined && !this._stale) {
      return Promise.resolve();
    }
    this._stale = false;
    return (this._loading ??= this._load().finally(() => {
      this._loading = null;
    }));
  }

  private async _load(): Promise<void> {
    const known = new Map<string, IOrigin>();
    for (const { id } of this._archive.archives) {
      for (const copy of await this._transfers.copies(id, '')) {
        const before = copy.path === null ? null : known.get(copy.path);
        // A file that was copied over: the last copy is what is there.
        if (copy.path !== null && !(before && before.copy.time > copy.time)) {
          known.set(copy.path, { archive: id, copy });
        }
      }
    }
    this._known = known;
  }

  private _known: ReadonlyMap<string, IOrigin> | undefined;
  private _stale = false;
  private _loading: Promise<void> | null = null;
}
