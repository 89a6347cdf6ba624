import { Signal } from '@lumino/signaling';
import { renderHook } from '@testing-library/react';
import * as React from 'react';
import { useDelayed, useNow, useSignalUpdate } from './hooks';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const pass = (milliseconds: number) =>
  React.act(() => {
    jest.advanceTimersByTime(milliseconds);
  });

describe('useDelayed', () => {
  it('is true after it was on for so long without a break', () => {
    const { result, rerender } = renderHook(({ on }) => useDelayed(on, 150), {
      initialProps: { on: true }
    });
    pass(149);
    expect(result.current).toBe(false);
    pass(1);
    expect(result.current).toBe(true);
    rerender({ on: false });
    expect(result.current).toBe(false);
    rerender({ on: true });
    expect(result.current).toBe(false);
    pass(100);
    rerender({ on: false });
    rerender({ on: true });
    pass(100);
    expect(result.current).toBe(false);
  });
});

describe('useNow', () => {
  it('goes on while it runs, and not otherwise', () => {
    const { result, rerender, unmount } = renderHook(({ on }) => useNow(on), {
      initialProps: { on: false }
    });
    const start = result.current;
    pass(5000);
    expect(result.current).toBe(start);
    rerender({ on: true });
    expect(result.current).toBe(start + 5000);
    pass(2000);
    expect(result.current).toBe(start + 7000);
    unmount();
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('useSignalUpdate', () => {
  it('draws once a frame for any number of signals, until it is taken away', () => {
    const source = {};
    const signal = new Signal<object, void>(source);
    let drawn = 0;
    const { unmount } = renderHook(() => {
      drawn++;
      useSignalUpdate(signal);
    });
    pass(50);
    const before = drawn;
    React.act(() => {
      for (let i = 0; i < 10; i++) {
        signal.emit();
      }
    });
    expect(drawn).toBe(before);
    pass(50);
    expect(drawn).toBe(before + 1);
    signal.emit();
    unmount();
    signal.emit();
    pass(50);
    expect(drawn).toBe(before + 1);
  });
});
