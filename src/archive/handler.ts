import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { HttpHandlerOptions } from '@smithy/types';
import { ArchiveError } from './errors';
import type { Gate } from './gate';
import { refusal } from './refusal';

/**
 * The request that the AWS SDK hands to its transport, as far as we read it.
 */
export interface ISdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Record<string, string | (string | null)[] | null>;
  readonly headers: Record<string, string>;
}

/**
 * The answer that the AWS SDK expects of its transport.
 */
export interface ISdkResponse {
  readonly statusCode: number;
  readonly reason: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

/**
 * What comes with a request beside the SDK's own options, which pass it on.
 */
export interface IRequestOptions extends HttpHandlerOptions {
  /** Whether nobody asked for this, so that it counts as no activity. */
  readonly quiet?: boolean;
}

/**
 * Headers that the SDK adds and a browser request must not carry: the page
 * may not set some of them, and others force a CORS preflight.
 */
const DROPPED =
  /^(host|content-length|user-agent|x-amz-user-agent|amz-sdk-.*)$/i;

/**
 * A transport for the AWS SDK that asks the Jupyter server's relay, with the
 * token and XSRF header of the page, or the bucket itself.
 *
 * No more than the gate's limit of requests run at once. A request for which
 * nothing comes for `timeout` milliseconds ends as a network error.
 */
export class PageHandler {
  constructor(readonly options: PageHandler.IOptions) {}

  readonly metadata = { handlerProtocol: 'http/1.1' };

  async handle(
    request: ISdkRequest,
    { abortSignal, quiet = false }: IRequestOptions = {}
  ): Promise<{ response: ISdkResponse }> {
    const control = new AbortController();
    const stop = () => control.abort();
    if (abortSignal?.aborted) {
      stop();
    }
    const signal = abortSignal as AbortSignal | undefined;
    signal?.addEventListener?.('abort', stop);
    try {
      const response = await this.options.gate.run(
        () => this._ask(request, control, quiet),
        control.signal
      );
      return { response };
    } finally {
      signal?.removeEventListener?.('abort', stop);
    }
  }

  destroy(): void {
    // Nothing is kept between requests.
  }

  private async _ask(
    request: ISdkRequest,
    control: AbortController,
    quiet: boolean
  ): Promise<ISdkResponse> {
    const { connection, timeout, trans } = this.options;
    const init: RequestInit = {
      method: request.method,
      // The default, `no-store`, makes `makeRequest` add a time stamp.
      cache: 'no-cache',
      signal: control.signal,
      headers: Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !DROPPED.test(name))
      )
    };
    const url = Private.url(
      request,
      this.options.keyOffset,
      // The Jupyter server's own word for polls; archives do not know it.
      connection !== null && quiet ? { no_track_activity: '1' } : {}
    );
    let late = false;
    const giveUp = () => {
      late = true;
      control.abort();
    };
    let timer = setTimeout(giveUp, timeout);
    // However long an answer takes, its bytes are on their way.
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, timeout);
    };
    try {
      const answer = connection
        ? await ServerConnection.makeRequest(url, init, connection)
        : await fetch(url, { ...init, credentials: 'omit' });
      // The body is read here, so that the gate counts it as running and
      // the time-out covers a connection that stalls.
      const body = await Private.read(answer, wait);
      const refused = refusal(
        answer,
        body,
        { url, method: request.method, relayed: connection !== null },
        trans
      );
      if (refused !== null) {
        throw refused;
      }
      return {
        statusCode: answer.status,
        reason: answer.statusText,
        headers: Object.fromEntries(answer.headers),
        // The SDK wants a stream or Blob for an object, and takes bytes for
        // everything that it parses itself.
        body:
          answer.ok && request.query['x-id'] === 'GetObject'
            ? new Blob([body])
            : body
      };
    } catch (error) {
      if (late) {
        throw new ArchiveError(
          'network',
          trans.__('No answer for %1 s. Try again.', Math.round(timeout / 1000))
        );
      }
      if (error instanceof ServerConnection.NetworkError) {
        throw control.signal.aborted
          ? new DOMException('Aborted', 'AbortError')
          : new ArchiveError(
              'server-away',
              trans.__('The Jupyter server does not answer: %1', error.message)
            );
      }
      if (error instanceof TypeError && !control.signal.aborted) {
        // `fetch` says no more than that of a connection that failed, nor of
        // an answer that this site may not read.
        throw connection
          ? new ArchiveError(
              'network',
              trans.__(
                'The archive cannot be reached, or its answer broke off. Try again.'
              )
            )
          : new ArchiveError(
              'network',
              trans.__(
                'The archive cannot be reached from this page, or does not allow this site by CORS, or its answer broke off. Try again.'
              ),
              { direct: true }
            );
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

export namespace PageHandler {
  export interface IOptions {
    readonly gate: Gate;
    /** Milliseconds without a byte of the answer. */
    readonly timeout: number;
    /** The Jupyter server, for the relay; `null` asks the bucket itself. */
    readonly connection: ServerConnection.ISettings | null;
    /** Where the key begins in the path of an object's URL. */
    readonly keyOffset: number;
    readonly trans: TranslationBundle;
  }
}

namespace Private {
  /** The body of an answer; `came` is called with each part of it. */
  export async function read(
    answer: Response,
    came: () => void
  ): Promise<Uint8Array<ArrayBuffer>> {
    const reader = answer.body?.getReader();
    const parts: Uint8Array[] = [];
    let length = 0;
    while (reader) {
      came();
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      parts.push(value);
      length += value.length;
    }
    const body = new Uint8Array(length);
    let end = 0;
    for (const part of parts) {
      body.set(part, end);
      end += part.length;
    }
    return body;
  }

  export function url(
    request: ISdkRequest,
    keyOffset: number,
    more: Record<string, string>
  ): string {
    const port = request.port ? `:${request.port}` : '';
    const query = Object.entries({ ...request.query, ...more })
      .flatMap(([name, value]) =>
        (Array.isArray(value) ? value : [value]).map(
          one => `${escape(name)}=${escape(one ?? '')}`
        )
      )
      .join('&');
    return (
      `${request.protocol}//${request.hostname}${port}` +
      request.path.slice(0, keyOffset) +
      shieldDots(request.path.slice(keyOffset)) +
      (query ? `?${query}` : '')
    );
  }

  function escape(text: string): string {
    return encodeURIComponent(text).replace(
      /[!'()*]/g,
      c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`
    );
  }

  /**
   * Browsers and proxies fold dot segments of a path, also in `%2e` spelling.
   * The slashes around them go as `%2F`, which S3 and the relay take for
   * slashes of the key; the slash before the key stays.
   */
  function shieldDots(key: string): string {
    return key
      .replace(/\/(?=(?:\.|%2e){1,2}(?:\/|$))/gi, '%2F')
      .replace(/((?:^|%2F)(?:\.|%2e){1,2})\//gi, '$1%2F');
  }
}
