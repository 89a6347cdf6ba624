import { RequestFailure, type AnyFailureKind } from '../rest/failure';
import type { RefusalKind } from './types';

/** What went wrong with a request about transfers. */
export type TransferFailureKind = RefusalKind | AnyFailureKind;

/** A request about transfers that was not fulfilled. */
export type TransferFailure = RequestFailure<TransferFailureKind>;
export const TransferFailure: new (
  kind: TransferFailureKind,
  message: string,
  status?: number
) => TransferFailure = RequestFailure;
