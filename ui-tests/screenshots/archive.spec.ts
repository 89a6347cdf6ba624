import path from 'node:path';
import { expect, test } from '../tests/fixtures';

const images = process.env.MAST_IMAGES ?? '.';
const key = 'hst/public/ibg7/ibg705080/ibg705081_drz.fits';

test.use({ viewport: { width: 1180, height: 720 }, deviceScaleFactor: 2 });

for (const [theme, name] of [
  ['JupyterLab Light', 'archive-panel'],
  ['JupyterLab Dark', 'archive-panel-dark']
]) {
  test(`the archive panel beside a notebook, ${theme}`, async ({ lab }) => {
    await lab.execute('apputils:change-theme', { theme });
    await lab.openPanel();
    await lab.newNotebook();
    await lab.go(key);
    await expect(
      lab.grid.locator('[role="row"][aria-selected="true"]')
    ).toContainText('ibg705081');
    await lab.execute('mast:insert-code');
    await lab.runCell();
    await lab.page.screenshot({ path: path.join(images, `${name}.png`) });
  });
}
