import * as React from 'react';
import { percentOf } from '../formats';
import type { ITransfer } from '../types';

/** How much of something is done, without words: those stand beside it. */
export function Bar(props: {
  readonly done: number;
  readonly total: number;
  readonly kind: BarKind;
  readonly thin?: boolean;
  /** What it is a bar of. */
  readonly label: string;
  /** What it shows, in words. */
  readonly text: string;
}): React.ReactElement {
  const { done, total, kind, thin } = props;
  const percent = percentOf(done, total);
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  return (
    <div
      className={`mast-Bar mast-mod-${kind}${thin ? ' mast-mod-thin' : ''}`}
      role="progressbar"
      aria-label={props.label}
      aria-valuenow={kind === 'planned' ? undefined : percent}
      aria-valuetext={props.text}
    >
      <i style={{ width: kind === 'planned' ? '100%' : `${100 * share}%` }} />
    </div>
  );
}

/** Planned bars are striped; the other kinds differ by colour alone. */
export type BarKind =
  'planned' | 'running' | 'idle' | 'warn' | 'error' | 'done';

/** The kind of bar that a transfer has. */
export function barOf({ state, undone }: ITransfer): BarKind {
  switch (state) {
    case 'planning':
    case 'queued':
      return 'planned';
    case 'running':
      return 'running';
    case 'done':
      return undone ? 'idle' : 'done';
    case 'done-with-failures':
      return undone ? 'idle' : 'warn';
    case 'failed':
      return 'error';
    default:
      return 'idle';
  }
}
