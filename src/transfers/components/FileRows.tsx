import { closeIcon, type LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { clockIcon, copyToIcon } from '../../ui/icons';
import { doneIcon, errorIcon } from '../../ui/panelicons';
import { MiddleText } from '../../ui/MiddleText';
import { canRetry, nameOf, type IFileOfRow } from '../acts';
import { joined, percentOf } from '../formats';
import type { IFile, ITransfer } from '../types';
import { Bar } from './Bar';
import type { IRowProps, RowProps } from './RowView';

/** A file that is being copied. */
export function ActiveRow(props: RowProps<'active'>): React.ReactElement {
  const { row, state, sentences } = props;
  const { file } = row;
  if (file === null) {
    return <div />;
  }
  const moving = state.movingOf(row.transfer, file.index);
  const speed = moving?.speed ?? null;
  const full = sentences.moving(file, speed, moving?.left ?? null);
  return (
    <>
      <copyToIcon.react tag="span" width="14px" height="14px" />
      <span className="mast-clip" title={`${file.path} · ${full}`}>
        <MiddleText text={nameOf(file)} />
      </span>
      <span className="mast-number" title={full}>
        {state.narrow
          ? sentences.bytes(file.done)
          : `${percentOf(file.done, file.size)} %`}
      </span>
      <span className="mast-secondary mast-number" title={full}>
        {sentences.speed(speed)}
      </span>
      <Bar
        thin
        done={file.done}
        total={file.size}
        kind="running"
        label={file.path}
        text={full}
      />
    </>
  );
}

/** A file that failed, and why. */
export function FailureRow(props: RowProps<'failure'>): React.ReactElement {
  const { row, sentences } = props;
  const { failure } = row;
  return (
    <>
      <span className="mast-Transfer-icon mast-mod-error">
        <errorIcon.react tag="span" width="14px" height="14px" />
      </span>
      <span className="mast-clip" title={failure.path}>
        <MiddleText text={nameOf(failure)} />
      </span>
      <span className="mast-number">{sentences.bytes(failure.size)}</span>
      <RetryFile {...props} transfer={row.transfer} file={failure} />
      <span
        className="mast-Transfer-why mast-secondary"
        style={clamped(row.lines)}
        title={failure.message}
      >
        {sentences.failure(failure.kind, failure.message)}
      </span>
    </>
  );
}

/** Tries a failed file again; nothing where that makes no sense. */
function RetryFile(
  props: IRowProps & {
    readonly transfer: ITransfer;
    readonly file: IFileOfRow;
  }
): React.ReactElement | null {
  const { transfer, file, sentences, acts } = props;
  const { trans } = sentences;
  return canRetry(transfer, file) ? (
    <button
      className="mast-link mast-Transfer-retry"
      tabIndex={-1}
      aria-label={trans.__('Retry %1', nameOf(file))}
      title={trans.__('Retry %1', nameOf(file))}
      onClick={() => acts.retryFile(transfer, file)}
    >
      {trans.__('Retry')}
    </button>
  ) : null;
}

/** A file of an opened transfer. */
export function FileRow(props: RowProps<'file'>): React.ReactElement {
  const { row, state, sentences } = props;
  const file = state.fileAt(row.transfer, row.index);
  if (file === null) {
    return <i className="mast-Transfer-blank" />;
  }
  const icon = fileIcon(file);
  const moving =
    file.outcome === 'running'
      ? state.movingOf(row.transfer, file.index)
      : null;
  const full =
    moving === null
      ? sentences.fileInFull(file)
      : sentences.moving(moving.file, moving.speed, moving.left);
  // A share says little without bytes: in a narrow panel those stand alone.
  const word =
    file.outcome !== 'running'
      ? sentences.file(file)
      : joined(
          state.narrow
            ? sentences.bytes((moving?.file ?? file).done)
            : sentences.file(moving ? { ...file, ...moving.file } : file),
          sentences.speed(moving?.speed ?? null)
        );
  return (
    <>
      <span className={`mast-Transfer-icon ${icon.kind}`}>
        <icon.icon.react tag="span" width="14px" height="14px" />
      </span>
      <span
        className="mast-clip"
        title={`${file.path || file.key} · ${sentences.bytes(file.size)}`}
      >
        <MiddleText text={file.path || file.key} tail={18} />
      </span>
      {!state.narrow && (
        <span
          className="mast-number"
          title={sentences.trans.__('%1 bytes', sentences.number(file.size))}
        >
          {sentences.bytes(file.size)}
        </span>
      )}
      <span className="mast-secondary mast-number" title={full}>
        <span aria-hidden="true">{word}</span>
        <span className="mast-sr">{full}</span>{' '}
        <RetryFile {...props} transfer={row.transfer} file={file} />
      </span>
    </>
  );
}

function fileIcon({ outcome }: IFile): {
  readonly icon: LabIcon;
  readonly kind: string;
} {
  switch (outcome) {
    case 'copied':
    case 'identical':
      return { icon: doneIcon, kind: 'mast-mod-ok' };
    case 'failed':
      return { icon: errorIcon, kind: 'mast-mod-error' };
    case 'running':
      return { icon: copyToIcon, kind: '' };
    case 'skipped':
      return { icon: closeIcon, kind: '' };
    default:
      return { icon: clockIcon, kind: '' };
  }
}

/** No more lines of a text than its row has room for. */
export function clamped(lines: number): React.CSSProperties {
  return { WebkitLineClamp: lines, maxHeight: lines * 17 };
}
