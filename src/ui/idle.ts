/**
 * Run something when the page has nothing better to do: within 5 s, or after
 * 1 s in browsers without idle callbacks, such as Safari.
 */
export function whenIdle(run: () => void): void {
  if (typeof requestIdleCallback === 'function') {
    requestIdleCallback(run, { timeout: 5000 });
  } else {
    setTimeout(run, 1000);
  }
}
