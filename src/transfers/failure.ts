import type { RefusalKind } from './types';

/**
 * What went wrong with a request, by what can be done about it.
 *
 * - `server-away`: the Jupyter server does not answer
 * - `signed-out`: the Jupyter server does not know us any more
 * - `off`: there is no server part, as in JupyterLite
 * - `refused`: it cannot be done in the state that the transfer is in
 * - `busy`: the part of the server that copies is being started again
 * - else as the server classified it
 */
export type TransferFailureKind = RefusalKind | 'server-away' | 'off';

/** A request about transfers that was not fulfilled. */
export class TransferFailure extends Error {
  constructor(
    readonly kind: TransferFailureKind,
    message: string,
    /** Of the answer; 0 where there was none. */
    readonly status = 0
  ) {
    super(message);
    this.name = 'TransferFailure';
  }
}
