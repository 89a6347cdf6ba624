import { actsOf, type Act } from '../acts';
import type { ListState } from '../liststate';
import type { Row } from '../rows';
import { isLetter, type ILetterKey } from '../../ui/keys';
import type { IRowActs } from './RowView';

export interface IKeyContext {
  readonly state: ListState;
  /** Rows that fit into the view. */
  readonly page: number;
  readonly acts: IRowActs;
  readonly list: HTMLElement | null;
  /** Put the keyboard on a row. */
  go(index: number): void;
}

/**
 * Do what a key means in the list of transfers. It meets the rows as they are,
 * not as they were drawn last: keys can come faster than drawings.
 *
 * @returns Whether the key was ours, so that it goes no further.
 */
export function press(
  event: ILetterKey & { readonly target: EventTarget | null },
  context: IKeyContext
): boolean {
  const { state, acts, go } = context;
  const { rows } = state;
  const at = rows.indexOf(state.current);
  const row = rows.at(at);
  const button =
    event.target instanceof HTMLElement
      ? event.target.closest<HTMLElement>('button')
      : null;
  if (event.ctrlKey || event.metaKey) {
    return false;
  }
  if (event.altKey) {
    return isLetter(event, 'r') && row !== undefined && run('retry');
  }
  switch (event.key) {
    case 'ArrowDown':
      return move(at + 1, 1);
    case 'ArrowUp':
      return move(at - 1, -1);
    case 'PageDown':
      return move(Math.min(rows.length - 1, at + context.page), 1, -1);
    case 'PageUp':
      return move(Math.max(0, at - context.page), -1, 1);
    case 'Home':
      return move(0, 1);
    case 'End':
      return move(rows.length - 1, -1);
    case 'ArrowRight':
      return right();
    case 'ArrowLeft':
      return left();
    case 'Escape':
      if (button) {
        context.list?.focus();
        return true;
      }
      return false;
    case 'Enter':
      return button === null && toggle();
    case ' ':
      return (
        button === null &&
        (row?.type === 'section'
          ? toggle()
          : run('pause') || run('resume') || row !== undefined)
      );
    case 'Delete':
      return run('cancel') || run('clear');
    case 'ContextMenu':
    case 'F10': {
      if (event.key === 'F10' && !event.shiftKey) {
        return false;
      }
      const element = elementOf(context);
      if (row && row.type !== 'section' && element) {
        acts.menu(row.transfer, element, state.fileOf(row));
        return true;
      }
      return false;
    }
    default:
      return false;
  }

  /** Go to the nearest row from `index` on that has something to say. */
  function move(index: number, step: number, else_ = step): boolean {
    for (const direction of [step, else_]) {
      for (let i = index; i >= 0 && i < rows.length; i += direction) {
        if (stops(rows.at(i))) {
          go(i);
          return true;
        }
      }
    }
    return rows.length > 0;
  }

  function run(act: Act): boolean {
    if (
      row === undefined ||
      row.type === 'section' ||
      !actsOf(row.transfer).includes(act)
    ) {
      return false;
    }
    // Held down it would go on from one thing to the next.
    if (!event.repeat) {
      acts.run(act, row.transfer);
    }
    return true;
  }

  function toggle(): boolean {
    switch (row?.type) {
      case 'section':
        state.setSection(row.section, !row.open);
        return true;
      case 'head':
        state.setOpen(row.transfer.id, !row.open);
        return true;
      case 'more':
        state.setOpen(row.transfer.id, true);
        return true;
      default:
        return row !== undefined && right();
    }
  }

  function right(): boolean {
    if (row?.type === 'section' && !row.open) {
      return toggle();
    }
    const buttons = [
      ...(elementOf(context)?.querySelectorAll<HTMLElement>('button') ?? [])
    ];
    const next = button === null ? 0 : buttons.indexOf(button) + 1;
    buttons[next]?.focus();
    return true;
  }

  function left(): boolean {
    if (button !== null) {
      const buttons = [
        ...(elementOf(context)?.querySelectorAll<HTMLElement>('button') ?? [])
      ];
      const before = buttons[buttons.indexOf(button) - 1] ?? context.list;
      before?.focus();
      return true;
    }
    if ((row?.type === 'section' || row?.type === 'head') && row.open) {
      return toggle();
    }
    if (row) {
      go(rows.parentOf(at));
    }
    return true;
  }
}

/** Whether the keyboard stops at a row. */
function stops(row: Row | undefined): boolean {
  return (
    row !== undefined &&
    row.type !== 'end' &&
    !(row.type === 'active' && row.file === null)
  );
}

/** What is drawn of the row that the keyboard is on. */
function elementOf({ list, state }: IKeyContext): HTMLElement | null {
  return (
    [...(list?.querySelectorAll<HTMLElement>('.mast-TransferRow') ?? [])].find(
      element => element.dataset.id === state.current
    ) ?? null
  );
}
