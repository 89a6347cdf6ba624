import { cleanup, render } from '@testing-library/react';
import * as fc from 'fast-check';
import * as React from 'react';
import { useVirtualRows, type IVirtualRows } from './virtual';

const VIEW = 600;

/**
 * jsdom lays nothing out: the list is so high, what is in it as high as its
 * style says, and scrolling stops at its ends, as in a browser.
 */
beforeAll(() => {
  const define = (name: string, get: (this: HTMLElement) => number) =>
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get
    });
  define('offsetHeight', () => VIEW);
  define('clientHeight', () => VIEW);
  define('scrollHeight', function () {
    return (
      parseFloat(
        (this.firstElementChild as HTMLElement | null)?.style.height ?? ''
      ) || VIEW
    );
  });
  const tops = new WeakMap<Element, number>();
  Object.defineProperty(Element.prototype, 'scrollTop', {
    configurable: true,
    get(this: HTMLElement) {
      return tops.get(this) ?? 0;
    },
    set(this: HTMLElement, value: number) {
      const top = Math.max(
        0,
        Math.min(value, this.scrollHeight - this.clientHeight)
      );
      if (top !== tops.get(this)) {
        tops.set(this, top);
        setTimeout(() => this.dispatchEvent(new Event('scroll')), 0);
      }
    }
  });
  Element.prototype.scrollTo = function (this: Element, to?: unknown) {
    this.scrollTop = (to as ScrollToOptions).top ?? 0;
  };
});
afterEach(() => cleanup());

async function setUp(
  count: number,
  heightOf: (index: number) => number = () => 40
) {
  let rows!: IVirtualRows;
  let setCount: (count: number) => void = () => undefined;
  function List(): React.ReactElement {
    const scroller = React.useRef<HTMLDivElement>(null);
    const [length, change] = React.useState(count);
    setCount = change;
    rows = useVirtualRows({
      count: length,
      heightOf,
      scroller,
      layout: length
    });
    return (
      <div ref={scroller} className="scroller">
        <div style={{ height: rows.height }} />
      </div>
    );
  }
  const { container } = render(<List />);
  const scroller = container.querySelector('.scroller') as HTMLElement;
  const settle = () =>
    React.act(() => new Promise(resolve => setTimeout(resolve, 30)));
  await settle();
  return {
    rows: () => rows,
    scroller,
    settle,
    grow: (to: number) => React.act(() => setCount(to)),
    scrollTo: async (top: number) => {
      React.act(() => {
        scroller.scrollTop = top;
      });
      await settle();
    },
    /** The rows that a person sees, by their place on the screen. */
    seen: () =>
      rows.items
        .filter(item => {
          const top = rows.topOf(item) - scroller.scrollTop;
          return top + item.size > 0.5 && top < VIEW - 0.5;
        })
        .map(item => item.index)
  };
}

describe('a short list', () => {
  it('draws what is in sight and a few more', async () => {
    const { rows, seen } = await setUp(1000);
    expect(rows().total).toBe(40_000);
    expect(rows().height).toBe(40_000);
    expect(seen()).toEqual(Array.from({ length: 15 }, (_, i) => i));
    expect(rows().items.length).toBeLessThan(25);
  });

  it('draws rows where they belong', async () => {
    const { rows, scrollTo, seen } = await setUp(1000);
    await scrollTo(20_000);
    expect(rows().offset).toBe(20_000);
    expect(seen()[0]).toBe(500);
    expect(
      rows().items.every(item => rows().topOf(item) === item.index * 40)
    ).toBe(true);
  });

  it('reaches the last row', async () => {
    const { scrollTo, seen } = await setUp(1000);
    await scrollTo(1e9);
    expect(seen().slice(-1)).toEqual([999]);
  });

  it('takes rows of different heights', async () => {
    const { rows, seen } = await setUp(100, index =>
      index % 2 === 0 ? 24 : 40
    );
    expect(rows().total).toBe(3200);
    expect(rows().items[3].start).toBe(24 + 40 + 24);
    expect(seen()[0]).toBe(0);
  });

  it('brings a row into sight, and only as far as needed', async () => {
    const { rows, seen, settle, scroller } = await setUp(1000);
    React.act(() => rows().scrollToIndex(5));
    await settle();
    expect(scroller.scrollTop).toBe(0);
    React.act(() => rows().scrollToIndex(500));
    await settle();
    expect(seen().slice(-1)).toEqual([500]);
    React.act(() => rows().scrollToIndex(999));
    await settle();
    expect(seen().slice(-1)).toEqual([999]);
    React.act(() => rows().scrollToIndex(10, 'center'));
    await settle();
    expect(seen()).toContain(10);
    React.act(() => rows().scrollToOffset(4000));
    await settle();
    expect(seen()[0]).toBe(100);
  });

  it('grows at its end without moving', async () => {
    const { rows, scrollTo, grow, settle, seen } = await setUp(1000);
    await scrollTo(20_000);
    grow(2000);
    await settle();
    expect([rows().total, seen()[0]]).toEqual([80_000, 500]);
  });

  it('of nothing is nothing', async () => {
    const { rows } = await setUp(0);
    expect([rows().items.length, rows().total, rows().height]).toEqual([
      0, 0, 0
    ]);
  });
});

describe('a million rows', () => {
  const COUNT = 1_000_000;

  it('fit into an element that browsers lay out', async () => {
    const { rows } = await setUp(COUNT);
    expect(rows().total).toBe(40_000_000);
    expect(rows().height).toBeLessThanOrEqual(15_000_000);
  });

  it('begin with the first and end with the last', async () => {
    const { scrollTo, seen, rows } = await setUp(COUNT);
    expect(seen()[0]).toBe(0);
    await scrollTo(1e12);
    expect(seen().slice(-1)).toEqual([COUNT - 1]);
    const last = rows().items[rows().items.length - 1];
    expect(rows().topOf(last) + last.size).toBeCloseTo(rows().height, 3);
    await scrollTo(0);
    expect(seen()[0]).toBe(0);
  });

  it('fill the view wherever the scroll bar stands', async () => {
    const { scrollTo, seen } = await setUp(COUNT);
    for (const part of fc.sample(
      fc.double({ min: 0, max: 1, noNaN: true }),
      12
    )) {
      await scrollTo(Math.round(part * (15_000_000 - VIEW)));
      const indices = seen();
      expect(indices.length).toBeGreaterThanOrEqual(VIEW / 40);
      expect(indices).toEqual(indices.map((_, i) => indices[0] + i));
      expect(Math.abs(indices[0] - part * (COUNT - VIEW / 40))).toBeLessThan(3);
    }
  });

  it.each([999_999, 750_000, 500_000, 3])(
    'bring row %d into sight',
    async index => {
      const { rows, seen, settle } = await setUp(COUNT);
      React.act(() => rows().scrollToIndex(index, 'center'));
      await settle();
      expect(seen()).toContain(index);
    }
  );

  it('bring the last row into sight by the keyboard, and the first again', async () => {
    const { rows, seen, settle } = await setUp(COUNT);
    React.act(() => rows().scrollToIndex(COUNT - 1));
    await settle();
    expect(seen()).toContain(COUNT - 1);
    React.act(() => rows().scrollToIndex(0));
    await settle();
    expect(seen()[0]).toBe(0);
  });

  it('come back to an offset that was kept', async () => {
    const { rows, seen, settle } = await setUp(COUNT);
    React.act(() => rows().scrollToOffset(30_000_000));
    await settle();
    expect(seen()).toContain(750_000);
    expect(Math.abs(rows().offset - 30_000_000)).toBeLessThan(5);
  });

  it('stay where they are when more come or go', async () => {
    const { rows, grow, scroller, settle, scrollTo, seen } =
      await setUp(370_000);
    await scrollTo(1e12);
    for (const count of [390_000, COUNT, 700_000, 372_000]) {
      grow(count);
      await settle();
      expect(seen()).toContain(369_990);
      expect(rows().offset).toBeGreaterThan(369_980 * 40);
      expect(rows().offset).toBeLessThan(370_000 * 40);
    }
    expect(scroller.scrollTop).toBe(rows().offset);
  });

  it('move by what the wheel says', async () => {
    const { rows, scroller, settle, scrollTo } = await setUp(COUNT);
    await scrollTo(1_000_000);
    const before = rows().offset;
    for (let i = 0; i < 30; i++) {
      React.act(() => {
        scroller.dispatchEvent(
          new WheelEvent('wheel', {
            deltaY: 100,
            bubbles: true,
            cancelable: true
          })
        );
      });
    }
    await settle();
    expect(rows().offset - before).toBeGreaterThan(2990);
    expect(rows().offset - before).toBeLessThan(3010);
  });
});
