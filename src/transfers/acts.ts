import { hasEnded, isHeldUp } from './order';
import type { IFailure, ITransfer, Outcome } from './types';

/** Something that can be done with a transfer. */
export type Act =
  | 'review'
  | 'start'
  | 'pause'
  | 'resume'
  | 'try-now'
  | 'retry'
  | 'cancel'
  | 'choose-less'
  | 'free-up'
  | 'reveal'
  | 'report'
  | 'undo'
  | 'clear';

/** What can be done with a transfer now, the nearest first. */
export function actsOf(transfer: ITransfer): readonly Act[] {
  const { state, files, confirm, elsewhere, undone } = transfer;
  if (hasEnded(transfer)) {
    const some = files.copied > 0 && !undone;
    const failed = state !== 'done' && state !== 'cancelled' && !undone;
    return [
      ...(failed ? (['retry'] as const) : []),
      'reveal',
      ...(some ? (['undo'] as const) : []),
      ...(failed ? (['report'] as const) : []),
      'clear'
    ];
  }
  // What another process has it is asked for, but for a plan: that one shows it.
  switch (state) {
    case 'planning':
      return [
        ...(confirm && !elsewhere ? (['review', 'start'] as const) : []),
        ...(isHeldUp(transfer) ? (['try-now'] as const) : []),
        'cancel'
      ];
    case 'waiting':
      return ['try-now', 'pause', 'cancel', 'reveal', ...restoreOf(transfer)];
    case 'paused':
      return ['resume', 'cancel', 'reveal', ...restoreOf(transfer)];
    default:
      return ['pause', 'cancel', 'reveal', ...restoreOf(transfer)];
  }
}

/**
 * What can be done so that a transfer fits that waits for space.
 *
 * @param canFreeUp - Whether there is a place where space can be freed.
 */
export function spaceActsOf(
  transfer: ITransfer,
  canFreeUp: boolean
): readonly Act[] {
  return lacksSpace(transfer)
    ? [
        ...(canChooseLess(transfer) ? (['choose-less'] as const) : []),
        ...(canFreeUp ? (['free-up'] as const) : [])
      ]
    : [];
}

function lacksSpace({ state, waiting }: ITransfer): boolean {
  return (
    state === 'waiting' && waiting !== null && waiting.reason !== 'network'
  );
}

/** Whether there are kinds of files to choose from; one alone is no choice. */
function canChooseLess({ plan, elsewhere }: ITransfer): boolean {
  return !elsewhere && plan.kinds.length > 1;
}

/** What was left out of one that goes on can be taken in again. */
function restoreOf(transfer: ITransfer): readonly Act[] {
  return canChooseLess(transfer) &&
    !lacksSpace(transfer) &&
    transfer.plan.kinds.some(kind => kind.without)
    ? ['choose-less']
    : [];
}

/** Those that have an icon beside the title; all are in the menu. */
export function iconsOf(transfer: ITransfer): readonly Act[] {
  const acts = actsOf(transfer);
  const shown: readonly Act[] = !hasEnded(transfer)
    ? isHeldUp(transfer)
      ? ['try-now', 'cancel']
      : ['pause', 'resume', 'cancel']
    : acts.includes('retry')
      ? ['reveal']
      : ['reveal', 'undo', 'clear'];
  return acts.filter(act => shown.includes(act));
}

/** A file of a transfer, as far as its row must know it. */
export interface IFileOfRow extends Pick<IFailure, 'index' | 'key' | 'path'> {
  readonly kind: IFailure['kind'] | null;
  /** Absent: it failed. */
  readonly outcome?: Outcome;
}

/**
 * Whether a file may be tried again by itself. One of which the archive has
 * another version than was asked for would fail again.
 */
export function canRetry(transfer: ITransfer, file: IFileOfRow): boolean {
  return (
    (file.outcome ?? 'failed') === 'failed' &&
    file.kind !== 'other-version' &&
    actsOf(transfer).includes('retry')
  );
}

/** The name of a file without its folders. */
export function nameOf({
  path,
  key
}: Pick<IFileOfRow, 'path' | 'key'>): string {
  const whole = path || key;
  return whole.slice(whole.lastIndexOf('/') + 1);
}
