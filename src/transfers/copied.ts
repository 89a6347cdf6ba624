import { Signal, type ISignal } from '@lumino/signaling';
import type { IArchive, ICopy, ITransfers } from '../tokens';

/** A file of the workspace, and what it is a copy of. */
export interface IOrigin {
  readonly archive: string;
  readonly copy: ICopy;
}

/**
 * Which files of the workspace are copies, by their paths in the file
 * browser. The record of the server is asked for when somebody first wants to
 * know, and again when it has changed: it follows files that are moved.
 */
export class CopiedFiles {
  constructor(
    private readonly _transfers: Pick<ITransfers, 'copies' | 'copiesChanged'>,
    private readonly _archive: Pick<IArchive, 'archives'>
  ) {
    _transfers.copiesChanged.connect(this._note, this);
  }

  /** Emitted when {@link at} may answer differently. */
  get changed(): ISignal<CopiedFiles, void> {
    return this._changed;
  }

  /** What a file is a copy of; `undefined` while that is not known. */
  at(path: string): IOrigin | null | undefined {
    return (
      this._known.get(path) ?? (this._read === this._changes ? null : undefined)
    );
  }

  /** Read the record, unless all that is in it now is known already. */
  async load(): Promise<void> {
    const changes = this._changes;
    while (this._read < changes) {
      await (this._loading ??= this._load().finally(() => {
        this._loading = null;
      }));
    }
  }

  /** Read the record again if somebody has ever wanted to know. */
  async renew(): Promise<void> {
    if (this._read > 0) {
      await this.load();
    }
  }

  /** Files were deleted or moved away: a path, or all below it. */
  forget(path: string): void {
    const gone = [...this._known.keys()].filter(
      one => one === path || one.startsWith(`${path}/`)
    );
    for (const one of gone) {
      this._known.delete(one);
    }
    if (gone.length > 0 || this._loading) {
      this._note();
    }
  }

  private async _load(): Promise<void> {
    const changes = this._changes;
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
    this._read = changes;
    this._changed.emit();
  }

  private _note(): void {
    this._changes++;
    this._changed.emit();
  }

  private _known = new Map<string, IOrigin>();
  /** How often the record has changed, and had when it was read last. */
  private _changes = 1;
  private _read = 0;
  private _loading: Promise<void> | null = null;
  private readonly _changed = new Signal<this, void>(this);
}
