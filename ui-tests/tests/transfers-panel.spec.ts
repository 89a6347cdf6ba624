import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { create, reaches, sample, savedList, workspace } from './copying';
import { environment, expect, test, transfers, type Lab } from './fixtures';

const FOLDER = 'hst/public/ibg7/ibg705080/';
const ASN = 'ibg705080_asn.fits';
const DRZ = 'ibg705081_drz.fits';
const THEMES = ['JupyterLab Light', 'JupyterLab Dark'];

/** A copy of two files, of which those fail whose names folders have. */
async function withFolders(...names: string[]): Promise<string[]> {
  const folders = names.map(name =>
    path.join(environment.workspace, 'flat', name)
  );
  await Promise.all(folders.map(one => mkdir(one, { recursive: true })));
  await create({
    archive: 'sample',
    sources: [{ key: FOLDER + ASN }, { key: FOLDER + DRZ }],
    target: 'flat',
    layout: 'flat',
    conflict: 'replace',
    start: 'now'
  });
  return folders;
}

/** A copy of which one file fails. */
async function withFailure(): Promise<string> {
  const [folder] = await withFolders(DRZ);
  await reaches(/^done-with-failures$/);
  return folder;
}

/** A row of the panel, by a part of its text. */
const row = (lab: Lab, text: string | RegExp) =>
  lab.transfers.getByRole('row').filter({ hasText: text });

/** Drag the panel, which is in the right side bar, to a width in px. */
async function widen(lab: Lab, width: number): Promise<void> {
  const box = (await lab.transfers.boundingBox())!;
  const { mouse } = lab.page;
  await mouse.move(box.x - 1, 400);
  await mouse.down();
  await mouse.move(box.x + box.width - width - 1, 400, { steps: 5 });
  await mouse.up();
  await expect
    .poll(async () =>
      Math.abs((await lab.transfers.boundingBox())!.width - width)
    )
    .toBeLessThan(3);
}

/** Rows whose content needs more room than they have. */
async function cut(lab: Lab): Promise<string[]> {
  return lab.transfers.locator('.mast-TransferRow').evaluateAll(rows =>
    rows.flatMap(one => {
      const cell = one.firstElementChild!;
      const last = cell.lastElementChild?.getBoundingClientRect().bottom ?? 0;
      return last > one.getBoundingClientRect().bottom + 0.5 ||
        cell.scrollWidth > cell.clientWidth
        ? [one.textContent ?? '']
        : [];
    })
  );
}

test('what failed is retried, and only that', async ({ lab }) => {
  const folder = await withFailure();
  await lab.execute('mast:show-transfers');
  await expect(row(lab, '1 of 2 copied')).toContainText('done with 1 failure');
  await expect(row(lab, DRZ)).toContainText(
    'Another file or folder of this name is there'
  );
  await rm(folder, { recursive: true });
  await lab.transfers.getByRole('button', { name: 'Retry 1 failed' }).click();
  await reaches(/^done$/);
  expect(await workspace(`flat/${DRZ}`)).toEqual(await sample(FOLDER + DRZ));
  expect(await workspace(`flat/${ASN}`)).toEqual(await sample(FOLDER + ASN));
  await expect(row(lab, '2 files ·')).toContainText('done');

  // The folder of the files, in the file browser.
  await lab.transfers.getByRole('button', { name: /^Show in file/ }).click();
  await expect(
    lab.page.locator('.jp-DirListing-item', { hasText: DRZ })
  ).toBeVisible();
});

test('one file of two that failed is retried by itself', async ({ lab }) => {
  const folders = await withFolders(ASN, DRZ);
  await reaches(/^failed$/);
  await Promise.all(folders.map(one => rm(one, { recursive: true })));
  await lab.execute('mast:show-transfers');
  const retry = (name: string) =>
    lab.transfers.getByRole('button', { name: `Retry ${name}` });
  await expect(retry(ASN)).toBeVisible();
  await widen(lab, 250);
  expect(await cut(lab)).toEqual([]);
  // Under the name, which has the line to itself.
  await expect(
    lab.transfers.getByText('and 1 more', { exact: true })
  ).toBeVisible();
  await retry(DRZ).click();
  await reaches(/^done-with-failures$/);
  await expect(retry(DRZ)).toHaveCount(0);
  expect(await workspace(`flat/${DRZ}`)).toEqual(await sample(FOLDER + DRZ));
  expect(await workspace(`flat/${ASN}`)).toBeNull();

  // The other one by the menu.
  await retry(ASN).click({ button: 'right' });
  await lab.page.getByRole('menuitem', { name: `Retry ${ASN}` }).click();
  await reaches(/^done$/);
  expect(await workspace(`flat/${ASN}`)).toEqual(await sample(FOLDER + ASN));
});

for (const theme of THEMES) {
  test(`choosing less leaves kinds of files out, ${theme}`, async ({ lab }) => {
    await lab.execute('apputils:change-theme', { theme });
    const { id } = await create({
      archive: 'sample',
      sources: [{ prefix: FOLDER }],
      start: 'ask'
    });
    await reaches(/^planning$/);
    // As if it had not fitted, and somebody had chosen less already.
    const answer = await fetch(
      `${environment.base}/jupyterlab-mast/transfers/${id}/plan`,
      {
        method: 'PUT',
        headers: { Authorization: `token ${environment.token}` },
        body: JSON.stringify({ without: ['Association table'] })
      }
    );
    expect(answer.status).toBe(200);
    await lab.execute('mast:show-transfers');
    await lab.transfers
      .getByRole('button', { name: 'Look at the plan…' })
      .click();
    const dialog = lab.page.getByRole('dialog');
    const kinds = dialog.getByRole('group', { name: 'Choose less' });
    const table = kinds.getByRole('checkbox', { name: /^Association table/ });
    await expect(table).not.toBeChecked();
    const drizzled = kinds.getByRole('checkbox', { name: /^Drizzled image/ });
    await expect(drizzled).toBeChecked();
    const axe = await new AxeBuilder({ page: lab.page })
      .include('.jp-Dialog-content')
      .analyze();
    expect(axe.violations).toEqual([]);
    await drizzled.press('Space');
    await expect(drizzled).not.toBeChecked();
    await table.press('Space');
    await expect(table).toBeChecked();
    await dialog.getByRole('button', { name: /^Copy \d+ file/ }).click();
    await reaches(/^done$/);
    expect(await workspace(`ibg705080/${ASN}`)).toEqual(
      await sample(FOLDER + ASN)
    );
    expect(await workspace(`ibg705080/${DRZ}`)).toBeNull();
  });
}

for (const theme of THEMES) {
  test(`nothing is cut and axe finds nothing, also in a narrow panel, ${theme}`, async ({
    lab
  }) => {
    await lab.execute('apputils:change-theme', { theme });
    await withFailure();
    await create({
      archive: 'sample',
      sources: [{ prefix: FOLDER }],
      start: 'ask'
    });
    await create({
      archive: 'sample',
      sources: [{ prefix: 'tess/public/tid/s0014/' }],
      start: 'now'
    });
    await expect
      .poll(async () =>
        (await transfers())
          .map(one => one.state)
          .sort()
          .join()
      )
      .toBe('done,done-with-failures,planning');
    await lab.execute('mast:show-transfers');
    await expect(row(lab, /^ibg705080/)).toHaveCount(2);
    for (const width of [400, 250]) {
      await widen(lab, width);
      expect(await cut(lab)).toEqual([]);
      const axe = await new AxeBuilder({ page: lab.page })
        .include('.mast-Transfers')
        .include('.mast-TransfersStatus')
        .analyze();
      expect(axe.violations).toEqual([]);
    }
    // With all files of one of them.
    await row(lab, 's0014').first().dblclick();
    await expect(lab.transfers.getByText('Fewer')).toBeVisible();
    await expect(row(lab, '_lc.fits').first()).toBeVisible();
    expect(await cut(lab)).toEqual([]);
    const axe = await new AxeBuilder({ page: lab.page })
      .include('.mast-Transfers')
      .analyze();
    expect(axe.violations).toEqual([]);
  });
}

test('the list by keyboard: arrows, Enter, Space and Delete', async ({
  lab
}) => {
  await create({
    archive: 'slow',
    sources: [{ key: 'slow/one/night.fits' }],
    start: 'now'
  });
  await reaches(/^running$/);
  await lab.execute('mast:show-transfers');
  const { keyboard } = lab.page;
  const list = lab.transfers.getByRole('treegrid', { name: 'Transfers' });
  await expect(row(lab, /^night/)).toBeVisible();
  await list.focus();
  const current = lab.transfers.locator('.mast-mod-current');
  await keyboard.press('Home');
  await expect(current).toContainText('Active');
  await keyboard.press('ArrowLeft');
  await expect(row(lab, /^night/)).toHaveCount(0);
  await keyboard.press('ArrowRight');
  await keyboard.press('ArrowDown');
  await expect(current).toContainText('night.fits');

  await keyboard.press('Enter');
  await expect(current).toHaveAttribute('aria-expanded', 'true');
  await expect(lab.transfers.getByText('Fewer')).toBeVisible();
  await keyboard.press('Enter');
  await expect(current).toHaveAttribute('aria-expanded', 'false');

  await keyboard.press('Space');
  await reaches(/^paused$/);
  await expect(current).toContainText('paused');
  await keyboard.press('Space');
  await reaches(/^running$/);

  await expect(current).not.toContainText('paused');

  // Its buttons, and back to it.
  await keyboard.press('ArrowRight');
  await expect(
    current.getByRole('button', { name: 'Pause', exact: true })
  ).toBeFocused();
  await keyboard.press('Escape');
  await expect(list).toBeFocused();

  // Once there is something to lose, it is asked about.
  await expect(current).toContainText(/[1-9][0-9.]* MB of 32/);
  await keyboard.press('Delete');
  const dialog = lab.page.getByRole('dialog');
  await expect(dialog).toContainText('Cancel copying “night.fits”?');
  // Enter takes the safe answer.
  await keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await reaches(/^running$/);
  await list.focus();
  await keyboard.press('Delete');
  await dialog.getByRole('button', { name: 'Cancel the copy' }).press('Enter');
  await reaches(/^cancelled$/);
  expect(await workspace('night.fits')).toBeNull();
});

test('fifty thousand files of one transfer are scrolled from end to end', async ({
  lab
}, info) => {
  test.setTimeout(120_000);
  const count = 50_000;
  await create({
    archive: 'sample',
    sources: Array.from({ length: count }, (_, i) => ({
      key: `${FOLDER}f${String(i).padStart(5, '0')}_flt.fits`,
      size: 65_536,
      etag: `"${i.toString(16).padStart(32, '0')}"`
    })),
    start: 'ask'
  });
  await lab.execute('mast:show-transfers');
  await expect(row(lab, '50,000 files')).toBeVisible({ timeout: 60_000 });
  await row(lab, '50,000 files').dblclick();
  await expect(row(lab, 'f00000_flt.fits')).toBeVisible();
  const list = lab.transfers.getByRole('treegrid', { name: 'Transfers' });
  const { nodes, busy } = await list.evaluate(async element => {
    const frame = () => new Promise(requestAnimationFrame);
    let busy = 0;
    const observer = new PerformanceObserver(entries => {
      busy = Math.max(busy, ...entries.getEntries().map(one => one.duration));
    });
    observer.observe({ entryTypes: ['longtask'] });
    let nodes = 0;
    const steps = 400;
    for (let step = 0; step <= steps; step++) {
      element.scrollTop =
        ((element.scrollHeight - element.clientHeight) * step) / steps;
      await frame();
      nodes = Math.max(nodes, element.querySelectorAll('*').length);
    }
    observer.disconnect();
    return { nodes, busy };
  });
  info.annotations.push({
    type: 'figures',
    description: `${nodes} nodes at most, longest task ${busy.toFixed(0)} ms`
  });
  await expect(row(lab, 'f49999_flt.fits')).toBeVisible();
  // How busy the page was depends on what else this machine does.
  expect(nodes).toBeLessThan(2500);
});

test('a selection is saved as a list, and copied from it by a colleague', async ({
  lab
}) => {
  // Whether a file of this name is there.
  lab.allowed.push(/night\.csv/);
  await lab.openPanel();
  await lab.go(FOLDER + ASN);
  await expect(lab.row(ASN)).toHaveAttribute('aria-selected', 'true');
  await lab.row(DRZ).click({ modifiers: ['Control'] });
  void lab.execute('mast:save-selection-as-list').catch(() => undefined);
  const lines = await savedList(lab, 'night');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(
    new RegExp(`^sample,${FOLDER}${ASN},\\d+,.*[0-9a-f]{32}`)
  );

  // One of both is there already; only the other one is fetched.
  await create({
    archive: 'sample',
    sources: [{ key: FOLDER + ASN }],
    start: 'now'
  });
  await reaches(/^done$/);
  await lab.execute('mast:copy-from-list', { path: 'night.csv' });
  await reaches(/^done,done$/);
  expect((await transfers()).map(({ files }) => files)).toContainEqual(
    expect.objectContaining({ copied: 1, identical: 1 })
  );
  expect(await workspace(`ibg705080/${DRZ}`)).toEqual(
    await sample(FOLDER + DRZ)
  );
});

test('the command palette copies what a URI names', async ({ lab }) => {
  void lab.execute('apputils:activate-command-palette');
  const palette = lab.page.locator('.jp-ModalCommandPalette');
  await palette.locator('input').fill('copy to workspace');
  await palette
    .locator('.lm-CommandPalette-item', { hasText: /^Copy to workspace/ })
    .click();
  const dialog = lab.page.getByRole('dialog');
  await dialog
    .getByRole('textbox')
    .fill(`s3://${environment.sample.bucket}/${FOLDER}${ASN}`);
  await dialog.getByRole('button', { name: 'Find' }).click();
  await reaches(/^done$/);
  expect(await workspace(`ibg705080/${ASN}`)).toEqual(
    await sample(FOLDER + ASN)
  );
});

test('a copied file is verified, changed, and fetched again', async ({
  lab
}) => {
  await create({
    archive: 'sample',
    sources: [{ key: FOLDER + ASN }],
    layout: 'flat',
    start: 'now'
  });
  await reaches(/^done$/);
  await lab.execute('filebrowser:refresh');
  const file = lab.page.locator('.jp-DirListing-item', { hasText: ASN });
  const verify = async () => {
    await file.click({ button: 'right' });
    await lab.page.getByRole('menuitem', { name: 'Verify copy' }).click();
  };
  await verify();
  await expect(
    lab.page.getByText(/ibg705080_asn.fits is unchanged since it was copied/)
  ).toBeVisible();

  await writeFile(path.join(environment.workspace, ASN), 'my notes');
  await verify();
  await expect(
    lab.page.getByText(/ibg705080_asn.fits was changed since it was copied/)
  ).toBeVisible();
  await lab.page.getByRole('button', { name: 'Fetch again' }).click();
  await lab.page
    .getByRole('dialog')
    .getByRole('button', { name: 'Replace' })
    .click();
  await expect.poll(() => workspace(ASN)).toEqual(await sample(FOLDER + ASN));
});

test('the badge of a file goes when its copy is deleted', async ({ lab }) => {
  await create({
    archive: 'sample',
    sources: [{ key: FOLDER + ASN }],
    layout: 'flat',
    start: 'now'
  });
  await reaches(/^done$/);
  await lab.openPanel();
  await lab.go(FOLDER + ASN);
  const badge = lab.row(ASN).locator('.mast-Badge');
  await expect(badge).toBeVisible();
  await expect(lab.row(DRZ).locator('.mast-Badge')).toHaveCount(0);
  await lab.page.evaluate(
    name =>
      (
        window as unknown as {
          jupyterapp: {
            serviceManager: {
              contents: { delete(path: string): Promise<void> };
            };
          };
        }
      ).jupyterapp.serviceManager.contents.delete(name),
    ASN
  );
  await expect(badge).toHaveCount(0);
});

test('the commands of copying are there, or absent without an error @notebook', async ({
  lab
}) => {
  const known = await lab.page.evaluate(() => {
    const { commands } = (
      window as unknown as {
        jupyterapp: { commands: { hasCommand(id: string): boolean } };
      }
    ).jupyterapp;
    return ['mast:copy-to-workspace', 'mast:show-transfers'].map(id =>
      commands.hasCommand(id)
    );
  });
  if (known[1]) {
    await lab.execute('mast:show-transfers');
    await expect(lab.transfers).toBeVisible();
    await expect(lab.transfers).toContainText('Nothing is being copied');
  }
  if (known[0]) {
    await lab.execute('mast:copy-to-workspace', {
      archive: 'sample',
      sources: [{ key: FOLDER + ASN }]
    });
    await reaches(/^done$/);
    expect(await workspace(`ibg705080/${ASN}`)).toEqual(
      await sample(FOLDER + ASN)
    );
  }
});
