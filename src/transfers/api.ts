import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { TransferFailure, type TransferFailureKind } from './failure';
import type { CopiesAnswer } from '../generated';
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

/** Milliseconds after which a request is given up. */
const TIMEOUT = 30_000;

/** The same while the server reads a whole file. */
const READING = 900_000;

/** Says that nobody did anything: it is asked for again and again. */
const QUIET = { no_track_activity: '1' };

/**
 * The server's routes for transfers.
 *
 * All methods throw {@link TransferFailure}.
 */
export class TransfersApi {
  constructor(readonly connection: ServerConnection.ISettings) {}

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

  private async _ask<T>(
    method: string,
    path: string,
    options: {
      readonly query?: Readonly<Record<string, string>>;
      readonly body?: unknown;
      /** Milliseconds after which it is given up. */
      readonly patience?: number;
    } = {}
  ): Promise<T> {
    const { query = {}, body, patience = TIMEOUT } = options;
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), patience);
    try {
      const answer = await ServerConnection.makeRequest(
        URLExt.join(
          this.connection.baseUrl,
          'jupyterlab-mast/transfers',
          path
        ) + URLExt.objectToQueryString(query),
        {
          method,
          // The default, `no-store`, makes `makeRequest` add a time stamp.
          cache: 'no-cache',
          signal: control.signal,
          ...(body === undefined
            ? {}
            : {
                body: JSON.stringify(body),
                headers: { 'Content-Type': 'application/json' }
              })
        },
        this.connection
      );
      const text = await answer.text();
      if (answer.ok) {
        return (text === '' ? undefined : JSON.parse(text)) as T;
      }
      throw Private.failure(answer.status, text);
    } catch (error) {
      if (error instanceof TransferFailure) {
        throw error;
      }
      throw error instanceof SyntaxError
        ? new TransferFailure('malformed', error.message)
        : new TransferFailure(
            'server-away',
            control.signal.aborted
              ? `The Jupyter server did not answer for ${patience / 1000} s.`
              : 'The Jupyter server does not answer.'
          );
    } finally {
      clearTimeout(timer);
    }
  }
}

namespace Private {
  export function part(id: string): string {
    return encodeURIComponent(id);
  }

  export function failure(status: number, text: string): TransferFailure {
    let said: { kind?: unknown; message?: unknown } = {};
    try {
      said = (JSON.parse(text) ?? {}) as typeof said;
    } catch {
      // A proxy's page, or nothing.
    }
    const message =
      typeof said.message === 'string' && said.message !== ''
        ? said.message
        : `The Jupyter server answered ${status}.`;
    if (typeof said.kind === 'string') {
      return new TransferFailure(
        said.kind as TransferFailureKind,
        message,
        status
      );
    }
    // Not one of our answers: the server's own, or that of a proxy. A hub
    // answers 424 for a server that is not running.
    switch (status) {
      case 401:
      case 403:
        return new TransferFailure('signed-out', message, status);
      case 404:
        return new TransferFailure('off', message, status);
      case 409:
        return new TransferFailure('refused', message, status);
      case 424:
      case 502:
      case 503:
      case 504:
        return new TransferFailure('server-away', message, status);
      default:
        return new TransferFailure('internal', message, status);
    }
  }
}
