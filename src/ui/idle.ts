/** Milliseconds for which JupyterLab's own start goes before ours. */
const AFTER_START = 2000;

/**
 * Run something when JupyterLab has started and the page has nothing better to
 * do: 2 s after `restored`, and within 5 s more where the browser is busy.
 */
export function whenIdle(restored: Promise<unknown>, run: () => void): void {
  void restored.then(() =>
    setTimeout(() => {
      // Safari has no idle callbacks.
      if (typeof requestIdleCallback === 'function') {
        requestIdleCallback(run, { timeout: 5000 });
      } else {
        run();
      }
    }, AFTER_START)
  );
}
