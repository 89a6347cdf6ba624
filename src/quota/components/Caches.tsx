import {
  checkIcon,
  copyIcon,
  infoIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';
import { useSignalUpdate } from '../../ui/hooks';
import { LiveDialog } from '../../ui/livedialog';
import { cloudOffIcon, errorIcon, warningIcon } from '../../ui/panelicons';
import { Notice, Skeleton, StateMessage } from '../../ui/StateMessage';
import type { CacheGroup, CachesModel, ICacheGroup } from '../caches';
import type { CachesSentences } from '../cachessentences';
import { GroupCard } from './GroupCard';

const ICONS: Readonly<Record<CacheGroup, LabIcon>> = {
  adoptable: checkIcon,
  twice: copyIcon,
  shorter: errorIcon,
  different: warningIcon,
  unknown: infoIcon,
  unchecked: cloudOffIcon
};

interface ICachesProps {
  readonly model: CachesModel;
  readonly say: CachesSentences;
}

/** Show what other programs fetched, until it is closed. */
export async function showCaches(options: ICachesProps): Promise<void> {
  void options.model.look();
  await new CachesWindow(options).untilClosed(options.model);
}

/** What other programs fetched, by how it stands to the archives. */
export function Caches(props: ICachesProps): React.ReactElement {
  const { model, say } = props;
  const { trans } = say;
  useSignalUpdate(model.changed);
  const { groups, looking, problem } = model;
  const empty = !looking && groups.length === 0 && problem === null;
  return (
    <>
      <p className="mast-secondary">
        {trans.__(
          'What astroquery, astropy, lightkurve, eleanor and CRDS fetched from archives. Files stay where they are, so that these programs go on finding them.'
        )}
      </p>
      <div className="mast-FreeUp-scroll" tabIndex={-1}>
        {empty && (
          <StateMessage
            icon={checkIcon}
            title={trans.__('Nothing is left to compare')}
            text={say.nothing(model.adopted)}
            actions={[]}
          />
        )}
        {groups.map(group => (
          <Group key={group.name} {...props} group={group} />
        ))}
        {looking && <Skeleton rows={groups.length === 0 ? 4 : 1} />}
      </div>
      {problem !== null && (
        <Notice
          icon={warningIcon}
          title=""
          text={problem}
          {...(groups.length === 0
            ? {
                action: {
                  label: trans.__('Try again'),
                  run: () => void model.look()
                }
              }
            : {})}
        />
      )}
      <p className="mast-FreeUp-looking">
        <span role="status">{say.doing(model)}</span> {say.progress(model)}
      </p>
    </>
  );
}

function Group(
  props: ICachesProps & { readonly group: ICacheGroup }
): React.ReactElement {
  const { model, say, group } = props;
  const { name, files } = group;
  const { work } = model;
  const action = say.action(name, files.length);
  return (
    <GroupCard
      name={name}
      icon={ICONS[name]}
      title={say.title(name)}
      text={say.text(group)}
      items={files.map(file => ({
        id: file.id,
        allocated: file.allocated,
        note: say.note(name, file)
      }))}
      allocated={group.allocated}
      say={say}
      stays={action === null}
      before={() => null}
      actions={
        action !== null &&
        (work?.group === name ? (
          <button
            key="stop"
            type="button"
            className="mast-Button"
            disabled={model.stopped}
            onClick={() => model.stop()}
          >
            {model.stopped ? say.trans.__('Stopping …') : say.trans.__('Stop')}
          </button>
        ) : (
          <button
            key="do"
            type="button"
            className="mast-Button"
            disabled={work !== null || model.looking}
            onClick={() =>
              void (name === 'adoptable' ? model.adopt() : model.trash(name))
            }
          >
            {action}
          </button>
        ))
      }
    />
  );
}

class CachesWindow extends LiveDialog {
  constructor(options: ICachesProps) {
    const { model, say } = options;
    const body = ReactWidget.create(<Caches {...options} />);
    body.addClass('mast-FreeUp');
    super({
      title: say.trans.__('Archive caches of other programs'),
      body,
      firstStop: '.mast-FreeUp button:not(:disabled)',
      defaultButton: 0,
      changed: model.changed,
      buttons: [Dialog.cancelButton({ label: say.trans.__('Close') })]
    });
    this.addClass('mast-FreeUp-window');
  }

  protected follow(): void {
    const active = document.activeElement;
    if (
      this.isAttached &&
      (active === document.body ||
        (active instanceof HTMLButtonElement && active.disabled))
    ) {
      // What was pressed is not there, or cannot be pressed, any more.
      this.buttonNodes[0]?.focus();
    }
  }
}
