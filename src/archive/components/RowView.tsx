import {
  caretDownIcon,
  caretRightIcon,
  fileIcon,
  folderIcon,
  imageIcon,
  pdfIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import {
  describeFolder,
  describeKey,
  splitName,
  type IProduct
} from '../../missions';
import type { IBadge } from '../../tokens';
import { formatBytes, formatDate, formatNumber } from '../../ui/format';
import { clockIcon, fitsImageIcon } from '../../ui/icons';
import {
  inWorkspaceIcon,
  lightCurveIcon,
  tableIcon,
  targetPixelsIcon
} from '../../ui/panelicons';
import { MiddleText } from '../../ui/MiddleText';
import type { IGroupRow, IObjectRow, Row } from '../rows';
import { levelText } from './levels';

/** Row heights in px: fixed, so that the grid never measures. */
export const HEIGHTS = { folder: 24, group: 28, object: 40, compact: 24 };

export function heightOf(row: Row, compact: boolean): number {
  return row.type === 'object' && compact ? HEIGHTS.compact : HEIGHTS[row.type];
}

export function productIcon(product: IProduct): LabIcon {
  switch (product.kind) {
    case 'image':
      return fitsImageIcon;
    case 'lightcurve':
    case 'spectrum':
      return lightCurveIcon;
    case 'targetpixels':
      return targetPixelsIcon;
    case 'table':
      return tableIcon;
    case 'preview':
      return imageIcon;
    case 'pdf':
      return pdfIcon;
    default:
      return fileIcon;
  }
}

export interface IRowViewProps {
  readonly row: Row;
  readonly id: string;
  /** Place in the list, from 1, for screen readers. */
  readonly position: number;
  readonly top: number;
  readonly selected: boolean;
  readonly current: boolean;
  /** Whether there is room for the full label (from 360 px). */
  readonly wide: boolean;
  readonly compact: boolean;
  /** A word beside the file; the same object as long as it says the same. */
  readonly badge?: IBadge | null;
  readonly locale: string;
  readonly trans: TranslationBundle;
}

/**
 * One row of the archive grid: a folder, a group's heading, or a file with
 * label and name on lines of their own.
 */
export const RowView = React.memo(
  (props: IRowViewProps): React.ReactElement => {
    const { row, id, position, top, selected, current, compact } = props;
    return (
      <div
        id={id}
        role="row"
        aria-rowindex={position}
        aria-selected={row.type === 'group' ? undefined : selected}
        aria-level={row.type === 'object' && row.grouped ? 2 : undefined}
        aria-expanded={row.type === 'group' ? row.open : undefined}
        className={
          `mast-Row mast-Row-${row.type}` +
          (selected ? ' mast-mod-selected' : '') +
          (current ? ' mast-mod-current' : '') +
          (compact ? ' mast-mod-compact' : '') +
          (row.type === 'object' && row.grouped ? ' mast-mod-grouped' : '')
        }
        data-id={row.id}
        style={{ transform: `translateY(${top}px)` }}
      >
        {row.type === 'folder' ? (
          <FolderCells {...props} row={row} />
        ) : row.type === 'group' ? (
          <GroupCells {...props} row={row} />
        ) : (
          <ObjectCells {...props} row={row} />
        )}
      </div>
    );
  }
);

function FolderCells(
  props: IRowViewProps & { row: { prefix: string; name: string } }
): React.ReactElement {
  const { row } = props;
  const label = describeFolder(row.prefix);
  return (
    <div role="gridcell" className="mast-Row-cell" title={row.prefix}>
      <folderIcon.react tag="span" width="16px" height="16px" />
      <span className="mast-ellipsis">{row.name || '/'}</span>
      {label && <span className="mast-secondary mast-ellipsis">{label}</span>}
    </div>
  );
}

function GroupCells(
  props: IRowViewProps & { row: IGroupRow }
): React.ReactElement {
  const { row, locale, trans } = props;
  const Caret = row.open ? caretDownIcon : caretRightIcon;
  const count = `${formatNumber(row.count, locale)}${row.partial ? '+' : ''}`;
  return (
    <div role="gridcell" className="mast-Row-cell" title={row.prefix}>
      <Caret.react tag="span" width="14px" height="14px" />
      <b className="mast-Row-title">{row.title}</b>
      <span className="mast-secondary mast-ellipsis mast-grow">
        {row.subtitle}
      </span>
      <span className="mast-secondary mast-number">
        {row.count === 1 && !row.partial
          ? trans.__('1 file')
          : trans.__('%1 files', count)}
        <span className="mast-hide-narrow">
          {' '}
          · {formatBytes(row.bytes, locale)}
        </span>
      </span>
    </div>
  );
}

function ObjectCells(
  props: IRowViewProps & { row: IObjectRow }
): React.ReactElement {
  const { row, wide, compact, badge, locale, trans } = props;
  const { object } = row;
  const product = describeKey(object.key);
  const Icon = productIcon(product);
  const { head, suffix } = splitName(row.name);
  const bytes = trans.__('%1 bytes', formatNumber(object.size, locale));
  const name = (
    <MiddleText
      text={row.name || trans.__('(the folder itself)')}
      bold={suffix ? [head.length, head.length + suffix.length] : undefined}
    />
  );
  const size = (
    <span className="mast-number" title={bytes}>
      {formatBytes(object.size, locale)}
    </span>
  );
  const date = (
    <span
      className="mast-number mast-hide-narrow"
      title={object.lastModified?.toISOString()}
    >
      {formatDate(object.lastModified)}
    </span>
  );
  const mark = badge && <Badge badge={badge} />;
  const level = levelText(product.level, trans);
  const title = [product.fullLabel, level?.text, object.key]
    .filter(Boolean)
    .join('\n');
  // Under the heading of an observation, its products differ by level.
  const levelMark = level && row.grouped && (
    <span className="mast-Level mast-secondary">
      <span aria-hidden="true">{level.mark}</span>
      <span className="mast-sr">{level.text}</span>
    </span>
  );
  if (compact) {
    return (
      <div role="gridcell" className="mast-Row-cell" title={title}>
        <Icon.react tag="span" width="16px" height="16px" />
        <span className="mast-grow mast-clip">{name}</span>
        {mark}
        {levelMark}
        {size}
        {date}
      </div>
    );
  }
  return (
    <div role="gridcell" className="mast-Row-cell" title={title}>
      <Icon.react tag="span" width="18px" height="18px" />
      <span className="mast-Row-line1">
        <span className="mast-ellipsis" aria-hidden={!wide || undefined}>
          {wide ? product.fullLabel : product.shortLabel}
        </span>
        {!wide && <span className="mast-sr">{product.fullLabel}</span>}
        {wide && mark && <span className="mast-grow">{mark}</span>}
        <span className="mast-Row-end">
          {levelMark}
          {size}
        </span>
      </span>
      <span className="mast-Row-line2">
        {name}
        {wide ? date : (mark ?? date)}
      </span>
    </div>
  );
}

/** Icon and word; the word is only heard where there is no room for it. */
function Badge(props: { readonly badge: IBadge }): React.ReactElement {
  const { kind, text, title } = props.badge;
  const Icon = kind === 'newer' ? clockIcon : inWorkspaceIcon;
  return (
    <span className={`mast-Badge mast-mod-${kind}`} title={title}>
      <Icon.react tag="span" width="12px" height="12px" />
      <span className="mast-Badge-text">{text}</span>
    </span>
  );
}
