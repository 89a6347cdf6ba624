import { nullTranslator } from '@jupyterlab/translation';
import { act, cleanup, fireEvent, within } from '@testing-library/react';
import { CopyDialogModel } from '../copydialog';
import { TransferFailure } from '../failure';
import { TransfersModel } from '../model';
import { FolderTree } from '../targets';
import { waitingFor } from '../testing';
import { contentsOf, FakeServer, planOf } from '../testingserver';
import type { IPlan, IWaiting } from '../types';
import { showCopyDialog, type CopyOutcome } from './CopyDialogWindow';

const PLAN: Partial<IPlan> = {
  files: 21,
  bytes: 1_940_000_000,
  identical_files: 2,
  identical_bytes: 168_400_000,
  differing: 1,
  differing_first: [
    {
      path: 'ibg705081_drz.fits',
      size: 9,
      modified: new Date(2026, 10, 2, 12).getTime() / 1000,
      archive_size: 208_700_000,
      archive_blocks: 0
    }
  ],
  needed: 1_771_600_000,
  free: 5_600_000_000,
  limit: 10_000_000_000,
  used: 4_200_000_000
};

const TOO_MUCH: Partial<IPlan> = {
  files: 180,
  bytes: 8_900_000_000,
  needed: 8_900_000_000,
  free: 5_600_000_000,
  limit: 10_000_000_000,
  used: 4_200_000_000
};

/** jsdom shows no `<dialog>` that is not opened by script. */
const HIDDEN = { hidden: true };

/** Until timers, promises and frames have done what they do. */
const settled = () =>
  act(async () => {
    await new Promise(resolve => setTimeout(resolve, 60));
  });

async function setUp(
  plan: Partial<IPlan> = PLAN,
  waiting: IWaiting | null = null,
  made = true
) {
  const server = new FakeServer();
  server.plan = planOf(plan);
  server.waiting = waiting;
  const transfers = new TransfersModel({
    api: () => Promise.resolve(server),
    events: null,
    available: true
  });
  await transfers.start();
  const transfer = await transfers.create({
    archive: 'mast',
    sources: [
      { key: 'hst/public/ibg7/ibg705080/ibg705081_drz.fits' },
      { prefix: 'hst/public/ibg7/ibg706010/' }
    ],
    root: 'home',
    target: 'hst',
    start: 'ask'
  });
  server.asked.length = 0;
  const model = new CopyDialogModel({
    transfer,
    transfers,
    tree: new FolderTree(
      contentsOf(['hst', 'hst/ibg705080', 'notebooks', 'tess']) as never,
      transfers.roots,
      'Home'
    )
  });
  const shown = showCopyDialog({
    model,
    trans: nullTranslator.load('x'),
    locale: 'en',
    canFreeUp: true,
    made
  });
  let started: CopyOutcome | null = null;
  void shown.then(value => {
    started = value;
  });
  await settled();
  const dialog = document.querySelector<HTMLElement>('.jp-Dialog');
  if (dialog === null) {
    throw new Error('no dialog');
  }
  const button = () =>
    dialog.querySelector<HTMLButtonElement>('.jp-Dialog-button.jp-mod-accept');
  return { server, model, dialog, button, started: () => started };
}

afterEach(async () => {
  for (const dialog of document.querySelectorAll('.jp-Dialog')) {
    fireEvent.keyDown(dialog, { key: 'Escape' });
  }
  await settled();
  cleanup();
});

describe('the dialog', () => {
  it('says what, what is in the way, and what it costs', async () => {
    const { dialog, button } = await setUp();
    const text = dialog.textContent ?? '';
    for (const part of [
      '21 files, 1.94 GB of 2 observations, ibg705080 and ibg706010',
      'hst/ibg705081_drz.fits',
      '2 files are there already and identical, 168.4 MB',
      'differs · changed here 2026-11-02',
      '4.20 GB used',
      '+ 1.77 GB this copy',
      '3.83 GB of 10.00 GB free afterwards'
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('still being counted');
    expect(button()?.textContent).toBe('Copy 19 files, 1.77 GB');
    expect(button()?.disabled).toBe(false);
  });

  it('has its parts in the order in which they are read', async () => {
    const { dialog } = await setUp();
    const stops = [
      ...dialog.querySelectorAll<HTMLElement>(
        '.jp-Dialog-body :is(button, input:checked, [role=tree], input:not([type=radio]), select)'
      ),
      ...dialog.querySelectorAll<HTMLElement>('.jp-Dialog-footer button')
    ].map(one => one.getAttribute('aria-label') ?? one.role ?? one.textContent);
    expect(stops).toHaveLength(7);
    expect(stops[0]).toBe('Show list');
    expect(stops[2]).toBe('Folder; a new one is made');
    expect(stops[4]).toBe('What to do with ibg705081_drz.fits');
    expect(stops[6]).toBe('Copy 19 files, 1.77 GB');
    expect(document.activeElement?.getAttribute('role')).toBe('tree');
  });

  it('starts nothing on Enter inside', async () => {
    const { server, dialog, started } = await setUp();
    const box = within(dialog).getByLabelText('Folder; a new one is made');
    for (const element of [
      within(dialog).getByRole('tree', HIDDEN),
      box,
      within(dialog).getByRole('combobox', HIDDEN)
    ]) {
      element.focus();
      fireEvent.keyDown(element, { key: 'Enter' });
    }
    await settled();
    expect(started()).toBeNull();
    expect(server.asked).toEqual([]);
  });

  it('copies by its button', async () => {
    const { server, button, started, dialog } = await setUp();
    fireEvent.change(within(dialog).getByRole('combobox', HIDDEN), {
      target: { value: 'skip' }
    });
    await settled();
    expect(button()?.textContent).toBe('Copy 18 files, 1.56 GB');
    fireEvent.click(button() as HTMLElement);
    await settled();
    expect(started()).toBe('started');
    expect(server.asked).toEqual([
      ['act', 'start', { 'ibg705081_drz.fits': 'skip' }]
    ]);
    expect(document.querySelector('.jp-Dialog')).toBeNull();
  });

  it('keeps the focus on its button while it starts, for another try', async () => {
    const { server, button, started, dialog } = await setUp();
    server.errors.push(new TransferFailure('internal', 'No.', 500));
    button()?.focus();
    fireEvent.click(button() as HTMLElement);
    expect(button()?.textContent).toBe('Starting …');
    expect(button()?.disabled).toBe(false);
    fireEvent.click(button() as HTMLElement);
    await settled();
    expect(server.asked).toHaveLength(1);
    expect(dialog.textContent).toContain('No.');
    expect(document.activeElement).toBe(button());
    fireEvent.click(button() as HTMLElement);
    await settled();
    expect(started()).toBe('started');
  });

  it('takes the transfer away when it is closed', async () => {
    const { server, started, dialog } = await setUp();
    fireEvent.keyDown(dialog, { key: 'Escape' });
    await settled();
    expect(started()).toBe('closed');
    expect(server.asked.map(one => (one as string[])[0])).toEqual([
      'act',
      'clear'
    ]);
  });

  it('leaves one as it is that was only looked at', async () => {
    const { server, started, dialog } = await setUp(PLAN, null, false);
    fireEvent.click(within(dialog).getByText('Close'));
    await settled();
    expect([started(), server.asked]).toEqual(['closed', []]);
  });

  it('goes through the folders by keyboard', async () => {
    const { dialog, model } = await setUp();
    const tree = within(dialog).getByRole('tree', HIDDEN);
    const names = () =>
      within(tree)
        .getAllByRole('treeitem', HIDDEN)
        .map(item => item.textContent);
    expect(names()).toEqual(['Home', 'hst', 'notebooks', 'tess']);
    const press = async (key: string) => {
      fireEvent.keyDown(tree, { key });
      await settled();
    };
    await press('ArrowRight');
    expect(names()).toEqual(['Home', 'hst', 'ibg705080', 'notebooks', 'tess']);
    await press('ArrowRight');
    expect(model.place.path).toBe('hst/ibg705080');
    await press('ArrowLeft');
    expect(model.place.path).toBe('hst');
    await press('End');
    expect(model.place.path).toBe('tess');
    await press('Home');
    await press('ArrowUp');
    expect(model.place.path).toBe('');
    expect(
      within(tree).getByRole('treeitem', { ...HIDDEN, selected: true })
        .textContent
    ).toBe('Home');
  });

  it('says that a typed folder will be made', async () => {
    const { dialog, model } = await setUp();
    const box = within(dialog).getByLabelText<HTMLInputElement>(
      'Folder; a new one is made'
    );
    fireEvent.change(box, { target: { value: 'hst/' } });
    expect(box.value).toBe('hst/');
    fireEvent.change(box, { target: { value: 'hst/new' } });
    await settled();
    expect(model.place.path).toBe('hst/new');
    expect(dialog.textContent).toContain('New folder, made by the copy');
  });

  it('keeps its button while what is chosen is looked at', async () => {
    const { dialog, button } = await setUp();
    const box = within(dialog).getByLabelText('Folder; a new one is made');
    fireEvent.change(box, { target: { value: 'a' } });
    fireEvent.input(box, { target: { value: 'ab' } });
    expect(button()?.disabled).toBe(true);
    expect(button()?.textContent).toBe('Checking …');
  });

  it('tells the server once more what it did not take', async () => {
    const { dialog, button, server, model } = await setUp();
    server.errors.push(new TransferFailure('server-away', 'Nobody answers.'));
    model.setPlace({ root: 'home', path: 'tess' });
    await settled();
    expect(dialog.querySelector('.mast-Notice')?.textContent).toContain(
      'Nobody answers.'
    );
    expect(button()?.disabled).toBe(true);
    fireEvent.click(within(dialog).getByText('Try again'));
    await settled();
    expect(dialog.querySelector('.mast-Notice')).toBeNull();
    expect(button()?.disabled).toBe(false);
    expect(model.transfer.target.path).toBe('tess');
  });

  it('counts, and cannot be started before that is done', async () => {
    const { dialog, button } = await setUp({
      complete: false,
      files: 3120,
      bytes: 41_200_000_000
    });
    expect(dialog.textContent).toContain(
      'Counting: 3,120 files, 41.20 GB so far'
    );
    expect(button()?.disabled).toBe(true);
    // Progress is not read out.
    expect(
      within(dialog)
        .queryAllByRole('status', HIDDEN)
        .some(one => one.textContent?.includes('Counting'))
    ).toBe(false);
  });

  it('says that the archive is out of reach, and asks it again', async () => {
    const message = 'The archive cannot be reached.';
    const { dialog, button, server } = await setUp(
      { complete: false, files: 0, bytes: 0 },
      waitingFor('network', { next: Date.now() / 1000 + 40, message })
    );
    const notice = () => dialog.querySelector('.mast-Notice')?.textContent;
    expect(notice()).toMatch(
      /^Waiting for the network since .*\. Next try in (40|39) s\. The archive cannot be reached\. Try now$/
    );
    expect(button()?.disabled).toBe(true);
    within(dialog).getByText('Try now').focus();
    fireEvent.click(within(dialog).getByText('Try now'));
    await settled();
    expect(server.asked).toContainEqual(['act', 'try-now']);
    expect(notice()).toBeUndefined();
    // The focus is not lost with the button.
    expect(document.activeElement?.getAttribute('role')).toBe('tree');
    expect(dialog.textContent).toContain('Counting: 0 files, 0 bytes so far');
  });

  it('says by how much it is too much, and what can be done', async () => {
    const { dialog, button, server, started } = await setUp(TOO_MUCH);
    expect(within(dialog).getByRole('alert', HIDDEN).textContent).toContain(
      'This copy needs 3.30 GB more than you have. Planned 8.90 GB, free 5.60 GB of 10.00 GB.'
    );
    expect(button()?.textContent).toBe('Wait for room for 180 files, 8.90 GB');
    fireEvent.click(
      within(dialog).getByRole('button', { ...HIDDEN, name: 'Free up space' })
    );
    await settled();
    // The transfer stays: it is shown again when space was freed.
    expect([started(), server.asked]).toEqual(['free-up', []]);
  });

  it('says what stays reserved, so that the numbers add up', async () => {
    const { dialog } = await setUp({
      ...TOO_MUCH,
      free: 5_600_000_000,
      reserve: 200_000_000
    });
    expect(within(dialog).getByRole('alert', HIDDEN).textContent).toContain(
      'free 5.60 GB of 10.00 GB. 200.0 MB stays reserved so that your server can always start.'
    );
  });

  it('warns of a limit that does no more, and copies all the same', async () => {
    const { dialog, button, server, started } = await setUp({
      ...TOO_MUCH,
      allowed: 8e18,
      reserve: 200_000_000
    });
    const text = within(dialog).getByRole('alert', HIDDEN).textContent;
    expect(text).toContain(
      'This copy passes your limit by 3.30 GB. Planned 8.90 GB, free 5.60 GB of 10.00 GB. 200.0 MB stays reserved so that your server can always start. Cancel and choose less, or copy it all the same. Free up space'
    );
    expect(dialog.textContent).toContain('3.30 GB above the limit');
    expect(dialog.textContent).not.toContain('free afterwards');
    expect(button()?.textContent).toBe('Copy 180 files all the same, 8.90 GB');
    fireEvent.click(button() as HTMLElement);
    await settled();
    expect(started()).toBe('started');
    expect(server.asked).toEqual([['act', 'start']]);
  });

  it('says of a disk that is full what it has, whatever the limit', async () => {
    const { dialog, button } = await setUp({
      ...TOO_MUCH,
      free: 1_000_000_000,
      allowed: 2_000_000_000,
      reserve: 200_000_000
    });
    expect(within(dialog).getByRole('alert', HIDDEN).textContent).toContain(
      'This copy needs 6.90 GB more than you have. Planned 8.90 GB, free 2.00 GB. Cancel'
    );
    expect(button()?.textContent).toBe('Wait for room for 180 files, 8.90 GB');
  });

  it('says that files are still being counted', async () => {
    const { dialog } = await setUp({ ...PLAN, counting: true });
    expect(dialog.textContent).toContain('at least 4.20 GB used');
    expect(dialog.textContent).toContain(
      'Your files are still being counted: less may be free than this.'
    );
  });

  it('lets people choose less: by kind, until it fits', async () => {
    const over = {
      files: 360,
      bytes: 8_900_000_000,
      needed: 8_900_000_000,
      free: 5_600_000_000,
      limit: 10_000_000_000,
      used: 4_200_000_000
    };
    const kinds = (without: boolean) => [
      { name: 'Target pixel file', files: 180, bytes: 8_533_000_000, without },
      { name: 'Light curve', files: 180, bytes: 367_000_000, without: false }
    ];
    const { dialog, button, server, model } = await setUp({
      ...over,
      kinds: kinds(false)
    });
    const group = () =>
      within(dialog).getByRole('group', { ...HIDDEN, name: 'Choose less' });
    expect(
      within(group())
        .getAllByRole('checkbox', { ...HIDDEN, checked: true })
        .map(one => one.parentElement?.textContent)
    ).toEqual([
      'Target pixel file180 files8.53 GB',
      'Light curve180 files367.0 MB'
    ]);
    expect(within(dialog).getByRole('alert', HIDDEN).textContent).toContain(
      'Choose less below, or let it wait'
    );

    const pixels = () =>
      within(group()).getByRole<HTMLInputElement>('checkbox', {
        ...HIDDEN,
        name: /^Target pixel file/
      });
    server.plan = planOf({
      ...over,
      files: 180,
      bytes: 367_000_000,
      needed: 367_000_000,
      kinds: kinds(true)
    });
    fireEvent.click(pixels());
    expect(button()?.textContent).toBe('Checking …');
    await settled();
    expect(server.asked).toEqual([
      ['choose', { without: ['Target pixel file'] }]
    ]);
    expect(button()?.textContent).toBe('Copy 180 files, 367.0 MB');
    expect(within(dialog).queryByRole('alert', HIDDEN)).toBeNull();
    // It stays, so that it can be put back.
    expect(pixels().checked).toBe(false);
    expect(model.isWanted('Light curve')).toBe(true);

    server.plan = planOf({ ...over, kinds: kinds(false) });
    fireEvent.click(pixels());
    await settled();
    expect(server.asked[1]).toEqual(['choose', { without: [] }]);
    expect(button()?.textContent).toBe('Wait for room for 360 files, 8.90 GB');
  });

  it('offers no choice of one kind', async () => {
    const { dialog } = await setUp({
      ...PLAN,
      free: 1,
      kinds: [{ name: 'Picture', files: 21, bytes: 9, without: false }]
    });
    expect(
      within(dialog).queryByRole('group', { ...HIDDEN, name: 'Choose less' })
    ).toBeNull();
  });

  it('shows the list on demand', async () => {
    const { dialog } = await setUp({ ...PLAN, files: 60 });
    fireEvent.click(within(dialog).getByText('Show list'));
    await settled();
    expect(within(dialog).getAllByRole('listitem', HIDDEN)).toHaveLength(50);
    within(dialog).getByText('Show more of the other 10').focus();
    fireEvent.click(within(dialog).getByText('Show more of the other 10'));
    await settled();
    expect(document.activeElement?.getAttribute('role')).toBe('tree');
    expect(within(dialog).getAllByRole('listitem', HIDDEN)).toHaveLength(60);
    fireEvent.click(within(dialog).getByText('Hide list'));
    await settled();
    expect(within(dialog).queryAllByRole('listitem', HIDDEN)).toEqual([]);
  });
});
