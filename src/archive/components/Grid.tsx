import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';
import type { IBadges } from '../../tokens';
import { useVirtualRows } from '../../ui/virtual';
import type { ArchiveModel } from '../model';
import { baseName, type Row } from '../rows';
import { GridKeys } from './keys';
import { heightOf, RowView } from './RowView';

export interface IGridProps {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
  readonly locale: string;
  readonly wide: boolean;
  readonly compact: boolean;
  /** What stands beside files. */
  readonly badges?: IBadges | null;
  /** Above which distance in px to the end the next page is asked for. */
  readonly ahead?: number;
  open(row: Row): void;
  preview(row: Row): void;
  focusFilter(): void;
  announce(text: string): void;
  /** The pointer went down on a row and moved: a drag begins. */
  startDrag(row: Row, event: MouseEvent): void;
  /** The offset to start at, in px. */
  readonly scroll: { readonly current: number };
  readonly scrollRequested: ISignal<unknown, number>;
  onScroll(offset: number): void;
}

/** The same at every drawing: other rows are measured anew. */
const NO_ROWS: readonly Row[] = [];

/** How far the pointer must move before a press is a drag, in px. */
const DRAG_THRESHOLD = 5;

/** So many frames the menu waits for its row. */
const MOST_FRAMES = 30;

/**
 * The list of an archive folder: only rows in sight are drawn, the next page
 * is loaded when the end comes near.
 */
export function Grid(props: IGridProps): React.ReactElement {
  const { model, trans, compact, ahead = 2000 } = props;
  const listing = model.listing;
  const rows = listing?.rows ?? NO_ROWS;
  const scroller = React.useRef<HTMLDivElement>(null);
  const keys = React.useMemo(() => new GridKeys(model), [model]);
  const { selection } = model;

  const virtual = useVirtualRows({
    count: rows.length,
    heightOf: index => heightOf(rows[index], compact),
    scroller,
    layout: rows
  });

  const virtualRef = React.useRef(virtual);
  virtualRef.current = virtual;

  // A new place starts at its top, a restored one where it was.
  const first = React.useRef(true);
  const { scroll, onScroll } = props;
  React.useLayoutEffect(() => {
    virtualRef.current.scrollToOffset(first.current ? scroll.current : 0);
    first.current = false;
  }, [listing, scroll]);
  const onScrollRef = React.useRef(onScroll);
  onScrollRef.current = onScroll;
  React.useEffect(() => onScrollRef.current(virtual.offset), [virtual.offset]);
  React.useEffect(() => {
    const listen = (_: unknown, offset: number) => {
      requestAnimationFrame(() =>
        requestAnimationFrame(() => virtualRef.current.scrollToOffset(offset))
      );
    };
    props.scrollRequested.connect(listen);
    return () => {
      props.scrollRequested.disconnect(listen);
    };
  }, [props.scrollRequested]);

  // Load on when the end is near.
  const view = scroller.current?.clientHeight ?? 0;
  const last = virtual.items[virtual.items.length - 1];
  const near =
    rows.length === 0 ||
    (last !== undefined &&
      (last.index >= rows.length - 1 ||
        virtual.offset + view + ahead > virtual.total));
  React.useEffect(() => {
    if (listing && near && listing.status === 'ready' && !listing.done) {
      void listing.more();
    }
  });

  // Badges are asked for once a folder, and only where files are in sight.
  const { badges = null } = props;
  const archive = model.archive?.id ?? '';
  const files = virtual.items.some(item => rows[item.index]?.type === 'object');
  React.useEffect(() => {
    if (badges && listing && files) {
      badges.show(archive, listing.prefix);
    }
  }, [badges, archive, listing, files]);

  // Bring a row into sight when the model or the keyboard asks for it.
  const reveal = (id: string, align: 'auto' | 'center') => {
    const index = model.listing?.indexOf(id) ?? -1;
    if (index >= 0) {
      virtual.scrollToIndex(index, align);
    }
  };
  const revealRef = React.useRef(reveal);
  revealRef.current = reveal;
  React.useEffect(() => {
    const listen = (_: unknown, id: string) => {
      // After the rows that it asks for are drawn.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => revealRef.current(id, 'center'))
      );
    };
    model.revealRequested.connect(listen);
    return () => {
      model.revealRequested.disconnect(listen);
    };
  }, [model]);

  // The heading of the group in sight stays at the top.
  const heading = listing?.grouped
    ? Private.headingAt(rows, virtual.items, virtual.offset)
    : null;

  const rowAt = (target: EventTarget): Row | null => {
    const element = (target as Element).closest<HTMLElement>('.mast-Row');
    const index = listing?.indexOf(element?.dataset.id ?? '') ?? -1;
    return index >= 0 ? rows[index] : null;
  };

  const onMouseDown = (event: React.MouseEvent) => {
    const row = rowAt(event.target);
    if (!row || !listing) {
      return;
    }
    if (event.button === 2) {
      if (row.type !== 'group' && !selection.ids.has(row.id)) {
        model.select(s => s.only(row.id));
      } else {
        model.select(s => s.moveTo(row.id));
      }
      return;
    }
    if (event.button !== 0) {
      return;
    }
    if (row.type === 'group') {
      model.select(s => s.moveTo(row.id));
      listing.setOpen(row.prefix, !row.open);
      return;
    }
    const had = selection.ids.has(row.id);
    if (event.shiftKey) {
      model.select(s => s.extend(row.id, rows, id => listing.indexOf(id)));
    } else if (event.ctrlKey || event.metaKey) {
      model.select(s => s.toggle(row.id));
    } else if (!had) {
      model.select(s => s.only(row.id));
    }
    Private.watchPress(event.nativeEvent, {
      drag: moved => props.startDrag(row, moved),
      // A press on a selected row may begin a drag of all of them; only a
      // plain click selects it alone.
      click: () => {
        if (had && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
          model.select(s => s.only(row.id));
        }
      }
    });
  };

  /** The row that the keyboard is on now, which may not be drawn yet. */
  const currentId = () =>
    selection.current !== null &&
    (model.listing?.indexOf(selection.current) ?? -1) >= 0
      ? selection.current
      : null;
  const onKeyDown = (event: React.KeyboardEvent) => {
    const page = Math.max(
      1,
      Math.floor((scroller.current?.clientHeight ?? 0) / 40) - 1
    );
    const before = selection.current;
    if (
      event.key === 'ContextMenu' ||
      (event.key === 'F10' && event.shiftKey)
    ) {
      event.preventDefault();
      const id = currentId();
      if (id !== null) {
        reveal(id, 'auto');
      }
      Private.openMenu(scroller.current, id);
      return;
    }
    const taken = keys.press(event, {
      pageSize: page,
      open: props.open,
      preview: props.preview,
      focusFilter: props.focusFilter,
      selectedAll: () =>
        props.announce(
          listing?.done
            ? trans.__('All %1 selected', selection.ids.size)
            : trans.__(
                'All %1 that are loaded are selected',
                selection.ids.size
              )
        )
    });
    if (taken) {
      event.preventDefault();
      event.stopPropagation();
      if (selection.current !== null && selection.current !== before) {
        reveal(selection.current, 'auto');
      }
    }
  };

  const rowId = (id: string) => `mast-row-${model.listing?.indexOf(id) ?? 0}`;
  const current = currentId();
  return (
    <div
      ref={scroller}
      className="mast-Grid"
      role={listing?.grouped ? 'treegrid' : 'grid'}
      tabIndex={0}
      aria-label={trans.__(
        'Contents of %1',
        baseName(model.prefix) || (model.archive?.title ?? '')
      )}
      aria-multiselectable="true"
      aria-rowcount={listing?.done ? rows.length : -1}
      aria-busy={listing?.status === 'loading'}
      aria-activedescendant={
        current !== null &&
        virtual.items.some(item => rows[item.index]?.id === current)
          ? rowId(current)
          : undefined
      }
      onMouseDown={onMouseDown}
      onDoubleClick={event => {
        const row = rowAt(event.target);
        if (row && row.type !== 'group') {
          props.open(row);
        }
      }}
      onKeyDown={onKeyDown}
    >
      {heading && (
        <div className="mast-Grid-sticky" aria-hidden="true">
          <RowView
            id="mast-row-sticky"
            row={heading}
            position={0}
            top={0}
            selected={false}
            current={false}
            wide={props.wide}
            compact={compact}
            locale={props.locale}
            trans={trans}
          />
        </div>
      )}
      <div
        role="rowgroup"
        style={{ height: virtual.height, position: 'relative' }}
      >
        {virtual.items.map(item => {
          const row = rows[item.index];
          return (
            row && (
              <RowView
                key={row.id}
                id={`mast-row-${item.index}`}
                row={row}
                position={item.index + 1}
                top={virtual.topOf(item)}
                selected={selection.ids.has(row.id)}
                current={row.id === current}
                wide={props.wide}
                compact={compact}
                badge={
                  row.type === 'object'
                    ? badges?.badge(archive, row.object)
                    : null
                }
                locale={props.locale}
                trans={trans}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

namespace Private {
  /**
   * The heading of the group at the top of the view, when the heading itself
   * is scrolled out.
   */
  export function headingAt(
    rows: readonly Row[],
    items: readonly { readonly index: number; readonly start: number }[],
    offset: number
  ): Row | null {
    let top = -1;
    for (const item of items) {
      if (item.start <= offset) {
        top = item.index;
      }
    }
    if (offset <= 0) {
      return null;
    }
    for (let i = Math.min(top, rows.length - 1); i >= 0; i--) {
      if (rows[i].type === 'group') {
        return rows[i];
      }
    }
    return null;
  }

  /** Tell a click from a drag: by how far the pointer goes before it is up. */
  export function watchPress(
    press: MouseEvent,
    handlers: { drag: (moved: MouseEvent) => void; click: () => void }
  ): void {
    const stop = () => {
      document.removeEventListener('mousemove', move, true);
      document.removeEventListener('mouseup', up, true);
    };
    const move = (event: MouseEvent) => {
      const dx = event.clientX - press.clientX;
      const dy = event.clientY - press.clientY;
      if (Math.max(Math.abs(dx), Math.abs(dy)) >= DRAG_THRESHOLD) {
        stop();
        handlers.drag(event);
      }
    };
    const up = () => {
      stop();
      handlers.click();
    };
    document.addEventListener('mousemove', move, true);
    document.addEventListener('mouseup', up, true);
  }

  /**
   * Open JupyterLab's context menu at the row that the keyboard is on, once
   * that is drawn: the list may still be on its way there.
   */
  export function openMenu(
    grid: HTMLElement | null,
    id: string | null,
    frames = MOST_FRAMES
  ): void {
    const row =
      id === null
        ? null
        : [...(grid?.querySelectorAll<HTMLElement>('.mast-Row') ?? [])].find(
            element => element.dataset.id === id
          );
    if (row === undefined && frames > 0) {
      requestAnimationFrame(() => openMenu(grid, id, frames - 1));
      return;
    }
    const target = row ?? grid;
    if (target) {
      const box = target.getBoundingClientRect();
      target.dispatchEvent(
        new MouseEvent('contextmenu', {
          bubbles: true,
          cancelable: true,
          clientX: box.left + 24,
          clientY: box.top + Math.min(box.height, 20)
        })
      );
    }
  }
}
