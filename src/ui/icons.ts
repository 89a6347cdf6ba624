import { LabIcon } from '@jupyterlab/ui-components';

/**
 * Our own icons, on a 24 × 24 grid, that are there from the start: those of
 * commands and side bars. What only panels and dialogs show is in
 * `panelicons.ts`; what JupyterLab has comes from `@jupyterlab/ui-components`.
 *
 * The parent of a stroke has `fill="none"`, never the stroke itself:
 * JupyterLab fills every `.jp-icon3[fill]`.
 */
const SVG = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16"';

/** Lines of one width. */
export function strokes(...paths: string[]): string {
  return paths
    .map(
      d =>
        `<path class="jp-icon3" stroke="#616161" stroke-width="1.9" stroke-linejoin="round" stroke-linecap="round" d="${d}"/>`
    )
    .join('');
}

/** An icon of ours with this drawing. */
export function icon(name: string, body: string): LabIcon {
  return new LabIcon({
    name: `jupyterlab-mast:${name}`,
    svgstr: `<svg ${SVG}><g fill="none">${body}</g></svg>`
  });
}

/** An area. */
export function filled(
  path: string,
  cssClass = 'jp-icon3',
  color = '#616161'
): string {
  return `<path class="${cssClass}" fill="${color}" fill-rule="evenodd" d="${path}"/>`;
}

export const archiveIcon = icon(
  'archive',
  strokes(
    'M4 14.5v4A1.5 1.5 0 005.500 20h13a1.500 1.500 0 001.500-1.500v-4',
    'M5.500 4.500c-.6 5.400 3.800 9.800 9.200 9.200z',
    'M10.500 9.200l5-5'
  ) + '<circle class="jp-icon3" cx="16.5" cy="3.7" r="1.7" fill="#616161"/>'
);
export const backIcon = icon('back', strokes('M15 5l-7 7 7 7'));
export const forwardIcon = icon('forward', strokes('M9 5l7 7-7 7'));
export const upIcon = icon('up', strokes('M12 19V6M6 11l6-6 6 6'));
export const starIcon = icon(
  'star',
  strokes(
    'M12 3.500l2.600 5.500 6 .8-4.400 4.200 1.100 6L12 17.100 6.700 20l1.100-6L3.400 9.800l6-.8z'
  )
);
export const groupIcon = icon(
  'group',
  strokes('M4 6h16M8 12h12M8 18h12', 'M4 12h.1M4 18h.1')
);
export const clockIcon = icon(
  'clock',
  strokes(
    'M20.500 12a8.500 8.500 0 11-17 0 8.500 8.500 0 0117 0z',
    'M12 7v5.200l3.500 2'
  )
);
export const copyToIcon = icon(
  'copy-to',
  strokes(
    'M12 3.500v10M8 10l4 4 4-4',
    'M4 13v5.500A1.500 1.500 0 005.500 20h13a1.500 1.500 0 001.500-1.500V13'
  )
);
export const transfersIcon = icon(
  'transfers',
  strokes(
    'M8 4v14M4.500 14.500L8 18l3.500-3.500M16 20V6M12.500 9.500L16 6l3.500 3.500'
  )
);
export const pauseIcon = icon('pause', filled('M7 6h4v12H7zm6 0h4v12h-4z'));
export const eyeIcon = icon(
  'eye',
  strokes(
    'M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z'
  ) + '<circle cx="12" cy="12" r="3" class="jp-icon3" fill="#616161"/>'
);
export const fitsImageIcon = icon(
  'fits-image',
  filled(
    'M3 3h18v18H3zm2 2v14h14V5zm3.800 10.700L7.300 14l3-3.500 2.500 2.600 2.600-4.100 1.700 1.100-4 6.200-2.700-2.800zM15.500 6.500a1 1 0 100 2 1 1 0 000-2z',
    'jp-icon-contrast3',
    '#1e88e5'
  )
);
export const quotaIcon = icon(
  'quota',
  strokes('M5.500 18a8 8 0 1113 0M12 14l3.500-4.500')
);
