import type { Page } from '@playwright/test';
import { environment, expect, test } from './fixtures';

/** What of JupyterLab's application this needs. */
interface IApplication {
  listPlugins(): string[];
  isPluginActivated(id: string): boolean;
}

/** Our plugins that JupyterLab knows, and whether each is active. */
async function plugins(page: Page): Promise<Record<string, boolean>> {
  return page.evaluate(() => {
    const app = (window as unknown as { jupyterapp: IApplication }).jupyterapp;
    const ours = app
      .listPlugins()
      .filter(id => id.startsWith('jupyterlab-mast:'));
    return Object.fromEntries(
      ours.map(id => [id, app.isPluginActivated(id)] as const)
    );
  });
}

const ARCHIVE = 'jupyterlab-mast:archive';
const TRANSFERS = 'jupyterlab-mast:transfers';

/** Those that need what another one provides, by that one. */
const NEED: Record<string, readonly string[]> = {
  [ARCHIVE]: [
    `${ARCHIVE}-panel`,
    `${ARCHIVE}-actions`,
    `${ARCHIVE}-drive`,
    `${ARCHIVE}-link`,
    `${TRANSFERS}-commands`,
    `${TRANSFERS}-badges`,
    `${TRANSFERS}-compare`
  ],
  [`${ARCHIVE}-panel`]: [
    `${ARCHIVE}-actions`,
    `${ARCHIVE}-link`,
    `${TRANSFERS}-badges`
  ],
  [TRANSFERS]: [
    `${TRANSFERS}-panel`,
    `${TRANSFERS}-status`,
    `${TRANSFERS}-commands`,
    `${TRANSFERS}-badges`,
    `${TRANSFERS}-drop`,
    `${TRANSFERS}-compare`
  ]
};

/** What JupyterLab says of a plugin that lacks what it needs. */
const LACKS =
  /(failed to activate|Error activating plugin|No provider for).*jupyterlab-mast/s;

/** What Chromium says of a page that did not come from the server itself. */
const OF_ROUTE = 'ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS';

test('each plugin may be switched off alone, and the rest works', async ({
  lab
}) => {
  test.skip(!environment.full, 'a start for each plugin: at full size only');
  test.setTimeout(600_000);
  const every = Object.keys(await plugins(lab.page));
  expect(every.length).toBeGreaterThan(10);
  for (const off of every) {
    await test.step(off, async () => {
      await lab.page.route(/\/lab\/workspaces\//, async route => {
        const answer = await route.fetch();
        const text = await answer.text();
        await route.fulfill({
          response: answer,
          body: text.replace(
            /("disabledExtensions": \[)\s*("?)/,
            (_, begin: string, more: string) =>
              `${begin}${JSON.stringify(off)}${more && `, ${more}`}`
          )
        });
      });
      await lab.open();
      const without = NEED[off] ?? [];
      const others = every.filter(id => id !== off);
      await expect
        .poll(() => plugins(lab.page))
        .toEqual(
          Object.fromEntries(others.map(id => [id, !without.includes(id)]))
        );
      // JupyterLab names those that lack something.
      const wrong = lab.problems
        .splice(0)
        .filter(text => !text.includes(OF_ROUTE));
      expect(wrong.filter(text => !LACKS.test(text))).toEqual([]);
      expect(wrong.length > 0).toBe(without.length > 0);
      await lab.page.unrouteAll();
    });
  }
});
