import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SAMPLES } from '../tests/environment';
import {
  environment,
  expect,
  test,
  transfers,
  type Lab
} from '../tests/fixtures';
import { put, reprocessed } from '../tests/reprocessing';

const images = process.env.MAST_IMAGES ?? '.';
const FOLDER = 'hst/public/ibg7/ibg705080/';
const DRZ = 'ibg705081_drz.fits';

test.use({ viewport: { width: 1180, height: 720 }, deviceScaleFactor: 2 });

/** Ask the server for a copy, and wait until it is in a state. */
async function copy(state: string, body: object): Promise<void> {
  const answer = await fetch(`${environment.base}/jupyterlab-mast/transfers`, {
    method: 'POST',
    headers: { Authorization: `token ${environment.token}` },
    body: JSON.stringify(body)
  });
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  await expect
    .poll(async () => (await transfers()).find(one => one.id === id)?.state)
    .toBe(state);
}

/** A copy of one observation, and one in which a file failed. */
async function some(): Promise<void> {
  await copy('done', {
    archive: 'sample',
    sources: [{ prefix: FOLDER }],
    target: 'hst'
  });
  await copy('done-with-failures', {
    archive: 'sample',
    sources: [
      { key: FOLDER + DRZ },
      { key: `${FOLDER}ibg705081_spt.fits`, size: 8640, etag: '"1"' }
    ],
    target: 'drizzled',
    start: 'now'
  });
}

/** Take JupyterLab's news away, and drag a side bar's edge. */
async function arrange(lab: Lab, from: number, to: number): Promise<void> {
  await lab.refuseNews();
  await lab.page.mouse.move(from, 400);
  await lab.page.mouse.down();
  await lab.page.mouse.move(to, 400, { steps: 5 });
  await lab.page.mouse.up();
}

async function picture(lab: Lab, name: string): Promise<void> {
  await lab.page.mouse.move(600, 600);
  await taken(lab, name);
}

/** Take the picture with the pointer where it is. */
async function taken(lab: Lab, name: string): Promise<void> {
  await lab.page.screenshot({ path: path.join(images, `${name}.png`) });
}

/** Light curves and target pixel files, more than there is room for. */
const SECTOR = Array.from({ length: 18 }, (_, i) => {
  const star = String(377780790 + i).padStart(16, '0');
  const name = `tess2019198215352-s0014-${star}-0150-s`;
  return [
    { kind: 'lc', size: 2_039_040 },
    { kind: 'tp', size: 47_402_560 }
  ].map(({ kind, size }) => ({
    key: `tess/public/tid/s0014/${star}/${name}_${kind}.fits`,
    size,
    etag: `"${String(i).padStart(32, kind === 'lc' ? '1' : '2')}"`
  }));
}).flat();

for (const [theme, suffix] of [
  ['JupyterLab Light', ''],
  ['JupyterLab Dark', '-dark']
]) {
  test(`the transfers panel and the badges, ${theme}`, async ({
    closedLab: lab
  }) => {
    test.setTimeout(120_000);
    // What ends before the page is there is no news.
    await some();
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    await lab.openPanel();
    await lab.go(FOLDER + DRZ);
    const panel = (await lab.panel.boundingBox())!;
    await arrange(lab, panel.x + panel.width + 2, panel.x + 300);
    await copy('running', {
      archive: 'slow',
      sources: [
        { key: 'slow/one/night.fits' },
        ...[0, 1, 2, 3, 4].map(i => ({ key: `slow/many/f00${i}.fits` }))
      ],
      target: 'night',
      start: 'now'
    });
    await lab.execute('mast:show-transfers');
    const box = (await lab.transfers.boundingBox())!;
    await arrange(lab, box.x - 1, box.x + box.width - 340);
    await expect(lab.transfers).toContainText(/MB\/s · .* left/);
    await picture(lab, `transfers${suffix}`);
  });

  test(`the dialog, ${theme}`, async ({ closedLab: lab }) => {
    await copy('done', {
      archive: 'sample',
      sources: [{ key: FOLDER + DRZ }, { key: `${FOLDER}ibg705080_asn.fits` }],
      target: 'hst',
      start: 'now'
    });
    for (const folder of ['notebooks', 'tess']) {
      await mkdir(path.join(environment.workspace, folder));
    }
    await writeFile(
      path.join(environment.workspace, 'hst', 'ibg705080', DRZ),
      'my own reduction'
    );
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    await lab.openPanel();
    await lab.go(FOLDER);
    await lab.execute('filebrowser:go-to-path', {
      path: 'hst',
      dontShowBrowser: true
    });
    const panel = (await lab.panel.boundingBox())!;
    await arrange(lab, panel.x + panel.width + 2, panel.x + 320);
    void lab
      .execute('mast:copy-to', {
        archive: 'sample',
        sources: [{ prefix: FOLDER }]
      })
      .catch(() => undefined);
    const dialog = lab.page.getByRole('dialog');
    await expect(dialog).toContainText('differs · changed here');
    await expect(
      dialog.getByRole('button', { name: /^Copy \d+ files/ })
    ).toBeEnabled();
    await picture(lab, `copy-dialog${suffix}`);
    await lab.page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  });

  test(`a copy that is too much, ${theme}`, async ({ closedLab: lab }) => {
    const mine = path.join(environment.workspace, 'data');
    await mkdir(mine);
    await writeFile(
      path.join(mine, 'mosaic.npy'),
      Buffer.alloc(420e6, 'mosaic')
    );
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    await lab.execute('mast:count-again');
    await expect(lab.page.locator('.mast-QuotaStatus-item')).toContainText(
      '0.4 of 1 GB'
    );
    await lab.openPanel();
    await lab.go('tess/public/tid/');
    const panel = (await lab.panel.boundingBox())!;
    await arrange(lab, panel.x + panel.width + 2, panel.x + 320);
    void lab
      .execute('mast:copy-to', { archive: 'sample', sources: SECTOR })
      .catch(() => undefined);
    const dialog = lab.page.getByRole('dialog');
    await expect(dialog).toContainText('more than you have');
    await expect(
      dialog.getByRole('button', { name: /^Wait for room/ })
    ).toBeEnabled();
    await picture(lab, `copy-refused${suffix}`);
    await lab.page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await rm(mine, { recursive: true });
  });

  test(`a drag onto the file browser, ${theme}`, async ({ closedLab: lab }) => {
    for (const folder of ['hst', 'notebooks', 'tess']) {
      await mkdir(path.join(environment.workspace, folder));
    }
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    const { page } = lab;
    const tab = page.locator(
      '.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]'
    );
    await tab.click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Switch Sidebar Side' }).click();
    const browser = page.locator('#jp-right-stack .jp-FileBrowser');
    if (!(await browser.isVisible())) {
      await tab.click();
    }
    await lab.openPanel();
    await lab.go(FOLDER + DRZ);
    const panel = (await lab.panel.boundingBox())!;
    await arrange(lab, panel.x + panel.width + 2, panel.x + 300);
    const row = lab.row(DRZ);
    await lab.row('ibg705080_asn.fits').click({ modifiers: ['Control'] });
    const from = (await row.boundingBox())!;
    const to = (await browser
      .locator('.jp-DirListing-item', { hasText: 'hst' })
      .boundingBox())!;
    await page.mouse.move(from.x + 60, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(from.x + 80, from.y + 20, { steps: 4 });
    await page.mouse.move(to.x + 60, to.y + to.height / 2, { steps: 10 });
    await expect(page.locator('.mast-Ghost')).toContainText('Copy to hst');
    await taken(lab, `drag${suffix}`);
    await page.keyboard.press('Escape');
    await page.mouse.up();
    await tab.click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Switch Sidebar Side' }).click();
  });

  test(`a copy and what the archive has now, ${theme}`, async ({
    closedLab: lab
  }) => {
    await copy('done', {
      archive: 'sample',
      sources: [{ key: FOLDER + DRZ }],
      target: 'hst',
      start: 'now'
    });
    const original = await readFile(path.join(SAMPLES, FOLDER, DRZ));
    await put(FOLDER + DRZ, await reprocessed(FOLDER + DRZ));
    try {
      await lab.open();
      await lab.execute('apputils:change-theme', { theme });
      await lab.openPanel();
      await lab.go(FOLDER + DRZ);
      const panel = (await lab.panel.boundingBox())!;
      await arrange(lab, panel.x + panel.width + 2, panel.x + 320);
      void lab
        .execute('mast:compare-with-archive', {
          path: `hst/ibg705080/${DRZ}`
        })
        .catch(() => undefined);
      const dialog = lab.page.getByRole('dialog');
      await expect(dialog.getByText(/cards? differs?\./)).toBeVisible();
      await picture(lab, `compare${suffix}`);
      await lab.page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
    } finally {
      await put(FOLDER + DRZ, original);
    }
  });
}
