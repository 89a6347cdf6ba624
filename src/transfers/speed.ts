/** Speed is the mean of so many seconds. */
const WINDOW = 5;

/** Without news for so many seconds the speed begins to fall. */
const FRESH = 1.5;

/** For so many seconds there is no time left: the speed is not known yet. */
const WARM_UP = 3;

interface ISample {
  /** Seconds. */
  readonly time: number;
  /** Bytes. */
  readonly done: number;
}

/**
 * How fast something goes: the mean of the last five seconds, from the bytes
 * that were done at some moments.
 */
export class Speed {
  /** Note that `done` bytes were done at `time`, in seconds of any clock. */
  add(time: number, done: number): void {
    this._began ??= time;
    this._samples.push({ time, done });
    // One sample before the window tells how much was done when it began.
    while (this._samples.length > 2 && this._samples[1].time < time - WINDOW) {
      this._samples.shift();
    }
  }

  /** Start again: it stood still. */
  reset(): void {
    this._samples.length = 0;
    this._began = null;
  }

  /** Bytes per second; `null` before there are two moments to compare. */
  at(now: number): number | null {
    const samples = this._samples;
    const last = samples[samples.length - 1];
    if (samples.length < 2) {
      return null;
    }
    // Between two reports nothing is known to have slowed down.
    const until = now - last.time > FRESH ? now : last.time;
    const since = Math.max(until - WINDOW, samples[0].time);
    return until <= since
      ? null
      : Math.max(0, (last.done - this._doneAt(since)) / (until - since));
  }

  /**
   * Seconds until `left` bytes are done; `null` in the first three seconds
   * and while nothing moves.
   */
  timeLeft(now: number, left: number): number | null {
    const speed = this.at(now);
    return speed === null ||
      speed <= 0 ||
      this._began === null ||
      now - this._began < WARM_UP
      ? null
      : Math.max(0, left) / speed;
  }

  private _doneAt(time: number): number {
    const samples = this._samples;
    const next = samples.findIndex(sample => sample.time >= time);
    if (next <= 0) {
      return samples[next < 0 ? samples.length - 1 : 0].done;
    }
    const a = samples[next - 1];
    const b = samples[next];
    return a.done + ((b.done - a.done) * (time - a.time)) / (b.time - a.time);
  }

  private _began: number | null = null;
  private readonly _samples: ISample[] = [];
}
