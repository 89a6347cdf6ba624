/**
 * What went wrong with any request, by what can be done about it.
 *
 * - `server-away`: the Jupyter server does not answer
 * - `signed-out`: the Jupyter server does not know us any more
 * - `off`: there is no server part, as in JupyterLite
 * - `refused`: it cannot be done as things stand
 * - `busy`: the part of the server that does it is being started again
 */
export type AnyFailureKind =
  | 'server-away'
  | 'signed-out'
  | 'off'
  | 'refused'
  | 'busy'
  | 'malformed'
  | 'forbidden'
  | 'not-found'
  | 'internal';

/** A request that was not fulfilled; its message is a sentence. */
export class RequestFailure<K extends string = AnyFailureKind> extends Error {
  constructor(
    /** As the server classified it, or {@link AnyFailureKind}. */
    readonly kind: K | AnyFailureKind,
    message: string,
    /** Of the answer; 0 where there was none. */
    readonly status = 0
  ) {
    super(message);
    this.name = 'RequestFailure';
  }
}

/** What was thrown, as a failure: what is none is a fault of our own. */
export function asFailure<K extends string = AnyFailureKind>(
  error: unknown
): RequestFailure<K> {
  return error instanceof RequestFailure
    ? (error as RequestFailure<K>)
    : new RequestFailure<K>('internal', String(error));
}
