/**
 * The part of a keyboard event that lists read, as React and the DOM tell of it.
 */
export interface IKey {
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  /** It is held down, and was pressed before. */
  readonly repeat: boolean;
}

/** A key that may be a letter's. */
export interface ILetterKey extends IKey {
  readonly code: string;
}

/**
 * Whether it is the key of a letter, of which Option makes another sign on a
 * Mac.
 */
export function isLetter({ key, code }: ILetterKey, letter: string): boolean {
  return /^[a-z]$/i.test(key)
    ? key.toLowerCase() === letter
    : code === `Key${letter.toUpperCase()}`;
}

/**
 * Where a key leads in a list, as its index; `null` for a key that leads
 * nowhere.
 *
 * @param at - Where the keyboard is now; -1 for nowhere.
 * @param count - Rows of the list.
 * @param page - Rows that fit into the view; without it pages mean nothing.
 */
export function listTarget(
  key: string,
  at: number,
  count: number,
  page?: number
): number | null {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(last, at + 1);
    case 'ArrowUp':
      return Math.max(0, at - 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'PageDown':
      return page === undefined ? null : Math.min(last, at + page);
    case 'PageUp':
      return page === undefined ? null : Math.max(0, at - page);
    default:
      return null;
  }
}

/**
 * The same for what stands side by side: Left and Right instead of Up and
 * Down.
 */
export function sideTarget(
  key: string,
  at: number,
  count: number
): number | null {
  const along: Record<string, string> = {
    ArrowRight: 'ArrowDown',
    ArrowLeft: 'ArrowUp',
    Home: 'Home',
    End: 'End'
  };
  return key in along ? listTarget(along[key], at, count) : null;
}
