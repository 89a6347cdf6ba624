import { untilDone } from './retry';

let isOver = false;
const run = jest.fn<Promise<void>, []>();
const advance = (seconds: number) =>
  jest.advanceTimersByTimeAsync(seconds * 1000);

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(console, 'warn').mockReturnValue();
  isOver = false;
  run.mockReset().mockRejectedValue(new Error('no network'));
});

afterEach(async () => {
  // Nothing of it goes on.
  isOver = true;
  await advance(300);
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const begin = () => untilDone(run, () => isOver);

it('does what works once', async () => {
  run.mockResolvedValue();
  begin();
  await advance(1000);
  window.dispatchEvent(new Event('online'));
  await advance(1000);
  expect(run).toHaveBeenCalledTimes(1);
  expect(console.warn).not.toHaveBeenCalled();
});

it('tries again after pauses that grow to five minutes', async () => {
  begin();
  let count = 1;
  for (const pause of [30, 60, 120, 240, 300, 300]) {
    await advance(pause - 1);
    expect(run).toHaveBeenCalledTimes(count);
    await advance(1);
    expect(run).toHaveBeenCalledTimes(++count);
  }
  run.mockResolvedValue();
  await advance(300);
  await advance(3000);
  expect(run).toHaveBeenCalledTimes(count + 1);
});

it('tries again as soon as the browser is online, and once only', async () => {
  const error = jest.spyOn(console, 'error');
  begin();
  await advance(1);
  window.dispatchEvent(new Event('online'));
  await advance(59);
  expect(run).toHaveBeenCalledTimes(2);
  await advance(1);
  expect(run).toHaveBeenCalledTimes(3);
  run.mockResolvedValue();
  window.dispatchEvent(new Event('online'));
  await advance(1);
  window.dispatchEvent(new Event('online'));
  await advance(1000);
  expect(run).toHaveBeenCalledTimes(4);
  expect(error).not.toHaveBeenCalled();
});

it('does nothing once it is over', async () => {
  begin();
  await advance(1);
  isOver = true;
  window.dispatchEvent(new Event('online'));
  await advance(1000);
  expect(run).toHaveBeenCalledTimes(1);
});
