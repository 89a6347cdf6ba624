import AxeBuilder from '@axe-core/playwright';
import type { Locator } from '@playwright/test';
import { expect, test, type Lab } from './fixtures';
import { fill, open, row, usage } from './usage';

const FILE = 'hst/public/ibg7/ibg705080/ibg705081_drz.fits';

/** Go through a toolbar by the keyboard alone. */
async function walk(lab: Lab, bar: Locator): Promise<void> {
  const { keyboard } = lab.page;
  const buttons = bar.locator('button:visible');
  const last = (await buttons.count()) - 1;
  const inside = () =>
    bar.evaluate(node => node.contains(document.activeElement));
  await buttons.first().focus();
  for (let at = 1; at <= last; at++) {
    await keyboard.press('ArrowRight');
    await expect(buttons.nth(at)).toBeFocused();
  }
  await keyboard.press('Home');
  await expect(buttons.first()).toBeFocused();
  await keyboard.press('End');
  await expect(buttons.nth(last)).toBeFocused();
  await keyboard.press('ArrowLeft');
  const here = buttons.nth(Math.max(0, last - 1));
  await expect(here).toBeFocused();
  // One Tab leaves it on either side, and it is entered where it was left.
  for (const [leave, enter] of [
    ['Tab', 'Shift+Tab'],
    ['Shift+Tab', 'Tab']
  ]) {
    await keyboard.press(leave);
    expect(await inside()).toBe(false);
    await keyboard.press(enter);
    await expect(here).toBeFocused();
  }
}

async function passes(lab: Lab, part: string): Promise<void> {
  const found = await new AxeBuilder({ page: lab.page })
    .include(part)
    .analyze();
  expect(found.violations, part).toEqual([]);
}

test.describe('a toolbar is one Tab stop, in which the arrows move', () => {
  test('in the archive panel and over a header', async ({ lab }) => {
    await lab.select(FILE);
    await walk(lab, lab.panel.getByRole('toolbar', { name: 'Archive' }));
    const actions = lab.panel.getByRole('toolbar', {
      name: 'Actions for the selection'
    });
    await walk(lab, actions);
    await passes(lab, '.mast-Archive');

    await lab.row('ibg705081_drz.fits').dblclick();
    const header = lab.page.locator('.mast-Preview');
    await walk(lab, header.getByRole('toolbar', { name: 'Header' }));
    await passes(lab, '.mast-Preview');
  });

  test('in the transfers panel and in the usage panel', async ({
    closedLab: lab
  }) => {
    await fill();
    await lab.open();
    await lab.execute('mast:show-transfers');
    await walk(lab, lab.transfers.getByRole('toolbar'));
    await passes(lab, '.mast-Transfers');

    await open(lab);
    await row(lab, 'data').click();
    await walk(lab, usage(lab).getByRole('toolbar'));
    await passes(lab, '.mast-Usage');
  });
});

test('the focus stays in a toolbar when its button is disabled or has no room', async ({
  lab
}) => {
  await lab.select(FILE);
  await lab.widen(300);
  const { keyboard } = lab.page;
  // Up to the root, where there is no further up.
  await lab.button('Up one folder').focus();
  for (const folder of ['ibg7', 'public']) {
    await keyboard.press('Enter');
    await expect(lab.place).toHaveText(folder);
  }
  const up = lab.button('Up one folder');
  while ((await up.getAttribute('aria-disabled')) !== 'true') {
    const before = await lab.place.textContent();
    await keyboard.press('Enter');
    await expect(lab.place).not.toHaveText(before ?? '');
  }
  await expect(up).toBeFocused();
  await keyboard.press('Enter');
  await expect(up).toBeFocused();

  const reload = lab.button('Reload this folder');
  await keyboard.press('ArrowRight');
  await expect(reload).toBeFocused();
  await lab.widen(100);
  await expect(reload).toBeHidden();
  await expect(
    lab.panel.getByRole('combobox', { name: /Archive and root/ })
  ).toBeFocused();
});
