import path from 'node:path';
import { expect, test, type Lab } from '../tests/fixtures';

const images = process.env.MAST_IMAGES ?? '.';
const FOLDER = 'hst/public/ibg7/ibg705080/';
const KEY = `${FOLDER}ibg705081_drz.fits`;

test.use({ viewport: { width: 1180, height: 720 }, deviceScaleFactor: 2 });

/** Drag the side bar to a width in px, and take JupyterLab's news away. */
async function arrange(lab: Lab, width: number): Promise<void> {
  await lab.refuseNews();
  const box = await lab.panel.boundingBox();
  const edge = (box?.x ?? 0) + (box?.width ?? 0) + 2;
  await lab.page.mouse.move(edge, 400);
  await lab.page.mouse.down();
  await lab.page.mouse.move((box?.x ?? 0) + width + 2, 400, { steps: 5 });
  await lab.page.mouse.up();
}

async function picture(lab: Lab, name: string): Promise<void> {
  await lab.page.mouse.move(900, 600);
  await lab.page.screenshot({ path: path.join(images, `${name}.png`) });
}

for (const [theme, suffix] of [
  ['JupyterLab Light', ''],
  ['JupyterLab Dark', '-dark']
]) {
  test(`the archive panel beside a notebook, ${theme}`, async ({ lab }) => {
    await lab.execute('apputils:change-theme', { theme });
    await lab.openPanel();
    await arrange(lab, 320);
    await lab.newNotebook();
    await lab.go(KEY);
    await expect(
      lab.grid.locator('[role="row"][aria-selected="true"]')
    ).toContainText('ibg705081');
    await lab.execute('mast:insert-code');
    await lab.runCell();
    await picture(lab, `archive-panel${suffix}`);
  });

  test(`going to a TIC, ${theme}`, async ({ lab }) => {
    await lab.execute('apputils:change-theme', { theme });
    await lab.openPanel();
    await arrange(lab, 320);
    await lab.goTo.fill('TIC 377780790');
    await expect(
      lab.page.getByRole('listbox', { name: 'Places' })
    ).toContainText('sector 14');
    await picture(lab, `go-to${suffix}`);
  });

  test(`the header of a FITS file, ${theme}`, async ({ lab }) => {
    await lab.execute('apputils:change-theme', { theme });
    await lab.openPanel();
    await arrange(lab, 380);
    await lab.go(KEY);
    await lab.row('ibg705081_drz.fits').dblclick();
    await expect(lab.page.locator('.mast-Preview')).toContainText('TELESCOP');
    await picture(lab, `fits-header${suffix}`);
  });

  test(`an archive that cannot be reached, ${theme}`, async ({ lab }) => {
    lab.allowed.push(/50\d/);
    await lab.execute('apputils:change-theme', { theme });
    await lab.openPanel();
    await arrange(lab, 320);
    await lab.panel.getByRole('combobox', { name: /Archive and root/ }).click();
    await lab.page.getByRole('option', { name: /^Hubble/ }).click();
    await expect(lab.panel).toContainText('cannot be reached');
    await picture(lab, `unreachable${suffix}`);
  });
}
