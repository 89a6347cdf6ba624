/**
 * Whether a key in a dialog is no business of JupyterLab's dialogs: Enter in
 * the body starts nothing, and Tab behind the last button goes to the first
 * stop of the body, for which JupyterLab looks before React has drawn it.
 *
 * @param last - The last button of the footer that can be used.
 * @param first - The first stop of the body.
 */
export function keepKey(
  event: KeyboardEvent,
  last: HTMLElement | null | undefined,
  first: HTMLElement | null
): boolean {
  if (event.key === 'Tab' && !event.shiftKey) {
    if (event.target === last && first) {
      event.preventDefault();
      event.stopPropagation();
      first.focus();
    }
    return true;
  }
  const inside = (event.target as Element | null)?.closest?.('.jp-Dialog-body');
  return !!inside && event.key !== 'Escape';
}
