import type { IByteSource } from './types';

/** A file in memory. */
export function bytesSource(bytes: Uint8Array): IByteSource {
  return {
    size: () => Promise.resolve(bytes.length),
    read: (start, end) => Promise.resolve(bytes.subarray(start, end))
  };
}

/** A source that counts what is asked of it. */
export interface ICountedSource extends IByteSource {
  readonly requests: number;
  readonly bytes: number;
}

/** Counts the reads of a source, and the bytes they gave. */
export function countedSource(source: IByteSource): ICountedSource {
  let requests = 0;
  let total = 0;
  return {
    get requests() {
      return requests;
    },
    get bytes() {
      return total;
    },
    size: () => source.size(),
    async read(start, end) {
      requests++;
      const bytes = await source.read(start, end);
      total += bytes.length;
      return bytes;
    }
  };
}
