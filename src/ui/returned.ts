/**
 * Do something whenever people come back to the page, or the network to the
 * browser.
 *
 * @returns What ends that.
 */
export function whenReturned(run: () => void): () => void {
  const look = () => {
    if (!document.hidden) {
      run();
    }
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('online', look);
  return () => {
    document.removeEventListener('visibilitychange', look);
    window.removeEventListener('online', look);
  };
}
