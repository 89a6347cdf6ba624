import { bytesSource, formatCard, type CardValue } from '../fits';
import type { IByteSource, IObjectProperties } from '../tokens';
import { TransferFailure } from './failure';
import { CompareModel } from './comparemodel';
import { TransfersModel } from './model';
import { FakeServer } from './testingserver';
import type { ICopyRecord } from './types';

const KEY = 'hst/public/ibg7/ibg705080/ibg705081_drz.fits';
const COPIED = Date.UTC(2026, 2, 12) / 1000;
const OLD = new Date(Date.UTC(2026, 2, 11));
const NEW = new Date(Date.UTC(2026, 10, 20));

const COPY: ICopyRecord = {
  key: KEY,
  etag: '"old"',
  size: 2880,
  path: 'hst/ibg705081_drz.fits',
  absolute: '/home/ann/hst/ibg705081_drz.fits',
  time: COPIED,
  check: 'checksum',
  algorithm: 'CRC64NVME'
};

type Rows = readonly (readonly [string, CardValue])[];

const NO_DATA: Rows = [
  ['SIMPLE', true],
  ['BITPIX', 8],
  ['NAXIS', 0]
];

/** A FITS file of one header. */
function fitsOf(...rows: Rows) {
  const text = [...NO_DATA, ...rows]
    .map(([keyword, value]) => formatCard({ keyword, value }))
    .join('');
  return bytesSource(
    new Uint8Array(Buffer.from(`${text}END`.padEnd(2880), 'latin1'))
  );
}

function setUp(
  options: {
    readonly copy?: Partial<ICopyRecord>;
    readonly mine?: IByteSource;
    readonly archive?: IByteSource;
  } = {}
) {
  const server = new FakeServer();
  const transfers = new TransfersModel({
    api: () => Promise.resolve(server),
    events: null,
    available: true
  });
  const copy = { ...COPY, ...options.copy };
  const state = {
    local: { size: copy.size, last_modified: OLD.toISOString() } as object,
    localError: null as Error | null,
    head: {
      key: copy.key,
      size: 2880,
      etag: '"new"',
      lastModified: NEW
    } as IObjectProperties,
    headError: null as Error | null
  };
  const opened: string[] = [];
  const model = new CompareModel({
    archiveId: 'mast',
    copy,
    path: copy.path ?? '',
    transfers,
    archive: {
      head: async () => {
        if (state.headError !== null) {
          throw state.headError;
        }
        return state.head;
      },
      bytes: () => options.archive ?? fitsOf(['CAL_VER', '3.7.2'])
    },
    contents: {
      localPath: path => path,
      get: async () => {
        if (state.localError !== null) {
          throw state.localError;
        }
        return state.local as never;
      }
    },
    open: path => {
      opened.push(path);
      return options.mine ?? fitsOf(['CAL_VER', '3.7.1']);
    }
  });
  const verdict = (same: boolean | null) => {
    server.verdict = { same, algorithm: 'MD5', message: '', time: COPIED };
  };
  return { model, server, state, opened, verdict };
}

describe('comparing', () => {
  it('asks for nothing before it is told to', () => {
    const { server, opened } = setUp();
    expect(server.asked).toEqual([]);
    expect(opened).toEqual([]);
  });

  it('gives both sides and what differs in their headers', async () => {
    const { model, opened } = setUp();
    await model.read();
    expect(model).toMatchObject({
      phase: 'ready',
      version: 'other',
      touched: false,
      canUpdate: true,
      mine: { size: 2880, modified: OLD },
      archive: { etag: '"new"' }
    });
    expect(model.differences).toMatchObject([
      { cards: [{ keyword: 'CAL_VER', mine: '3.7.1', archive: '3.7.2' }] }
    ]);
    expect(opened).toEqual([COPY.path]);
  });

  it('reads no headers of other files', async () => {
    const { model, opened } = setUp({
      copy: { key: 'mast/hlsp/a.jpg', path: 'a.jpg' }
    });
    await model.read();
    expect(model).toMatchObject({ phase: 'ready', differences: null });
    expect(opened).toEqual([]);
  });

  it.each([
    [{ size: 9, last_modified: OLD.toISOString() }, true],
    [{ size: 2880, last_modified: NEW.toISOString() }, true],
    [{ size: 2880, last_modified: OLD.toISOString() }, false]
  ])('knows whether the file was written to since: %j', async (local, is) => {
    const { model, state } = setUp();
    state.local = local;
    await model.read();
    expect(model.touched).toBe(is);
  });

  it('says which side cannot be asked, and can try again', async () => {
    const { model, state } = setUp();
    state.headError = new Error('No answer.');
    await model.read();
    expect(model).toMatchObject({
      phase: 'failed',
      problem: { side: 'archive', message: 'No answer.', missing: false },
      canUpdate: false,
      canKeepBoth: false
    });
    state.headError = null;
    state.localError = Object.assign(new Error('gone'), {
      response: { status: 404 }
    });
    await model.read();
    expect(model.problem).toMatchObject({ side: 'mine', missing: true });
    state.localError = null;
    await model.read();
    expect(model).toMatchObject({ phase: 'ready', problem: null });
  });

  it('tells when headers cannot be read; the rest is known', async () => {
    const { model } = setUp({ mine: bytesSource(new Uint8Array(2880)) });
    await model.read();
    expect(model).toMatchObject({
      phase: 'ready',
      differences: null,
      headerProblem: { side: 'mine' },
      canUpdate: true
    });
  });

  it.each([
    ['the copy', '', '"new"', 2880, 'unknown'],
    ['the archive', COPY.etag, '', 2880, 'unknown'],
    ['the copy, but for another size', '', '"new"', 2881, 'other']
  ])(
    'without an ETag of %s, it says no more than it knows',
    async (_, mine, theirs, size, version) => {
      const { model, state } = setUp({ copy: { etag: mine } });
      expect(model.version).toBeNull();
      state.head = { ...state.head, etag: theirs, size };
      await model.read();
      const { canUpdate, canKeepBoth } = model;
      expect([model.version, canUpdate, canKeepBoth]).toEqual([
        version,
        true,
        true
      ]);
    }
  );

  it('with the version that was copied there is nothing to fetch', async () => {
    const { model, state, server } = setUp();
    state.head = { ...state.head, etag: COPY.etag };
    await model.read();
    expect(model).toMatchObject({
      version: 'same',
      canUpdate: false,
      canKeepBoth: false
    });
    expect(await model.update()).toBe(false);
    expect(await model.keepBoth()).toBe(false);
    expect(server.asked).toEqual([]);
  });
});

describe('updating', () => {
  const created = (conflict: string) => [
    'create',
    {
      archive: 'mast',
      sources: [{ key: KEY, size: 2880, etag: '"new"' }],
      exact: true,
      root: 'home',
      target: 'hst',
      layout: 'flat',
      conflict,
      start: 'now'
    }
  ];

  it('replaces a file that is what was copied, after looking', async () => {
    const { model, server, verdict } = setUp();
    verdict(true);
    await model.read();
    expect(await model.update()).toBe(true);
    expect(server.asked).toEqual([
      ['verify', 'home', COPY.path],
      created('replace')
    ]);
  });

  it.each([false, null])(
    'asks before it replaces one that was changed (%s)',
    async same => {
      const { model, server, verdict } = setUp();
      verdict(same);
      await model.read();
      expect(await model.update()).toBe(false);
      expect(model).toMatchObject({ step: 'asking', verdict: { same } });
      expect(server.asked).toHaveLength(1);
      expect(await model.update()).toBe(true);
      expect(server.asked).toEqual([
        ['verify', 'home', COPY.path],
        created('replace')
      ]);
    }
  );

  it('asks too when nobody can tell', async () => {
    const { model, server } = setUp();
    server.errors.push(new TransferFailure('server-away', 'No answer.'));
    await model.read();
    expect(await model.update()).toBe(false);
    expect(model).toMatchObject({
      step: 'asking',
      verdict: null,
      updateProblem: 'No answer.'
    });
  });

  it('keeps both without looking', async () => {
    const { model, server } = setUp();
    await model.read();
    expect(await model.keepBoth()).toBe(true);
    expect(server.asked).toEqual([created('keep-both')]);
  });

  it('never writes over another file than the copy', async () => {
    const { model, server } = setUp({
      copy: { path: 'hst/ibg705081_drz (2).fits' }
    });
    await model.read();
    expect(model).toMatchObject({ canUpdate: false, canKeepBoth: true });
    expect(await model.update()).toBe(false);
    expect(server.asked).toEqual([]);
  });

  it('tells why it could not be started, and can be tried again', async () => {
    const { model, server } = setUp();
    await model.read();
    server.errors.push(null, new Error('There is no room.'));
    expect(await model.update()).toBe(false);
    expect(model).toMatchObject({
      step: 'none',
      updateProblem: 'There is no room.',
      canUpdate: true
    });
    expect(await model.update()).toBe(true);
  });
});
