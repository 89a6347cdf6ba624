/**
 * A server of transfers in memory, for tests of dialog and commands: it plans
 * and starts as the real one says it does, and copies nothing.
 */
import { TransferFailure } from './failure';
import type { ITransfersApi } from './model';
import type {
  IActOptions,
  IChoose,
  ICopyRecord,
  ICreate,
  IFile,
  IFilePage,
  IPlan,
  IRoot,
  ISnapshot,
  ITransfer,
  IWaiting,
  TransferAction,
  IVerdict
} from './types';

/** A plan with nothing in it but what a test says. */
export function planOf(plan: Partial<IPlan> = {}): IPlan {
  return {
    complete: true,
    files: 0,
    bytes: 0,
    identical_files: 0,
    identical_bytes: 0,
    differing: 0,
    differing_first: [],
    needed: 0,
    blocks: 0,
    free: null,
    // A limit that refuses.
    allowed: plan.free ?? null,
    limit: null,
    used: null,
    reserve: 0,
    counting: false,
    error: null,
    kinds: [],
    ...plan
  };
}

export class FakeServer implements ITransfersApi {
  /** The plan that any transfer gets, at once. */
  plan: IPlan = planOf();
  /** What is asked of it, in order. */
  readonly asked: unknown[] = [];
  /** Errors of the next requests that change something, one each. */
  readonly errors: (Error | null)[] = [];
  roots: IRoot[] = [
    { id: 'home', title: 'Home', path: '', absolute: '/home/ann' }
  ];
  records: ICopyRecord[] = [];
  verdict: IVerdict = {
    same: true,
    algorithm: 'CRC64NVME',
    message: '',
    time: 0
  };
  /** What new ones wait for. */
  waiting: IWaiting | null = null;
  readonly transfers = new Map<string, ITransfer>();

  async snapshot(): Promise<ISnapshot> {
    return {
      server: 's',
      sequence: 0,
      transfers: [...this.transfers.values()],
      roots: this.roots,
      activeUntil: null
    };
  }

  async create(body: ICreate): Promise<ITransfer> {
    this._ask(['create', body]);
    const id = `transfer-${this.transfers.size + 1}`;
    const big = this.plan.differing > 0 || !this.plan.complete;
    const confirm = body.start === 'ask' || (body.start === 'auto' && big);
    return this.put({
      id,
      title: id,
      archive: body.archive,
      origin: 'page',
      state: confirm ? 'planning' : 'running',
      created: 1,
      started: null,
      ended: null,
      sources: body.sources,
      target: {
        root: body.root ?? 'home',
        path: body.target ?? '',
        absolute: `/home/ann/${body.target ?? ''}`
      },
      layout: body.layout ?? 'observation',
      conflict: body.conflict ?? 'ask',
      plan: this.plan,
      confirm,
      files: {
        total: 0,
        copied: 0,
        identical: 0,
        skipped: 0,
        failed: 0,
        left_out: 0
      },
      bytes: { total: 0, done: 0 },
      checked: { checksum: 0, version: 0, algorithms: {} },
      active: [],
      failures: [],
      waiting: this.waiting,
      error: null,
      elsewhere: false,
      undone: false
    });
  }

  async get(id: string): Promise<ITransfer> {
    return this._one(id);
  }

  async clear(id: string): Promise<void> {
    this._ask(['clear', id]);
    this._one(id);
    this.transfers.delete(id);
  }

  async choose(id: string, body: IChoose): Promise<ITransfer> {
    this._ask(['choose', body]);
    const { root, target, layout, conflict } = body;
    const now = this._one(id);
    return this.put({
      ...now,
      plan: this.plan,
      layout: layout ?? now.layout,
      conflict: conflict ?? now.conflict,
      target: {
        root: root ?? now.target.root,
        path: target ?? now.target.path,
        absolute: ''
      }
    });
  }

  async act(
    id: string,
    action: TransferAction,
    some?: IActOptions
  ): Promise<ITransfer> {
    this._ask(['act', action, ...(some?.decisions ? [some.decisions] : [])]);
    if (action === 'try-now') {
      return this.put({ ...this._one(id), waiting: null });
    }
    return this.put({
      ...this._one(id),
      confirm: false,
      state: action === 'cancel' ? 'cancelled' : 'running'
    });
  }

  async actAll(): Promise<ISnapshot> {
    return this.snapshot();
  }

  async files(id: string, offset: number, limit: number): Promise<IFilePage> {
    const { plan, layout, sources } = this._one(id);
    const files = Array.from({ length: plan.files }, (_, index): IFile => {
      const key = sources[index]?.key ?? `hst/public/ibg7/f${index}.fits`;
      return {
        index,
        key,
        path: layout === 'archive' ? key : key.slice(key.lastIndexOf('/') + 1),
        size: 1000,
        done: 0,
        outcome: 'waiting',
        check: null,
        algorithm: '',
        kind: null,
        message: ''
      };
    });
    return { total: plan.files, files: files.slice(offset, offset + limit) };
  }

  async copies(_: string, prefix: string): Promise<readonly ICopyRecord[]> {
    this.asked.push(['copies', prefix]);
    return this.records.filter(({ key }) => key.startsWith(prefix));
  }

  async verify(root: string, path: string): Promise<IVerdict> {
    this._ask(['verify', root, path]);
    return this.verdict;
  }

  put(transfer: ITransfer): ITransfer {
    this.transfers.set(transfer.id, transfer);
    return transfer;
  }

  private _ask(request: unknown): void {
    this.asked.push(request);
    const error = this.errors.shift();
    if (error) {
      throw error;
    }
  }

  private _one(id: string): ITransfer {
    const found = this.transfers.get(id);
    if (found === undefined) {
      throw new TransferFailure(
        'not-found',
        `There is no transfer ${id}.`,
        404
      );
    }
    return found;
  }
}

/** Folders in memory, as the contents manager lists them. */
export function contentsOf(folders: readonly string[]) {
  const asked: string[] = [];
  return {
    asked,
    get: async (folder: string) => {
      asked.push(folder);
      const at = folder === '' ? '' : `${folder}/`;
      if (folder !== '' && !folders.includes(folder)) {
        throw new Error(`${folder} is not there.`);
      }
      return {
        content: [
          { type: 'file', name: 'a.txt' },
          ...folders
            .filter(
              one =>
                one.startsWith(at) &&
                one.length > at.length &&
                !one.slice(at.length).includes('/')
            )
            .map(one => ({ type: 'directory', name: one.slice(at.length) }))
        ]
      };
    }
  };
}
