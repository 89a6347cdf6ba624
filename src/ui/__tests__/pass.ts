import { MessageLoop } from '@lumino/messaging';
import { act } from 'react';

/** Let requests, frames and timers of so many milliseconds run, and draw. */
export async function pass(milliseconds = 50): Promise<void> {
  await act(async () => {
    MessageLoop.flush();
    await jest.advanceTimersByTimeAsync(milliseconds);
    MessageLoop.flush();
  });
}
