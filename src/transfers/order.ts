import type { ITransfer } from './types';

/** Where a transfer stands in the list. */
export type Section = 'active' | 'needs-you' | 'done';

export const SECTIONS: readonly Section[] = ['active', 'needs-you', 'done'];

/** Whether nothing happens to it by itself any more. */
export function hasEnded(transfer: ITransfer): boolean {
  switch (transfer.state) {
    case 'done':
    case 'done-with-failures':
    case 'failed':
    case 'cancelled':
      return true;
    default:
      return false;
  }
}

/** Whether bytes move, or will without anybody's doing. */
export function isBusy(transfer: ITransfer): boolean {
  return (
    transfer.state === 'running' ||
    transfer.state === 'queued' ||
    (transfer.state === 'planning' &&
      !isPlanned(transfer) &&
      !isHeldUp(transfer))
  );
}

/**
 * Whether its plan is made and waits for somebody's word. Until it is made,
 * it is being counted, whoever will be asked then.
 */
export function isPlanned({ state, confirm, plan }: ITransfer): boolean {
  return (
    state === 'planning' && confirm && (plan.complete || plan.error !== null)
  );
}

/** Whether something holds it up: space, the network or the archive, also while it counts. */
export function isHeldUp({ state, waiting }: ITransfer): boolean {
  return state === 'waiting' || (state === 'planning' && waiting !== null);
}

/** The section of a transfer: what a person must decide stands apart. */
export function sectionOf(transfer: ITransfer): Section {
  switch (transfer.state) {
    case 'planning':
      return isPlanned(transfer) ? 'needs-you' : 'active';
    case 'waiting':
      return transfer.waiting === null || transfer.waiting.reason === 'network'
        ? 'active'
        : 'needs-you';
    case 'done-with-failures':
    case 'failed':
      return transfer.undone ? 'done' : 'needs-you';
    case 'done':
    case 'cancelled':
      return 'done';
    default:
      return 'active';
  }
}

/**
 * The order of the list: active ones as they were created, so that a new one
 * moves none; then those that need a person, and those that have ended, the
 * latest first.
 */
export function inOrder(transfers: Iterable<ITransfer>): readonly ITransfer[] {
  return [...transfers].sort((a, b) => {
    const section = sectionOf(a);
    return (
      SECTIONS.indexOf(section) - SECTIONS.indexOf(sectionOf(b)) ||
      (section === 'active'
        ? a.created - b.created
        : section === 'needs-you'
          ? b.created - a.created
          : (b.ended ?? b.created) - (a.ended ?? a.created)) ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
    );
  });
}
