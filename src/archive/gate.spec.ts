import * as fc from 'fast-check';
import { Gate } from './gate';

/** A promise that is settled from outside. */
function deferred<T = void>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const settle = () => new Promise(resolve => setTimeout(resolve, 0));

describe('Gate', () => {
  it('never lets more than the limit run, and starts in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          fc.record({
            ticks: fc.integer({ min: 1, max: 5 }),
            fails: fc.boolean()
          }),
          { minLength: 1, maxLength: 12 }
        ),
        async (limit, tasks) => {
          const gate = new Gate(limit);
          const started: number[] = [];
          let running = 0;
          let peak = 0;
          const results = await Promise.allSettled(
            tasks.map(({ ticks, fails }, i) =>
              gate.run(async () => {
                started.push(i);
                peak = Math.max(peak, ++running);
                for (let tick = 0; tick < ticks; tick++) {
                  await Promise.resolve();
                }
                running--;
                if (fails) {
                  throw new Error(`task ${i}`);
                }
                return i;
              })
            )
          );
          expect(started).toEqual(tasks.map((_, i) => i));
          expect(peak).toBe(Math.min(limit, tasks.length));
          expect(results.map(result => result.status)).toEqual(
            tasks.map(({ fails }) => (fails ? 'rejected' : 'fulfilled'))
          );
        }
      ),
      { numRuns: 100 }
    );
  });

  it('frees its place when a task throws at once', async () => {
    const gate = new Gate(1);
    await expect(
      gate.run(() => {
        throw new Error('at once');
      })
    ).rejects.toThrow('at once');
    await expect(gate.run(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('lets a waiting task go when it is aborted, and only that', async () => {
    const gate = new Gate(1);
    const first = deferred();
    const started: string[] = [];
    const running = gate.run(() => first.promise);
    const control = new AbortController();
    const aborted = gate.run(async () => {
      started.push('aborted');
    }, control.signal);
    const last = gate.run(async () => {
      started.push('last');
    });
    control.abort();
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' });
    expect(started).toEqual([]);
    first.resolve();
    await Promise.all([running, last]);
    expect(started).toEqual(['last']);
  });

  it('does not start a task whose signal was aborted before', async () => {
    const control = new AbortController();
    control.abort();
    const gate = new Gate(1);
    const task = jest.fn(() => Promise.resolve());
    await expect(gate.run(task, control.signal)).rejects.toMatchObject({
      name: 'AbortError'
    });
    const first = deferred();
    const running = gate.run(() => first.promise);
    await expect(gate.run(task, control.signal)).rejects.toMatchObject({
      name: 'AbortError'
    });
    first.resolve();
    await running;
    expect(task).not.toHaveBeenCalled();
  });

  it('leaves a running task alone when its signal is aborted', async () => {
    const gate = new Gate(1);
    const first = deferred<string>();
    const control = new AbortController();
    const running = gate.run(() => first.promise, control.signal);
    control.abort();
    await settle();
    first.resolve('done');
    await expect(running).resolves.toBe('done');
    await expect(gate.run(() => Promise.resolve(1))).resolves.toBe(1);
  });
});
