import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { groupOf } from '../missions';
import type { TransfersModel } from './model';
import { HOME, tidy, type FolderTree, type IPlace } from './targets';
import type {
  Conflict,
  IChoose,
  IDiffering,
  IFile,
  IKind,
  ITransfer,
  Layout
} from './types';

/** What the dialog needs of {@link TransfersModel}. */
export type DialogTransfers = Pick<
  TransfersModel,
  'get' | 'choose' | 'act' | 'clear' | 'files' | 'changed'
>;

/** What is done with a file that is there and differs. */
export type Decision = Exclude<Conflict, 'ask'>;

/**
 * - `counting`: it is not known yet what would be copied
 * - `checking`: something was chosen anew, and the server looks at it
 * - `ready`: can be started
 * - `nothing`: there is nothing to copy, or all of it is there already
 * - `refused`: cannot be planned so; see `problem`
 * - `starting`: the server was told to start
 * - `gone`: it was started or cancelled elsewhere
 */
export type DialogPhase =
  | 'counting'
  | 'checking'
  | 'ready'
  | 'nothing'
  | 'refused'
  | 'starting'
  | 'gone';

/** Files of the list that are asked for at once. */
const PAGE = 50;

/** Milliseconds after the last key until a typed folder is planned for. */
const PATIENCE = 400;

/**
 * The dialog "Copy to": one transfer that is planned and has not started.
 * What is chosen changes that transfer.
 */
export class CopyDialogModel implements IDisposable {
  constructor(options: CopyDialogModel.IOptions) {
    const { transfer, transfers, tree } = options;
    this.id = transfer.id;
    this.tree = tree;
    this._transfers = transfers;
    this._transfer = transfer;
    this._place = {
      root: transfer.target.root ?? HOME,
      path: transfer.target.path ?? ''
    };
    this._layout = transfer.layout;
    this._forAll =
      transfer.conflict === 'ask' ? 'keep-both' : transfer.conflict;
    this._noteKinds();
    transfers.changed.connect(this._onChanged, this);
    tree.changed.connect(this._emit, this);
    void tree
      .open({ root: this._place.root, path: '' })
      .then(() => tree.reveal(this._place));
    void this._sample();
  }

  readonly id: string;
  readonly tree: FolderTree;

  get changed(): ISignal<CopyDialogModel, void> {
    return this._changed;
  }

  get transfer(): ITransfer {
    return this._transfer;
  }

  get phase(): DialogPhase {
    const { state, plan } = this._transfer;
    if (this._starting || this._started) {
      return 'starting';
    }
    if (this._gone || state === 'cancelled') {
      return 'gone';
    }
    if (this._problem !== null || plan.error !== null || state === 'failed') {
      return 'refused';
    }
    if (state !== 'planning') {
      return 'gone';
    }
    if (this._pending > 0) {
      return 'checking';
    }
    if (!plan.complete) {
      return 'counting';
    }
    return this.files === 0 ? 'nothing' : 'ready';
  }

  /** Why it cannot be done so, as the server says it. */
  get problem(): string | null {
    return (
      this._problem ??
      this._failed ??
      this._transfer.plan.error ??
      this._transfer.error?.message ??
      null
    );
  }

  /** Whether the server did not take what was chosen last. */
  get canChooseAgain(): boolean {
    return this._problem !== null;
  }

  /** Tell the server once more what was chosen. */
  chooseAgain(): void {
    this._choose({});
  }

  /** The folder to copy into. */
  get place(): IPlace {
    return this._place;
  }

  /**
   * Choose a folder.
   *
   * @param soon - More is likely to be typed: wait for it.
   */
  setPlace(place: IPlace, soon = false): void {
    const next = { root: place.root, path: tidy(place.path) };
    if (
      next.root === this._place.root &&
      next.path === this._place.path &&
      !this.canChooseAgain
    ) {
      return;
    }
    this._place = next;
    void this.tree.reveal(next);
    this._choose({ root: next.root, target: next.path }, soon);
  }

  get layout(): Layout {
    return this._layout;
  }

  setLayout(layout: Layout): void {
    if (layout !== this._layout || this.canChooseAgain) {
      this._layout = layout;
      this._choose({ layout });
    }
  }

  /** What is done with files that differ, unless one is decided by itself. */
  get forAll(): Decision {
    return this._forAll;
  }

  setForAll(decision: Decision): void {
    this._forAll = decision;
    this._decisions.clear();
    if (this._unlisted > 0) {
      // Those that are not listed are known to the server alone.
      this._choose({ conflict: decision });
    } else {
      this._changed.emit();
    }
  }

  /**
   * The kinds of the files that were asked for, where they do not fit or some
   * are left out; one kind alone is no choice.
   */
  get kinds(): readonly IKind[] {
    return this._kinds.length > 1 ? this._kinds : [];
  }

  /** Whether a kind is copied. */
  isWanted(kind: string): boolean {
    return !this._without.has(kind);
  }

  setWanted(kind: string, wanted: boolean): void {
    if (wanted !== this.isWanted(kind)) {
      if (wanted) {
        this._without.delete(kind);
      } else {
        this._without.add(kind);
      }
      this._choose({ without: [...this._without] });
    }
  }

  /** The first hundred of the files that are there and differ. */
  get differing(): readonly IDiffering[] {
    return this._transfer.plan.differing_first;
  }

  decisionOf(path: string): Decision {
    return this._decisions.get(path) ?? this._forAll;
  }

  decide(path: string, decision: Decision): void {
    this._decisions.set(path, decision);
    this._changed.emit();
  }

  /** How many files would be copied, as it is chosen now. */
  get files(): number {
    const { files, identical_files } = this._transfer.plan;
    return files - identical_files - this._skipped().files;
  }

  /** How many bytes would be copied, as it is chosen now. */
  get bytes(): number {
    const { plan } = this._transfer;
    return this._unlisted > 0
      ? plan.needed
      : plan.bytes - plan.identical_bytes - this._skipped().bytes;
  }

  /**
   * How many bytes of the disk are reserved for these, as it is chosen now:
   * files take whole blocks.
   */
  get reserved(): number {
    const { plan, conflict } = this._transfer;
    const { bytes } = this;
    if (this._unlisted > 0) {
      return bytes + plan.blocks;
    }
    const differing = this.differing.reduce(
      (sum, one) => sum + one.archive_blocks,
      0
    );
    // The server has left out what is skipped.
    const all = plan.blocks + (conflict === 'skip' ? differing : 0);
    return bytes + all - this._skipped().blocks;
  }

  /** How many bytes too many this is for what is let in; 0 when it may start. */
  get missing(): number {
    const { allowed } = this._transfer.plan;
    return allowed === null ? 0 : Math.max(0, this.reserved - allowed);
  }

  /**
   * By how many bytes it passes a limit that only warns; 0 when it does not,
   * or does not fit at all.
   */
  get over(): number {
    const { free } = this._transfer.plan;
    return free === null || this.missing > 0
      ? 0
      : Math.max(0, this.reserved - free);
  }

  /**
   * What the sources are called: observations where they are, else folders
   * and files; each name once.
   */
  get names(): {
    readonly observations: boolean;
    readonly names: readonly string[];
  } {
    const names = new Set<string>();
    let observations = true;
    for (const { key, prefix } of this._transfer.sources) {
      const place = key ?? `${prefix ?? ''}x`;
      const group = groupOf(place, '');
      observations &&= group !== null && group.subtitle !== '';
      const folder = place.slice(0, place.lastIndexOf('/'));
      names.add(group?.title.split('/').pop() ?? folder);
    }
    return { observations, names: [...names] };
  }

  /** The first object, and where it would go; `null` before it is known. */
  get sample(): { readonly key: string; readonly path: string | null } | null {
    const key = this._first?.key ?? this._transfer.sources[0]?.key ?? null;
    return key === null
      ? null
      : {
          key,
          path: this._first?.layout === this._layout ? this._first.path : null
        };
  }

  /** The files of the plan that were asked for; `null` when none were. */
  get list(): readonly IFile[] | null {
    return this._list;
  }

  /** How many files the plan has in all. */
  get listTotal(): number {
    return this._listTotal;
  }

  get listProblem(): string | null {
    return this._listProblem;
  }

  /** Ask for the next files of the plan. */
  async showMore(): Promise<void> {
    const have = this._list ?? [];
    try {
      const page = await this._transfers.files(this.id, have.length, PAGE);
      this._list = [...have, ...page.files];
      this._listTotal = page.total;
      this._listProblem = null;
    } catch (error) {
      this._listProblem = Private.message(error);
    }
    this._emit();
  }

  hideList(): void {
    this._list = null;
    this._changed.emit();
  }

  /**
   * Start the copy as it is chosen.
   *
   * @returns Whether it was started; else `problem` says why not.
   */
  async start(): Promise<boolean> {
    if (this.phase !== 'ready') {
      return false;
    }
    this._starting = true;
    this._failed = null;
    this._changed.emit();
    try {
      if (this._unlisted > 0 && this._transfer.conflict !== this._forAll) {
        // The answer's plan is made anew: it is started when that is there.
        await this._transfers.choose(this.id, { conflict: this._forAll });
        await this._until(now => now.plan.complete || now.state !== 'planning');
      }
      const decisions = Object.fromEntries(
        this.differing.map(({ path }) => [path, this.decisionOf(path)])
      );
      this._started = true;
      await this._transfers.act(
        this.id,
        'start',
        this.differing.length > 0 ? { decisions } : undefined
      );
      return true;
    } catch (error) {
      this._started = false;
      this._failed = Private.message(error);
      return false;
    } finally {
      this._starting = false;
      this._emit();
    }
  }

  /** Ask the archive again at once, for which the plan waits. */
  async tryNow(): Promise<void> {
    try {
      await this._transfers.act(this.id, 'try-now');
    } catch (error) {
      this._failed = Private.message(error);
      this._emit();
    }
  }

  /** Take the transfer away again, unless it was started. */
  async discard(): Promise<void> {
    const { state } = this._transfer;
    if (this._started || this._gone) {
      return;
    }
    clearTimeout(this._timer);
    if (state === 'planning') {
      await this._transfers.act(this.id, 'cancel');
      await this._until(now => now.state === 'cancelled');
      await this._transfers.clear(this.id);
    } else if (state === 'cancelled' || state === 'failed') {
      await this._transfers.clear(this.id);
    }
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      clearTimeout(this._timer);
      this._transfers.changed.disconnect(this._onChanged, this);
      this.tree.changed.disconnect(this._emit, this);
      Signal.clearData(this);
    }
  }

  /** Files that differ and are not among the first hundred. */
  private get _unlisted(): number {
    const { differing, differing_first } = this._transfer.plan;
    return Math.max(0, differing - differing_first.length);
  }

  private _skipped(): { files: number; bytes: number; blocks: number } {
    let files = 0;
    let bytes = 0;
    let blocks = 0;
    for (const one of this.differing) {
      if (this.decisionOf(one.path) === 'skip') {
        files++;
        bytes += one.archive_size;
        blocks += one.archive_blocks;
      }
    }
    return {
      files: files + (this._forAll === 'skip' ? this._unlisted : 0),
      bytes,
      blocks
    };
  }

  private _onChanged(): void {
    const now = this._transfers.get(this.id);
    if (now === undefined) {
      this._gone = true;
    } else if (now !== this._transfer) {
      const counted = this._transfer.plan.files > 0;
      this._transfer = now;
      this._noteKinds();
      if (!counted && now.plan.files > 0) {
        void this._sample();
      }
    } else {
      return;
    }
    this._changed.emit();
  }

  /** Keep the kinds while it is planned anew, and once it fits. */
  private _noteKinds(): void {
    const { kinds } = this._transfer.plan;
    if (kinds.length > 0) {
      this._kinds = kinds;
      if (this._pending === 0) {
        this._without = new Set(
          kinds.filter(kind => kind.without).map(kind => kind.name)
        );
      }
    }
  }

  /** Tell the server what was chosen; what comes last counts. */
  private _choose(body: IChoose, soon = false): void {
    this._wanted = { ...this._wanted, ...body };
    this._problem = null;
    this._failed = null;
    this._pending++;
    this._changed.emit();
    clearTimeout(this._timer);
    const run = () => {
      this._queue = this._queue.then(() => this._send());
    };
    if (soon) {
      this._timer = setTimeout(run, PATIENCE);
    } else {
      run();
    }
  }

  private async _send(): Promise<void> {
    const body = this._wanted;
    const sent = this._pending;
    if (body === null || sent === 0 || this._disposed || this._started) {
      return;
    }
    try {
      const transfer = await this._transfers.choose(this.id, body);
      if (this._wanted === body) {
        this._wanted = null;
      }
      this._transfer = this._transfers.get(this.id) ?? transfer;
      this._noteKinds();
    } catch (error) {
      // It is shown as chosen, and goes with what is chosen next.
      if (this._wanted === body) {
        this._problem = Private.message(error);
      }
    }
    this._pending -= sent;
    this._list = null;
    this._decisions.clear();
    void this._sample();
    this._emit();
  }

  /** Resolves when something holds for the transfer, or it is gone. */
  private _until(holds: (transfer: ITransfer) => boolean): Promise<void> {
    return new Promise(resolve => {
      const look = () => {
        const now = this._transfers.get(this.id);
        if (now === undefined || holds(now)) {
          this._transfers.changed.disconnect(look);
          resolve();
        }
      };
      this._transfers.changed.connect(look);
      look();
    });
  }

  /** Where the first file would go, as the server says. */
  private async _sample(): Promise<void> {
    const layout = this._layout;
    if (this._transfer.plan.files === 0) {
      return;
    }
    try {
      const { files } = await this._transfers.files(this.id, 0, 1);
      if (files.length > 0 && !this._disposed) {
        this._first = { key: files[0].key, path: files[0].path, layout };
        this._emit();
      }
    } catch {
      // It is an example, and can be made up.
    }
  }

  private _emit(): void {
    if (!this._disposed) {
      this._changed.emit();
    }
  }

  private readonly _transfers: DialogTransfers;
  private _transfer: ITransfer;
  private _place: IPlace;
  private _layout: Layout;
  private _forAll: Decision;
  private readonly _decisions = new Map<string, Decision>();
  private _kinds: readonly IKind[] = [];
  private _without = new Set<string>();
  /** What was chosen and not taken by the server. */
  private _wanted: IChoose | null = null;
  /** Choices that the server has not answered. */
  private _pending = 0;
  private _queue: Promise<void> = Promise.resolve();
  private _timer: ReturnType<typeof setTimeout> | undefined;
  /** Why it cannot be planned so. */
  private _problem: string | null = null;
  /** Why it could not be started, which may be tried again. */
  private _failed: string | null = null;
  private _list: readonly IFile[] | null = null;
  private _listTotal = 0;
  private _listProblem: string | null = null;
  private _first: { key: string; path: string; layout: Layout } | null = null;
  private _starting = false;
  private _started = false;
  private _gone = false;
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace CopyDialogModel {
  export interface IOptions {
    /** A transfer that has not started. */
    readonly transfer: ITransfer;
    readonly transfers: DialogTransfers;
    readonly tree: FolderTree;
  }
}

namespace Private {
  export function message(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
  }
}
