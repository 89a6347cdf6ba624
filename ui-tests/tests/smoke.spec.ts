import { expect, test } from './fixtures';

test('JupyterLab starts without an error @smoke', async ({ lab }) => {
  await expect(lab.tab).toBeVisible();
});

test('the panel lists, goes to a key, and inserts a cell that runs @smoke', async ({
  lab
}) => {
  await lab.openPanel();
  await expect(lab.grid.getByRole('row').first()).toBeVisible();

  const notebook = await lab.newNotebook();
  await lab.go('hst/public/ibg7/ibg705080/ibg705081_drz.fits');
  await expect(lab.row('ibg705081_drz.fits').first()).toHaveAttribute(
    'aria-selected',
    'true'
  );

  await lab.execute('mast:insert-code');
  const cell = notebook.locator('.jp-Notebook-cell.jp-mod-active');
  await expect(cell).toContainText('ibg705081_drz.fits');
  await lab.runCell();
  await expect(cell).toContainText(/\bSCI\b/);
  await expect(cell).not.toContainText(/Traceback|Error/);
});

test('the View menu shows copies and used space @smoke @notebook', async ({
  lab
}) => {
  const view = lab.page.getByRole('menuitem', { name: 'View', exact: true });
  for (const [item, panel] of [
    ['Show Transfers', lab.transfers],
    ['Show Used Space', lab.page.locator('.mast-Usage')]
  ] as const) {
    await view.click();
    await lab.page
      .getByRole('menuitem', { name: item, exact: true })
      .first()
      .click();
    await expect(panel).toBeVisible();
  }
});
