import { CARD, parseCards } from './card';
import { gunzipSource, isGzip } from './gzip';
import { BLOCK, describeHdu, nameHdu, padded } from './structure';
import { FitsError } from './types';
import type { IByteSource, IFileEnd, IHdu, IReadOptions } from './types';
import { ByteWindow, throwIfAborted } from './window';

const DEFAULTS = {
  maxHdus: 10000,
  maxHeaderBytes: 4 * 1024 * 1024,
  wholeBytes: 1000000,
  firstBytes: 23 * BLOCK,
  nextBytes: 8 * BLOCK
};

/** One byte a character, whatever it is. */
function toText(bytes: Uint8Array): string {
  return new TextDecoder('iso-8859-1').decode(bytes);
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[i] !== text.charCodeAt(i)) {
      return false;
    }
  }
  return true;
}

/** The offset of the END card among whole cards from `from` on, or -1. */
function findEnd(bytes: Uint8Array, from: number): number {
  for (let at = from; at + CARD <= bytes.length; at += CARD) {
    if (
      bytes[at] === 69 &&
      bytes[at + 1] === 78 &&
      bytes[at + 2] === 68 &&
      startsWith(bytes.subarray(at, at + 8), 'END     ') &&
      bytes[at + 8] !== 61
    ) {
      return at;
    }
  }
  return -1;
}

/** `1,234`, independent of any locale. */
function thousands(n: number): string {
  return String(n).replace(/\B(?=(?:[0-9]{3})+$)/g, ',');
}

/** Reads one header; gives its text and its length with padding. */
async function readHeader(
  window: ByteWindow,
  index: number,
  start: number,
  maxBytes: number
): Promise<{ text: string; bytes: number }> {
  let checked = 0;
  for (let need = BLOCK; ; need = checked + CARD) {
    const bytes = await window.at(start, need);
    const end = findEnd(bytes.subarray(0, maxBytes), checked);
    if (end >= 0) {
      return {
        text: toText(bytes.subarray(0, end)),
        bytes: padded(end + CARD)
      };
    }
    if (bytes.length < need) {
      throw new FitsError(
        'truncated',
        `The file ends inside the header of ${nameHdu(index)}.`,
        index
      );
    }
    checked = Math.floor(bytes.length / CARD) * CARD;
    if (checked >= maxBytes) {
      throw new FitsError(
        'no-end',
        `The header of ${nameHdu(index)} has no END in its first ${thousands(maxBytes)} bytes.`,
        index
      );
    }
  }
}

/** What lies behind the last HDU: bytes that begin no extension. */
function judgeTail(bytes: Uint8Array): 'blank' | 'junk' {
  const blank = bytes[0] === 32 || bytes[0] === 0;
  return blank && bytes.every(b => b === bytes[0]) ? 'blank' : 'junk';
}

/**
 * Reads the headers of a FITS file by ranges and gives its HDUs one after
 * the other; the data is never read. A file up to 1 MB takes one read;
 * a larger one 65 kB first, then 23 kB at each computed offset that is not
 * in memory yet. A gzipped file is recognised by its first bytes and read as
 * a stream, up to the last HDU that is asked for.
 *
 * Source: FITS standard 4.0, section 3; DOMAIN section 5.
 *
 * @param source - the file.
 * @param options - limits and an abort signal.
 * @returns (of the generator) what came behind the last HDU.
 * @throws FitsError with a sentence, after the HDUs that could be read; an
 *   HDU whose data is cut off is given before. The source's own errors and
 *   an abort pass through as they are.
 */
export async function* readHeaders(
  source: IByteSource,
  options: IReadOptions = {}
): AsyncGenerator<IHdu, IFileEnd, undefined> {
  const settings = { ...DEFAULTS, ...options };
  const window = new ByteWindow(source, settings);
  await window.open();
  const first = await window.at(0, Math.min(BLOCK, 6));
  if (isGzip(first)) {
    const head = await window.at(0, 6);
    const inner = gunzipSource(prefixed(source, head), options.signal);
    try {
      return yield* walk(inner, settings);
    } finally {
      await inner.close();
    }
  }
  return yield* walk(source, settings, window);
}

/** A source whose first bytes are in memory already. */
function prefixed(source: IByteSource, head: Uint8Array): IByteSource {
  return {
    size: () => source.size(),
    read: (start, end) =>
      start < head.length
        ? Promise.resolve(head.subarray(start, end))
        : source.read(start, end)
  };
}

async function* walk(
  source: IByteSource,
  settings: IReadOptions & typeof DEFAULTS,
  opened?: ByteWindow
): AsyncGenerator<IHdu, IFileEnd, undefined> {
  const window = opened ?? new ByteWindow(source, settings);
  if (!opened) {
    await window.open();
  }
  const first = await window.at(0, 10);
  if (!startsWith(first, 'SIMPLE  =')) {
    throw new FitsError(
      'not-fits',
      first.length === 0
        ? 'The file is empty.'
        : 'This is not a FITS file: it does not begin with SIMPLE.'
    );
  }
  let start = 0;
  for (let index = 0; ; index++) {
    throwIfAborted(settings.signal);
    const header = await readHeader(
      window,
      index,
      start,
      settings.maxHeaderBytes
    );
    const hdu = describeHdu(
      index,
      parseCards(header.text),
      start,
      header.bytes
    );
    yield hdu;
    const last = index + 1 >= settings.maxHdus;
    const dataEnd = hdu.dataStart + hdu.dataBytes;
    start = hdu.dataStart + padded(hdu.dataBytes);
    const end = { hdus: index + 1, trailingBytes: 0, unpadded: false };
    if (last) {
      return { ...end, trailing: 'none', stopped: start < window.size };
    }
    const next = await window.at(start, 8);
    if (next.length === 0) {
      // The window met the end of the file, so its size is known.
      if (window.size < dataEnd) {
        throw cutOff(hdu, window.size);
      }
      return {
        ...end,
        trailing: 'none',
        unpadded: window.size < start,
        stopped: false
      };
    }
    if (!startsWith(next, 'XTENSION')) {
      return {
        ...end,
        trailingBytes: window.size - start,
        trailing: judgeTail(next),
        stopped: false
      };
    }
  }
}

/** The file ends inside the data, or inside the padding of a header. */
function cutOff(hdu: IHdu, size: number): FitsError {
  const there = Math.max(0, size - hdu.dataStart);
  return new FitsError(
    'truncated',
    `The file ends inside the data of ${nameHdu(hdu.index, hdu.name)}: ${thousands(there)} of ${thousands(hdu.dataBytes)} bytes are there.`,
    hdu.index
  );
}
