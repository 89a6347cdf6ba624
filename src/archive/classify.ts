import type { TranslationBundle } from '@jupyterlab/translation';
import { ArchiveError, type ArchiveErrorKind } from './errors';
import { CODE_HEADER, refusedBy, signedOut } from './refusal';

/**
 * Turn whatever the AWS SDK or `fetch` threw into an {@link ArchiveError}.
 *
 * S3 error codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 *
 * @param target - The key or prefix that was asked for.
 * @param host - The archive's.
 */
export function classify(
  error: unknown,
  target: string,
  trans: TranslationBundle,
  host?: string
): ArchiveError {
  if (error instanceof ArchiveError) {
    const { kind, message, details } = error;
    return details.target === undefined
      ? // The transport does not know what it was about.
        new ArchiveError(kind, message, { ...details, target })
      : error;
  }
  const thrown = Private.shape(error);
  const status = thrown.$metadata?.httpStatusCode;
  const code =
    thrown.$response?.headers?.[CODE_HEADER] ??
    thrown.Code ??
    thrown.code ??
    thrown.name;
  const details: ArchiveError.IDetails = {
    status,
    code,
    requestId: thrown.$metadata?.requestId,
    retryAfter: Private.retryAfter(thrown),
    target,
    host
  };
  const { message: said = '' } = thrown;
  const message =
    said === 'UnknownError' && status !== undefined
      ? // An answer to HEAD has no body that could say more.
        Private.bare(status, code, details, trans)
      : said === ''
        ? String(error)
        : said;
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
    ['UpstreamRefused', 'refused'],
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

  /** The sentence for an answer without a body. */
  export function bare(
    status: number,
    code: string | undefined,
    { target = '', host }: ArchiveError.IDetails,
    trans: TranslationBundle
  ): string {
    switch (code) {
      case 'SignedOut':
        return signedOut(trans);
      case 'UpstreamRefused':
        return refusedBy(
          host ?? trans.__('Something on the way'),
          status,
          trans
        );
      default:
        return trans.__('The archive answered %1 for %2.', status, target);
    }
  }

  export function byStatus(
    status: number,
    code: string | undefined
  ): ArchiveErrorKind {
    if (code === 'SlowDown' || status === 429 || status === 503) {
      return 'throttled';
    }
    switch (status) {
      // The Jupyter server's own 401 is told by the transport.
      case 401:
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
