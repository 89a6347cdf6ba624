/**
 * JupyterLab in a real Chromium, told what to do by benchmarks/browser.py: one
 * line of JSON on the standard input is one task, one line of JSON on the
 * standard output is its answer.
 */
/* global document, window, performance, requestAnimationFrame, MessageChannel, PerformanceObserver */
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { chromium } from '../ui-tests/node_modules/playwright-core/index.mjs';
import chromiumArguments from '../ui-tests/chromium.json' with { type: 'json' };

const GRID = '.mast-Archive .mast-Grid';
/** The lists that are watched: the element, its panel, and its rows. */
const LISTS = {
  archive: [GRID, '.mast-Archive', '.mast-Row'],
  transfers: ['.mast-TransferList', '.mast-Transfers', '.mast-TransferRow']
};
const OURS = /jupyterlab-mast\/archive\//;

let browser = null;
let context = null;
let page = null;
let cdp = null;
let visits = 0;
let requests = [];
let bodies = [];
let failures = [];
let isReady = false;

/** Open JupyterLab in a fresh profile, and wait until it can be used. */
async function open({ base, token, weigh }) {
  await context?.close();
  context = await browser.newContext({
    viewport: { width: 1280, height: 800 }
  });
  page = await context.newPage();
  page.setDefaultTimeout(300_000);
  cdp = await context.newCDPSession(page);
  requests = [];
  bodies = [];
  failures = [];
  isReady = false;
  page.on('request', request => requests.push(request.url()));
  page.on('pageerror', error => failures.push(String(error)));
  if (weigh) {
    page.on('response', response => {
      // What is asked for once the page can be used takes nobody's time.
      const idle = isReady;
      bodies.push(
        response.body().then(
          body => ({
            url: response.url(),
            idle,
            bytes: body.length,
            gzipped: gzipSync(body, { level: 6 }).length
          }),
          () => null
        )
      );
    });
  }
  visits += 1;
  const began = performance.now();
  await page.goto(
    `${base}/lab/workspaces/bench-${process.pid}-${visits}?reset&token=${token}`
  );
  await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
  await page.locator('.jp-Launcher').first().waitFor();
  isReady = true;
  return { ready: performance.now() - began };
}

async function showTab(name) {
  await page
    .locator(`.jp-SideBar .lm-TabBar-tab[data-id="jupyterlab-mast-${name}"]`)
    .click();
}

/** Show the archive panel at a place. */
async function panel({ place }) {
  if (!(await page.locator('.mast-Archive').isVisible())) {
    await showTab('archive');
  }
  await page.locator(`${GRID} .mast-Row`).first().waitFor();
  const box = page
    .locator('.mast-Archive')
    .getByRole('combobox', { name: 'Go to' });
  await box.fill(place);
  await box.press('Enter');
  await at(place);
}

/** Wait until the rows of a folder are there. */
async function at(prefix) {
  await page.waitForFunction(
    ([grid, folder]) => {
      const here = document.querySelector('.mast-Crumbs [aria-current]');
      const row = document.querySelector(`${grid} .mast-Row`);
      return (
        here?.title === folder && row?.dataset.id.slice(2).startsWith(folder)
      );
    },
    [GRID, prefix]
  );
}

/**
 * Double-click a folder; milliseconds from there until its first files are
 * painted, and until their listing was asked for and was there.
 */
async function into({ prefix }) {
  const row = page.locator(`${GRID} [data-id="f:${prefix}"]`);
  await row.waitFor();
  await page.evaluate(
    ([grid, wanted]) => {
      performance.clearResourceTimings();
      window.mastBenchmark = new Promise(resolve => {
        const look = began => {
          const first = document.querySelector(`${grid} .mast-Row-object`);
          if (!first?.dataset.id.startsWith(wanted)) {
            requestAnimationFrame(() => look(began));
            return;
          }
          // It was there when this frame began: the next task comes after its paint.
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            const painted = performance.now() - began;
            const [asked] = performance
              .getEntriesByType('resource')
              .filter(
                one =>
                  one.name.includes('list-type=2') && one.startTime >= began
              );
            resolve({
              painted,
              asked: (asked?.startTime ?? NaN) - began,
              answered: (asked?.responseEnd ?? NaN) - began
            });
          };
          port2.postMessage(null);
        };
        document.addEventListener('dblclick', event => look(event.timeStamp), {
          capture: true,
          once: true
        });
      });
    },
    [GRID, `o:${prefix}`]
  );
  await row.dblclick();
  return page.evaluate(() => window.mastBenchmark);
}

/** Show the transfers panel with the files of the only transfer, of so many. */
async function transfer({ files }) {
  const [grid, , row] = LISTS.transfers;
  if (!(await page.locator(grid).isVisible())) {
    await showTab('transfers');
  }
  await page.locator(`${row}-head`).first().dblclick();
  await page.waitForFunction(
    ([list, count]) =>
      Number(document.querySelector(list)?.getAttribute('aria-rowcount') ?? 0) >
      count,
    [grid, files]
  );
}

/** Go to the folder above. */
async function up({ prefix }) {
  await page
    .locator('.mast-Archive')
    .getByRole('button', { name: 'Up one folder' })
    .click();
  await at(prefix);
}

/** Answer listings ourselves: `count` keys, `step` a page. */
async function fake({ bucket, prefix, count, step }) {
  await page.route(OURS, async (route, request) => {
    const query = new URL(request.url()).searchParams;
    if (query.get('list-type') !== '2' || query.get('prefix') !== prefix) {
      await route.fallback();
      return;
    }
    const start = Number(query.get('continuation-token') ?? 0);
    const end = Math.min(start + step, count);
    const rows = [];
    for (let i = start; i < end; i++) {
      const key = `${prefix}tess2019198215352-s0014-${String(i).padStart(16, '0')}-0150-s_lc.fits`;
      rows.push(
        `<Contents><Key>${encodeURIComponent(key)}</Key>` +
          `<LastModified>2019-08-20T0${i % 10}:00:00.000Z</LastModified>` +
          `<ETag>&quot;${String(i).padStart(32, 'e')}&quot;</ETag>` +
          `<Size>${20_160 + (i % 997) * 2880}</Size><StorageClass>STANDARD</StorageClass></Contents>`
      );
    }
    await route.fulfill({
      status: 200,
      contentType: 'application/xml',
      body:
        '<?xml version="1.0" encoding="UTF-8"?>' +
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
        `<Name>${bucket}</Name><Prefix>${encodeURIComponent(prefix)}</Prefix>` +
        `<KeyCount>${end - start}</KeyCount><MaxKeys>${step}</MaxKeys>` +
        '<EncodingType>url</EncodingType>' +
        (end < count
          ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${end}</NextContinuationToken>`
          : '<IsTruncated>false</IsTruncated>') +
        `${rows.join('')}</ListBucketResult>`
    });
  });
}

/**
 * Watch the main thread while the list is moved; what `how` does in the page:
 * `load` stays at the end until all pages are there, `scroll` goes from end to
 * end in `seconds`, `wait` does nothing for as long.
 */
async function frames({ how, seconds, of = 'archive' }) {
  return page.evaluate(
    ([[grid, panel, rows], way, duration]) =>
      new Promise(resolve => {
        const list = document.querySelector(grid);
        const root = document.querySelector(panel);
        const gaps = [];
        const tasks = [];
        let nodes = 0;
        let counted = 0;
        let blank = 0;
        const observer = new PerformanceObserver(seen => {
          tasks.push(...seen.getEntries().map(entry => entry.duration));
        });
        observer.observe({ type: 'longtask' });
        const count = () => {
          const walker = document.createTreeWalker(root);
          let n = 1;
          while (walker.nextNode()) {
            n++;
          }
          nodes = Math.max(nodes, n);
        };
        // Asked for once: the question itself costs a layout.
        const furthest = list.scrollHeight - list.clientHeight;
        const began = performance.now();
        let last = began;
        const end = () => {
          observer.disconnect();
          count();
          resolve({
            gaps,
            tasks,
            nodes,
            blank,
            took: performance.now() - began,
            rows: Number(list.getAttribute('aria-rowcount'))
          });
        };
        const tick = () => {
          const now = performance.now();
          gaps.push(now - last);
          last = now;
          if (now - counted > 500) {
            counted = now;
            count();
            const box = list.getBoundingClientRect();
            const middle = document.elementFromPoint(
              box.left + box.width / 2,
              box.top + box.height / 2
            );
            blank += middle?.closest(rows) ? 0 : 1;
          }
          const done =
            way === 'load'
              ? Number(list.getAttribute('aria-rowcount')) >= 0
              : now - began > duration * 1000;
          if (done) {
            end();
            return;
          }
          if (way === 'load') {
            list.scrollTop = list.scrollHeight;
          } else if (way === 'scroll') {
            list.scrollTop = Math.round(
              (furthest * (now - began)) / (duration * 1000)
            );
          }
          requestAnimationFrame(tick);
        };
        requestAnimationFrame(tick);
      }),
    [LISTS[of], how, seconds ?? 0]
  );
}

/** Press a key of the keyboard in the list; the row at the end to which it led. */
async function press({ key }) {
  await page.locator(GRID).focus();
  await page.keyboard.press(key);
  await page.waitForTimeout(500);
  return shown(key === 'Home');
}

/** Drag the scroll bar to its end; the last row there. */
async function bottom() {
  await page.evaluate(grid => {
    const list = document.querySelector(grid);
    list.scrollTop = list.scrollHeight;
  }, GRID);
  await page.waitForTimeout(500);
  return shown(false);
}

/** The id of the first or the last row in sight. */
async function shown(first) {
  return page.evaluate(
    ([grid, start]) => {
      const box = document.querySelector(grid).getBoundingClientRect();
      const seen = [...document.querySelectorAll(`${grid} .mast-Row`)]
        .map(row => ({ row, box: row.getBoundingClientRect() }))
        .filter(
          ({ box: own }) => own.bottom > box.top + 1 && own.top < box.bottom - 1
        )
        .sort((a, b) => a.box.top - b.box.top);
      return seen.at(start ? 0 : -1)?.row.dataset.id ?? null;
    },
    [GRID, first]
  );
}

/** Bytes of the page's heap after a collection of its garbage. */
async function heap() {
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  return usedSize;
}

/** What was loaded until now, and what of it were requests to an archive. */
async function loaded() {
  await page.waitForTimeout(3000);
  const all = (await Promise.all(bodies)).filter(one => one !== null);
  return {
    bodies: all,
    archive: requests.filter(url => OURS.test(url)),
    failures
  };
}

/** A profile of the page's CPU during one of the other tasks, for people who look for why. */
async function profile({ of, ...options }) {
  await cdp.send('Profiler.enable');
  await cdp.send('Profiler.start');
  const result = await tasks[of](options);
  const { profile: taken } = await cdp.send('Profiler.stop');
  return { result, profile: taken };
}

const tasks = {
  open,
  panel,
  into,
  transfer,
  up,
  fake,
  frames,
  press,
  bottom,
  heap,
  loaded,
  profile
};

browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: chromiumArguments
});
console.log(JSON.stringify({ result: browser.version() }));
for await (const line of createInterface({ input: process.stdin })) {
  const { task, ...options } = JSON.parse(line);
  try {
    const result = await tasks[task](options);
    console.log(JSON.stringify({ result: result ?? null }));
  } catch (error) {
    const said = failures.length
      ? ` (in the page: ${failures.join('; ')})`
      : '';
    console.log(JSON.stringify({ error: `${task}: ${error.message}${said}` }));
  }
}
await browser.close();
