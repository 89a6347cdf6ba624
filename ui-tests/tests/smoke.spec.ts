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
  await lab.go(
    'tess/public/tid/s0014/0000/0003/7778/0790/tess2019198215352-s0014-0000000377780790-0150-s_lc.fits'
  );
  await expect(lab.row('tess2019198215352').first()).toHaveAttribute(
    'aria-selected',
    'true'
  );

  await lab.execute('mast:insert-code');
  const cell = notebook.locator('.jp-Notebook-cell.jp-mod-active');
  await expect(cell).toContainText('tess2019198215352');
  const output = await lab.runCell();
  expect(output).not.toMatch(/Traceback|Error/);
});
