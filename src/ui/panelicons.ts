import { filled, icon, strokes } from './icons';

/**
 * Our icons that only panels and dialogs show, and that load with them.
 */

export const starFilledIcon = icon(
  'star-filled',
  filled(
    'M12 3.500l2.600 5.500 6 .8-4.400 4.200 1.100 6L12 17.100 6.700 20l1.100-6L3.400 9.800l6-.8z'
  )
);
export const inWorkspaceIcon = icon(
  'in-workspace',
  strokes(
    'M3.500 6.500A1.500 1.500 0 015 5h4.500l2 2.500H19A1.500 1.500 0 0120.500 9v8.500A1.500 1.500 0 0119 19H5a1.500 1.500 0 01-1.500-1.500z',
    'M8.500 13l2.500 2.500 4.500-4.500'
  )
);
/** JupyterLab has this icon since 4.3 only. */
export const cleaningIcon = icon(
  'cleaning',
  filled(
    'M16 11h-1V3c0-1.100-.900-2-2-2h-2c-1.100 0-2 .9-2 2v8H8c-2.760 0-5 2.240-5 5v7h18v-7c0-2.760-2.240-5-5-5m3 10h-2v-3c0-.550-.450-1-1-1s-1 .45-1 1v3h-2v-3c0-.550-.450-1-1-1s-1 .45-1 1v3H9v-3c0-.550-.450-1-1-1s-1 .45-1 1v3H5v-5c0-1.650 1.350-3 3-3h8c1.650 0 3 1.350 3 3z'
  )
);
export const cloudOffIcon = icon(
  'cloud-off',
  strokes(
    'M7 18.500h10.500a4 4 0 001-7.900 6.500 6.500 0 00-9.300-4.200M6.500 9.600A4.600 4.600 0 007 18.500M4 4l16 16'
  )
);
export const warningIcon = icon(
  'warning',
  filled('M12 3L1.500 21h21zm-1 7h2v5h-2zm0 6.500h2v2h-2z')
);
export const doneIcon = icon(
  'done',
  filled(
    'M12 2a10 10 0 100 20 10 10 0 000-20zm-1.500 14.500l-4.500-4.500 1.400-1.400 3.100 3.100 6.100-6.100L18 9z'
  )
);
export const errorIcon = icon(
  'error',
  filled('M12 2a10 10 0 100 20 10 10 0 000-20zm-1 5h2v7h-2zm0 8.500h2v2h-2z')
);
export const tableIcon = icon(
  'table',
  filled(
    'M3 4h18v16H3zm2 5v2.500h6V9zm8 0v2.500h6V9zm-8 4.500V16h6v-2.500zm8 0V16h6v-2.500z'
  )
);
export const lightCurveIcon = icon(
  'light-curve',
  filled(
    'M3 3h18v18H3zm2 2v14h14V5zm1.500 3.500h3.300l1.700 5h1.400l1.600-5h3v1.700h-1.800l-1.600 5h-3.700l-1.600-5H6.500z',
    'jp-icon-contrast1',
    '#43a047'
  )
);
export const targetPixelsIcon = icon(
  'target-pixels',
  filled(
    'M3 3h18v18H3zm2 2v14h14V5zm7 1.500l1.400 4.100 4.100 1.400-4.100 1.400L12 17.500l-1.400-4.100L6.500 12l4.100-1.400z',
    'jp-icon-contrast3',
    '#1e88e5'
  )
);
