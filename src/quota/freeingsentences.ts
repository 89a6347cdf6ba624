import { formatDate } from '../ui/format';
import type {
  Freeable,
  FreeingModel,
  IFreedSpace,
  IGroup,
  IItem,
  Kept
} from './freeing';
import { Saying } from './saying';

/** What "Free up space" says. */
export class FreeingSentences extends Saying {
  /** How a group is called. */
  title(name: Freeable | Kept): string {
    const { trans } = this;
    switch (name) {
      case 'copies':
        return trans.__('Unchanged archive copies');
      case 'older':
        return trans.__('Older versions of archive files');
      case 'package-caches':
        return trans.__('Package caches');
      case 'trash':
        return trans.__('Trash');
      case 'checkpoints':
        return trans.__('Checkpoints older than 90 days');
      case 'changed':
        return trans.__('Archive copies that you changed');
      case 'gone':
        return trans.__('Copies that the archive has no more');
      case 'unasked':
        return trans.__('Copies that cannot be compared now');
      default:
        return trans.__('Copies in use');
    }
  }

  /** What a group is, and what it means that it goes or stays. */
  text(group: IGroup<Freeable | Kept>, model: FreeingModel): string {
    const { trans } = this;
    const count = group.items.length;
    const number = this.number(count);
    switch (group.name) {
      case 'copies':
        return this._copies(group, model);
      case 'older':
        return trans._n(
          '%2 file. The archive has a newer version of it; yours does not come back.',
          '%2 files. The archive has newer versions of them; yours do not come back.',
          count,
          number
        );
      case 'package-caches':
        return trans.__(
          '%1. The next installation downloads again what it needs.',
          this._joined(Private.programs(group.items))
        );
      case 'trash':
        return trans._n(
          '%2 item. Once removed, it cannot be restored.',
          '%2 items. Once removed, they cannot be restored.',
          count,
          number
        );
      case 'checkpoints':
        return trans._n(
          '%2 saved state from before %3 is lost. The document stays.',
          '%2 saved states from before %3 are lost. The documents stay.',
          count,
          number,
          formatDate(new Date(1000 * model.before))
        );
      case 'changed':
        return trans._n(
          '%2 file differs from the archive, or that cannot be told. Never removed from here.',
          '%2 files differ from the archive, or that cannot be told. Never removed from here.',
          count,
          number
        );
      case 'gone':
        return trans._n(
          '%2 file. Yours may be the last one. Never removed from here.',
          '%2 files. Yours may be the last ones. Never removed from here.',
          count,
          number
        );
      case 'unasked':
        return trans.__('%1. %2', this.files(count), model.away);
      default:
        return trans._n(
          '%2 file: something is being copied to its folder, it has other names, so that removing one frees nothing, or it is somebody else’s.',
          '%2 files: something is being copied to their folders, they have other names, so that removing one frees nothing, or they are somebody else’s.',
          count,
          number
        );
    }
  }

  /** What the button does: Remove 214 copies and 2 caches, 2.66 GB */
  action(model: FreeingModel): string {
    const { trans } = this;
    const { going, phase } = model;
    if (phase === 'removing') {
      const [done, total] = model.progress;
      return trans.__(
        'Removing %1 of %2 …',
        this.number(done),
        this.number(total)
      );
    }
    return going.length === 0
      ? trans.__('Remove')
      : trans.__(
          'Remove %1, %2',
          this._joined(
            going.map(({ name, items }) => this._counted(name, items))
          ),
          this.bytes(model.frees)
        );
  }

  /** What has become of it. */
  done(freed: IFreedSpace): string {
    const { trans } = this;
    const parts = [...freed.gone]
      .filter(([, items]) => items.length > 0)
      .map(([name, items]) => this._counted(name, items));
    return parts.length === 0
      ? trans.__('Nothing was removed.')
      : trans.__(
          '%1 freed: %2 removed.',
          this.bytes(freed.bytes),
          this._joined(parts)
        );
  }

  private _copies(group: IGroup<string>, model: FreeingModel): string {
    const { trans } = this;
    const { unproven, unread, reprocessed } = model.about;
    const count = group.items.length;
    const number = this.number(count);
    const sentences = [
      unproven === 0
        ? trans._n(
            '%2 file, identical to the archive by checksum. A list stays, so that one click fetches it again.',
            '%2 files, identical to the archive by checksum. A list stays, so that one click fetches them again.',
            count,
            number
          )
        : trans._n(
            '%2 file, identical to the archive by size and version. A list stays, so that one click fetches it again.',
            '%2 files, identical to the archive, %3 of them by size and version only. A list stays, so that one click fetches them again.',
            count,
            number,
            this.number(unproven)
          )
    ];
    if (reprocessed > 0) {
      sentences.push(
        trans._n(
          '%2 of them is of a mission that is reprocessed now and then: once it is replaced, this version does not come back.',
          '%2 of them are of missions that are reprocessed now and then: once they are replaced, these versions do not come back.',
          reprocessed,
          this.number(reprocessed)
        )
      );
    }
    if (unread > 0) {
      sentences.push(
        trans._n(
          '%2 was moved or touched, and is read first.',
          '%2 were moved or touched, and are read first.',
          unread,
          this.number(unread)
        )
      );
    }
    return sentences.join(' ');
  }

  private _counted(name: Freeable, items: readonly IItem[]): string {
    const { trans } = this;
    const count = items.length;
    const number = this.number(count);
    switch (name) {
      case 'copies':
        return trans._n('%2 copy', '%2 copies', count, number);
      case 'older':
        return trans._n('%2 older version', '%2 older versions', count, number);
      case 'package-caches': {
        const programs = Private.programs(items).length;
        return trans._n(
          '%2 cache',
          '%2 caches',
          programs,
          this.number(programs)
        );
      }
      case 'trash':
        return trans._n(
          '%2 item of the trash',
          '%2 items of the trash',
          count,
          number
        );
      default:
        return trans._n('%2 checkpoint', '%2 checkpoints', count, number);
    }
  }

  /** a, b and c */
  private _joined(parts: readonly string[]): string {
    const { trans } = this;
    if (parts.length < 2) {
      return parts.join('');
    }
    const [last, ...before] = [...parts].reverse();
    return trans.__(
      '%1 and %2',
      before.reverse().reduce((some, one) => trans.__('%1, %2', some, one)),
      last
    );
  }
}

namespace Private {
  /** Whose caches these are, in their order. */
  export function programs(items: readonly IItem[]): readonly string[] {
    return [...new Set(items.map(({ program, name }) => program ?? name))];
  }
}
