import { mkdir, rm } from 'node:fs/promises';
import type { Locator } from '@playwright/test';
import { environment, expect, test } from './fixtures';
import {
  clean,
  FILES,
  fill,
  inWorkspace,
  isThere,
  item,
  limited,
  MB,
  notification,
  open,
  row,
  selected,
  THEMES,
  tile,
  tree,
  usage,
  within
} from './usage';

const SETTINGS = 'jupyterlab-mast:quota';

test.describe('the status bar', () => {
  test('says how much is used, and more in a tooltip', async ({
    closedLab: lab
  }) => {
    await fill();
    await limited(lab, () => 42);
    await lab.open();
    await expect(item(lab)).toHaveText(/^[\d.<]+ of [\d.]+ [kMGT]B$/);
    await item(lab).hover();
    const tooltip = lab.page.getByRole('tooltip');
    await expect(tooltip).toContainText('42 %');
    await expect(tooltip).toContainText('Free');
    await expect(tooltip).toContainText(/Counted (just now|\d+ (s|min) ago)/);
    await expect(tooltip).toContainText(
      'On disk, with trash and hidden folders.'
    );
    await clean(lab, '.mast-QuotaStatus', '.mast-QuotaTooltip');
    await lab.page.mouse.move(600, 300);
    await expect(tooltip).toHaveCount(0);
    // By keyboard, too.
    await item(lab).focus();
    await expect(tooltip).toBeVisible();
    await lab.page.keyboard.press('Escape');
    await expect(tooltip).toHaveCount(0);
  });

  for (const theme of THEMES) {
    test(`names another space that is nearly full, and nothing is cut, ${theme}`, async ({
      closedLab: lab
    }) => {
      await fill();
      const title = 'Scratch of the group that observes with TESS';
      await limited(lab, () => 42, title);
      await lab.open();
      await lab.execute('apputils:change-theme', { theme });
      await expect(item(lab)).toContainText(`${title} almost full`);
      await item(lab).hover();
      const tooltip = lab.page.getByRole('tooltip');
      await expect(tooltip).toContainText(
        '97.30 GB of 100 GB used · almost full'
      );
      const row = tooltip.locator('.mast-QuotaTooltip-other');
      await within(row, tooltip);
      // The name is cut, and its symbol stands before it; the rest is whole.
      const [name, said] = [
        row.locator('> span').first(),
        row.locator('> span').last()
      ];
      await within(said, row);
      const symbol = (await name.locator('svg').boundingBox())!;
      const box = (await name.boundingBox())!;
      expect(symbol.y + symbol.height).toBeLessThanOrEqual(box.y + box.height);
      await clean(lab, '.mast-QuotaStatus', '.mast-QuotaTooltip');
    });
  }

  for (const theme of THEMES) {
    test(`warns from the thresholds of the settings, ${theme}`, async ({
      closedLab: lab
    }) => {
      await fill();
      await limited(lab, () => 42);
      await lab.set(SETTINGS, 'warning', 40);
      await lab.open();
      await lab.execute('apputils:change-theme', { theme });
      await expect(item(lab)).toHaveClass(/mast-mod-warning/);
      await clean(lab, '.mast-QuotaStatus');
      await lab.set(SETTINGS, 'critical', 41);
      await lab.page.reload();
      await lab.ready();
      await expect(item(lab)).toHaveClass(/mast-mod-critical/);
      await expect(item(lab)).toContainText('left');
      // What was so before the page came is not announced.
      await expect(
        lab.page.locator('.mast-QuotaStatus [aria-live]')
      ).toHaveText('');
      await clean(lab, '.mast-QuotaStatus');
    });
  }

  for (const theme of THEMES) {
    test(`tells once that a threshold was passed, ${theme}`, async ({
      closedLab: lab
    }) => {
      test.skip(
        theme === THEMES[0] && !environment.full,
        'half a minute; both themes at full size only'
      );
      await fill();
      let percent = 42;
      await limited(lab, () => percent);
      await lab.open();
      await lab.execute('apputils:change-theme', { theme });
      await expect(item(lab)).toHaveClass(/mast-mod-normal/);
      for (const [next, level, said] of [
        [85, 'warning', /^[\d.<]+ of [\d.]+ [kMGT]B used\./],
        [97, 'critical', /free \([\d.<]+ [kMGT]B are kept/]
      ] as const) {
        percent = next;
        await lab.execute('mast:count-again');
        await expect(item(lab)).toHaveClass(new RegExp(`mast-mod-${level}`));
        const told = lab.page
          .locator('[role="alert"], [role="status"], [aria-live="polite"]')
          .filter({ hasText: said });
        await expect(told).toHaveCount(1);
        await lab.execute('mast:count-again');
        await expect(told).toHaveCount(1);
        await lab.page.evaluate(() =>
          document
            .querySelectorAll<HTMLElement>('.Toastify__close-button')
            .forEach(one => one.click())
        );
        await expect(told).toHaveCount(0);
      }
      await clean(lab, '.mast-QuotaStatus');
    });
  }

  test('stands beside memory and CPU, which are not ours @beside', async ({
    closedLab: lab
  }) => {
    await fill();
    await limited(lab, () => 42);
    await lab.open();
    const bar = lab.page.locator('#jp-main-statusbar');
    const memory = bar.getByText(/^Mem: /);
    await expect(memory).toBeVisible();
    await expect(item(lab)).toHaveText(/^[\d.<]+ of [\d.]+ [kMGT]B$/);
    for (const width of [1280, 800]) {
      await lab.page.setViewportSize({ width, height: 720 });
      const boxes = [];
      for (const one of await bar.locator('.jp-StatusBar-Item').all()) {
        const box = await one.boundingBox();
        if (box !== null && box.width > 0) {
          boxes.push(box);
        }
      }
      boxes.sort((one, other) => one.x - other.x);
      expect(boxes.length).toBeGreaterThan(2);
      for (const [number, box] of boxes.slice(1).entries()) {
        const before = boxes[number];
        expect(box.x).toBeGreaterThanOrEqual(before.x + before.width - 1);
      }
      const last = boxes[boxes.length - 1];
      expect(last.x + last.width).toBeLessThanOrEqual(width);
    }
    await clean(lab, '.mast-QuotaStatus');
  });

  test('is not there when the settings say so', async ({ closedLab: lab }) => {
    await lab.set(SETTINGS, 'statusBar', false);
    await lab.open();
    await lab.execute('mast:show-usage');
    await expect(usage(lab)).toBeVisible();
    await expect(item(lab)).toBeHidden();
  });
});

test.describe('the panel', () => {
  test('opens by the status bar and by the palette, once', async ({
    closedLab: lab
  }) => {
    await fill();
    await lab.open();
    await item(lab).click();
    await expect(row(lab, 'hst')).toBeVisible();
    await expect(usage(lab).locator('h2')).toContainText('used');
    await expect(usage(lab)).toContainText('Count again');

    await lab.execute('apputils:activate-command-palette');
    await lab.page.keyboard.type('Show Used Space');
    await lab.page
      .locator('.lm-CommandPalette-item', { hasText: 'Show Used Space' })
      .click();
    await expect(usage(lab)).toHaveCount(1);
    await expect(usage(lab)).toBeVisible();
  });

  test('is there again after a reload', async ({ closedLab: lab }) => {
    await fill();
    await lab.open();
    await open(lab);
    // JupyterLab saves its layout in a moment.
    await lab.page.waitForTimeout(2_000);
    await lab.page.goto(lab.page.url().replace(/[?&]reset/, ''));
    await expect(row(lab, 'hst')).toBeVisible({ timeout: 40_000 });
  });

  test('has kinds, folders by size, and files', async ({ closedLab: lab }) => {
    await fill();
    await lab.open();
    await open(lab);
    const kinds = usage(lab).getByRole('list', { name: 'Kinds of files' });
    await expect(kinds).toContainText('Archive caches');
    await expect(kinds).toContainText('Notebooks');
    await expect(usage(lab).locator('.mast-UsageRow').first()).toContainText(
      'hst'
    );
    await usage(lab).getByRole('button', { name: 'Sort by Name' }).click();
    await expect(
      usage(lab).getByRole('button', { name: 'Name, sorted upwards' })
    ).toBeVisible();

    await usage(lab).getByRole('tab', { name: 'Largest files' }).click();
    await expect(usage(lab).locator('.mast-UsageRow').first()).toContainText(
      'one.fits'
    );
    await lab.page.keyboard.press('ArrowRight');
    await expect(
      usage(lab).getByRole('tab', { name: 'Oldest files' })
    ).toBeFocused();
    await expect(usage(lab).locator('.mast-UsageRow').first()).toContainText(
      /\d{4}-\d\d-\d\d/
    );
  });

  for (const theme of THEMES) {
    test(`goes by keyboard, in tree and treemap alike, ${theme}`, async ({
      closedLab: lab
    }) => {
      await fill();
      await lab.open();
      await lab.execute('apputils:change-theme', { theme });
      await open(lab);
      const { keyboard } = lab.page;
      await tree(lab).focus();
      await keyboard.press('Home');
      await expect(selected(lab)).toContainText('hst');
      await keyboard.press('ArrowRight');
      await expect(row(lab, 'ibg705080')).toBeVisible();
      await keyboard.press('ArrowDown');
      await expect(selected(lab)).toContainText('ibg705080');
      await expect(tile(lab, /^hst\/ibg705080, /)).toHaveAttribute(
        'aria-selected',
        'true'
      );
      await keyboard.press('Enter');
      await expect(tile(lab, /one\.fits, /)).toBeVisible();
      await keyboard.press('Backspace');
      await keyboard.press('Backspace');
      await expect(tile(lab, /^data/).first()).toBeVisible();
      await keyboard.press('m');
      await expect(selected(lab)).toContainText('mastDownload');

      // Into a folder of the map, and out of it.
      const map = usage(lab).getByRole('listbox');
      await map.focus();
      await keyboard.press('Home');
      await expect(selected(lab)).toContainText('ibg705080');
      await keyboard.press('Enter');
      await expect(tile(lab, /two\.fits, /)).toBeVisible();
      await keyboard.press('ArrowRight');
      await expect(map.locator('[aria-selected="true"]')).toHaveCount(1);
      await keyboard.press('Backspace');
      await expect(map).toHaveAccessibleName(/Map of .*hst$/);
    });
  }

  test('shows a folder in the file browser', async ({ closedLab: lab }) => {
    await fill();
    await lab.open();
    await open(lab);
    await row(lab, 'data').click();
    await expect(
      usage(lab).getByRole('toolbar', { name: 'What to do with data' })
    ).toContainText('1 file');
    await usage(lab)
      .getByRole('button', { name: 'Show in file browser' })
      .click();
    await expect(
      lab.page.locator('.jp-DirListing-item', { hasText: 'catalogue.csv' })
    ).toBeVisible();
  });
});

test('Delete moves to the trash without asking, and Restore brings back', async ({
  closedLab: lab
}) => {
  await fill();
  await lab.open();
  await open(lab);
  await tree(lab).focus();
  await lab.page.keyboard.press('Home');
  await lab.page.keyboard.press('ArrowRight');
  await row(lab, 'ibg705080').click();
  await lab.page.keyboard.press('Delete');
  await expect(lab.page.getByRole('dialog')).toHaveCount(0);
  await expect(row(lab, 'ibg705080')).toHaveCount(0);
  await expect(notification(lab)).toContainText(
    /hst\/ibg705080: moved to trash, 15\.\d MB; empty the trash to free it\./
  );
  expect(await isThere('hst/ibg705080')).toBe(false);
  // The focus stays in the tree, on what is next.
  await expect(tree(lab)).toBeFocused();
  await expect(selected(lab)).toHaveCount(1);

  await notification(lab).getByRole('button', { name: 'Restore' }).click();
  await expect(selected(lab)).toContainText('ibg705080');
  await expect(notification(lab)).toContainText(
    /hst\/ibg705080: brought back from the trash, 15\.\d MB\./
  );
  expect(await isThere('hst/ibg705080/one.fits')).toBe(true);
});

test('Delete again and again takes one file each, and no folder unasked', async ({
  closedLab: lab
}) => {
  const names = ['one', 'two', 'three', 'four', 'five', 'six'];
  await fill({
    ...FILES,
    ...Object.fromEntries(names.map((name, i) => [`obs/${name}`, (9 - i) * MB]))
  });
  await lab.open();
  await open(lab);
  const { keyboard } = lab.page;
  await row(lab, 'obs').click();
  await keyboard.press('ArrowRight');
  await row(lab, 'one').click();
  // Looks at what has changed come between the presses.
  for (const name of [...names, ...names]) {
    await keyboard.press('Delete');
    await lab.page.waitForTimeout(400);
    expect(await isThere('obs'), name).toBe(true);
  }
  for (const name of names) {
    expect(await isThere(`obs/${name}`), name).toBe(false);
  }
  for (const name of Object.keys(FILES)) {
    expect(await isThere(name), name).toBe(true);
  }
  // It goes when somebody has selected it.
  await expect(selected(lab)).toContainText('obs');
  await row(lab, 'obs').click();
  await keyboard.press('Delete');
  await expect.poll(() => isThere('obs')).toBe(false);
});

for (const theme of THEMES) {
  test(`what is in the trash comes back from the panel, also after a reload, ${theme}`, async ({
    closedLab: lab
  }) => {
    // A folder may be asked for while it goes.
    lab.allowed.push(/404 .*\/quota\/home\/folder/);
    await fill();
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    await open(lab);
    const { keyboard } = lab.page;
    await row(lab, 'hst').click();
    await keyboard.press('ArrowRight');
    await row(lab, 'ibg705080').click();
    await keyboard.press('Delete');
    await row(lab, 'data').click();
    await keyboard.press('Delete');
    await expect.poll(() => isThere('data')).toBe(false);
    expect(await isThere('hst/ibg705080')).toBe(false);
    // The page comes anew, without any notice.
    await lab.open();
    await open(lab);
    await expect(row(lab, 'hst')).toContainText(/9\.\d MB/);

    // By keyboard: through "Free up space", and back.
    await usage(lab).getByRole('button', { name: 'Free up space' }).focus();
    await keyboard.press('Enter');
    const dialog = lab.page.getByRole('dialog');
    await expect(dialog.locator('[data-group="trash"]')).toContainText(
      '2 items. Once removed, they cannot be restored.'
    );
    await dialog.getByRole('button', { name: 'Look into the trash' }).focus();
    await keyboard.press('Enter');
    await expect(dialog).toHaveCount(0);
    await expect(tree(lab)).toBeFocused();
    await expect(selected(lab)).toContainText('hst/ibg705080');
    await expect(selected(lab)).toHaveAttribute(
      'title',
      /in the trash since \d{4}-\d\d-\d\d/
    );
    await expect(usage(lab).getByRole('listbox')).toHaveAccessibleName(
      /Map of .*Trash\/files$/
    );
    for (const width of [1280, 430]) {
      await lab.page.setViewportSize({ width, height: 720 });
      await expect(selected(lab)).toBeVisible();
      await clean(lab, '.mast-Usage');
    }
    await lab.page.setViewportSize({ width: 1280, height: 720 });
    await keyboard.press('Alt+r');
    await expect(notification(lab)).toContainText(
      /hst\/ibg705080: brought back from the trash, 15\.\d MB\./
    );
    expect(await isThere('hst/ibg705080/one.fits')).toBe(true);
    await expect(tree(lab)).toBeFocused();
    await expect(row(lab, 'hst')).toContainText(/24\.\d MB/);

    // Where something else is since, both stay.
    await mkdir(inWorkspace('data'));
    await expect(selected(lab)).toContainText('data');
    const restore = usage(lab).getByRole('button', { name: 'Restore' });
    await restore.click();
    await expect(
      lab.page.locator('.Toastify__toast', {
        hasText: 'There is another data now: nothing was replaced.'
      })
    ).toBeVisible();
    await rm(inWorkspace('data'), { recursive: true });
    await restore.click();
    await expect.poll(() => isThere('data/catalogue.csv')).toBe(true);
  });
}

test('what is selected, and the bars, are seen in the colours of the system', async ({
  closedLab: lab
}) => {
  await fill({ ...FILES, '.cache/pip/http/wheel': 4 * MB });
  await limited(lab, () => 42);
  const { page } = lab;
  await page.emulateMedia({ forcedColors: 'active' });
  await lab.open();
  /** A colour that an element has, and one of the system. */
  const colours = (part: Locator, property: string, system: string) =>
    part.evaluate(
      (one, [name, other]) => {
        const probe = document.createElement('i');
        probe.style.color = other;
        document.body.append(probe);
        const wanted = getComputedStyle(probe).color;
        probe.remove();
        return [getComputedStyle(one).getPropertyValue(name), wanted];
      },
      [property, system]
    );
  const seen = async (part: Locator, icon: string) => {
    const [back, highlight] = await colours(
      part,
      'background-color',
      'Highlight'
    );
    expect(back).toBe(highlight);
    const [fill, text] = await colours(
      part.locator(icon).first(),
      'fill',
      'HighlightText'
    );
    expect(fill).toBe(text);
  };
  await open(lab);
  await row(lab, 'hst').click();
  await seen(selected(lab), 'svg [fill]:not([fill="none"])');
  const bars = await usage(lab)
    .locator('.mast-Kinds-bar > i')
    .evaluateAll(all => all.map(one => getComputedStyle(one).backgroundColor));
  expect(new Set(bars).size).toBeGreaterThan(2);
  for (const bar of [
    item(lab).locator('.mast-QuotaBar-used'),
    row(lab, 'data').locator('.mast-UsageRow-bar > i')
  ]) {
    const [back, canvas] = await colours(bar, 'background-color', 'Canvas');
    expect(back).not.toBe(canvas);
  }
  await usage(lab).getByRole('button', { name: 'Free up space' }).click();
  await expect(page.getByRole('dialog')).toContainText('Afterwards');
  await page.keyboard.press('Escape');
  await lab.openPanel();
  await lab.at('hst/public/');
  const archived = lab.grid.locator('.mast-Row').first();
  await archived.click();
  await seen(archived, 'svg [fill]:not([fill="none"])');
  void lab.execute('mast:copy-to').catch(() => undefined);
  const folder = page.locator('.mast-FolderPicker-row.mast-mod-selected');
  await seen(folder, 'svg [fill]:not([fill="none"])');
  const used = page.locator('.mast-CopyDialog-bar > i').first();
  const [back, canvas] = await colours(used, 'background-color', 'Canvas');
  expect(back).not.toBe(canvas);
});

test('deleting for good asks, and says what is lost', async ({
  closedLab: lab
}) => {
  await fill();
  await lab.open();
  await open(lab);
  await row(lab, 'notebooks').click();
  const remove = usage(lab).getByRole('button', { name: 'Delete…' });
  await remove.click();
  const dialog = lab.page.getByRole('dialog');
  await expect(dialog).toContainText('Delete notebooks?');
  await expect(dialog).toContainText(
    /1 file, 2\.\d MB\. This does not go to the trash/
  );
  await expect(dialog).toContainText('Their code, text and outputs are lost.');
  await clean(lab, '.jp-Dialog-content');
  // Enter takes the safe answer.
  await expect(dialog.getByRole('button', { name: 'Keep' })).toBeFocused();
  await lab.page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  expect(await isThere('notebooks/phot.ipynb')).toBe(true);

  await remove.click();
  await dialog.getByRole('button', { name: 'Delete 1 file' }).click();
  await expect(row(lab, 'notebooks')).toHaveCount(0);
  expect(await isThere('notebooks')).toBe(false);
});

test('what was deleted elsewhere is told by name', async ({
  closedLab: lab
}) => {
  await fill();
  await lab.open();
  await open(lab);
  await row(lab, 'data').click();
  await rm(inWorkspace('data'), { recursive: true });
  lab.allowed.push(/404 .*\/api\/contents\/data/);
  await usage(lab)
    .getByRole('button', { name: 'Show in file browser' })
    .click();
  await expect(notification(lab)).toContainText('data is not there any more.');
  await usage(lab).getByRole('button', { name: 'Move to trash' }).click();
  await expect(
    lab.page.locator('.Toastify__toast', { hasText: 'data: ' })
  ).toBeVisible();
});

for (const theme of THEMES) {
  test(`nothing is cut and axe finds nothing, also when narrow, ${theme}`, async ({
    closedLab: lab
  }) => {
    await fill();
    await limited(lab, () => 42);
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    await open(lab);
    await row(lab, 'hst').click();
    await lab.page.keyboard.press('ArrowRight');
    await expect(row(lab, 'ibg705080')).toBeVisible();
    await lab.page.mouse.move(640, 20);
    await expect(tile(lab, /^hst\/ibg705080, /)).toBeVisible();
    await clean(lab, '.mast-Usage');
    await usage(lab).getByRole('tab', { name: 'Largest files' }).click();
    await expect(row(lab, 'one.fits')).toBeVisible();
    await clean(lab, '.mast-Usage');
    await usage(lab).getByRole('tab', { name: 'Folders' }).click();

    for (const width of [760, 430]) {
      await lab.page.setViewportSize({ width, height: 600 });
      await expect(row(lab, 'hst').first()).toBeVisible();
      const cut = await usage(lab).evaluate(
        panel => panel.scrollWidth > panel.clientWidth + 1
      );
      expect(cut).toBe(false);
      await clean(lab, '.mast-Usage');
    }
    // The tree works without the map.
    await tree(lab).focus();
    await lab.page.keyboard.press('End');
    await expect(selected(lab)).toBeVisible();
  });

  test(`nothing is cut in low and narrow windows with much to say, ${theme}`, async ({
    closedLab: lab
  }) => {
    await fill();
    await limited(lab, () => 110);
    await lab.page.route(/\/quota\/home\/freed(\?|$)/, route =>
      route.fulfill({
        json: {
          lists: Array.from({ length: 60 }, (_, i) => ({
            freed: `20261101-${String(i).padStart(6, '0')}-00000000`,
            time: 1_793_000_000 + i,
            files: i + 1,
            bytes: 5_000_000 * i,
            lost: i === 0,
            fetching: false
          }))
        }
      })
    );
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    await lab.execute('application:toggle-left-area');
    await open(lab);
    await row(lab, 'data').click();
    await lab.page.keyboard.press('ArrowRight');
    await row(lab, 'catalogue.csv').click();
    await usage(lab).getByRole('button', { name: 'Show all 60 lists' }).click();
    const acts = usage(lab).locator('.mast-Usage-acts button');
    await expect(acts).toHaveCount(4);
    for (const size of [
      { width: 1280, height: 720 },
      { width: 640, height: 360 },
      { width: 333, height: 700 }
    ]) {
      await lab.page.setViewportSize(size);
      await usage(lab).getByRole('button', { name: 'Forget' }).last().focus();
      await tree(lab).focus();
      await expect(tree(lab)).toBeInViewport({ ratio: 0.9 });
      expect((await tree(lab).boundingBox())?.height).toBeGreaterThan(60);
      const buttons = [
        ...(await acts.all()),
        ...(await usage(lab).getByRole('tab').all())
      ];
      for (const button of buttons) {
        await within(button, usage(lab).locator('.mast-Usage-list'));
        await expect(button).toHaveAttribute('title');
      }
      await clean(lab, '.mast-Usage');
    }
  });
}
