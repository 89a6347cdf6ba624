/** Lists of files: saved, handed on, and copied from by every way. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import {
  run,
  runFromPalette,
  sample,
  savedList,
  states,
  workspace
} from './copying';
import { environment, expect, test, transfers, type Lab } from './fixtures';
import { notification } from './usage';

const FOLDER = 'hst/public/ibg7/ibg705080/';
const ASN = 'ibg705080_asn.fits';
const DRZ = 'ibg705081_drz.fits';

/** Put a list of files of the sample archive into the workspace; its item in the file browser. */
async function list(lab: Lab, ...lines: string[]): Promise<Locator> {
  await writeFile(
    path.join(environment.workspace, 'night.csv'),
    ['archive,key', ...lines].join('\n')
  );
  await lab.execute('filebrowser:refresh');
  await lab.execute('filebrowser:activate');
  return item(lab, 'night.csv');
}

const item = (lab: Lab, name: string): Locator =>
  lab.page.locator('.jp-FileBrowser .jp-DirListing-item', { hasText: name });

/** Both files of the list are there, and no other. */
async function bothAreThere(): Promise<void> {
  await expect.poll(states).toEqual(['done']);
  expect((await transfers())[0].files).toMatchObject({ total: 2, copied: 2 });
  for (const name of [ASN, DRZ]) {
    expect(await workspace(`ibg705080/${name}`)).toEqual(
      await sample(FOLDER + name)
    );
  }
}

const BOTH = [`sample,${FOLDER}${ASN}`, `sample,${FOLDER}${DRZ}`];

test('a saved list brings back, by its menu, only what is missing @smoke', async ({
  lab
}) => {
  // Whether a list of this name is there.
  lab.allowed.push(/night\.csv/);
  await lab.at('hst/public/ibg7/');
  const group = lab.grid.locator('.mast-Row-group', { hasText: 'ibg705080' });
  await run(lab, group, 'Save selection as list…');
  const count = (await savedList(lab, 'night')).length - 1;
  expect(count).toBeGreaterThan(2);
  await lab.execute('filebrowser:refresh');
  await lab.execute('filebrowser:activate');

  await run(lab, item(lab, 'night.csv'), 'Copy from list…');
  await expect.poll(states).toEqual(['done']);
  expect((await transfers())[0].files).toMatchObject({
    total: count,
    copied: count
  });

  await rm(path.join(environment.workspace, 'ibg705080', ASN));
  await run(lab, item(lab, 'night.csv'), 'Copy from list…');
  await expect.poll(states).toEqual(['done', 'done']);
  expect((await transfers()).map(({ files }) => files)).toContainEqual(
    expect.objectContaining({
      total: count,
      copied: 1,
      identical: count - 1
    })
  );
  expect(await workspace(`ibg705080/${ASN}`)).toEqual(
    await sample(FOLDER + ASN)
  );
});

test('the palette copies from the list that is selected', async ({ lab }) => {
  await (await list(lab, ...BOTH)).click();
  await runFromPalette(lab, 'Copy from list');
  await bothAreThere();
});

test('the palette asks for a list where none is selected', async ({ lab }) => {
  await list(lab, ...BOTH);
  await runFromPalette(lab, 'Copy from list');
  const dialog = lab.page.getByRole('dialog');
  await dialog.locator('.jp-DirListing-item', { hasText: 'night.csv' }).click();
  await dialog.locator('.jp-mod-accept').click();
  await bothAreThere();
});

test('whoever chooses no list copies nothing', async ({ lab }) => {
  await list(lab, ...BOTH);
  await runFromPalette(lab, 'Copy from list');
  const dialog = lab.page.getByRole('dialog');
  await expect(dialog).toContainText('Copy from list');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toHaveCount(0);
  expect(await states()).toEqual([]);
});

test('the menu of the archive panel copies from the list that is selected', async ({
  lab
}) => {
  await (await list(lab, ...BOTH)).click();
  await lab.at(FOLDER);
  await run(lab, lab.row(ASN), 'Copy from list…');
  await bothAreThere();
});

test('a line that the archive does not have fails alone, and is named', async ({
  lab
}) => {
  const gone = `${FOLDER}gone_drz.fits`;
  const file = await list(lab, BOTH[0], `sample,${gone}`, BOTH[1]);
  await run(lab, file, 'Copy from list…');
  await expect.poll(states).toEqual(['done-with-failures']);
  expect((await transfers())[0].files).toMatchObject({
    total: 3,
    copied: 2,
    failed: 1
  });
  await lab.execute('mast:show-transfers');
  await expect(lab.transfers).toContainText('gone_drz.fits');
  expect(await workspace(`ibg705080/${DRZ}`)).toEqual(
    await sample(FOLDER + DRZ)
  );
});

test('a list of an archive that is not here is refused before anything is copied', async ({
  lab
}) => {
  const file = await list(lab, BOTH[0], 'team,reduced/a.fits');
  await run(lab, file, 'Copy from list…');
  await expect(notification(lab)).toContainText(
    'night.csv names the archive “team”, which this server does not have.'
  );
  expect(await states()).toEqual([]);
  expect(await workspace(`ibg705080/${ASN}`)).toBeNull();
});

test('what is no list is refused with the reason, and so is no CSV offered one', async ({
  lab
}) => {
  await writeFile(
    path.join(environment.workspace, 'table.csv'),
    'star,magnitude\nVega,0.03\n'
  );
  await writeFile(path.join(environment.workspace, 'notes.txt'), 'mine');
  await lab.execute('filebrowser:refresh');
  await run(lab, item(lab, 'table.csv'), 'Copy from list…');
  await expect(notification(lab)).toContainText(
    'its first line must name the columns archive and key'
  );
  await item(lab, 'notes.txt').click({ button: 'right' });
  await expect(
    lab.page.getByRole('menuitem', { name: 'Rename' })
  ).toBeVisible();
  await expect(
    lab.page.getByRole('menuitem', { name: 'Copy from list…' })
  ).toHaveCount(0);
});

test('a list of two archives makes a copy from each', async ({ lab }) => {
  const file = await list(lab, BOTH[0], 'slow,slow/one/night.fits');
  await run(lab, file, 'Copy from list…');
  // One is there while the other is still on its way.
  await expect
    .poll(async () => (await states()).sort())
    .toEqual(['done', 'running']);
  expect(await workspace(`ibg705080/${ASN}`)).toEqual(
    await sample(FOLDER + ASN)
  );
});
