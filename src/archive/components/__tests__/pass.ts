import { act } from 'react';
import type { ArchiveModel } from '../../model';

/** Let requests and timers of so many milliseconds run, and draw. */
export async function pass(milliseconds = 40): Promise<void> {
  await act(async () => {
    await jest.advanceTimersByTimeAsync(milliseconds);
  });
}

/** Show a folder. */
export async function go(
  model: ArchiveModel,
  prefix = 'tess/public/tid/s0014/'
): Promise<void> {
  await act(async () => {
    void model.goTo({ archive: 'mast', prefix });
    await jest.advanceTimersByTimeAsync(40);
  });
}
