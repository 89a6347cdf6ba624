import { caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { SortBy } from '../treeorder';
import type { UsageSentences } from '../usagesentences';
import type { UsageState } from '../usagestate';

/** The heads of the columns; folders can be ordered by them. */
export function UsageHead(props: {
  readonly state: UsageState;
  readonly say: UsageSentences;
}): React.ReactElement {
  const { state, say } = props;
  const { trans } = say;
  const { tree, tab } = state;
  const column = (by: SortBy, label: string) => {
    if (tab !== 'folders' || tree === null) {
      return <span>{label}</span>;
    }
    const on = tree.sort.by === by;
    const Caret = tree.sort.down ? caretDownIcon : caretUpIcon;
    return (
      <button
        className={on ? 'mast-mod-sorted' : ''}
        aria-label={
          on
            ? tree.sort.down
              ? trans.__('%1, sorted downwards', label)
              : trans.__('%1, sorted upwards', label)
            : trans.__('Sort by %1', label)
        }
        onClick={() => tree.sortBy(by)}
      >
        {label}
        {on && <Caret.react tag="span" width="14px" height="14px" />}
      </button>
    );
  };
  return (
    <div
      className="mast-UsageRow-cells mast-Usage-head"
      role="group"
      aria-label={trans.__('Order')}
    >
      {column('name', trans.__('Name'))}
      <span className="mast-UsageRow-bar" />
      {column('size', trans.__('Size'))}
      <span className="mast-UsageRow-last">
        {tab === 'oldest' && trans.__('Modified')}
      </span>
    </div>
  );
}
