import { formatCard, type CardValue } from '../fits';
import type { IByteSource } from '../tokens';
import { HeaderModel } from './model';

type Row = [string, CardValue, string?];

/** A header in whole blocks, and the zeros of its data. */
function block(rows: readonly Row[], dataBytes = 0): Buffer {
  const text = `${rows
    .map(([keyword, value, comment]) => formatCard({ keyword, value, comment }))
    .join('')}${'END'.padEnd(80)}`;
  const padded = (n: number) => Math.ceil(n / 2880) * 2880;
  return Buffer.concat([
    Buffer.from(text.padEnd(padded(text.length)), 'latin1'),
    Buffer.alloc(padded(dataBytes))
  ]);
}

const PRIMARY = block([
  ['SIMPLE', true],
  ['BITPIX', 8],
  ['NAXIS', 0],
  ['TELESCOP', 'HST', 'telescope used to acquire data'],
  ['EXPTIME', 1200.5]
]);
const SCI = block(
  [
    ['XTENSION', 'IMAGE'],
    ['BITPIX', 16],
    ['NAXIS', 2],
    ['NAXIS1', 100],
    ['NAXIS2', 50],
    ['PCOUNT', 0],
    ['GCOUNT', 1],
    ['EXTNAME', 'SCI']
  ],
  10_000
);

/** A file in memory; `before` is awaited before each read. */
function file(
  bytes: Uint8Array,
  before: (start: number) => Promise<void> | void = () => undefined
) {
  let reads = 0;
  const source: IByteSource = {
    size: async () => bytes.length,
    read: async (start, end) => {
      reads++;
      await before(start);
      return bytes.subarray(start, end);
    }
  };
  return { source, reads: () => reads };
}

describe('HeaderModel', () => {
  it('reads the headers of a file, and tells of each', async () => {
    const model = new HeaderModel(file(Buffer.concat([PRIMARY, SCI])).source);
    const seen: [string, number][] = [];
    model.changed.connect(() => seen.push([model.status, model.hdus.length]));
    await model.read();
    expect(model.hdus.map(hdu => [hdu.name, hdu.shape])).toEqual([
      ['PRIMARY', []],
      ['SCI', [50, 100]]
    ]);
    expect([model.status, model.error, model.shown]).toEqual(['done', null, 0]);
    expect(seen).toEqual([
      ['reading', 0],
      ['reading', 1],
      ['reading', 2],
      ['done', 2]
    ]);
  });

  it('asks for nothing before it is told to read', () => {
    const { source, reads } = file(PRIMARY);
    const model = new HeaderModel(source);
    expect([
      model.status,
      model.hdus,
      model.cards,
      model.text,
      reads()
    ]).toEqual(['reading', [], [], '', 0]);
  });

  it('shows the cards of one HDU, and filters them by all they say', async () => {
    const model = new HeaderModel(file(Buffer.concat([PRIMARY, SCI])).source);
    await model.read();
    const keywords = () => model.cards.map(card => card.keyword);
    expect(keywords()).toEqual([
      'SIMPLE',
      'BITPIX',
      'NAXIS',
      'TELESCOP',
      'EXPTIME'
    ]);
    let changed = 0;
    model.changed.connect(() => changed++);
    model.filter = 'exp';
    expect(keywords()).toEqual(['EXPTIME']);
    model.filter = ' hst ';
    expect(keywords()).toEqual(['TELESCOP']);
    model.filter = 'ACQUIRE';
    expect(keywords()).toEqual(['TELESCOP']);
    model.filter = '1200';
    expect(keywords()).toEqual(['EXPTIME']);
    model.filter = 'nothing has this';
    expect(keywords()).toEqual([]);
    model.shown = 1;
    model.filter = 'naxis';
    expect(keywords()).toEqual(['NAXIS', 'NAXIS1', 'NAXIS2']);
    expect(changed).toBe(7);
  });

  it('gives the whole header as text, whatever the filter', async () => {
    const model = new HeaderModel(file(PRIMARY).source);
    await model.read();
    model.filter = 'exptime';
    const lines = model.text.split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^SIMPLE {2}= +T/);
    expect(lines[3]).toContain("TELESCOP= 'HST");
  });

  it('keeps what was read when the file breaks off', async () => {
    const cut = Buffer.concat([PRIMARY, SCI.subarray(0, 2880 + 100)]);
    const model = new HeaderModel(file(cut).source);
    await model.read();
    expect(model.status).toBe('failed');
    expect(model.error).toMatch(
      /^The file ends inside the data of HDU 1 \(SCI\)/
    );
    expect(model.hdus.map(hdu => hdu.name)).toEqual(['PRIMARY', 'SCI']);
    expect(model.cards).toHaveLength(5);
  });

  it.each([
    ['no FITS file', Buffer.from('<html></html>'), /not a FITS file/],
    ['an empty file', Buffer.alloc(0), /empty/]
  ])('says of %s what it is', async (_, bytes, sentence) => {
    const model = new HeaderModel(file(bytes).source);
    await model.read();
    expect([model.status, model.hdus]).toEqual(['failed', []]);
    expect(model.error).toMatch(sentence);
  });

  it('hands on the sentence of the archive, and can read again', async () => {
    let broken = true;
    const { source } = file(PRIMARY, () => {
      if (broken) {
        throw new Error('No answer for 30 s.');
      }
    });
    const model = new HeaderModel(source);
    await model.read();
    expect([model.status, model.error]).toEqual([
      'failed',
      'No answer for 30 s.'
    ]);
    broken = false;
    await model.read();
    expect([model.status, model.error, model.hdus.length]).toEqual([
      'done',
      null,
      1
    ]);
  });

  it('has every HDU once when it is read again meanwhile', async () => {
    const waiting: (() => void)[] = [];
    const { source } = file(
      Buffer.concat([PRIMARY, SCI]),
      () => new Promise(resolve => waiting.push(resolve))
    );
    const model = new HeaderModel(source);
    const first = model.read();
    await new Promise(resolve => setTimeout(resolve, 0));
    const second = model.read();
    const release = setInterval(() => waiting.splice(0).forEach(go => go()), 1);
    await Promise.all([first, second]);
    clearInterval(release);
    expect(model.hdus.map(hdu => hdu.name)).toEqual(['PRIMARY', 'SCI']);
    expect(model.status).toBe('done');
  });

  it('stops when it is disposed, and tells nobody', async () => {
    let go: () => void = () => undefined;
    const { source, reads } = file(
      Buffer.concat([PRIMARY, Buffer.alloc(0)]),
      () => new Promise(resolve => (go = resolve))
    );
    const model = new HeaderModel(source);
    const read = model.read();
    await new Promise(resolve => setTimeout(resolve, 0));
    let changed = 0;
    model.changed.connect(() => changed++);
    model.dispose();
    model.dispose();
    go();
    await read;
    expect([model.isDisposed, model.hdus, changed, reads()]).toEqual([
      true,
      [],
      0,
      1
    ]);
  });
});
