import * as fc from 'fast-check';
import { Speed } from './speed';

/** A speed of `rate` bytes/s, told every `step` seconds from 0 to `end`. */
function steady(rate: number, end: number, step = 0.5): Speed {
  const speed = new Speed();
  for (let time = 0; time <= end; time += step) {
    speed.add(time, rate * time);
  }
  return speed;
}

describe('Speed', () => {
  it('needs two moments', () => {
    const speed = new Speed();
    expect(speed.at(0)).toBeNull();
    speed.add(0, 100);
    expect(speed.at(10)).toBeNull();
    speed.add(1, 200);
    expect(speed.at(1)).toBe(100);
  });

  it('is the mean of the last five seconds', () => {
    const speed = steady(10, 20);
    speed.add(25, 200);
    // 20 to 25 s: nothing more came.
    expect(speed.at(25)).toBe(0);
    expect(steady(10, 20).at(20)).toBeCloseTo(10);
  });

  it('takes part of a gap that is longer than the window', () => {
    const speed = new Speed();
    speed.add(0, 0);
    speed.add(60, 600);
    expect(speed.at(60)).toBeCloseTo(10);
  });

  it('does not shake between two reports, and falls without them', () => {
    const speed = steady(10, 20);
    expect(speed.at(20.4)).toBeCloseTo(10);
    expect(speed.at(21.4)).toBeCloseTo(10);
    expect(speed.at(22.5)).toBeCloseTo(5);
    expect(speed.at(40)).toBe(0);
  });

  it('is never negative, when an object begins anew', () => {
    const speed = steady(10, 5);
    speed.add(5.5, 0);
    expect(speed.at(5.5)).toBe(0);
  });

  it('tells no time left in the first three seconds, nor standing', () => {
    expect(steady(10, 2.5).timeLeft(2.5, 100)).toBeNull();
    expect(steady(10, 3).timeLeft(3, 100)).toBeCloseTo(10);
    expect(steady(0, 10).timeLeft(10, 100)).toBeNull();
    expect(steady(10, 10).timeLeft(10, -5)).toBe(0);
  });

  it('is exact for a steady stream, however it is reported', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e10, noNaN: true }),
        fc.array(fc.double({ min: 0.01, max: 20, noNaN: true }), {
          minLength: 2,
          maxLength: 30
        }),
        (rate, steps) => {
          const speed = new Speed();
          let time = 0;
          for (const step of steps) {
            time += step;
            speed.add(time, rate * time);
          }
          expect(speed.at(time)! / rate).toBeCloseTo(1, 4);
        }
      )
    );
  });
});
