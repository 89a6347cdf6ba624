/**
 * What kind of thing went wrong, by what the person can do about it.
 *
 * - `network`: no answer from the archive (or from the relay's way to it)
 * - `server-away`: the Jupyter server itself does not answer
 * - `signed-out`: the Jupyter server does not know us any more
 * - `forbidden`: the archive answered 403
 * - `refused`: 403 of something on the way, which is neither S3 nor Jupyter
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
  | 'refused'
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
    const { host, status, code, requestId, target } = this.details;
    return [
      this.message,
      target === undefined ? '' : `target: ${target}`,
      host === undefined ? '' : `host: ${host}`,
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
    /** Where the answer is from, as far as that is known. */
    readonly host?: string;
    /** The key or prefix that was asked for. */
    readonly target?: string;
    /** Whether the page asked the archive itself, and not the relay. */
    readonly direct?: boolean;
  }
}
