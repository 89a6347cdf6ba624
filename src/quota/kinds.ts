import type { TranslationBundle } from '@jupyterlab/translation';
import type { Kind } from './types';

/** How a kind is called. */
export function kindName(kind: Kind, trans: TranslationBundle): string {
  switch (kind) {
    case 'copies':
      return trans.__('Archive copies');
    case 'archive-caches':
      return trans.__('Archive caches');
    case 'environments':
      return trans.__('Environments and caches');
    case 'trash':
      return trans.__('Trash');
    case 'notebooks':
      return trans.__('Notebooks');
    case 'checkpoints':
      return trans.__('Checkpoints');
    default:
      return trans.__('Other data');
  }
}

/** What belongs to a kind, where its name does not say it. */
export function kindDetail(kind: Kind, trans: TranslationBundle): string {
  switch (kind) {
    case 'copies':
      return trans.__('Files that were copied from an archive here.');
    case 'archive-caches':
      return trans.__(
        'What other programs fetched from archives: mastDownload, astropy, lightkurve, eleanor, CRDS.'
      );
    case 'environments':
      return trans.__(
        'Installed programs and what pip, conda and others keep.'
      );
    case 'trash':
      return trans.__('Moved to the trash; takes space until it is emptied.');
    case 'notebooks':
      return trans.__('Notebooks with their outputs.');
    case 'checkpoints':
      return trans.__('Saved states of notebooks and other files.');
    default:
      return trans.__('All other files.');
  }
}

/** What it means that files of a kind are deleted. */
export function kindLoss(kind: Kind, trans: TranslationBundle): string {
  switch (kind) {
    case 'copies':
      return trans.__(
        'They can be copied again while the archive has them; what you changed in them is lost.'
      );
    case 'archive-caches':
      return trans.__('The programs that keep them fetch them again.');
    case 'environments':
      return trans.__('What is installed there has to be installed again.');
    case 'trash':
      return trans.__('They cannot be restored from the trash any more.');
    case 'notebooks':
      return trans.__('Their code, text and outputs are lost.');
    case 'checkpoints':
      return trans.__('The files can no longer go back to these states.');
    default:
      return '';
  }
}

/** The class that gives a thing the colour of its kind. */
export function kindClass(kind: Kind | null): string {
  return `mast-mod-kind-${kind ?? 'free'}`;
}
