/** The usage panel, the files that it shows, and what tests ask of both. */
import { access, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Locator } from '@playwright/test';
import { environment, expect, type Lab } from './fixtures';

export const THEMES = ['JupyterLab Light', 'JupyterLab Dark'];
export const MB = 1_000_000;

/** What the workspace holds in these tests, in bytes. */
export const FILES: Readonly<Record<string, number>> = {
  'hst/ibg705080/one.fits': 12 * MB,
  'hst/ibg705080/two.fits': 3 * MB,
  'hst/j94f05bgq/three.fits': 9 * MB,
  'data/catalogue.csv': 6 * MB,
  'mastDownload/HST/four.fits': 5 * MB,
  'notebooks/phot.ipynb': 2 * MB
};

export const inWorkspace = (name: string) =>
  path.join(environment.workspace, name);
export const isThere = (name: string) =>
  access(inWorkspace(name)).then(
    () => true,
    () => false
  );

/** Ask the server for its figures, or to count again. */
export async function quota(
  action?: 'refresh' | 'rescan'
): Promise<{ readonly roots: readonly IRoot[] }> {
  const answer = await fetch(
    `${environment.base}/jupyterlab-mast/quota${action ? '/actions' : ''}`,
    {
      method: action ? 'POST' : 'GET',
      headers: { Authorization: `token ${environment.token}` },
      body: action && JSON.stringify({ action })
    }
  );
  expect(answer.status).toBe(200);
  return (await answer.json()) as { roots: IRoot[] };
}

export interface IRoot {
  readonly title: string;
  readonly path: string | null;
  readonly used: number;
  readonly free: number | null;
  readonly measured: number | null;
  readonly counting: number | null;
}

/** Write the files, and wait until the server has counted them. */
export async function fill(files: Readonly<Record<string, number>> = FILES) {
  for (const [name, size] of Object.entries(files)) {
    await mkdir(path.dirname(inWorkspace(name)), { recursive: true });
    await writeFile(inWorkspace(name), Buffer.alloc(size, name));
  }
  const before = (await quota()).roots[0].measured ?? 0;
  await quota('rescan');
  await expect
    .poll(
      async () => {
        const [{ measured, counting }] = (await quota()).roots;
        return counting === null && (measured ?? 0) > before;
      },
      { timeout: 60_000 }
    )
    .toBe(true);
}

/**
 * As if the home had a limit of which this share (in percent) is used; the
 * limit of these tests is far above what they write.
 */
export async function limited(
  lab: Lab,
  percent: () => number,
  /** Another space, that is as good as full. */
  other?: string
): Promise<void> {
  await lab.page.route(
    /\/jupyterlab-mast\/quota(\/actions)?(\?|$)/,
    async route => {
      const response = await route.fetch();
      const body = (await response.json()) as {
        sequence: number;
        roots: {
          id: string;
          title: string;
          used: number;
          limit: number | null;
          free: number | null;
        }[];
      };
      const [home] = body.roots;
      home.limit = Math.round((100 * home.used) / percent());
      home.free = Math.max(0, home.limit - home.used);
      if (other !== undefined) {
        const room = { used: 97.3e9, limit: 100e9, free: 2.5e9 };
        body.roots.push({ ...home, id: 'other', title: other, ...room });
      }
      // Events, which tell of the true limit, are older.
      body.sequence += 1_000_000;
      await route.fulfill({ response, json: body });
    }
  );
}

/** The item of the status bar. */
export const item = (lab: Lab) => lab.page.locator('.mast-QuotaStatus-item');

/** The usage panel. */
export const usage = (lab: Lab) => lab.page.locator('.mast-Usage');

/** Its folders. */
export const tree = (lab: Lab) => usage(lab).getByRole('treegrid');

export const row = (lab: Lab, name: string) =>
  usage(lab)
    .locator('.mast-UsageRow')
    .filter({ has: lab.page.getByText(name, { exact: true }) });

export const selected = (lab: Lab) =>
  usage(lab).locator('.mast-UsageRow.mast-mod-selected');

export const tile = (lab: Lab, name: string | RegExp) =>
  usage(lab).getByRole('option', { name });

export async function open(lab: Lab): Promise<void> {
  await lab.execute('mast:show-usage');
  await expect(row(lab, 'hst')).toBeVisible();
}

/** Nothing for axe to find in a part of the page. */
export async function clean(lab: Lab, ...parts: string[]): Promise<void> {
  let builder = new AxeBuilder({ page: lab.page });
  for (const part of parts) {
    builder = builder.include(part);
  }
  expect((await builder.analyze()).violations).toEqual([]);
}

/** A part lies whole in the box of another one, as does what it says. */
export async function within(part: Locator, around: Locator): Promise<void> {
  const inner = await part.boundingBox();
  const outer = await around.boundingBox();
  expect(inner).not.toBeNull();
  expect(inner!.x).toBeGreaterThanOrEqual(outer!.x);
  expect(inner!.y).toBeGreaterThanOrEqual(outer!.y);
  expect(inner!.x + inner!.width).toBeLessThanOrEqual(outer!.x + outer!.width);
  expect(inner!.y + inner!.height).toBeLessThanOrEqual(
    outer!.y + outer!.height
  );
  const cut = await part.evaluate(
    one =>
      one.scrollWidth > one.clientWidth + 1 ||
      one.scrollHeight > one.clientHeight + 1
  );
  expect(cut).toBe(false);
}

export const notification = (lab: Lab): Locator =>
  lab.page.locator('.Toastify__toast, .jp-Notification-Toast').last();
