import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IFreeingApi } from './api';
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
 * - `in-use`: something is being copied there, or they have other names
 */
export type Kept = 'changed' | 'gone' | 'unasked' | 'in-use';

/** A file, or a folder of a cache or of the trash. */
export interface IItem {
  readonly id: string;
  readonly name: string;
  /** Bytes on disk that go with it. */
  readonly allocated: number;
  readonly files: number;
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
  /** How many things of each group went. */
  readonly gone: ReadonlyMap<Freeable, number>;
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
export class FreeingModel implements IDisposable {
  constructor(
    private readonly _api: IFreeingApi,
    private readonly _root: string
  ) {}

  get changed(): ISignal<FreeingModel, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  get phase(): FreeingPhase {
    return this._phase;
  }

  /** Why nothing could be told, or why it went no further. */
  get problem(): string | null {
    return this._problem;
  }

  /** Copies that were looked at so far. */
  get looked(): number {
    return this._looked;
  }

  /** How many things went so far, of how many. */
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
    if (this._phase === 'removing') {
      return;
    }
    this._chosen[chosen ? 'add' : 'delete'](name);
    this._changed.emit();
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
    try {
      this._phase = 'looking';
      this._problem = null;
      this._items.clear();
      this._changed.emit();
      const [{ groups, before }] = await Promise.all([
        this._api.freeable(this._root),
        this._lookAtCopies()
      ]);
      this._before = before;
      for (const { group, entries } of groups) {
        this._items.set(group, entries);
      }
      for (const items of this._items.values()) {
        (items as IItem[]).sort((a, b) => b.allocated - a.allocated);
      }
      this._phase = 'ready';
    } catch (error) {
      this._fail(error, 'failed');
    }
    this._changed.emit();
  }

  /** Remove what is chosen, until that is done or {@link stop} is called. */
  async run(): Promise<IFreedSpace> {
    const going = this.going;
    const total = going.reduce((sum, group) => sum + group.items.length, 0);
    const gone = new Map<Freeable, number>();
    const refused: { name: string; message: string }[] = [];
    let bytes = 0;
    let freed: string | null = null;
    this._phase = 'removing';
    this._problem = null;
    this._progress = [0, total];
    this._stopped = false;
    this._changed.emit();
    try {
      for (const { name, items } of going) {
        for (let at = 0; at < items.length && !this._stopped; at += BATCH) {
          const some = items.slice(at, at + BATCH).map(one => one.id);
          let answer;
          if (name === 'copies' || name === 'older') {
            const older = name === 'older';
            const removed = await this._api.removeCopies(
              this._root,
              some,
              older,
              // Another version would come again: not what went.
              older ? null : freed
            );
            freed = older ? freed : removed.freed;
            answer = removed;
          } else {
            answer = await this._api.delete(this._root, some);
          }
          gone.set(name, (gone.get(name) ?? 0) + answer.done.length);
          bytes += answer.done.reduce((sum, one) => sum + one.allocated, 0);
          refused.push(...answer.refused);
          this._progress = [this._progress[0] + some.length, total];
          this._changed.emit();
        }
      }
      this._phase = 'done';
    } catch (error) {
      // What went is told all the same.
      this._fail(error, 'done');
    }
    this._changed.emit();
    return { bytes, gone, refused, freed: gone.get('copies') ? freed : null };
  }

  /** Remove no more than what is under way. */
  stop(): void {
    this._stopped = true;
  }

  dispose(): void {
    this._disposed = true;
    this._stopped = true;
    Signal.clearData(this);
  }

  private async _lookAtCopies(): Promise<void> {
    const about = { unproven: 0, unread: 0, reprocessed: 0 };
    this._looked = 0;
    this._away = '';
    let after: string | null = null;
    do {
      const page = await this._api.copies(this._root, after);
      for (const copy of page.copies) {
        const name = Private.groupOf(copy);
        const items = this._items.get(name) ?? [];
        this._items.set(name, items);
        (items as IItem[]).push({ ...copy, files: 1 });
        if (name === 'copies') {
          about.unproven += copy.check === 'checksum' ? 0 : 1;
          about.unread += copy.standing === 'unread' ? 1 : 0;
          about.reprocessed += copy.grade === 'reprocessed' ? 1 : 0;
        } else if (name === 'unasked') {
          this._away ||= copy.message;
        }
      }
      this._looked += page.copies.length;
      this._about = about;
      after = page.next;
      this._changed.emit();
    } while (after !== null && !this._disposed);
  }

  private _group<N extends Freeable | Kept>(name: N): IGroup<N> {
    const items = this._items.get(name) ?? [];
    return {
      name,
      items,
      allocated: items.reduce((sum, one) => sum + one.allocated, 0),
      files: items.reduce((sum, one) => sum + one.files, 0)
    };
  }

  private _fail(error: unknown, phase: FreeingPhase): void {
    this._phase = phase;
    this._problem = error instanceof Error ? error.message : String(error);
  }

  private _phase: FreeingPhase = 'looking';
  private _problem: string | null = null;
  private _looked = 0;
  private _progress: readonly [number, number] = [0, 0];
  private _away = '';
  private _before = 0;
  private _about: IAboutCopies = { unproven: 0, unread: 0, reprocessed: 0 };
  private _stopped = false;
  private _disposed = false;
  private readonly _items = new Map<Freeable | Kept, readonly IItem[]>();
  private readonly _chosen = new Set<Freeable>(USUAL);
  private readonly _changed = new Signal<this, void>(this);
}

namespace Private {
  export function isFilled(group: IGroup<string>): boolean {
    return group.items.length > 0;
  }

  export function groupOf(copy: IHomeCopy): Freeable | Kept {
    const { standing } = copy;
    if (standing === 'changed' || standing === 'untold') {
      return 'changed';
    }
    if (standing === 'linked' || standing === 'busy') {
      return 'in-use';
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
