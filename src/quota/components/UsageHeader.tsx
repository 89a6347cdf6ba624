import * as React from 'react';
import { useDelayed, useNow } from '../../ui/hooks';
import { cleaningIcon, cloudOffIcon, warningIcon } from '../../ui/panelicons';
import { Notice } from '../../ui/StateMessage';
import { Freed } from './Freed';
import { KindsBar } from './KindsBar';
import type { IUsagePanelProps } from './UsagePanel';

/** Milliseconds between two looks at how old the figures are. */
const AGING = 30_000;

/** How much is used of a root, how old that is, and what kinds it is. */
export function UsageHeader(
  props: IUsagePanelProps
): React.ReactElement | null {
  const { state, say, acts } = props;
  const { quota, trans } = say;
  const { model, root, tree } = state;
  const now = (useNow(true, AGING) - model.ahead) / 1000;
  const slow = useDelayed(state.looking, 150);
  if (root === null) {
    return null;
  }
  const counted = root.measured !== null;
  const [before, figure, after] = say.used(root);
  const included = quota.included(root, now);
  const problem = root.problem !== null && !counted;
  return (
    <div className="mast-Usage-header">
      <div className="mast-Usage-headline">
        {model.roots.length > 1 && (
          <select
            className="mast-Usage-roots"
            aria-label={trans.__('Which space')}
            value={root.id}
            onChange={event => {
              state.rootId = event.target.value;
            }}
          >
            {model.roots.map(one => (
              <option key={one.id} value={one.id}>
                {one.title}
              </option>
            ))}
          </select>
        )}
        <h2>
          {counted ? (
            <>
              {before}
              <b>{figure}</b>
              {after}
            </>
          ) : (
            trans.__('Used space')
          )}
        </h2>
        <p className="mast-secondary mast-Usage-age">
          {!problem && `${quota.age(root, now).replace(/\.$/, '')} · `}
          <button
            className="mast-link"
            title={trans.__('Read all folders again')}
            aria-disabled={root.counting !== null}
            onClick={() => root.counting === null && acts.countAgain()}
          >
            {trans.__('Count again')}
          </button>
        </p>
        {counted && (
          <button
            className="mast-Button mast-Usage-freeUp"
            title={trans.__('See what may go without harm')}
            aria-busy={state.looking}
            onClick={() => props.freeing.freeUp()}
          >
            <cleaningIcon.react tag="span" width="16px" height="16px" />
            {slow ? trans.__('Looking…') : trans.__('Free up space')}
          </button>
        )}
      </div>
      {included !== '' && <p className="mast-secondary">{included}</p>}
      {model.failure !== null && (
        <Notice
          icon={cloudOffIcon}
          title=""
          text={say.away(model.failure)}
          action={{ label: trans.__('Try again'), run: () => acts.tryAgain() }}
        />
      )}
      {counted && root.problem !== null && (
        <Notice
          icon={warningIcon}
          title={trans.__('%1 cannot be counted again.', root.title)}
          text={root.problem}
        />
      )}
      {root.limit_problem !== null && (
        <Notice icon={warningIcon} title="" text={quota.limitProblem(root)} />
      )}
      {counted && root.limit !== null && root.used > root.limit && (
        <Notice
          icon={warningIcon}
          title=""
          text={quota.passed(root, model.thresholds)}
        />
      )}
      {counted && tree?.root && (
        <KindsBar root={root} kinds={tree.root.kinds} say={say} />
      )}
      <Freed {...props} root={root} />
      {root.unreadable > 0 && (
        <p className="mast-secondary">
          {say.unreadable(root, tree?.root?.unreadable ?? [])}
        </p>
      )}
    </div>
  );
}
