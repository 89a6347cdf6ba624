import { Notification } from '@jupyterlab/apputils';
import type { TransfersModel } from './model';
import type { Sentences } from './sentences';

/**
 * One notification at the end of each transfer that this page saw under way:
 * not one a file, and none of those that a person cancelled.
 *
 * @param show - Shows the transfers panel.
 */
export function notifyEnds(
  model: TransfersModel,
  sentences: Sentences,
  show: () => void
): void {
  model.ended.connect((_, transfer) => {
    const sentence = sentences.end(transfer, model.roots);
    if (sentence === null) {
      return;
    }
    const well = transfer.state === 'done';
    Notification.emit(sentence, well ? 'success' : 'warning', {
      autoClose: well ? 8_000 : false,
      actions: [{ label: sentences.trans.__('Show'), callback: show }]
    });
  });
}
