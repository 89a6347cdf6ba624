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
const SLICE = 32 * 1024;

/** What is unpacked at most to get to a header, in bytes. */
const LIMIT = 4 * 1024 * 1024 * 1024;

/** What Chromium, Firefox, WebKit and Node say of packed data cut off. */
const EARLY = /truncated|unexpected end|is ended/i;

/** All that an error says; Node tells in its cause, browsers in itself. */
function words(error: unknown): string {
  const { cause } = Object(error) as { cause?: { message?: string } };
  return `${String(error)} ${cause?.message ?? ''}`;
}

/** The packed file, a slice at a time; empty at its end. */
function slicer(source: IByteSource): () => Promise<Uint8Array> {
  let at = 0;
  let size = -1;
  let range = 2 * SLICE;
  let rest: Uint8Array = new Uint8Array(0);
  return async () => {
    if (rest.length === 0) {
      size = size < 0 ? await source.size() : size;
      if (at < size) {
        rest = await source.read(at, Math.min(size, at + range));
        at += rest.length;
        range = Math.min(RANGE, 2 * range);
      }
    }
    const slice = rest.subarray(0, SLICE);
    rest = rest.subarray(SLICE);
    return slice;
  };
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
  const next = slicer(source);
  const stream = new DecompressionStream('gzip');
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // What goes wrong in writing shows in reading too.
  const ignore = (): undefined => undefined;
  writer.closed.catch(ignore);
  let writing: Promise<void> = Promise.resolve();
  let fed = false;
  let position = 0;
  let length = Infinity;
  let rest: Uint8Array = new Uint8Array(0);

  /**
   * The next unpacked bytes; empty at the end. Packed bytes are fed only
   * while nothing comes out, so that no more is read than is needed.
   */
  async function pull(): Promise<Uint8Array> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    const reading = reader.read();
    reading.then(settle, settle);
    for (;;) {
      await Promise.race([reading.catch(ignore), writing]);
      if (settled || fed) {
        break;
      }
      throwIfAborted(signal);
      const slice = await next();
      fed = slice.length === 0;
      writing = (
        fed ? writer.close() : writer.write(new Uint8Array(slice))
      ).catch(ignore);
    }
    try {
      const { done, value } = await reading;
      if (done) {
        return new Uint8Array(0);
      }
      return value.length > 0 ? value : await pull();
    } catch (error) {
      throw EARLY.test(words(error))
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
      await reader.cancel().catch(ignore);
    }
  };
}
