import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import type {
  IArchiveObject,
  IBadge,
  IBadges,
  ICopy,
  ITransfers
} from '../tokens';

/**
 * Which files of the archive folder in sight are in the workspace, and which
 * the archive has replaced since.
 *
 * The record of copies is asked once for each folder that is listed, and
 * again when copies were made; rows then look their key up in memory.
 */
export class Badges implements IBadges {
  constructor(
    private readonly _transfers: ITransfers,
    private readonly _trans: TranslationBundle
  ) {
    _transfers.copiesChanged.connect(this._refresh, this);
  }

  get changed(): ISignal<IBadges, void> {
    return this._changed;
  }

  show(archive: string, prefix: string): void {
    const asked = { archive, prefix };
    this._asked = asked;
    this._transfers
      .copies(archive, prefix)
      .then(copies => {
        // A folder that was left while it was asked for.
        if (this._asked === asked) {
          this._marks = new Map();
          this._archive = archive;
          for (const copy of copies) {
            this._add(copy);
          }
          this._changed.emit();
        }
      })
      .catch(error => {
        // Badges are an extra: the panel works without.
        console.warn(
          'jupyterlab-mast: what is in the workspace could not be asked for.',
          error
        );
      });
  }

  badge(archive: string, object: IArchiveObject): IBadge | null {
    const mark =
      archive === this._archive ? this._marks.get(object.key) : undefined;
    if (mark === undefined) {
      return null;
    }
    // Where a version is not known, nothing says that it is another one.
    const same =
      mark.copies.find(copy => copy.etag === object.etag) ??
      mark.copies.find(copy => copy.etag === '' || object.etag === '');
    return same
      ? (mark.here ??= {
          kind: 'in-workspace',
          text: this._trans.__('In workspace'),
          title: this._trans.__('In your workspace: %1', Private.where(same))
        })
      : (mark.newer ??= {
          kind: 'newer',
          text: this._trans.__('Newer in archive'),
          title: this._trans.__(
            'The archive has another version than your copy %1',
            Private.where(mark.copies[0])
          )
        });
  }

  /** Files of the workspace were deleted or moved: a path, or all below it. */
  forget(path: string): void {
    for (const { copies } of this._marks.values()) {
      if (
        copies.some(
          copy => copy.path === path || copy.path?.startsWith(`${path}/`)
        )
      ) {
        this._refresh();
        return;
      }
    }
  }

  dispose(): void {
    this._asked = null;
    this._transfers.copiesChanged.disconnect(this._refresh, this);
    Signal.clearData(this);
  }

  private _add(copy: ICopy): void {
    const mark = this._marks.get(copy.key);
    if (mark) {
      mark.copies.push(copy);
    } else {
      this._marks.set(copy.key, { copies: [copy] });
    }
  }

  private _refresh(): void {
    if (this._asked) {
      this.show(this._asked.archive, this._asked.prefix);
    }
  }

  private _asked: { archive: string; prefix: string } | null = null;
  private _archive = '';
  private _marks = new Map<string, Private.IMark>();
  private readonly _changed = new Signal<this, void>(this);
}

namespace Private {
  export interface IMark {
    readonly copies: ICopy[];
    here?: IBadge;
    newer?: IBadge;
  }

  export function where(copy: ICopy): string {
    return copy.path ?? copy.absolute;
  }
}
