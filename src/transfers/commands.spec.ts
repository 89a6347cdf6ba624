import { Dialog, Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import type {
  IArchive,
  IArchiveInfo,
  IArchiveObject,
  IArchivePanel,
  IChoice,
  IPlace
} from '../tokens';
import { addCopyCommands, type ICopyCommandOptions } from './commands';
import { CopiedFiles } from './copied';
import { CommandIDs } from './ids';
import { readList, writeList } from './lists';
import { TransfersModel } from './model';
import { FakeServer, planOf } from './testingserver';
import type { ICopyRecord } from './types';

const INFO = { id: 'mast', title: 'MAST' } as IArchiveInfo;
const KEY = 'hst/public/ibg7/ibg705080/ibg705081_drz.fits';
const object = (key: string): IArchiveObject => ({
  key,
  size: 1000,
  etag: '"e"',
  lastModified: null,
  storageClass: null
});
const NOTHING: IChoice = { objects: [], folders: [] };

/** The archive panel, as far as commands know it. */
class FakeArchive {
  readonly archives = [INFO];
  readonly current: IArchiveInfo | null = INFO;
  readonly selectionChanged = new Signal<this, void>(this);
  choices = { selection: NOTHING, heading: NOTHING };
  place: IPlace | null = null;

  get(id: string) {
    return this.archives.find(info => info.id === id);
  }

  chosen(what: 'selection' | 'heading') {
    return this.choices[what];
  }

  async locate() {
    return this.place;
  }

  async *objectsBelow(_: string, prefix: string) {
    yield [object(`${prefix}a`)];
    yield [object(`${prefix}b`)];
  }
}

/** A workspace in memory. */
class FakeContents {
  readonly files = new Map<string, string>();

  driveName(path: string) {
    const [drive, rest] = path.split(':');
    return rest === undefined ? '' : drive;
  }

  localPath(path: string) {
    return path.slice(path.indexOf(':') + 1);
  }

  async get(path: string) {
    const content = this.files.get(path);
    if (content === undefined) {
      throw new Error(`${path} is not there.`);
    }
    return { content };
  }

  async save(path: string, { content }: { content: string }) {
    this.files.set(path, content);
  }
}

function setUp({ available = true } = {}) {
  const server = new FakeServer();
  server.plan = planOf({ files: 1, bytes: 1000, needed: 1000 });
  const transfers = new TransfersModel({
    api: () => Promise.resolve(server),
    events: null,
    available
  });
  const archive = new FakeArchive();
  const contents = new FakeContents();
  const commands = new CommandRegistry();
  const shown: IPlace[] = [];
  const browser = {
    model: { path: 'work' },
    items: [] as { path: string; type: string }[],
    selectedItems: () => browser.items[Symbol.iterator]()
  };
  const record = {
    copies: (id: string, prefix: string) => transfers.copies(id, prefix),
    copiesChanged: new Signal<object, void>({})
  };
  const copied = new CopiedFiles(record, archive);
  addCopyCommands({
    commands,
    transfers,
    copied,
    archive: archive as unknown as IArchive,
    contents: contents as unknown as ICopyCommandOptions['contents'],
    trans: nullTranslator.load('x'),
    locale: 'en',
    browser: () =>
      browser as unknown as ReturnType<ICopyCommandOptions['browser']>,
    layout: () => 'observation',
    panel: {
      goTo: async (place: IPlace) => {
        shown.push(place);
      }
    } as unknown as IArchivePanel,
    documents: null
  });
  return {
    server,
    transfers,
    archive,
    contents,
    commands,
    browser,
    shown,
    record,
    copied
  };
}

/** Answer the next dialog: type into it, and press a button. */
async function answer(button: 'accept' | 'reject' | 'warn', text?: string) {
  for (let i = 0; i < 50; i++) {
    await new Promise(resolve => setTimeout(resolve, 10));
    const dialog = document.querySelector('.jp-Dialog');
    const input = dialog?.querySelector('input');
    const pressed = dialog?.querySelector<HTMLElement>(
      `.jp-Dialog-button.jp-mod-${button}`
    );
    if (pressed) {
      if (input && text !== undefined) {
        input.value = text;
      }
      pressed.click();
      return;
    }
  }
  throw new Error('no dialog');
}

/** What is notified from now on. */
const told = () => {
  const messages: string[] = [];
  Notification.manager.changed.connect((_, { type, notification }) => {
    if (type === 'added') {
      messages.push(notification.message);
    }
  });
  return messages;
};
afterEach(() => {
  Notification.dismiss();
  Dialog.flush();
});

describe('copy to workspace', () => {
  it('copies files and folders to the folder of the file browser, at once', async () => {
    const { commands, archive, server } = setUp();
    archive.choices.selection = {
      objects: [object(KEY)],
      folders: ['hst/public/ibg8/']
    };
    await commands.execute(CommandIDs.copyToWorkspace);
    expect(server.asked).toEqual([
      [
        'create',
        {
          archive: 'mast',
          sources: [
            { prefix: 'hst/public/ibg8/' },
            { key: KEY, size: 1000, etag: '"e"' }
          ],
          root: 'home',
          target: 'work',
          layout: 'observation',
          conflict: 'ask',
          start: 'auto'
        }
      ]
    ]);
    expect(document.querySelector('.jp-Dialog')).toBeNull();
  });

  it('goes to the root in which the folder lies', async () => {
    const { commands, archive, server, browser } = setUp();
    server.roots.push({
      id: 'scratch',
      title: 'Scratch',
      path: 'scratch',
      absolute: '/scratch'
    });
    archive.choices.selection = { objects: [object(KEY)], folders: [] };
    browser.model.path = 'RTC:scratch/hst';
    await commands.execute(CommandIDs.copyToWorkspace);
    expect(server.asked[0]).toMatchObject([
      'create',
      { root: 'scratch', target: 'hst' }
    ]);
  });

  it('goes to the folder that a drop names', async () => {
    const { commands, server } = setUp();
    await commands.execute(CommandIDs.copyToWorkspace, {
      archive: 'mast',
      sources: [{ key: KEY }],
      target: 'other/place'
    });
    expect(server.asked[0]).toMatchObject([
      'create',
      { sources: [{ key: KEY }], target: 'other/place', start: 'auto' }
    ]);
  });

  it('takes the group under the pointer, and by key where nothing is selected', async () => {
    const { commands, archive, server } = setUp();
    archive.choices.heading = { objects: [], folders: ['hst/public/ibg7/'] };
    for (const of of ['heading', 'grid']) {
      await commands.execute(CommandIDs.copyToWorkspace, { of });
    }
    archive.choices.selection = { objects: [object(KEY)], folders: [] };
    await commands.execute(CommandIDs.copyToWorkspace, { of: 'heading' });
    await commands.execute(CommandIDs.copyToWorkspace, { of: 'grid' });
    const sources = server.asked.map(
      one => (one as [string, { sources: unknown }])[1].sources
    );
    expect(sources).toEqual([
      [{ prefix: 'hst/public/ibg7/' }],
      [{ prefix: 'hst/public/ibg7/' }],
      [{ prefix: 'hst/public/ibg7/' }],
      [expect.objectContaining({ key: KEY })]
    ]);
  });

  it('opens the dialog when something is in the way', async () => {
    const { commands, archive, server } = setUp();
    server.plan = planOf({
      files: 1,
      bytes: 1000,
      differing: 1,
      differing_first: [
        {
          path: 'x',
          size: 1,
          modified: 1,
          archive_size: 1000,
          archive_blocks: 0
        }
      ]
    });
    archive.choices.selection = { objects: [object(KEY)], folders: [] };
    const done = commands.execute(CommandIDs.copyToWorkspace);
    await answer('reject');
    expect(await done).toBeNull();
    expect(server.transfers.size).toBe(0);
  });

  it('asks for a text where nothing is chosen', async () => {
    const { commands, archive, server } = setUp();
    archive.place = { archive: 'mast', prefix: 'hst/public/', key: KEY };
    const done = commands.execute(CommandIDs.copyToWorkspace);
    await answer('accept', 'ibg705081_drz.fits');
    await done;
    expect(server.asked).toMatchObject([
      ['create', { sources: [{ key: KEY }], start: 'auto' }]
    ]);
  });

  it('shows what a text led to when it does not name it', async () => {
    const { commands, archive, server } = setUp();
    archive.place = { archive: 'mast', prefix: 'hst/public/ibg7/' };
    const done = commands.execute(CommandIDs.copyToWorkspace, {
      text: 'something else'
    });
    await answer('reject');
    await done;
    expect(server.asked[0]).toMatchObject([
      'create',
      { sources: [{ prefix: 'hst/public/ibg7/' }], start: 'ask' }
    ]);
  });

  it('says when nothing is found, and where nothing can be copied', async () => {
    const messages = told();
    const { commands, browser, archive, server } = setUp();
    await commands.execute(CommandIDs.copyToWorkspace, { text: 'x' });
    browser.model.path = 'MAST:mast/hst';
    archive.choices.selection = { objects: [object(KEY)], folders: [] };
    await commands.execute(CommandIDs.copyToWorkspace);
    expect(messages[0]).toBe('Nothing found for “x”.');
    expect(messages[1]).toContain('MAST:mast/hst');
    expect(server.asked).toEqual([]);
  });

  it('is disabled without a server, and says why', async () => {
    const messages = told();
    const { commands, archive, server } = setUp({ available: false });
    archive.choices.selection = { objects: [object(KEY)], folders: [] };
    for (const id of [
      CommandIDs.copyToWorkspace,
      CommandIDs.copyTo,
      CommandIDs.saveList,
      CommandIDs.copyFromList
    ]) {
      expect(commands.isEnabled(id)).toBe(false);
      expect(commands.caption(id)).toBe(
        'Copying to a workspace needs a Jupyter server. Here you can open, read and download.'
      );
    }
    await commands.execute(CommandIDs.copyToWorkspace);
    expect(messages).toHaveLength(1);
    expect(server.asked).toEqual([]);
  });
});

describe('copy to…', () => {
  it('opens the dialog, and starts by its button', async () => {
    const { commands, archive, server } = setUp();
    archive.choices.selection = { objects: [object(KEY)], folders: [] };
    const done = commands.execute(CommandIDs.copyTo);
    await answer('accept');
    expect(await done).toMatchObject({ state: 'running' });
    expect(server.asked).toMatchObject([
      ['create', { start: 'ask' }],
      ['act', 'start']
    ]);
  });

  it('can look at one that waits, as after a reload', async () => {
    const { commands, server, transfers } = setUp();
    expect(commands.isEnabled(CommandIDs.reviewCopy, { id: 'x' })).toBe(false);
    const { id } = await transfers.create({
      archive: 'mast',
      sources: [{ key: KEY }],
      target: '',
      start: 'ask'
    });
    expect(commands.isEnabled(CommandIDs.reviewCopy, { id })).toBe(true);
    const looked = commands.execute(CommandIDs.reviewCopy, { id });
    await answer('reject');
    expect(await looked).toBe(false);
    expect(server.transfers.get(id)?.state).toBe('planning');
    const done = commands.execute(CommandIDs.reviewCopy, { id });
    await answer('accept');
    expect(await done).toBe(true);
    expect(server.transfers.get(id)?.state).toBe('running');
  });
});

describe('a copy that does not fit', () => {
  /** Press "Free up space" in the dialog of a copy. */
  async function freeUp() {
    for (let i = 0; i < 50; i++) {
      await new Promise(resolve => setTimeout(resolve, 10));
      const button = [...document.querySelectorAll('.jp-Dialog button')].find(
        one => one.textContent === 'Free up space'
      );
      if (button instanceof HTMLElement) {
        button.click();
        return;
      }
    }
    throw new Error('no button');
  }

  it.each([true, false])(
    'is looked at again when people are back from freeing space: %s',
    async back => {
      const { commands, server, archive } = setUp();
      archive.choices.selection = { objects: [object(KEY)], folders: [] };
      server.plan = planOf({
        files: 1,
        bytes: 9e9,
        needed: 9e9,
        free: 1e9
      });
      const asked: unknown[] = [];
      commands.addCommand('mast:free-up-space', {
        execute: args => {
          asked.push(args);
          return Promise.resolve(back);
        }
      });
      const done = commands.execute(CommandIDs.copyTo);
      await freeUp();
      if (back) {
        await answer('reject');
      }
      expect(await done).toBeNull();
      expect(asked).toHaveLength(1);
      expect(document.querySelector('.jp-Dialog')).toBeNull();
      // Left for something else, it waits.
      expect(server.transfers.size).toBe(back ? 0 : 1);
    }
  );
});

describe('lists', () => {
  it('are saved beside what one works on, with all of the folders', async () => {
    const { commands, archive, contents } = setUp();
    expect(commands.isEnabled(CommandIDs.saveList)).toBe(false);
    archive.choices.selection = {
      objects: [object(KEY)],
      folders: ['tess/']
    };
    const done = commands.execute(CommandIDs.saveList);
    await answer('accept', 'mine');
    expect(await done).toBe('work/mine.csv');
    const list = readList(contents.files.get('work/mine.csv') ?? '');
    expect(list.map(({ key }) => key)).toEqual([KEY, 'tess/a', 'tess/b']);
    expect(list[0]).toEqual({
      archive: 'mast',
      key: KEY,
      size: 1000,
      etag: '"e"'
    });
  });

  it('tell how many files are in them', async () => {
    const messages = told();
    const { commands, archive } = setUp();
    archive.choices.selection = {
      objects: Array.from({ length: 1234 }, (_, i) => object(`k${i}`)),
      folders: []
    };
    const done = commands.execute(CommandIDs.saveList);
    await answer('accept', 'mine');
    await done;
    expect(messages).toEqual(['1,234 files listed in work/mine.csv']);
  });

  it('have no more files than one copy takes', async () => {
    const messages = told();
    const { commands, archive } = setUp();
    archive.choices.selection = {
      objects: Array.from({ length: 100_000 }, () => object(KEY)),
      folders: ['tess/']
    };
    const done = commands.execute(CommandIDs.saveList);
    await answer('accept', 'mine');
    expect(await done).toBeNull();
    expect(messages).toEqual([
      expect.stringContaining('more than 100,000 files')
    ]);
  });

  it('do not replace a file unasked', async () => {
    const { commands, archive, contents } = setUp();
    contents.files.set('work/mine.csv', 'precious');
    archive.choices.selection = { objects: [object(KEY)], folders: [] };
    const done = commands.execute(CommandIDs.saveList);
    await answer('accept', 'mine.csv');
    await answer('reject');
    expect(await done).toBeNull();
    expect(contents.files.get('work/mine.csv')).toBe('precious');
  });

  it('are copied from the file that is selected', async () => {
    const { commands, contents, browser, server } = setUp();
    contents.files.set(
      'work/l.csv',
      writeList([
        { archive: 'mast', key: KEY, size: 3, etag: '"e"' },
        { archive: 'mast', key: 'b', size: null, etag: '' }
      ])
    );
    browser.items = [{ path: 'work/l.csv', type: 'file' }];
    await commands.execute(CommandIDs.copyFromList);
    expect(server.asked).toMatchObject([
      [
        'create',
        {
          sources: [{ key: KEY, size: 3, etag: '"e"' }, { key: 'b' }],
          start: 'auto'
        }
      ]
    ]);
  });

  it('say what is wrong with them', async () => {
    const messages = told();
    const { commands, contents, server } = setUp();
    const copy = async (content: string) => {
      contents.files.set('l.csv', content);
      await commands.execute(CommandIDs.copyFromList, { path: 'l.csv' });
      return messages.pop();
    };
    expect(await copy('a,b\n1,2')).toContain('l.csv is no list');
    expect(await copy('archive,key\nmast,')).toBe(
      'Line 2 of l.csv names no key.'
    );
    expect(await copy('archive,key\nother,k')).toContain('“other”');
    expect(await copy('archive,key\n')).toBe('l.csv lists no files.');
    expect(server.asked).toEqual([]);
  });
});

describe('of a copied file', () => {
  const record: ICopyRecord = {
    key: KEY,
    etag: '"e"',
    size: 1000,
    path: 'work/x.fits',
    absolute: '/home/ann/work/x.fits',
    time: 1,
    check: 'checksum',
    algorithm: 'CRC64NVME'
  };

  it('the origin is shown in the archive panel', async () => {
    const { commands, server, browser, shown, copied } = setUp();
    server.records = [record];
    browser.items = [{ path: 'work/x.fits', type: 'file' }];
    // Offered while nobody knows.
    expect(commands.isVisible(CommandIDs.showInArchive)).toBe(true);
    expect(server.asked).toEqual([]);
    await commands.execute(CommandIDs.showInArchive);
    expect(shown).toEqual([
      {
        archive: 'mast',
        prefix: 'hst/public/ibg7/ibg705080/',
        key: KEY
      }
    ]);
    browser.items = [{ path: 'work/own.txt', type: 'file' }];
    expect(copied.at('work/own.txt')).toBeNull();
    expect(commands.isVisible(CommandIDs.showInArchive)).toBe(false);
    expect(commands.isEnabled(CommandIDs.fetchAgain)).toBe(false);
  });

  it('another is fetched in its place, after a question', async () => {
    const { commands, server, browser } = setUp();
    const path = `work/${KEY.split('/').pop()}`;
    server.records = [{ ...record, path }];
    browser.items = [{ path, type: 'file' }];
    const done = commands.execute(CommandIDs.fetchAgain);
    await answer('warn');
    await done;
    expect(server.asked).toContainEqual([
      'create',
      {
        archive: 'mast',
        sources: [{ key: KEY }],
        root: 'home',
        target: 'work',
        layout: 'flat',
        conflict: 'replace',
        start: 'now'
      }
    ]);
  });

  it('of another name, it gets one beside it: what has the object’s name stays', async () => {
    const { commands, server, browser } = setUp();
    server.records = [record];
    browser.items = [{ path: 'work/x.fits', type: 'file' }];
    await commands.execute(CommandIDs.fetchAgain);
    expect(server.asked).toContainEqual([
      'create',
      expect.objectContaining({ target: 'work', conflict: 'keep-both' })
    ]);
  });

  it.each([
    [
      true,
      'CRC64NVME',
      'success',
      /^x.fits is unchanged since .* \(CRC64NVME\)/
    ],
    [false, 'MD5', 'warning', /^x.fits was changed since .* \(MD5\)/],
    [false, '', 'warning', /another size/],
    [null, '', 'warning', /cannot be compared/]
  ])(
    'it is told whether it is unchanged: %s',
    async (same, algorithm, type, said) => {
      const { commands, server, browser } = setUp();
      server.records = [record];
      server.verdict = { same, algorithm, message: '', time: 1e9 };
      browser.items = [{ path: 'work/x.fits', type: 'file' }];
      expect(await commands.execute(CommandIDs.verifyCopy)).toBe(same);
      expect(server.asked).toContainEqual(['verify', 'home', 'work/x.fits']);
      const [notification, ...more] = Notification.manager.notifications;
      expect(more).toEqual([]);
      expect(notification.type).toBe(type);
      expect(notification.message).toMatch(said);
      expect(
        (notification.options.actions ?? []).map(({ label }) => label)
      ).toEqual(same === true ? [] : ['Fetch again']);
      Notification.dismiss();
    }
  );

  it('why it could not be read is told', async () => {
    const { commands, server, browser } = setUp();
    server.records = [record];
    server.errors.push(new Error('work/x.fits is not there any more.'));
    browser.items = [{ path: 'work/x.fits', type: 'file' }];
    expect(await commands.execute(CommandIDs.verifyCopy)).toBeNull();
    expect(Notification.manager.notifications).toMatchObject([
      { type: 'error', message: 'work/x.fits is not there any more.' }
    ]);
    Notification.dismiss();
  });

  const OF_COPY = [
    CommandIDs.showInArchive,
    CommandIDs.verifyCopy,
    CommandIDs.fetchAgain
  ];

  it('nothing is known of a folder', () => {
    const { commands, browser } = setUp();
    browser.items = [{ path: 'work', type: 'directory' }];
    for (const id of OF_COPY) {
      expect(commands.isEnabled(id)).toBe(false);
      expect(commands.isVisible(id)).toBe(false);
    }
  });

  it('nothing is offered for several files; for none it is said what to do', () => {
    const { commands, browser } = setUp();
    browser.items = [
      { path: 'a', type: 'file' },
      { path: 'b', type: 'file' }
    ];
    for (const id of OF_COPY) {
      expect(commands.isEnabled(id)).toBe(false);
      expect(commands.isVisible(id)).toBe(false);
      expect(commands.caption(id)).toBe(
        'Select one file in the file browser first.'
      );
    }
    browser.items = [];
    for (const id of OF_COPY) {
      expect(commands.isEnabled(id)).toBe(false);
      expect(commands.isVisible(id)).toBe(true);
    }
  });

  it('all is offered for a file that was copied since the record was read', async () => {
    const changed = setUp();
    const { commands, browser, copied, server } = changed;
    browser.items = [{ path: 'work/x.fits', type: 'file' }];
    await copied.load();
    for (const id of OF_COPY) {
      expect(commands.isVisible(id)).toBe(false);
      expect(commands.caption(id)).toBe(
        'This file was not copied from an archive.'
      );
    }
    server.records = [record];
    changed.record.copiesChanged.emit();
    for (const id of OF_COPY) {
      expect(commands.isVisible(id)).toBe(true);
      expect(commands.isEnabled(id)).toBe(true);
    }
    // From the palette, with no menu opened before.
    expect(await commands.execute(CommandIDs.verifyCopy)).toBe(true);
  });

  it('of a new name all is offered there, and nothing at the old one', async () => {
    const { commands, browser, copied, server, shown } = setUp();
    server.records = [record];
    await copied.load();
    server.records = [{ ...record, path: 'work/y.fits' }];
    copied.forget('work/x.fits');
    browser.items = [{ path: 'work/y.fits', type: 'file' }];
    await commands.execute(CommandIDs.showInArchive);
    expect(shown).toMatchObject([{ key: KEY }]);
    browser.items = [{ path: 'work/x.fits', type: 'file' }];
    for (const id of OF_COPY) {
      expect(commands.isVisible(id)).toBe(false);
      expect(commands.isEnabled(id)).toBe(false);
    }
  });

  it('only what may have changed is looked at again', async () => {
    const { commands, archive, copied } = setUp();
    const changed: (string | undefined)[] = [];
    commands.commandChanged.connect((_, { id }) => changed.push(id));
    archive.selectionChanged.emit();
    expect(changed.splice(0)).toEqual([
      CommandIDs.copyToWorkspace,
      CommandIDs.copyTo,
      CommandIDs.saveList
    ]);
    await copied.load();
    expect(changed).toEqual(OF_COPY);
  });
});
