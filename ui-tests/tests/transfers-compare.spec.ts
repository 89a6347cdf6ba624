import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Locator } from '@playwright/test';
import { sample, states, workspace } from './copying';
import { environment, expect, test, transfers, type Lab } from './fixtures';
import { NEW, OLD, put, reprocessed } from './reprocessing';

const FOLDER = 'hst/public/ibg7/ibg705080/';
const NAME = 'ibg705081_drz.fits';
const COPY = `ibg705080/${NAME}`;

const original = () => sample(FOLDER + NAME);

/** Copy the file; then the archive has another version, and the panel knows. */
async function withNewer(lab: Lab): Promise<Locator> {
  await lab.openPanel();
  await lab.go(FOLDER + NAME);
  const row = lab.row(NAME);
  await row.click();
  await lab.execute('mast:copy-to-workspace');
  await expect.poll(states).toEqual(['done']);
  await expect(row.getByTitle(/^In your workspace/)).toBeVisible();
  await put(FOLDER + NAME, await reprocessed(FOLDER + NAME));
  await lab.execute('mast:reload-folder');
  await expect(row.locator('.mast-mod-newer')).toBeVisible();
  return row;
}

/** The dialog, when it has compared. */
async function compared(lab: Lab): Promise<Locator> {
  const dialog = lab.page.getByRole('dialog');
  await expect(dialog.getByText(/cards? differs?\./)).toBeVisible();
  return dialog;
}

test.afterEach(async () => {
  await put(FOLDER + NAME, await original());
});

test('a copy that the archive has replaced is compared and updated', async ({
  lab
}) => {
  const row = await withNewer(lab);
  const asked: string[] = [];
  lab.page.on('request', request => asked.push(request.url()));
  await row.click({ button: 'right' });
  const item = lab.page.getByRole('menuitem', {
    name: 'Compare with archive…'
  });
  await expect(item).toBeVisible();
  expect(asked.filter(url => url.includes(NAME))).toEqual([]);
  await item.click();

  const dialog = await compared(lab);
  await expect(dialog).toContainText(/Reprocessed in the archive on 20\d\d-/);
  await expect(
    dialog.getByRole('row', { name: `CAL_VER ${OLD} ${NEW}` })
  ).toBeVisible();
  await expect(
    dialog.getByRole('row', {
      name: 'DARKFILE iref$3562020ci_drk.fits iref$6b20200ci_drk.fits'
    })
  ).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Keep mine' })).toBeFocused();

  for (const theme of ['JupyterLab Light', 'JupyterLab Dark']) {
    await lab.execute('apputils:change-theme', { theme });
    await expect(lab.page.locator('body')).toHaveAttribute(
      'data-jp-theme-name',
      theme
    );
    const axe = await new AxeBuilder({ page: lab.page })
      .include('.jp-Dialog-content')
      .analyze();
    expect(axe.violations).toEqual([]);
  }

  await dialog.getByRole('button', { name: 'Update' }).click();
  await expect(dialog).toHaveCount(0);
  await expect
    .poll(() => workspace(COPY))
    .toEqual(await reprocessed(FOLDER + NAME));
  await expect(row.locator('.mast-mod-newer')).toHaveCount(0);
  await expect(row.getByTitle(/^In your workspace/)).toBeVisible();
});

test('a copy that somebody changed is replaced only when asked twice; both can be kept', async ({
  lab
}) => {
  const row = await withNewer(lab);
  const mine = Buffer.concat([await original(), Buffer.alloc(2880)]);
  await writeFile(path.join(environment.workspace, COPY), mine);

  const open = () =>
    void lab
      .execute('mast:compare-with-archive', { path: COPY })
      .catch(() => undefined);
  open();
  const dialog = await compared(lab);
  await expect(dialog).toContainText('You changed yours on');
  await dialog.getByRole('button', { name: 'Update' }).press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('lost for good');
  await expect(dialog.getByRole('button', { name: 'Keep mine' })).toBeFocused();
  const axe = await new AxeBuilder({ page: lab.page })
    .include('.jp-Dialog-content')
    .analyze();
  expect(axe.violations).toEqual([]);
  await lab.page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  expect(await workspace(COPY)).toEqual(mine);
  expect(await transfers()).toHaveLength(1);

  open();
  await compared(lab);
  await dialog.getByRole('button', { name: 'Keep both' }).click();
  await expect
    .poll(() => workspace('ibg705080/ibg705081_drz (2).fits'))
    .toEqual(await reprocessed(FOLDER + NAME));
  expect(await workspace(COPY)).toEqual(mine);
  await expect(row.locator('.mast-mod-newer')).toHaveCount(0);
});
