import { folderIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { useDelayed } from '../../ui/hooks';
import { cloudOffIcon, warningIcon } from '../../ui/panelicons';
import { Notice, Skeleton, StateMessage } from '../../ui/StateMessage';
import type { IUsageActs } from '../usageacts';
import type { UsageSentences } from '../usagesentences';
import type { UsageState } from '../usagestate';
import { UsageHead } from './UsageHead';
import { UsageRows } from './UsageRows';

/** The rows of a tab, or what there is to say in their place. */
export function UsageList(props: {
  readonly state: UsageState;
  readonly say: UsageSentences;
  readonly acts: IUsageActs;
}): React.ReactElement {
  const { state, say } = props;
  const { trans } = say;
  const { tree, list, rows } = state;
  const failure = (list ?? tree)?.failure ?? null;
  const known = list === null ? tree?.root : list.files;
  const slow = useDelayed(!known && failure === null, 150);
  const again = {
    label: trans.__('Try again'),
    run: () => void (list === null ? tree?.need('') : list.load())
  };
  if (!known) {
    return failure === null ? (
      slow ? (
        <Skeleton rows={8} />
      ) : (
        <div className="mast-grow" />
      )
    ) : (
      <StateMessage
        icon={cloudOffIcon}
        title={
          list === null
            ? trans.__('The folders are not known')
            : trans.__('The files are not known')
        }
        text={failure.message}
        actions={[{ ...again, primary: true }]}
      />
    );
  }
  return (
    <>
      {failure !== null && state.model.failure === null && (
        <Notice
          icon={warningIcon}
          title=""
          text={say.away(failure)}
          action={again}
        />
      )}
      {rows.length === 0 ? (
        <StateMessage
          icon={folderIcon}
          title={
            list === null
              ? trans.__('Nothing here takes space yet')
              : trans.__('No large files')
          }
          text={
            list === null
              ? trans.__('What you copy or make appears here.')
              : trans.__('Files below 1 MiB are not listed.')
          }
          actions={[]}
        />
      ) : (
        <>
          <UsageHead state={state} say={say} />
          <UsageRows {...props} />
          {list !== null && (
            <p className="mast-secondary mast-Usage-note">
              {trans._n(
                '%2 file from 1 MiB on.',
                '%2 files from 1 MiB on; of each folder at most the 32 largest and the 8 oldest.',
                rows.length,
                say.quota.number(rows.length)
              )}
            </p>
          )}
        </>
      )}
    </>
  );
}
