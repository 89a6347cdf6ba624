import type { IByteSource, IReadOptions } from './types';

/** Throws what an aborted signal says. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw signal.reason instanceof Error
      ? signal.reason
      : new DOMException('Reading was stopped.', 'AbortError');
  }
}

/**
 * The part of a file that is in memory, moved forward by ranged reads. It
 * keeps one stretch of bytes only and never reads a byte twice.
 */
export class ByteWindow {
  constructor(
    private readonly source: IByteSource,
    private readonly options: Required<
      Pick<IReadOptions, 'wholeBytes' | 'firstBytes' | 'nextBytes'>
    > &
      Pick<IReadOptions, 'signal'>
  ) {}

  /** The size of the file; known exactly once its end was met. */
  get size(): number {
    return this.total;
  }

  /** Asks for the size; to be called first. */
  async open(): Promise<void> {
    throwIfAborted(this.options.signal);
    this.total = await this.source.size();
  }

  /**
   * The bytes from `start` on that are in memory, at least `bytes` of them
   * unless the file ends before.
   */
  async at(start: number, bytes: number): Promise<Uint8Array> {
    while (this.have(start) < Math.min(bytes, this.total - start)) {
      throwIfAborted(this.options.signal);
      await this.more(start, bytes);
    }
    const from = start - this.start;
    return from >= 0 && from < this.buffer.length
      ? this.buffer.subarray(from)
      : new Uint8Array(0);
  }

  private have(start: number): number {
    const end = this.start + this.buffer.length;
    return start < this.start ? 0 : Math.max(0, end - start);
  }

  private async more(start: number, bytes: number): Promise<void> {
    const { wholeBytes, firstBytes, nextBytes } = this.options;
    const kept =
      this.have(start) > 0
        ? this.buffer.subarray(start - this.start)
        : new Uint8Array(0);
    const from = start + kept.length;
    const first = this.buffer.length === 0 && from === 0;
    const want =
      first && this.total <= wholeBytes
        ? this.total
        : Math.max(
            first ? firstBytes : nextBytes,
            bytes - kept.length,
            // A header longer than one read: twice as much each time.
            kept.length
          );
    const end = Math.min(this.total, from + want);
    const got = (await this.source.read(from, end)).subarray(0, end - from);
    if (got.length < end - from) {
      // A source that learns its size on the way knows it now.
      this.total = Math.min(from + got.length, await this.source.size());
    }
    if (kept.length === 0) {
      this.buffer = got;
    } else {
      const joined = new Uint8Array(kept.length + got.length);
      joined.set(kept);
      joined.set(got, kept.length);
      this.buffer = joined;
    }
    this.start = start;
  }

  private total = 0;
  private start = 0;
  private buffer: Uint8Array = new Uint8Array(0);
}
