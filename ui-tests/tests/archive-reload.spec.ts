import { expect, test } from './fixtures';

const PROGRAMME = 'hst/public/ibg7/';
const README =
  'mast/hlsp/sample/hlsp_sample_hst_wfc3_field_f160w_v1_readme.txt';

test('order, scroll, bookmarks and recent places are there after a reload', async ({
  lab
}) => {
  await lab.at('tess/public/');
  await lab.at(PROGRAMME);
  await lab.button('Bookmark this place').click();
  await lab.button('Sort by Size').click();
  const order = lab.button('Size, sorted downwards');
  await expect(order).toBeVisible();
  const names = lab.grid.locator('.mast-Row-object .mast-Row-line2');
  await lab.grid.hover();
  await lab.page.mouse.wheel(0, 240);
  const scrolled = () => lab.grid.evaluate(node => node.scrollTop);
  await expect.poll(scrolled).toBe(240);
  const before = await names.allInnerTexts();
  await lab.saved('"scroll":240');
  await lab.saved('"sort":"size"');
  for (const kept of ['bookmarks', 'recent']) {
    await expect
      .poll(async () =>
        JSON.stringify(await lab.setting('jupyterlab-mast:archive-panel', kept))
      )
      .toContain(PROGRAMME);
  }

  await lab.reload();
  await expect(lab.place).toHaveText('ibg7');
  await expect(order).toBeVisible();
  await expect.poll(scrolled).toBe(240);
  await expect.poll(() => names.allInnerTexts()).toEqual(before);

  await lab.panel.getByRole('combobox', { name: /Archive and root/ }).click();
  await expect(
    lab.page
      .getByRole('listbox', { name: 'Archives and bookmarks' })
      .getByRole('option')
      .filter({ hasText: PROGRAMME })
  ).toBeVisible();
  await lab.page.keyboard.press('Escape');
  await lab.goTo.click();
  await expect(
    lab.page
      .getByRole('listbox', { name: 'Places' })
      .getByRole('option')
      .filter({ hasText: 'tess/public/' })
  ).toBeVisible();
});

test('documents of the archive are restored, without the panel and without a list', async ({
  lab
}) => {
  await lab.select(README);
  await lab.grid.focus();
  await lab.page.keyboard.press('Enter');
  const text = lab.page.locator('.jp-FileEditor .cm-content');
  await expect(text).toContainText('A sample field for jupyterlab-mast.');
  await lab.select(`${PROGRAMME}ibg705080/ibg705081_drz.fits`);
  await lab.grid.focus();
  await lab.page.keyboard.press('Enter');
  const header = lab.page.locator('.mast-Preview');
  await expect(header).toContainText('TELESCOP');
  // Another panel is in front, so that ours has not been shown.
  await lab.page
    .locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]')
    .click();
  await expect(lab.panel).toBeHidden();
  await lab.saved('ibg705081_drz.fits', 'layout-restorer:data');
  await lab.saved('"current":"filebrowser"', 'layout-restorer:data');

  const asked: string[] = [];
  lab.page.on('request', request => {
    if (request.url().includes('jupyterlab-mast/archive/')) {
      asked.push(request.url());
    }
  });
  await lab.reload();
  await expect(header).toContainText('TELESCOP');
  await lab.page.locator('.lm-TabBar-tab', { hasText: 'readme.txt' }).click();
  await expect(text).toContainText('A sample field for jupyterlab-mast.');
  expect(asked.length).toBeGreaterThan(1);
  for (const url of asked) {
    expect(url).toMatch(/\/s3\/stpubdata\/.*(_drz\.fits|_readme\.txt)/);
  }
  await expect(lab.page.locator('.mast-Archive-content')).toHaveCount(0);
});
