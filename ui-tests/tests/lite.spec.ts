import { readFile } from 'node:fs/promises';
import { environment, expect, test, type Lab } from './fixtures';

const FOLDER = 'hst/public/ibg7/ibg705080/';
const README =
  'mast/hlsp/sample/hlsp_sample_hst_wfc3_field_f160w_v1_readme.txt';

/** Open a file of the panel by the keyboard. */
async function open(lab: Lab, key: string): Promise<void> {
  await lab.select(key);
  await lab.grid.focus();
  await lab.page.keyboard.press('Enter');
}

test('without a server the panel reads the bucket directly, and files open @lite', async ({
  lab
}) => {
  const asked: string[] = [];
  lab.page.on('request', request => asked.push(request.url()));
  await lab.openPanel();
  await expect(lab.row('hst')).toBeVisible();
  await open(lab, `${FOLDER}ibg705081_drz.fits`);
  const header = lab.page.locator('.mast-Preview');
  await expect(header).toContainText('TELESCOP');
  await header.getByRole('row', { name: /SCI 1 IMAGE/ }).click();
  await expect(header).toContainText('EXTNAME');
  await open(lab, README);
  await expect(
    lab.page.locator('.jp-FileEditor:visible .cm-content')
  ).toContainText('A sample field for jupyterlab-mast.');
  expect(
    asked.some(url => url.startsWith(`${environment.sample.endpoint}/`))
  ).toBe(true);
  // Our code, but no server of ours.
  expect(
    asked.filter(url => /\/jupyterlab-mast\/(?!static\/)/.test(url))
  ).toEqual([]);
});

test('a bucket that exposes no header and allows none is read, and files of it are saved @lite', async ({
  lab
}) => {
  const key = `${FOLDER}ibg705081_drz.jpg`;
  const url = `${environment.sample.endpoint}/stpubdata/${key}`;
  await lab.select(key);
  // It is such a bucket.
  const [asked, etag] = await lab.page.evaluate(async address => {
    const refused = await fetch(address, { headers: { 'If-Match': '"x"' } })
      .then(() => false)
      .catch(() => true);
    const answer = await fetch(address, { method: 'HEAD' });
    return [refused, answer.headers.get('etag')] as const;
  }, url);
  expect([asked, etag]).toEqual([true, null]);
  lab.allowed.push(/CORS policy|ERR_FAILED/);

  const waiting = lab.page.waitForEvent('download');
  await lab.button('Download to this computer').click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe('ibg705081_drz.jpg');
  const stored = await (await fetch(url)).arrayBuffer();
  const saved = await readFile(await download.path());
  expect(saved.equals(Buffer.from(stored))).toBe(true);

  await lab.grid.focus();
  await lab.page.keyboard.press('Alt+Enter');
  const dialog = lab.page.getByRole('dialog');
  await expect(dialog).toContainText(key);
  await expect(dialog).toContainText(/[1-9][\d,]* bytes/);
  await expect(dialog).not.toContainText('ETag');
  await dialog.getByRole('button', { name: 'Close' }).click();
});

test('what needs a server is disabled with one sentence, the rest is not @lite', async ({
  lab
}) => {
  await lab.select(`${FOLDER}ibg705081_drz.fits`);
  const bar = lab.panel.getByRole('toolbar', {
    name: 'Actions for the selection'
  });
  const copy = bar.getByRole('button', { name: 'Copy to workspace' });
  await expect(copy).toBeDisabled();
  await expect(copy).toHaveAttribute(
    'title',
    'Copying to a workspace needs a Jupyter server. Here you can open, read and download.'
  );
  for (const name of ['Insert code', 'Download to this computer']) {
    const button = bar.getByRole('button', { name });
    await expect(button).toBeEnabled();
    await expect(button).not.toHaveAttribute('aria-disabled', 'true');
  }
  await lab.execute('mast:show-transfers');
  await expect(lab.transfers).toContainText(
    'Copying to a workspace needs a Jupyter server'
  );
  await expect(lab.transfers).toContainText(
    'Here you can open, read and download.'
  );
  // Whose space that would be, nobody can say.
  await lab.execute('apputils:activate-command-palette');
  const palette = lab.page.locator('.lm-CommandPalette:visible');
  await palette.locator('input').fill('mast archive');
  await expect(palette.getByText('Show Transfers')).toBeVisible();
  await expect(palette.getByText('Used Space')).toHaveCount(0);
  await expect(lab.page.locator('.mast-QuotaStatus')).toHaveCount(0);
});
