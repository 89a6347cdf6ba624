import type { TranslationBundle } from '@jupyterlab/translation';
import { ArchiveError } from './errors';

/** The code of an error of the relay, also where no body can tell it (HEAD). */
export const CODE_HEADER = 'x-jupyterlab-mast-error';

/** What is said where the Jupyter server wants a sign-in. */
export function signedOut(trans: TranslationBundle): string {
  return trans.__('The Jupyter server does not accept this page any more.');
}

/** What is said of a refusal that is not S3's. */
export function refusedBy(
  host: string,
  status: number,
  trans: TranslationBundle
): string {
  return trans.__(
    '%1 refused the request (%2), but not as S3 does: a proxy or a firewall on the way may have done so.',
    host,
    status
  );
}

/**
 * An answer that neither the archive nor the relay gave, told by who did: the
 * login of the Jupyter server (or of its hub), or something on the way.
 * `null` for all others.
 */
export function refusal(
  answer: Response,
  body: Uint8Array,
  asked: IAsked,
  trans: TranslationBundle
): ArchiveError | null {
  const { status } = answer;
  if (asked.relayed && Private.isLogin(answer, body, asked)) {
    return new ArchiveError('signed-out', signedOut(trans), { status });
  }
  if ((status !== 401 && status !== 403) || Private.isS3(answer, body, asked)) {
    return null;
  }
  const { host } = new URL(asked.url);
  return new ArchiveError('refused', refusedBy(host, status, trans), {
    status,
    host
  });
}

/** The request that was answered. */
export interface IAsked {
  readonly url: string;
  readonly method: string;
  /** Whether the Jupyter server was asked, and not the bucket itself. */
  readonly relayed: boolean;
}

namespace Private {
  /**
   * Whether the Jupyter server or its hub wants a sign-in. The relay answers
   * no 401 but this, and archives cannot redirect through it. JSON is how the
   * servers themselves refuse: `{"message": "Forbidden", "reason": null}`.
   */
  export function isLogin(
    answer: Response,
    body: Uint8Array,
    { method }: IAsked
  ): boolean {
    return (
      answer.status === 401 ||
      (answer.redirected &&
        /\/login(\/|$)/.test(new URL(answer.url).pathname)) ||
      (answer.status === 403 &&
        typeOf(answer).includes('json') &&
        (method === 'HEAD' || hasMessage(body)))
    );
  }

  /** Whether a refusal is in S3's XML; for HEAD there is none to look at. */
  export function isS3(
    answer: Response,
    body: Uint8Array,
    { method }: IAsked
  ): boolean {
    return method === 'HEAD'
      ? !/html|json|text\/plain/.test(typeOf(answer))
      : new TextDecoder().decode(body.subarray(0, 1024)).includes('<Error');
  }

  function typeOf(answer: Response): string {
    return answer.headers.get('content-type') ?? '';
  }

  function hasMessage(body: Uint8Array): boolean {
    try {
      const said = JSON.parse(new TextDecoder().decode(body)) as {
        message?: unknown;
      } | null;
      return typeof said?.message === 'string';
    } catch {
      return false;
    }
  }
}
