import type { TranslationBundle } from '@jupyterlab/translation';
import type { IProduct } from '../../missions';

/** How far a product is processed. */
export interface ILevelText {
  /** For a row: `L2`. */
  readonly mark: string;
  /** For tooltips and screen readers: `level 2, calibrated`. */
  readonly text: string;
}

/**
 * The level of a product in words, by the numbers that MAST gives them
 * (`calib_level`); `null` where it is not known.
 */
export function levelText(
  level: IProduct['level'],
  trans: TranslationBundle
): ILevelText | null {
  switch (level) {
    case 'raw':
      return { mark: trans.__('L1'), text: trans.__('level 1, raw') };
    case 'cal':
      return { mark: trans.__('L2'), text: trans.__('level 2, calibrated') };
    case 'combined':
      return { mark: trans.__('L3'), text: trans.__('level 3, combined') };
    case 'preview':
      return { mark: trans.__('preview'), text: trans.__('preview') };
    case 'aux':
      return { mark: trans.__('aux'), text: trans.__('auxiliary file') };
    case null:
      return null;
  }
}
