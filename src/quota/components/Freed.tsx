import * as React from 'react';
import { useSignalUpdate } from '../../ui/hooks';
import { transfersIcon } from '../../ui/icons';
import type { IRootUsage } from '../types';
import { useKeptFocus } from './keptfocus';
import type { IUsagePanelProps } from './UsagePanel';

/** Lists that are shown unless people ask for all. */
const SHOWN = 3;

/** What was removed to free space, and can be fetched again. */
export function Freed(
  props: IUsagePanelProps & { readonly root: IRootUsage }
): React.ReactElement | null {
  const { state, say, freed, freeing, root, focusRows } = props;
  const { trans } = say;
  const [all, setAll] = React.useState(false);
  useSignalUpdate(freed.changed);
  const { active } = state;
  React.useEffect(() => {
    if (active) {
      void freed.load(root.id);
    }
  }, [freed, active, root.id, root.refreshed]);
  const element = React.useRef<HTMLUListElement>(null);
  // Which of the lines has the focus: when it goes, the next has its place.
  const at = React.useRef(0);
  const kept = useKeptFocus(() => {
    const lines = [...(element.current?.children ?? [])];
    const buttons = (some: readonly Element[]) =>
      some.flatMap(line => [...line.querySelectorAll('button')]);
    const next =
      buttons(lines.slice(at.current))[0] ?? buttons(lines).at(-1) ?? null;
    if (next === null) {
      focusRows();
    } else {
      next.focus();
    }
  });
  const lists = freed.of(root.id);
  if (lists.length === 0) {
    return null;
  }
  return (
    <ul
      ref={element}
      onFocus={event => {
        kept.onFocus(event);
        at.current = [...event.currentTarget.children].findIndex(line =>
          line.contains(event.target)
        );
      }}
      onBlur={kept.onBlur}
      className="mast-Usage-freed"
      aria-label={trans.__('Removed copies')}
      tabIndex={all ? 0 : undefined}
    >
      {lists.slice(0, all ? undefined : SHOWN).map(list => (
        <li key={list.freed}>
          <transfersIcon.react tag="span" width="16px" height="16px" />
          <span>{say.removed(list)}</span>{' '}
          {list.fetching && freeing.showTransfers !== null && (
            <button
              key="show"
              className="mast-link"
              onClick={freeing.showTransfers}
            >
              {trans.__('Show transfers')}
            </button>
          )}
          {!list.fetching && !list.lost && (
            <button
              key="fetch"
              className="mast-link"
              onClick={() => freeing.fetchAgain(list)}
            >
              {trans.__('Fetch again')}
            </button>
          )}
          <button
            key="files"
            className="mast-link"
            onClick={() => freeing.showRemoved(list)}
          >
            {trans.__('Show files')}
          </button>
          {!list.fetching && (
            <button
              key="forget"
              className="mast-link"
              onClick={() => freeing.forget(list)}
            >
              {trans.__('Forget')}
            </button>
          )}
        </li>
      ))}
      {lists.length > SHOWN && (
        <li>
          <button
            className="mast-link"
            aria-expanded={all}
            onClick={() => setAll(!all)}
          >
            {all
              ? trans.__('Show the newest only')
              : trans.__('Show all %1 lists', say.quota.number(lists.length))}
          </button>
        </li>
      )}
    </ul>
  );
}
