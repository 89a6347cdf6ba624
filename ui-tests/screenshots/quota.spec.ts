import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SAMPLES } from '../tests/environment';
import { environment, expect, test, transfers } from '../tests/fixtures';
import { fill, item, limited, MB } from '../tests/usage';

const images = process.env.MAST_IMAGES ?? '.';

test.use({ viewport: { width: 1180, height: 720 }, deviceScaleFactor: 2 });

/** What lies in the workspace, in MB. */
const FILES: Readonly<Record<string, number>> = {
  'hst/j94f05bgq/j94f05bgq_flt.fits': 98,
  'hst/ibg705080/ibg705081_drz.fits': 48,
  'hst/ibg705080/ibg705081_flt.fits': 13,
  'tess/s0014/tess2019198215352-s0014_tp.fits': 37,
  'tess/s0014/tess2019198215352-s0014_lc.fits': 21,
  'data/catalogue.parquet': 41,
  'data/mosaic.npy': 11,
  '.cache/pip/http/wheels': 31,
  'envs/phot/lib/libphot.so': 38,
  'notebooks/ngc-photometry.ipynb': 9,
  'notebooks/.ipynb_checkpoints/ngc-photometry-checkpoint.ipynb': 5,
  'mastDownload/TESS/s0001/s0001_lc.fits': 22
};

const COPIES = 'copies';
const FOLDER = 'hst/public/ibg7/ibg705080/';
const TARGET = 'tess/public/tid/s0014/0000/0003/7778/0790/';
const TESS = 'tess2019198215352-s0014-0000000377780790-0150-s';
const FETCHED: readonly (readonly [string, string])[] = [
  ['HST/ibg705080', `${FOLDER}ibg705081_drz.fits`],
  ['HST/ibg705o8q', `${FOLDER}ibg705o8q_spt.fits`],
  [`TESS/${TESS}`, `${TARGET}${TESS}_lc.fits`],
  [`TESS/${TESS}`, `${TARGET}${TESS}_tp.fits`]
];

/** Copies from the samples, one of them changed since. */
async function copySome(): Promise<void> {
  await fetch(`${environment.base}/jupyterlab-mast/transfers`, {
    method: 'POST',
    headers: { Authorization: `token ${environment.token}` },
    body: JSON.stringify({
      archive: 'sample',
      sources: [{ prefix: FOLDER }],
      target: COPIES,
      layout: 'flat',
      start: 'now'
    })
  });
  await expect
    .poll(async () => (await transfers()).map(one => one.state).join())
    .toBe('done');
  // What other programs would have fetched, one of them cut off.
  for (const [folder, key] of FETCHED) {
    const cache = path.join(environment.workspace, 'mastDownload', folder);
    await mkdir(cache, { recursive: true });
    const body = await readFile(path.join(SAMPLES, key));
    const size = key.includes('_spt') ? body.length / 2 : body.length;
    await writeFile(
      path.join(cache, path.basename(key)),
      body.subarray(0, size)
    );
  }
  const notes = path.join(environment.workspace, COPIES, 'ibg705080_asn.fits');
  await writeFile(notes, Buffer.alloc(3e6));
}

for (const [theme, suffix] of [
  ['JupyterLab Light', ''],
  ['JupyterLab Dark', '-dark']
]) {
  test(`used space, ${theme}`, async ({ lab }) => {
    for (const [name, size] of Object.entries(FILES)) {
      const file = path.join(environment.workspace, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, Buffer.alloc(size * 1e6, name));
    }
    await copySome();
    await lab.execute('apputils:change-theme', { theme });
    await lab.execute('mast:count-again');
    await lab.execute('mast:show-usage');
    const usage = lab.page.locator('.mast-Usage');
    await expect(usage).toContainText('Archive caches');
    await expect(usage).not.toContainText('Counting again');
    await lab.refuseNews();
    // The notice of the copies, which lies above what is shown.
    await lab.page.addStyleTag({ content: '.Toastify { display: none }' });
    await usage.locator('.mast-UsageRow').first().click();
    await lab.page.keyboard.press('ArrowRight');
    await lab.page.locator('.mast-QuotaStatus-item').hover();
    await expect(lab.page.getByRole('tooltip')).toBeVisible();
    await lab.page.screenshot({
      path: path.join(images, `usage${suffix}.png`)
    });
    await lab.page.mouse.move(500, 20);
    await usage.getByRole('button', { name: 'Free up space' }).click();
    const dialog = lab.page.getByRole('dialog');
    await expect(dialog).toContainText('Unchanged archive copies');
    await lab.page.screenshot({
      path: path.join(images, `free-up-space${suffix}.png`)
    });
    await dialog.getByRole('button', { name: 'Compare…' }).click();
    await expect(dialog).toContainText('Shorter than in the archive');
    await expect(dialog.getByRole('button', { name: /^Adopt/ })).toBeEnabled();
    await lab.page.screenshot({
      path: path.join(images, `archive-caches${suffix}.png`)
    });
    for (const name of [...Object.keys(FILES), COPIES]) {
      await rm(path.join(environment.workspace, name.split('/')[0]), {
        recursive: true,
        force: true
      });
    }
  });

  test(`the status bar beyond thresholds, ${theme}`, async ({
    closedLab: lab
  }) => {
    await fill({ 'data/catalogue.parquet': 41 * MB });
    let percent = 84;
    await limited(lab, () => percent);
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    await lab.refuseNews();
    for (const [next, level] of [
      [84, 'warning'],
      [97, 'critical']
    ] as const) {
      percent = next;
      await lab.execute('mast:count-again');
      await expect(item(lab)).toHaveClass(new RegExp(`mast-mod-${level}`));
      const box = (await item(lab).boundingBox())!;
      const left = box.x - 120;
      await lab.page.screenshot({
        path: path.join(images, `used-space-${level}${suffix}.png`),
        clip: { x: left, y: box.y - 2, width: 420, height: box.height + 4 }
      });
    }
    await rm(path.join(environment.workspace, 'data'), { recursive: true });
  });
}
