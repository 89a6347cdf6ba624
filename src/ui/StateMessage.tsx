import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

/** A button of a {@link StateMessage} or {@link Notice}. */
export interface IStateAction {
  readonly label: string;
  readonly run: () => void;
  readonly primary?: boolean;
}

/**
 * What a panel shows in place of its content: what happened, what it means,
 * what can be done.
 */
export function StateMessage(props: {
  readonly icon: LabIcon;
  readonly title: string;
  readonly text: string;
  /** Text that changes as time goes by: not read out with each change. */
  readonly ticking?: string;
  readonly actions: readonly IStateAction[];
}): React.ReactElement {
  return (
    <div className="mast-State" role="status">
      <props.icon.react tag="span" width="32px" height="32px" />
      <b>{props.title}</b>
      {props.text !== '' && <p>{props.text}</p>}
      {props.ticking && <p aria-live="off">{props.ticking}</p>}
      {props.actions.map(action => (
        <button
          key={action.label}
          className={`mast-Button ${action.primary ? 'mast-mod-primary' : ''}`}
          onClick={action.run}
        >
          {action.label}
        </button>
      ))}
    </div>
  );
}

/**
 * A note above content that stays usable.
 */
export function Notice(props: {
  readonly icon: LabIcon;
  readonly title: string;
  readonly text: string;
  /** Text that changes as time goes by: not read out with each change. */
  readonly ticking?: string;
  readonly action?: IStateAction;
}): React.ReactElement {
  const { action, ticking } = props;
  return (
    <div className="mast-Notice" role="status">
      <props.icon.react tag="span" width="16px" height="16px" />
      <div>
        <b>{props.title}</b>{' '}
        {ticking && <span aria-live="off">{ticking} </span>}
        {props.text}{' '}
        {action && (
          <button className="mast-link" onClick={action.run}>
            {action.label}
          </button>
        )}
      </div>
    </div>
  );
}

/**
 * Grey bars in the place of rows while the first ones are on their way.
 */
export function Skeleton(props: { readonly rows: number }): React.ReactElement {
  return (
    <div className="mast-Skeleton" aria-hidden="true">
      {Array.from({ length: props.rows }, (_, i) => (
        <div key={i} className="mast-Skeleton-row">
          <i />
          <div>
            <i style={{ width: `${50 + ((i * 37) % 40)}%` }} />
            <i style={{ width: `${40 + ((i * 23) % 30)}%` }} />
          </div>
          <i />
        </div>
      ))}
    </div>
  );
}
