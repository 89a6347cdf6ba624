/** What tests of copies ask of the workspace, the samples and the server. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import { SAMPLES } from './environment';
import {
  environment,
  expect,
  transfers,
  type ITransfer,
  type Lab
} from './fixtures';

/** A file of the workspace; `null` while it is not there. */
export async function workspace(name: string): Promise<Buffer | null> {
  return readFile(path.join(environment.workspace, name)).catch(() => null);
}

/** A file of the samples. */
export const sample = (key: string): Promise<Buffer> =>
  readFile(path.join(SAMPLES, key));

/** Of all transfers. */
export const states = async (): Promise<string[]> =>
  (await transfers()).map(one => one.state);

/** Wait until the states of all transfers, in one text, are so. */
export async function reaches(state: RegExp): Promise<void> {
  await expect
    .poll(async () => (await states()).join(), {
      timeout: 60_000
    })
    .toMatch(state);
}

/** Ask the server for a copy, as another page would. */
export async function create(body: object): Promise<ITransfer> {
  const answer = await fetch(`${environment.base}/jupyterlab-mast/transfers`, {
    method: 'POST',
    headers: { Authorization: `token ${environment.token}` },
    body: JSON.stringify(body)
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as ITransfer;
}

/** Give the list a name that the dialog asks for; its lines, when it is there. */
export async function savedList(lab: Lab, name: string): Promise<string[]> {
  const dialog = lab.page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(name);
  await dialog.getByRole('button', { name: 'Save' }).click();
  const file = name.replace(/(\.csv)?$/, '.csv');
  await expect.poll(() => workspace(file)).not.toBeNull();
  return String(await workspace(file))
    .trim()
    .split('\n');
}

/** Run what an item of the context menu of something says. */
export async function run(lab: Lab, on: Locator, name: string): Promise<void> {
  await on.click({ button: 'right' });
  await lab.page.getByRole('menuitem', { name }).click();
}

/** Run a command from the palette. */
export async function runFromPalette(lab: Lab, name: string): Promise<void> {
  void lab.execute('apputils:activate-command-palette');
  const palette = lab.page.locator('.jp-ModalCommandPalette');
  await palette.locator('input').fill(name);
  await palette
    .locator('.lm-CommandPalette-item:not(.lm-mod-disabled)', {
      hasText: new RegExp(`^${name}`)
    })
    .click();
}
