import { Notification } from '@jupyterlab/apputils';
import type { TransfersModel } from './model';
import type { Sentences } from './sentences';
import type { ITransfer } from './types';

/**
 * One notification at the end of each transfer that this page saw under way:
 * not one a file, and none of those that a person cancelled.
 *
 * @param load - Loads what is said, when a transfer ends.
 * @param show - Shows the transfers panel.
 */
export function notifyEnds(
  model: TransfersModel,
  load: () => Promise<Sentences>,
  show: () => void
): void {
  const say = async (transfer: ITransfer): Promise<void> => {
    const sentences = await load();
    const sentence = sentences.end(transfer, model.roots);
    if (sentence === null) {
      return;
    }
    const well = transfer.state === 'done';
    Notification.emit(sentence, well ? 'success' : 'warning', {
      autoClose: well ? 8_000 : false,
      actions: [{ label: sentences.trans.__('Show'), callback: show }]
    });
  };
  model.ended.connect((_, transfer) => {
    say(transfer).catch(error => {
      console.error(
        'jupyterlab-mast: the end of a copy could not be told.',
        error
      );
    });
  });
}
