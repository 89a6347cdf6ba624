import { whenIdle } from './idle';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
  Reflect.deleteProperty(globalThis, 'requestIdleCallback');
});

it('waits for JupyterLab, then for the page to be idle, at most five seconds', async () => {
  const ask = jest.fn();
  Object.assign(globalThis, { requestIdleCallback: ask });
  const run = jest.fn();
  let restore = () => {};
  whenIdle(new Promise<void>(resolve => (restore = resolve)), run);
  await jest.advanceTimersByTimeAsync(60_000);
  restore();
  await jest.advanceTimersByTimeAsync(1900);
  expect(ask).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(100);
  expect(ask.mock.calls).toEqual([[run, { timeout: 5000 }]]);
  expect(run).not.toHaveBeenCalled();
});

it('waits for JupyterLab only where the browser cannot tell', async () => {
  const run = jest.fn();
  whenIdle(Promise.resolve(), run);
  await jest.advanceTimersByTimeAsync(1900);
  expect(run).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(100);
  expect(run).toHaveBeenCalledTimes(1);
});
