import type { IEntry, IFreedList } from './types';

/** What people do with files and folders in the usage panel. */
export interface IUsageActs {
  /** Move to the trash; asks nothing, and offers to bring it back. */
  trash(entry: IEntry): void;
  /** Bring back what lies in the trash. */
  bringBack(entry: IEntry): void;
  /** Delete for good, after a question. */
  remove(entry: IEntry): void;
  /** Open a file; whether it can be is told by `canOpen`. */
  open(entry: IEntry): void;
  canOpen(entry: IEntry): boolean;
  /** Show in the file browser. */
  reveal(entry: IEntry): void;
  canReveal(entry: IEntry): boolean;
  /** Open the menu with what can be done, at a place of the page. */
  menu(entry: IEntry, place: { readonly x: number; readonly y: number }): void;
  /** Read all folders of the root again. */
  countAgain(): void;
  /** Ask the server again after it did not answer. */
  tryAgain(): void;
}

/** What people do to free space, and with what was removed. */
export interface IFreeingActs {
  /** Show what may go, and remove what is chosen. */
  freeUp(): void;
  /** Copy what was removed to where it was. */
  fetchAgain(list: IFreedList): void;
  /** Show the files of a list, of which some can be fetched again. */
  showRemoved(list: IFreedList): void;
  /** Forget what was removed, after a question. */
  forget(list: IFreedList): void;
  /** Show how the copying goes; `null` where that is not to be seen. */
  readonly showTransfers: (() => void) | null;
}

/** What is in the trash cannot go there. */
export function canTrash(entry: IEntry): boolean {
  return entry.kind !== 'trash' && entry.trashed === null;
}

/** What was moved to the trash can come back. */
export function canBringBack(entry: IEntry): boolean {
  return entry.trashed !== null;
}
