import * as React from 'react';
import { useSignalUpdate } from '../../ui/hooks';
import { quotaIcon } from '../../ui/icons';
import { cloudOffIcon, warningIcon } from '../../ui/panelicons';
import { Skeleton, StateMessage } from '../../ui/StateMessage';
import type { FreedLists } from '../freed';
import type { IFreeingActs, IUsageActs } from '../usageacts';
import type { UsageSentences } from '../usagesentences';
import type { UsageState } from '../usagestate';
import { useKeptFocus } from './keptfocus';
import { Treemap } from './Treemap';
import { UsageFooter } from './UsageFooter';
import { UsageHeader } from './UsageHeader';
import { UsageList } from './UsageList';
import { UsageTabs } from './UsageTabs';
import '../../../style/ui.css';
import '../../../style/quota-usage.css';

/** What the panel and its parts need. */
export interface IUsagePanelProps {
  readonly state: UsageState;
  readonly say: UsageSentences;
  readonly acts: IUsageActs;
  readonly freeing: IFreeingActs;
  readonly freed: FreedLists;
  /** Put the focus on the rows. */
  readonly focusRows: () => void;
}

/** Where the space is: kinds, folders and files, and what to do with them. */
export function UsagePanel(props: IUsagePanelProps): React.ReactElement {
  const { state, focusRows } = props;
  useSignalUpdate(state.changed);
  return (
    <div className="mast-Usage-content" {...useKeptFocus(focusRows)}>
      <UsageHeader {...props} />
      <Content {...props} />
      <Spoken state={state} />
    </div>
  );
}

function Content(props: IUsagePanelProps): React.ReactElement {
  const { state, say, acts } = props;
  const { trans } = say;
  const { model, root } = state;
  const panel = React.useId();
  if (root === null) {
    return model.failure === null ? (
      <Skeleton rows={8} />
    ) : (
      <StateMessage
        icon={cloudOffIcon}
        title={trans.__('Used space is not known')}
        text={model.failure.message}
        actions={[
          {
            label: trans.__('Try again'),
            primary: true,
            run: () => acts.tryAgain()
          }
        ]}
      />
    );
  }
  if (root.measured === null) {
    return root.problem !== null ? (
      <StateMessage
        icon={warningIcon}
        title={trans.__('%1 cannot be counted', root.title)}
        text={root.problem}
        actions={[]}
      />
    ) : (
      <StateMessage
        icon={quotaIcon}
        title={trans.__('The first count is under way')}
        text={trans.__(
          'All folders are read once; then it is seen here where your space is. You can go on working.'
        )}
        actions={[]}
      />
    );
  }
  return (
    <div className="mast-Usage-body">
      <div className="mast-Usage-list">
        <UsageTabs state={state} say={say} panel={panel} />
        <div
          id={panel}
          className="mast-Usage-tab"
          role="tabpanel"
          aria-labelledby={`${panel}-${state.tab}`}
        >
          <UsageList {...props} />
        </div>
        <UsageFooter {...props} />
      </div>
      <Treemap {...props} />
    </div>
  );
}

/** Reads out what is selected and what was done, one at a time. */
function Spoken({ state }: { readonly state: UsageState }): React.ReactElement {
  const [said, say] = React.useState('');
  React.useEffect(() => {
    const listen = (_: unknown, text: string) => say(text);
    state.said.connect(listen);
    return () => {
      state.said.disconnect(listen);
    };
  }, [state]);
  return (
    <div className="mast-sr" role="status" aria-live="polite">
      {said}
    </div>
  );
}
