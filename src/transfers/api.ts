import { URLExt } from '@jupyterlab/coreutils';
import type { CopiesAnswer } from '../rest/generated';
import {
  QUIET,
  request,
  type IConnection,
  type IRequestOptions
} from '../rest/request';
import type {
  IActOptions,
  IChoose,
  ICopyRecord,
  ICreate,
  IFilePage,
  ISnapshot,
  ITransfer,
  IVerdict,
  Outcome,
  TransferAction
} from './types';

/** Milliseconds that the server has to read a whole file. */
const READING = 900_000;

/**
 * The server's routes for transfers.
 *
 * All methods throw {@link TransferFailure}.
 */
export class TransfersApi {
  constructor(readonly connection: IConnection) {}

  /** All transfers. It is no activity, for which a hub would keep a server. */
  snapshot(): Promise<ISnapshot> {
    return this._ask<ISnapshot>('GET', '', { query: QUIET });
  }

  create(body: ICreate): Promise<ITransfer> {
    return this._ask<ITransfer>('POST', '', { body });
  }

  get(id: string): Promise<ITransfer> {
    return this._ask<ITransfer>('GET', Private.part(id));
  }

  /** Take an ended transfer off the list. Its files stay. */
  async clear(id: string): Promise<void> {
    await this._ask('DELETE', Private.part(id));
  }

  /** Choose again, while it has not started; it is planned again. */
  choose(id: string, body: IChoose): Promise<ITransfer> {
    return this._ask<ITransfer>('PUT', `${Private.part(id)}/plan`, { body });
  }

  act(
    id: string,
    action: TransferAction,
    some: IActOptions = {}
  ): Promise<ITransfer> {
    return this._ask<ITransfer>('POST', `${Private.part(id)}/actions`, {
      body: { action, ...some }
    });
  }

  /** Pause or resume all that can be, or clear all that have ended. */
  actAll(action: 'pause' | 'resume' | 'clear'): Promise<ISnapshot> {
    return this._ask<ISnapshot>('POST', 'actions', { body: { action } });
  }

  /** Files of a transfer, in the order of its plan. */
  files(
    id: string,
    offset: number,
    limit: number,
    outcome?: Outcome
  ): Promise<IFilePage> {
    return this._ask<IFilePage>('GET', `${Private.part(id)}/files`, {
      query: {
        offset: String(offset),
        limit: String(limit),
        ...(outcome === undefined ? {} : { outcome }),
        ...QUIET
      }
    });
  }

  /** What was copied from below a prefix, and is still there. */
  async copies(
    archive: string,
    prefix: string
  ): Promise<readonly ICopyRecord[]> {
    const found: ICopyRecord[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page: CopiesAnswer = await this._ask('GET', 'copies', {
        query: { archive, prefix, ...(after ? { after } : {}), ...QUIET }
      });
      found.push(...page.copies);
      after = page.next;
    }
    return found;
  }

  /** Compare a file below a root with the record of its copy. */
  verify(root: string, path: string): Promise<IVerdict> {
    return this._ask<IVerdict>('POST', 'verify', {
      body: { root, path },
      patience: READING
    });
  }

  private _ask<T>(
    method: string,
    path: string,
    options?: IRequestOptions
  ): Promise<T> {
    return request(
      this.connection,
      method,
      URLExt.join('jupyterlab-mast/transfers', path),
      options
    );
  }
}

namespace Private {
  export function part(id: string): string {
    return encodeURIComponent(id);
  }
}
