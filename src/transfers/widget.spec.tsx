import { Dialog, Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import { act, fireEvent } from '@testing-library/react';
import { pass } from '../ui/__tests__/pass';
import { TransferFailure } from './failure';
import { TransfersModel } from './model';
import {
  AWAY,
  FakeEvents,
  fileOf,
  RecordedServer,
  transferOf,
  waitingFor
} from './testing';
import type { IFailure, ITransfer } from './types';
import { TransfersWidget } from './widget';

/** jsdom lays nothing out: every element is as high as the list. */
beforeAll(() => {
  for (const name of ['offsetHeight', 'clientHeight'] as const) {
    Object.defineProperty(HTMLElement.prototype, name, {
      configurable: true,
      get: () => 600
    });
  }
});

let widget: TransfersWidget | null = null;
beforeEach(() => {
  jest.useFakeTimers({ now: new Date(2026, 10, 2, 14, 31, 20) });
});
afterEach(() => {
  act(() => widget?.dispose());
  Dialog.flush();
  Notification.dismiss();
  jest.useRealTimers();
});

async function setUp(
  transfers: readonly ITransfer[],
  prepare: (server: RecordedServer) => void = () => undefined,
  available = true,
  withUsage = false,
  toasts = false
) {
  const server = new RecordedServer();
  server.transfers = transfers;
  prepare(server);
  const events = new FakeEvents();
  const model = new TransfersModel({
    api: () => Promise.resolve(server),
    events: events.stream,
    available
  });
  const commands = new CommandRegistry();
  const done: string[] = [];
  commands.addCommand('mast:review-copy', {
    execute: args => void done.push(`review ${args.id as string}`)
  });
  if (withUsage) {
    commands.addCommand('mast:free-up-space', {
      execute: args => void done.push(`free up ${args.folder as string}`)
    });
  }
  widget = new TransfersWidget({
    model,
    trans: nullTranslator.load('x'),
    locale: 'en',
    commands,
    toasts: { appear: toasts },
    reveal: async path => void done.push(`reveal ${path}`)
  });
  const it = widget;
  act(() => Widget.attach(it, document.body));
  await pass(200);
  const { node } = widget;
  const list = () => node.querySelector<HTMLElement>('.mast-TransferList')!;
  let sequence = 0;
  return {
    server,
    model,
    done,
    node,
    list,
    text: () => node.textContent,
    asked: () => server.asked.filter(one => !/^(snapshot|files)/.test(one)),
    tell: async (...changed: ITransfer[]) => {
      act(() => events.emit({ sequence: ++sequence, transfers: changed }));
      await pass();
    },
    tellActive: async (activeUntil: number | null) => {
      act(() => events.emit({ sequence: ++sequence, activeUntil }));
      await pass();
    },
    rows: () =>
      [...node.querySelectorAll<HTMLElement>('.mast-TransferRow')].map(
        row => row.dataset.id
      ),
    current: () =>
      document.getElementById(
        list().getAttribute('aria-activedescendant') ?? ''
      )?.dataset.id,
    button: (label: string) =>
      [...node.querySelectorAll('button')].find(one =>
        [one.getAttribute('aria-label'), one.title, one.textContent].includes(
          label
        )
      )!,
    click: async (element: Element) => {
      fireEvent.click(element);
      await pass();
    },
    press: async (key: string, some: object = {}) => {
      fireEvent.keyDown(document.activeElement ?? list(), { key, ...some });
      await pass();
    },
    focus: async () => {
      act(() => list().focus());
      await pass();
    }
  };
}

const dialog = () => document.querySelector('.jp-Dialog');
const dialogButton = (label: string) =>
  [...(dialog()?.querySelectorAll('button') ?? [])].find(
    button => button.textContent === label
  )!;

const failure = (index: number, kind: IFailure['kind']): IFailure => ({
  index,
  key: `hst/public/f${index}.fits`,
  path: `f${index}.fits`,
  size: 168e6,
  kind,
  message: `f${index}: ${kind}`
});
const failed = transferOf({
  id: 'two',
  title: 'j94f05bgq, 12 files',
  state: 'done-with-failures',
  ended: 1100,
  files: { total: 12, copied: 10, failed: 2 },
  failures: [failure(3, 'changed'), failure(4, 'checksum')]
});
const ended = transferOf({
  id: 'three',
  state: 'done',
  ended: 1200,
  files: { copied: 19 },
  checked: { checksum: 19, algorithms: { CRC64NVME: 19 } }
});

describe('in place of a list', () => {
  it('says that nothing is copied, and how to begin', async () => {
    const { text, server } = await setUp([]);
    expect(text()).toContain('Nothing is being copied');
    expect(server.asked).toEqual(['snapshot']);
  });

  it('says what is missing without a server, and asks for nothing', async () => {
    const { text, server } = await setUp([], undefined, false);
    expect(text()).toContain('Copying to a workspace needs a Jupyter server');
    expect(server.asked).toEqual([]);
  });

  it('shows that it loads, after a moment', async () => {
    const { node } = await setUp([transferOf()], server => server.hold());
    await pass(200);
    expect(node.querySelector('.mast-Skeleton')).not.toBeNull();
  });

  it('says that the server is away, keeps what was known, and tries again', async () => {
    const { text, rows, server, click, button, node } = await setUp([
      transferOf()
    ]);
    server.away = AWAY;
    await pass(10_200);
    expect(text()).toContain('The Jupyter server does not answer.');
    expect(text()).toContain('Shown as of 14:31:20.');
    expect(text()).toMatch(/Next try in \d s\./);
    // A screen reader is not told of every second.
    const read = () => {
      const notice = node.querySelector('.mast-Notice')!.cloneNode(true);
      const copy = notice as Element;
      copy.querySelectorAll('[aria-live=off]').forEach(one => one.remove());
      return copy.textContent;
    };
    const before = read();
    await pass(1_000);
    expect(read()).toBe(before);
    expect(rows()).toContain('t:one');
    server.away = null;
    await click(button('Try now'));
    await pass(500);
    expect(node.querySelector('.mast-Notice')).toBeNull();
  });
});

describe('the list', () => {
  it('has what is active, what needs a person, and what is done', async () => {
    const { rows, text } = await setUp([ended, transferOf(), failed]);
    expect(rows().filter(id => /^[st]:/.test(id!))).toEqual([
      's:active',
      't:one',
      's:needs-you',
      't:two',
      's:done',
      't:three'
    ]);
    for (const part of [
      '7 of 19 files · 612.0 MB of 1.77 GB',
      'done with 2 failures',
      'Changed in the archive twice while copying.',
      'checked by CRC64NVME'
    ]) {
      expect(text()).toContain(part);
    }
  });

  it('counts down to the next try', async () => {
    const { text, click, button, asked } = await setUp([
      transferOf({
        state: 'waiting',
        waiting: waitingFor('network', {
          since: Date.now() / 1000 - 60,
          next: Date.now() / 1000 + 20
        })
      })
    ]);
    expect(text()).toContain(
      'Waiting for the network since 14:30. Next try in 20 s.'
    );
    await pass(5_000);
    expect(text()).toContain('Next try in 15 s.');
    await click(button('Try now'));
    expect(asked()).toEqual(['try-now one']);
  });

  it('says why it waits, in the row and in full in the tooltip', async () => {
    const { node } = await setUp([
      transferOf({
        state: 'waiting',
        waiting: waitingFor('network', {
          since: Date.now() / 1000 - 60,
          message: 's3.example asks us to slow down (SlowDown).'
        })
      })
    ]);
    const sentence =
      'Waiting for the network since 14:30. s3.example asks us to slow down (SlowDown).';
    const detail = node.querySelector<HTMLElement>('.mast-mod-sentence')!;
    expect([detail.textContent, detail.title]).toEqual([sentence, sentence]);
    // It has the lines that it needs.
    expect(detail.style.maxHeight).toBe('51px');
  });

  it('has the name of the first of several files for itself when narrow', async () => {
    const { node } = await setUp([
      transferOf({
        title: 'ibg705080_asn.fits',
        sources: [{ key: 'a' }, { key: 'b' }],
        plan: { files: 2 }
      })
    ]);
    const shown = () => ({
      name: [...node.querySelectorAll('.mast-Transfer-title .mast-mid > span')]
        .map(part => part.textContent)
        .join('|'),
      more: node.querySelector('.mast-Transfer-more')?.textContent,
      title: node.querySelector<HTMLElement>('.mast-Transfer-title b')?.title
    });
    expect(shown()).toEqual({
      name: 'ibg705080|_asn.fits and 1 more',
      more: undefined,
      title: 'ibg705080_asn.fits and 1 more'
    });
    act(() => {
      widget!.state.width = 250;
    });
    await pass();
    expect(shown()).toEqual({
      name: 'ibg7|05080_asn.fits',
      more: 'and 1 more',
      title: 'ibg705080_asn.fits and 1 more'
    });
  });

  it('says of each file that is copied how much of it is done, how fast, and how long yet', async () => {
    const began = Date.now();
    const some = () =>
      transferOf({
        active: [
          ['ibg705081_drz.fits', 208.7e6, 14 * (Date.now() - began) * 1000],
          ['ibg705obq_flt.fits', 168.4e6, 2 * (Date.now() - began) * 1000]
        ].map(([path, size, done], index) => ({
          index,
          key: `hst/${path}`,
          path: path as string,
          size: size as number,
          done: done as number
        }))
      });
    const { node, tell } = await setUp([some()]);
    const shown = async (width: number) => {
      act(() => {
        widget!.state.width = width;
      });
      await pass();
      return [...node.querySelectorAll('.mast-TransferRow-active')]
        .filter(row => row.textContent !== '')
        .map(row =>
          [...row.querySelectorAll('.mast-clip, .mast-number')].map(
            part => part.textContent
          )
        );
    };
    expect((await shown(400))[0]).toEqual(['ibg705081_drz.fits', '0 %', '']);
    for (let i = 0; i < 13; i++) {
      await tell(some());
      await pass(500);
    }
    jest.setSystemTime(began + 7000);
    await tell(some());
    expect(await shown(400)).toEqual([
      ['ibg705081_drz.fits', '46 %', '14 MB/s'],
      ['ibg705obq_flt.fits', '8 %', '2.0 MB/s']
    ]);
    // A share alone would say little of how much there is.
    expect(await shown(300)).toEqual([
      ['ibg705081_drz.fits', '98.0 MB', '14 MB/s'],
      ['ibg705obq_flt.fits', '14.0 MB', '2.0 MB/s']
    ]);
    const bars = node.querySelectorAll('.mast-TransferRow-active .mast-Bar');
    const full = '98.0 MB of 208.7 MB · 14 MB/s · 8 s left';
    expect(bars[0].getAttribute('aria-valuetext')).toBe(full);
    expect(
      node.querySelector<HTMLElement>('.mast-TransferRow-active .mast-clip')
        ?.title
    ).toBe(`ibg705081_drz.fits · ${full}`);
  });

  it('does what its buttons say', async () => {
    const { click, button, asked, done } = await setUp([transferOf(), failed]);
    await click(button('Pause'));
    await click(button('Retry 2 failed'));
    await click(button('hst'));
    await click(button('Pause all'));
    await click(button('Clear ended'));
    expect([asked(), done]).toEqual([
      ['pause one', 'retry two', 'pause all', 'clear all'],
      ['reveal hst']
    ]);
  });

  it('retries one failed file alone, where that may help', async () => {
    const { click, button, asked, node } = await setUp([
      {
        ...failed,
        files: { ...failed.files, failed: 3 },
        failures: [...failed.failures, failure(5, 'other-version')]
      }
    ]);
    expect(
      [...node.querySelectorAll('.mast-Transfer-retry')].map(
        one => one.ariaLabel ?? one.getAttribute('aria-label')
      )
    ).toEqual(['Retry f3.fits', 'Retry f4.fits']);
    await click(button('Retry f4.fits'));
    expect(asked()).toEqual(['retry two 4']);
  });

  it('does not offer a retry while it runs', async () => {
    const { node } = await setUp([
      transferOf({ files: { failed: 1 }, failures: failed.failures })
    ]);
    expect(node.querySelector('.mast-TransferRow-failure')).not.toBeNull();
    expect(node.querySelector('.mast-Transfer-retry')).toBeNull();
  });

  it.each([
    ['the file where it is one', ['ibg705080/a.fits'], 'hst/ibg705080/a.fits'],
    ['the folder of all files', ['x/y/a.fits', 'x/y/b.fits'], 'hst/x/y'],
    ['the folder above them', ['x/a.fits', 'x/y/b.fits', 'x/c.fits'], 'hst/x'],
    ['the target', ['a.fits', 'x/b.fits'], 'hst']
  ])('reveals %s', async (_, paths, shown) => {
    const { click, button, done } = await setUp([ended], server => {
      server.fileCount = paths.length;
      server.fileAt = index => fileOf(index, { path: paths[index] });
    });
    await click(button('Show in file browser'));
    expect(done).toEqual([`reveal ${shown}`]);
  });

  it('reveals the target where nothing is below it any more', async () => {
    const { click, button, done } = await setUp(
      [{ ...ended, undone: true }],
      server => {
        server.fileCount = 1;
      }
    );
    await click(button('Show in file browser'));
    expect(done).toEqual(['reveal hst']);
  });

  it('counts a plan that takes long, and asks nothing of anybody yet', async () => {
    const { text, node } = await setUp([
      transferOf({
        state: 'planning',
        confirm: true,
        plan: { complete: false, files: 3120, bytes: 41.2e9 }
      })
    ]);
    expect(text()).toContain('Counting: 3,120 files, 41.20 GB so far');
    expect(text()).toContain('Active');
    expect(text()).not.toContain('Needs you');
    expect(node.querySelector('.mast-TransferRow .mast-mod-warn')).toBeNull();
  });

  it('leads to the plan that waits for a person', async () => {
    const { click, button, asked, done } = await setUp([
      transferOf({ state: 'planning', confirm: true })
    ]);
    await click(button('Look at the plan…'));
    await click(button('Start'));
    expect([done, asked()]).toEqual([['review one'], ['start one']]);
  });

  it('leads to where space can be freed, where there is such a place', async () => {
    const waiting = transferOf({
      state: 'waiting',
      waiting: waitingFor('space', { missing: 3.3e9 })
    });
    const { click, button, done, text } = await setUp(
      [waiting],
      undefined,
      true,
      true
    );
    expect(text()).toContain('Waiting for space: 3.30 GB more.');
    await click(button('Free up space'));
    expect(done).toEqual(['free up /home/ann/hst']);
    act(() => widget?.dispose());
    const other = await setUp([waiting]);
    expect(other.button('Free up space')).toBeUndefined();
    expect(other.button('Try now')).toBeDefined();
  });

  it('lets choose less of one that waits for space, and take it in again', async () => {
    const kinds = [
      { name: 'Target pixel file', files: 5, bytes: 2e8, without: false },
      { name: 'Light curve', files: 5, bytes: 1e7, without: false }
    ];
    const { click, button, asked, tell, focus, press } = await setUp([
      transferOf({
        state: 'waiting',
        waiting: waitingFor('quota', { missing: 3.3e9 }),
        plan: { kinds }
      })
    ]);
    await click(button('Choose less…'));
    const boxes = () =>
      [...(dialog()?.querySelectorAll('input') ?? [])].map(one => one.checked);
    expect(boxes()).toEqual([true, true]);
    expect(dialog()?.querySelector('[role=status]')?.textContent).toBe(
      'To be copied yet: 10 files, 210.0 MB'
    );
    await click(dialog()!.querySelector('input')!);
    expect(boxes()).toEqual([false, true]);
    expect(dialog()?.querySelector('[role=status]')?.textContent).toBe(
      'To be copied yet: 5 files, 10.0 MB'
    );
    await click(dialogButton('Copy what is ticked'));
    expect(asked()).toEqual(['choose one Target pixel file']);

    // By the menu, while it runs.
    await tell(
      transferOf({
        plan: { kinds: [{ ...kinds[0], without: true }, kinds[1]] }
      })
    );
    expect(button('Choose less…')).toBeUndefined();
    await focus();
    await press('ArrowDown');
    await press('F10', { shiftKey: true });
    const items = [...document.querySelectorAll('.lm-Menu-itemLabel')];
    expect(items[items.length - 1].textContent).toBe('Choose less…');
    const menu = document.querySelector<HTMLElement>('.lm-Menu')!;
    for (const key of [38, 13]) {
      fireEvent.keyDown(menu, { keyCode: key });
    }
    await pass();
    expect(boxes()).toEqual([false, true]);
    // Nothing is asked for that is so already.
    await click(dialogButton('Copy what is ticked'));
    expect(asked()).toHaveLength(1);
  });

  it('does not offer to choose less where there is nothing to choose', async () => {
    const waiting = transferOf({
      state: 'waiting',
      waiting: waitingFor('space')
    });
    const kind = { name: 'x', files: 5, bytes: 2e8, without: false };
    const { button, tell } = await setUp([waiting]);
    expect(button('Choose less…')).toBeUndefined();
    await tell({ ...waiting, plan: { ...waiting.plan, kinds: [kind] } });
    expect(button('Choose less…')).toBeUndefined();
    const kinds = [kind, { ...kind, name: 'y' }];
    await tell({
      ...waiting,
      elsewhere: true,
      plan: { ...waiting.plan, kinds }
    });
    expect(button('Choose less…')).toBeUndefined();
    await tell({ ...waiting, plan: { ...waiting.plan, kinds } });
    expect(button('Choose less…')).toBeDefined();
  });

  it('steers what another program copies, too', async () => {
    const elsewhere = transferOf({ elsewhere: true, origin: 'command' });
    const { click, button, asked, tell, text, focus, press } = await setUp([
      elsewhere
    ]);
    expect(text()).toContain('copied by another program');
    await click(button('Pause'));
    await tell({
      ...elsewhere,
      state: 'waiting',
      waiting: waitingFor('network')
    });
    await click(button('Try now'));
    await tell({ ...elsewhere, state: 'paused' });
    await click(button('Resume'));
    await click(button('Cancel'));
    await click(dialogButton('Cancel the copy'));
    expect(asked()).toEqual([
      'pause one',
      'try-now one',
      'resume one',
      'cancel one'
    ]);
    // What only its own program can do is not offered.
    const kind = { name: 'x', files: 5, bytes: 2e8, without: true };
    await tell({
      ...elsewhere,
      plan: { ...elsewhere.plan, kinds: [kind, { ...kind, name: 'y' }] }
    });
    await focus();
    await press('ArrowDown');
    await press('F10', { shiftKey: true });
    expect(
      [...document.querySelectorAll('.lm-Menu-itemLabel')].map(
        item => item.textContent
      )
    ).toEqual(['Show all files', 'Pause', 'Cancel', 'Show in file browser']);
  });

  it('has nothing to pause while it only counts', async () => {
    const { button, tell } = await setUp([transferOf({ state: 'planning' })]);
    const off = () => button('Pause all').getAttribute('aria-disabled');
    expect(off()).toBe('true');
    await tell(transferOf({ state: 'queued' }));
    expect(off()).toBe('false');
  });

  it('asks an archive again that could not be reached to count', async () => {
    const waiting = waitingFor('network');
    const { click, button, node, asked } = await setUp([
      transferOf({ state: 'planning', waiting })
    ]);
    expect(node.textContent).toContain('Waiting for the network since');
    await click(button('Try now'));
    expect(asked()).toEqual(['try-now one']);
  });

  it('is resumed though it waited for the network before it was paused', async () => {
    const waiting = waitingFor('network');
    const { click, button, asked } = await setUp([
      transferOf({ state: 'paused', waiting })
    ]);
    await click(button('Resume'));
    expect(asked()).toEqual(['resume one']);
  });

  it('says why something could not be done', async () => {
    const { click, button, server } = await setUp([transferOf()]);
    server.away = new TransferFailure('refused', 'It has ended already.', 409);
    await click(button('Pause'));
    expect(Notification.manager.notifications[0].message).toBe(
      'It has ended already.'
    );
  });

  it('says until when copying keeps the server on, while it does', async () => {
    const epoch = (day: number, hour: number, minute: number) =>
      new Date(2026, 10, day, hour, minute).getTime() / 1000;
    const { node, tell, tellActive } = await setUp([transferOf()], server => {
      server.activeUntil = epoch(2, 23, 59);
    });
    const foot = () => node.querySelector('.mast-Transfers-foot')?.textContent;
    expect(foot()).toBe('Copying keeps your server on until 23:59.');
    // News of bytes alone say nothing of it.
    await tell(transferOf({ bytes: { done: 900e6 } }));
    expect(foot()).toBe('Copying keeps your server on until 23:59.');
    await tellActive(epoch(3, 2, 31));
    expect(foot()).toBe('Copying keeps your server on until 2026-11-03 02:31.');
    await tell(transferOf({ state: 'paused' }));
    expect(foot()).toBeUndefined();
    await tell(transferOf());
    expect(foot()).toContain('02:31');
    await tellActive(null);
    expect(foot()).toBeUndefined();
  });

  it('holds its order while somebody points at it', async () => {
    const { rows, tell, list } = await setUp([
      transferOf(),
      transferOf({ id: 'two', created: 2000 })
    ]);
    const heads = () => rows().filter(id => /^[st]:/.test(id!));
    fireEvent.pointerMove(list());
    await tell(transferOf({ state: 'done', ended: 1100 }));
    expect(heads()).toEqual(['s:active', 't:one', 't:two']);
    fireEvent.pointerOut(list());
    await pass(4_100);
    expect(heads()).toEqual(['s:active', 't:two', 's:done', 't:one']);
  });

  it('says the end once to a screen reader, and never progress', async () => {
    const { node, tell } = await setUp([transferOf()]);
    const spoken = () =>
      node.querySelector('.mast-sr[aria-live=polite]')?.textContent;
    await tell(transferOf({ bytes: { done: 900e6 } }));
    expect(spoken()).toBe('');
    await tell(
      transferOf({ state: 'done', ended: 1022, files: { copied: 19 } })
    );
    expect(spoken()).toMatch(/^19 files copied to hst/);
    const lively = [...node.querySelectorAll('[aria-live]')];
    expect(lively).toHaveLength(1);
  });

  it('leaves the end to the toast where one appears', async () => {
    const { node, tell } = await setUp(
      [transferOf()],
      undefined,
      true,
      false,
      true
    );
    await tell(transferOf({ state: 'done', files: { copied: 19 } }));
    expect(node.querySelector('.mast-sr')?.textContent).toBe('');
  });
});

describe('what would lose something', () => {
  it('is asked about first, with the safe answer in front', async () => {
    const { click, button, asked } = await setUp([transferOf()]);
    await click(button('Cancel'));
    expect(dialog()?.textContent).toContain(
      'Cancel copying “ibg705080, 19 files”?'
    );
    expect(dialog()?.textContent).toContain(
      'Keeps 7 copied files, removes the partial ones.'
    );
    expect(document.activeElement?.textContent).toBe('Go on copying');
    fireEvent.keyDown(document.activeElement!, { key: 'Enter', keyCode: 13 });
    await pass();
    expect([dialog(), asked()]).toEqual([null, []]);
    await click(button('Cancel'));
    await click(dialogButton('Cancel the copy'));
    expect(asked()).toEqual(['cancel one']);
  });

  it('is not asked about when nothing was copied yet', async () => {
    const { click, button, asked } = await setUp([
      transferOf({
        state: 'planning',
        files: { copied: 0 },
        bytes: { done: 0 }
      })
    ]);
    await click(button('Cancel'));
    expect([dialog(), asked()]).toEqual([null, ['cancel one']]);
  });

  it('an undo names what it removes', async () => {
    const { click, button, asked } = await setUp([ended]);
    await click(button('Undo: remove the 19 copied files'));
    expect(dialog()?.textContent).toContain(
      'those that were changed since, stay'
    );
    await click(dialogButton('Remove 19 files'));
    expect(asked()).toEqual(['undo three']);
  });
});

describe('by keyboard', () => {
  it('is one tab stop, with arrows between rows and into their buttons', async () => {
    const { node, focus, press, current, list } = await setUp([
      transferOf({ files: { total: 1 } }),
      failed
    ]);
    expect(
      [...list().querySelectorAll('button')].filter(one => one.tabIndex !== -1)
    ).toEqual([]);
    await focus();
    expect(current()).toBe('s:active');
    await press('ArrowDown');
    expect(current()).toBe('t:one');
    await press('ArrowRight');
    const label = () => document.activeElement?.getAttribute('title');
    expect(label()).toBe('Pause');
    await press('ArrowRight');
    expect(label()).toBe('Cancel');
    await press('ArrowLeft');
    await press('ArrowLeft');
    expect(document.activeElement).toBe(list());
    await press('End');
    expect(current()).toBe('b:two');
    await press('ArrowUp');
    expect(current()).toBe('x:two:4');
    await press('ArrowLeft');
    expect(current()).toBe('t:two');
    await press('Home');
    await press('ArrowLeft');
    expect(node.querySelector('[data-id="t:one"]')).toBeNull();
    await press('ArrowRight');
    expect(node.querySelector('[data-id="t:one"]')).not.toBeNull();
  });

  it('goes by the rows as they are when keys come faster than drawings', async () => {
    const { focus, press, current, list } = await setUp([
      transferOf({ files: { total: 1 } }),
      failed
    ]);
    await focus();
    await press('ArrowLeft');
    act(() => {
      fireEvent.keyDown(list(), { key: 'ArrowRight' });
      fireEvent.keyDown(list(), { key: 'ArrowDown' });
    });
    await pass();
    expect(current()).toBe('t:one');
  });

  it('is left to whoever takes the focus away, and kept when a button goes', async () => {
    const { focus, press, list, tell } = await setUp([transferOf()]);
    await focus();
    await pass(1_000);
    act(() => list().blur());
    await pass(2_000);
    expect(document.activeElement).toBe(document.body);
    await focus();
    await press('ArrowDown');
    await press('ArrowRight');
    expect(document.activeElement?.getAttribute('title')).toBe('Pause');
    await tell(transferOf({ state: 'paused', bytes: { done: 700e6 } }));
    expect(document.activeElement).toBe(list());
  });

  it('stays near a row that goes', async () => {
    const { focus, press, current, tell } = await setUp([
      transferOf(),
      failed,
      { ...failed, id: 'four', created: 900 },
      ended
    ]);
    await focus();
    await press('ArrowDown');
    await press('ArrowDown');
    expect(current()).toBe('m:one');
    await press('Enter');
    expect(current()).toBe('t:one');
    await press('Enter');
    for (let i = 0; i < 4; i++) {
      await press('ArrowDown');
    }
    expect(current()).toBe('x:two:3');
    await tell(transferOf({ id: 'two', state: 'queued' }));
    expect(current()).toBe('t:two');
    await tell(failed);
    await press('Delete');
    expect(current()).toBe('t:four');
    await press('ArrowDown');
    expect(current()).toBe('x:four:3');
  });

  it('pauses, resumes, cancels and retries', async () => {
    const { focus, press, asked, tell } = await setUp([transferOf(), failed]);
    await focus();
    await press('ArrowDown');
    await press(' ');
    await tell(transferOf({ state: 'paused' }));
    await press(' ');
    await press('Delete');
    expect(dialog()).not.toBeNull();
    await act(async () => {
      fireEvent.click(dialogButton('Cancel the copy'));
      await jest.advanceTimersByTimeAsync(50);
    });
    await focus();
    await press('End');
    await press('r', { altKey: true });
    await press('Delete');
    expect(asked()).toEqual([
      'pause one',
      'resume one',
      'cancel one',
      'retry two',
      'clear two'
    ]);
  });

  it.each([
    ['r', 'KeyR', true],
    ['R', 'KeyR', true],
    // With Option on a Mac.
    ['®', 'KeyR', true],
    // In a layout that has another letter there.
    ['p', 'KeyR', false],
    ['r', 'KeyO', true]
  ])('retries by Alt %s (%s): %s', async (key, code, does) => {
    const { focus, press, asked } = await setUp([failed]);
    await focus();
    await press('ArrowDown');
    await press(key, { code, altKey: true });
    expect(asked()).toEqual(does ? ['retry two'] : []);
  });

  it('does once what a key says that is held down', async () => {
    const { focus, press, asked } = await setUp([failed]);
    await focus();
    await press('ArrowDown');
    for (const key of ['r', 'Delete', ' ']) {
      await press(key, { altKey: key === 'r', repeat: true });
    }
    expect(asked()).toEqual([]);
    await press('Delete');
    expect(asked()).toEqual(['clear two']);
  });

  it('retries one failed file by its button and by the menu', async () => {
    const { focus, press, asked, current } = await setUp([failed]);
    await focus();
    await press('End');
    await press('ArrowUp');
    expect(current()).toBe('x:two:4');
    await press('Enter');
    expect(document.activeElement?.textContent).toBe('Retry');
    expect(document.activeElement?.getAttribute('aria-label')).toBe(
      'Retry f4.fits'
    );
    await press('Escape');
    await press('ArrowUp');
    await press('F10', { shiftKey: true });
    expect(document.querySelector('.lm-Menu-itemLabel')?.textContent).toBe(
      'Retry f3.fits'
    );
    const menu = document.querySelector<HTMLElement>('.lm-Menu')!;
    for (const key of [40, 13]) {
      fireEvent.keyDown(menu, { keyCode: key });
    }
    await pass();
    expect(asked()).toEqual(['retry two 3']);
  });

  it('opens a menu with all that can be done', async () => {
    const { focus, press, asked } = await setUp([ended]);
    await focus();
    await press('ArrowDown');
    await press('F10', { shiftKey: true });
    const items = [...document.querySelectorAll('.lm-Menu-itemLabel')];
    expect(items.map(item => item.textContent)).toEqual([
      'Show all files',
      'Show in file browser',
      'Undo: remove the 19 copied files',
      'Clear from list'
    ]);
    const menu = document.querySelector<HTMLElement>('.lm-Menu')!;
    for (const key of [38, 13]) {
      fireEvent.keyDown(menu, { keyCode: key });
    }
    await pass();
    expect(asked()).toEqual(['clear three']);
  });
});

describe('all files of a transfer', () => {
  const large = transferOf({
    id: 'three',
    state: 'done-with-failures',
    ended: 1200,
    files: { total: 50_000, copied: 49_998, failed: 2 }
  });

  it('are drawn and fetched as far as they are in sight', async () => {
    const { focus, press, node, server, rows, text, current } = await setUp(
      [large],
      server => {
        server.fileCount = 50_000;
        server.fileAt = index =>
          fileOf(index, index % 2 ? { check: 'version', algorithm: '' } : {});
      }
    );
    await focus();
    await press('ArrowDown');
    await press('Enter');
    await pass();
    expect(rows().length).toBeLessThan(60);
    expect(server.asked.slice(1)).toEqual(['files three 0 200 all']);
    expect(text()).toContain('f0.fits');
    const files = [...node.querySelectorAll('.mast-TransferRow-file')];
    expect(files[0].textContent).toContain('CRC64NVME');
    expect(files[1].textContent).toContain('checked by size and version');
    expect(files[0].getAttribute('aria-setsize')).toBe('50000');
    // 50,000 files and six rows more.
    expect(
      node.querySelector('[role=treegrid]')?.getAttribute('aria-rowcount')
    ).toBe('50005');
    await press('ArrowDown');
    await press('ArrowDown');
    expect(current()).toBe('f:three:0');
    await press('Enter');
    await press('ArrowLeft');
    expect(current()).toBe('t:three');
    await press('Enter');
    expect(node.querySelector('.mast-TransferRow-file')).toBeNull();
  });

  it('say how fast those are that are copied', async () => {
    const began = Date.now();
    const size = 200e6;
    const some = () => {
      const done = 10 * (Date.now() - began) * 1000;
      return transferOf({
        files: { total: 2, copied: 0 },
        active: [{ index: 1, key: 'k', path: 'f1.fits', size, done }]
      });
    };
    const { node, tell, focus, press } = await setUp([some()], server => {
      server.fileCount = 2;
      server.fileAt = index =>
        fileOf(index, {
          size,
          done: 0,
          outcome: index === 1 ? 'running' : 'waiting'
        });
    });
    await focus();
    await press('ArrowDown');
    await press('Enter');
    for (let i = 0; i < 13; i++) {
      await tell(some());
      await pass(500);
    }
    jest.setSystemTime(began + 8000);
    await tell(some());
    const words = () =>
      [...node.querySelectorAll('.mast-TransferRow-file')].map(row => {
        const last = row.querySelector('.mast-secondary')!;
        return [
          last.querySelector('[aria-hidden]')?.textContent,
          last.querySelector('.mast-sr')?.textContent
        ];
      });
    const full = '80.0 MB of 200.0 MB · 10 MB/s · 12 s left';
    expect(words()).toEqual([
      ['queued', 'Waits for its turn'],
      ['40 % · 10 MB/s', full]
    ]);
    act(() => {
      widget!.state.width = 300;
    });
    await pass();
    expect(words()[1]).toEqual(['80.0 MB · 10 MB/s', full]);
  });

  it('can be those alone that failed', async () => {
    const { asked, button, click, focus, press, server, node } = await setUp(
      [large],
      server => {
        server.fileCount = 2;
        server.fileAt = index =>
          fileOf(index, { outcome: 'failed', kind: 'changed' });
      }
    );
    await focus();
    await press('ArrowDown');
    await press('Enter');
    await click(button('Failed 2'));
    await pass();
    expect(server.asked[server.asked.length - 1]).toBe(
      'files three 0 200 failed'
    );
    expect(node.querySelectorAll('.mast-TransferRow-file')).toHaveLength(2);
    expect(button('Failed 2').getAttribute('aria-pressed')).toBe('true');
    await click(button('Retry f1.fits'));
    expect(asked()).toEqual(['retry three 1']);
    await click(button('Fewer'));
    expect(node.querySelector('.mast-TransferRow-file')).toBeNull();
  });
});
