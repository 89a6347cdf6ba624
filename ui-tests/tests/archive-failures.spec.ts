import { environment, expect, test, type Lab } from './fixtures';

/** The archive of tests/helpers/upstream.py: each folder in a way of its own. */
const FOLDER = 'mode-folders/';

/** What the browser says of answers that are errors. */
const STATUS = /status of (403|404|50\d)|ERR_/;

/** Show the archive that misbehaves. */
async function misbehaving(lab: Lab): Promise<void> {
  lab.allowed.push(STATUS);
  await lab.openPanel();
  await lab.panel.getByRole('combobox', { name: /Archive and root/ }).click();
  await lab.page.getByRole('option', { name: /^Ways/ }).click();
  await expect(row(lab, 'f', 'mode-bomb/')).toBeVisible();
}

/** The row of a folder (`f`) or a file (`o`). */
const row = (lab: Lab, type: 'f' | 'o', name: string) =>
  lab.grid.locator(`[data-id="${type}:${FOLDER}${name}"]`);

test('whatever an archive answers is a sentence, with a way on', async ({
  lab
}) => {
  const notAList = 'The answer is not a list of files';
  const away = 'Misbehaving cannot be reached';
  const ways: [way: string, sentence: string, button: string | RegExp][] = [
    ['403', 'You may not list this folder', /^Go up to/],
    ['wall', 'The request was refused (403)', 'Copy details'],
    ['404', 'This is not in the archive', /^Go up to/],
    ['500', 'The archive answered with an error (500)', 'Copy details'],
    ['bomb', notAList, 'Copy details'],
    ['garbage', notAList, 'Try again'],
    ['slowdown', 'The archive asks us to slow down.', 'Try again'],
    ['cut', away, 'Try again'],
    ['hang', away, 'Open the sample archive']
  ];
  await misbehaving(lab);
  for (const [way, sentence, button] of ways) {
    await test.step(way, async () => {
      await row(lab, 'f', `mode-${way}/`).dblclick();
      const state = lab.panel.locator('.mast-State');
      await expect(state.locator('b')).toHaveText(sentence);
      await expect(state.locator('p')).toContainText(
        way === 'slowdown' ? /Next try in \d+ s/ : /\w/
      );
      await expect(state.getByRole('button', { name: button })).toBeVisible();
      if (/again|slow|reached/.test(sentence)) {
        await expect(lab.panel.locator('.mast-StatusLine')).toContainText(
          /again in \d+ s/
        );
      }
      await lab.panel.locator('.mast-Crumbs-root').click();
      await expect(row(lab, 'f', 'mode-bomb/')).toBeVisible();
    });
  }
  // Nothing of it is left behind.
  await row(lab, 'f', 'mode-hang/').dblclick();
  await lab.panel
    .getByRole('button', { name: 'Open the sample archive' })
    .click();
  await expect(lab.row('hst')).toBeVisible();
  await lab.at('hst/public/ibg7/ibg705080/');
  await expect(lab.row('ibg705081_drz.fits')).toBeVisible();
});

test('when the second page is refused, the first stays usable and the next try is counted', async ({
  lab
}) => {
  await misbehaving(lab);
  await row(lab, 'f', 'mode-pages/').dblclick();
  const status = lab.panel.locator('.mast-StatusLine');
  await expect(status).toContainText('1,000 shown · more to load');
  await lab.grid.focus();
  await lab.page.keyboard.press('End');
  const notice = lab.panel.locator('.mast-Notice');
  await expect(notice).toContainText(
    /The archive asks us to slow down\. Next try in [5-7] s\. The 1,000 entries here stay usable\./
  );
  await lab.row('f0999.txt').click();
  await expect(status).toContainText('1 selected');
  await expect(notice).toContainText(/Next try in [1-5] s/);
  await notice.getByRole('button', { name: 'Try now' }).click();
  await expect(notice).toHaveCount(0);
  await expect(status).toContainText('all 2,000 shown');
});

test('a file that is refused or breaks off is told, and not shown in part', async ({
  lab
}) => {
  // JupyterLab's own words for it.
  lab.allowed.push(/Failed to initialize the context/);
  await misbehaving(lab);
  for (const [name, said] of [
    ['mode-403.txt', 'The archive answered 403 for mode-folders/mode-403.txt.'],
    [
      'mode-cut.txt',
      'The archive cannot be reached, or its answer broke off. Try again.'
    ]
  ]) {
    await row(lab, 'o', name).dblclick();
    const dialog = lab.page.getByRole('dialog');
    await expect(dialog).toContainText(name);
    await expect(dialog).toContainText(said);
    await dialog.getByRole('button').last().click();
    await expect(dialog).toHaveCount(0);
    await expect(lab.page.locator('.jp-FileEditor')).toHaveCount(0);
  }
});

test.describe('HTML and SVG of a bucket run nothing', () => {
  for (const name of ['mode-html.html', 'mode-svg.svg']) {
    test(name, async ({ lab, context }) => {
      // The browser says why they do not run.
      lab.allowed.push(/Blocked script|Content Security Policy/);
      const asked: string[] = [];
      context.on('request', request => asked.push(request.url()));
      const ran = () => asked.filter(url => url.includes('it-ran'));

      // Opened in a tab, with the rights of the person.
      const relayed = `${environment.base}/jupyterlab-mast/archive/bad/s3/bad/${FOLDER}${name}`;
      const tab = await context.newPage();
      const answer = await tab.goto(relayed, { waitUntil: 'networkidle' });
      expect(answer?.status()).toBe(200);
      const text = (await answer?.text()) ?? '';
      expect(text).toContain('<script>');
      expect(await tab.title()).not.toBe('it ran');
      expect(ran()).toEqual([]);

      // Opened in JupyterLab.
      await misbehaving(lab);
      await row(lab, 'o', name).dblclick();
      await expect(
        lab.page.locator('.jp-HTMLViewer iframe, .jp-ImageViewer img')
      ).toBeVisible();
      await lab.page.waitForLoadState('networkidle');
      expect(await lab.page.title()).not.toBe('it ran');
      expect(ran()).toEqual([]);

      // Where nothing holds it back it does run.
      await tab.goto('about:blank');
      await tab.setContent(text);
      expect(await tab.title()).toBe('it ran');
    });
  }
});
