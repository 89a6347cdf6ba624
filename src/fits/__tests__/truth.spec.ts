import './polyfill';
import * as crypto from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import {
  bytesSource,
  countedSource,
  FitsError,
  readHeaders,
  valueText
} from '..';
import type { ICard, IFileEnd, IHdu } from '..';

const root = path.join(__dirname, '../../..');
const data = path.join(root, 'tests/data/fits');
const archive = path.join(root, '../shared/archive');

interface IHduTruth {
  name: string;
  version: number;
  xtension: string;
  shape: number[];
  bitpix: number;
  headerStart: number;
  dataStart: number;
  dataSpan: number;
  cards: number;
  sha256: string;
  some: string[];
}

interface IFileTruth {
  sha256: string;
  bytes: number;
  unpacked: number;
  hdus: IHduTruth[];
}

const truth = JSON.parse(
  fs.readFileSync(path.join(data, 'truth.json'), 'utf8')
) as {
  files: Record<string, IFileTruth>;
  archive: Record<string, IFileTruth>;
};

function double(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return Buffer.from(view.buffer).toString('hex');
}

/** A card as make_truth.py writes it. */
function line(card: ICard): string {
  // astropy marks what is not ASCII, and blanks for nulls.
  const clean = (text: string): string =>
    text
      .replace(/[^ -~\0]/g, '?')
      .replace(/\0/g, '')
      .trimEnd();
  if (card.record) {
    const { field, value } = card.record;
    return `${card.keyword}.${field}\tf:${double(value)}\t${card.comment}`;
  }
  const value = card.value;
  switch (card.type) {
    case 'commentary':
      return `${card.keyword}\tt:${clean(valueText(value))}\t`;
    case 'float':
      return `${card.keyword}\tf:${double(Number(value))}\t${clean(card.comment)}`;
    case 'integer':
      return `${card.keyword}\ti:${valueText(value)}\t${clean(card.comment)}`;
    case 'logical':
      return `${card.keyword}\tb:${value ? 'T' : 'F'}\t${clean(card.comment)}`;
    case 'string':
      return `${card.keyword}\ts:${clean(valueText(value))}\t${clean(card.comment)}`;
    case 'complex': {
      const { re, im } = value as { re: number; im: number };
      return `${card.keyword}\tc:${double(re)}${double(im)}\t${card.comment}`;
    }
    default:
      return `${card.keyword}\tu:\t${clean(card.comment)}`;
  }
}

async function readAll(file: string): Promise<{
  hdus: IHdu[];
  end: IFileEnd | FitsError;
  requests: number;
  bytes: number;
}> {
  const source = countedSource(bytesSource(fs.readFileSync(file)));
  const reader = readHeaders(source);
  const hdus: IHdu[] = [];
  let end: IFileEnd | FitsError;
  for (;;) {
    try {
      const step = await reader.next();
      if (step.done) {
        end = step.value;
        break;
      }
      hdus.push(step.value);
    } catch (error) {
      if (!(error instanceof FitsError)) {
        throw error;
      }
      end = error;
      break;
    }
  }
  return { hdus, end, requests: source.requests, bytes: source.bytes };
}

function agrees(hdu: IHdu, expected: IHduTruth): void {
  expect(hdu.name).toBe(expected.name);
  expect(hdu.version).toBe(expected.version);
  expect(hdu.shape).toEqual(expected.shape);
  expect(hdu.bitpix).toBe(expected.bitpix);
  expect(hdu.headerStart).toBe(expected.headerStart);
  expect(hdu.dataStart).toBe(expected.dataStart);
  expect(hdu.headerStart + hdu.headerBytes).toBe(hdu.dataStart);
  expect(Math.ceil(hdu.dataBytes / 2880) * 2880).toBe(expected.dataSpan);
  if (expected.xtension && hdu.type !== 'COMPRESSED_IMAGE') {
    expect(hdu.type).toBe(expected.xtension);
  }
  const lines = hdu.cards.map(line);
  for (const one of expected.some) {
    expect(lines).toContain(one);
  }
  expect(hdu.cards.length).toBe(expected.cards);
  expect(
    crypto.createHash('sha256').update(lines.join('\n')).digest('hex')
  ).toBe(expected.sha256);
}

describe('headers, against astropy', () => {
  it.each(Object.entries(truth.files))('%s', async (name, expected) => {
    const file = path.join(data, name);
    const bytes = fs.readFileSync(file);
    expect(crypto.createHash('sha256').update(bytes).digest('hex')).toBe(
      expected.sha256
    );
    const { hdus } = await readAll(file);
    expect(hdus.length).toBe(expected.hdus.length);
    hdus.forEach((hdu, i) => agrees(hdu, expected.hdus[i]));
  });
});

const present = fs.existsSync(archive);

(present ? describe : describe.skip)(
  `headers of the whole sample archive${present ? '' : ' (skipped: ../shared/archive is not here)'}`,
  () => {
    const figures: string[] = [];

    it.each(Object.entries(truth.archive))('%s', async (name, expected) => {
      const { hdus, end, requests, bytes } = await readAll(
        path.join(archive, name)
      );
      expect(hdus.length).toBe(expected.hdus.length);
      hdus.forEach((hdu, i) => agrees(hdu, expected.hdus[i]));
      if (expected.unpacked % 2880 === 0) {
        expect(end).not.toBeInstanceOf(FitsError);
      }
      // One read a HDU at most; a gzipped file in ranges of 256 KiB.
      expect(requests).toBeLessThanOrEqual(
        name.endsWith('.gz')
          ? Math.ceil(expected.bytes / 262144) + 5
          : hdus.length
      );
      if (expected.bytes > 1000000) {
        figures.push(
          `${path.basename(name)}: ${requests} requests, ${bytes} of ${expected.bytes} bytes`
        );
      }
    });

    it('figures', () => {
      if (process.env.FITS_FIGURES) {
        process.stdout.write(figures.join('\n') + '\n');
      }
      expect(figures.length).toBeGreaterThan(0);
    });
  }
);
