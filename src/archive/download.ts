import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IArchiveInfo, IArchiveObject } from '../tokens';
import { downloadUrl } from './drive';
import type { ArchiveService } from './service';

/** Downloads that start without a question. */
const MANY = 10;

/** Milliseconds from one to the next: browsers drop those of one instant. */
const APART = 300;

/** Let the browser save objects on the computer in front of the person. */
export async function download(
  info: IArchiveInfo,
  objects: readonly IArchiveObject[],
  service: ArchiveService,
  trans: TranslationBundle
): Promise<void> {
  if (objects.length > MANY) {
    const answer = await showDialog({
      title: trans.__('Download %1 files one by one?', objects.length),
      body: trans.__('Your browser saves each of them, and may ask for each.'),
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({
          label: trans.__('Download %1 files', objects.length)
        })
      ]
    });
    if (!answer.button.accept) {
      return;
    }
  }
  const server = service.relayed(info) ? service.serverSettings : null;
  for (const { key } of objects) {
    Private.save(downloadUrl(info, key, server), key);
    await new Promise(resolve => setTimeout(resolve, APART));
  }
}

namespace Private {
  export function save(url: string, key: string): void {
    const link = document.createElement('a');
    link.href = url;
    link.download = key.slice(key.lastIndexOf('/') + 1);
    document.body.append(link);
    link.click();
    link.remove();
  }
}
