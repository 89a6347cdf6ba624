import * as React from 'react';
import { MiddleText } from '../../ui/MiddleText';
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
  const { entry } = state;
  if (entry === null) {
    return null;
  }
  const place = say.place(entry);
  const working = state.workOn(entry.id) !== null;
  return (
    <Toolbar
      className="mast-Usage-footer"
      label={trans.__('What to do with %1', place)}
    >
      <span className="mast-Usage-what" title={say.selected(entry)}>
        <b className="mast-clip">
          <MiddleText text={place} />
        </b>{' '}
        <span className="mast-number">· {say.figures(entry).join(' · ')}</span>
      </span>
      <div className="mast-Usage-acts">
        {acts.canOpen(entry) && (
          <TextButton run={() => acts.open(entry)}>
            {trans.__('Open')}
          </TextButton>
        )}
        {acts.canReveal(entry) && (
          <TextButton run={() => acts.reveal(entry)}>
            {trans.__('Show in file browser')}
          </TextButton>
        )}
        {canBringBack(entry) && (
          <TextButton enabled={!working} run={() => acts.bringBack(entry)}>
            {trans.__('Restore')}
          </TextButton>
        )}
        {canTrash(entry) && (
          <TextButton enabled={!working} run={() => acts.trash(entry)}>
            {trans.__('Move to trash')}
          </TextButton>
        )}
        <TextButton enabled={!working} run={() => acts.remove(entry)}>
          {trans.__('Delete…')}
        </TextButton>
      </div>
    </Toolbar>
  );
}
