import { RequestFailure } from '../rest/failure';
import { FreeingModel, type IFreedSpace } from './freeing';
import { copyOf, FakeServer, freeableOf } from './testing';

const CACHE = {
  group: 'package-caches',
  allocated: 450e6,
  files: 900,
  entries: [
    freeableOf('.npm', { program: 'npm', allocated: 140e6, files: 300 }),
    freeableOf('.cache/pip', { program: 'pip', allocated: 310e6, files: 600 })
  ]
} as const;

const counted = ({ gone }: IFreedSpace) =>
  [...gone].map(([name, items]) => [name, items.length]);

async function setUp(prepare: (server: FakeServer) => void = () => undefined) {
  const server = new FakeServer();
  prepare(server);
  const model = new FreeingModel(server, 'home');
  await model.look();
  const names = () => [
    model.groups.map(group => group.name),
    model.kept.map(group => group.name)
  ];
  return { server, model, names };
}

describe('what may go', () => {
  it('is in groups by what the file and the archive say', async () => {
    const { model, names } = await setUp(server => {
      server.pages = [
        [
          copyOf('a', { allocated: 1 }),
          copyOf('b', { standing: 'unread', check: 'version' }),
          copyOf('c', { in_archive: 'newer' })
        ],
        [
          copyOf('d', { in_archive: 'gone' }),
          copyOf('e', { in_archive: 'unknown', message: 'It is away.' }),
          copyOf('f', { standing: 'changed', in_archive: 'unknown' }),
          copyOf('g', { standing: 'untold', in_archive: 'unknown' }),
          copyOf('h', { standing: 'linked', in_archive: 'unknown' }),
          copyOf('i', { standing: 'busy', in_archive: 'unknown' }),
          copyOf('j', { grade: 'fixed' })
        ]
      ];
      server.groups = [CACHE];
    });
    expect(model.phase).toBe('ready');
    expect(names()).toEqual([
      ['copies', 'older', 'package-caches'],
      ['changed', 'gone', 'unasked', 'in-use']
    ]);
    const [copies, , caches] = model.groups;
    // The largest first.
    expect(copies.items.map(one => one.id)).toEqual(['b', 'j', 'a']);
    expect(caches.items.map(one => one.id)).toEqual(['.cache/pip', '.npm']);
    expect([caches.allocated, caches.files]).toEqual([450e6, 900]);
    expect(model.about).toEqual({ unproven: 1, unread: 1, reprocessed: 2 });
    expect([model.looked, model.away]).toEqual([10, 'It is away.']);
  });

  it('is chosen where it comes again by itself', async () => {
    const { model } = await setUp(server => {
      server.pages = [
        [copyOf('a', { allocated: 7e6 }), copyOf('c', { in_archive: 'newer' })]
      ];
      server.groups = [
        CACHE,
        { ...CACHE, group: 'trash' },
        { ...CACHE, group: 'checkpoints' }
      ];
    });
    expect(model.going.map(group => group.name)).toEqual([
      'copies',
      'package-caches'
    ]);
    expect(model.frees).toBe(457e6);
    model.choose('trash', true);
    model.choose('copies', false);
    expect(model.frees).toBe(900e6);
  });

  it('is chosen by nobody but people where others use it too', async () => {
    const server = new FakeServer();
    server.pages = [[copyOf('a')]];
    const model = new FreeingModel(server, 'team', true);
    await model.look();
    expect([model.groups.length, model.going]).toEqual([1, []]);
  });

  it('is told as far as it is known', async () => {
    const { server, model, names } = await setUp(one => {
      one.pages = [[copyOf('a')]];
      one.freeable = () =>
        Promise.reject(new RequestFailure('busy', 'It takes too long.'));
    });
    expect([model.phase, model.problem, names()[0]]).toEqual([
      'ready',
      'It takes too long.',
      ['copies']
    ]);
    server.freeable = FakeServer.prototype.freeable.bind(server);
    server.groups = [CACHE];
    await model.look();
    expect([model.problem, names()[0]]).toEqual([
      null,
      ['copies', 'package-caches']
    ]);
  });

  it('counts nothing twice when it is asked for again meanwhile', async () => {
    const server = new FakeServer();
    server.pages = [[copyOf('a')], [copyOf('b')]];
    const model = new FreeingModel(server, 'home');
    await Promise.all([model.look(), model.look()]);
    expect(model.groups[0].items.map(one => one.id)).toEqual(['a', 'b']);
    expect(model.looked).toBe(2);
  });

  it('is asked for again where the server did not answer', async () => {
    const { server, model } = await setUp(one => {
      one.away = new RequestFailure(
        'server-away',
        'The server does not answer.'
      );
    });
    expect([model.phase, model.problem]).toEqual([
      'failed',
      'The server does not answer.'
    ]);
    server.away = null;
    server.pages = [[copyOf('a')]];
    await model.look();
    expect([model.phase, model.problem, model.groups.length]).toEqual([
      'ready',
      null,
      1
    ]);
  });

  it('is not asked for further once nobody looks', async () => {
    const server = new FakeServer();
    server.pages = [[copyOf('a')], [copyOf('b')], [copyOf('c')]];
    const model = new FreeingModel(server, 'home');
    const looking = model.look();
    model.dispose();
    await looking;
    expect(server.asked).toEqual(['freeable home', 'copies home null']);
  });
});

describe('removing', () => {
  it('goes group by group and keeps one list of copies', async () => {
    const many = Array.from({ length: 450 }, (_, i) => copyOf(`f${i}`));
    const { server, model } = await setUp(one => {
      one.pages = [many, [copyOf('old', { in_archive: 'newer' })]];
      one.groups = [CACHE];
      one.refuses = { f3: 'f3 was changed since it was copied.' };
    });
    model.choose('older', true);
    server.news();
    const freed = await model.run();
    expect(
      server.news().map(asked => asked.replace(/(f\d+,?)+/, 'f…'))
    ).toEqual([
      'remove f… false list 1',
      'remove f… false list 1',
      'remove f… false list 1',
      'remove old true list 2',
      'remove package-caches mark of .cache/pip,mark of .npm'
    ]);
    expect(counted(freed)).toEqual([
      ['copies', 449],
      ['older', 1],
      ['package-caches', 2]
    ]);
    expect(freed.refused.map(one => one.message)).toEqual([
      'f3 was changed since it was copied.'
    ]);
    expect([freed.freed, model.phase, model.progress]).toEqual([
      server.named[0],
      'done',
      [453, 453]
    ]);
  });

  it('tells what went where it could not go on', async () => {
    const many = Array.from({ length: 250 }, (_, i) => copyOf(`f${i}`));
    const { server, model } = await setUp(one => {
      one.pages = [many];
    });
    model.changed.connect(() => {
      if (model.progress[0] === 200) {
        server.away = new RequestFailure('server-away', 'It is away.');
      }
    });
    const freed = await model.run();
    expect(counted(freed)).toEqual([['copies', 200]]);
    expect([freed.freed, model.problem]).toEqual([
      server.named[0],
      'It is away.'
    ]);
  });

  it('asks again for what took too long', async () => {
    const { server, model } = await setUp(one => {
      one.pages = [Array.from({ length: 5 }, (_, i) => copyOf(`f${i}`))];
      one.slow = 2;
    });
    server.news();
    expect(counted(await model.run())).toEqual([['copies', 5]]);
    expect(server.news()).toEqual([
      'remove f0,f1,f2,f3,f4 false list 1',
      'remove f2,f3,f4 false list 1',
      'remove f4 false list 1'
    ]);
  });

  it('stops when it is told to', async () => {
    const many = Array.from({ length: 900 }, (_, i) => copyOf(`f${i}`));
    const { model } = await setUp(one => {
      one.pages = [many];
    });
    model.changed.connect(() => {
      if (model.progress[0] === 400 && !model.stopped) {
        model.stop();
      }
    });
    expect(counted(await model.run())).toEqual([['copies', 400]]);
    // Nothing is chosen otherwise while it goes.
    expect(model.phase).toBe('done');
  });

  it('has no list where no copy went', async () => {
    const { model } = await setUp(one => {
      one.pages = [[copyOf('a')]];
      one.refuses = {
        a: 'a stays: The archive has another version of it now.'
      };
    });
    expect((await model.run()).freed).toBeNull();
  });
});
