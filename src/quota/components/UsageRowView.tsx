import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretRightIcon,
  deleteIcon,
  fileIcon,
  folderIcon,
  notebookIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { fitsImageIcon } from '../../ui/icons';
import { MiddleText } from '../../ui/MiddleText';
import { tableIcon } from '../../ui/panelicons';
import { kindClass, kindName } from '../kinds';
import { parentOf, readable } from '../places';
import type { IEntry, Kind } from '../types';
import type { UsageRow } from '../usagerows';
import type { UsageSentences } from '../usagesentences';
import type { UsageState, Work } from '../usagestate';

const WORK: Readonly<Record<Work, (trans: TranslationBundle) => string>> = {
  trash: trans => trans.__('Moving to trash…'),
  restore: trans => trans.__('Restoring…'),
  delete: trans => trans.__('Deleting…'),
  look: trans => trans.__('Looking…')
};

interface IProps {
  readonly row: UsageRow;
  readonly state: UsageState;
  readonly say: UsageSentences;
}

/** What a row shows. */
export function UsageRowView(props: IProps): React.ReactElement {
  const { row, state, say } = props;
  const { trans } = say;
  const style = { '--mast-level': row.level - 1 } as React.CSSProperties;
  switch (row.type) {
    case 'loading':
      return (
        <div role="gridcell" className="mast-UsageRow-cells" style={style}>
          <span className="mast-UsageRow-name mast-secondary">
            {trans.__('Loading…')}
          </span>
        </div>
      );
    case 'failure':
      return (
        <div
          role="gridcell"
          className="mast-UsageRow-cells mast-mod-failure"
          style={style}
          title={row.message}
        >
          <span className="mast-UsageRow-name">
            <span className="mast-ellipsis">{row.message}</span>
            <button className="mast-link" tabIndex={-1}>
              {trans.__('Try again')}
            </button>
          </span>
        </div>
      );
    case 'rest':
      return (
        <div className="mast-UsageRow-cells" style={style} role="presentation">
          <span
            role="gridcell"
            className="mast-UsageRow-name mast-secondary"
            title={trans.__(
              'Files below 1 MiB, and files and folders beyond the 1,000 largest here.'
            )}
          >
            <span className="mast-UsageRow-caret" />
            <span className="mast-ellipsis">{say.rest(row.files)}</span>
          </span>
          <Figures {...props} kind={null} allocated={row.allocated} />
        </div>
      );
    default:
      return (
        <div className="mast-UsageRow-cells" style={style} role="presentation">
          <span role="gridcell" className="mast-UsageRow-name">
            <Name {...props} entry={row.entry} expanded={row.expanded} />
          </span>
          <Figures
            {...props}
            kind={row.entry.kind}
            allocated={row.entry.allocated}
            last={state.tab === 'oldest' ? say.modified(row.entry) : undefined}
          />
        </div>
      );
  }
}

function Name(
  props: IProps & { readonly entry: IEntry; readonly expanded: boolean }
): React.ReactElement {
  const { state, say, entry, expanded } = props;
  const { trans } = say;
  const Caret = expanded ? caretDownIcon : caretRightIcon;
  const Icon = iconOf(entry);
  const work = state.workOn(entry.id);
  const around = readable(parentOf(entry.id));
  return (
    <>
      {state.list === null && (
        <span className="mast-UsageRow-caret">
          {entry.folder && (
            <Caret.react tag="span" width="14px" height="14px" />
          )}
        </span>
      )}
      <Icon.react tag="span" width="16px" height="16px" />
      <span className="mast-clip">
        <MiddleText text={entry.name} />
      </span>
      <span className="mast-sr">{kindName(entry.kind, trans)}</span>
      {work === null && entry.trashed !== null && (
        <span className="mast-secondary mast-UsageRow-since">
          <span>{say.trashedOn(entry)}</span>
        </span>
      )}
      {work !== null ? (
        <span className="mast-secondary mast-ellipsis">
          {WORK[work](trans)}
        </span>
      ) : (
        state.list !== null &&
        entry.trashed === null &&
        around !== '' && (
          <span className="mast-secondary mast-ellipsis mast-UsageRow-around">
            {around}
          </span>
        )
      )}
    </>
  );
}

/** Bar, size and share, or what stands in its place. */
function Figures(
  props: IProps & {
    readonly kind: Kind | null;
    readonly allocated: number;
    readonly last?: string;
  }
): React.ReactElement {
  const { state, say, kind, allocated, last } = props;
  const share = state.tree?.shareOf(allocated) ?? 0;
  return (
    <>
      <span className="mast-UsageRow-bar" aria-hidden="true">
        <i
          className={kind === null ? 'mast-mod-kind-rest' : kindClass(kind)}
          style={{ width: `${100 * share}%` }}
        />
      </span>
      <span role="gridcell" className="mast-number mast-UsageRow-size">
        {say.bytes(allocated)}
      </span>
      <span
        role="gridcell"
        className="mast-number mast-secondary mast-UsageRow-last"
      >
        {last ?? say.percent(share)}
      </span>
    </>
  );
}

function iconOf(entry: IEntry): LabIcon {
  if (entry.folder) {
    return entry.kind === 'trash' ? deleteIcon : folderIcon;
  }
  if (/\.ipynb$/i.test(entry.name)) {
    return notebookIcon;
  }
  if (/\.(fits?|fts)(\.gz|\.fz)?$/i.test(entry.name)) {
    return fitsImageIcon;
  }
  return /\.(csv|tsv|parquet|xlsx?|vot|ecsv)$/i.test(entry.name)
    ? tableIcon
    : fileIcon;
}
