import { whenIdle } from './idle';

afterEach(() => {
  jest.useRealTimers();
  Reflect.deleteProperty(globalThis, 'requestIdleCallback');
});

it('waits for the page to be idle, at most five seconds', () => {
  const ask = jest.fn();
  Object.assign(globalThis, { requestIdleCallback: ask });
  const run = jest.fn();
  whenIdle(run);
  expect(run).not.toHaveBeenCalled();
  expect(ask).toHaveBeenCalledWith(run, { timeout: 5000 });
});

it('waits a second where the browser cannot tell', () => {
  jest.useFakeTimers();
  Reflect.deleteProperty(globalThis, 'requestIdleCallback');
  const run = jest.fn();
  whenIdle(run);
  jest.advanceTimersByTime(900);
  expect(run).not.toHaveBeenCalled();
  jest.advanceTimersByTime(100);
  expect(run).toHaveBeenCalledTimes(1);
});
