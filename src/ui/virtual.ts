import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import * as React from 'react';

/**
 * The tallest element that every browser lays out: Firefox stops at 17.8
 * million pixels, Chromium and Safari at 33.5.
 */
const TALLEST = 15_000_000;

/**
 * A list of fixed-height rows of which only those in sight are drawn.
 */
export interface IVirtualRows {
  /** The rows to draw, top to bottom. */
  readonly items: readonly VirtualItem[];
  /** Height of all rows together, in px. */
  readonly total: number;
  /** Height of the element that the scroll bar measures, in px. */
  readonly height: number;
  /** Where to draw a row inside that element, in px from its top. */
  topOf(item: VirtualItem): number;
  /** The rows' own scroll offset, in px: what to remember and restore. */
  readonly offset: number;
  scrollToIndex(index: number, align?: 'auto' | 'start' | 'center'): void;
  scrollToOffset(offset: number): void;
}

/**
 * Draw only the rows in sight, for any number of rows.
 *
 * A million rows are taller than an element may be. Then the scroll bar runs
 * over a shorter element, in proportion, and the wheel is slowed down by the
 * same ratio, so that it still moves the rows by what it says.
 *
 * @param count - Number of rows.
 * @param heightOf - Height of row `index` in px; must not depend on the DOM.
 * @param layout - Changes whenever heights may have changed with equal count.
 */
export function useVirtualRows(options: {
  readonly count: number;
  readonly heightOf: (index: number) => number;
  readonly scroller: React.RefObject<HTMLElement>;
  readonly layout: unknown;
  readonly overscan?: number;
}): IVirtualRows {
  const { count, heightOf, scroller, layout, overscan = 6 } = options;
  const total = React.useRef(0);

  /** How many px of rows one px of the scroll bar stands for. */
  const ratio = React.useCallback((): number => {
    const view = scroller.current?.clientHeight ?? 0;
    return total.current <= TALLEST
      ? 1
      : (total.current - view) / (TALLEST - view);
  }, [scroller]);

  const rows = useVirtualizer({
    count,
    estimateSize: heightOf,
    getScrollElement: () => scroller.current,
    overscan,
    observeElementOffset: (instance, report) => {
      const element = instance.scrollElement;
      if (!element) {
        return;
      }
      let idle: ReturnType<typeof setTimeout> | undefined;
      const listen = () => {
        report(element.scrollTop * ratio(), true);
        clearTimeout(idle);
        idle = setTimeout(
          () => report(element.scrollTop * ratio(), false),
          150
        );
      };
      element.addEventListener('scroll', listen, { passive: true });
      report(element.scrollTop * ratio(), false);
      return () => {
        clearTimeout(idle);
        element.removeEventListener('scroll', listen);
      };
    },
    scrollToFn: (offset, _options, instance) => {
      instance.scrollElement?.scrollTo({ top: offset / ratio() });
    }
  });

  const size = rows.getTotalSize();
  total.current = size;
  React.useLayoutEffect(() => {
    rows.measure();
  }, [layout, rows]);

  // When there are more rows or fewer, the scroll bar moves and the rows in
  // sight stay: its place stands for another one now.
  const scaled = React.useRef(false);
  React.useLayoutEffect(() => {
    const element = scroller.current;
    const scale = ratio();
    if (element && (scale > 1 || scaled.current)) {
      element.scrollTop = (rows.scrollOffset ?? 0) / scale;
    }
    scaled.current = scale > 1;
  }, [size, ratio, rows, scroller]);

  React.useEffect(() => {
    const element = scroller.current;
    if (!element) {
      return;
    }
    let rest = 0;
    const slow = (event: WheelEvent) => {
      const scale = ratio();
      if (scale > 1 && !event.ctrlKey && event.deltaY !== 0) {
        const line = event.deltaMode === 1 ? 24 : 1;
        const page = event.deltaMode === 2 ? element.clientHeight : 1;
        rest += (event.deltaY * line * page) / scale;
        const whole = Math.trunc(rest);
        rest -= whole;
        element.scrollTop += whole;
        event.preventDefault();
      }
    };
    element.addEventListener('wheel', slow, { passive: false });
    return () => element.removeEventListener('wheel', slow);
  }, [ratio, scroller]);

  /**
   * Scroll a list that is taller than its element: the virtualizer's own ways
   * stop where the element ends.
   */
  const scrollScaled = (to: number) => {
    const view = scroller.current?.clientHeight ?? 0;
    const top = Math.min(Math.max(0, to), total.current - view);
    scroller.current?.scrollTo({ top: top / ratio() });
  };
  const revealScaled = (index: number, align: 'auto' | 'start' | 'center') => {
    const item = rows.measurementsCache[index];
    if (item) {
      const view = scroller.current?.clientHeight ?? 0;
      const now = rows.scrollOffset ?? 0;
      const nearest = Math.min(item.start, Math.max(now, item.end - view));
      scrollScaled(
        align === 'start'
          ? item.start
          : align === 'center'
            ? (item.start + item.end - view) / 2
            : nearest
      );
    }
  };

  const scale = ratio();
  const offset = rows.scrollOffset ?? 0;
  // What lies between the rows' offset and the scroll bar's.
  const shift = offset - offset / scale;
  return {
    items: rows.getVirtualItems(),
    total: total.current,
    height: Math.min(total.current, TALLEST),
    topOf: item => item.start - shift,
    offset,
    scrollToIndex: (index, align = 'auto') =>
      ratio() > 1
        ? revealScaled(index, align)
        : rows.scrollToIndex(index, { align }),
    scrollToOffset: value =>
      ratio() > 1 ? scrollScaled(value) : rows.scrollToOffset(value)
  };
}
