import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, type Lab } from './fixtures';

const KEYS = (
  JSON.parse(
    readFileSync(
      path.join(__dirname, '..', '..', 'tests', 'data', 'keys.json'),
      'utf8'
    )
  ) as { key: string }[]
).map(({ key }) => key);

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

/** Show the folder of the odd keys. */
async function list(lab: Lab): Promise<void> {
  await lab.execute('mast:go-to', { text: 'odd/', archive: 'odd' });
  await expect(lab.place).toHaveText('odd');
}

/** Go to an odd key, and have nothing but it selected. */
async function select(lab: Lab, key: string): Promise<void> {
  await lab.execute('mast:go-to', {
    text: `s3://odd-keys/${key}`,
    archive: 'odd'
  });
  if (key.endsWith('/')) {
    // A folder for everybody; its own object is the first in it.
    await lab.row('(the folder itself)').click();
  }
}

test('every odd key can be gone to, is selected, and its address is copied', async ({
  lab
}) => {
  test.setTimeout(300_000);
  await lab.openPanel();
  for (const key of KEYS) {
    await select(lab, key);
    await lab.execute('mast:copy-s3-uri');
    await expect
      .poll(() => lab.page.evaluate(() => navigator.clipboard.readText()), {
        message: key
      })
      .toBe(`s3://odd-keys/${key}`);
  }
});

/** What the open documents were loaded with; that in front is the last. */
async function texts(lab: Lab): Promise<string[]> {
  return lab.page.evaluate(() => {
    interface IWidget {
      readonly context?: { model: { toString(): string } };
    }
    const { shell } = (
      window as unknown as {
        jupyterapp: {
          shell: {
            widgets(area: string): Iterable<IWidget>;
            currentWidget: IWidget | null;
          };
        };
      }
    ).jupyterapp;
    const behind = [...shell.widgets('main')].filter(
      widget => widget !== shell.currentWidget
    );
    return [...behind, shell.currentWidget]
      .map(widget => widget?.context?.model.toString() ?? '')
      .filter(text => text !== '');
  });
}

test('every odd key opens from the panel as a document of its own', async ({
  lab
}) => {
  test.setTimeout(300_000);
  await lab.openPanel();
  for (const key of KEYS) {
    await select(lab, key);
    await lab.execute('mast:open');
    if (key.endsWith('.fits')) {
      await expect(
        lab.page.locator('.mast-FitsDocument:visible'),
        key
      ).toContainText(encodeURIComponent(key));
    } else {
      await expect
        .poll(async () => (await texts(lab)).pop(), { message: key })
        .toBe(key);
      await expect(
        lab.page.locator('.jp-FileEditor:visible .cm-content'),
        key
      ).toContainText('odd/');
    }
  }
  const documents = lab.page.locator('.jp-FileEditor, .mast-FitsDocument');
  await expect(documents).toHaveCount(KEYS.length);

  // All of them come back with the page.
  await lab.saved(KEYS[KEYS.length - 1], 'layout-restorer:data');
  await lab.reload();
  await expect(documents).toHaveCount(KEYS.length);
  await expect
    .poll(async () => (await texts(lab)).sort())
    .toEqual(KEYS.filter(key => !key.endsWith('.fits')).sort());
});

test('odd keys are listed, opened from the list, and inserted as code that runs', async ({
  lab
}) => {
  const notebook = await lab.newNotebook();
  await lab.openPanel();
  await list(lab);
  const names = [
    'a b.fits',
    'a+b.fits',
    'é.fits',
    '🔭.fits',
    '\'single\' "double"'
  ];
  const filter = lab.panel.getByRole('textbox', { name: /Filter by start/ });
  for (const name of names) {
    await filter.fill(name);
    await expect(lab.grid.locator('.mast-Row')).toHaveCount(1);
    await expect(lab.row(name)).toBeVisible();
  }
  await filter.fill('a');
  await lab.row('a b.fits').click();
  await lab.row('a+b.fits').click({ modifiers: ['Control'] });
  await lab.execute('mast:insert-code', { template: 'download' });
  const cell = notebook.locator('.jp-Notebook-cell.jp-mod-active');
  await expect(cell).toContainText('odd/a b.fits');
  expect(await lab.runCell()).not.toMatch(/Traceback/);
  await filter.fill('${');
  await lab.row('${HOME}').waitFor();
  await lab.row('${HOME}').dblclick();
  await expect(
    lab.page.locator('.jp-FileEditor:visible .cm-content')
  ).toContainText('odd/${HOME}`id`');
});

test('all odd keys are listed in one view, and inserted as code that reads them in one go', async ({
  lab
}) => {
  const notebook = await lab.newNotebook();
  await lab.openPanel();
  await list(lab);
  await lab.button('Group by observation').click();
  await expect(lab.panel.locator('.mast-StatusLine')).toContainText(
    `all ${KEYS.length} shown`
  );
  const rows = lab.grid.locator('.mast-Row-object');
  const seen = new Set<string>();
  await lab.grid.focus();
  await lab.page.keyboard.press('Home');
  await expect
    .poll(async () => {
      const ids = await rows.evaluateAll((all: HTMLElement[]) =>
        all.map(row => row.dataset.id ?? '')
      );
      ids.forEach(id => seen.add(id.slice('o:'.length)));
      await lab.page.keyboard.press('PageDown');
      return seen.size;
    })
    .toBe(KEYS.length);
  expect([...seen].sort()).toEqual([...KEYS].sort());

  await lab.page.keyboard.press('Control+a');
  await expect(lab.panel.locator('.mast-StatusLine')).toContainText(
    `${KEYS.length} selected`
  );
  await lab.execute('mast:insert-code', { template: 'download' });
  await expect(
    notebook.locator('.jp-Notebook-cell.jp-mod-active')
  ).toContainText('download_file');
  expect(await lab.runCell()).not.toMatch(/Traceback/);
  // Each holds its own key, as scripts/odd_archive.py wrote it.
  const read = `from urllib.parse import quote
read = {key: open(name, 'rb').read() for key, name in files.items()}
print(len(read), all(data == key.encode() or f"'{quote(key, safe='')}'".encode() in data for key, data in read.items()))`;
  expect(await lab.runCode(read)).toContain(`${KEYS.length} True`);
});
