import {
  mkdir,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile
} from 'node:fs/promises';
import path from 'node:path';
import { reaches } from './copying';
import { SAMPLES } from './environment';
import { environment, expect, test, type Lab } from './fixtures';
import {
  clean,
  fill,
  inWorkspace,
  isThere,
  limited,
  MB,
  notification,
  open,
  quota,
  THEMES,
  usage,
  within
} from './usage';

const FOLDER = 'hst/public/ibg7/ibg705080/';
const DRZ = 'ibg705081_drz.fits';
const ASN = 'ibg705080_asn.fits';

const dialog = (lab: Lab) => lab.page.getByRole('dialog');
const group = (lab: Lab, name: string) =>
  dialog(lab).locator(`[data-group="${name}"]`);

/** Copies of two files of the samples, an old checkpoint and a cache. */
async function prepare(): Promise<void> {
  const answer = await fetch(`${environment.base}/jupyterlab-mast/transfers`, {
    method: 'POST',
    headers: { Authorization: `token ${environment.token}` },
    body: JSON.stringify({
      archive: 'sample',
      sources: [{ key: FOLDER + DRZ }, { key: FOLDER + ASN }],
      target: 'hst',
      layout: 'flat',
      start: 'now'
    })
  });
  expect(answer.status).toBe(201);
  await reaches(/^done$/);
  const checkpoint = 'notebooks/.ipynb_checkpoints/phot-checkpoint.ipynb';
  await mkdir(path.dirname(inWorkspace(checkpoint)), { recursive: true });
  await writeFile(inWorkspace(checkpoint), Buffer.alloc(MB));
  const old = new Date(Date.now() - 100 * 86_400_000);
  await utimes(inWorkspace(checkpoint), old, old);
  await fill({ '.cache/pip/http/wheel': 4 * MB, 'notebooks/phot.ipynb': MB });
}

/** Things that may go, as the server tells them. */
function many(name: string, count: number): object {
  return {
    group: name,
    allocated: count * MB,
    files: count,
    entries: Array.from({ length: count }, (_, i) => ({
      id: `${name}/${i}`,
      name: `${name} ${i}`,
      program: name === 'package-caches' ? `program ${i}` : null,
      folder: false,
      allocated: MB,
      files: 1,
      mark: ''
    }))
  };
}

async function show(lab: Lab): Promise<void> {
  await open(lab);
  await usage(lab).getByRole('button', { name: 'Free up space' }).click();
  await expect(group(lab, 'copies')).toBeVisible();
}

test.afterEach(async () => {
  for (const name of ['hst', 'notebooks', '.cache', 'mastDownload']) {
    await rm(inWorkspace(name), { recursive: true, force: true });
  }
});

for (const theme of THEMES) {
  test(`copies go, their badges too, and one click brings them back, ${theme}`, async ({
    closedLab: lab
  }) => {
    await prepare();
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    await lab.openPanel();
    await lab.go(FOLDER + DRZ);
    const badge = lab.row(DRZ).locator('.mast-Badge');
    await expect(badge).toBeVisible();

    await show(lab);
    await expect(group(lab, 'copies')).toContainText(
      '2 files, identical to the archive by checksum.'
    );
    await expect(group(lab, 'package-caches')).toContainText('pip');
    await expect(group(lab, 'checkpoints')).toContainText('1 saved state');
    await group(lab, 'copies')
      .getByRole('button', { name: 'Show list' })
      .click();
    await expect(group(lab, 'copies')).toContainText(`hst/${DRZ}`);
    await dialog(lab)
      .getByRole('button', { name: /^Remove 2 copies and 1 cache, / })
      .click();
    await expect(notification(lab)).toContainText(
      /MB freed: 2 copies and 1 cache removed\./
    );
    expect(await isThere(`hst/${DRZ}`)).toBe(false);
    expect(await isThere(`hst/${ASN}`)).toBe(false);
    expect(await isThere('.cache/pip')).toBe(false);
    expect(
      await isThere('notebooks/.ipynb_checkpoints/phot-checkpoint.ipynb')
    ).toBe(true);
    await expect(badge).toHaveCount(0);

    // One of them first, by keyboard alone.
    await usage(lab).getByRole('button', { name: 'Show files' }).focus();
    await lab.page.keyboard.press('Enter');
    await expect(dialog(lab).getByRole('option')).toHaveCount(2);
    await expect(dialog(lab).getByRole('searchbox')).toBeFocused();
    await lab.page.keyboard.type('_drz');
    await expect(dialog(lab).getByRole('searchbox')).toHaveValue('_drz');
    await expect(dialog(lab).getByRole('option')).toHaveCount(1);
    const list = dialog(lab).getByRole('listbox');
    await list.focus();
    await lab.page.keyboard.press('Space');
    await clean(lab, '.jp-Dialog-content');
    const fetch = dialog(lab).getByRole('button', {
      name: /^Fetch 1 file again, /
    });
    await fetch.focus();
    await lab.page.keyboard.press('Enter');
    await expect.poll(() => isThere(`hst/${DRZ}`)).toBe(true);
    await expect(
      usage(lab).getByText('1 removed file can be fetched again')
    ).toBeVisible({ timeout: 90_000 });
    expect(await isThere(`hst/${ASN}`)).toBe(false);

    // Then the rest.
    await usage(lab).getByRole('button', { name: 'Fetch again' }).click();
    await expect.poll(() => isThere(`hst/${ASN}`)).toBe(true);
    await expect(
      usage(lab).getByText(/(can be|being) fetched again/)
    ).toHaveCount(0, {
      timeout: 90_000
    });
    await expect(badge).toBeVisible();
    for (const name of [DRZ, ASN]) {
      const there = await readFile(inWorkspace(`hst/${name}`));
      expect(
        there.equals(await readFile(path.join(SAMPLES, FOLDER, name)))
      ).toBe(true);
    }
  });
}

test('what was changed stays, and so does all on Enter or Escape', async ({
  closedLab: lab
}) => {
  await prepare();
  await writeFile(inWorkspace(`hst/${ASN}`), 'my notes');
  await lab.open();
  await show(lab);
  await expect(group(lab, 'copies')).toContainText('1 file, identical');
  await expect(group(lab, 'changed')).toContainText('Never removed from here.');
  await expect(
    dialog(lab).getByRole('button', { name: 'Cancel' })
  ).toBeFocused();
  await lab.page.keyboard.press('Enter');
  await expect(dialog(lab)).toHaveCount(0);
  await usage(lab).getByRole('button', { name: 'Free up space' }).click();
  await expect(group(lab, 'copies')).toBeVisible();
  await lab.page.keyboard.press('Escape');
  await expect(dialog(lab)).toHaveCount(0);
  expect(await isThere(`hst/${DRZ}`)).toBe(true);
  expect(await isThere('.cache/pip/http/wheel')).toBe(true);
});

test('goes by keyboard alone', async ({ closedLab: lab }) => {
  await prepare();
  await lab.open();
  await open(lab);
  await usage(lab).getByRole('button', { name: 'Free up space' }).focus();
  await lab.page.keyboard.press('Enter');
  await expect(group(lab, 'copies')).toBeVisible();
  const copies = group(lab, 'copies').getByRole('checkbox');
  const checkpoints = group(lab, 'checkpoints').getByRole('checkbox');
  // Behind the last button comes the first box.
  await lab.page.keyboard.press('Tab');
  await expect(
    dialog(lab).getByRole('button', { name: /^Remove/ })
  ).toBeFocused();
  await lab.page.keyboard.press('Tab');
  await expect(copies).toBeFocused();
  await lab.page.keyboard.press('Space');
  await expect(copies).not.toBeChecked();
  await checkpoints.focus();
  await lab.page.keyboard.press('Space');
  await expect(checkpoints).toBeChecked();
  const remove = dialog(lab).getByRole('button', {
    name: /^Remove 1 cache and 1 checkpoint, /
  });
  await remove.focus();
  await lab.page.keyboard.press('Enter');
  await expect(dialog(lab)).toHaveCount(0);
  await expect
    .poll(() => isThere('notebooks/.ipynb_checkpoints/phot-checkpoint.ipynb'))
    .toBe(false);
  expect(await isThere(`hst/${DRZ}`)).toBe(true);
});

for (const theme of THEMES) {
  test(`what astroquery fetched is compared, adopted, and freed like a copy, ${theme}`, async ({
    closedLab: lab
  }) => {
    const place = 'mastDownload/HST/ibg705080';
    const good = `${place}/${DRZ}`;
    const cut = `${place}/${ASN}`;
    const [drz, asn] = await Promise.all(
      [DRZ, ASN].map(name => readFile(path.join(SAMPLES, FOLDER, name)))
    );
    await mkdir(inWorkspace(place), { recursive: true });
    await writeFile(inWorkspace(good), drz);
    await writeFile(inWorkspace(cut), asn.subarray(0, asn.length / 2));
    await fill({ 'hst/notes.txt': 1000 });
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    await open(lab);
    await usage(lab).getByRole('button', { name: 'Free up space' }).click();
    await group(lab, 'archive-caches')
      .getByRole('button', { name: 'Compare…' })
      .click();
    await expect(group(lab, 'shorter')).toContainText('1 file.');
    await group(lab, 'shorter')
      .getByRole('button', { name: 'Move 1 file to trash' })
      .click();
    await expect(group(lab, 'shorter')).toHaveCount(0);
    expect(await isThere(cut)).toBe(false);
    await group(lab, 'adoptable')
      .getByRole('button', { name: 'Adopt 1 file' })
      .click();
    await expect(dialog(lab)).toContainText('1 file is an archive copy now.');
    await clean(lab, '.jp-Dialog-content');
    await dialog(lab).getByRole('button', { name: 'Close' }).last().click();

    // It is marked in the archive panel, and stays where it was.
    await lab.openPanel();
    await lab.go(FOLDER + DRZ);
    await expect(lab.row(DRZ).locator('.mast-Badge')).toBeVisible();
    expect((await readFile(inWorkspace(good))).equals(drz)).toBe(true);
    void lab.execute('mast:free-up-space').catch(() => undefined);
    await expect(group(lab, 'copies')).toContainText(
      '1 file, identical to the archive by checksum.'
    );
  });
}

/** All but 200 kB are used; then an observation of 500 kB is to be copied. */
async function copyTooMuch(lab: Lab, theme: string): Promise<void> {
  await fill({ 'notebooks/phot.ipynb': MB, '.cache/pip/http/wheel': MB });
  const left = async () => (await quota()).roots[0].free ?? 0;
  const size = (await left()) - 200_000;
  await mkdir(inWorkspace('hst'), { recursive: true });
  for (let at = 0, part = 0; at < size; at += 32 * MB, part++) {
    await writeFile(
      inWorkspace(`hst/large-${part}`),
      Buffer.alloc(Math.min(32 * MB, size - at), 1)
    );
  }
  await fill({});
  expect(await left()).toBeLessThan(400_000);
  await lab.open();
  await lab.execute('apputils:change-theme', { theme });
  await lab.openPanel();
  await lab.go(FOLDER);
  void lab
    .execute('mast:copy-to-workspace', {
      archive: 'sample',
      sources: [{ prefix: FOLDER }]
    })
    .catch(() => undefined);
}

for (const theme of THEMES) {
  test(`a copy beyond the limit is refused with numbers, and goes on when space was freed, ${theme}`, async ({
    closedLab: lab
  }) => {
    await copyTooMuch(lab, theme);
    await expect(dialog(lab).getByRole('alert')).toContainText(
      /This copy needs \d+ kB more than you have\. Planned 52\d kB, free \d+ kB of 1\.00 GB\. 100\.0 MB stays reserved/
    );
    await clean(lab, '.jp-Dialog-content');
    await dialog(lab).getByRole('button', { name: 'Free up space' }).click();
    await expect(group(lab, 'package-caches')).toContainText('pip');
    await dialog(lab)
      .getByRole('button', { name: /^Remove 1 cache, / })
      .click();
    // Back to the copy, for which there is room now.
    await expect(dialog(lab)).toContainText('Copy to workspace');
    await expect(dialog(lab).getByRole('alert')).toHaveCount(0);
    await dialog(lab)
      .getByRole('button', { name: /^Copy \d+ files/ })
      .click();
    await reaches(/^done$/);
  });

  test(`a copy beyond the limit goes through when less is chosen, ${theme}`, async ({
    closedLab: lab
  }) => {
    await copyTooMuch(lab, theme);
    const refused = dialog(lab).getByRole('alert');
    await expect(refused).toContainText('Choose less below');
    const kinds = dialog(lab).getByRole('checkbox');
    const start = dialog(lab).getByRole('button', { name: /^(Copy|Wait)/ });
    // The largest kinds first. Each time the numbers of the new plan come.
    for (const [kind, left] of [9, 8, 6].entries()) {
      if ((await start.textContent())?.startsWith('Copy')) {
        break;
      }
      await kinds.nth(kind).click();
      await expect(start).toHaveText(
        new RegExp(`^(Wait for room for|Copy) ${left} files, `)
      );
    }
    await expect(start).toHaveText(/^Copy [68] files, [\d.]+ kB$/);
    await expect(refused).toHaveCount(0);
    await clean(lab, '.jp-Dialog-content');
    await start.click();
    await reaches(/^done$/);
    const copied = await readdir(inWorkspace('ibg705080'));
    expect([6, 8]).toContain(copied.length);
  });

  test(`a copy beyond the limit waits when it is told to, and begins by itself, ${theme}`, async ({
    closedLab: lab
  }) => {
    await copyTooMuch(lab, theme);
    await dialog(lab)
      .getByRole('button', { name: /^Wait for room for \d+ files, 50\d kB/ })
      .click();
    await reaches(/^waiting$/);
    await lab.execute('mast:show-transfers');
    await expect(lab.transfers).toContainText('Waiting for room');
    expect(await isThere(`ibg705080/${DRZ}`)).toBe(false);
    await rm(inWorkspace('hst/large-0'));
    await lab.execute('mast:count-again');
    await reaches(/^done$/);
    expect(await isThere(`ibg705080/${DRZ}`)).toBe(true);
  });
}

for (const theme of THEMES) {
  test(`axe finds nothing in it and nothing is cut, ${theme}`, async ({
    closedLab: lab
  }) => {
    await prepare();
    await writeFile(inWorkspace(`hst/${ASN}`), 'my notes');
    await limited(lab, () => 84);
    // Much of each kind, so that the button has much to say.
    await lab.page.route(/\/quota\/home\/freeable(\?|$)/, route =>
      route.fulfill({
        json: {
          before: Date.now() / 1000,
          groups: [
            many('package-caches', 7),
            many('trash', 1234),
            many('checkpoints', 4567)
          ]
        }
      })
    );
    await lab.open();
    await lab.execute('apputils:change-theme', { theme });
    void lab.execute('mast:free-up-space').catch(() => undefined);
    await expect(group(lab, 'changed')).toBeVisible();
    await group(lab, 'package-caches')
      .getByRole('button', { name: 'Show list' })
      .click();
    for (const box of await dialog(lab).getByRole('checkbox').all()) {
      await box.check();
    }
    for (const size of [
      { width: 1280, height: 720 },
      { width: 400, height: 560 }
    ]) {
      await lab.page.setViewportSize(size);
      await clean(lab, '.jp-Dialog-content');
      const content = dialog(lab).locator('.jp-Dialog-content');
      const cut = await content.evaluate(
        one => one.scrollWidth > one.clientWidth + 1
      );
      expect(cut).toBe(false);
      for (const name of ['Cancel', /^Remove 1 copy, 7 caches, /]) {
        await within(dialog(lab).getByRole('button', { name }), content);
      }
    }
  });
}
