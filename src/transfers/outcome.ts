import { Notification } from '@jupyterlab/apputils';
import type { ReadonlyJSONValue } from '@lumino/coreutils';

/** What is said at the end of something. */
export interface IOutcome {
  readonly message: string;
  readonly type: 'success' | 'warning' | 'error';
  readonly options?: Notification.IOptions<ReadonlyJSONValue>;
}

/** What takes less than so many milliseconds is not announced. */
const SHORT = 500;

/** In so many milliseconds JupyterLab has drawn a notification. */
const DRAWN = 500;

/**
 * Say that something is under way, unless it is short, and what came of it.
 *
 * JupyterLab draws a notification a moment after it was made, and a change of
 * it before that is lost: it would be under way for ever.
 *
 * @param work - Never rejects.
 */
export async function notifyWhile(
  pending: string,
  work: Promise<IOutcome>
): Promise<void> {
  let id: string | null = null;
  let since = 0;
  const timer = setTimeout(() => {
    since = Date.now();
    id = Notification.emit(pending, 'in-progress', { autoClose: false });
  }, SHORT);
  const { message, type, options } = await work;
  clearTimeout(timer);
  if (id === null) {
    Notification.emit(message, type, options);
    return;
  }
  const rest = since + DRAWN - Date.now();
  if (rest > 0) {
    await new Promise(resolve => setTimeout(resolve, rest));
  }
  Notification.update({ id, message, type, ...options });
}
