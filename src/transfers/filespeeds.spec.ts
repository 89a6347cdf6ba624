import { FileSpeeds } from './filespeeds';
import { transferOf } from './testing';
import type { IActiveFile, ITransfer } from './types';

const MB = 1e6;

/** A file of 200 MB of which so much is done. */
const fileOf = (index: number, done: number): IActiveFile => ({
  index,
  key: `k${index}`,
  path: `p${index}`,
  size: 200 * MB,
  done
});

const running = (...active: IActiveFile[]) => transferOf({ active });

/** What was told at 0, 0.5, 1 … seconds. */
function told(...reports: ITransfer[]): { speeds: FileSpeeds; now: number } {
  const speeds = new FileSpeeds();
  reports.forEach((report, i) => speeds.take([report], i / 2));
  return { speeds, now: (reports.length - 1) / 2 };
}

it('files of one transfer have each its own speed and time left', () => {
  const { speeds, now } = told(
    ...Array.from({ length: 9 }, (_, i) =>
      running(fileOf(3, i * 10 * MB), fileOf(5, 100 * MB + i * MB))
    )
  );
  const first = speeds.of('one', 3, now);
  expect(first?.file.done).toBe(80 * MB);
  expect(first?.speed).toBeCloseTo(20 * MB);
  expect(first?.left).toBeCloseTo(6);
  const second = speeds.of('one', 5, now);
  expect(second?.speed).toBeCloseTo(2 * MB);
  expect(second?.left).toBeCloseTo(46);
});

it('a file that has just begun has no speed, and one that is not copied is none', () => {
  const { speeds, now } = told(running(fileOf(3, 0)), running(fileOf(4, MB)));
  expect(speeds.of('one', 4, now)).toEqual({
    file: fileOf(4, MB),
    speed: null,
    left: null
  });
  expect(speeds.of('one', 3, now)).toBeNull();
  expect(speeds.of('two', 4, now)).toBeNull();
});

it('the same report once more is no sign of standing still', () => {
  const last = running(fileOf(3, 20 * MB));
  const { speeds } = told(
    running(fileOf(3, 0)),
    running(fileOf(3, 10 * MB)),
    last
  );
  // News of another transfer.
  speeds.take([last, transferOf({ id: 'two' })], 1.4);
  expect(speeds.of('one', 3, 1.4)?.speed).toBeCloseTo(20 * MB);
});

it('what stands begins anew when it goes on', () => {
  const { speeds, now } = told(
    running(fileOf(3, 0)),
    running(fileOf(3, 50 * MB)),
    { ...running(fileOf(3, 50 * MB)), state: 'paused' },
    running(fileOf(3, 50 * MB))
  );
  expect(speeds.of('one', 3, now)?.speed).toBeNull();
});
