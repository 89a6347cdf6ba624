import * as React from 'react';
import { useSignalUpdate } from '../../ui/hooks';
import { transfersIcon } from '../../ui/icons';
import type { IRootUsage } from '../types';
import type { IUsagePanelProps } from './UsagePanel';

/** Lists that are shown; older ones follow when these are dealt with. */
const SHOWN = 3;

/** What was removed to free space, and can be fetched again. */
export function Freed(
  props: IUsagePanelProps & { readonly root: IRootUsage }
): React.ReactElement | null {
  const { state, say, freed, freeing, root } = props;
  const { trans } = say;
  useSignalUpdate(freed.changed);
  const { active } = state;
  React.useEffect(() => {
    if (active) {
      void freed.load(root.id);
    }
  }, [freed, active, root.id, root.refreshed]);
  const lists = freed.of(root.id).slice(0, SHOWN);
  if (lists.length === 0) {
    return null;
  }
  return (
    <ul className="mast-Usage-freed" aria-label={trans.__('Removed copies')}>
      {lists.map(list => (
        <li key={list.freed}>
          <transfersIcon.react tag="span" width="16px" height="16px" />
          <span>{say.canFetch(list)}</span>{' '}
          {freed.isFetched(list.freed) ? (
            freeing.showTransfers !== null && (
              <button className="mast-link" onClick={freeing.showTransfers}>
                {trans.__('Show transfers')}
              </button>
            )
          ) : (
            <>
              <button
                className="mast-link"
                onClick={() => freeing.fetchAgain(list)}
              >
                {trans.__('Fetch again')}
              </button>
              <button
                className="mast-link"
                onClick={() => freeing.forget(list)}
              >
                {trans.__('Forget')}
              </button>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
