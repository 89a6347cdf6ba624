import type { TranslationBundle } from '@jupyterlab/translation';
import type { CacheGroup, CachesModel, ICacheGroup } from './caches';
import type { ICachedFile } from './types';
import type { UsageSentences } from './usagesentences';

/** What is said of files that other programs fetched. */
export class CachesSentences {
  constructor(private readonly _say: UsageSentences) {}

  get trans(): TranslationBundle {
    return this._say.trans;
  }

  bytes(bytes: number): string {
    return this._say.bytes(bytes);
  }

  title(name: CacheGroup): string {
    const { trans } = this;
    switch (name) {
      case 'adoptable':
        return trans.__('The archive has them');
      case 'twice':
        return trans.__('Twice in your workspace');
      case 'damaged':
        return trans.__('Damaged');
      case 'unknown':
        return trans.__('Not known to the archive');
      default:
        return trans.__('Not compared');
    }
  }

  text(group: ICacheGroup): string {
    const { trans } = this;
    const files = this._say.files(group.files.length);
    switch (group.name) {
      case 'adoptable':
        return trans.__(
          '%1 of the same name and length. Adopting reads each file and compares it with the archive; then it counts as an archive copy, is marked in the archive panel, and can be freed and fetched again.',
          files
        );
      case 'twice':
        return trans.__(
          '%1. A copy of the same archive file is elsewhere in your workspace.',
          files
        );
      case 'damaged':
        return trans.__(
          '%1. What is here is not what the archive has, most often because a download was cut off: programs fail when they read them. Without them they are fetched again.',
          files
        );
      case 'unknown':
        return trans.__(
          '%1. Reference files, derived data, or products whose names lead to nothing in the archives of this server.',
          files
        );
      default: {
        const why = group.files.find(file => file.message !== '')?.message;
        return why === undefined ? files : `${files}. ${why}`;
      }
    }
  }

  /** What is said of one file in the list of its group. */
  note(name: CacheGroup, file: ICachedFile): string {
    return name === 'twice' && file.duplicate_of !== null
      ? this.trans.__('also %1', file.duplicate_of)
      : name === 'damaged' || name === 'unchecked'
        ? file.message
        : '';
  }

  /** What can be done with a group; `null` where nothing can. */
  action(name: CacheGroup, count: number): string | null {
    const { trans } = this;
    const number = this._say.quota.number(count);
    switch (name) {
      case 'adoptable':
        return trans._n('Adopt %2 file', 'Adopt %2 files', count, number);
      case 'twice':
      case 'damaged':
        return trans._n(
          'Move %2 file to trash',
          'Move %2 files to trash',
          count,
          number
        );
      default:
        return null;
    }
  }

  nothing(adopted: number): string {
    const { trans } = this;
    return adopted === 0
      ? trans.__('There are no files in the caches of these programs.')
      : this._adopted(adopted);
  }

  /** How far it is. */
  progress(model: CachesModel, work: CachesModel['work']): string {
    const { trans } = this;
    const number = (value: number) => this._say.quota.number(value);
    if (model.looking) {
      return trans.__(
        'Comparing with the archive: %1 …',
        this._say.files(model.found)
      );
    }
    if (work === null) {
      return model.adopted > 0 ? this._adopted(model.adopted) : '';
    }
    return work.group === 'adoptable'
      ? trans.__('Read %1 of %2 …', number(work.done), number(work.total))
      : trans.__('Moved %1 of %2 …', number(work.done), number(work.total));
  }

  private _adopted(count: number): string {
    return this.trans._n(
      '%2 file is an archive copy now.',
      '%2 files are archive copies now.',
      count,
      this._say.quota.number(count)
    );
  }
}
