import { FitsError } from './types';
import type { IByteSource } from './types';
import { throwIfAborted } from './window';

/** Whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 1 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** An unpacked file that can only be read forward. */
export interface IForwardSource extends IByteSource {
  /** Ends the stream; nothing more is read of the packed file. */
  close(): Promise<void>;
}

/** Packed bytes a request. */
const RANGE = 256 * 1024;

/**
 * Packed bytes handed to the unpacker at a time: it may make a thousand times
 * as many of them at once.
 */
const SLICE = 16 * 1024;

/** What is unpacked at most to get to a header, in bytes. */
const LIMIT = 4 * 1024 * 1024 * 1024;

/** What Chromium, Firefox, WebKit and Node say of packed data cut off. */
const EARLY = /truncated|unexpected end|is ended/i;

/** The packed file as a stream, a slice on demand. */
function packedStream(
  source: IByteSource,
  signal: AbortSignal | undefined
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  let size = -1;
  let range = 2 * SLICE;
  let rest: Uint8Array = new Uint8Array(0);
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller): Promise<void> {
        throwIfAborted(signal);
        if (rest.length === 0) {
          size = size < 0 ? await source.size() : size;
          rest = await source.read(at, Math.min(size, at + range));
          at += rest.length;
          range = Math.min(RANGE, 2 * range);
        }
        if (rest.length === 0) {
          controller.close();
          return;
        }
        controller.enqueue(new Uint8Array(rest.subarray(0, SLICE)));
        rest = rest.subarray(SLICE);
      }
    },
    { highWaterMark: 0 }
  );
}

/**
 * The contents of a gzipped file as a source that goes forward only. Ranges
 * are unpacked as they are asked for and skipped bytes are dropped, so that
 * memory stays bounded; `close` stops the reading of the packed file.
 *
 * @param source - the packed file.
 * @param signal - stops it.
 * @returns a source whose size is `Infinity` until its end was met.
 * @throws (`read`) FitsError `bad-gzip` when the packed data is damaged,
 *   `truncated` when it ends early, `too-large` past 4 GiB.
 */
export function gunzipSource(
  source: IByteSource,
  signal?: AbortSignal
): IForwardSource {
  let failure: Error | null = null;
  const watched: IByteSource = {
    size: () => source.size(),
    async read(start, end) {
      try {
        return await source.read(start, end);
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        throw failure;
      }
    }
  };
  const reader = packedStream(watched, signal)
    .pipeThrough(new DecompressionStream('gzip'))
    .getReader();
  let position = 0;
  let length = Infinity;
  let rest: Uint8Array = new Uint8Array(0);

  /** The next unpacked bytes; empty at the end. */
  async function pull(): Promise<Uint8Array> {
    try {
      const { done, value } = await reader.read();
      return done ? new Uint8Array(0) : value;
    } catch (error) {
      throwIfAborted(signal);
      if (failure !== null) {
        throw failure;
      }
      throw EARLY.test(String(error))
        ? new FitsError(
            'truncated',
            'The file ends inside its compressed data.'
          )
        : new FitsError('bad-gzip', 'The compressed data is damaged.');
    }
  }

  return {
    size: () => Promise.resolve(length),
    async read(start, end) {
      if (start < position) {
        throw new RangeError('A gzipped file is read forward only.');
      }
      if (end > LIMIT) {
        throw new FitsError(
          'too-large',
          'The header lies behind more than 4 GiB of compressed data.'
        );
      }
      const out: Uint8Array[] = [];
      let got = 0;
      while (position < end) {
        if (rest.length === 0) {
          rest = await pull();
          if (rest.length === 0) {
            length = position;
            break;
          }
        }
        const skip = Math.min(rest.length, Math.max(0, start - position));
        const take = rest.subarray(skip, skip + (end - position - skip));
        if (take.length > 0) {
          out.push(take);
          got += take.length;
        }
        position += skip + take.length;
        rest = rest.subarray(skip + take.length);
      }
      const joined = new Uint8Array(got);
      let at = 0;
      for (const part of out) {
        joined.set(part, at);
        at += part.length;
      }
      return joined;
    },
    async close() {
      rest = new Uint8Array(0);
      await reader.cancel().catch(() => undefined);
    }
  };
}
