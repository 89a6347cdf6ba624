import {
  deleteIcon,
  editIcon,
  extensionIcon,
  historyIcon,
  lockIcon,
  searchIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { useSignalUpdate } from '../../ui/hooks';
import { inWorkspaceIcon, warningIcon } from '../../ui/panelicons';
import { Notice, Skeleton, StateMessage } from '../../ui/StateMessage';
import {
  FREEABLE,
  type Freeable,
  type FreeingModel,
  type IGroup,
  type Kept
} from '../freeing';
import type { FreeingSentences } from '../freeingsentences';
import type { IRootUsage } from '../types';
import { GroupCard } from './GroupCard';
import '../../../style/ui.css';
import '../../../style/quota-freeup.css';

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
  /** Of the dialog: whose space it is. */
  readonly title: string;
  /** What archive caches take; `null` where there are none. */
  readonly caches: { readonly allocated: number } | null;
  readonly showCaches: () => void;
  /** Show a thing in the trash, by its id, where it can be brought back. */
  readonly showTrashed: (id: string) => void;
}

/** What may go, what each costs, and how much that frees. */
export function FreeUp(props: IFreeUpProps): React.ReactElement {
  const { model, say } = props;
  const { trans } = say;
  useSignalUpdate(model.changed, true);
  const { phase, groups, kept } = model;
  const nothing = groups.length + kept.length === 0 && props.caches === null;
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
            <p className="mast-FreeUp-looking">
              <span role="status">{trans.__('Looking for what may go …')}</span>{' '}
              {model.looked > 0 &&
                trans._n(
                  'Compared with the archive: %2 copy …',
                  'Compared with the archive: %2 copies …',
                  model.looked,
                  say.number(model.looked)
                )}
            </p>
            <Skeleton rows={4} />
          </>
        )}
        {phase !== 'looking' && nothing && (
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
            <Caches {...props} />
          </>
        )}
      </div>
      {phase !== 'looking' && model.problem !== null && (
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
  const { name } = group;
  const mayGo = isFreeable(name);
  const inTrash = name === 'trash';
  return (
    <GroupCard
      {...group}
      items={
        // There their names say where they were.
        inTrash
          ? group.items.map(one => ({ ...one, label: one.name }))
          : group.items
      }
      actions={
        inTrash && (
          <button
            type="button"
            className="mast-Button"
            disabled={model.phase !== 'ready'}
            onClick={() => props.showTrashed(group.items[0].id)}
          >
            {say.trans.__('Look into the trash')}
          </button>
        )
      }
      icon={ICONS[name]}
      title={say.title(name)}
      text={say.text(group, model)}
      say={say}
      stays={!mayGo}
      control={mayGo}
      before={id =>
        mayGo ? (
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
            title={say.trans.__('Stays')}
          />
        )
      }
    />
  );
}

/** What other programs fetched is looked at by itself. */
function Caches(props: IFreeUpProps): React.ReactElement | null {
  const { say, caches, showCaches, model } = props;
  const { trans } = say;
  return caches === null ? null : (
    <GroupCard
      name="archive-caches"
      icon={searchIcon}
      title={trans.__('Archive caches of other programs')}
      text={trans.__(
        'What astroquery, lightkurve and others fetched. Compared with the archive, they count as copies, and what differs is found.'
      )}
      items={[]}
      allocated={caches.allocated}
      say={say}
      stays
      before={() => null}
      actions={
        <button
          type="button"
          className="mast-Button"
          disabled={model.phase !== 'ready'}
          onClick={showCaches}
        >
          {trans.__('Compare…')}
        </button>
      }
    />
  );
}

/** How much goes; also how much is used afterwards, where that is bytes on disk too. */
function Afterwards(props: IFreeUpProps): React.ReactElement {
  const { model, say, root } = props;
  const { trans } = say;
  if (root.counts === 'apparent') {
    return (
      <div className="mast-FreeUp-after">
        <p role="status">
          <b className="mast-number">
            {trans.__('%1 freed on disk', say.bytes(model.frees))}
          </b>
        </p>
      </div>
    );
  }
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
                say.limit(root.limit)
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
  return (FREEABLE as readonly string[]).includes(name);
}
