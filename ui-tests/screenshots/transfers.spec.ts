import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  environment,
  expect,
  test,
  transfers,
  type Lab
} from '../tests/fixtures';

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
  await lab.page.screenshot({ path: path.join(images, `${name}.png`) });
}

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
      sources: [{ prefix: 'slow/' }],
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
}
