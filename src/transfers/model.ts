import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { asFailure } from '../rest/failure';
import { whenReturned } from '../ui/returned';
import { TransferFailure, type TransferFailureKind } from './failure';
import { hasEnded, inOrder, isBusy, isHeldUp } from './order';
import { Speed } from './speed';
import {
  EVENT_SCHEMA,
  type IActOptions,
  type IChoose,
  type ICopyRecord,
  type ICreate,
  type IFilePage,
  type IRoot,
  type ISnapshot,
  type ITransfer,
  type ITransferEvent,
  type IVerdict,
  type Outcome,
  type TransferAction
} from './types';

/**
 * - `loading`: nothing is known yet
 * - `ready`: as the server said it last
 * - `offline`: the server does not answer; what is shown may be old
 * - `off`: there is no server part that could copy
 */
export type TransfersStatus = 'loading' | 'ready' | 'offline' | 'off';

/** What the model asks of the server: {@link TransfersApi}. */
export interface ITransfersApi {
  snapshot(): Promise<ISnapshot>;
  create(body: ICreate): Promise<ITransfer>;
  get(id: string): Promise<ITransfer>;
  clear(id: string): Promise<void>;
  choose(id: string, body: IChoose): Promise<ITransfer>;
  act(
    id: string,
    action: TransferAction,
    some?: IActOptions
  ): Promise<ITransfer>;
  actAll(action: 'pause' | 'resume' | 'clear'): Promise<ISnapshot>;
  files(
    id: string,
    offset: number,
    limit: number,
    outcome?: Outcome
  ): Promise<IFilePage>;
  copies(archive: string, prefix: string): Promise<readonly ICopyRecord[]>;
  verify(root: string, path: string): Promise<IVerdict>;
}

/**
 * The transfers as the server knows them: a snapshot, kept up to date by
 * events.
 *
 * Nothing is asked for before {@link start} or a command. Events have gaps:
 * JupyterLab connects again without a word, so a missing number, another
 * server, or silence while something is under way fetches the snapshot.
 */
export class TransfersModel implements IDisposable {
  constructor(options: TransfersModel.IOptions) {
    this._api = options.api;
    this._events = options.events;
    this._status = options.available ? 'loading' : 'off';
    if (!options.available) {
      this._ready.resolve();
    }
    this._events?.connect(this._onEvent, this);
    this._rest = whenReturned(() => {
      if (this._started && Date.now() - this._heard > SILENCE) {
        this._fetch();
      }
    });
  }

  /** Emitted when anything that is shown has changed. */
  get changed(): ISignal<TransfersModel, void> {
    return this._changed;
  }

  /**
   * Emitted once for each transfer that this page saw under way and that has
   * ended.
   */
  get ended(): ISignal<TransfersModel, ITransfer> {
    return this._ended;
  }

  /** Emitted when there are copies that were not there before, or fewer. */
  get copiesChanged(): ISignal<TransfersModel, void> {
    return this._copiesChanged;
  }

  get status(): TransfersStatus {
    return this._status;
  }

  /** Whether there is a server part that copies. */
  get available(): boolean {
    return this._status !== 'off';
  }

  /** Why the status is `offline`. */
  get failure(): TransferFailure | null {
    return this._failure;
  }

  /** When it is tried again, in milliseconds since 1970. */
  get retryAt(): number | null {
    return this._status === 'offline' ? this._retryAt : null;
  }

  /** When the server was last heard of, in milliseconds since 1970. */
  get heardAt(): number | null {
    return this._heard === 0 ? null : this._heard;
  }

  /** In a stable order: see {@link inOrder}. */
  get transfers(): readonly ITransfer[] {
    return (this._sorted ??= inOrder(this._transfers.values()));
  }

  /** The folders into which one may copy; the first is home. */
  get roots(): readonly IRoot[] {
    return this._roots;
  }

  /**
   * Until when copying keeps the server from being stopped as idle, in
   * seconds since 1970.
   */
  get activeUntil(): number | null {
    return this._activeUntil;
  }

  /** Resolves when it is first known what there is, or that it cannot be. */
  get ready(): Promise<void> {
    return this._ready.promise;
  }

  /** Fetch what there is, the first time; returns {@link ready}. */
  start(): Promise<void> {
    if (!this._started && this.available) {
      this._started = true;
      this._fetch();
    }
    return this.ready;
  }

  /** Fetch what there is again, now. */
  refresh(): void {
    if (this.available) {
      this._started = true;
      this._fetch();
    }
  }

  /**
   * Look once whether something is there, for a page that has just been
   * loaded. When nothing is, or nobody answers, it stays as if unasked.
   */
  async glance(): Promise<void> {
    if (this._started || !this.available) {
      return;
    }
    try {
      const snapshot = await (await this._api()).snapshot();
      if (!this._started && snapshot.transfers.length > 0) {
        this._started = true;
        this._take(snapshot, this._notes);
        this._schedule();
      }
    } catch {
      // Whoever uses transfers is told then.
    }
  }

  get(id: string): ITransfer | undefined {
    return this._transfers.get(id);
  }

  /** Mean of the last five seconds in bytes/s; `null` while not known. */
  speedOf(id: string): number | null {
    return this._speeds.get(id)?.at(this._now()) ?? null;
  }

  /** Seconds; `null` in the first three, and while it cannot be told. */
  timeLeft(id: string): number | null {
    const transfer = this._transfers.get(id);
    const speed = this._speeds.get(id);
    if (!transfer?.plan.complete || speed === undefined) {
      return null;
    }
    const { total, done } = transfer.bytes;
    return speed.timeLeft(this._now(), total - done);
  }

  async create(body: ICreate): Promise<ITransfer> {
    const since = this._round;
    const transfer = await this._ask(api => api.create(body));
    // A small one may have ended already, and events may have told of that.
    const known = this._transfers.get(transfer.id);
    if (known === undefined || !hasEnded(known)) {
      this._seen.add(transfer.id);
    }
    return this._note(transfer, since);
  }

  async choose(id: string, body: IChoose): Promise<ITransfer> {
    const since = this._round;
    return this._note(await this._ask(api => api.choose(id, body)), since);
  }

  async act(
    id: string,
    action: TransferAction,
    some?: IActOptions
  ): Promise<ITransfer> {
    const since = this._round;
    return this._note(await this._ask(api => api.act(id, action, some)), since);
  }

  async actAll(action: 'pause' | 'resume' | 'clear'): Promise<void> {
    const notes = this._notes;
    this._take(await this._ask(api => api.actAll(action)), notes);
    this._schedule();
  }

  /** Take an ended transfer off the list. Its files stay. */
  async clear(id: string): Promise<void> {
    await this._ask(api => api.clear(id));
    this._remove(id);
    this._emit();
  }

  files(
    id: string,
    offset: number,
    limit: number,
    outcome?: Outcome
  ): Promise<IFilePage> {
    return this._ask(api => api.files(id, offset, limit, outcome));
  }

  copies(archive: string, prefix: string): Promise<readonly ICopyRecord[]> {
    return this.available
      ? this._api().then(api => api.copies(archive, prefix))
      : Promise.resolve([]);
  }

  /** Compare a file below a root with the record of its copy. */
  verify(root: string, path: string): Promise<IVerdict> {
    return this._ask(api => api.verify(root, path));
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    clearTimeout(this._timer);
    this._rest();
    this._events?.disconnect(this._onEvent, this);
    Signal.clearData(this);
  }

  private async _ask<T>(
    request: (api: ITransfersApi) => Promise<T>
  ): Promise<T> {
    if (!this.available) {
      throw new TransferFailure(
        'off',
        'Copying to a workspace needs a Jupyter server.'
      );
    }
    // What comes of it is told by events, which need a snapshot to add to.
    void this.start();
    try {
      return await request(await this._api());
    } catch (error) {
      if (
        error instanceof TransferFailure &&
        error.kind === 'server-away' &&
        this._status === 'ready'
      ) {
        this._fetch();
      }
      throw error;
    }
  }

  /**
   * Note what an answer said of one transfer, unless an event told of it
   * since it was asked: that is as new, or newer.
   */
  private _note(transfer: ITransfer, since: number): ITransfer {
    if ((this._told.get(transfer.id) ?? -1) <= since) {
      this._put(transfer);
      this._noted.set(transfer.id, ++this._notes);
      this._emit();
      this._schedule();
    }
    return transfer;
  }

  private _onEvent(_: unknown, emission: { readonly schema_id: string }): void {
    if (emission.schema_id !== EVENT_SCHEMA || !this.available) {
      return;
    }
    this._started = true;
    this._heard = Date.now();
    const event = emission as unknown as ITransferEvent;
    if (event.server === this._server && event.sequence <= this._sequence) {
      return;
    }
    this._early.push(event);
    this._drain();
    if (
      !this._fetching &&
      (this._early.length > 0 || this._status === 'offline')
    ) {
      this._fetch();
    } else {
      this._schedule();
    }
  }

  /** Take the events that follow what is known; the rest must wait. */
  private _drain(): void {
    const { _server: server } = this;
    const early = this._early.sort((a, b) => a.sequence - b.sequence);
    this._early = [];
    let taken = false;
    for (const event of early) {
      if (event.server !== server || event.sequence > this._sequence + 1) {
        this._early.push(event);
      } else if (event.sequence === this._sequence + 1) {
        this._sequence = event.sequence;
        this._round++;
        for (const transfer of event.transfers) {
          if (!this._transfers.has(transfer.id)) {
            // It is younger than the snapshot, however short it was.
            this._seen.add(transfer.id);
          }
          this._told.set(transfer.id, this._round);
          this._put(transfer);
        }
        event.removed.forEach(id => this._remove(id));
        this._keepActive(event.activeUntil);
        taken = true;
      }
    }
    if (taken) {
      this._emit();
    }
  }

  /** Fetch the snapshot as soon as may be. */
  private _fetch(): void {
    this._wanted = true;
    this._schedule();
  }

  private async _run(): Promise<void> {
    this._wanted = false;
    this._fetching = true;
    this._fetched = Date.now();
    const notes = this._notes;
    const early = new Set(this._early);
    try {
      const snapshot = await (await this._api()).snapshot();
      this._fetching = false;
      if (this._disposed) {
        return;
      }
      this._take(snapshot, notes);
      // What came before it was asked for is in it, or of another server.
      this._early = this._early.filter(event => !early.has(event));
      this._wanted ||= this._early.length > 0;
    } catch (error) {
      this._fetching = false;
      if (this._disposed) {
        return;
      }
      this._fail(error);
    }
    this._schedule();
  }

  /**
   * @param notes - How many answers had told of one transfer when it was asked
   * for: what later ones told is as new, or newer.
   */
  private _take(snapshot: ISnapshot, notes: number): void {
    this._heard = Date.now();
    this._tries = 0;
    this._failure = null;
    this._status = 'ready';
    this._roots = snapshot.roots;
    this._keepActive(snapshot.activeUntil);
    // An answer that is older than the events says nothing new.
    if (
      snapshot.server !== this._server ||
      snapshot.sequence >= this._sequence
    ) {
      const first = this._server === null;
      this._server = snapshot.server;
      this._sequence = snapshot.sequence;
      this._round++;
      const isNoted = (id: string) => (this._noted.get(id) ?? 0) > notes;
      const listed = new Set(snapshot.transfers.map(transfer => transfer.id));
      for (const id of [...this._transfers.keys()]) {
        if (!listed.has(id) && !isNoted(id)) {
          this._remove(id);
        }
      }
      for (const transfer of snapshot.transfers) {
        if (!isNoted(transfer.id)) {
          this._told.set(transfer.id, this._round);
          this._put(transfer);
        }
      }
      if (first) {
        // Those are no news.
        this._moreCopies = this._pending = false;
      }
    }
    this._drain();
    this._ready.resolve();
    this._emit();
  }

  private _fail(error: unknown): void {
    const failure = asFailure<TransferFailureKind>(error);
    // The page says that its server copies: these routes are missing where a
    // hub's proxy answers in its place.
    this._failure =
      failure.kind === 'off'
        ? new TransferFailure('server-away', failure.message, failure.status)
        : failure;
    this._status = 'offline';
    this._retryAt =
      Date.now() + Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** this._tries++);
    this._ready.resolve();
    this._emit();
  }

  /** Fetch when it is time: now, after a failure, or after a long silence. */
  private _schedule(): void {
    clearTimeout(this._timer);
    if (this._disposed || this._fetching || !this._started) {
      return;
    }
    const now = Date.now();
    const at = this._wanted
      ? this._fetched + SPACING
      : this._status === 'offline'
        ? this._retryAt
        : this._heard + this._patience();
    if (at <= now) {
      void this._run();
    } else if (at < Infinity) {
      this._timer = setTimeout(() => void this._run(), at - now);
    }
  }

  /** Milliseconds of silence that are no cause for doubt. */
  private _patience(): number {
    const all = [...this._transfers.values()];
    return all.some(isBusy)
      ? SILENCE
      : all.some(isHeldUp)
        ? SILENCE_WAITING
        : Infinity;
  }

  private _put(transfer: ITransfer): void {
    const { id } = transfer;
    const before = this._transfers.get(id);
    this._transfers.set(id, transfer);
    this._sorted = null;
    if (transfer.state === 'running') {
      let speed = this._speeds.get(id);
      if (speed === undefined) {
        this._speeds.set(id, (speed = new Speed()));
      }
      speed.add(this._now(), transfer.bytes.done);
    } else {
      this._speeds.delete(id);
    }
    const ended = hasEnded(transfer);
    if (!ended) {
      this._seen.add(id);
    } else if (this._seen.delete(id)) {
      this._news.push(transfer);
    }
    // While it runs they are told of now and then, at its end at once.
    if (
      transfer.files.copied !== (before?.files.copied ?? 0) ||
      transfer.undone !== (before?.undone ?? false)
    ) {
      this._pending = true;
    }
    if (
      this._pending &&
      (ended || Date.now() - this._copiesTold > COPIES_SPACING)
    ) {
      this._moreCopies = true;
    }
  }

  private _remove(id: string): void {
    this._transfers.delete(id);
    this._speeds.delete(id);
    this._seen.delete(id);
    this._told.delete(id);
    this._noted.delete(id);
    this._sorted = null;
  }

  /** Tell of changes, when all of them are noted. */
  private _emit(): void {
    const news = this._news.splice(0);
    const copies = this._moreCopies;
    this._moreCopies = false;
    this._changed.emit();
    if (copies) {
      this._pending = false;
      this._copiesTold = Date.now();
      this._copiesChanged.emit();
    }
    news.forEach(transfer => this._ended.emit(transfer));
  }

  private _keepActive(until: number | null | undefined): void {
    if (until !== undefined) {
      this._activeUntil = until;
    }
  }

  private _now(): number {
    return Date.now() / 1000;
  }

  private readonly _api: TransfersModel.IOptions['api'];
  private readonly _events: TransfersModel.IOptions['events'];
  /** Ends that it asks again when people return. */
  private readonly _rest: () => void;
  private readonly _transfers = new Map<string, ITransfer>();
  private readonly _speeds = new Map<string, Speed>();
  /** In which round of news a transfer was last told of. */
  private readonly _told = new Map<string, number>();
  private _round = 0;
  /** Answers that told of one transfer, and which of them did of each last. */
  private _notes = 0;
  private readonly _noted = new Map<string, number>();
  /** Those that this page saw before their end. */
  private readonly _seen = new Set<string>();
  private readonly _news: ITransfer[] = [];
  private _moreCopies = false;
  private _pending = false;
  private _copiesTold = 0;
  private _sorted: readonly ITransfer[] | null = null;
  private _roots: readonly IRoot[] = [];
  private _activeUntil: number | null = null;
  private _status: TransfersStatus;
  private _failure: TransferFailure | null = null;
  private _server: string | null = null;
  private _sequence = -1;
  /** Events whose predecessors have not come. */
  private _early: ITransferEvent[] = [];
  private _started = false;
  private _wanted = false;
  private _fetching = false;
  /** When the last snapshot was asked for, in ms since 1970. */
  private _fetched = 0;
  /** When the server was last heard of, in ms since 1970. */
  private _heard = 0;
  private _tries = 0;
  private _retryAt = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _ready = new PromiseDelegate<void>();
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _ended = new Signal<this, ITransfer>(this);
  private readonly _copiesChanged = new Signal<this, void>(this);
}

export namespace TransfersModel {
  export interface IOptions {
    /** Loads what asks the server, with the first question. */
    readonly api: () => Promise<ITransfersApi>;
    /** The events of the Jupyter server, of all schemas. */
    readonly events: ISignal<unknown, { readonly schema_id: string }> | null;
    /** Whether there is a server part that copies. */
    readonly available: boolean;
  }
}

/** Silence in ms after which a transfer that is under way is asked for. */
const SILENCE = 10_000;

/** The same where transfers only wait. */
const SILENCE_WAITING = 30_000;

/** Snapshots are at least so many ms apart. */
const SPACING = 500;

/** Copies of running transfers are told of at least so many ms apart. */
const COPIES_SPACING = 5_000;

const FIRST_RETRY = 2_000;
const LONGEST_RETRY = 30_000;
