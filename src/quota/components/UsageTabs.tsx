import * as React from 'react';
import { sideTarget } from '../../ui/keys';
import type { UsageSentences } from '../usagesentences';
import type { UsageState, UsageTab } from '../usagestate';

/** Folders, largest files, oldest files: one tab stop, arrows go between. */
export function UsageTabs(props: {
  readonly state: UsageState;
  readonly say: UsageSentences;
  /** Of the element that shows what is chosen. */
  readonly panel: string;
}): React.ReactElement {
  const { state, say, panel } = props;
  const { trans } = say;
  const list = React.useRef<HTMLDivElement>(null);
  const tabs: readonly [UsageTab, string][] = [
    ['folders', trans.__('Folders')],
    ['largest', trans.__('Largest files')],
    ['oldest', trans.__('Oldest files')]
  ];
  const onKeyDown = (event: React.KeyboardEvent) => {
    const at = tabs.findIndex(([tab]) => tab === state.tab);
    const to = sideTarget(event.key, at, tabs.length);
    if (to !== null) {
      state.tab = tabs[to][0];
      list.current?.querySelectorAll<HTMLElement>('button')[to]?.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <div
      ref={list}
      className="mast-Usage-tabs"
      role="tablist"
      aria-label={trans.__('What is listed')}
      onKeyDown={onKeyDown}
    >
      {tabs.map(([tab, label]) => (
        <button
          key={tab}
          id={`${panel}-${tab}`}
          role="tab"
          title={label}
          aria-selected={tab === state.tab}
          aria-controls={panel}
          tabIndex={tab === state.tab ? 0 : -1}
          onClick={() => {
            state.tab = tab;
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
