import {
  test as base,
  expect,
  type ConsoleMessage,
  type Locator,
  type Page
} from '@playwright/test';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { environment } from './environment';

export { environment, expect };

/** What JupyterLab itself says in the console, whoever is installed. */
const OF_JUPYTERLAB = [
  // The icon of a kernel without one, and source maps of nobody's.
  /favicon|\.map\b/,
  // JupyterLab 4.2 and 4.3 in new browsers.
  /Unload event|Third-party cookie/,
  // Notebook with or without us, in its own files: 7.6 lacks the settings of a
  // plugin, and 7.2 the default viewers among those of another.
  ...(environment.app === 'notebook'
    ? [
        /undefined \(reading 'schema'\)/,
        /Cannot convert undefined or null to object .*\/static\/notebook\//
      ]
    : [])
];

let workspaces = 0;

/**
 * JupyterLab (or Notebook) in a page, in a workspace of its own, with empty
 * settings, an empty folder and no kernels.
 */
export class Lab {
  constructor(readonly page: Page) {}

  /** Console errors and page errors that are expected in this test. */
  readonly allowed: RegExp[] = [];
  readonly problems: string[] = [];

  /** Wait for all that has to be there before a test may begin. */
  async open(query = ''): Promise<void> {
    workspaces += 1;
    this._workspace = `test-${process.pid}-${workspaces}`;
    const where = {
      lab: `lab/workspaces/${this._workspace}?reset&`,
      notebook: 'tree?',
      lite: 'lab/index.html?reset&'
    }[environment.app];
    await this.page.goto(
      `${environment.base}/${where}token=${environment.token}${query && '&'}${query}`
    );
    await this.ready();
  }

  /** Wait for the shell: after `open`, or after `page.reload()`. */
  async ready(): Promise<void> {
    if (environment.app === 'notebook') {
      await expect(this.page.locator('.jp-FileBrowser')).toBeVisible();
      return;
    }
    await expect(this.page.locator('#jupyterlab-splash')).toHaveCount(0);
    await expect(
      this.page
        .locator('#jp-main-dock-panel')
        .locator('.jp-Launcher:visible, .jp-Document:visible')
        .first()
    ).toBeVisible();
  }

  /** The archive panel. */
  get panel(): Locator {
    return this.page.locator('.mast-Archive');
  }

  /** The list of the archive panel. */
  get grid(): Locator {
    return this.panel.locator('.mast-Grid[aria-label^="Contents of"]');
  }

  /** The box that goes to a key, a URI, a target … */
  get goTo(): Locator {
    return this.panel.getByRole('combobox', { name: 'Go to' });
  }

  /** The tab of the archive panel in the side bar. */
  get tab(): Locator {
    return this.page.locator(
      '.jp-SideBar .lm-TabBar-tab[data-id="jupyterlab-mast-archive"]'
    );
  }

  /** Show the archive panel, and wait for what it lists first. */
  async openPanel(): Promise<void> {
    const open = await this.panel.isVisible();
    if (!open) {
      await this.tab.click();
    }
    await expect(this.panel).toBeVisible();
  }

  /** Make the archive panel so wide, in px, by the handle at its edge. */
  async widen(width: number): Promise<void> {
    const grid = (await this.grid.boundingBox())!;
    const { mouse } = this.page;
    await mouse.move(grid.x + grid.width + 2, 400);
    await mouse.down();
    await mouse.move(grid.x + width + 2, 400, { steps: 5 });
    await mouse.up();
  }

  /** Type into the "Go to" box and press Enter. */
  async go(text: string): Promise<void> {
    await this.goTo.fill(text);
    await this.goTo.press('Enter');
  }

  /** Open the panel at a folder. */
  async at(folder: string): Promise<void> {
    await this.openPanel();
    await this.go(folder);
    await expect(this.place).toHaveAttribute('title', folder);
    await expect(this.grid.getByRole('row').first()).toBeVisible();
  }

  /** Open the panel with one file selected. */
  async select(key: string): Promise<void> {
    await this.openPanel();
    await this.go(key);
    await expect(this.selected).toContainText(
      key.slice(key.lastIndexOf('/') + 1)
    );
  }

  /** The folder that is shown, the last of the path. */
  get place(): Locator {
    return this.panel.locator('.mast-Crumbs [aria-current]');
  }

  /** The rows that are selected. */
  get selected(): Locator {
    return this.grid.locator('.mast-Row.mast-mod-selected');
  }

  /** A button of the archive panel, by its whole name. */
  button(name: string): Locator {
    return this.panel.getByRole('button', { name, exact: true });
  }

  /** What the clipboard holds. */
  async clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** The transfers panel. */
  get transfers(): Locator {
    return this.page.locator('.mast-Transfers');
  }

  /** A row of the grid, by a part of its name. */
  row(name: string | RegExp): Locator {
    return this.grid.getByRole('row').filter({ hasText: name });
  }

  /** A setting as the server keeps it for the user. */
  async setting(plugin: string, name: string): Promise<unknown> {
    const answer = await fetch(
      `${environment.base}/lab/api/settings/${plugin}?token=${environment.token}`
    );
    const { settings } = (await answer.json()) as {
      settings: Record<string, unknown>;
    };
    return settings[name];
  }

  /** Give a setting before the page is opened. */
  async set(plugin: string, name: string, value: unknown): Promise<void> {
    const answer = await fetch(
      `${environment.base}/lab/api/settings/${plugin}`,
      {
        method: 'PUT',
        headers: { Authorization: `token ${environment.token}` },
        body: JSON.stringify({ raw: JSON.stringify({ [name]: value }) })
      }
    );
    expect(answer.status).toBe(204);
  }

  /** Wait until the workspace holds this, of the archive panel or of `part`. */
  async saved(text: string, part = 'jupyterlab-mast:archive'): Promise<void> {
    await expect
      .poll(async () => {
        const answer = await fetch(
          `${environment.base}/lab/api/workspaces/${this._workspace}?token=${environment.token}`
        );
        const { data } = (await answer.json()) as {
          data?: Record<string, unknown>;
        };
        return JSON.stringify(data?.[part] ?? '');
      })
      .toContain(text);
  }

  /** Load the page again, with the workspace as it is. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** Run a command of JupyterLab's by its id. */
  async execute(command: string, args: object = {}): Promise<unknown> {
    return this.page.evaluate(
      ([id, given]) =>
        (
          window as unknown as {
            jupyterapp: {
              commands: { execute(id: string, args: object): Promise<unknown> };
            };
          }
        ).jupyterapp.commands
          .execute(id, given)
          .then(() => undefined),
      [command, args] as const
    );
  }

  /** Open a new notebook with the Python kernel, and wait for both. */
  async newNotebook(): Promise<Locator> {
    await this.page
      .locator('.jp-LauncherCard[data-category="Notebook"]')
      .first()
      .click();
    const notebook = this.page.locator('.jp-NotebookPanel:visible');
    await expect(notebook.locator('.jp-Notebook-cell').first()).toBeVisible();
    await this.kernelIdle();
    // A new notebook takes the focus when it is ready: nothing is typed before.
    await expect
      .poll(() =>
        notebook.evaluate(node => node.contains(document.activeElement))
      )
      .toBe(true);
    return notebook;
  }

  /** Wait until the kernel of the notebook in front has nothing to do. */
  async kernelIdle(timeout = 60_000): Promise<void> {
    await expect(
      this.page
        .locator('.jp-NotebookPanel:visible .jp-Notebook-ExecutionIndicator')
        .first()
    ).toHaveAttribute('data-status', 'idle', { timeout });
  }

  /** Run the active cell; what it put out, once the kernel is done. */
  async runCell(timeout = 60_000): Promise<string> {
    const cell = this.page.locator(
      '.jp-NotebookPanel:visible .jp-Notebook-cell.jp-mod-active'
    );
    const handle = await cell.elementHandle();
    await this.execute('notebook:run-cell');
    await this.kernelIdle(timeout);
    return (await handle?.innerText()) ?? '';
  }

  /** Write code into a new cell below and run it; what it put out. */
  async runCode(code: string): Promise<string> {
    await this.execute('notebook:insert-cell-below');
    await this.execute('notebook:enter-edit-mode');
    await this.page.keyboard.insertText(code);
    return this.runCell();
  }

  private _workspace = '';

  /** Say at the end what went wrong in the console. */
  check(): void {
    const wrong = this.problems.filter(
      text => ![...OF_JUPYTERLAB, ...this.allowed].some(re => re.test(text))
    );
    expect(wrong, 'errors in the console').toEqual([]);
  }

  /** Take JupyterLab's question about its news away, if it asks. */
  async refuseNews(): Promise<void> {
    const news = this.page.getByRole('button', { name: 'No', exact: true });
    if (await news.isVisible()) {
      await news.click();
    }
  }

  /**
   * Note an error of the console, and what our entry says of packages that
   * this JupyterLab has in another version than the one it asks for.
   */
  readonly onConsole = (message: ConsoleMessage): void => {
    const { url } = message.location();
    if (
      message.type() === 'error' ||
      (/shared .*module/i.test(message.text()) &&
        url.includes('/jupyterlab-mast/'))
    ) {
      this.problems.push(`${message.text()} (${url})`);
    }
  };
}

/** Ask the server. */
async function api(method: string, what: string): Promise<unknown> {
  const answer = await fetch(`${environment.base}/api/${what}`, {
    method,
    headers: { Authorization: `token ${environment.token}` }
  });
  return answer.status === 204 ? undefined : answer.json();
}

/** Something that the copy engine says of a transfer. */
export interface ITransfer {
  readonly id: string;
  readonly state: string;
  readonly confirm: boolean;
  readonly files: Readonly<Record<string, number>>;
  readonly bytes: { readonly done: number; readonly total: number };
}

/** All transfers of the server. */
export async function transfers(): Promise<readonly ITransfer[]> {
  const answer = await fetch(`${environment.base}/${TRANSFERS}`, {
    headers: { Authorization: `token ${environment.token}` }
  });
  return ((await answer.json()) as { transfers: ITransfer[] }).transfers;
}

const TRANSFERS = 'jupyterlab-mast/transfers';
const ENDED = /^(done|done-with-failures|failed|cancelled)$/;

/** Cancel and forget the transfers of the test before. */
async function clearTransfers(): Promise<void> {
  const act = (what: string, method = 'POST', body?: object) =>
    fetch(`${environment.base}/${TRANSFERS}/${what}`, {
      method,
      headers: { Authorization: `token ${environment.token}` },
      body: body && JSON.stringify(body)
    });
  for (const { id, state } of await transfers()) {
    if (!ENDED.test(state)) {
      await act(`${id}/actions`, 'POST', { action: 'cancel' });
      await expect
        .poll(async () => (await transfers()).find(one => one.id === id)?.state)
        .toMatch(ENDED);
    }
    await act(id, 'DELETE');
  }
}

/** No kernels, files, copies or settings of the test before. */
async function cleanUp(): Promise<void> {
  if (environment.app === 'lite') {
    return;
  }
  for (const what of ['sessions', 'kernels']) {
    const all = (await api('GET', what)) as { id: string }[];
    await Promise.all(all.map(({ id }) => api('DELETE', `${what}/${id}`)));
  }
  await clearTransfers();
  for (const folder of [environment.workspace, environment.settings]) {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      await rm(path.join(folder, name), { recursive: true, force: true });
    }
  }
}

/**
 * `lab` has opened JupyterLab; `closedLab` has not yet, for tests that must
 * prepare something (a route, a setting) before: they call `open()`.
 */
export const test = base.extend<{ lab: Lab; closedLab: Lab }>({
  closedLab: async ({ page }, use) => {
    await cleanUp();
    const lab = new Lab(page);
    page.on('console', lab.onConsole);
    page.on('pageerror', error => lab.problems.push(String(error)));
    // Nothing but our own server is to be asked for anything.
    await page.route(/^https?:\/\/(?!127\.0\.0\.1)/, route => {
      lab.problems.push(`request to ${route.request().url()}`);
      return route.abort();
    });
    await use(lab);
    lab.check();
  },
  lab: async ({ closedLab }, use) => {
    await closedLab.open();
    await use(closedLab);
  }
});
