import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { useNow, useSignalUpdate } from '../../ui/hooks';
import { pauseIcon, transfersIcon } from '../../ui/icons';
import { cloudOffIcon, warningIcon } from '../../ui/panelicons';
import { joined, percentOf } from '../formats';
import type { TransfersModel } from '../model';
import { isBusy, isHeldUp, isPlanned } from '../order';
import { Sentences } from '../sentences';
import type { TransfersService } from '../service';
import '../../../style/ui.css';
import '../../../style/transfers-status.css';
import '../../../style/transfers-tab.css';

/** What the status bar says of transfers. */
export interface IStatusText {
  readonly icon: LabIcon;
  readonly text: string;
  /** The tooltip: the same with more of it. */
  readonly title: string;
  readonly warn: boolean;
}

/**
 * What the status bar says, the most pressing first; `null` when there is
 * nothing to say.
 */
export function statusText(
  model: TransfersModel,
  unseen: TransfersService['unseen'],
  sentences: Sentences
): IStatusText | null {
  const { trans } = sentences;
  const { transfers } = model;
  const busy = transfers.filter(isBusy);
  if (busy.length > 0) {
    const planned = busy.filter(one => one.plan.complete);
    const done = planned.reduce((sum, one) => sum + one.bytes.done, 0);
    const total = planned.reduce((sum, one) => sum + one.bytes.total, 0);
    const left = busy.map(one => model.timeLeft(one.id));
    const longest = left.some(one => one === null)
      ? null
      : Math.max(...left.map(Number));
    const parts =
      planned.length === 0
        ? [trans.__('Counting files')]
        : [
            trans.__('Copying'),
            `${percentOf(done, total)} %`,
            sentences.left(longest)
          ];
    return {
      icon: transfersIcon,
      text: joined(...parts),
      title: busy
        .map(one => `${sentences.title(one)}: ${sentences.counts(one)}`)
        .join('\n'),
      warn: false
    };
  }
  const waiting = transfers.filter(isHeldUp);
  const confirm = transfers.filter(isPlanned);
  const paused = transfers.filter(one => one.state === 'paused');
  const failed = unseen.reduce((sum, one) => sum + one.files.failed, 0);
  const titles = (some: typeof transfers) =>
    some.map(one => sentences.title(one)).join('\n');
  if (confirm.length > 0) {
    return {
      icon: warningIcon,
      text: trans._n(
        '%1 copy waits for you',
        '%1 copies wait for you',
        confirm.length
      ),
      title: titles(confirm),
      warn: true
    };
  }
  if (waiting.length > 0) {
    const network = waiting.some(
      one => one.waiting === null || one.waiting.reason === 'network'
    );
    return {
      icon: network ? cloudOffIcon : warningIcon,
      text: network
        ? trans.__('Waiting for the network')
        : trans.__('Waiting for space'),
      title: titles(waiting),
      warn: true
    };
  }
  if (unseen.length > 0) {
    return {
      icon: warningIcon,
      text:
        failed > 0
          ? trans._n(
              '%2 file failed',
              '%2 files failed',
              failed,
              sentences.number(failed)
            )
          : trans._n('%1 copy failed', '%1 copies failed', unseen.length),
      title: titles(unseen),
      warn: true
    };
  }
  if (paused.length > 0) {
    return {
      icon: pauseIcon,
      text: trans._n('%1 paused', '%1 paused', paused.length),
      title: titles(paused),
      warn: false
    };
  }
  return null;
}

/** What the item needs. */
export interface IStatusItemProps {
  readonly service: TransfersService;
  readonly trans: TranslationBundle;
  /** JupyterLab's language, for numbers. */
  readonly locale: string;
  /** Show the transfers panel. */
  show(): void;
}

/** The item of the status bar. */
export default function StatusItem(
  props: IStatusItemProps
): React.ReactElement | null {
  const { service, trans, locale } = props;
  const { model } = service;
  const sentences = React.useMemo(
    () => new Sentences(trans, locale),
    [trans, locale]
  );
  useSignalUpdate(model.changed);
  useSignalUpdate(service.unseenChanged);
  useNow(model.transfers.some(one => one.state === 'running'));
  const said = statusText(model, service.unseen, sentences);
  if (said === null) {
    return null;
  }
  return (
    <button
      className={`mast-StatusItem mast-TransfersStatus-item ${said.warn ? 'mast-mod-warn' : ''}`}
      title={said.title}
      aria-label={trans.__('Transfers: %1', said.text)}
      onClick={() => props.show()}
    >
      <said.icon.react tag="span" width="14px" height="14px" />
      <span className="mast-number">{said.text}</span>
    </button>
  );
}
