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
    'M4 14.5v4A1.5 1.5 0 005.5 20h13a1.5 1.5 0 001.5-1.5v-4',
    'M5.5 4.5c-.6 5.4 3.8 9.8 9.2 9.2z',
    'M10.5 9.2l5-5'
  ) + '<circle class="jp-icon3" cx="16.5" cy="3.7" r="1.7" fill="#616161"/>'
);
export const backIcon = icon('back', strokes('M15 5l-7 7 7 7'));
export const forwardIcon = icon('forward', strokes('M9 5l7 7-7 7'));
export const upIcon = icon('up', strokes('M12 19V6M6 11l6-6 6 6'));
export const starIcon = icon(
  'star',
  strokes(
    'M12 3.5l2.6 5.5 6 .8-4.4 4.2 1.1 6L12 17.1 6.7 20l1.1-6L3.4 9.8l6-.8z'
  )
);
export const groupIcon = icon(
  'group',
  strokes('M4 6h16M8 12h12M8 18h12', 'M4 12h.1M4 18h.1')
);
export const clockIcon = icon(
  'clock',
  strokes('M20.5 12a8.5 8.5 0 11-17 0 8.5 8.5 0 0117 0z', 'M12 7v5.2l3.5 2')
);
export const copyToIcon = icon(
  'copy-to',
  strokes(
    'M12 3.5v10M8 10l4 4 4-4',
    'M4 13v5.5A1.5 1.5 0 005.5 20h13a1.5 1.5 0 001.5-1.5V13'
  )
);
export const transfersIcon = icon(
  'transfers',
  strokes('M8 4v14M4.5 14.5L8 18l3.5-3.5M16 20V6M12.5 9.5L16 6l3.5 3.5')
);
export const pauseIcon = icon('pause', filled('M7 6h4v12H7zm6 0h4v12h-4z'));
export const eyeIcon = icon(
  'eye',
  strokes(
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z'
  ) + '<circle cx="12" cy="12" r="3" class="jp-icon3" fill="#616161"/>'
);
export const fitsImageIcon = icon(
  'fits-image',
  filled(
    'M3 3h18v18H3zm2 2v14h14V5zm3.8 10.7L7.3 14l3-3.5 2.5 2.6 2.6-4.1 1.7 1.1-4 6.2-2.7-2.8zM15.5 6.5a1 1 0 100 2 1 1 0 000-2z',
    'jp-icon-contrast3',
    '#1e88e5'
  )
);
export const quotaIcon = icon(
  'quota',
  strokes('M5.5 18a8 8 0 1113 0M12 14l3.5-4.5')
);
