import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IArchiveInfo, IArchiveObject } from '../tokens';
import { downloadUrl } from './drive';
import type { ArchiveService } from './service';

/** Downloads that start without a question. */
const MANY = 10;

/** Milliseconds from one to the next: browsers drop those of one instant. */
const APART = 300;

/** Bytes that go through the memory of the page where there is no server. */
const SMALL = 20_000_000;

/** Milliseconds until the bytes of a saved file are let go. */
const KEPT = 60_000;

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
  for (const object of objects) {
    if (service.relayed(info)) {
      const { serverSettings } = service;
      Private.save(downloadUrl(info, object.key, serverSettings), object.key);
    } else {
      await Private.saveDirect(info, object, service);
    }
    await new Promise(resolve => setTimeout(resolve, APART));
  }
}

namespace Private {
  /** Follow a link that the server answers with a file to save. */
  export function save(url: string, key: string): void {
    click({ href: url, download: key.slice(key.lastIndexOf('/') + 1) });
  }

  /**
   * Save an object without a server. Browsers ignore `download` on links to
   * another host, and would show an image in the place of JupyterLab: so what
   * is small is read first, and the rest opens in a tab of its own, from
   * where the browser saves what it cannot show.
   */
  export async function saveDirect(
    info: IArchiveInfo,
    { key, size }: IArchiveObject,
    service: ArchiveService
  ): Promise<void> {
    if (size > SMALL) {
      click({
        href: downloadUrl(info, key, null),
        target: '_blank',
        rel: 'noopener'
      });
      return;
    }
    const bytes = await service.open(info).read(key);
    const url = URL.createObjectURL(
      new Blob([bytes as BlobPart], {
        type: 'application/octet-stream'
      })
    );
    save(url, key);
    setTimeout(() => URL.revokeObjectURL(url), KEPT);
  }

  function click(
    attributes: Partial<
      Pick<HTMLAnchorElement, 'href' | 'download' | 'target' | 'rel'>
    >
  ): void {
    const link = Object.assign(document.createElement('a'), attributes);
    document.body.append(link);
    link.click();
    link.remove();
  }
}
