import { FilePages, PAGE } from './filepages';
import { fileOf, RecordedServer } from './testing';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const settle = () => jest.advanceTimersByTimeAsync(0);

function setUp(count = 50_000) {
  const server = new RecordedServer();
  server.fileCount = count;
  const pages = new FilePages(
    (offset, limit) => server.files('one', offset, limit),
    count
  );
  return {
    server,
    pages,
    offsets: () => server.asked.map(one => Number(one.split(' ')[2]) / PAGE)
  };
}

it('fetches the pages in sight, each once', async () => {
  const { pages, offsets } = setUp();
  expect(pages.at(0)).toBeNull();
  pages.show(190, 420, false);
  pages.show(190, 420, false);
  await settle();
  pages.show(190, 420, false);
  expect(offsets()).toEqual([0, 1, 2]);
  expect(pages.at(413)?.path).toBe('f413.fits');
  expect(pages.at(600)).toBeNull();
});

it('keeps few of them, and those that were seen last', async () => {
  const { pages, offsets } = setUp();
  for (let page = 0; page < 250; page++) {
    pages.show(0, 10, false);
    pages.show(page * PAGE, page * PAGE + 20, false);
    await settle();
  }
  expect(pages.at(5)?.index).toBe(5);
  expect(pages.at(49_900)?.index).toBe(49_900);
  const kept = Array.from({ length: 250 }, (_, page) => pages.at(page * PAGE));
  expect(kept.filter(file => file !== null)).toHaveLength(12);
  expect(offsets()).toHaveLength(250);
});

it('reads what is in sight again while it changes, not too often', async () => {
  const { server, pages } = setUp(100);
  pages.show(0, 99, true);
  await settle();
  server.fileAt = index => fileOf(index, { outcome: 'failed' });
  server.fileCount = 120;
  for (let i = 0; i < 10; i++) {
    pages.show(0, 99, true);
    await jest.advanceTimersByTimeAsync(500);
  }
  expect(server.asked.length).toBeLessThanOrEqual(4);
  expect([pages.at(3)?.outcome, pages.total]).toEqual(['failed', 120]);
});

it('reads once more what a transfer was before its end', async () => {
  const { server, pages } = setUp(100);
  pages.show(0, 9, false);
  await settle();
  pages.expire();
  expect(pages.at(3)).not.toBeNull();
  pages.show(0, 9, false);
  await settle();
  pages.show(0, 9, false);
  expect(server.asked).toHaveLength(2);
});

it('tries again some time after it failed', async () => {
  const { server, pages } = setUp(100);
  const away = new Error('away');
  server.away = away as never;
  pages.show(0, 9, false);
  await settle();
  expect(pages.error).toBe(away);
  server.away = null;
  pages.show(0, 9, false);
  await jest.advanceTimersByTimeAsync(3_100);
  pages.show(0, 9, false);
  await settle();
  expect([pages.error, pages.at(0)?.index, server.asked.length]).toEqual([
    null,
    0,
    2
  ]);
});

it('tells when it may be tried again, less and less often', async () => {
  const { server, pages } = setUp(100);
  server.away = new Error('away') as never;
  // Whoever shows it draws it anew, and nothing else happens.
  pages.changed.connect(() => pages.show(0, 9, false));
  pages.show(0, 9, false);
  await jest.advanceTimersByTimeAsync(200_000);
  // After 3, 6, 12, 24 and then every 30 s.
  expect(server.asked).toHaveLength(1 + 4 + 5);
  server.away = null;
  await jest.advanceTimersByTimeAsync(30_000);
  expect([pages.at(0)?.index, pages.error]).toEqual([0, null]);
  server.away = new Error('away') as never;
  pages.expire();
  pages.show(0, 9, false);
  await settle();
  pages.dispose();
  const asked = server.asked.length;
  await jest.advanceTimersByTimeAsync(60_000);
  expect(server.asked).toHaveLength(asked);
});
