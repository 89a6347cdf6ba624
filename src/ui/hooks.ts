import type { ISignal } from '@lumino/signaling';
import * as React from 'react';

/**
 * Draw again after a signal, at most once a frame.
 *
 * @param atOnce - Each time, and before the frame: a box that was ticked is
 *   else as it was until then.
 */
export function useSignalUpdate<T>(
  signal: ISignal<T, unknown>,
  atOnce = false
): void {
  const [, update] = React.useReducer((n: number) => n + 1, 0);
  React.useEffect(() => {
    let frame = 0;
    const listen = () => {
      if (atOnce) {
        update();
        return;
      }
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        update();
      });
    };
    signal.connect(listen);
    // Something may have happened between drawing and listening.
    listen();
    return () => {
      cancelAnimationFrame(frame);
      signal.disconnect(listen);
    };
  }, [signal, atOnce]);
}

/**
 * Width of an element in px, as it changes; 0 before it is laid out.
 */
export function useWidth(ref: React.RefObject<HTMLElement>): number {
  const [width, setWidth] = React.useState(0);
  React.useEffect(() => {
    const element = ref.current;
    if (!element || typeof ResizeObserver === 'undefined') {
      return;
    }
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/**
 * The time, again and again while `running`: for "next try in 8 s".
 */
export function useNow(running: boolean, every = 1000): number {
  const [now, setNow] = React.useState(() => Date.now());
  React.useEffect(() => {
    if (running) {
      setNow(Date.now());
      const timer = setInterval(() => setNow(Date.now()), every);
      return () => clearInterval(timer);
    }
  }, [running, every]);
  return now;
}

/**
 * `true` once `on` has been true for `delay` milliseconds without a break.
 */
export function useDelayed(on: boolean, delay: number): boolean {
  const [late, setLate] = React.useState(false);
  React.useEffect(() => {
    if (on) {
      const timer = setTimeout(() => setLate(true), delay);
      return () => clearTimeout(timer);
    }
    setLate(false);
  }, [on, delay]);
  return on && late;
}
