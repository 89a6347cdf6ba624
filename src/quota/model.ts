import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';
import { asFailure, type RequestFailure } from '../rest/failure';
import { whenReturned } from '../ui/returned';
import {
  EVENT_SCHEMA,
  type IRootUsage,
  type IThresholds,
  type IUsageEvent,
  type IUsageSnapshot,
  type Level
} from './types';

/** What the model asks of the server: {@link QuotaApi}. */
export interface IQuotaApi {
  /** Milliseconds that the clock here is ahead of the server's. */
  readonly ahead: number;
  usage(): Promise<IUsageSnapshot>;
  look(
    action: 'refresh' | 'rescan',
    root?: string | null
  ): Promise<IUsageSnapshot>;
}

/** From 80 % it warns, from 95 % it is critical. */
export const USUAL_THRESHOLDS: IThresholds = { warning: 80, critical: 95 };

/**
 * A threshold is told again only after use has been below it by more than this,
 * in percent of the limit.
 */
const CLEARLY_BELOW = 2;

/** Milliseconds between two questions; each says that a page is in sight. */
const INTERVAL = 60_000;

/** The same at most, while nobody answers. */
const LONGEST_INTERVAL = 300_000;

/**
 * Used space as the server knows it: a snapshot, kept up to date by events,
 * and asked for again each minute while the page is in sight. That also tells
 * the server that somebody looks, so that it looks for changes as often.
 */
export class QuotaModel implements IDisposable {
  constructor(options: QuotaModel.IOptions) {
    this._api = options.api;
    this._events = options.events;
    this._events?.connect(this._onEvent, this);
    this._poll = new Poll({
      auto: false,
      factory: () => this._ask(),
      frequency: { interval: INTERVAL, backoff: true, max: LONGEST_INTERVAL },
      standby: 'when-hidden',
      name: 'jupyterlab-mast:quota'
    });
    void this._poll.start();
    this._rest = whenReturned(() => {
      const age = Date.now() - this._answered;
      if (this._failure !== null || age > INTERVAL) {
        void this._poll.refresh();
      }
    });
  }

  /** Emitted when anything that is shown has changed. */
  get changed(): ISignal<QuotaModel, void> {
    return this._changed;
  }

  /**
   * Emitted with a root of which a threshold, or the limit itself, was passed
   * upwards while this page looked; once, until use was clearly below it.
   */
  get passed(): ISignal<QuotaModel, IRootUsage> {
    return this._passed;
  }

  /** The home first. */
  get roots(): readonly IRootUsage[] {
    return this._roots;
  }

  /** The home. */
  get home(): IRootUsage | null {
    return this._roots[0] ?? null;
  }

  /** Why nothing newer is known. */
  get failure(): RequestFailure | null {
    return this._failure;
  }

  get thresholds(): IThresholds {
    return this._thresholds;
  }

  set thresholds(thresholds: IThresholds) {
    this._thresholds = thresholds;
    for (const root of this._roots) {
      if (this._reached.has(root.id)) {
        this._reached.set(root.id, this._steps(root));
      }
    }
    this._changed.emit();
  }

  /**
   * Milliseconds that the clock here is ahead of the server's: what the server
   * tells of is so much younger than it looks.
   */
  get ahead(): number {
    return this._api.ahead;
  }

  /** How full the home is. */
  get level(): Level {
    return this.home === null ? 'normal' : levelOf(this.home, this._thresholds);
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  /** Read all of a root again, or all roots. Throws RequestFailure. */
  async countAgain(root: string | null = null): Promise<void> {
    this._take(await this._api.look('rescan', root));
  }

  /** Look for changes now. Throws RequestFailure. */
  async refresh(): Promise<void> {
    this._take(await this._api.look('refresh'));
  }

  dispose(): void {
    this._rest();
    this._events?.disconnect(this._onEvent, this);
    this._poll.dispose();
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    try {
      this._take(await this._api.usage());
    } catch (error) {
      if (!this.isDisposed) {
        this._failure = asFailure(error);
        this._changed.emit();
      }
      // The poll waits longer.
      throw error;
    }
  }

  private _take(snapshot: IUsageSnapshot): void {
    if (this.isDisposed) {
      return;
    }
    this._failure = null;
    this._answered = Date.now();
    // An answer that is older than an event says nothing new.
    if (
      snapshot.server !== this._server ||
      snapshot.sequence >= this._sequence
    ) {
      this._server = snapshot.server;
      this._sequence = snapshot.sequence;
      this._roots = snapshot.roots;
    }
    this._tell();
  }

  private _onEvent(_: unknown, emission: { readonly schema_id: string }): void {
    if (emission.schema_id !== EVENT_SCHEMA) {
      return;
    }
    // All roots are in it: a gap loses nothing. One of another server than
    // the last answer comes after that server has started.
    const event = emission as IUsageEvent;
    if (event.server !== this._server || event.sequence > this._sequence) {
      this._server = event.server;
      this._sequence = event.sequence;
      this._roots = event.roots;
      this._failure = null;
      this._tell();
    }
  }

  private _tell(): void {
    const passed = this._roots.filter(root => {
      const before = this._reached.get(root.id);
      const now = this._steps(root);
      if (root.measured !== null) {
        const left = Math.min(before ?? 0, this._steps(root, CLEARLY_BELOW));
        this._reached.set(root.id, Math.max(now, left));
      }
      return before !== undefined && now > before;
    });
    this._changed.emit();
    passed.forEach(root => this._passed.emit(root));
  }

  /**
   * How many of thresholds and limit are reached, by so many percent of the
   * limit more than is used.
   */
  private _steps(root: IRootUsage, more = 0): number {
    const percent = percentOf(root);
    if (percent === null) {
      return 0;
    }
    const { warning, critical } = this._thresholds;
    const reached = [
      percent + more >= warning,
      percent + more >= critical,
      percent + more > 100
    ];
    return reached.lastIndexOf(true) + 1;
  }

  private readonly _api: IQuotaApi;
  private readonly _events: QuotaModel.IOptions['events'];
  private readonly _poll: Poll;
  /** Ends that it asks again when people return. */
  private readonly _rest: () => void;
  private _thresholds = USUAL_THRESHOLDS;
  /** Steps that were told or need not be, of each root that has figures. */
  private readonly _reached = new Map<string, number>();
  private _roots: readonly IRootUsage[] = [];
  private _failure: RequestFailure | null = null;
  private _server: string | null = null;
  private _sequence = -1;
  /** When the last answer came; events do not say that a page is in sight. */
  private _answered = 0;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _passed = new Signal<this, IRootUsage>(this);
}

export namespace QuotaModel {
  export interface IOptions {
    readonly api: IQuotaApi;
    /** The events of the Jupyter server, of all schemas. */
    readonly events: ISignal<unknown, { readonly schema_id: string }> | null;
  }
}

/** Use in percent of the limit; `null` without one, or before it was counted. */
function percentOf(root: IRootUsage): number | null {
  return root.limit === null || root.measured === null
    ? null
    : root.limit === 0
      ? 100
      : (100 * root.used) / root.limit;
}

/** How full a root is; without a limit, or before it was counted, `normal`. */
export function levelOf(root: IRootUsage, thresholds: IThresholds): Level {
  const percent = percentOf(root);
  if (percent === null) {
    return 'normal';
  }
  return percent >= thresholds.critical
    ? 'critical'
    : percent >= thresholds.warning
      ? 'warning'
      : 'normal';
}
