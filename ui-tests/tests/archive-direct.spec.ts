import { readFile } from 'node:fs/promises';
import { environment, expect, test, type Lab } from './fixtures';

const FOLDER = 'hst/public/ibg7/ibg705080/';
/** Where the samples are; not every application that is tested has them. */
const samples = () => `${environment.sample.endpoint}/`;

/** What the page asks for, with the headers. */
function asked(lab: Lab): [url: string, headers: Record<string, string>][] {
  const requests: [string, Record<string, string>][] = [];
  lab.page.on('request', request =>
    requests.push([request.url(), request.headers()])
  );
  return requests;
}

test('the page itself asks an archive whose route is direct, without credentials', async ({
  lab
}) => {
  const requests = asked(lab);
  const key = `${FOLDER}ibg705081_drz.jpg`;
  await lab.openPanel();
  await lab.execute('mast:go-to', { text: key, archive: 'direct' });
  await expect(lab.selected).toContainText('ibg705081_drz.jpg');
  await lab.execute('mast:open');
  await expect(lab.page.locator('.jp-ImageViewer:visible img')).toBeVisible();

  const waiting = lab.page.waitForEvent('download');
  await lab.button('Download to this computer').click();
  const saved = await readFile(await (await waiting).path());
  const stored = await (
    await fetch(`${samples()}stpubdata/${key}`)
  ).arrayBuffer();
  expect(saved.equals(Buffer.from(stored))).toBe(true);

  await lab.execute('mast:go-to', {
    text: `${FOLDER}ibg705081_drz.fits`,
    archive: 'direct'
  });
  await expect(lab.selected).toContainText('ibg705081_drz.fits');
  await lab.execute('mast:open');
  await expect(lab.page.locator('.mast-Preview:visible')).toContainText(
    'TELESCOP'
  );

  const direct = requests.filter(([url]) => url.startsWith(samples()));
  expect(direct.some(([url]) => url.includes('list-type=2'))).toBe(true);
  expect(direct.some(([url]) => url.includes('ibg705081_drz.fits'))).toBe(true);
  for (const [, headers] of direct) {
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
  }
  expect(requests.filter(([url]) => url.includes('/archive/direct/'))).toEqual(
    []
  );
});

test('the server asks an archive whose route is left to it', async ({
  lab
}) => {
  const requests = asked(lab);
  await lab.select(`${FOLDER}ibg705081_drz.fits`);
  await lab.execute('mast:open');
  await expect(lab.page.locator('.mast-Preview:visible')).toContainText(
    'TELESCOP'
  );
  const urls = requests.map(([url]) => url);
  expect(urls.some(url => url.includes('/archive/sample/s3/'))).toBe(true);
  expect(urls.filter(url => url.startsWith(samples()))).toEqual([]);
});

test('an archive that does not allow the page by CORS is a sentence, and others go on', async ({
  lab
}) => {
  lab.allowed.push(/CORS policy|ERR_FAILED/);
  await lab.openPanel();
  await lab.panel.getByRole('combobox', { name: /Archive and root/ }).click();
  await lab.page.getByRole('option', { name: /^Nobody/ }).click();
  const state = lab.panel.locator('.mast-State');
  await expect(state.locator('b')).toHaveText('Closed cannot be reached');
  await expect(state.locator('p')).toContainText(
    'which the archive must allow this site by CORS'
  );
  await state.getByRole('button', { name: 'Open the sample archive' }).click();
  await expect(lab.row('hst')).toBeVisible();
});
