import { clearIcon, ellipsesIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { formatTime } from '../../ui/format';
import { useDelayed, useNow, useSignalUpdate } from '../../ui/hooks';
import { pauseIcon, transfersIcon } from '../../ui/icons';
import { cloudOffIcon } from '../../ui/panelicons';
import { Notice, Skeleton, StateMessage } from '../../ui/StateMessage';
import { Toolbar } from '../../ui/Toolbar';
import { ToolButton } from '../../ui/ToolButton';
import type { IToasts } from '../../ui/toasts';
import { formatMoment, spaced } from '../formats';
import type { ListState } from '../liststate';
import type { TransfersModel } from '../model';
import { hasEnded } from '../order';
import type { Sentences } from '../sentences';
import type { ITransfer } from '../types';
import { List } from './List';
import type { IRowActs } from './RowView';

export interface IPanelProps {
  readonly state: ListState;
  readonly sentences: Sentences;
  readonly acts: IRowActs;
  readonly toasts: IToasts;
  all(action: 'pause' | 'resume' | 'clear'): void;
  /** Open the menu with what concerns all of them. */
  menuOfAll(anchor: HTMLElement): void;
}

/** The transfers panel. */
export function Panel(props: IPanelProps): React.ReactElement {
  const { state, sentences } = props;
  const { model } = state;
  const { trans } = sentences;
  useSignalUpdate(model.changed);
  const { transfers, activeUntil } = model;
  const running = transfers.some(one => one.state === 'running');
  const pausable = transfers.some(({ state }) =>
    ['queued', 'running', 'waiting'].includes(state)
  );
  const paused = transfers.some(one => one.state === 'paused');
  const kept =
    activeUntil === null
      ? ''
      : trans.__(
          'Copying keeps your server on until %1.',
          formatMoment(activeUntil, Date.now() / 1000)
        );
  return (
    <div className="mast-Transfers-content">
      <Toolbar
        className="mast-Transfers-toolbar"
        label={trans.__('All transfers')}
      >
        <h2 className="mast-grow">{trans.__('Transfers')}</h2>
        {paused && !pausable ? (
          <ToolButton
            icon={runIcon}
            label={trans.__('Resume all')}
            enabled
            run={() => props.all('resume')}
          />
        ) : (
          <ToolButton
            icon={pauseIcon}
            label={trans.__('Pause all')}
            enabled={pausable}
            run={() => props.all('pause')}
          />
        )}
        <ToolButton
          icon={clearIcon}
          label={trans.__('Clear ended')}
          enabled={transfers.some(hasEnded)}
          run={() => props.all('clear')}
        />
        <ToolButton
          icon={ellipsesIcon}
          label={trans.__('More')}
          enabled={model.available}
          menu
          run={event => props.menuOfAll(event.currentTarget)}
        />
      </Toolbar>
      <Offline model={model} sentences={sentences} />
      <Content {...props} />
      {running && kept !== '' && (
        <div className="mast-Transfers-foot mast-secondary">{kept}</div>
      )}
      <Spoken model={model} sentences={sentences} toasts={props.toasts} />
    </div>
  );
}

function Content(props: IPanelProps): React.ReactElement {
  const { state, sentences } = props;
  const { model } = state;
  const { trans } = sentences;
  const slow = useDelayed(model.status === 'loading', 150);
  if (model.status === 'off') {
    return (
      <StateMessage
        icon={transfersIcon}
        title={trans.__('Copying to a workspace needs a Jupyter server')}
        text={trans.__('Here you can open, read and download.')}
        actions={[]}
      />
    );
  }
  if (model.transfers.length > 0) {
    return <List {...props} />;
  }
  switch (model.status) {
    case 'loading':
      return slow ? <Skeleton rows={5} /> : <div className="mast-grow" />;
    case 'offline':
      return <div className="mast-grow" />;
    default:
      return (
        <StateMessage
          icon={transfersIcon}
          title={trans.__('Nothing is being copied')}
          text={trans.__(
            'Choose files in the archive panel, then “Copy to workspace”. You can go on working, or close the page, while they are copied.'
          )}
          actions={[]}
        />
      );
  }
}

/** That the server does not answer, above what was known. */
function Offline(props: {
  readonly model: TransfersModel;
  readonly sentences: Sentences;
}): React.ReactElement | null {
  const { model, sentences } = props;
  const { trans } = sentences;
  const { status, failure, retryAt, heardAt } = model;
  const now = useNow(status === 'offline');
  if (status !== 'offline' || failure === null) {
    return null;
  }
  const { title, text } = sentences.request(failure);
  const seconds =
    retryAt === null ? 0 : Math.max(0, Math.ceil((retryAt - now) / 1000));
  return (
    <Notice
      icon={cloudOffIcon}
      title={`${title}.`}
      text={spaced(
        text,
        heardAt === null
          ? ''
          : trans.__('Shown as of %1.', formatTime(new Date(heardAt)))
      )}
      ticking={trans.__('Next try in %1 s.', seconds)}
      action={{ label: trans.__('Try now'), run: () => model.refresh() }}
    />
  );
}

/**
 * Says the end of a transfer to a screen reader, once; never its progress.
 * Where a toast tells of it, that is what is read out.
 */
function Spoken(props: {
  readonly model: TransfersModel;
  readonly sentences: Sentences;
  readonly toasts: IToasts;
}): React.ReactElement {
  const { model, sentences, toasts } = props;
  const [said, say] = React.useState('');
  React.useEffect(() => {
    const listen = (_: unknown, transfer: ITransfer) => {
      const sentence = sentences.end(transfer, model.roots);
      if (sentence !== null && !toasts.appear) {
        say(sentence);
      }
    };
    model.ended.connect(listen);
    return () => {
      model.ended.disconnect(listen);
    };
  }, [model, sentences, toasts]);
  return (
    <div className="mast-sr" role="status" aria-live="polite">
      {said}
    </div>
  );
}
