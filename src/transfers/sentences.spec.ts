import { nullTranslator } from '@jupyterlab/translation';
import { TransferFailure } from './failure';
import {
  formatDuration,
  formatMoment,
  formatSpeed,
  percentOf
} from './formats';
import { Sentences } from './sentences';
import { fileOf, ROOTS, transferOf, waitingFor } from './testing';
import type { ITransfer } from './types';

const trans = nullTranslator.load('x');
const say = new Sentences(trans, 'en');

/** 14:31:20 of a day, where the tests run. */
const NOW = new Date(2026, 10, 2, 14, 31, 20).getTime() / 1000;
const minutes = (count: number) => NOW - 60 * count;

describe('numbers', () => {
  it.each([
    [0.01, 'less than a second'],
    [0.96, '1 s'],
    [14.4, '14 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [170, '3 min'],
    [3600, '1 h'],
    [4800, '1 h 20 min'],
    [400_000, '111 h 7 min']
  ])('%d s are %s', (seconds, text) => {
    expect(formatDuration(seconds, trans, 'en')).toBe(text);
  });

  it.each([
    [0, '0 B/s'],
    [999, '999 B/s'],
    [8_400_000, '8.4 MB/s'],
    [84e6, '84 MB/s'],
    [999.6e6, '1.0 GB/s'],
    [12e9, '12 GB/s'],
    [-3, '0 B/s']
  ])('%d bytes/s are %s', (bytes, text) => {
    expect(formatSpeed(bytes, 'en')).toBe(text);
  });

  it('are 100 % only at the end', () => {
    expect(
      [
        [0, 0],
        [0, 5],
        [999, 1000],
        [1000, 1000],
        [1001, 1000]
      ].map(([done, total]) => percentOf(done, total))
    ).toEqual([0, 0, 99, 100, 100]);
  });

  it('tell the day of a moment unless it is today', () => {
    expect(formatMoment(minutes(31), NOW)).toBe('14:00');
    expect(formatMoment(minutes(60 * 24), NOW)).toBe('2026-11-01 14:31');
  });
});

describe('target', () => {
  it.each([
    ['home', 'hst/ibg7', 'hst/ibg7'],
    ['home', '', 'Home'],
    ['scratch', 'a', 'Scratch/a'],
    ['gone', 'a', 'gone/a'],
    [null, null, '/abs']
  ])('%s %s is %s', (root, path, text) => {
    const target = { root, path, absolute: '/abs' };
    expect(say.target(transferOf({ target }), ROOTS)).toBe(text);
  });

  const here = 'hst/public/ibg7/ibg705080/';
  it.each<[string, Partial<ITransfer>]>([
    ['hst/ibg705080', { sources: [{ prefix: here }] }],
    [
      'hst/ibg705080',
      {
        sources: [
          { key: `${here}ibg705080_asn.fits` },
          { key: `${here}ibg705081_drz.fits` }
        ]
      }
    ],
    ['hst', { sources: [{ prefix: here }], layout: 'flat' }],
    ['hst', { sources: [{ prefix: here }, { prefix: `${here}../` }] }],
    // Of more sources the server tells the first ones.
    ['hst', { sources: Array(20).fill({ key: `${here}ibg705080_asn.fits` }) }]
  ])('is %s where that holds all files', (text, some) => {
    expect(say.target(transferOf(some), ROOTS)).toBe(text);
  });
});

describe('title', () => {
  const keys = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ key: `k${i}` }));
  it.each<[string, Parameters<typeof transferOf>[0]]>([
    ['one.fits', { sources: keys(1), plan: { files: 1 } }],
    ['one.fits and 2 more', { sources: keys(3), plan: { files: 3 } }],
    // Of more sources the server tells the first ones.
    [
      'one.fits and 49,999 more',
      { sources: keys(20), plan: { files: 50_000 } }
    ],
    ['one.fits and 2 more', { sources: keys(3), plan: { complete: false } }],
    ['one.fits and more', { sources: keys(20), plan: { complete: false } }],
    [
      'one.fits and 1 more',
      { sources: [{ key: 'a' }, { prefix: 'b/' }], plan: { files: 900 } }
    ]
  ])('is %s', (title, some) => {
    const transfer = transferOf({ ...some, title: 'one.fits' });
    expect(say.title(transfer)).toBe(title);
    expect(`one.fits ${say.more(transfer)}`.trim()).toBe(title);
  });
});

describe('the lines of a transfer', () => {
  const lines = (
    some: Parameters<typeof transferOf>[0],
    speed: number | null = null,
    left: number | null = null
  ) => {
    const transfer = transferOf(some);
    const { target, text } = say.detail(transfer, NOW);
    return [
      say.counts(transfer),
      say.state(transfer, speed, left),
      target ? `to … ${text}` : text
    ];
  };

  it('say how far, how fast and how long yet', () => {
    const started = minutes(0);
    expect(lines({ started }, 84e6, 14)).toEqual([
      '7 of 19 files · 612.0 MB of 1.77 GB',
      '84 MB/s · 14 s left',
      'to … started 14:31'
    ]);
    expect(lines({ started })[1]).toBe('copying');
    expect(lines({ started }, 84e6)[1]).toBe('84 MB/s');
    expect(lines({ elsewhere: true })[2]).toBe(
      'to … copied by another program'
    );
  });

  it('count while the plan grows', () => {
    const plan = { complete: false, files: 3120, bytes: 41.2e9 };
    for (const confirm of [false, true]) {
      expect(lines({ state: 'planning', plan, confirm })).toEqual([
        'Counting: 3,120 files, 41.20 GB so far',
        'counting',
        'to … '
      ]);
    }
  });

  it('say what the plan waits for', () => {
    const waiting = waitingFor('network', {
      since: minutes(1),
      next: NOW + 19.2,
      message: 'The archive cannot be reached.'
    });
    const plan = { complete: false, files: 3120, bytes: 41.2e9 };
    for (const confirm of [false, true]) {
      expect(lines({ state: 'planning', waiting, plan, confirm })).toEqual([
        'Counting: 3,120 files, 41.20 GB so far',
        'waiting',
        'Waiting for the network since 14:30. Next try in 20 s. The archive cannot be reached.'
      ]);
    }
  });

  it('say why a plan waits', () => {
    const planned = { state: 'planning', confirm: true } as const;
    expect(lines({ ...planned })).toEqual([
      '19 files · 1.77 GB',
      'planned',
      '1.77 GB are to be written. Nothing is until you start it.'
    ]);
    expect(lines({ ...planned, plan: { differing: 2, free: 9e9 } })[2]).toBe(
      '2 files are there already and differ. Choose what happens to them.'
    );
    expect(lines({ ...planned, plan: { needed: 8.9e9, free: 5.6e9 } })[2]).toBe(
      'This copy needs 3.30 GB more than you have. Planned 8.90 GB, free 5.60 GB.'
    );
    const soft = { needed: 8.9e9, free: 5.6e9, allowed: 8e18 };
    expect(lines({ ...planned, plan: soft })[2]).toBe(
      'This copy passes your limit by 3.30 GB. Planned 8.90 GB, free 5.60 GB.'
    );
    expect(lines({ ...planned, plan: { error: 'No.' } })[2]).toBe('No.');
  });

  it('say since when it waits, for what, and until when', () => {
    const waiting = (
      reason: 'network' | 'space' | 'quota',
      next: number | null,
      missing: number | null,
      message: string | null = null
    ) =>
      lines({
        state: 'waiting',
        waiting: { reason, since: minutes(1), next, missing, message }
      })[2];
    expect(waiting('network', NOW + 19.2, null)).toBe(
      'Waiting for the network since 14:30. Next try in 20 s.'
    );
    expect(waiting('network', NOW - 1, null)).toBe(
      'Waiting for the network since 14:30. Trying now.'
    );
    expect(
      waiting('network', NOW + 8, null, 'The archive asks us to slow down.')
    ).toBe(
      'Waiting for the network since 14:30. Next try in 8 s. The archive asks us to slow down.'
    );
    expect(waiting('space', null, 3.3e9)).toBe(
      'Waiting for space: 3.30 GB more.'
    );
    expect(
      waiting('space', null, 3.3e9, 'There is no space left for /home/ann.')
    ).toBe('Waiting for space: 3.30 GB more.');
    expect(waiting('quota', null, null)).toBe(
      'Waiting for room in your quota since 14:30.'
    );
  });

  it('never say "done" alone of one with failures', () => {
    const ended = minutes(39);
    expect(
      lines({
        state: 'done-with-failures',
        ended,
        files: { total: 12, copied: 10, failed: 2 },
        bytes: { done: 986e6 }
      })
    ).toEqual([
      '10 of 12 copied · 986.0 MB',
      'done with 2 failures',
      'to … 13:52'
    ]);
  });

  it('say how long it took and how it was checked', () => {
    expect(
      lines({
        state: 'done',
        started: minutes(51),
        ended: minutes(51) + 0.4,
        files: { total: 1, copied: 1 },
        bytes: { total: 1.6e6, done: 1.6e6 },
        checked: { checksum: 1, algorithms: { CRC64NVME: 1 } }
      })
    ).toEqual([
      '1 file · 1.6 MB in less than a second',
      'done',
      'to … 13:40 · checked by CRC64NVME'
    ]);
    expect(
      lines({
        state: 'done',
        files: { copied: 0, identical: 19 },
        bytes: { done: 0 }
      })[0]
    ).toBe('19 files, there already');
    expect(lines({ state: 'done', undone: true }).slice(1)).toEqual([
      'undone',
      'to … its files were removed'
    ]);
  });

  it('tell an error in place of the target', () => {
    expect(
      lines({
        state: 'failed',
        files: { copied: 0 },
        bytes: { done: 0 },
        error: { kind: 'read-only', message: 'EROFS' }
      })
    ).toEqual([
      '0 of 19 copied · 0 bytes',
      'failed',
      'The target folder is read-only.'
    ]);
    const message = 'Nobody started this copy in an hour.';
    const error = { kind: 'internal', message } as const;
    expect(lines({ state: 'cancelled', error })[2]).toBe(message);
    expect(lines({ state: 'paused' })[2]).toBe('to … 1.16 GB to go');
  });
});

describe('how files were checked', () => {
  it.each([
    [12, 7, 0, '12 checked by checksum, 7 by size and version'],
    [19, 0, 0, 'checked by checksum'],
    [0, 19, 0, 'checked by size and version'],
    [0, 0, 0, ''],
    [0, 0, 19, 'checked by size alone'],
    // Nothing is said of all that does not hold for each.
    [0, 12, 7, 'checked by size alone'],
    [12, 3, 4, '12 checked by checksum, 7 by size alone']
  ])('%d, %d and %d', (checksum, version, size, text) => {
    expect(
      say.checked(transferOf({ checked: { checksum, version, size } }))
    ).toBe(text);
  });
});

describe('a failure', () => {
  it('names the checksum that did not match', () => {
    expect(
      say.failure('checksum', 'The checksum (CRC64NVME) does not match.')
    ).toBe(
      'The checksum (CRC64NVME) does not match what arrived. Nothing was kept.'
    );
    expect(say.failure('checksum', '')).toBe(
      'The checksum does not match what arrived. Nothing was kept.'
    );
  });

  it('tells a change on the way from a version that the list does not name', () => {
    expect(say.failure('changed', '')).toBe(
      'Changed in the archive twice while copying. Nothing was kept; retry fetches the new version.'
    );
    const other = say.failure('other-version', '');
    expect(other).toBe(
      'The archive has another version than the list names. Nothing was kept; copy this file from the archive panel to get the version that is there now.'
    );
    expect(
      say.fileInFull(fileOf(1, { outcome: 'failed', kind: 'other-version' }))
    ).toBe(other);
  });

  it('that has only words is told in them', () => {
    expect(say.failure('forbidden', 'The archive answered 403.')).toBe(
      'The archive answered 403.'
    );
  });
});

describe('a file', () => {
  it.each([
    [{}, 'CRC64NVME'],
    [{ check: 'version', algorithm: '' }, 'by version'],
    [{ check: 'size', algorithm: '' }, 'by size'],
    [{ outcome: 'running', size: 200, done: 94 }, '47 %'],
    [{ outcome: 'identical', check: null }, 'identical'],
    [{ outcome: 'skipped' }, 'skipped'],
    [{ outcome: 'failed', kind: 'changed' }, 'failed'],
    [{ outcome: 'waiting' }, 'queued']
  ] as const)('%j is %s', (some, text) => {
    const file = fileOf(1, some);
    expect(say.file(file)).toBe(text);
    expect(say.fileInFull(file)).not.toBe('');
  });
});

describe('the notification at the end', () => {
  const done = (
    checked: { checksum?: number; version?: number; size?: number },
    path = 'hst',
    copied = 19
  ) =>
    say.end(
      transferOf({
        state: 'done',
        target: { root: 'home', path, absolute: '' },
        started: 100,
        ended: 121,
        files: { copied, identical: 19 - copied },
        bytes: { done: 1.77e9 },
        checked
      }),
      ROOTS
    );

  it('says what, where, how much, how long, and how it was checked', () => {
    expect(done({ checksum: 12, version: 7 })).toBe(
      '19 files copied to hst, 1.77 GB in 21 s. 12 checked by checksum, 7 by size and version (the archive has no checksum for these).'
    );
    expect(done({ checksum: 19 })).toBe(
      '19 files copied to hst, 1.77 GB in 21 s. Checked by checksum.'
    );
    expect(done({ version: 19 })).toBe(
      '19 files copied to hst, 1.77 GB in 21 s. Checked by size and version (the archive has no checksum).'
    );
  });

  it('claims no versions where the archive has none', () => {
    expect(done({ size: 19 })).toBe(
      '19 files copied to hst, 1.77 GB in 21 s. Checked by size alone (the archive has no checksum or version).'
    );
    expect(done({ checksum: 12, size: 7 })).toBe(
      '19 files copied to hst, 1.77 GB in 21 s. 12 checked by checksum, 7 by size alone (the archive has no checksum for these).'
    );
  });

  it('is not cut by JupyterLab, and never says less than the numbers', () => {
    const long = done({ checksum: 12, version: 7 }, 'hst/ibg705080/images');
    expect(long).toContain('12 checked by checksum, 7 by size and version.');
    expect(long!.length).toBeLessThanOrEqual(140);
  });

  it('says when nothing had to be copied', () => {
    const some = transferOf({
      state: 'done',
      files: { total: 3, copied: 1, identical: 2 },
      bytes: { total: 6e6, done: 6e6 },
      plan: { files: 3, bytes: 6e6, identical_files: 2, identical_bytes: 4e6 }
    });
    expect(say.end(some, ROOTS)).toBe('1 file copied to hst, 2.0 MB.');
    expect(done({}, 'hst', 0)).toBe(
      'Nothing to copy to hst: 19 files are there already.'
    );
  });

  it('says what failed, and nothing of what was cancelled', () => {
    expect(
      say.end(
        transferOf({
          state: 'done-with-failures',
          files: { total: 12, copied: 10, failed: 2 },
          bytes: { done: 986e6 }
        }),
        ROOTS
      )
    ).toBe(
      '10 of 12 files copied to hst, 986.0 MB. 2 failed; they can be retried.'
    );
    expect(
      say.end(
        transferOf({
          state: 'failed',
          error: { kind: 'not-found', message: 'NoSuchKey' }
        }),
        ROOTS
      )
    ).toBe(
      '“ibg705080, 19 files” was not copied. This is not in the archive any more.'
    );
    expect(say.end(transferOf({ state: 'cancelled' }), ROOTS)).toBeNull();
  });
});

it('a report has what a colleague needs', () => {
  const report = say.report(
    transferOf({ state: 'done-with-failures', files: { failed: 1 } }),
    ROOTS,
    [{ key: 'hst/public/a.fits', message: 'It changed.' }]
  );
  for (const part of [
    'mast',
    'hst',
    'one',
    'hst/public/a.fits',
    'It changed.'
  ]) {
    expect(report).toContain(part);
  }
});

it('a report is in the language of the person', () => {
  const bracketed = Object.assign(
    Object.create(nullTranslator.load('x')) as typeof trans,
    { __: (text: string) => `<${text}>` }
  );
  const lines = new Sentences(bracketed, 'en')
    .report(transferOf(), ROOTS, [])
    .split('\n');
  expect(lines).toEqual(
    expect.arrayContaining(['<Archive: %1>', '<Target: %1>', '<Transfer: %1>'])
  );
});

it.each([
  ['server-away', 'The Jupyter server does not answer'],
  ['signed-out', 'Your Jupyter server has signed you out'],
  ['off', 'Copying to a workspace needs a Jupyter server'],
  ['internal', 'The transfers cannot be shown']
] as const)('says what %s means', (kind, title) => {
  expect(say.request(new TransferFailure(kind, 'x')).title).toBe(title);
});
