function abortError(signal?: AbortSignal): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error
    ? reason
    : new DOMException('Aborted', 'AbortError');
}

/**
 * Lets at most `limit` tasks run at once; the others wait in order.
 *
 * Browsers open six connections to a host over HTTP/1.1. Kernels, saves and
 * the status bar of JupyterLab need some of them.
 */
export class Gate {
  constructor(readonly limit: number) {}

  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this._enter(signal);
    try {
      return await task();
    } finally {
      this._running--;
      this._waiting.shift()?.();
    }
  }

  private _enter(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) {
      return Promise.reject(abortError(signal));
    }
    if (this._running < this.limit) {
      this._running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const start = () => {
        signal?.removeEventListener('abort', stop);
        this._running++;
        resolve();
      };
      const stop = () => {
        this._waiting = this._waiting.filter(other => other !== start);
        reject(abortError(signal));
      };
      this._waiting.push(start);
      signal?.addEventListener('abort', stop, { once: true });
    });
  }

  private _running = 0;
  private _waiting: (() => void)[] = [];
}
