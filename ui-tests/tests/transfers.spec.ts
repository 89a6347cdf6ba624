import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { sample, states, workspace } from './copying';
import { SAMPLES } from './environment';
import {
  environment,
  expect,
  test,
  transfers,
  type ITransfer,
  type Lab
} from './fixtures';

const FOLDER = 'hst/public/ibg7/ibg705080/';

/** What lies in the workspace, hidden partial files too. */
async function partial(): Promise<string[]> {
  const names = await readdir(environment.workspace, { recursive: true });
  return names.filter(name => path.basename(name).startsWith('.mast-'));
}

async function only(): Promise<ITransfer | undefined> {
  const all = await transfers();
  expect(all.length).toBeLessThan(2);
  return all[0];
}

async function goTo(lab: Lab, place: string): Promise<void> {
  await lab.openPanel();
  await lab.go(place);
}

/** Show the panel of another archive at a place. */
async function slowly(lab: Lab, place: string): Promise<void> {
  await lab.openPanel();
  await lab.go(`s3://slow/${place}`);
}

test('one click copies a file, the list shows it, undo takes it back @smoke', async ({
  lab
}) => {
  // What the page shows of a copy it has from events, not by asking.
  let created = false;
  const asked: string[] = [];
  lab.page.on('request', request => {
    if (/\/jupyterlab-mast\/transfers(\?.*)?$/.test(request.url())) {
      created ||= request.method() === 'POST';
      if (created && request.method() === 'GET') {
        asked.push(request.url());
      }
    }
  });
  await goTo(lab, `${FOLDER}ibg705081_drz.fits`);
  const row = lab.row('ibg705081_drz.fits');
  await row.click();
  await lab.panel
    .locator('.mast-ActionBar')
    .getByRole('button', { name: /^Copy/ })
    .click();

  await expect.poll(async () => (await only())?.state).toBe('done');
  const copied = await workspace('ibg705080/ibg705081_drz.fits');
  expect(copied).toEqual(await sample(`${FOLDER}ibg705081_drz.fits`));
  expect(await partial()).toEqual([]);
  await expect(row.getByTitle(/^In your workspace/)).toBeVisible();
  await expect(
    lab.page.getByText(/1 file copied to .*Checked by checksum/)
  ).toBeVisible();
  expect(created).toBe(true);
  expect(asked).toEqual([]);

  await lab.execute('mast:show-transfers');
  await expect(lab.transfers).toContainText('ibg705081_drz.fits');
  await lab.transfers.getByRole('button', { name: /^Undo/ }).click();
  await lab.page.locator('.jp-Dialog .jp-mod-warn').click();
  await expect.poll(() => workspace('ibg705080/ibg705081_drz.fits')).toBeNull();
  await expect(row.getByTitle(/^In your workspace/)).toHaveCount(0);
});

test('after a reload the panel undoes a copy, but for what was changed since', async ({
  lab
}) => {
  const folder = path.join(environment.workspace, 'ibg705080');
  await lab.execute('mast:copy-to-workspace', {
    archive: 'sample',
    sources: [
      { key: `${FOLDER}ibg705080_asn.fits` },
      { key: `${FOLDER}ibg705081_drz.fits` }
    ]
  });
  await expect.poll(async () => (await only())?.state).toBe('done');
  await writeFile(path.join(folder, 'ibg705080_asn.fits'), 'my notes');

  await lab.reload();
  await lab.execute('mast:show-transfers');
  await lab.transfers
    .getByRole('button', { name: 'Undo: remove the 2 copied files' })
    .click();
  await lab.page
    .getByRole('dialog')
    .getByRole('button', { name: 'Remove 2 files' })
    .click();
  await expect(lab.transfers).toContainText('its files were removed');
  await expect.poll(() => readdir(folder)).toEqual(['ibg705080_asn.fits']);
  expect(String(await workspace('ibg705080/ibg705080_asn.fits'))).toBe(
    'my notes'
  );

  await lab.reload();
  await lab.execute('mast:show-transfers');
  await expect(lab.transfers).toContainText('its files were removed');
  await expect(
    lab.transfers.getByRole('button', { name: /^Undo/ })
  ).toHaveCount(0);
});

test('a folder is copied by observation; again, nothing is fetched', async ({
  lab
}) => {
  await goTo(lab, FOLDER);
  const copy = () => lab.execute('mast:copy-to-workspace', { text: FOLDER });
  await copy();
  await expect.poll(async () => (await only())?.state).toBe('done');
  const there = await readdir(path.join(environment.workspace, 'ibg705080'));
  expect(there.sort()).toEqual(
    (await readdir(path.join(SAMPLES, FOLDER))).sort()
  );

  await copy();
  await expect.poll(states).toEqual(['done', 'done']);
  const [, second] = await transfers();
  expect(second.files).toMatchObject({ copied: 0, identical: there.length });
});

test('what is in the way opens the dialog; both can be kept, by keyboard', async ({
  lab
}) => {
  const name = 'ibg705080_asn.fits';
  await goTo(lab, FOLDER + name);
  await lab.row(name).click();
  await lab.execute('mast:copy-to-workspace');
  await expect.poll(async () => (await only())?.state).toBe('done');
  const file = path.join(environment.workspace, 'ibg705080', name);
  await writeFile(file, 'my notes');

  // The command ends with the dialog.
  void lab.execute('mast:copy-to-workspace').catch(() => undefined);
  const dialog = lab.page.getByRole('dialog');
  await expect(dialog).toContainText('differs');
  const axe = await new AxeBuilder({ page: lab.page })
    .include('.jp-Dialog-content')
    .analyze();
  expect(axe.violations).toEqual([]);
  await dialog.getByLabel(/^What to do with/).selectOption('keep-both');
  await dialog.getByRole('button', { name: /^Copy 1 file/ }).press('Enter');
  await expect
    .poll(() => workspace('ibg705080/ibg705080_asn (2).fits'))
    .toEqual(await sample(FOLDER + name));
  expect(await readFile(file, 'utf8')).toBe('my notes');
});

test('the dialog copies to another folder, all in one; Escape copies nothing', async ({
  lab
}) => {
  await goTo(lab, FOLDER);
  await lab.row('ibg705080_asn.fits').click();
  void lab.execute('mast:copy-to').catch(() => undefined);
  const dialog = lab.page.getByRole('dialog');
  await expect(
    dialog.getByRole('button', { name: /^Copy 1 file/ })
  ).toBeEnabled();
  await lab.page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect.poll(async () => (await transfers()).length).toBe(0);

  void lab.execute('mast:copy-to').catch(() => undefined);
  await expect(
    dialog.getByRole('button', { name: /^Copy 1 file/ })
  ).toBeEnabled();
  // The choice shows once the model has it: `check()` would not wait for that.
  const flat = dialog.getByLabel('All in one folder');
  await flat.click();
  await expect(flat).toBeChecked();
  await dialog.getByRole('button', { name: /^Copy 1 file/ }).click();
  await expect.poll(() => workspace('ibg705080_asn.fits')).not.toBeNull();
});

test('the dialog gets on when the end of its plan is lost on the way', async ({
  closedLab: lab
}) => {
  const { page } = lab;
  let lost = false;
  await page.routeWebSocket(/\/api\/events\//, socket => {
    const server = socket.connectToServer();
    server.onMessage(message => {
      if (!lost) {
        socket.send(message);
      }
    });
  });
  await lab.open();
  void lab
    .execute('mast:copy-to', {
      archive: 'sample',
      sources: [{ key: `${FOLDER}ibg705080_asn.fits` }]
    })
    .catch(() => undefined);
  const dialog = page.getByRole('dialog');
  const copy = dialog.getByRole('button', { name: /^Copy 1 file/ });
  await expect(copy).toBeEnabled();

  lost = true;
  await dialog.getByLabel('All in one folder').click();
  await expect(
    dialog.getByRole('button', { name: 'Counting …' })
  ).toBeDisabled();
  // It asks again after ten seconds of silence.
  await expect(copy).toBeEnabled({ timeout: 20_000 });
  await copy.click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => workspace('ibg705080_asn.fits')).not.toBeNull();
});

test('a copy goes on while the page is reloaded and its events are cut', async ({
  lab
}) => {
  test.setTimeout(120_000);
  await slowly(lab, 'slow/one/night.fits');
  await lab.row('night.fits').click();
  await lab.execute('mast:copy-to-workspace');
  await expect.poll(async () => (await only())?.bytes.done).toBeGreaterThan(0);
  await lab.page.reload();
  await lab.ready();
  const pill = lab.page.locator('.jp-StatusBar-Widget, #jp-bottom-panel');
  await expect(pill.getByText(/Copying · \d+ %/)).toBeVisible();

  // As a laptop that slept: every connection is cut, and none comes for a while.
  await lab.page.context().setOffline(true);
  await lab.page.waitForTimeout(2000);
  await lab.page.context().setOffline(false);
  lab.allowed.push(
    /WebSocket|ERR_INTERNET_DISCONNECTED|Failed to fetch|NetworkError/
  );
  await expect
    .poll(async () => (await only())?.state, { timeout: 60_000 })
    .toBe('done');
  await lab.execute('mast:show-transfers');
  await expect(lab.transfers.getByText(/^Done$/)).toBeVisible();
  const found = await stat(path.join(environment.workspace, 'night.fits'));
  expect(found.size).toBe(32_000_000);
});

test('a copy goes on after the death of the server, and so does its panel', async ({
  lab
}) => {
  test.setTimeout(240_000);
  lab.allowed.push(
    /WebSocket|ERR_CONNECTION|Failed to fetch|NetworkError|40[34]|Kernel|fetch/
  );
  // JupyterLab says it itself, in the way of everything.
  const lost = lab.page.getByRole('dialog', {
    name: 'Server Connection Error'
  });
  await lab.page.addLocatorHandler(lost, () =>
    lost.getByRole('button', { name: 'Close' }).click()
  );
  await slowly(lab, 'slow/one/night.fits');
  await lab.row('night.fits').click();
  await lab.execute('mast:copy-to-workspace');
  await lab.execute('mast:show-transfers');
  await expect
    .poll(async () => (await only())?.bytes.done)
    .toBeGreaterThan(14_000_000);
  const before = (await only())!.bytes.done;
  const [record] = (await readdir(environment.runtime)).filter(name =>
    /^jpserver-\d+\.json$/.test(name)
  );
  process.kill(Number(/\d+/.exec(record)![0]), 'SIGKILL');

  // By itself the panel asks after a silence, in which the next server may come.
  await lab.transfers
    .getByRole('toolbar')
    .getByRole('button', { name: 'More' })
    .click();
  await lab.page.getByRole('menuitem', { name: 'Reload the list' }).click();
  const notice = lab.transfers.getByText('The Jupyter server does not answer.');
  await expect(notice).toBeVisible();
  await expect(lab.transfers).toContainText('night.fits');

  // The copy process ends with its server; the next server takes the copy up.
  let first = 0;
  await expect
    .poll(
      async () => {
        const one = await only().catch(() => undefined);
        first ||= one?.bytes.done ?? 0;
        return one?.state;
      },
      { timeout: 90_000, intervals: [100] }
    )
    .toMatch(/running|done/);
  // Of what had arrived nearly all counts: pieces of 1 MiB are noted.
  expect(first).toBeGreaterThan(before - 8 * 2 ** 20);
  await expect(notice).toHaveCount(0, { timeout: 60_000 });
  await expect(lab.transfers).toContainText(
    /1 file · 32\.0 MB in \d+ s.*done · .*checked by/,
    { timeout: 60_000 }
  );
  await expect(
    lab.page.locator('.Toastify__toast').filter({ hasText: /1 file copied to/ })
  ).toHaveCount(1);
  const whole = await workspace('night.fits');
  expect(whole?.length).toBe(32_000_000);
  expect(whole?.every((byte, i) => byte === i % 256)).toBe(true);
  expect(await partial()).toEqual([]);
});

test('pause, resume and cancel in the panel; a cancelled copy leaves nothing', async ({
  lab
}) => {
  await slowly(lab, 'slow/one/night.fits');
  await lab.row('night.fits').click();
  await lab.execute('mast:copy-to-workspace');
  await lab.execute('mast:show-transfers');
  await expect.poll(async () => (await only())?.bytes.done).toBeGreaterThan(0);
  const kept = lab.transfers.getByText(/^Copying keeps your server on until/);
  await expect(kept).toHaveText(/until (\d{4}-\d\d-\d\d )?\d\d:\d\d\.$/);
  // All of it can be read in the usual width.
  expect(
    await kept.evaluate(element => element.scrollWidth <= element.clientWidth)
  ).toBe(true);
  await lab.transfers
    .getByRole('button', { name: 'Pause', exact: true })
    .click();
  await expect.poll(async () => (await only())?.state).toBe('paused');
  await expect(kept).toHaveCount(0);
  await lab.transfers
    .getByRole('button', { name: 'Resume', exact: true })
    .click();
  await expect.poll(async () => (await only())?.state).toBe('running');
  const axe = await new AxeBuilder({ page: lab.page })
    .include('.mast-Transfers')
    .analyze();
  expect(axe.violations).toEqual([]);
  await lab.transfers
    .getByRole('button', { name: 'Cancel', exact: true })
    .click();
  await lab.page.locator('.jp-Dialog .jp-mod-warn').click();
  await expect.poll(async () => (await only())?.state).toBe('cancelled');
  expect(await partial()).toEqual([]);
  expect(await workspace('night.fits')).toBeNull();
});
