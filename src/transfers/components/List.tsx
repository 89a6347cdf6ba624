import * as React from 'react';
import { useNow, useSignalUpdate, useWidth } from '../../ui/hooks';
import { useVirtualRows } from '../../ui/virtual';
import type { ListState } from '../liststate';
import { isHeldUp } from '../order';
import type { Row } from '../rows';
import type { Sentences } from '../sentences';
import { press } from './keys';
import { RowView, sectionLabel, type IRowActs } from './RowView';

/** Rows that stay in sight for so many milliseconds are looked at. */
const MOMENT = 40;

/** While rows fly by, those are fetched that are in sight after so long. */
const LONGEST_MOMENT = 200;

/** So long after the last sign of somebody, transfers may change places. */
const AWAY = 4_000;

export interface IListProps {
  readonly state: ListState;
  readonly sentences: Sentences;
  readonly acts: IRowActs;
}

/**
 * The list of transfers and, of opened ones, their files. Only rows in sight
 * are drawn.
 *
 * It is one tab stop. Up and down go from row to row, right goes into the
 * buttons of a row, and left out of them.
 */
export function List(props: IListProps): React.ReactElement {
  const { state, sentences } = props;
  const { model } = state;
  const { trans } = sentences;
  useSignalUpdate(state.changed);
  const { rows, current } = state;
  const scroller = React.useRef<HTMLDivElement>(null);
  const now = useNow(
    model.transfers.some(
      transfer => transfer.state === 'running' || isHeldUp(transfer)
    )
  );
  const width = useWidth(scroller);
  React.useLayoutEffect(() => {
    state.width = width;
  }, [state, width]);

  const virtual = useVirtualRows({
    count: rows.length,
    heightOf: index => rows.heightOf(index),
    scroller,
    layout: rows.layout
  });
  const { items } = virtual;
  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? -1;
  useShown(state, first, last);

  const hold = useHold(state);
  const keepFocus = useFocusKept(scroller);

  const at = rows.indexOf(current);
  const go = (index: number) => {
    const row = state.rows.at(index);
    if (row) {
      state.current = row.id;
      virtual.scrollToIndex(index);
      scroller.current?.focus();
    }
  };
  const rowOf = (target: EventTarget): Row | undefined => {
    const element = (target as Element).closest<HTMLElement>(
      '.mast-TransferRow'
    );
    return element === null
      ? undefined
      : rows.at(rows.indexOf(element.dataset.id ?? null));
  };

  const onKeyDown = (event: React.KeyboardEvent) => {
    hold.touch();
    const done = press(event, {
      state,
      page: Math.max(
        1,
        Math.floor((scroller.current?.clientHeight ?? 240) / 24) - 1
      ),
      go,
      acts: props.acts,
      list: scroller.current
    });
    if (done) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  return (
    <div
      ref={scroller}
      className={'mast-TransferList' + (state.narrow ? ' mast-mod-narrow' : '')}
      role="treegrid"
      aria-label={trans.__('Transfers')}
      aria-rowcount={rows.length}
      aria-activedescendant={
        at >= first && at <= last ? `mast-transfer-row-${at}` : undefined
      }
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerMove={hold.touch}
      onPointerLeave={hold.leave}
      onFocus={event => {
        keepFocus(event.target);
        if (event.target === scroller.current && at < 0) {
          state.current = rows.at(0)?.id ?? null;
        }
      }}
      onMouseDown={event => {
        const row = rowOf(event.target);
        if (row && row.type !== 'end') {
          state.current = row.id;
        }
      }}
      onClick={event => {
        const row = rowOf(event.target);
        if (row?.type === 'section') {
          state.setSection(row.section, !row.open);
        }
      }}
      onDoubleClick={event => {
        const row = rowOf(event.target);
        if (
          row?.type === 'head' &&
          !(event.target as Element).closest('button')
        ) {
          state.setOpen(row.transfer.id, !row.open);
        }
      }}
      onContextMenu={event => {
        const row = rowOf(event.target);
        if (row && row.type !== 'section') {
          event.preventDefault();
          event.stopPropagation();
          props.acts.menu(
            row.transfer,
            event.target as HTMLElement,
            state.fileOf(row)
          );
        }
      }}
    >
      <div
        role="rowgroup"
        style={{ height: virtual.height, position: 'relative' }}
      >
        {items.map(item => {
          const row = rows.at(item.index);
          return (
            row && (
              <div
                key={row.id}
                id={`mast-transfer-row-${item.index}`}
                role="row"
                aria-rowindex={item.index + 1}
                aria-level={
                  row.type === 'section' ? 1 : row.type === 'head' ? 2 : 3
                }
                aria-expanded={
                  row.type === 'section' || row.type === 'head'
                    ? row.open
                    : undefined
                }
                aria-posinset={
                  row.type === 'head'
                    ? row.position
                    : row.type === 'file'
                      ? row.index + 1
                      : undefined
                }
                aria-setsize={
                  row.type === 'head'
                    ? row.siblings
                    : row.type === 'file'
                      ? row.count
                      : undefined
                }
                aria-label={
                  row.type === 'section'
                    ? `${sectionLabel(row.section, sentences)}, ${sentences.number(row.count)}`
                    : undefined
                }
                aria-hidden={row.type === 'end' || undefined}
                data-id={row.id}
                className={
                  `mast-TransferRow mast-TransferRow-${row.type}` +
                  (row.id === current ? ' mast-mod-current' : '')
                }
                style={{
                  height: rows.heightOf(item.index),
                  transform: `translateY(${virtual.topOf(item)}px)`
                }}
              >
                <div role="gridcell" className="mast-TransferRow-cell">
                  <RowView
                    row={row}
                    state={state}
                    sentences={sentences}
                    acts={props.acts}
                    now={now / 1000}
                  />
                </div>
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

/** Hold the order of the list while somebody points or types in it. */
function useHold(state: ListState): { touch(): void; leave(): void } {
  const timer = React.useRef<ReturnType<typeof setTimeout>>();
  const leave = React.useCallback(() => {
    clearTimeout(timer.current);
    state.held = false;
  }, [state]);
  const touch = React.useCallback(() => {
    clearTimeout(timer.current);
    state.held = true;
    timer.current = setTimeout(leave, AWAY);
  }, [state, leave]);
  React.useEffect(() => leave, [leave]);
  return { touch, leave };
}

/**
 * Tell which rows are in sight: when they have been for a moment, and now and
 * then while they fly by, so that not every page on the way is fetched.
 */
function useShown(state: ListState, first: number, last: number): void {
  const told = React.useRef(0);
  React.useEffect(() => {
    const tell = () => {
      told.current = Date.now();
      state.show(first, last);
    };
    const wait = Math.min(MOMENT, told.current + LONGEST_MOMENT - Date.now());
    const timer = setTimeout(tell, Math.max(0, wait));
    return () => clearTimeout(timer);
  });
}

/**
 * Take the focus back when the row of what has it was taken away; not when
 * somebody put it elsewhere.
 *
 * @returns To be told of what gets the focus in the list.
 */
function useFocusKept(
  list: React.RefObject<HTMLElement>
): (element: Element) => void {
  const focused = React.useRef<Element | null>(null);
  React.useLayoutEffect(() => {
    const gone = focused.current?.isConnected === false;
    if (gone && document.activeElement === document.body) {
      list.current?.focus();
    }
    if (!list.current?.contains(document.activeElement)) {
      focused.current = null;
    }
  });
  return React.useCallback(element => {
    focused.current = element;
  }, []);
}
