import {
  closeIcon,
  folderIcon,
  refreshIcon,
  runIcon,
  undoIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { pauseIcon } from '../../ui/icons';
import type { Act } from '../acts';
import type { Sentences } from '../sentences';
import type { ITransfer } from '../types';

/** How an act is called, in the menu and on its button. */
export function actLabel(
  act: Act,
  transfer: ITransfer,
  sentences: Sentences
): string {
  const { trans } = sentences;
  const { failed, copied } = transfer.files;
  switch (act) {
    case 'review':
      return trans.__('Look at the plan…');
    case 'start':
      return trans.__('Start');
    case 'pause':
      return trans.__('Pause');
    case 'resume':
      return trans.__('Resume');
    case 'try-now':
      return trans.__('Try now');
    case 'retry':
      return failed === 0
        ? trans.__('Retry')
        : trans._n(
            'Retry %2 failed',
            'Retry %2 failed',
            failed,
            sentences.number(failed)
          );
    case 'cancel':
      return trans.__('Cancel');
    case 'reveal':
      return trans.__('Show in file browser');
    case 'choose-less':
      return trans.__('Choose less…');
    case 'free-up':
      return trans.__('Free up space');
    case 'report':
      return trans.__('Copy report');
    case 'undo':
      return trans._n(
        'Undo: remove the %2 copied file',
        'Undo: remove the %2 copied files',
        copied,
        sentences.number(copied)
      );
    default:
      return trans.__('Clear from list');
  }
}

const ICONS: Partial<Record<Act, LabIcon>> = {
  pause: pauseIcon,
  resume: runIcon,
  'try-now': refreshIcon,
  cancel: closeIcon,
  reveal: folderIcon,
  undo: undoIcon,
  clear: closeIcon
};

/** The icon of an act; the others have words alone. */
export function actIcon(act: Act): LabIcon | undefined {
  return ICONS[act];
}

/**
 * A button inside a row. The list is one tab stop: from its row the arrow
 * keys lead here.
 */
export function RowButton(props: {
  readonly icon: LabIcon;
  readonly label: string;
  run(event: React.MouseEvent<HTMLElement>): void;
}): React.ReactElement {
  const { icon: Icon, label } = props;
  return (
    <button
      className="mast-ToolButton mast-mod-small"
      tabIndex={-1}
      aria-label={label}
      title={label}
      onClick={event => props.run(event)}
    >
      <Icon.react tag="span" width="16px" height="16px" />
    </button>
  );
}
