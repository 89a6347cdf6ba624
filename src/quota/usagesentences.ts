import type { TranslationBundle } from '@jupyterlab/translation';
import { formatDate } from '../ui/format';
import { isolated, shortened, visible } from '../ui/names';
import type { RequestFailure } from '../rest/failure';
import type { IFreedSpace } from './freeing';
import { kindName } from './kinds';
import { parentOf, readable } from './places';
import type { RemovedModel } from './removed';
import type { QuotaSentences } from './sentences';
import type { IChange, IEntry, IFreedList, IRootUsage, Kind } from './types';
import type { UsageTree } from './usagetree';
import type { ITile } from './treemap';

/** What the usage panel says. */
export class UsageSentences {
  constructor(
    /** What is said of used space elsewhere too. */
    readonly quota: QuotaSentences
  ) {}

  get trans(): TranslationBundle {
    return this.quota.trans;
  }

  bytes(bytes: number): string {
    return this.quota.bytes(bytes);
  }

  /** 1 file, 1,234 files */
  files(count: number): string {
    return this.trans._n(
      '%2 file',
      '%2 files',
      count,
      this.quota.number(count)
    );
  }

  /** 1,234 smaller files */
  rest(count: number): string {
    return count === 0
      ? this.trans.__('Everything else')
      : this.trans._n(
          '%2 smaller file',
          '%2 smaller files',
          count,
          this.quota.number(count)
        );
  }

  /** How many folders could not be read, and which they are. */
  unreadable(
    root: IRootUsage,
    some: readonly { readonly name: string }[]
  ): string {
    const names = some.map(one => isolated(one.name || root.title));
    if (names.length < root.unreadable) {
      names.push('…');
    }
    return some.length === 0
      ? this.quota.unreadable(root)
      : `${this.quota.unreadable(root)} ${names.join(', ')}`;
  }

  /** 39 %, <1 % */
  percent(share: number): string {
    return share > 0 && share < 0.01
      ? '<1 %'
      : `${this.quota.number(Math.round(100 * share))} %`;
  }

  /** 2026-11-02; nothing where it is not known. */
  modified(entry: IEntry): string {
    return entry.modified === null
      ? ''
      : formatDate(new Date(1000 * entry.modified));
  }

  /** The headline in three parts, of which the second is the figure. */
  used(root: IRootUsage): readonly [string, string, string] {
    const { trans, quota } = this;
    const said =
      root.limit === null
        ? trans.__('%1 used', '\u0000')
        : trans.__('%1 of %2 used', '\u0000', quota.limit(root.limit));
    const [before, after = ''] = said.split('\u0000');
    return [before, this.bytes(root.used), after];
  }

  /** 2026-11-02; nothing where it is not in the trash, or that is not known. */
  trashedOn({ trashed }: IEntry): string {
    return trashed?.moved == null
      ? ''
      : formatDate(new Date(1000 * trashed.moved));
  }

  /**
   * Where something is, without its root: hst/ibg705080. What was moved to the
   * trash is called by where it was.
   */
  place(entry: IEntry): string {
    const name = visible(entry.name);
    if (entry.trashed !== null) {
      return name;
    }
    const around = readable(parentOf(entry.id));
    return around === '' ? name : `${around}/${name}`;
  }

  /** The same in a notice: cut in the middle where it is long. */
  named(entry: IEntry): string {
    return isolated(shortened(this.place(entry)));
  }

  /** hst/ibg705080, 9 files, 617 MB; also since when it is in the trash. */
  selected(entry: IEntry): string {
    return [
      isolated(this.place(entry)),
      ...this.figures(entry),
      ...this._inTrash(entry)
    ].join(', ');
  }

  /** 9 files and 617 MB; of a file the date instead. */
  figures(entry: IEntry): readonly string[] {
    const modified = this.modified(entry);
    const files = entry.folder
      ? [this.files(entry.files)]
      : modified === ''
        ? []
        : [this.trans.__('modified %1', modified)];
    return [...files, this.bytes(entry.allocated)];
  }

  /** All of an entry, for a tooltip. */
  full(entry: IEntry, tree: UsageTree | null): string {
    const share = tree?.shareOf(entry.allocated) ?? 0;
    return [
      isolated(this.place(entry)),
      kindName(entry.kind, this.trans),
      ...this.figures(entry),
      ...this._inTrash(entry),
      this.percent(share)
    ].join(' · ');
  }

  /** What a tile stands for. */
  tile(tile: ITile): string {
    return tile.entry === null
      ? `${this.rest(tile.files)}, ${this.bytes(tile.allocated)}`
      : [
          isolated(this.place(tile.entry)),
          kindName(tile.entry.kind, this.trans),
          this.bytes(tile.entry.allocated)
        ].join(', ');
  }

  /** A kind and what it takes. */
  kind(kind: Kind, allocated: number, files: number): string {
    return [
      kindName(kind, this.trans),
      this.bytes(allocated),
      this.files(files)
    ].join(', ');
  }

  /** The end of a move to the trash; `null` where nothing was moved. */
  trashed({ done }: IChange, entries: readonly IEntry[]): string | null {
    const { trans } = this;
    return this._done(
      done,
      entries,
      names =>
        trans.__('%1: moved to trash; empty it to free the space.', names),
      (names, bytes) =>
        bytes === 0
          ? trans.__(
              '%1: moved to trash. Emptying it frees nothing: its files are empty, or have other names.',
              names
            )
          : trans.__(
              '%1: moved to trash, %2; empty the trash to free it.',
              names,
              this.bytes(bytes)
            )
    );
  }

  /** The end of a deletion; `null` where nothing was deleted. */
  deleted({ done }: IChange, entries: readonly IEntry[]): string | null {
    const { trans } = this;
    return this._done(
      done,
      entries,
      names => trans.__('%1: deleted.', names),
      (names, bytes) =>
        bytes === 0
          ? trans.__(
              '%1: deleted. That frees nothing: its files are empty, or have other names.',
              names
            )
          : trans.__('%1: deleted, %2 freed.', names, this.bytes(bytes))
    );
  }

  /** The end of bringing back; `null` where nothing was brought back. */
  restored({ done }: IChange): string | null {
    const { trans } = this;
    return this._done(
      done,
      [],
      names => trans.__('%1: brought back from the trash.', names),
      (names, bytes) =>
        trans.__(
          '%1: brought back from the trash, %2.',
          names,
          this.bytes(bytes)
        )
    );
  }

  /** What was not done and why: the count, and one of them by name. */
  refused(
    { refused }: Pick<IFreedSpace, 'refused'>,
    named = false
  ): string | null {
    const { trans, quota } = this;
    if (refused.length === 0) {
      return null;
    }
    const [{ name, message }] = refused;
    const short = isolated(shortened(name));
    // What the server says may have the name in it.
    const said = visible(message).split(visible(name)).join(short);
    const why = named ? said : `${short}: ${said}`;
    const more = refused.length - 1;
    return more === 0
      ? why
      : [
          trans._n(
            '%2 stayed.',
            '%2 stayed.',
            refused.length,
            quota.number(refused.length)
          ),
          why,
          trans._n(
            'And %2 more stayed.',
            'And %2 more stayed.',
            more,
            quota.number(more)
          )
        ].join(' ');
  }

  /** 214 removed files can be fetched again, 2.21 GB (2026-11-02). */
  removed({ files, bytes, time, lost, fetching }: IFreedList): string {
    const { trans, quota } = this;
    const rest = [
      quota.number(files),
      this.bytes(bytes),
      formatDate(new Date(1000 * time))
    ] as const;
    return lost
      ? trans._n(
          '%2 older version was removed, %3 (%4); the archive does not have it.',
          '%2 older versions were removed, %3 (%4); the archive does not have them.',
          files,
          ...rest
        )
      : fetching
        ? trans._n(
            '%2 removed file is being fetched again, %3 (%4).',
            '%2 removed files are not back yet, %3 (%4): some or all of them are being fetched again.',
            files,
            ...rest
          )
        : trans._n(
            '%2 removed file can be fetched again, %3 (%4).',
            '%2 removed files can be fetched again, %3 (%4).',
            files,
            ...rest
          );
  }

  /** How far a list of removed files is known, what is in sight and chosen. */
  ofRemoved(model: RemovedModel): string {
    const { trans, quota } = this;
    const { files, found, chosen, loading, problem } = model;
    if (loading) {
      return trans._n(
        '%2 file so far …',
        '%2 files so far …',
        found,
        quota.number(found)
      );
    }
    if (found === 0) {
      return problem === null
        ? trans.__('All of these files are there again.')
        : '';
    }
    const said =
      files.length === 0
        ? [trans.__('No name holds “%1”.', model.filter.trim())]
        : files.length < found
          ? [
              trans._n(
                '%2 of %3 file is in sight.',
                '%2 of %3 files are in sight.',
                found,
                quota.number(files.length),
                quota.number(found)
              )
            ]
          : [];
    if (chosen.length > 0) {
      said.push(
        trans._n(
          '%2 chosen, %3.',
          '%2 chosen, %3.',
          chosen.length,
          quota.number(chosen.length),
          this.bytes(model.chosenBytes)
        )
      );
    }
    return said.join(' ');
  }

  vanished(entry: IEntry): string {
    return this.trans.__('%1 is not there any more.', this.named(entry));
  }

  /** Why nothing is done to what nobody has selected. */
  strayed(entry: IEntry): string {
    return this.trans.__(
      '%1 is selected because what was selected went. Select it yourself before you move it to the trash.',
      this.named(entry)
    );
  }

  /** Why something could not be asked for or done. */
  failure(failure: unknown): string {
    return failure instanceof Error ? failure.message : String(failure);
  }

  /** Above what stays shown while nothing newer is known. */
  away(failure: RequestFailure): string {
    return this.trans.__(
      '%1 What is shown is the last that is known.',
      failure.message
    );
  }

  private _inTrash(entry: IEntry): readonly string[] {
    const since = this.trashedOn(entry);
    return since === '' ? [] : [this.trans.__('in the trash since %1', since)];
  }

  /** What was done, with or without how many bytes that are; `null` where nothing was. */
  private _done(
    done: IChange['done'],
    entries: readonly IEntry[],
    plain: (names: string) => string,
    counted: (names: string, bytes: number) => string
  ): string | null {
    if (done.length === 0) {
      return null;
    }
    const names = this._names(done, entries);
    const bytes = Private.sum(done);
    return bytes === null ? plain(names) : counted(names, bytes);
  }

  private _names(done: IChange['done'], entries: readonly IEntry[]): string {
    const { trans, quota } = this;
    if (done.length > 1) {
      return trans._n(
        '%2 file or folder',
        '%2 files and folders',
        done.length,
        quota.number(done.length)
      );
    }
    const entry = entries.find(one => one.id === done[0].id);
    return entry ? this.named(entry) : isolated(shortened(done[0].name));
  }
}

namespace Private {
  /** All bytes; `null` where some are not known. */
  export function sum(done: IChange['done']): number | null {
    return done.reduce<number | null>(
      (total, { allocated }) =>
        total === null || allocated === null ? null : total + allocated,
      0
    );
  }
}
