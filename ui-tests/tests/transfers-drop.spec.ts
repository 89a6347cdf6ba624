import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import { sample, states, workspace } from './copying';
import { environment, expect, test, transfers, type Lab } from './fixtures';

const FOLDER = 'hst/public/ibg7/ibg705080/';
const NAME = 'ibg705081_drz.fits';

/** The archive panel on the left, the file browser on the right. */
async function sideBySide(lab: Lab): Promise<Locator> {
  const { page } = lab;
  await page
    .locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]')
    .click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Switch Sidebar Side' }).click();
  const browser = page.locator('#jp-right-stack .jp-FileBrowser');
  if (!(await browser.isVisible())) {
    await page
      .locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]')
      .click();
  }
  await expect(browser).toBeVisible();
  await lab.openPanel();
  await lab.go(FOLDER + NAME);
  await expect(lab.row(NAME)).toHaveAttribute('aria-selected', 'true');
  return browser;
}

/** Begin to drag the file, and hold it over a place. */
async function hold(lab: Lab, over: Locator, y?: number): Promise<void> {
  const from = (await lab.row(NAME).boundingBox())!;
  const to = (await over.boundingBox())!;
  const { mouse } = lab.page;
  await mouse.move(from.x + 60, from.y + 10);
  await mouse.down();
  await mouse.move(from.x + 80, from.y + 20, { steps: 4 });
  await mouse.move(to.x + 60, to.y + (y ?? to.height / 2), { steps: 10 });
}

/** What is shown under the pointer. */
const ghost = (lab: Lab) => lab.page.locator('.mast-Ghost');

const done = () => expect.poll(states).toEqual(['done']);

test('a file dropped on a folder of the file browser is copied into it', async ({
  lab
}) => {
  await mkdir(path.join(environment.workspace, 'images'));
  const browser = await sideBySide(lab);
  const row = browser.locator('.jp-DirListing-item', { hasText: 'images' });
  await expect(row).toBeVisible();
  await hold(lab, row);
  await expect(ghost(lab)).toContainText(`${NAME}, 156 kB`);
  await expect(ghost(lab)).toContainText('Copy to images');
  await expect(row).toHaveClass(/mast-mod-drop/);
  await lab.page.mouse.up();
  await done();
  expect(await workspace(`images/ibg705080/${NAME}`)).toEqual(
    await sample(FOLDER + NAME)
  );
  await expect(row).not.toHaveClass(/mast-mod-drop/);
});

test('dropped beside the folders it is copied into the one that is shown', async ({
  lab
}) => {
  await mkdir(path.join(environment.workspace, 'images', 'old'), {
    recursive: true
  });
  const browser = await sideBySide(lab);
  await browser
    .locator('.jp-DirListing-item', { hasText: 'images' })
    .dblclick();
  await expect(
    browser.locator('.jp-DirListing-item', { hasText: 'old' })
  ).toBeVisible();
  const list = browser.locator('.jp-DirListing-content');
  await hold(lab, list, 300);
  await expect(ghost(lab)).toContainText('Copy to images');
  await lab.page.mouse.up();
  await done();
  expect(await workspace(`images/ibg705080/${NAME}`)).not.toBeNull();
});

test('a folder opens when a file is held over it, and takes what is dropped', async ({
  lab
}) => {
  await mkdir(path.join(environment.workspace, 'images', 'old'), {
    recursive: true
  });
  const browser = await sideBySide(lab);
  const row = (name: string) =>
    browser.locator('.jp-DirListing-item', { hasText: name });
  await expect(row('images')).toBeVisible();
  await hold(lab, row('images'));
  await expect(ghost(lab)).toContainText('Copy to images');
  await expect(row('old')).toBeVisible();
  await expect(row('images')).toHaveCount(0);
  // The pointer rests: the folder that came below it is not meant.
  await expect(ghost(lab)).toContainText('Copy to images');
  await expect(row('old')).not.toHaveClass(/mast-mod-drop/);
  const box = (await row('old').boundingBox())!;
  await lab.page.mouse.move(box.x + 40, box.y + box.height / 2);
  await expect(ghost(lab)).toContainText('Copy to images/old');
  await lab.page.mouse.move(box.x + 40, box.y + 300);
  await expect(ghost(lab)).toContainText(/Copy to images$/);
  await lab.page.mouse.up();
  await done();
  expect(await workspace(`images/ibg705080/${NAME}`)).not.toBeNull();
});

test('a file dropped where an edited one is in the way opens the dialog', async ({
  lab
}) => {
  const edited = path.join(environment.workspace, 'ibg705080', NAME);
  await mkdir(path.dirname(edited));
  await writeFile(edited, 'my notes');
  const browser = await sideBySide(lab);
  await hold(lab, browser.locator('.jp-DirListing-content'), 300);
  await lab.page.mouse.up();
  const dialog = lab.page.getByRole('dialog');
  await expect(dialog).toContainText(`${NAME}differs · changed here`);
  expect(await states()).toEqual(['planning']);
  await lab.page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  expect(String(await readFile(edited))).toBe('my notes');
});

test('Escape drops nothing', async ({ lab }) => {
  const browser = await sideBySide(lab);
  const list = browser.locator('.jp-DirListing-content');
  await hold(lab, list, 300);
  await expect(ghost(lab)).toContainText('Copy to your home folder');
  await lab.page.keyboard.press('Escape');
  await lab.page.mouse.up();
  await expect(ghost(lab)).toHaveCount(0);
  await expect(browser.locator('.mast-mod-drop')).toHaveCount(0);
  expect(await transfers()).toEqual([]);
});
