import * as React from 'react';
import { MiddleText } from '../../ui/MiddleText';
import { isolated } from '../../ui/names';
import { TextButton } from '../../ui/TextButton';
import { Toolbar } from '../../ui/Toolbar';
import { canBringBack, canTrash, type IUsageActs } from '../usageacts';
import type { UsageSentences } from '../usagesentences';
import type { UsageState } from '../usagestate';

/** What is selected, and what can be done with it. */
export function UsageFooter(props: {
  readonly state: UsageState;
  readonly say: UsageSentences;
  readonly acts: IUsageActs;
}): React.ReactElement | null {
  const { state, say, acts } = props;
  const { trans } = say;
  const entry = state.entryInSight;
  if (entry === null) {
    return null;
  }
  const place = say.place(entry);
  const working = state.workOn(entry.id) !== null;
  return (
    <Toolbar
      className="mast-Usage-footer"
      label={trans.__('What to do with %1', isolated(place))}
    >
      <span className="mast-Usage-what" title={say.selected(entry)}>
        <b className="mast-clip">
          <MiddleText text={place} />
        </b>{' '}
        <span className="mast-number">· {say.figures(entry).join(' · ')}</span>
      </span>
      <div className="mast-Usage-acts">
        {acts.canOpen(entry) && (
          <Act label={trans.__('Open')} run={() => acts.open(entry)} />
        )}
        {acts.canReveal(entry) && (
          <Act
            label={trans.__('Show in file browser')}
            run={() => acts.reveal(entry)}
          />
        )}
        {canBringBack(entry) && (
          <Act
            label={trans.__('Restore')}
            enabled={!working}
            run={() => acts.bringBack(entry)}
          />
        )}
        {canTrash(entry) && (
          <Act
            label={trans.__('Move to trash')}
            title={state.strayed ? say.strayed(entry) : undefined}
            enabled={!working && !state.strayed}
            run={() => acts.trash(entry)}
          />
        )}
        <Act
          label={trans.__('Delete…')}
          enabled={!working}
          run={() => acts.remove(entry)}
        />
      </div>
    </Toolbar>
  );
}

function Act(props: {
  readonly label: string;
  readonly title?: string;
  readonly enabled?: boolean;
  readonly run: () => void;
}): React.ReactElement {
  const { label, title = label, enabled, run } = props;
  return (
    <TextButton title={title} enabled={enabled} run={run}>
      {label}
    </TextButton>
  );
}
