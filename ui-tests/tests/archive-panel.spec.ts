import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { SAMPLES } from './environment';
import { environment, expect, test, type Lab } from './fixtures';

const ASSOCIATION = 'hst/public/ibg7/ibg705080/';
const TARGET = 'tess/public/tid/s0014/0000/0003/7778/0790/';

/** What products of an exposure or association are called in the list. */
const LABELS: Record<string, string> = {
  'asn.fits': 'Association table',
  'drz.fits': 'Drizzled image',
  'drz.jpg': 'Preview',
  'flt.fits': 'Calibrated, flat-fielded',
  'raw.fits': 'Uncalibrated',
  'raw.jpg': 'Preview',
  'spt.fits': 'Telemetry and support'
};

/** Requests for data of an archive, from now on. */
function watch(lab: Lab): string[] {
  const seen: string[] = [];
  lab.page.on('request', request => {
    if (request.url().includes('jupyterlab-mast/archive/')) {
      seen.push(request.url());
    }
  });
  return seen;
}

/** Our scripts that are loaded from now on. */
function watchScripts(lab: Lab): Promise<string>[] {
  const seen: Promise<string>[] = [];
  lab.page.on('response', response => {
    if (/\/jupyterlab-mast\/static\/.*\.js/.test(response.url())) {
      seen.push(response.text());
    }
  });
  return seen;
}

test.describe('listing', () => {
  test('label, name, size and date of each file; folders as in the bucket', async ({
    lab
  }) => {
    await lab.at('hst/public/');
    const folders = lab.grid.locator(
      '.mast-Row-folder [role="gridcell"] > span:nth-child(2)'
    );
    await expect(folders).toHaveText(
      (await readdir(path.join(SAMPLES, 'hst/public'))).sort()
    );
    await lab.at(ASSOCIATION);
    await lab.widen(300);
    const names = await readdir(path.join(SAMPLES, ASSOCIATION));
    await expect(lab.grid.locator('.mast-Row-object')).toHaveCount(
      names.length
    );
    for (const name of names) {
      const { size } = await stat(path.join(SAMPLES, ASSOCIATION, name));
      const row = lab.row(name);
      const [, kind] = /_(.*)$/.exec(name)!;
      await expect(row, name).toContainText(LABELS[kind]);
      await expect(
        row.getByTitle(`${size.toLocaleString('en')} bytes`)
      ).toHaveText(/^[\d.]+ [kM]B$/);
      await expect(row.getByTitle(/^20\d\d-.*Z$/)).toHaveText(
        /^20\d\d-\d\d-\d\d$/
      );
    }
    const drizzled = lab.row('ibg705081_drz.fits');
    await expect(drizzled).toContainText('Drizzled image');
    await expect(drizzled).toContainText('156 kB');
    await expect(drizzled.locator('b')).toHaveText('drz');
    await expect(drizzled.getByRole('gridcell')).toHaveAttribute(
      'title',
      /WFC3 · drizzled, distortion-corrected \(drz\)/
    );
  });

  test('a wide panel shows full labels and the date', async ({ lab }) => {
    await lab.at(TARGET);
    await lab.widen(480);
    const row = lab.row(/s_lc\.fits/);
    await expect(row).toContainText('TESS · light curve, 2 min, sector 14');
    await expect(row).toContainText(/20\d\d-\d\d-\d\d/);
  });

  test('at 250 px everything fits, and words become icons', async ({ lab }) => {
    await lab.at(ASSOCIATION);
    await lab.row('ibg705081_drz.fits').click();
    await lab.widen(100);
    await expect
      .poll(async () => (await lab.panel.boundingBox())?.width)
      .toBeLessThanOrEqual(251);
    await expect(lab.button('Forward')).toBeHidden();
    await expect(lab.button('Reload this folder')).toBeHidden();
    await expect(
      lab.panel.getByRole('textbox', { name: /Filter by start/ })
    ).toBeVisible();
    await expect(lab.row('ibg705081_drz.fits')).toContainText('156 kB');
    // Nothing sticks out, and nothing scrolls sideways.
    const outside = await lab.panel.evaluate(panel => {
      const edge = panel.getBoundingClientRect().right + 1;
      const shown = [...panel.querySelectorAll<HTMLElement>('button, input')];
      return [panel, ...panel.querySelectorAll('.mast-Grid')]
        .filter(one => one.scrollWidth > one.clientWidth)
        .concat(shown.filter(one => one.getBoundingClientRect().right > edge))
        .map(one => one.outerHTML);
    });
    expect(outside).toEqual([]);
    const main = lab.panel.locator('.mast-ActionBar .mast-mod-primary');
    await expect(main.locator('.mast-ActionBar-long')).toBeHidden();
    await expect(main.locator('.mast-ActionBar-short')).toBeVisible();
  });

  test('compact density has one line a file', async ({ closedLab: lab }) => {
    await lab.set('jupyterlab-mast:archive-panel', 'density', 'compact');
    await lab.open();
    await lab.at(ASSOCIATION);
    const row = lab.row('ibg705081_drz.fits');
    expect((await row.boundingBox())?.height).toBe(24);
    await expect(row).not.toContainText('Drizzled image');
    await expect(row).toContainText('156 kB');
  });

  test('groups by observation, closes and opens a group, and can be turned off', async ({
    lab
  }) => {
    await lab.at('hst/public/ibg7/');
    const group = lab.row('ibg705080').first();
    await expect(group).toHaveAttribute('aria-expanded', 'true');
    await expect(group).toContainText('WFC3');
    await expect(group).toContainText('11 files');
    // Its products are told apart by their level.
    await expect(lab.row('ibg705081_drz.fits')).toContainText('L3');
    await group.click();
    await expect(group).toHaveAttribute('aria-expanded', 'false');
    await expect(lab.row('ibg705081_drz.fits')).toHaveCount(0);
    // The folder found, also for exposures with folders of their own.
    await expect(lab.row('ibg706kpq').first()).toHaveAttribute(
      'aria-expanded',
      'true'
    );
    await lab.panel
      .getByRole('button', { name: 'Group by observation' })
      .click();
    await expect(lab.grid.locator('.mast-Row-folder')).toHaveCount(4);
    // Remembered for the root, also in another folder.
    await lab.at('hst/public/j94f/');
    await expect(lab.grid.locator('.mast-Row-folder')).toHaveCount(1);
  });

  test('filters by the start of names, and by loaded file names in groups', async ({
    lab
  }) => {
    await lab.at('hst/public/ibg7/');
    const filter = lab.panel.getByRole('textbox', { name: /Filter by start/ });
    await filter.fill('ibg705o8q');
    await expect(lab.row('ibg705o8q_flt.fits')).toBeVisible();
    await expect(lab.row('ibg705081_drz.fits')).toHaveCount(0);
    await filter.fill('nothing');
    await expect(lab.panel).toContainText('Nothing starts with “nothing”');
    await lab.panel
      .getByRole('button', { name: 'Clear filter' })
      .last()
      .click();
    await expect(lab.row('ibg705081_drz.fits')).toBeVisible();
  });

  test('orders by size after it has loaded the folder', async ({ lab }) => {
    await lab.at(ASSOCIATION);
    await lab.panel.getByRole('button', { name: 'Sort by Size' }).click();
    await expect(lab.grid.locator('.mast-Row-object').first()).toContainText(
      'ibg705081_drz.fits'
    );
  });

  test('breadcrumb, up, back and forward; up stops at the root', async ({
    lab
  }) => {
    await lab.at(ASSOCIATION);
    await lab.panel.getByRole('button', { name: 'Up one folder' }).click();
    await expect(lab.place).toHaveText('ibg7');
    await lab.panel.getByRole('button', { name: 'Back' }).click();
    await expect(lab.place).toHaveText('ibg705080');
    await lab.widen(300);
    await lab.button('Forward').click();
    await expect(lab.place).toHaveText('ibg7');
    await expect(lab.button('Forward')).toHaveAttribute(
      'aria-disabled',
      'true'
    );
    await lab.panel.locator('.mast-Crumbs-root').click();
    await expect(
      lab.panel.getByRole('button', { name: 'Up one folder' })
    ).toHaveAttribute('aria-disabled', 'true');
  });

  test('chooses another root, keeps bookmarks and recent places', async ({
    lab
  }) => {
    await lab.at(ASSOCIATION);
    await lab.panel
      .getByRole('button', { name: 'Bookmark this place' })
      .click();
    await lab.at('hst/public/j94f/');
    await lab.panel.getByRole('combobox', { name: /Archive and root/ }).click();
    const list = lab.page.getByRole('listbox', {
      name: 'Archives and bookmarks'
    });
    await list.getByRole('option', { name: /^Odd/ }).click();
    await expect(lab.place).toHaveAccessibleName('Odd');
    await expect(lab.grid.getByRole('row').first()).toBeVisible();
    const chooser = lab.panel.getByRole('combobox', {
      name: /Archive and root/
    });
    await expect(chooser).toHaveAccessibleName(/Odd$/);
    await chooser.click();
    await list.getByRole('option', { name: /ibg705080/ }).click();
    await expect(lab.place).toHaveText('ibg705080');
    await lab.goTo.click();
    const recent = lab.page.getByRole('listbox', { name: 'Places' });
    await expect(recent).toContainText('hst/public/j94f/');
    await expect(recent).toContainText(ASSOCIATION);
    // Kept per user; archive-reload.spec.ts shows them after a reload.
    await expect
      .poll(() => lab.setting('jupyterlab-mast:archive-panel', 'bookmarks'))
      .toEqual([expect.objectContaining({ prefix: ASSOCIATION })]);
  });

  test('a list of roots that is longer than the window scrolls by its keys', async ({
    lab
  }) => {
    await lab.openPanel();
    await lab.page.setViewportSize({ width: 1280, height: 500 });
    await lab.panel.getByRole('combobox', { name: /Archive and root/ }).click();
    const options = lab.page.getByRole('option');
    await expect(options.last()).not.toBeInViewport();
    await lab.page.keyboard.press('End');
    await expect(options.last()).toHaveAttribute('aria-selected', 'true');
    await expect(options.last()).toBeInViewport();
    await expect(options.first()).not.toBeInViewport();
    await lab.page.keyboard.press('Home');
    await expect(options.first()).toBeInViewport();
  });
});

test.describe('going to a place', () => {
  const forms: [string, string, string][] = [
    ['a key', `${ASSOCIATION}ibg705081_drz.fits`, 'ibg705081_drz.fits'],
    ['a folder', ASSOCIATION, ''],
    [
      'an S3 URI',
      `s3://stpubdata/${ASSOCIATION}ibg705o8q_flt.fits`,
      'ibg705o8q_flt.fits'
    ],
    [
      'a web address',
      `https://stpubdata.s3.us-east-1.amazonaws.com/${ASSOCIATION}ibg705o8q_raw.fits`,
      'ibg705o8q_raw.fits'
    ],
    ['a MAST URI', 'mast:HST/product/ibg705081_drz.fits', 'ibg705081_drz.fits'],
    ['a file name', 'ibg706kpq_flt.fits', 'ibg706kpq_flt.fits'],
    ['a member of an association', 'ibg705obq_spt.fits', 'ibg705obq_spt.fits'],
    ['a TIC and a sector', 'TIC 377780790 s14', 's_lc.fits']
  ];
  for (const [what, text, file] of forms) {
    test(`by ${what}`, async ({ lab }) => {
      await lab.openPanel();
      await lab.go(text);
      if (file === '') {
        await expect(lab.row('ibg705081_drz.fits')).toBeVisible();
      } else {
        await expect(lab.selected).toContainText(file);
      }
    });
  }

  test('by a root name whose files lie in the folder of an association', async ({
    lab
  }) => {
    await lab.openPanel();
    await lab.go('ibg705o8q');
    await expect(lab.place).toHaveText('ibg705080');
  });

  test('a TIC alone shows every sector, as they are found', async ({ lab }) => {
    await lab.openPanel();
    let answer = () => {};
    const held = new Promise<void>(resolve => {
      answer = resolve;
    });
    await lab.page.route(
      url => (url.searchParams.get('prefix') ?? '').includes('/tid/s0015/'),
      async route => {
        await held;
        await route.continue();
      }
    );
    await lab.goTo.fill('TIC 377780790');
    const list = lab.page.getByRole('listbox', { name: 'Places' });
    // One sector does not answer yet; the other is there.
    await expect(list).toContainText('sector 14');
    await expect(list).not.toContainText('sector 15');
    answer();
    await expect(list).toContainText('sector 15');
    await expect(list).toContainText('sector 14');
    await lab.goTo.press('ArrowDown');
    await lab.goTo.press('Enter');
    await expect(lab.selected).toBeVisible();
  });

  test('says what was not found, where it looked, and what is near', async ({
    lab
  }) => {
    await lab.openPanel();
    await lab.goTo.fill('ibg7zz99q_flt.fits');
    const popup = lab.page.locator('.mast-PopupList');
    await expect(popup).toContainText('Nothing found for “ibg7zz99q_flt.fits”');
    await expect(popup).toContainText('Looked in hst/public/ibg7/ibg7zz');
    await popup.getByRole('button', { name: 'Show hst/public/ibg7/' }).click();
    await expect(lab.place).toHaveText('ibg7');
  });

  test('by a link with a plain key and no archive', async ({
    closedLab: lab
  }) => {
    const key = `${ASSOCIATION}ibg705o8q_flt.fits`;
    await lab.open(`mast=${encodeURIComponent(key)}`);
    await expect(lab.place).toHaveAttribute('title', ASSOCIATION);
    await expect(lab.selected).toContainText('ibg705o8q_flt.fits');
  });

  test('by a link, which leaves the address; state survives a reload', async ({
    closedLab: lab
  }) => {
    const uri = encodeURIComponent('mast:HST/product/ibg705081_drz.fits');
    await lab.open(`mast=${uri}&archive=sample`);
    await expect(lab.selected).toContainText('ibg705081_drz.fits');
    expect(lab.page.url()).not.toContain('mast=');
    await lab.saved('ibg705081_drz.fits');
    await lab.page.reload();
    await lab.ready();
    await expect(lab.panel).toBeVisible();
    await expect(lab.place).toHaveText('ibg705080');
    await expect(lab.selected).toContainText('ibg705081_drz.fits');
  });

  test('by a link to an archive that is not the first one', async ({
    closedLab: lab
  }) => {
    const key = encodeURIComponent('odd/a?b=c');
    await lab.open(`mast=${key}&archive=odd`);
    await expect(lab.place).toHaveText('odd');
    await expect(lab.selected).toContainText('a?b=c');
    await expect(
      lab.panel.getByRole('combobox', { name: /Archive and root/ })
    ).toContainText('Odd keys');
    expect(lab.page.url()).not.toContain('archive=');
  });

  test('by a link, while the place of the last time does not answer', async ({
    closedLab: lab
  }) => {
    const key = `${ASSOCIATION}ibg705o8q_flt.fits`;
    await lab.open(`mast=${encodeURIComponent(key)}`);
    await expect(lab.selected).toContainText('ibg705o8q_flt.fits');
    await lab.saved('ibg705o8q_flt.fits');
    let asked = 0;
    await lab.page.route(
      url => url.searchParams.get('prefix') === ASSOCIATION,
      () => {
        asked += 1;
      }
    );
    const there = new URL(lab.page.url());
    there.searchParams.set('mast', 's3://stpubdata/hst/public/ibg7/');
    await lab.page.goto(there.href);
    await lab.ready();
    await expect(lab.place).toHaveText('ibg7');
    await expect(lab.row('ibg705080').first()).toBeVisible();
    expect(asked).toBe(1);
  });
});

test('the mouse selects one, a range, and more or fewer; the bytes are counted', async ({
  lab
}) => {
  await lab.at(ASSOCIATION);
  const status = lab.panel.locator('.mast-StatusLine');
  await lab.row('ibg705081_drz.fits').click();
  await expect(status).toContainText('1 selected, 156 kB');
  await lab.row('ibg705o8q_flt.fits').click({ modifiers: ['Shift'] });
  await expect(status).toContainText('3 selected, 263 kB');
  await lab.row('ibg705obq_flt.fits').click({ modifiers: ['Control'] });
  await expect(status).toContainText('4 selected, 363 kB');
  await lab.row('ibg705081_drz.jpg').click({ modifiers: ['Control'] });
  await expect(status).toContainText('3 selected, 357 kB');
  await lab.row('ibg705081_drz.jpg').click();
  await expect(status).toContainText('1 selected, 6.2 kB');
});

test.describe('keyboard and screen reader', () => {
  test('moves, selects a range, toggles, all, none, types ahead', async ({
    lab
  }) => {
    await lab.at(ASSOCIATION);
    await lab.grid.focus();
    await lab.page.keyboard.press('Home');
    await lab.page.keyboard.press('ArrowDown');
    await lab.page.keyboard.press('Shift+ArrowDown');
    await lab.page.keyboard.press('Shift+ArrowDown');
    const status = lab.panel.locator('.mast-StatusLine');
    await expect(status).toContainText('3 selected');
    await lab.page.keyboard.press('Control+ArrowDown');
    await lab.page.keyboard.press('Control+Space');
    await expect(status).toContainText('4 selected');
    await lab.page.keyboard.press('Control+a');
    await expect(status).toContainText('11 selected');
    await lab.page.keyboard.press('Escape');
    await expect(status).not.toContainText('selected');
    await lab.page.keyboard.type('ibg705ob');
    await expect(lab.grid.locator('.mast-mod-current')).toContainText(
      'ibg705obq_flt.fits'
    );
    const active = await lab.grid.getAttribute('aria-activedescendant');
    await expect(lab.page.locator(`#${active}`)).toContainText(
      'ibg705obq_flt.fits'
    );
  });

  test('opens, goes up, opens the menu and the filter', async ({ lab }) => {
    await lab.at('hst/public/');
    await lab.grid.focus();
    await lab.page.keyboard.type('ibg7');
    await lab.page.keyboard.press('Enter');
    await expect(lab.place).toHaveText('ibg7');
    await expect(lab.row('ibg705081_drz.fits')).toBeVisible();
    await lab.grid.focus();
    await lab.page.keyboard.press('End');
    await lab.page.keyboard.press('Shift+F10');
    await expect(lab.page.locator('.lm-Menu')).toContainText('Insert code');
    await lab.page.keyboard.press('Escape');
    await lab.grid.focus();
    await lab.page.keyboard.press('/');
    await expect(
      lab.panel.getByRole('textbox', { name: /Filter by start/ })
    ).toBeFocused();
    await lab.grid.focus();
    await lab.page.keyboard.press('Backspace');
    await expect(lab.place).toHaveText('public');
    await lab.grid.focus();
    await lab.page.keyboard.press('[');
    await expect(lab.place).toHaveText('ibg7');
    await lab.grid.focus();
    await lab.page.keyboard.press(']');
    await expect(lab.place).toHaveText('public');
    await expect(lab.row('ibg7')).toBeVisible();
    await lab.grid.focus();
    const again = lab.page.waitForRequest(/list-type/);
    await lab.page.keyboard.press('Alt+r');
    await again;
    await lab.page.keyboard.press('Alt+g');
    await expect(lab.goTo).toBeFocused();
  });

  test('the chooser opens, chooses and closes by keys', async ({ lab }) => {
    await lab.at(ASSOCIATION);
    const { keyboard } = lab.page;
    const chooser = lab.panel.getByRole('combobox', {
      name: /Archive and root/
    });
    const list = lab.page.getByRole('listbox', {
      name: 'Archives and bookmarks'
    });
    const options = list.getByRole('option');
    const active = list.locator('[aria-selected="true"]');
    await chooser.focus();
    for (const key of ['Enter', 'Space', 'ArrowDown']) {
      await keyboard.press(key);
      await expect(list).toBeVisible();
      await expect(chooser).toHaveAttribute('aria-expanded', 'true');
      // It begins at what is shown.
      await expect(active).toContainText('Everything');
      await keyboard.press('Escape');
      await expect(list).toHaveCount(0);
      await expect(chooser).toBeFocused();
      await expect(chooser).toHaveAttribute('aria-expanded', 'false');
    }
    await expect(lab.place).toHaveText('ibg705080');
    for (const [opens, moves, takes] of [
      ['Enter', ['Home', 'ArrowDown'], 'Enter'],
      ['ArrowDown', ['End', 'ArrowDown'], 'Space']
    ] as const) {
      await keyboard.press(opens);
      await expect(list).toBeVisible();
      for (const key of moves) {
        await keyboard.press(key);
      }
      // Down from the last is the first.
      const option = options.nth(opens === 'Enter' ? 1 : 0);
      await expect(option).toHaveAttribute('aria-selected', 'true');
      const id = await option.getAttribute('id');
      await expect(chooser).toHaveAttribute('aria-activedescendant', id!);
      const title = await option.locator('.mast-ellipsis').first().innerText();
      await keyboard.press(takes);
      await expect(list).toHaveCount(0);
      await expect(lab.place).toHaveAccessibleName(title);
      await expect(chooser).toBeFocused();
    }
  });

  test('the menu of “More actions” opens, chooses and closes by keys', async ({
    lab
  }) => {
    await lab.select(`${ASSOCIATION}ibg705081_drz.fits`);
    const { keyboard } = lab.page;
    const more = lab.button('More actions');
    const menu = lab.page.locator('.lm-Menu');
    await more.focus();
    await expect(more).toHaveAttribute('aria-haspopup', 'menu');
    for (const key of ['Enter', 'Space', 'ArrowDown']) {
      await keyboard.press(key);
      await expect(menu).toContainText('Properties');
      await keyboard.press('ArrowDown');
      await expect(menu.locator('.lm-Menu-item.lm-mod-active')).toHaveCount(1);
      await keyboard.press('Escape');
      await expect(menu).toHaveCount(0);
      await expect(more).toBeFocused();
    }
    await keyboard.press('Enter');
    const item = menu.locator('.lm-Menu-item', { hasText: 'Properties' });
    await expect(item).toBeVisible();
    for (
      let tries = await menu.locator('.lm-Menu-item').count();
      tries > 0 &&
      !(await item.getAttribute('class'))!.includes('lm-mod-active');
      tries--
    ) {
      await keyboard.press('ArrowDown');
    }
    await expect(item).toHaveClass(/lm-mod-active/);
    await keyboard.press('Enter');
    const dialog = lab.page.getByRole('dialog');
    await expect(dialog).toContainText('ETag');
    await keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    await expect(more).toBeFocused();

    // The list's own menu gives the focus back too.
    await lab.grid.focus();
    await keyboard.press('Shift+F10');
    await expect(menu).toContainText('Properties');
    await keyboard.press('Escape');
    await expect(menu).toHaveCount(0);
    await expect(lab.grid).toBeFocused();
  });

  for (const theme of ['JupyterLab Light', 'JupyterLab Dark']) {
    test(`axe finds nothing in the panel and what opens from it, ${theme}`, async ({
      lab
    }) => {
      lab.allowed.push(/status of 50\d/);
      const { page } = lab;
      const passes = async (what: string, part = '.mast-Archive') => {
        const found = await new AxeBuilder({ page }).include(part).analyze();
        expect(found.violations, what).toEqual([]);
      };
      await lab.execute('apputils:change-theme', { theme });
      await lab.at(ASSOCIATION);
      await lab.row('ibg705081_drz.fits').click();
      await page.mouse.move(700, 700);
      await passes('a list with a selection');

      await lab.grid.focus();
      await page.keyboard.press('Alt+Enter');
      await expect(page.getByRole('dialog')).toContainText('ETag');
      await passes('properties', '.jp-Dialog-content');
      await page.keyboard.press('Escape');

      await lab.row('ibg705081_drz.fits').dblclick();
      await expect(page.locator('.mast-Preview')).toContainText('TELESCOP');
      await passes('the header of a FITS file', '.mast-Preview');

      await lab.widen(100);
      await page.mouse.move(700, 700);
      await passes('250 px');
      await lab.widen(300);

      await lab.goTo.fill('TIC 377780790');
      await expect(page.getByRole('option').first()).toBeVisible();
      await passes('places found', '.mast-PopupList');
      await lab.goTo.fill('');

      await lab.panel.getByRole('textbox', { name: /Filter/ }).fill('nothing');
      await expect(lab.panel).toContainText('Nothing starts with');
      await passes('nothing found');

      await lab.panel
        .getByRole('combobox', { name: /Archive and root/ })
        .click();
      await expect(page.getByRole('option').first()).toBeVisible();
      await passes('the chooser', '.mast-PopupList');
      await page.getByRole('option', { name: /^Hubble/ }).click();
      await expect(lab.panel).toContainText('cannot be reached');
      await passes('an archive away');
    });
  }
});

test.describe('states', () => {
  const LISTS = /jupyterlab-mast\/archive\/sample\/s3\/stpubdata\/?\?list-type/;
  const error = (code: string, status: number, headers = {}) => ({
    status,
    contentType: 'application/xml',
    headers,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message><RequestId>r1</RequestId></Error>`
  });

  test('nothing is fetched, and no code of S3 loaded, before the panel is shown', async ({
    closedLab: lab
  }) => {
    const seen = watch(lab);
    const scripts = watchScripts(lab);
    /** How many of the scripts hold the SDK. */
    const withSdk = async () =>
      (await Promise.all(scripts)).filter(text =>
        text.includes('ListObjectsV2')
      ).length;
    await lab.open();
    await lab.page.waitForLoadState('networkidle');
    expect(seen).toEqual([]);
    expect(scripts.length).toBeGreaterThan(0);
    expect(await withSdk()).toBe(0);
    await lab.openPanel();
    await expect(lab.grid.getByRole('row').first()).toBeVisible();
    expect(seen.length).toBeGreaterThan(0);
    expect(await withSdk()).toBe(1);
  });

  test('a panel whose code cannot be loaded says so, and comes with another try', async ({
    lab
  }) => {
    lab.allowed.push(/ERR_FAILED|ChunkLoadError|Loading chunk/);
    const scripts = /jupyterlab-mast\/static\//;
    await lab.page.route(scripts, route => route.abort());
    await lab.tab.click();
    await expect(lab.panel).toContainText('This could not be loaded: ');
    await lab.page.unroute(scripts);
    await lab.button('Try again').click();
    await expect(lab.row('hst')).toBeVisible();
    await expect(lab.panel).not.toContainText('This could not be loaded: ');
  });

  test('an archive that cannot be reached offers the sample', async ({
    lab
  }) => {
    lab.allowed.push(/50\d|503|502|504/);
    await lab.openPanel();
    await lab.panel.getByRole('combobox', { name: /Archive and root/ }).click();
    await lab.page.getByRole('option', { name: /^Hubble/ }).click();
    await expect(lab.panel).toContainText('cannot be reached');
    await expect(
      lab.panel.getByRole('button', { name: 'Try again' })
    ).toBeVisible();
    await expect(lab.panel.locator('.mast-StatusLine')).toContainText(
      /again in \d+ s/
    );
    await lab.panel
      .getByRole('button', { name: 'Open the sample archive' })
      .click();
    await expect(lab.row('hst')).toBeVisible();
    await expect(lab.panel).not.toContainText('cannot be reached');
    await expect(
      lab.panel.getByRole('combobox', { name: /Archive and root/ })
    ).toHaveAccessibleName(/[Ss]ample/);
  });

  test('no access, with the way up and details to copy', async ({
    lab,
    context
  }) => {
    lab.allowed.push(/403/);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await lab.at('hst/public/');
    await lab.page.route(LISTS, route =>
      route.fulfill(error('AccessDenied', 403))
    );
    await lab.row('ibg7').dblclick();
    await expect(lab.panel).toContainText('You may not list this folder');
    await expect(lab.panel).toContainText('answered 403 for hst/public/ibg7/');
    await lab.panel.getByRole('button', { name: 'Copy details' }).click();
    await expect
      .poll(() => lab.clipboard())
      .toMatch(
        /target: hst\/public\/ibg7\/[^]*status: 403\ncode: AccessDenied[^]*time: 20\d\d-/
      );
    await lab.page.unroute(LISTS);
    await lab.panel.getByRole('button', { name: 'Go up to public' }).click();
    await expect(lab.row('ibg7')).toBeVisible();
  });

  test('throttled: says when it tries again, and does', async ({ lab }) => {
    lab.allowed.push(/503/);
    await lab.at('hst/public/');
    let asked = 0;
    await lab.page.route(LISTS, route => {
      asked += 1;
      return asked < 3
        ? route.fulfill(error('SlowDown', 503, { 'retry-after': '1' }))
        : route.continue();
    });
    await lab.row('ibg7').dblclick();
    await expect(lab.panel).toContainText('The archive asks us to slow down');
    await expect(lab.row('ibg705081_drz.fits')).toBeVisible();
    expect(asked).toBe(3);
  });

  test('a folder that loads is said, with the path at once; reloading shows what is new', async ({
    lab
  }) => {
    await lab.at('hst/public/');
    let answer = () => {};
    const held = new Promise<void>(resolve => {
      answer = resolve;
    });
    await lab.page.route(LISTS, async route => {
      await held;
      await route.continue();
    });
    await lab.row('ibg7').dblclick();
    await expect(lab.place).toHaveText('ibg7');
    await expect(lab.panel.locator('.mast-Skeleton')).toBeVisible();
    const status = lab.panel.locator('.mast-StatusLine');
    await expect(status).toContainText('Loading hst/public/ibg7/ …');
    answer();
    await expect(lab.row('ibg705081_drz.fits')).toBeVisible();
    await expect(lab.panel.locator('.mast-Skeleton')).toHaveCount(0);
    await lab.page.unroute(LISTS);

    await lab.row('ibg705081_drz.fits').click();
    const total = /all (\d+) shown/.exec((await status.innerText()) ?? '')?.[1];
    await lab.page.route(LISTS, async route => {
      const page = await route.fetch();
      const body = (await page.text()).replace(
        '</ListBucketResult>',
        '<Contents><Key>hst/public/ibg7/new.txt</Key><Size>1</Size></Contents></ListBucketResult>'
      );
      await route.fulfill({ response: page, body });
    });
    await lab.widen(300);
    await lab.button('Reload this folder').click();
    await expect(status).toContainText(`all ${Number(total) + 1} shown`);
    await expect(lab.selected).toContainText('ibg705081_drz.fits');
  });

  test('a folder that is not there any more', async ({ lab }) => {
    await lab.openPanel();
    await expect(lab.row('hst')).toBeVisible();
    await lab.page.route(LISTS, route =>
      route.fulfill({
        contentType: 'application/xml',
        body: '<?xml version="1.0"?><ListBucketResult><Name>stpubdata</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>'
      })
    );
    await lab.row('hst').dblclick();
    await expect(lab.panel).toContainText(
      'This folder is not in the archive any more'
    );
    await expect(lab.panel).toContainText('hst/ has no entries');
  });

  test('garbage and a cut connection are told, and another try works', async ({
    lab
  }) => {
    lab.allowed.push(/ERR_|500/);
    await lab.at('hst/public/');
    let answers: ('garbage' | 'cut' | 'broken')[] = [
      'garbage',
      'cut',
      'broken'
    ];
    await lab.page.route(LISTS, route => {
      const [answer] = answers;
      answers = answers.slice(1);
      switch (answer) {
        case 'garbage':
          return route.fulfill({ contentType: 'text/html', body: '<p>proxy' });
        case 'cut':
          return route.abort('connectionreset');
        case 'broken':
          return route.fulfill(error('InternalError', 500));
        default:
          return route.continue();
      }
    });
    const again = lab.panel.getByRole('button', { name: 'Try again' });
    await lab.row('ibg7').dblclick();
    await expect(lab.panel).toContainText('The answer is not a list of files');
    await again.click();
    await expect(lab.panel).toContainText('does not answer');
    await again.click();
    await expect(lab.panel).toContainText(
      'The archive answered with an error (500)'
    );
    await again.click();
    await expect(lab.row('ibg705081_drz.fits')).toBeVisible();
  });

  /** A folder of 2,000 files, as two pages of the archive. */
  async function twoPages(lab: Lab): Promise<void> {
    const page = (from: number, more: boolean) =>
      `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${
        more ? '<NextContinuationToken>next</NextContinuationToken>' : ''
      }${Array.from(
        { length: 1000 },
        (_, i) =>
          `<Contents><Key>hst/f${String(from + i).padStart(5, '0')}.txt</Key><Size>${from + i}</Size><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`
      ).join('')}</ListBucketResult>`;
    await lab.page.route(LISTS, route =>
      route.fulfill({
        contentType: 'application/xml',
        body: route.request().url().includes('continuation-token')
          ? page(1000, false)
          : page(0, true)
      })
    );
  }

  test('another order than by name says that it loads the whole folder first', async ({
    lab
  }) => {
    await lab.openPanel();
    await expect(lab.row('hst')).toBeVisible();
    await twoPages(lab);
    await lab.row('hst').dblclick();
    await expect(lab.row('f00000.txt')).toBeVisible();
    const size = lab.panel.getByRole('button', { name: 'Sort by Size' });
    await size.click();
    const dialog = lab.page.getByRole('dialog');
    await expect(dialog).toContainText('more than 1,000 entries');
    await dialog.getByRole('button', { name: 'Keep order by name' }).click();
    await expect(lab.row('f00000.txt')).toBeVisible();
    await size.click();
    await dialog.getByRole('button', { name: 'Load and sort' }).click();
    await expect(lab.grid.locator('.mast-Row').first()).toContainText(
      'f01999.txt'
    );
    await expect(lab.panel.locator('.mast-StatusLine')).toContainText(
      'all 2,000 shown'
    );
  });

  test('what is not loaded yet is said, and loaded on approach', async ({
    lab
  }) => {
    await lab.openPanel();
    await expect(lab.row('hst')).toBeVisible();
    await twoPages(lab);
    await lab.row('hst').dblclick();
    const status = lab.panel.locator('.mast-StatusLine');
    await expect(status).toContainText('1,000 shown · more to load');
    await lab.grid.focus();
    await lab.page.keyboard.press('End');
    await expect(status).toContainText('all 2,000 shown');
    await lab.page.keyboard.press('End');
    await expect(lab.row('f01999.txt')).toBeVisible();
    expect(await lab.grid.locator('.mast-Row').count()).toBeLessThan(60);
  });
});

test('the panel lists what the sample server has @notebook', async ({
  lab
}) => {
  expect(environment.sample.bucket).toBe('stpubdata');
  await lab.execute('mast:go-to', { text: ASSOCIATION, archive: 'sample' });
  await expect(lab.row('ibg705081_drz.fits')).toBeVisible();
});
