import { FreedLists } from './freed';
import { FakeServer } from './testing';
import type { IFreedList } from './types';

const listOf = (freed: string): IFreedList => ({
  freed,
  time: 1,
  files: 2,
  bytes: 3,
  fetching: false,
  lost: false
});

/** Lists of a root, whose answers come when a test says so. */
function setUp() {
  const server = new FakeServer();
  server.lists = [listOf('a'), listOf('b')];
  const answers: (() => void)[] = [];
  const { freed } = server;
  server.freed = async root => {
    const answer = await freed.call(server, root);
    await new Promise<void>(resolve => answers.push(resolve));
    return answer;
  };
  const lists = new FreedLists(server);
  let changes = 0;
  lists.changed.connect(() => {
    changes++;
  });
  return {
    server,
    lists,
    answers,
    changes: () => changes,
    names: () => lists.of('home').map(one => one.freed)
  };
}

/** Let what is asked come so far that only the answers are missing. */
const settled = () => new Promise(resolve => setTimeout(resolve));

describe('lists of removed copies', () => {
  it('stay forgotten when an older answer comes', async () => {
    const { lists, answers, names } = setUp();
    const load = lists.load('home');
    await settled();
    await lists.forget('home', 'a');
    answers[0]();
    await load;
    expect(names()).toEqual(['b']);
  });

  it('stay as being fetched when an older answer comes', async () => {
    const { lists, answers } = setUp();
    const first = lists.load('home');
    await settled();
    answers[0]();
    await first;
    const load = lists.load('home');
    await settled();
    await lists.fetchAgain('home', 'b');
    answers[1]();
    await load;
    expect(lists.of('home').map(one => one.fetching)).toEqual([false, true]);
  });

  it('are those of the newest answer', async () => {
    const { server, lists, answers, names } = setUp();
    const old = lists.load('home');
    await settled();
    server.lists = [listOf('c')];
    const young = lists.load('home');
    await settled();
    answers[1]();
    await young;
    answers[0]();
    await old;
    expect(names()).toEqual(['c']);
  });

  it('change no more once they are disposed', async () => {
    const { lists, answers, names, changes } = setUp();
    const load = lists.load('home');
    await settled();
    lists.dispose();
    answers[0]();
    await load;
    expect([names(), changes()]).toEqual([[], 0]);
  });
});
