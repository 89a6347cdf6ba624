import * as fs from 'fs';
import * as path from 'path';
import {
  bytesSource,
  countedSource,
  FitsError,
  formatCard,
  readHeaders
} from '..';
import type { CardValue, IByteSource, IFileEnd, IHdu, IReadOptions } from '..';

const data = path.join(__dirname, '../../../tests/data/fits');

export function load(name: string): Buffer {
  return fs.readFileSync(path.join(data, name));
}

export type Row = [string, CardValue];

/** A header in whole blocks. */
export function header(rows: Row[], end = true): Buffer {
  const text =
    rows.map(([keyword, value]) => formatCard({ keyword, value })).join('') +
    (end ? 'END'.padEnd(80) : '');
  return Buffer.from(
    text.padEnd(Math.ceil(text.length / 2880) * 2880),
    'latin1'
  );
}

export const EMPTY: Row[] = [
  ['SIMPLE', true],
  ['BITPIX', 8],
  ['NAXIS', 0]
];

export function image(axes: number[], extra: Row[] = []): Row[] {
  return [
    ['XTENSION', 'IMAGE'],
    ['BITPIX', 8],
    ['NAXIS', axes.length],
    ...axes.map((n, i): Row => [`NAXIS${i + 1}`, n]),
    ['PCOUNT', 0],
    ['GCOUNT', 1],
    ...extra
  ];
}

export interface IOutcome {
  hdus: IHdu[];
  end?: IFileEnd;
  error?: FitsError;
  requests: number;
  bytes: number;
}

export async function read(
  input: Uint8Array | IByteSource,
  options?: IReadOptions
): Promise<IOutcome> {
  const source = countedSource(
    input instanceof Object && 'read' in input ? input : bytesSource(input)
  );
  const reader = readHeaders(source, options);
  const out: IOutcome = { hdus: [], requests: 0, bytes: 0 };
  try {
    for (;;) {
      const step = await reader.next();
      if (step.done) {
        out.end = step.value;
        break;
      }
      out.hdus.push(step.value);
    }
  } catch (error) {
    if (!(error instanceof FitsError)) {
      throw error;
    }
    out.error = error;
  }
  out.requests = source.requests;
  out.bytes = source.bytes;
  return out;
}
