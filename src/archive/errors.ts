/**
 * What kind of thing went wrong, by what the person can do about it.
 *
 * - `network`: no answer from the archive (or from the relay's way to it)
 * - `server-away`: the Jupyter server itself does not answer
 * - `signed-out`: the Jupyter server does not know us any more
 * - `forbidden`: 403
 * - `not-found`: 404
 * - `throttled`: 503 SlowDown, 429
 * - `changed`: the object is another one than asked for (412)
 * - `malformed`: an answer that is not S3
 * - `archive`: the archive answered with another error
 * - `too-large`: more than may be shown here
 * - `aborted`: we stopped it ourselves
 */
export type ArchiveErrorKind =
  | 'network'
  | 'server-away'
  | 'signed-out'
  | 'forbidden'
  | 'not-found'
  | 'throttled'
  | 'changed'
  | 'malformed'
  | 'archive'
  | 'too-large'
  | 'aborted';

/**
 * An error of reading an archive, classified.
 */
export class ArchiveError extends Error {
  constructor(
    readonly kind: ArchiveErrorKind,
    message: string,
    readonly details: ArchiveError.IDetails = {}
  ) {
    super(message);
    this.name = 'ArchiveError';
  }

  /** A few lines for a colleague or an administrator. */
  report(): string {
    const { status, code, requestId, target } = this.details;
    return [
      this.message,
      target === undefined ? '' : `target: ${target}`,
      status === undefined ? '' : `status: ${status}`,
      code === undefined ? '' : `code: ${code}`,
      requestId === undefined ? '' : `request id: ${requestId}`,
      `time: ${new Date().toISOString()}`
    ]
      .filter(line => line !== '')
      .join('\n');
  }
}

export namespace ArchiveError {
  export interface IDetails {
    readonly status?: number;
    /** S3's error code, such as `AccessDenied`. */
    readonly code?: string;
    readonly requestId?: string;
    /** Seconds until the archive wants to be asked again. */
    readonly retryAfter?: number;
    /** The key or prefix that was asked for. */
    readonly target?: string;
  }
}

/**
 * Turn whatever the AWS SDK or `fetch` threw into an {@link ArchiveError}.
 *
 * S3 error codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function classify(error: unknown, target: string): ArchiveError {
  if (error instanceof ArchiveError) {
    return error;
  }
  const thrown = Private.shape(error);
  const status = thrown.$metadata?.httpStatusCode;
  const code = thrown.Code ?? thrown.code ?? thrown.name;
  const details: ArchiveError.IDetails = {
    status,
    code,
    requestId: thrown.$metadata?.requestId,
    retryAfter: Private.retryAfter(thrown),
    target
  };
  const { message: said = '' } = thrown;
  const message = said === '' ? String(error) : said;
  if (thrown.name === 'AbortError') {
    return new ArchiveError('aborted', message, details);
  }
  const told = Private.BY_CODE.get(code ?? '');
  if (told !== undefined) {
    return new ArchiveError(told, message, details);
  }
  if (status === undefined) {
    // Connections that fail are told by the transport: this is the SDK, which
    // could not read the answer.
    return new ArchiveError('malformed', message, details);
  }
  return new ArchiveError(Private.byStatus(status, code), message, details);
}

namespace Private {
  /** The relay's own codes: docs/s3-clients.md. */
  export const BY_CODE = new Map<string, ArchiveErrorKind>([
    ['EndpointUnreachable', 'network'],
    ['RequestTimeout', 'network'],
    ['SignedOut', 'signed-out'],
    ['BadUpstreamAnswer', 'malformed'],
    ['ResponseTooLarge', 'malformed'],
    ['UpstreamRedirect', 'archive']
  ]);

  interface IThrown {
    name?: string;
    message?: string;
    Code?: string;
    code?: string;
    $metadata?: { httpStatusCode?: number; requestId?: string };
    $response?: { headers?: Record<string, string> };
    $retryable?: unknown;
  }

  export function shape(error: unknown): IThrown {
    return typeof error === 'object' && error !== null
      ? error
      : { message: String(error) };
  }

  export function retryAfter(thrown: IThrown): number | undefined {
    const value = Number(thrown.$response?.headers?.['retry-after']);
    return Number.isFinite(value) && value > 0 ? value : undefined;
  }

  export function byStatus(
    status: number,
    code: string | undefined
  ): ArchiveErrorKind {
    if (code === 'SlowDown' || status === 429 || status === 503) {
      return 'throttled';
    }
    switch (status) {
      case 401:
        return 'signed-out';
      case 403:
        return 'forbidden';
      case 404:
        return 'not-found';
      case 412:
        return 'changed';
      case 502:
      case 504:
        return 'network';
      default:
        return status >= 200 && status < 300 ? 'malformed' : 'archive';
    }
  }
}
