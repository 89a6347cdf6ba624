import { defineConfig } from '@playwright/test';
import chromiumArguments from './chromium.json';

const inCi = !!process.env.CI;
const report = process.env.MAST_REPORT;

/**
 * Run by `./test browser`, which starts the servers and says in MAST_UI where
 * they are (tests/environment.ts).
 */
export default defineConfig({
  testDir: process.env.MAST_TESTS ?? './tests',
  outputDir: process.env.MAST_OUTPUT ?? './test-results/by-hand',
  timeout: 90_000,
  expect: { timeout: 20_000 },
  forbidOnly: inCi,
  fullyParallel: false,
  workers: 1,
  retries: inCi ? 1 : 0,
  reporter: [
    ['list'],
    ...(report ? [['json', { outputFile: report }] as const] : [])
  ],
  use: {
    viewport: { width: 1280, height: 800 },
    actionTimeout: 20_000,
    video: 'off',
    screenshot: 'only-on-failure',
    // To record each test costs an eighth of its time.
    trace: inCi ? 'on-first-retry' : 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM,
      args: chromiumArguments
    }
  }
});
