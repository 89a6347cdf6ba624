import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import {
  create,
  run,
  runFromPalette,
  sample,
  savedList,
  states,
  workspace
} from './copying';
import { SAMPLES } from './environment';
import { environment, expect, test, transfers, type Lab } from './fixtures';

const FOLDER = 'hst/public/ibg7/ibg705080/';
const ASN = 'ibg705080_asn.fits';
const HEADERS = { Authorization: `token ${environment.token}` };
const URL = `${environment.base}/jupyterlab-mast/transfers`;

/** How many files the samples have below a folder. */
async function countBelow(folder: string): Promise<number> {
  const entries = await readdir(path.join(SAMPLES, folder), {
    recursive: true,
    withFileTypes: true
  });
  return entries.filter(entry => entry.isFile()).length;
}

/** Copy one file into the folder that the file browser shows. */
async function copied(lab: Lab): Promise<Locator> {
  await create({
    archive: 'sample',
    sources: [{ key: FOLDER + ASN }],
    layout: 'flat',
    start: 'now'
  });
  await expect.poll(states).toEqual(['done']);
  await lab.execute('filebrowser:refresh');
  return item(lab, ASN);
}

/** The commands about a copied file. */
const OF_COPY = [
  'Show in archive',
  'Verify copy',
  'Compare with archive…',
  'Fetch again'
];

/** A file in the file browser. */
function item(lab: Lab, name: string): Locator {
  return lab.page.locator('.jp-DirListing-item', { hasText: name });
}

/**
 * Make a file of other origin in the folder that is shown. Nothing is offered
 * on it, as soon as the page has read what was copied.
 */
async function isNoCopy(lab: Lab, name: string, folder = ''): Promise<void> {
  const { page } = lab;
  await writeFile(path.join(environment.workspace, folder, name), 'mine');
  await lab.execute('filebrowser:refresh');
  await expect(async () => {
    await item(lab, name).click({ button: 'right' });
    await expect(page.getByRole('menuitem', { name: 'Rename' })).toBeVisible();
    const offered = await page.getByRole('menuitem').allTextContents();
    await page.keyboard.press('Escape');
    for (const one of OF_COPY) {
      expect(offered.join('\n')).not.toContain(one);
    }
  }).toPass();
}

/** Show something of the archive, and its row. */
type Show = (lab: Lab) => Promise<Locator>;

const KINDS: readonly (readonly [string, string, Show])[] = [
  [
    'a file',
    FOLDER + ASN,
    async lab => {
      await lab.at(FOLDER);
      return lab.row(ASN);
    }
  ],
  [
    'a folder',
    'hst/public/ibg7/',
    async lab => {
      await lab.at('hst/public/');
      return lab.grid.locator('.mast-Row-folder', { hasText: 'ibg7' });
    }
  ],
  [
    'a group',
    'hst/public/ibg7/ibg706010/',
    async lab => {
      await lab.at('hst/public/ibg7/');
      return lab.grid.locator('.mast-Row-group', { hasText: 'ibg706010' });
    }
  ]
];

for (const [what, place, show] of KINDS) {
  test(`the menu of ${what} copies it, there or elsewhere, and saves it as a list`, async ({
    lab
  }) => {
    // Whether a list of this name is there.
    lab.allowed.push(/night\.csv/);
    const count = place.endsWith('/') ? await countBelow(place) : 1;
    const row = await show(lab);

    await run(lab, row, 'Save selection as list…');
    const dialog = lab.page.getByRole('dialog');
    const lines = await savedList(lab, 'night.csv');
    expect(lines.slice(1).map(line => line.split(',')[1])).toEqual(
      Array.from({ length: count }, () => expect.stringContaining(place))
    );

    await run(lab, row, 'Copy to…');
    await expect(dialog).toContainText(
      count === 1 ? '1 file,' : `${count} files,`
    );
    await expect(
      dialog.getByRole('button', { name: /^Copy \d+ files?,/ })
    ).toBeEnabled();
    await lab.page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect.poll(states).toEqual([]);

    await run(lab, row, 'Copy to workspace');
    await expect.poll(states).toEqual(['done']);
    expect((await transfers())[0].files).toMatchObject({
      total: count,
      copied: count
    });
  });
}

test('the menu of a copied file leads to the archive, compares and fetches again', async ({
  lab
}) => {
  const file = await copied(lab);
  await run(lab, file, 'Show in archive');
  await expect(lab.panel).toBeVisible();
  await expect(lab.place).toHaveAttribute('title', FOLDER);
  await expect(lab.selected).toContainText(ASN);

  await lab.execute('filebrowser:activate');
  const dialog = lab.page.getByRole('dialog');
  await run(lab, file, 'Compare with archive…');
  await expect(dialog).toContainText(ASN);
  await expect(dialog).toContainText('still has the version that you copied');
  await lab.page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);

  await writeFile(path.join(environment.workspace, ASN), 'my notes');
  await run(lab, file, 'Fetch again');
  await expect(dialog).toContainText(`Fetch ${ASN} again?`);
  await dialog.getByRole('button', { name: 'Replace' }).click();
  await expect.poll(() => workspace(ASN)).toEqual(await sample(FOLDER + ASN));

  await isNoCopy(lab, 'mine.txt');
});

test('a copy has its commands at once, and keeps them under a new name, in menu and palette', async ({
  lab
}) => {
  const { page } = lab;
  const { keyboard } = page;
  const toast = (text: RegExp) =>
    page.locator('.Toastify__toast').filter({ hasText: text });
  // What is a copy is known before there is one.
  await isNoCopy(lab, 'mine.txt');
  await lab.execute('mast:copy-to-workspace', {
    archive: 'sample',
    sources: [{ key: FOLDER + ASN }]
  });
  await expect(toast(/1 file copied to/)).toBeVisible();
  await lab.execute('filebrowser:go-to-path', { path: 'ibg705080' });
  await item(lab, ASN).click();
  void lab.execute('apputils:activate-command-palette');
  await page.locator('.jp-ModalCommandPalette input').fill('Verify copy');
  await expect(
    page.locator('.lm-CommandPalette-item:not(.lm-mod-disabled)', {
      hasText: /^Verify copy/
    })
  ).toBeVisible();
  await keyboard.press('Escape');
  await item(lab, ASN).click({ button: 'right' });
  for (const name of OF_COPY) {
    await expect(page.getByRole('menuitem', { name })).toBeVisible();
  }
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.locator('.jp-DirListing-editor').fill('night.fits');
  await keyboard.press('Enter');

  const renamed = item(lab, 'night.fits');
  await run(lab, renamed, 'Verify copy');
  await expect(toast(/night\.fits is unchanged since/)).toHaveCount(1);
  await run(lab, renamed, 'Show in archive');
  await expect(lab.place).toHaveAttribute('title', FOLDER);
  await expect(lab.selected).toContainText(ASN);

  await lab.at('hst/public/');
  await lab.execute('filebrowser:activate');
  await renamed.click();
  await runFromPalette(lab, 'Verify copy');
  await expect(toast(/night\.fits is unchanged since/)).toHaveCount(2);
  await runFromPalette(lab, 'Show in archive');
  await expect(lab.place).toHaveAttribute('title', FOLDER);
  await expect(lab.selected).toContainText(ASN);

  // Another file in the old place is none.
  await lab.execute('filebrowser:activate');
  await isNoCopy(lab, ASN, 'ibg705080');
});

test('the palette pauses, resumes and clears transfers', async ({ lab }) => {
  await lab.execute('mast:show-transfers');
  await expect(lab.transfers).toContainText('Nothing is being copied');
  await lab.execute('mast:copy-to-workspace', {
    archive: 'slow',
    sources: [{ key: 'slow/one/night.fits' }]
  });
  await expect.poll(states).toEqual(['running']);
  await runFromPalette(lab, 'Pause All Transfers');
  await expect.poll(states).toEqual(['paused']);
  await expect(lab.transfers).toContainText('paused');
  await runFromPalette(lab, 'Resume All Transfers');
  await expect.poll(states).toEqual(['running']);
  const [{ id }] = await transfers();
  await fetch(`${URL}/${id}/actions`, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ action: 'cancel' })
  });
  await expect(lab.transfers).toContainText('cancelled');
  await runFromPalette(lab, 'Clear Ended Transfers');
  await expect.poll(states).toEqual([]);
  await expect(lab.transfers).toContainText('Nothing is being copied');
});

test('Alt C copies what is selected, or the group that the keyboard is in', async ({
  lab
}) => {
  await lab.select(FOLDER + ASN);
  await lab.grid.focus();
  await lab.page.keyboard.press('Alt+c');
  await expect.poll(states).toEqual(['done']);
  expect(await workspace(`ibg705080/${ASN}`)).toEqual(
    await sample(FOLDER + ASN)
  );
});

/** From the last field of the dialog on, by keyboard, past "Cancel". */
async function startedFromTheLastField(lab: Lab, copy: Locator): Promise<void> {
  const { keyboard } = lab.page;
  const dialog = lab.page.getByRole('dialog');
  await keyboard.press('Tab');
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await keyboard.press('Tab');
  await expect(copy).toBeFocused();
  await keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect.poll(states).toEqual(['done']);
}

test('the dialog by keyboard: a folder of the tree, the layout, what differs', async ({
  lab
}) => {
  const edited = path.join(environment.workspace, 'images', 'old', ASN);
  await mkdir(path.dirname(edited), { recursive: true });
  await writeFile(edited, 'my notes');
  await lab.select(FOLDER + ASN);
  await lab.grid.focus();
  const { keyboard } = lab.page;
  await keyboard.press('Alt+Shift+C');
  const dialog = lab.page.getByRole('dialog');
  const copy = dialog.getByRole('button', { name: /^Copy 1 file/ });
  await expect(dialog.getByRole('tree')).toBeFocused();
  const chosen = dialog.getByRole('treeitem', { selected: true });
  await expect(chosen).toHaveText('Home');
  await keyboard.press('ArrowDown');
  await expect(chosen).toHaveText('images');
  await keyboard.press('ArrowRight');
  await expect(dialog.getByRole('treeitem', { name: 'old' })).toBeVisible();
  await keyboard.press('ArrowRight');
  await expect(chosen).toHaveText('old');

  await keyboard.press('Tab');
  const box = dialog.getByRole('textbox');
  await expect(box).toBeFocused();
  await expect(box).toHaveValue('images/old');
  await keyboard.press('Tab');
  await expect(dialog.getByLabel('By observation')).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(dialog.getByLabel('All in one folder')).toBeChecked();
  await expect(dialog).toContainText('differs · changed here');
  await expect(copy).toBeEnabled();

  await keyboard.press('Tab');
  const decision = dialog.getByRole('combobox');
  await expect(decision).toBeFocused();
  await expect(decision).toHaveValue('keep-both');
  await keyboard.press('ArrowDown');
  await expect(decision).toHaveValue('replace');
  await expect(copy).toBeEnabled();
  await startedFromTheLastField(lab, copy);
  expect(await readFile(edited)).toEqual(await sample(FOLDER + ASN));
});

test('the dialog by keyboard: a new folder is typed, and made by the copy', async ({
  lab
}) => {
  await lab.select(FOLDER + ASN);
  await lab.grid.focus();
  const { keyboard } = lab.page;
  await keyboard.press('Alt+Shift+C');
  const dialog = lab.page.getByRole('dialog');
  await expect(dialog.getByRole('tree')).toBeFocused();
  await keyboard.press('Tab');
  await keyboard.type('images/new');
  await expect(dialog).toContainText('New folder, made by the copy');
  // Enter in a box starts nothing.
  await keyboard.press('Enter');
  const copy = dialog.getByRole('button', { name: /^Copy 1 file/ });
  await expect(copy).toBeEnabled();
  await expect(dialog.getByRole('textbox')).toBeFocused();
  await keyboard.press('Tab');
  await expect(dialog.getByLabel('By observation')).toBeFocused();
  await startedFromTheLastField(lab, copy);
  expect(await workspace(`images/new/ibg705080/${ASN}`)).toEqual(
    await sample(FOLDER + ASN)
  );
});
