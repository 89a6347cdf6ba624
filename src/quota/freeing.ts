import type { IFreeingApi } from './api';
import { LongWork } from './longwork';
import type { IHomeCopy } from './types';

/**
 * What may go together:
 * - `copies`: unchanged, and the archive has this very version
 * - `older`: unchanged, but the archive has another version now
 * - `package-caches`, `trash`, `checkpoints`: as the server tells them
 */
export type Freeable =
  'copies' | 'older' | 'package-caches' | 'trash' | 'checkpoints';

/**
 * Copies that stay, and why:
 * - `changed`: written to, or that cannot be told
 * - `gone`: the archive does not have them any more
 * - `unasked`: the archive could not be asked
 * - `in-use`: something is being copied there, they have other names, or they
 *   belong to somebody else
 */
export type Kept = 'changed' | 'gone' | 'unasked' | 'in-use';

/** A file, or a folder of a cache or of the trash. */
export interface IItem {
  readonly id: string;
  readonly name: string;
  /** Bytes on disk that go with it. */
  readonly allocated: number;
  readonly files: number;
  /** Whose cache it is. */
  readonly program?: string | null;
  /** As the server has told it: what is another thing by then stays. */
  readonly mark?: string;
}

/** Things that go, or stay, together. */
export interface IGroup<N extends string> {
  readonly name: N;
  /** The largest first, once all are known. */
  readonly items: readonly IItem[];
  readonly allocated: number;
  readonly files: number;
}

/** What of the copies is worth a word. */
export interface IAboutCopies {
  /** Checked by size and version only when they were copied. */
  readonly unproven: number;
  /** Which have to be read before they go. */
  readonly unread: number;
  /** Of missions whose files are replaced now and then. */
  readonly reprocessed: number;
}

/** What came of it. */
export interface IFreedSpace {
  /** Bytes. */
  readonly bytes: number;
  /** What of each group went. */
  readonly gone: ReadonlyMap<Freeable, readonly IItem[]>;
  /** Why others stayed, with their names. */
  readonly refused: readonly {
    readonly name: string;
    readonly message: string;
  }[];
  /** The list that keeps the copies that went. */
  readonly freed: string | null;
}

/**
 * - `looking`: it is not yet known what may go
 * - `ready`: something may be chosen
 * - `removing`: it goes
 * - `failed`: it cannot be told; see `problem`
 * - `done`: all that was chosen went, or was refused
 */
export type FreeingPhase = 'looking' | 'ready' | 'removing' | 'failed' | 'done';

/** Things that one request removes. */
const BATCH = 200;

/** Ticked when nobody has said otherwise: they come again by themselves. */
const USUAL: readonly Freeable[] = ['copies', 'package-caches'];

export const FREEABLE: readonly Freeable[] = [
  'copies',
  'older',
  'package-caches',
  'trash',
  'checkpoints'
];
export const KEPT: readonly Kept[] = ['changed', 'gone', 'unasked', 'in-use'];

/**
 * "Free up space" for one root: finds out what may go, and removes what was
 * chosen. All questions are asked anew by the server before anything goes.
 */
export class FreeingModel extends LongWork {
  constructor(
    private readonly _api: IFreeingApi,
    private readonly _root: string,
    /** Others may use what lies there: nothing is ticked. */
    shared = false
  ) {
    super();
    this._chosen = new Set(shared ? [] : USUAL);
  }

  get phase(): FreeingPhase {
    return this._phase;
  }

  /** Copies that were looked at so far. */
  get looked(): number {
    return this._looked;
  }

  /** How many things went or were refused so far, of how many. */
  get progress(): readonly [number, number] {
    return this._progress;
  }

  /** What the archive said where it could not be asked. */
  get away(): string {
    return this._away;
  }

  get about(): IAboutCopies {
    return this._about;
  }

  /** Checkpoints are from before; in seconds since 1970. */
  get before(): number {
    return this._before;
  }

  /** What may go, without groups that are empty. */
  get groups(): readonly IGroup<Freeable>[] {
    return FREEABLE.map(name => this._group(name)).filter(Private.isFilled);
  }

  /** Copies that stay, without groups that are empty. */
  get kept(): readonly IGroup<Kept>[] {
    return KEPT.map(name => this._group(name)).filter(Private.isFilled);
  }

  isChosen(name: Freeable): boolean {
    return this._chosen.has(name);
  }

  choose(name: Freeable, chosen: boolean): void {
    if (this._phase === 'ready') {
      this._chosen[chosen ? 'add' : 'delete'](name);
      this.tell();
    }
  }

  /** The groups that go. */
  get going(): readonly IGroup<Freeable>[] {
    return this.groups.filter(group => this._chosen.has(group.name));
  }

  /** Bytes that go with them. */
  get frees(): number {
    return this.going.reduce((sum, group) => sum + group.allocated, 0);
  }

  /** Find out what may go. Never throws. */
  async look(): Promise<void> {
    const run = ++this._run;
    this.begin();
    this._phase = 'looking';
    this._groups.clear();
    this._looked = 0;
    this._away = '';
    this._about = { unproven: 0, unread: 0, reprocessed: 0 };
    this.tell();
    const [others, copies] = await Promise.allSettled([
      this._api.freeable(this._root),
      this._lookAtCopies(run)
    ]);
    if (run !== this._run || this.isDisposed) {
      return;
    }
    if (others.status === 'fulfilled') {
      this._before = others.value.before;
      for (const { group, entries } of others.value.groups) {
        this._groups.set(group, Private.grouped(group, entries));
      }
    }
    // What is known of one half is told, whatever became of the other.
    const failed = [others, copies].filter(Private.isRejected);
    failed.slice(0, 1).forEach(one => this.fail(one.reason));
    this._phase = failed.length === 2 ? 'failed' : 'ready';
    this.tell();
  }

  /** Remove what is chosen, until that is done or {@link stop} is called. */
  async run(): Promise<IFreedSpace> {
    const { going } = this;
    const gone = new Map<Freeable, readonly IItem[]>();
    const refused: { name: string; message: string }[] = [];
    const list = Private.newList();
    let bytes = 0;
    const took = (name: Freeable, answer: Private.IAnswer) => {
      const items = this._group(name).items;
      const ids = new Set(answer.done.map(one => one.id));
      gone.set(name, [
        ...(gone.get(name) ?? []),
        ...items.filter(one => ids.has(one.id))
      ]);
      bytes += answer.done.reduce((sum, one) => sum + (one.allocated ?? 0), 0);
      refused.push(...answer.refused);
      const [done, total] = this._progress;
      const more = answer.done.length + answer.refused.length;
      this._progress = [done + more, total];
      this.tell();
    };
    this.begin();
    this._phase = 'removing';
    this._progress = [
      0,
      going.reduce((sum, group) => sum + group.items.length, 0)
    ];
    this.tell();
    try {
      for (const group of going) {
        await this._remove(group, list, answer => took(group.name, answer));
      }
    } catch (error) {
      // What went is told all the same.
      this.fail(error);
    }
    this._phase = 'done';
    this.tell();
    const freed = gone.get('copies')?.length ? list : null;
    return { bytes, gone, refused, freed };
  }

  private async _remove(
    { name, items }: IGroup<Freeable>,
    list: string,
    took: (answer: Private.IAnswer) => void
  ): Promise<void> {
    const marks = new Map(items.map(({ id, mark = '' }) => [id, mark]));
    // Older versions cannot be fetched: they are in a list of their own.
    const freed = name === 'older' ? Private.newList() : list;
    await this.inBatches([...marks.keys()], BATCH, async ids => {
      if (name === 'copies' || name === 'older') {
        const older = name === 'older';
        const answer = await this._api.removeCopies(
          this._root,
          ids,
          older,
          freed
        );
        took(answer);
        return answer.left;
      }
      took(
        await this._api.removeFreeable(
          this._root,
          name,
          ids.map(id => ({ id, mark: marks.get(id) ?? '' }))
        )
      );
      return [];
    });
  }

  private async _lookAtCopies(run: number): Promise<void> {
    const found = new Map<Freeable | Kept, IItem[]>();
    const about = { unproven: 0, unread: 0, reprocessed: 0 };
    let after: string | null = null;
    do {
      const page = await this._api.copies(this._root, after);
      if (run !== this._run || this.isDisposed) {
        return;
      }
      for (const copy of page.copies) {
        const name = Private.groupOf(copy);
        const items = found.get(name) ?? [];
        found.set(name, items);
        items.push({ ...copy, files: 1 });
        if (name === 'copies') {
          about.unproven += copy.check === 'checksum' ? 0 : 1;
          about.unread += copy.standing === 'unread' ? 1 : 0;
          about.reprocessed += copy.grade === 'reprocessed' ? 1 : 0;
        } else if (name === 'unasked') {
          this._away ||= copy.message;
        }
      }
      this._looked += page.copies.length;
      after = page.next;
      this.tell();
    } while (after !== null);
    this._about = about;
    for (const [name, items] of found) {
      this._groups.set(name, Private.grouped(name, items));
    }
  }

  private _group<N extends Freeable | Kept>(name: N): IGroup<N> {
    const known = this._groups.get(name) as IGroup<N> | undefined;
    return known ?? { name, items: [], allocated: 0, files: 0 };
  }

  private _phase: FreeingPhase = 'looking';
  private _run = 0;
  private _looked = 0;
  private _progress: readonly [number, number] = [0, 0];
  private _away = '';
  private _before = 0;
  private _about: IAboutCopies = { unproven: 0, unread: 0, reprocessed: 0 };
  private readonly _chosen: Set<Freeable>;
  private readonly _groups = new Map<Freeable | Kept, IGroup<string>>();
}

namespace Private {
  export interface IAnswer {
    readonly done: readonly {
      readonly id: string;
      readonly allocated: number | null;
    }[];
    readonly refused: readonly {
      readonly name: string;
      readonly message: string;
    }[];
  }

  export function isFilled(group: IGroup<string>): boolean {
    return group.items.length > 0;
  }

  export function isRejected(
    one: PromiseSettledResult<unknown>
  ): one is PromiseRejectedResult {
    return one.status === 'rejected';
  }

  /** A group with its sums, the largest first. */
  export function grouped(
    name: Freeable | Kept,
    items: readonly IItem[]
  ): IGroup<string> {
    return {
      name,
      items: [...items].sort((a, b) => b.allocated - a.allocated),
      allocated: items.reduce((sum, one) => sum + one.allocated, 0),
      files: items.reduce((sum, one) => sum + one.files, 0)
    };
  }

  /**
   * The name of a list of removed copies: known here before anything goes, so
   * that it is found whatever becomes of the answers.
   */
  export function newList(): string {
    const [date, time] = new Date().toISOString().split(/[T.]/);
    const random = crypto.getRandomValues(new Uint32Array(1))[0];
    return [
      date.replace(/-/g, ''),
      time.replace(/:/g, ''),
      random.toString(16).padStart(8, '0')
    ].join('-');
  }

  export function groupOf(copy: IHomeCopy): Freeable | Kept {
    switch (copy.standing) {
      case 'changed':
      case 'untold':
        return 'changed';
      case 'linked':
      case 'busy':
      case 'foreign':
        return 'in-use';
      default:
    }
    switch (copy.in_archive) {
      case 'same':
        return 'copies';
      case 'newer':
        return 'older';
      case 'gone':
        return 'gone';
      default:
        return 'unasked';
    }
  }
}
