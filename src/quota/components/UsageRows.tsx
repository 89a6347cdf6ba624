import * as React from 'react';
import { useVirtualRows } from '../../ui/virtual';
import { TypeAhead } from '../typeahead';
import type { IUsageActs } from '../usageacts';
import { enter, pressInRows } from '../usagekeys';
import type { UsageRow } from '../usagerows';
import type { UsageSentences } from '../usagesentences';
import type { UsageState } from '../usagestate';
import { UsageRowView } from './UsageRowView';

/** Height of a row in px. */
const ROW = 24;

/**
 * Folders as a tree, or files as a list; only rows in sight are drawn. One tab
 * stop: the arrows go from row to row.
 */
export function UsageRows(props: {
  readonly state: UsageState;
  readonly say: UsageSentences;
  readonly acts: IUsageActs;
}): React.ReactElement {
  const { state, say, acts } = props;
  const { trans } = say;
  const { rows, current, tab } = state;
  const id = React.useId();
  const scroller = React.useRef<HTMLDivElement>(null);
  const typeAhead = React.useMemo(() => new TypeAhead(), []);
  const virtual = useVirtualRows({
    count: rows.length,
    heightOf: () => ROW,
    scroller,
    layout: tab
  });
  const { items } = virtual;
  const at = rows.findIndex(row => row.id === current);
  const drawn = items.some(item => item.index === at);
  const sort = state.tree?.sort;
  useRevealed(
    at,
    [current, tab, sort?.by, sort?.down].join(),
    virtual.scrollToIndex
  );

  const rowOf = (target: EventTarget): UsageRow | undefined => {
    const element = (target as Element).closest<HTMLElement>('.mast-UsageRow');
    return rows.find(row => row.id === element?.dataset.id);
  };
  const menu = () => {
    const { entry } = state;
    if (entry !== null && scroller.current) {
      const box = (
        scroller.current.querySelector('.mast-UsageRow.mast-mod-selected') ??
        scroller.current
      ).getBoundingClientRect();
      acts.menu(entry, { x: box.left + 24, y: box.top + ROW });
    }
  };
  const flat = tab !== 'folders';
  return (
    <div
      ref={scroller}
      className="mast-UsageRows"
      role={flat ? 'grid' : 'treegrid'}
      aria-label={
        tab === 'folders'
          ? trans.__('Folders of %1', state.root?.title ?? '')
          : tab === 'largest'
            ? trans.__('Largest files of %1', state.root?.title ?? '')
            : trans.__('Oldest files of %1', state.root?.title ?? '')
      }
      aria-rowcount={rows.length}
      aria-activedescendant={drawn ? `${id}-${at}` : undefined}
      tabIndex={0}
      onFocus={event => {
        if (
          event.target === scroller.current &&
          (flat ? at < 0 : state.current === null) &&
          rows.length > 0
        ) {
          state.select(rows[0].id);
        }
      }}
      onKeyDown={event => {
        const page = Math.max(
          1,
          Math.floor((scroller.current?.clientHeight ?? 240) / ROW) - 1
        );
        const done = pressInRows(event, {
          state,
          acts,
          page,
          typeAhead,
          menu,
          show: index => virtual.scrollToIndex(index)
        });
        if (done) {
          event.preventDefault();
          event.stopPropagation();
        }
      }}
      onMouseDown={event => {
        const row = rowOf(event.target);
        if (row) {
          state.select(row.id);
        }
      }}
      onClick={event => {
        const row = rowOf(event.target);
        const element = event.target as Element;
        if (row?.type === 'entry' && element.closest('.mast-UsageRow-caret')) {
          state.tree?.toggle(row.id);
        } else if (row?.type === 'failure' && element.closest('button')) {
          void state.tree?.need(row.parent);
        }
      }}
      onDoubleClick={event => {
        const row = rowOf(event.target);
        const element = event.target as Element;
        if (row?.type === 'entry' && !element.closest('.mast-UsageRow-caret')) {
          enter({ state, acts, menu });
        }
      }}
      onContextMenu={event => {
        const row = rowOf(event.target);
        if (row?.type === 'entry') {
          event.preventDefault();
          event.stopPropagation();
          state.select(row.id);
          acts.menu(row.entry, { x: event.clientX, y: event.clientY });
        }
      }}
    >
      <div
        role="rowgroup"
        style={{ height: virtual.height, position: 'relative' }}
      >
        {items.map(item => {
          const row = rows[item.index] as UsageRow | undefined;
          return (
            row && (
              <div
                key={row.id}
                id={`${id}-${item.index}`}
                role="row"
                aria-rowindex={item.index + 1}
                aria-selected={row.id === current}
                {...(flat
                  ? {}
                  : {
                      'aria-level': row.level,
                      'aria-posinset': row.position,
                      'aria-setsize': row.siblings,
                      'aria-expanded':
                        row.type === 'entry' && row.entry.folder
                          ? row.expanded
                          : undefined
                    })}
                data-id={row.id}
                title={
                  row.type === 'entry'
                    ? say.full(row.entry, state.tree)
                    : undefined
                }
                className={
                  'mast-UsageRow' +
                  (row.id === current ? ' mast-mod-selected' : '')
                }
                style={{
                  height: ROW,
                  transform: `translateY(${virtual.topOf(item)}px)`
                }}
              >
                <UsageRowView row={row} state={state} say={say} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

/**
 * Bring what was selected elsewhere into sight, once: when only its place has
 * changed since, people may be reading another one.
 *
 * @param what - Stands for what is selected and how it is listed.
 */
function useRevealed(
  at: number,
  what: string,
  scrollToIndex: (index: number) => void
): void {
  const scroll = React.useRef(scrollToIndex);
  scroll.current = scrollToIndex;
  const revealed = React.useRef<string | null>(null);
  React.useEffect(() => {
    if (at >= 0 && what !== revealed.current) {
      scroll.current(at);
    }
    revealed.current = at < 0 ? null : what;
  }, [at, what]);
}
