import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { RequestFailure, type AnyFailureKind } from './failure';

/** Milliseconds after which a request is given up. */
const TIMEOUT = 30_000;

/**
 * A query that says that nobody did anything: what is asked for again and
 * again must not keep a server from being stopped as idle.
 */
export const QUIET = { no_track_activity: '1' };

/** The server that is asked, and the language of what goes wrong. */
export interface IConnection {
  readonly settings: ServerConnection.ISettings;
  readonly trans: TranslationBundle;
}

export interface IRequestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Milliseconds after which it is given up. */
  readonly patience?: number;
}

/**
 * Ask a route of ours: JSON to it, JSON from it.
 *
 * @param address - Below the base URL of the server.
 * @throws RequestFailure
 */
export async function request<T>(
  { settings, trans }: IConnection,
  method: string,
  address: string,
  options: IRequestOptions = {}
): Promise<T> {
  const { query = {}, body, patience = TIMEOUT } = options;
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), patience);
  try {
    const answer = await ServerConnection.makeRequest(
      URLExt.join(settings.baseUrl, address) +
        URLExt.objectToQueryString(query),
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
      settings
    );
    const text = await answer.text();
    if (answer.ok) {
      return (text === '' ? undefined : JSON.parse(text)) as T;
    }
    throw Private.failure(answer.status, text, trans);
  } catch (error) {
    if (error instanceof RequestFailure) {
      throw error;
    }
    throw error instanceof SyntaxError
      ? new RequestFailure(
          'malformed',
          trans.__(
            'The answer of the Jupyter server cannot be read: %1',
            error.message
          )
        )
      : new RequestFailure(
          'server-away',
          control.signal.aborted
            ? trans.__(
                'The Jupyter server did not answer for %1 s.',
                patience / 1000
              )
            : trans.__('The Jupyter server does not answer.')
        );
  } finally {
    clearTimeout(timer);
  }
}

namespace Private {
  export function failure(
    status: number,
    text: string,
    trans: TranslationBundle
  ): RequestFailure {
    let said: { kind?: unknown; message?: unknown } = {};
    try {
      said = (JSON.parse(text) ?? {}) as typeof said;
    } catch {
      // A proxy's page, or nothing.
    }
    const message =
      typeof said.message === 'string' && said.message !== ''
        ? said.message
        : trans.__('The Jupyter server answered %1.', status);
    if (typeof said.kind === 'string') {
      return new RequestFailure(said.kind as AnyFailureKind, message, status);
    }
    // Not one of our answers: the server's own, or that of a proxy. A hub
    // answers 424 for a server that is not running.
    switch (status) {
      case 401:
      case 403:
        return new RequestFailure('signed-out', message, status);
      case 404:
        return new RequestFailure('off', message, status);
      case 409:
        return new RequestFailure('refused', message, status);
      case 424:
      case 502:
      case 503:
      case 504:
        return new RequestFailure('server-away', message, status);
      default:
        return new RequestFailure('internal', message, status);
    }
  }
}
