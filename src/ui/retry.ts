/** Milliseconds between the first two attempts, and between any two at most. */
const FIRST = 30_000;
const LONGEST = 300_000;

/**
 * Do something that nobody has asked for, until it works: again after growing
 * pauses, and as soon as the browser is online.
 *
 * @param isOver - Whether it is not wanted any more.
 */
export function untilDone(
  run: () => Promise<unknown>,
  isOver: () => boolean,
  pause = FIRST
): void {
  run().catch((error: unknown) => {
    console.warn('jupyterlab-mast:', error);
    const again = () => {
      clearTimeout(timer);
      window.removeEventListener('online', again);
      if (!isOver()) {
        untilDone(run, isOver, Math.min(2 * pause, LONGEST));
      }
    };
    const timer = setTimeout(again, pause);
    window.addEventListener('online', again);
  });
}
