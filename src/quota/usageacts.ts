import type { IEntry } from './types';

/** What people do with files and folders in the usage panel. */
export interface IUsageActs {
  /** Move to the trash; asks nothing, and offers to bring it back. */
  trash(entry: IEntry): void;
  /** Delete for good, after a question. */
  remove(entry: IEntry): void;
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

/** What is in the trash can only be deleted. */
export function canTrash(entry: IEntry): boolean {
  return entry.kind !== 'trash';
}
