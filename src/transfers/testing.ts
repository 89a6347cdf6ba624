/**
 * Transfers as the server tells of them, and a server whose answers a test
 * decides, for tests of model and panel.
 */
import { Signal } from '@lumino/signaling';
import { TransferFailure } from './failure';
import { planOf } from './testingserver';
import type { ITransfersApi } from './model';
import {
  EVENT_SCHEMA,
  type IActOptions,
  type IChoose,
  type IFile,
  type IFilePage,
  type IRoot,
  type ISnapshot,
  type ITransfer,
  type ITransferEvent,
  type IVerdict,
  type IWaiting,
  type Outcome,
  type WaitReason
} from './types';

/** A transfer that runs, but for what a test says. */
export function transferOf(
  some: Partial<Omit<ITransfer, 'files' | 'bytes' | 'checked' | 'plan'>> & {
    readonly files?: Partial<ITransfer['files']>;
    readonly bytes?: Partial<ITransfer['bytes']>;
    readonly checked?: Partial<ITransfer['checked']>;
    readonly plan?: Partial<ITransfer['plan']>;
  } = {}
): ITransfer {
  const { files, bytes, checked, plan, ...rest } = some;
  return {
    id: 'one',
    title: 'ibg705080, 19 files',
    archive: 'mast',
    origin: 'page',
    state: 'running',
    created: 1000,
    started: 1001,
    ended: null,
    sources: [{ prefix: 'hst/public/ibg7/' }],
    target: { root: 'home', path: 'hst', absolute: '/home/ann/hst' },
    layout: 'observation',
    conflict: 'ask',
    confirm: false,
    active: [],
    failures: [],
    waiting: null,
    error: null,
    elsewhere: false,
    undone: false,
    ...rest,
    plan: planOf({ files: 19, bytes: 1.77e9, needed: 1.77e9, ...plan }),
    files: {
      total: 19,
      copied: 7,
      identical: 0,
      skipped: 0,
      failed: 0,
      left_out: 0,
      ...files
    },
    bytes: { total: 1.77e9, done: 612e6, ...bytes },
    checked: { checksum: 0, version: 0, algorithms: {}, ...checked }
  };
}

/** Why a transfer waits: since ever, but for what a test says. */
export function waitingFor(
  reason: WaitReason,
  some: Partial<IWaiting> = {}
): IWaiting {
  return {
    reason,
    since: 1,
    next: null,
    missing: null,
    message: null,
    ...some
  };
}

export const ROOTS: readonly IRoot[] = [
  { id: 'home', title: 'Home', path: '', absolute: '/home/ann' },
  { id: 'scratch', title: 'Scratch', path: 'scratch', absolute: '/scratch' },
  { id: 'group', title: 'Group', path: null, absolute: '/group' }
];

/** File `index` of a transfer. */
export function fileOf(index: number, some: Partial<IFile> = {}): IFile {
  return {
    index,
    key: `hst/public/f${index}.fits`,
    path: `f${index}.fits`,
    size: 1000 + index,
    done: 1000 + index,
    outcome: 'copied',
    check: 'checksum',
    algorithm: 'CRC64NVME',
    kind: null,
    message: '',
    ...some
  };
}

/** The events of the Jupyter server, as `serviceManager.events.stream`. */
export class FakeEvents {
  readonly stream = new Signal<this, { readonly schema_id: string }>(this);

  emit(event: Partial<ITransferEvent>): void {
    const whole: ITransferEvent = {
      server: 'a',
      sequence: 1,
      transfers: [],
      removed: [],
      ...event
    };
    this.stream.emit({ schema_id: EVENT_SCHEMA, ...whole });
  }
}

/**
 * A server whose state a test sets. Requests are noted; while `away` they
 * fail, and while `held` snapshots wait.
 */
export class RecordedServer implements ITransfersApi {
  server = 'a';
  sequence = 0;
  transfers: readonly ITransfer[] = [];
  activeUntil: number | null = null;
  away: TransferFailure | null = null;
  /** Of all transfers; made when they are asked for. */
  fileAt: (index: number) => IFile = fileOf;
  fileCount = 0;
  readonly asked: string[] = [];

  /** Answer snapshots only when {@link release} is called. */
  hold(): void {
    this._held = new Promise(resolve => {
      this._release = resolve;
    });
  }

  release(): void {
    this._release?.();
    this._held = null;
  }

  get snapshots(): number {
    return this.asked.filter(one => one === 'snapshot').length;
  }

  async snapshot(): Promise<ISnapshot> {
    this._ask('snapshot');
    const answer = this._snapshot();
    await this._held;
    return answer;
  }

  async create(): Promise<ITransfer> {
    this._ask('create');
    return this.transfers[0];
  }

  async get(id: string): Promise<ITransfer> {
    this._ask(`get ${id}`);
    return this._one(id);
  }

  async clear(id: string): Promise<void> {
    this._ask(`clear ${id}`);
    this.transfers = this.transfers.filter(one => one.id !== id);
  }

  async choose(id: string, { without }: IChoose): Promise<ITransfer> {
    this._ask(['choose', id, ...(without ? [without.join()] : [])].join(' '));
    return this._one(id);
  }

  async act(
    id: string,
    action: string,
    some?: IActOptions
  ): Promise<ITransfer> {
    this._ask([action, id, ...(some?.files ?? [])].join(' '));
    const answer = this._one(id);
    await this._held;
    return answer;
  }

  async actAll(action: string): Promise<ISnapshot> {
    this._ask(`${action} all`);
    return this._snapshot();
  }

  async files(
    id: string,
    offset: number,
    limit: number,
    outcome?: Outcome
  ): Promise<IFilePage> {
    this._ask(`files ${id} ${offset} ${limit} ${outcome ?? 'all'}`);
    const count = Math.max(0, Math.min(limit, this.fileCount - offset));
    return {
      total: this.fileCount,
      files: Array.from({ length: count }, (_, i) => this.fileAt(offset + i))
    };
  }

  async copies(): Promise<readonly never[]> {
    this._ask('copies');
    return [];
  }

  async verify(): Promise<IVerdict> {
    throw new Error('not expected');
  }

  private _snapshot(): ISnapshot {
    const { server, sequence, transfers, activeUntil } = this;
    return { server, sequence, transfers, roots: ROOTS, activeUntil };
  }

  private _ask(what: string): void {
    this.asked.push(what);
    if (this.away) {
      throw this.away;
    }
  }

  private _one(id: string): ITransfer {
    const found = this.transfers.find(one => one.id === id);
    if (found === undefined) {
      throw new TransferFailure(
        'not-found',
        `There is no transfer ${id}.`,
        404
      );
    }
    return found;
  }

  private _held: Promise<void> | null = null;
  private _release: (() => void) | null = null;
}

/** No answer at all. */
export const AWAY = new TransferFailure(
  'server-away',
  'The Jupyter server does not answer.'
);
