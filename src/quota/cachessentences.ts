import type { CacheGroup, CachesModel, ICacheGroup } from './caches';
import { Saying } from './saying';
import type { ICachedFile } from './types';

/** What is said of files that other programs fetched. */
export class CachesSentences extends Saying {
  title(name: CacheGroup): string {
    const { trans } = this;
    switch (name) {
      case 'adoptable':
        return trans.__('The archive has them');
      case 'twice':
        return trans.__('Twice in your workspace');
      case 'shorter':
        return trans.__('Shorter than in the archive');
      case 'different':
        return trans.__('Different from the archive’s');
      case 'unknown':
        return trans.__('Not known to the archive');
      default:
        return trans.__('Not compared');
    }
  }

  text(group: ICacheGroup): string {
    const { trans } = this;
    const count = group.files.length;
    const number = this.number(count);
    switch (group.name) {
      case 'adoptable':
        return trans._n(
          '%2 file of the same name and length. Adopting reads it and compares it with the archive; then it counts as an archive copy, is marked in the archive panel, and can be freed and fetched again.',
          '%2 files of the same name and length. Adopting reads them and compares them with the archive; then they count as archive copies, are marked in the archive panel, and can be freed and fetched again.',
          count,
          number
        );
      case 'twice':
        return trans._n(
          '%2 file. A copy of the same archive file is elsewhere in your workspace. Each is compared with the archive before it goes to the trash.',
          '%2 files. Copies of the same archive files are elsewhere in your workspace. Each is compared with the archive before it goes to the trash.',
          count,
          number
        );
      case 'shorter':
        return trans._n(
          '%2 file. Perhaps a download was cut off: programs fail when they read it, and fetch it again when it is gone. Or a program has changed it: look at the list first.',
          '%2 files. Perhaps downloads were cut off: programs fail when they read them, and fetch them again when they are gone. Or a program has changed them: look at the list first.',
          count,
          number
        );
      case 'different':
        return trans._n(
          '%2 file. Perhaps a program has changed it, or the archive has another version now. It stays.',
          '%2 files. Perhaps a program has changed them, or the archive has other versions now. They stay.',
          count,
          number
        );
      case 'unknown':
        return trans._n(
          '%2 file: a reference file, your own result, or a product whose name leads to nothing in the archives of this server.',
          '%2 files: reference files, your own results, or products whose names lead to nothing in the archives of this server.',
          count,
          number
        );
      default: {
        const files = this.files(count);
        const why = group.files.find(file => file.message !== '')?.message;
        return why === undefined ? files : trans.__('%1. %2', files, why);
      }
    }
  }

  /** What is said of one file in the list of its group. */
  note(name: CacheGroup, file: ICachedFile): string {
    switch (name) {
      case 'twice':
        return this.trans.__('also %1', file.duplicate_of ?? '');
      case 'shorter':
      case 'different':
      case 'unchecked':
        return file.message;
      default:
        return '';
    }
  }

  /** What can be done with a group; `null` where nothing can. */
  action(name: CacheGroup, count: number): string | null {
    const { trans } = this;
    const number = this.number(count);
    switch (name) {
      case 'adoptable':
        return trans._n('Adopt %2 file', 'Adopt %2 files', count, number);
      case 'twice':
      case 'shorter':
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

  /** What is under way, or has come of it. */
  doing(model: CachesModel): string {
    const { trans } = this;
    const { work } = model;
    if (model.looking) {
      return trans.__('Comparing with the archive …');
    }
    if (work === null) {
      return model.adopted > 0 ? this._adopted(model.adopted) : '';
    }
    return work.group === 'shorter'
      ? trans.__('Moving to the trash …')
      : trans.__('Comparing byte by byte …');
  }

  /** How far it is: not read out. */
  progress(model: CachesModel): string {
    const { work } = model;
    if (work !== null) {
      return this.trans.__(
        '%1 of %2',
        this.number(work.done),
        this.number(work.total)
      );
    }
    return model.looking ? this.files(model.found) : '';
  }

  private _adopted(count: number): string {
    return this.trans._n(
      '%2 file is an archive copy now.',
      '%2 files are archive copies now.',
      count,
      this.number(count)
    );
  }
}
