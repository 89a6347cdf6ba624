import { environment, expect, test, type Lab } from './fixtures';
import { readFile } from 'node:fs/promises';

const DOCUMENTS = 'mast/hlsp/sample/hlsp_sample_hst_wfc3_field_f160w_v1_';
const FOLDER = 'hst/public/ibg7/ibg705080/';

/** Open the panel with one file selected. */
async function select(lab: Lab, key: string): Promise<void> {
  await lab.openPanel();
  await lab.go(key);
  await expect(lab.grid.locator('.mast-Row.mast-mod-selected')).toContainText(
    key.slice(key.lastIndexOf('/') + 1)
  );
}

async function clipboard(lab: Lab): Promise<string> {
  return lab.page.evaluate(() => navigator.clipboard.readText());
}

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test.describe('insert code', () => {
  test('as a new cell, at the cursor, and for many files', async ({ lab }) => {
    const notebook = await lab.newNotebook();
    await select(lab, `${FOLDER}ibg705081_drz.fits`);
    await lab.panel.getByRole('button', { name: 'Insert code' }).click();
    const cells = notebook.locator('.jp-Notebook-cell');
    await expect(cells).toHaveCount(1);
    await expect(cells.first()).toContainText(
      `s3://stpubdata/${FOLDER}ibg705081_drz.fits`
    );
    expect(await lab.runCell()).toContain('SCI');

    await lab.row('ibg705o8q_flt.fits').click();
    await lab.row('ibg705obq_flt.fits').click({ modifiers: ['Control'] });
    await lab.grid.focus();
    await lab.page.keyboard.press('Alt+i');
    await expect(
      notebook.locator('.jp-Notebook-cell.jp-mod-active')
    ).toContainText('ibg705obq_flt.fits');
    const output = await lab.runCell();
    expect(output).not.toMatch(/Traceback/);
  });

  test('without a notebook, makes one in the folder of the file browser', async ({
    lab
  }) => {
    await select(lab, `${FOLDER}ibg705081_drz.fits`);
    await lab.execute('mast:insert-code');
    await expect(
      lab.page.locator('.jp-NotebookPanel .jp-Notebook-cell')
    ).toContainText('ibg705081_drz.fits');
  });

  test('by another template of the menu', async ({ lab }) => {
    const notebook = await lab.newNotebook();
    await select(lab, `${FOLDER}ibg705081_drz.fits`);
    await lab.row('ibg705081_drz.fits').click({ button: 'right' });
    await lab.page
      .locator('.lm-Menu-item', { hasText: 'Insert code as' })
      .hover();
    await lab.page.keyboard.press('ArrowRight');
    const items = lab.page.locator('.lm-Menu').last().locator('.lm-Menu-item');
    await expect(items.filter({ hasText: 'at the cursor' })).toBeVisible();
    await items.filter({ hasText: 'boto3' }).click();
    await expect(
      notebook.locator('.jp-Notebook-cell.jp-mod-active')
    ).toContainText('download_file');
  });

  test('templates of the settings are used', async ({ closedLab: lab }) => {
    await lab.set('jupyterlab-mast:archive-actions', 'templates', [
      {
        id: 'mine',
        title: 'Mine',
        kinds: [],
        extensions: [],
        one: 'print({{name}})'
      }
    ]);
    await lab.open();
    const notebook = await lab.newNotebook();
    await select(lab, `${FOLDER}ibg705081_drz.fits`);
    await lab.execute('mast:insert-code');
    await expect(
      notebook.locator('.jp-Notebook-cell.jp-mod-active')
    ).toContainText('print("ibg705081_drz.fits")');
    expect(await lab.runCell()).toContain('ibg705081_drz.fits');
  });
});

test.describe('drag', () => {
  async function drag(lab: Lab, to: { x: number; y: number }): Promise<void> {
    const row = await lab.grid
      .locator('.mast-Row.mast-mod-selected')
      .boundingBox();
    if (!row) {
      throw new Error('no row is selected');
    }
    const { mouse } = lab.page;
    await mouse.move(row.x + 60, row.y + 10);
    await mouse.down();
    await mouse.move(row.x + 80, row.y + 20, { steps: 4 });
    await expect(lab.page.locator('.mast-Ghost')).toContainText('1 file');
    await mouse.move(to.x, to.y, { steps: 8 });
    await mouse.up();
  }

  test('to a notebook makes a new cell with the code', async ({ lab }) => {
    const notebook = await lab.newNotebook();
    await select(lab, `${FOLDER}ibg705081_drz.fits`);
    const cell = await notebook
      .locator('.jp-Notebook-cell')
      .first()
      .boundingBox();
    await drag(lab, { x: (cell?.x ?? 0) + 200, y: (cell?.y ?? 0) + 10 });
    await expect(notebook.locator('.jp-Notebook-cell')).toHaveCount(2);
    await expect(notebook.locator('.jp-Notebook-cell').first()).toContainText(
      'ibg705081_drz.fits'
    );
    await expect(lab.page.locator('.mast-Ghost')).toHaveCount(0);
  });

  test('to a text editor inserts the URI', async ({ lab }) => {
    await lab.execute('fileeditor:create-new');
    const editor = lab.page.locator('.jp-FileEditor .cm-content');
    await expect(editor).toBeVisible();
    await select(lab, `${FOLDER}ibg705081_drz.fits`);
    const box = await editor.boundingBox();
    await drag(lab, { x: (box?.x ?? 0) + 50, y: (box?.y ?? 0) + 10 });
    await expect(editor).toContainText(
      `s3://stpubdata/${FOLDER}ibg705081_drz.fits`
    );
  });
});

test('copies addresses of every kind', async ({ lab }) => {
  await select(lab, `${FOLDER}ibg705081_drz.fits`);
  const { endpoint } = environment.sample;
  const expected: [string, string][] = [
    ['mast:copy-s3-uri', `s3://stpubdata/${FOLDER}ibg705081_drz.fits`],
    [
      'mast:copy-https-url',
      `${endpoint}/stpubdata/${FOLDER}ibg705081_drz.fits`
    ],
    ['mast:copy-mast-uri', 'mast:HST/product/ibg705081_drz.fits'],
    ['mast:copy-python-string', `"s3://stpubdata/${FOLDER}ibg705081_drz.fits"`],
    ['mast:copy-file-name', 'ibg705081_drz.fits']
  ];
  for (const [command, text] of expected) {
    await lab.execute(command);
    await expect.poll(() => clipboard(lab)).toBe(text);
  }
  await lab.execute('mast:copy-python');
  await expect.poll(() => clipboard(lab)).toContain('fits.open');
});

test('downloads the bytes under the name of the file', async ({ lab }) => {
  await select(lab, `${FOLDER}ibg705081_drz.jpg`);
  const waiting = lab.page.waitForEvent('download');
  await lab.panel
    .getByRole('button', { name: 'Download to this computer' })
    .click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe('ibg705081_drz.jpg');
  const bytes = await readFile(await download.path());
  const direct = await fetch(
    `${environment.sample.endpoint}/stpubdata/${FOLDER}ibg705081_drz.jpg`
  );
  expect(bytes.equals(Buffer.from(await direct.arrayBuffer()))).toBe(true);
});

test('properties show size, version and addresses', async ({ lab }) => {
  await select(lab, `${FOLDER}ibg705081_drz.fits`);
  await lab.grid.focus();
  await lab.page.keyboard.press('Alt+Enter');
  const dialog = lab.page.getByRole('dialog');
  await expect(dialog).toContainText('bytes');
  await expect(dialog).toContainText('mast:HST/product/ibg705081_drz.fits');
  await expect(dialog).toContainText('ETag');
  await dialog.getByRole('button', { name: 'Close' }).click();
});

test('every command has a label, a caption, and is enabled only when it can run', async ({
  lab
}) => {
  const commands = async () =>
    lab.page.evaluate(() => {
      const { commands: registry } = (
        window as unknown as {
          jupyterapp: {
            commands: {
              listCommands(): string[];
              label(id: string): string;
              caption(id: string): string;
              isEnabled(id: string): boolean;
            };
          };
        }
      ).jupyterapp;
      return registry
        .listCommands()
        .filter(id => id.startsWith('mast:') && id !== 'mast:follow-link')
        .map(id => ({
          id,
          label: registry.label(id),
          caption: registry.caption(id),
          enabled: registry.isEnabled(id)
        }));
    });
  const before = await commands();
  expect(before.length).toBeGreaterThan(15);
  for (const { id, label, caption } of before) {
    expect(label, id).not.toBe('');
    expect(caption, id).not.toBe('');
  }
  expect(before.find(one => one.id === 'mast:insert-code')?.enabled).toBe(
    false
  );
  await select(lab, `${FOLDER}ibg705081_drz.fits`);
  const after = await commands();
  expect(after.find(one => one.id === 'mast:insert-code')?.enabled).toBe(true);
});

test.describe('opens read-only in JupyterLab’s viewers @smoke @collaboration', () => {
  const files: [string, string, RegExp | null][] = [
    [`${DOCUMENTS}readme.txt`, '.jp-FileEditor .cm-content', /./],
    [`${DOCUMENTS}catalog.csv`, '.jp-CSVViewer', null],
    [`${DOCUMENTS}about.json`, '.jp-RenderedJSON', null],
    [`${DOCUMENTS}tutorial.ipynb`, '.jp-Notebook', null],
    [`${DOCUMENTS}notes.md`, '.jp-MarkdownViewer, .jp-FileEditor', null],
    [`${DOCUMENTS}preview.png`, '.jp-ImageViewer img', null],
    ['hst/public/ibg7/ibg705080/ibg705081_drz.jpg', '.jp-ImageViewer img', null]
  ];
  for (const [key, selector, text] of files) {
    test(key, async ({ lab }) => {
      await select(lab, key);
      await lab.grid.focus();
      await lab.page.keyboard.press('Enter');
      const content = lab.page.locator(selector).first();
      await expect(content).toBeVisible();
      if (text) {
        await expect(content).toContainText(text);
      }
    });
  }

  test('a FITS file shows its header', async ({ lab }) => {
    await select(lab, `${FOLDER}ibg705081_drz.fits`);
    await lab.row('ibg705081_drz.fits').dblclick();
    const header = lab.page.locator('.mast-Preview');
    await expect(header).toContainText('No preview for this kind yet');
    await expect(header).toContainText('TELESCOP');
    await header.getByRole('row', { name: /SCI 1 IMAGE/ }).click();
    await expect(header).toContainText('EXTNAME');
    await header.getByRole('textbox', { name: 'Filter cards' }).fill('naxis1');
    await expect(header.locator('.mast-Card').first()).toContainText('NAXIS1');
    await expect(
      header.locator('.mast-Card', { hasText: 'EXTNAME' })
    ).toHaveCount(0);
  });
});
