import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { readable } from '../places';
import type { Saying } from '../saying';
import '../../../style/ui.css';
import '../../../style/quota-freeup.css';

/** Things of a group that are listed one by one. */
const LISTED = 500;

/** A thing of a group. */
export interface ICardItem {
  readonly id: string;
  /** What it is called, where that is not its place. */
  readonly label?: string;
  /** Bytes on disk. */
  readonly allocated: number;
  /** What is to be said of it alone. */
  readonly note?: string;
}

/** Files that are told of together, with a list on demand. */
export function GroupCard(props: {
  readonly name: string;
  readonly icon: LabIcon;
  readonly title: string;
  readonly text: string;
  readonly items: readonly ICardItem[];
  readonly allocated: number;
  readonly say: Saying;
  /** Whether nothing is done with them here. */
  readonly stays: boolean;
  /** What stands before the icon; `id` is that of a control in it. */
  readonly before: (id: string) => React.ReactNode;
  /** Whether there is a control in it. */
  readonly control?: boolean;
  /** Buttons below the text. */
  readonly actions?: React.ReactNode;
}): React.ReactElement {
  const { items, say, title } = props;
  const { trans } = say;
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  return (
    <section
      className={`mast-FreeUp-group ${props.stays ? 'mast-mod-kept' : ''}`}
      data-group={props.name}
    >
      <span className="mast-FreeUp-tick">{props.before(id)}</span>
      <props.icon.react tag="span" width="16px" height="16px" />
      {props.control ? (
        <label htmlFor={id}>
          <b>{title}</b>
        </label>
      ) : (
        <b>{title}</b>
      )}
      <b className="mast-number">{say.bytes(props.allocated)}</b>
      <p id={`${id}-text`} className="mast-secondary">
        {props.text}
      </p>
      {items.length > 0 && (
        <button
          type="button"
          className="mast-link"
          aria-expanded={open}
          aria-label={
            open
              ? trans.__('Hide list: %1', title)
              : trans.__('Show list: %1', title)
          }
          onClick={() => setOpen(!open)}
        >
          {open ? trans.__('Hide list') : trans.__('Show list')}
        </button>
      )}
      {open && <Items {...props} />}
      {props.actions && (
        <div className="mast-FreeUp-actions">{props.actions}</div>
      )}
    </section>
  );
}

function Items(props: {
  readonly items: readonly ICardItem[];
  readonly title: string;
  readonly say: Saying;
}): React.ReactElement {
  const { items, say } = props;
  const { trans } = say;
  const more = items.length - LISTED;
  return (
    <ul className="mast-FreeUp-items" tabIndex={0} aria-label={props.title}>
      {items
        .slice(0, LISTED)
        .map(({ id, label = readable(id), allocated, note }) => (
          <li key={id} title={note ? `${label}: ${note}` : label}>
            <span>
              {label}
              {note && <small className="mast-secondary">{note}</small>}
            </span>
            <span className="mast-number">{say.bytes(allocated)}</span>
          </li>
        ))}
      {more > 0 && (
        <li className="mast-secondary">
          {trans._n(
            'and %2 smaller one',
            'and %2 smaller ones',
            more,
            say.number(more)
          )}
        </li>
      )}
    </ul>
  );
}
