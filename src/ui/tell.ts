import { Notification } from '@jupyterlab/apputils';

/** Milliseconds for which a notice stays in sight. */
const SHOWN = 10_000;

/**
 * Tell a person of something that has not worked, or of why nothing happens.
 *
 * Without a time, JupyterLab's notifications only count up beside the bell.
 *
 * @param what - A sentence, or an error whose message is one.
 */
export function tell(
  what: unknown,
  type: 'error' | 'warning' | 'info' = 'error'
): void {
  Notification.emit(what instanceof Error ? what.message : String(what), type, {
    autoClose: SHOWN
  });
}
