import {
  caretDownIcon,
  caretRightIcon,
  closeIcon,
  ellipsesIcon,
  undoIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { clockIcon, copyToIcon, pauseIcon } from '../../ui/icons';
import {
  cloudOffIcon,
  doneIcon,
  errorIcon,
  warningIcon
} from '../../ui/panelicons';
import { MiddleText } from '../../ui/MiddleText';
import { iconsOf, spaceActsOf, type Act, type IFileOfRow } from '../acts';
import { joined } from '../formats';
import type { ListState } from '../liststate';
import {
  hasEnded,
  isHeldUp,
  isPlanned,
  sectionOf,
  type Section
} from '../order';
import type { FileFilter, Row } from '../rows';
import type { Sentences } from '../sentences';
import type { ITransfer } from '../types';
import { actIcon, actLabel, RowButton } from './ActButton';
import { Bar, barOf } from './Bar';
import { ActiveRow, clamped, FailureRow, FileRow } from './FileRows';

/** What rows do. */
export interface IRowActs {
  run(act: Act, transfer: ITransfer): void;
  /** Try one failed file again. */
  retryFile(transfer: ITransfer, file: IFileOfRow): void;
  /** Open the menu with all that can be done with a transfer, and a file. */
  menu(
    transfer: ITransfer,
    anchor: HTMLElement,
    file?: IFileOfRow | null
  ): void;
}

export interface IRowProps {
  readonly row: Row;
  readonly state: ListState;
  readonly sentences: Sentences;
  readonly acts: IRowActs;
  /** Seconds since 1970. */
  readonly now: number;
}

/** What a row shows. */
export function RowView(props: IRowProps): React.ReactElement | null {
  const { row } = props;
  switch (row.type) {
    case 'section':
      return <SectionRow {...props} row={row} />;
    case 'head':
      return <HeadRow {...props} row={row} />;
    case 'active':
      return <ActiveRow {...props} row={row} />;
    case 'failure':
      return <FailureRow {...props} row={row} />;
    case 'buttons':
      return <ButtonsRow {...props} row={row} />;
    case 'more':
      return <MoreRow {...props} row={row} />;
    case 'filter':
      return <FilterRow {...props} row={row} />;
    case 'file':
      return <FileRow {...props} row={row} />;
    default:
      return null;
  }
}

/** What the row of a type is drawn from. */
export type RowProps<T extends Row['type']> = IRowProps & {
  readonly row: Extract<Row, { readonly type: T }>;
};

function SectionRow(props: RowProps<'section'>): React.ReactElement {
  const { row, state, sentences } = props;
  const { model } = state;
  const Caret = row.open ? caretDownIcon : caretRightIcon;
  const speeds =
    row.section === 'active'
      ? model.transfers
          .map(({ id }) => model.speedOf(id))
          .filter((speed): speed is number => speed !== null)
      : [];
  return (
    <>
      <Caret.react tag="span" width="14px" height="14px" />
      <b>{sectionLabel(row.section, sentences)}</b>
      <span className="mast-Pill">{sentences.number(row.count)}</span>
      <span className="mast-grow" />
      {speeds.length > 0 && (
        <span className="mast-secondary mast-number">
          {sentences.speed(speeds.reduce((sum, one) => sum + one, 0))}
        </span>
      )}
    </>
  );
}

/** How a section is called. */
export function sectionLabel(section: Section, { trans }: Sentences): string {
  return section === 'active'
    ? trans.__('Active')
    : section === 'needs-you'
      ? trans.__('Needs you')
      : trans.__('Done');
}

function HeadRow(props: RowProps<'head'>): React.ReactElement {
  const { row, state, sentences, acts, now } = props;
  const { transfer } = row;
  const { model, narrow } = state;
  const { trans } = sentences;
  const icon = stateIcon(transfer);
  const counts = sentences.counts(transfer);
  const said = sentences.state(
    transfer,
    model.speedOf(transfer.id),
    model.timeLeft(transfer.id)
  );
  const detail = sentences.detail(transfer, now);
  const title = sentences.title(transfer);
  const { bytes, files } = transfer;
  // Many small or empty files are counted better than weighed.
  const [done, total] =
    bytes.total > 0
      ? [bytes.done, bytes.total]
      : [files.copied + files.identical + files.skipped, files.total];
  const ended = sectionOf(transfer) !== 'active';
  const share = transfer.state === 'done' ? [1, 1] : [done, total];
  // In a narrow panel what follows the target goes to the state.
  const more = detail.target ? detail.text : '';
  return (
    <>
      <div className="mast-Transfer-title">
        <span className={`mast-Transfer-icon ${icon.kind}`}>
          <icon.icon.react tag="span" width="16px" height="16px" />
        </span>
        <b className="mast-clip mast-grow" title={title}>
          <MiddleText
            {...Private.shownTitle(title, transfer.title, row.more)}
          />
        </b>
        {iconsOf(transfer).map(act => (
          <RowButton
            key={act}
            icon={actIcon(act) ?? ellipsesIcon}
            label={actLabel(act, transfer, sentences)}
            run={() => acts.run(act, transfer)}
          />
        ))}
        {ended && transfer.state !== 'done' && (
          <RowButton
            icon={ellipsesIcon}
            label={trans.__('More')}
            run={event => acts.menu(transfer, event.currentTarget)}
          />
        )}
      </div>
      {row.more !== '' && (
        <div className="mast-Transfer-line mast-Transfer-more" title={title}>
          <span className="mast-ellipsis">{row.more}</span>
        </div>
      )}
      <Bar
        done={share[0]}
        total={share[1]}
        kind={barOf(transfer)}
        label={title}
        text={`${counts}, ${said}`}
      />
      <div className="mast-Transfer-line">
        <span
          className="mast-number mast-ellipsis"
          title={trans.__(
            '%1 of %2 bytes',
            sentences.number(bytes.done),
            sentences.number(bytes.total)
          )}
        >
          {counts}
        </span>
        {!narrow && <span className="mast-secondary mast-number">{said}</span>}
      </div>
      {narrow && (
        <div className="mast-Transfer-line">
          <span
            className="mast-secondary mast-number mast-ellipsis"
            title={more}
          >
            {joined(said, more)}
          </span>
        </div>
      )}
      {detail.target ? (
        <div className="mast-Transfer-detail mast-secondary">
          <Target
            {...props}
            transfer={transfer}
            text={narrow ? '' : detail.text}
          />
        </div>
      ) : (
        <div
          className="mast-Transfer-detail mast-mod-sentence mast-secondary"
          style={clamped(row.lines)}
          title={detail.text}
        >
          {detail.text}
        </div>
      )}
    </>
  );
}

function Target(
  props: IRowProps & { readonly transfer: ITransfer; readonly text: string }
): React.ReactElement {
  const { transfer, text, state, sentences, acts } = props;
  const { roots } = state.model;
  const name = sentences.target(transfer, roots);
  const [before, after] = sentences.trans.__('to %1', '\u0000').split('\u0000');
  return (
    <>
      <span className="mast-Transfer-target" title={transfer.target.absolute}>
        {before}
        {roots.some(
          root => root.id === transfer.target.root && root.path !== null
        ) ? (
          <button
            className="mast-link mast-clip"
            tabIndex={-1}
            title={sentences.trans.__('Show %1 in the file browser', name)}
            onClick={() => acts.run('reveal', transfer)}
          >
            <MiddleText text={name} />
          </button>
        ) : (
          <MiddleText text={name} />
        )}
        {after}
      </span>
      {text !== '' && (
        <span className="mast-ellipsis" title={text}>
          &nbsp;· {text}
        </span>
      )}
    </>
  );
}

/** The icon of a transfer's state; its word stands below. */
function stateIcon(transfer: ITransfer): {
  readonly icon: LabIcon;
  readonly kind: string;
} {
  if (transfer.undone) {
    return { icon: undoIcon, kind: '' };
  }
  if (isHeldUp(transfer)) {
    return transfer.waiting === null || transfer.waiting.reason === 'network'
      ? { icon: cloudOffIcon, kind: 'mast-mod-warn' }
      : { icon: warningIcon, kind: 'mast-mod-warn' };
  }
  switch (transfer.state) {
    case 'planning':
      return isPlanned(transfer)
        ? { icon: warningIcon, kind: 'mast-mod-warn' }
        : { icon: clockIcon, kind: '' };
    case 'queued':
      return { icon: clockIcon, kind: '' };
    case 'paused':
      return { icon: pauseIcon, kind: '' };
    case 'done':
      return { icon: doneIcon, kind: 'mast-mod-ok' };
    case 'done-with-failures':
      return { icon: warningIcon, kind: 'mast-mod-warn' };
    case 'failed':
      return { icon: errorIcon, kind: 'mast-mod-error' };
    case 'cancelled':
      return { icon: closeIcon, kind: '' };
    default:
      return { icon: copyToIcon, kind: '' };
  }
}

function ButtonsRow(props: RowProps<'buttons'>): React.ReactElement {
  const { row, state, sentences, acts } = props;
  const { transfer } = row;
  const shown: readonly Act[] = transfer.confirm
    ? ['review', 'start']
    : !hasEnded(transfer)
      ? spaceActsOf(transfer, state.canFreeUp)
      : transfer.files.failed > 0 || transfer.state === 'failed'
        ? ['retry', 'report']
        : [];
  return (
    <>
      {shown.map((act, i) => (
        <button
          key={act}
          className={`mast-Button mast-mod-small ${
            i === 0 && transfer.confirm ? 'mast-mod-primary' : ''
          }`}
          tabIndex={-1}
          onClick={() => acts.run(act, transfer)}
        >
          {actLabel(act, transfer, sentences)}
        </button>
      ))}
    </>
  );
}

function MoreRow(props: RowProps<'more'>): React.ReactElement {
  const { row, state, sentences } = props;
  const { id, files } = row.transfer;
  return (
    <button
      className="mast-link"
      tabIndex={-1}
      onClick={() => state.setOpen(id, true)}
    >
      {sentences.trans._n(
        'All %2 files',
        'All %2 files',
        files.total,
        sentences.number(files.total)
      )}
    </button>
  );
}

function FilterRow(props: RowProps<'filter'>): React.ReactElement {
  const { row, state, sentences } = props;
  const { trans } = sentences;
  const { id, files } = row.transfer;
  const filter = state.filterOf(id);
  const error = state.errorOf(id);
  const choice = (value: FileFilter, label: string) => (
    <button
      className="mast-Choice"
      tabIndex={-1}
      aria-pressed={filter === value}
      onClick={() => state.setOpen(id, true, value)}
    >
      {label}
    </button>
  );
  return (
    <>
      {choice('all', trans.__('All %1', sentences.number(files.total)))}
      {choice('failed', trans.__('Failed %1', sentences.number(files.failed)))}
      <span className="mast-grow mast-ellipsis mast-secondary">
        {error instanceof Error && error.message}
      </span>
      <button
        className="mast-link"
        tabIndex={-1}
        onClick={() => state.setOpen(id, false)}
      >
        {trans.__('Fewer')}
      </button>
    </>
  );
}

namespace Private {
  /**
   * What stands in the line of the title, and how many letters at its end
   * stay: some of the name, and all that follows it there.
   */
  export function shownTitle(
    title: string,
    name: string,
    more: string
  ): { readonly text: string; readonly tail: number } {
    return title === name || more !== ''
      ? { text: name, tail: 14 }
      : { text: title, tail: title.length - name.length + 9 };
  }
}
