import {
  deleteIcon,
  editIcon,
  extensionIcon,
  historyIcon,
  lockIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { useSignalUpdate } from '../../ui/hooks';
import { inWorkspaceIcon, warningIcon } from '../../ui/panelicons';
import { Notice, Skeleton, StateMessage } from '../../ui/StateMessage';
import type { Freeable, FreeingModel, IGroup, IItem, Kept } from '../freeing';
import type { FreeingSentences } from '../freeingsentences';
import { readable } from '../places';
import type { IRootUsage } from '../types';
import '../../../style/ui.css';
import '../../../style/quota-freeup.css';

/** Things of a group that are listed one by one. */
const LISTED = 500;

const ICONS: Readonly<Record<Freeable | Kept, LabIcon>> = {
  copies: inWorkspaceIcon,
  older: historyIcon,
  'package-caches': extensionIcon,
  trash: deleteIcon,
  checkpoints: historyIcon,
  changed: editIcon,
  gone: warningIcon,
  unasked: warningIcon,
  'in-use': lockIcon
};

export interface IFreeUpProps {
  readonly model: FreeingModel;
  readonly say: FreeingSentences;
  readonly root: IRootUsage;
  /** How a limit is written. */
  readonly limit: (bytes: number) => string;
}

/** What may go, what each costs, and how much is used afterwards. */
export function FreeUp(props: IFreeUpProps): React.ReactElement {
  const { model, say } = props;
  const { trans } = say;
  useSignalUpdate(model.changed);
  const { phase, groups, kept } = model;
  if (phase === 'failed') {
    return (
      <StateMessage
        icon={warningIcon}
        title={trans.__('It is not known what may go')}
        text={model.problem ?? ''}
        actions={[
          {
            label: trans.__('Try again'),
            primary: true,
            run: () => void model.look()
          }
        ]}
      />
    );
  }
  return (
    <>
      <div className="mast-FreeUp-scroll" tabIndex={-1}>
        {phase === 'looking' && (
          <>
            <p role="status" className="mast-FreeUp-looking">
              {model.looked === 0
                ? trans.__('Looking for what may go …')
                : trans._n(
                    'Compared with the archive: %2 copy …',
                    'Compared with the archive: %2 copies …',
                    model.looked,
                    model.looked.toLocaleString()
                  )}
            </p>
            <Skeleton rows={4} />
          </>
        )}
        {phase !== 'looking' && groups.length + kept.length === 0 && (
          <StateMessage
            icon={inWorkspaceIcon}
            title={trans.__('Nothing here may go without harm')}
            text={trans.__(
              'There are no unchanged archive copies, package caches, old checkpoints, or things in the trash. The folders and the largest files in the panel show where your space is.'
            )}
            actions={[]}
          />
        )}
        {phase !== 'looking' && (
          <>
            {groups.map(group => (
              <Group key={group.name} {...props} group={group} />
            ))}
            {kept.map(group => (
              <Group key={group.name} {...props} group={group} />
            ))}
          </>
        )}
      </div>
      {model.problem !== null && (
        <Notice icon={warningIcon} title="" text={model.problem} />
      )}
      {phase !== 'looking' && groups.length > 0 && <Afterwards {...props} />}
    </>
  );
}

function Group(
  props: IFreeUpProps & { readonly group: IGroup<Freeable | Kept> }
): React.ReactElement {
  const { model, say, group } = props;
  const { trans } = say;
  const [open, setOpen] = React.useState(false);
  const id = React.useId();
  const { name } = group;
  const mayGo = isFreeable(name);
  const Icon = ICONS[name];
  return (
    <section
      className={`mast-FreeUp-group ${mayGo ? '' : 'mast-mod-kept'}`}
      data-group={name}
    >
      <span className="mast-FreeUp-tick">
        {mayGo ? (
          <input
            type="checkbox"
            id={id}
            aria-describedby={`${id}-text`}
            checked={model.isChosen(name)}
            disabled={model.phase !== 'ready'}
            onChange={event => model.choose(name, event.target.checked)}
          />
        ) : (
          <lockIcon.react
            tag="span"
            width="14px"
            height="14px"
            title={trans.__('Stays')}
          />
        )}
      </span>
      <Icon.react tag="span" width="16px" height="16px" />
      <label htmlFor={mayGo ? id : undefined}>
        <b>{say.title(name)}</b>
      </label>
      <b className="mast-number">{say.bytes(group.allocated)}</b>
      <p id={`${id}-text`} className="mast-secondary">
        {say.text(group, model)}
      </p>
      <button
        type="button"
        className="mast-link"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {open ? trans.__('Hide list') : trans.__('Show list')}
      </button>
      {open && <Items {...props} items={group.items} />}
    </section>
  );
}

function Items(
  props: IFreeUpProps & { readonly items: readonly IItem[] }
): React.ReactElement {
  const { say, items } = props;
  const { trans } = say;
  const more = items.length - LISTED;
  return (
    <ul className="mast-FreeUp-items" tabIndex={0}>
      {items.slice(0, LISTED).map(one => (
        <li key={one.id} title={readable(one.id)}>
          <span>{readable(one.id)}</span>
          <span className="mast-number">{say.bytes(one.allocated)}</span>
        </li>
      ))}
      {more > 0 && (
        <li className="mast-secondary">
          {trans._n(
            'and %2 smaller one',
            'and %2 smaller ones',
            more,
            more.toLocaleString()
          )}
        </li>
      )}
    </ul>
  );
}

/** How much is used afterwards, and of what. */
function Afterwards(props: IFreeUpProps): React.ReactElement {
  const { model, say, root } = props;
  const { trans } = say;
  const frees = Math.min(model.frees, root.used);
  const after = root.used - frees;
  const whole = Math.max(1, root.limit ?? root.used, root.used);
  const share = (bytes: number) => ({ width: `${(100 * bytes) / whole}%` });
  return (
    <div className="mast-FreeUp-after">
      <div className="mast-Kinds-bar" aria-hidden="true">
        <i className="mast-mod-used" style={share(after)} />
        <i className="mast-mod-freed" style={share(frees)} />
      </div>
      <p role="status">
        <span>
          {root.limit === null
            ? trans.__('Afterwards %1 used', say.bytes(after))
            : trans.__(
                'Afterwards %1 of %2 used',
                say.bytes(after),
                props.limit(root.limit)
              )}
        </span>
        <b className="mast-number">
          {trans.__('%1 freed', say.bytes(model.frees))}
        </b>
      </p>
    </div>
  );
}

function isFreeable(name: Freeable | Kept): name is Freeable {
  return !['changed', 'gone', 'unasked', 'in-use'].includes(name);
}
