import { environment, expect, test, type Lab } from './fixtures';
import { readFile } from 'node:fs/promises';

const DOCUMENTS = 'mast/hlsp/sample/hlsp_sample_hst_wfc3_field_f160w_v1_';
const FOLDER = 'hst/public/ibg7/ibg705080/';
/** Markdown opens in a viewer, or as text. */
const DOCUMENT = ':is(.jp-MarkdownViewer, .jp-FileEditor)';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test.describe('insert code', () => {
  test('into an empty cell, as a new cell for many files, and at the cursor', async ({
    lab
  }) => {
    const notebook = await lab.newNotebook();
    await lab.select(`${FOLDER}ibg705081_drz.fits`);
    await lab.button('Insert code').click();
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
    await expect(cells).toHaveCount(2);
    await expect(cells.first()).not.toContainText('ibg705obq_flt.fits');
    await expect(cells.last()).toHaveClass(/jp-mod-active/);
    await expect(cells.last()).toContainText('ibg705obq_flt.fits');
    const output = await lab.runCell();
    expect(output).toMatch(/\bSCI\b/);
    expect(output).not.toMatch(/Traceback/);

    await lab.execute('notebook:insert-cell-below');
    await lab.execute('notebook:enter-edit-mode');
    await lab.page.keyboard.insertText('# before\n# after');
    await lab.page.keyboard.press('Home');
    await lab.execute('mast:insert-code', { position: 'cursor' });
    await expect(cells).toHaveCount(3);
    const lines = cells.last().locator('.cm-line');
    await expect(lines.first()).toHaveText('# before');
    await expect(lines.last()).toHaveText(/# after$/);
    await expect(cells.last()).toContainText('ibg705obq_flt.fits');
  });

  test('without a notebook, makes one in the folder of the file browser', async ({
    lab
  }) => {
    await lab.select(`${FOLDER}ibg705081_drz.fits`);
    await lab.execute('mast:insert-code');
    await expect(
      lab.page.locator('.jp-NotebookPanel .jp-Notebook-cell')
    ).toContainText('ibg705081_drz.fits');
  });

  test('not into a document of the archive that is in front', async ({
    lab
  }) => {
    const notebook = await lab.newNotebook();
    await lab.select(`${DOCUMENTS}readme.txt`);
    await lab.grid.focus();
    await lab.page.keyboard.press('Enter');
    const text = lab.page.locator('.jp-FileEditor:visible .cm-content');
    await expect(text).toContainText('no measurement');
    const before = await text.innerText();
    await lab.select(`${FOLDER}ibg705081_drz.fits`);
    await lab.execute('mast:insert-code');
    // The notebook comes to the front.
    await expect(notebook.locator('.jp-Notebook-cell')).toContainText(
      'ibg705081_drz.fits'
    );
    await lab.execute('docmanager:open', {
      path: `MAST:sample/${DOCUMENTS}readme.txt`
    });
    await expect(text).toBeVisible();
    expect(await text.innerText()).toBe(before);
  });

  test('by another template of the menu', async ({ lab }) => {
    const notebook = await lab.newNotebook();
    await lab.select(`${FOLDER}ibg705081_drz.fits`);
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
    await lab.select(`${FOLDER}ibg705081_drz.fits`);
    await lab.execute('mast:insert-code');
    await expect(
      notebook.locator('.jp-Notebook-cell.jp-mod-active')
    ).toContainText('print("ibg705081_drz.fits")');
    expect(await lab.runCell()).toContain('ibg705081_drz.fits');
  });
});

test('from the tree of Notebook, into a notebook in a page of its own @notebook', async ({
  lab,
  context
}) => {
  // Notebook's own, of the document that it opens elsewhere and forgets here.
  lab.allowed.push(/of null \(reading '(updateRenderOption|insertWidget)'\)/);
  const key = `${FOLDER}ibg705081_drz.fits`;
  await lab.execute('mast:go-to', { text: key, archive: 'sample' });
  await expect(lab.selected).toContainText('ibg705081_drz.fits');
  const opening = context.waitForEvent('page');
  await lab.button('Insert code').click();
  const page = await opening;
  await expect(page.locator('.jp-Notebook-cell')).toContainText(
    `s3://stpubdata/${key}`
  );
  const answer = await fetch(
    `${environment.base}/api/contents/Untitled.ipynb?token=${environment.token}`
  );
  const { content } = (await answer.json()) as {
    content: { cells: { source: string }[] };
  };
  expect(content.cells.map(cell => cell.source)).toEqual([
    expect.stringContaining(`s3://stpubdata/${key}`)
  ]);
});

test.describe('drag', () => {
  /** Drag what is selected to a place, and hold it there. */
  async function hold(
    lab: Lab,
    to: { x: number; y: number },
    what = 'ibg705081_drz.fits, 156 kB'
  ): Promise<void> {
    const row = await lab.selected.first().boundingBox();
    if (!row) {
      throw new Error('no row is selected');
    }
    const { mouse } = lab.page;
    await mouse.move(row.x + 60, row.y + 10);
    await mouse.down();
    await mouse.move(row.x + 80, row.y + 20, { steps: 4 });
    await expect(lab.page.locator('.mast-Ghost')).toContainText(what);
    await mouse.move(to.x, to.y, { steps: 8 });
  }

  async function drag(
    lab: Lab,
    to: { x: number; y: number },
    what?: string
  ): Promise<void> {
    await hold(lab, to, what);
    await lab.page.mouse.up();
  }

  test('to a notebook makes a new cell with the code, of several files too; Esc makes none', async ({
    lab
  }) => {
    const notebook = await lab.newNotebook();
    await lab.select(`${FOLDER}ibg705081_drz.fits`);
    const cell = await notebook
      .locator('.jp-Notebook-cell')
      .first()
      .boundingBox();
    const place = { x: (cell?.x ?? 0) + 200, y: (cell?.y ?? 0) + 10 };
    const cells = notebook.locator('.jp-Notebook-cell');
    const ghost = lab.page.locator('.mast-Ghost');
    await hold(lab, place);
    await expect(ghost).toContainText('Insert code as a new cell');
    await lab.page.keyboard.press('Escape');
    await expect(ghost).toHaveCount(0);
    await lab.page.mouse.up();
    await expect(cells).toHaveCount(1);

    await drag(lab, place);
    await expect(cells).toHaveCount(2);
    await expect(cells.first()).toContainText('ibg705081_drz.fits');
    await expect(ghost).toHaveCount(0);

    await lab.row('ibg705o8q_flt.fits').click();
    await lab.row('ibg705obq_flt.fits').click({ modifiers: ['Control'] });
    await drag(lab, place, '2 files, 202 kB');
    await expect(cells).toHaveCount(3);
    await expect(cells.first()).toContainText('ibg705o8q_flt.fits');
    await expect(cells.first()).toContainText('ibg705obq_flt.fits');
  });

  test('to a text editor inserts the URI', async ({ lab }) => {
    await lab.execute('fileeditor:create-new');
    const editor = lab.page.locator('.jp-FileEditor .cm-content');
    await expect(editor).toBeVisible();
    await lab.select(`${FOLDER}ibg705081_drz.fits`);
    const box = await editor.boundingBox();
    await hold(lab, { x: (box?.x ?? 0) + 50, y: (box?.y ?? 0) + 10 });
    await expect(lab.page.locator('.mast-Ghost')).toContainText(
      'Insert the URI'
    );
    await lab.page.mouse.up();
    await expect(editor).toContainText(
      `s3://stpubdata/${FOLDER}ibg705081_drz.fits`
    );
  });

  test('where nothing takes it says so, in the place of the icon too', async ({
    lab
  }) => {
    await lab.select(`${FOLDER}ibg705081_drz.fits`);
    const launcher = await lab.page.locator('.jp-Launcher').boundingBox();
    const ghost = lab.page.locator('.mast-Ghost');
    await hold(lab, { x: launcher!.x + 50, y: launcher!.y + 50 });
    await expect(ghost).toContainText('Nothing can be dropped here');
    await expect(
      ghost.locator('[data-icon="jupyterlab-mast:error"]')
    ).toBeVisible();
    await lab.page.mouse.up();
    await expect(ghost).toHaveCount(0);
  });
});

test('copies addresses of every kind', async ({ lab }) => {
  await lab.select(`${FOLDER}ibg705081_drz.fits`);
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
    await expect.poll(() => lab.clipboard()).toBe(text);
  }
  await lab.execute('mast:copy-python');
  await expect.poll(() => lab.clipboard()).toContain('fits.open');
});

test('copies the address of a folder by its menu', async ({ lab }) => {
  await lab.at('hst/public/');
  await lab.row('ibg7').click({ button: 'right' });
  await lab.page.locator('.lm-Menu-item', { hasText: 'Copy as' }).hover();
  await lab.page.keyboard.press('ArrowRight');
  const items = lab.page
    .locator('.lm-Menu')
    .last()
    .locator('.lm-Menu-itemLabel');
  await expect(items).toHaveText(['S3 URI', 'HTTPS address']);
  await items.first().click();
  await expect
    .poll(() => lab.clipboard())
    .toBe('s3://stpubdata/hst/public/ibg7/');
});

test('downloads the bytes under the name of the file, of several files too', async ({
  lab
}) => {
  await lab.select(`${FOLDER}ibg705081_drz.jpg`);
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

  const names: string[] = [];
  lab.page.on('download', one => names.push(one.suggestedFilename()));
  await lab.row('ibg705o8q_raw.jpg').click();
  await lab.row('ibg705obq_raw.jpg').click({ modifiers: ['Control'] });
  await lab.button('Download to this computer').click();
  await expect
    .poll(() => names)
    .toEqual(['ibg705o8q_raw.jpg', 'ibg705obq_raw.jpg']);
});

test('properties show size, version and addresses', async ({ lab }) => {
  await lab.select(`${FOLDER}ibg705081_drz.fits`);
  await lab.grid.focus();
  await lab.page.keyboard.press('Alt+Enter');
  const dialog = lab.page.getByRole('dialog');
  const { endpoint } = environment.sample;
  const address = `${endpoint}/stpubdata/${FOLDER}ibg705081_drz.fits`;
  const { headers } = await fetch(address, { method: 'HEAD' });
  const bytes = Number(headers.get('content-length')).toLocaleString('en');
  const expected: [string, string | RegExp][] = [
    ['Size', `156 kB (${bytes} bytes)`],
    ['ETag', headers.get('etag')!],
    ['Key', `${FOLDER}ibg705081_drz.fits`],
    ['S3 URI', `s3://stpubdata/${FOLDER}ibg705081_drz.fits`],
    ['HTTPS address', address],
    ['MAST URI', 'mast:HST/product/ibg705081_drz.fits']
  ];
  await expect(dialog).toContainText('ETag');
  for (const [name, value] of expected) {
    const term = dialog.locator('dt', { hasText: new RegExp(`^${name}$`) });
    await expect(term.locator('xpath=following-sibling::dd[1]')).toHaveText(
      value
    );
  }
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toHaveCount(0);
});

/**
 * When each of our commands can run without arguments: always; once the panel
 * shows a place; when anything is selected in it; when exactly one file is; or
 * not here, where it has nothing to work on.
 */
const WHEN = {
  always: [
    'mast:show-archive',
    'mast:go-to',
    'mast:filter',
    // Without a selection it asks for what to copy.
    'mast:copy-to-workspace',
    'mast:copy-to',
    'mast:copy-from-list',
    'mast:show-transfers',
    'mast:show-usage',
    'mast:free-up-space',
    'mast:count-again'
  ],
  place: [
    'mast:go-back',
    'mast:go-up',
    'mast:reload-folder',
    'mast:toggle-grouping',
    'mast:toggle-bookmark'
  ],
  selection: [
    'mast:open',
    'mast:insert-code',
    'mast:copy-s3-uri',
    'mast:copy-https-url',
    'mast:copy-mast-uri',
    'mast:copy-python',
    'mast:copy-python-string',
    'mast:copy-file-name',
    'mast:download',
    'mast:save-selection-as-list'
  ],
  oneFile: [
    'mast:preview',
    'mast:show-properties',
    'mast:compare-with-archive'
  ],
  notHere: [
    'mast:go-forward',
    'mast:follow-link',
    'mast:review-copy',
    'mast:show-in-archive',
    'mast:verify-copy',
    'mast:fetch-again',
    'mast:pause-transfers',
    'mast:resume-transfers',
    'mast:clear-transfers'
  ]
};

test('every command has a label, a caption and an icon, and is enabled only when it can run', async ({
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
              icon(id: string): unknown;
              isEnabled(id: string): boolean;
            };
          };
        }
      ).jupyterapp;
      return registry
        .listCommands()
        .filter(id => /^(jupyterlab-)?mast\b/.test(id))
        .map(id => ({
          id,
          label: registry.label(id),
          caption: registry.caption(id),
          icon: registry.icon(id) !== undefined,
          enabled: registry.isEnabled(id)
        }));
    });
  const enabled = async () =>
    (await commands())
      .filter(one => one.enabled)
      .map(one => one.id)
      .sort();
  const all = await commands();
  for (const { id, label, caption, icon } of all) {
    expect(label, `the label of ${id}`).not.toBe('');
    expect(caption, `the caption of ${id}`).not.toBe('');
    expect(icon, `the icon of ${id}`).toBe(true);
  }
  // A command that is new comes into the table.
  expect(all.map(one => one.id).sort()).toEqual(
    Object.values(WHEN).flat().sort()
  );
  const { always, place, selection, oneFile } = WHEN;
  await expect.poll(enabled).toEqual([...always].sort());
  await lab.select(`${FOLDER}ibg705081_drz.fits`);
  await expect
    .poll(enabled)
    .toEqual([...always, ...place, ...selection, ...oneFile].sort());
  await lab.row('ibg705o8q_flt.fits').click({ modifiers: ['Control'] });
  await expect
    .poll(enabled)
    .toEqual([...always, ...place, ...selection].sort());
  await lab.grid.press('Escape');
  await expect.poll(enabled).toEqual([...always, ...place].sort());
});

test('the palette lists the commands and runs one by Enter; keys preview and bookmark', async ({
  lab
}) => {
  await lab.select(`${FOLDER}ibg705081_drz.fits`);
  // JupyterLab hides what cannot run: there has to be a way forward.
  await lab.at('hst/public/');
  await lab.button('Back').click();
  await lab.row('ibg705081_drz.fits').click();
  await expect(lab.selected).toContainText('ibg705081_drz.fits');
  const { keyboard } = lab.page;
  await lab.execute('apputils:activate-command-palette');
  const palette = lab.page.locator('.lm-CommandPalette:visible');
  const items = palette.locator('.lm-CommandPalette-item');
  await palette.locator('input').fill('mast archive');
  for (const label of [
    'Show Archive',
    'Go to in Archive…',
    'Filter Archive Folder',
    'Back in Archive',
    'Forward in Archive',
    'Up One Archive Folder',
    'Reload this folder',
    'Group by Observation',
    'Bookmark this folder',
    'Open read-only',
    'Preview',
    'Insert code',
    'S3 URI',
    'HTTPS address',
    'MAST URI',
    'Python code',
    'Python string',
    'File name',
    'Download to this computer',
    'Properties'
  ]) {
    await expect(
      items.locator('.lm-CommandPalette-itemLabel').getByText(label, {
        exact: true
      })
    ).toBeVisible();
  }
  await palette.locator('input').fill('s3 uri');
  await expect(items.first()).toHaveClass(/lm-mod-active/);
  await keyboard.press('Enter');
  await expect
    .poll(() => lab.clipboard())
    .toBe(`s3://stpubdata/${FOLDER}ibg705081_drz.fits`);

  await lab.grid.focus();
  await keyboard.press('Alt+b');
  await expect(lab.button('Remove the bookmark of this place')).toBeVisible();
  await lab.grid.focus();
  await keyboard.press('Space');
  await expect(lab.page.locator('.mast-Preview')).toContainText('TELESCOP');
});

test.describe('opens read-only in JupyterLab’s viewers @smoke @beside', () => {
  /** Open a file of the panel by the keyboard. */
  async function open(lab: Lab, key: string): Promise<void> {
    await lab.select(key);
    await lab.grid.focus();
    await lab.page.keyboard.press('Enter');
  }

  /** The document in front is said to be read-only, and is not saved. */
  async function readOnly(lab: Lab): Promise<void> {
    await expect(
      lab.page.locator('.jp-ToolbarLabelComponent:visible')
    ).toContainText('is read-only');
    const saving = lab.execute('docmanager:save');
    const dialog = lab.page.getByRole('dialog');
    await expect(dialog).toContainText('Document is read-only');
    await dialog.getByRole('button').click();
    await saving;
  }

  test('texts, tables and images, with their content', async ({ lab }) => {
    const files: [key: string, viewer: string, content: RegExp][] = [
      [`${DOCUMENTS}about.json`, '.jp-RenderedJSON', /SAMPLE-FIELD/],
      [`${DOCUMENTS}notes.md`, DOCUMENT, /Forty .*invented.* sources/],
      [`${DOCUMENTS}readme.txt`, '.jp-FileEditor', /no measurement/]
    ];
    for (const [key, viewer, content] of files) {
      await open(lab, key);
      await expect(lab.page.locator(`${viewer}:visible`)).toContainText(
        content
      );
    }
    await readOnly(lab);

    // The table is drawn on a canvas: what it holds is what it copies.
    await open(lab, `${DOCUMENTS}catalog.csv`);
    await lab.page
      .locator('.jp-CSVViewer:visible .lm-DataGrid')
      .click({ position: { x: 250, y: 40 } });
    await lab.page.keyboard.press('Control+c');
    await expect.poll(() => lab.clipboard()).toMatch(/(ra|dec)\n1\t[\d.]+$/);

    for (const key of [
      `${DOCUMENTS}preview.png`,
      `${FOLDER}ibg705081_drz.jpg`
    ]) {
      await open(lab, key);
      const image = lab.page.locator('.jp-ImageViewer:visible img');
      await expect
        .poll(() =>
          image.evaluate((node: HTMLImageElement) => node.naturalWidth)
        )
        .toBeGreaterThan(0);
    }
  });

  test('a notebook, which is not saved', async ({ lab }) => {
    await open(lab, `${DOCUMENTS}tutorial.ipynb`);
    const notebook = lab.page.locator('.jp-NotebookPanel:visible');
    await expect(notebook).toContainText(
      'Read only, as everything in an archive.'
    );
    await expect(notebook.locator('.jp-CodeCell .cm-content')).toContainText(
      '40 + 2'
    );
    await readOnly(lab);
  });

  test('a FITS file shows its header', async ({ lab }) => {
    await lab.select(`${FOLDER}ibg705081_drz.fits`);
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
