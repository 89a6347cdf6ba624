import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { WebSocketRoute } from '@playwright/test';
import { environment, expect, test, transfers } from './fixtures';

/** How long nothing reaches the page, in seconds: longer than the copy. */
const ASLEEP = environment.full ? 60 : 12;

/** What a browser itself says of requests that its machine cannot send. */
const CUT = /net::ERR_INTERNET_DISCONNECTED/;

test(`transfers-asleep: a copy ends while the laptop sleeps for ${ASLEEP} s`, async ({
  closedLab: lab
}) => {
  test.setTimeout(180_000);
  const { page } = lab;
  lab.allowed.push(CUT);
  // Requests that are cut off, those for events too.
  let asleep = false;
  let connections = 0;
  let refused = 0;
  const open = new Set<WebSocketRoute>();
  await page.routeWebSocket(/\/api\/events\//, socket => {
    if (asleep) {
      refused += 1;
      void socket.close({ code: 1001 });
      return;
    }
    connections += 1;
    const server = socket.connectToServer();
    open.add(socket);
    server.onClose(() => open.delete(socket));
  });
  // JupyterLab says it itself, in the way of everything.
  const lost = page.getByRole('dialog', { name: 'Server Connection Error' });
  await page.addLocatorHandler(lost, () =>
    lost.getByRole('button', { name: 'Close' }).click()
  );
  await lab.open();
  await lab.execute('mast:show-transfers');
  await expect(lab.transfers).toContainText('Nothing is being copied');
  expect(connections).toBeGreaterThan(0);
  await lab.execute('mast:copy-to-workspace', {
    archive: 'slow',
    sources: [{ key: 'slow/one/night.fits' }]
  });
  await expect(lab.transfers).toContainText(/[1-9][\d.]* MB of 32.0 MB/);
  const before = connections;

  asleep = true;
  await page.context().setOffline(true);
  for (const socket of open) {
    await socket.close({ code: 1001 });
  }
  open.clear();
  const since = Date.now();
  await expect
    .poll(async () => (await transfers()).map(one => one.state), {
      timeout: 60_000
    })
    .toEqual(['done']);
  expect(Date.now() - since).toBeLessThan(ASLEEP * 1000);
  // The page cannot know of it.
  const toasts = page
    .locator('.Toastify__toast')
    .filter({ hasText: /1 file copied to/ });
  await page.waitForTimeout(since + ASLEEP * 1000 - Date.now());
  await expect(lab.transfers).not.toContainText('32.0 MB in');
  await expect(toasts).toHaveCount(0);
  expect(refused).toBeGreaterThan(0);

  asleep = false;
  await page.context().setOffline(false);
  await expect(lab.transfers).toContainText(/1 file · 32\.0 MB in \d+ s/);
  await expect(lab.transfers).toContainText(/done · .*checked by/);
  await expect(toasts).toHaveCount(1);
  await expect(lab.transfers.getByRole('alert')).toHaveCount(0);
  // Events come again, without a reload; what they tell is told once.
  await expect
    .poll(() => connections, { timeout: 45_000 })
    .toBeGreaterThan(before);
  await lab.transfers.getByRole('button', { name: /^Clear from list/ }).click();
  await expect(lab.transfers).toContainText('Nothing is being copied');
  await lab.execute('mast:copy-to-workspace', {
    archive: 'slow',
    sources: [{ key: 'slow/many/f000.fits' }]
  });
  await expect(lab.transfers).toContainText('f000.fits');
  await expect(lab.transfers).toContainText(/done · .*checked by/);
  await expect(lab.transfers).not.toContainText('night.fits');
  const copied = await stat(path.join(environment.workspace, 'night.fits'));
  expect(copied.size).toBe(32_000_000);
});
