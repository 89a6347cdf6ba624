import { Notification } from '@jupyterlab/apputils';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { bytesSource } from '../fits';
import type { IArchive, IArchiveObject } from '../tokens';
import {
  addCompareCommand,
  type ICompareCommandOptions
} from './comparecommand';
import { COMPARE } from './compareids';
import { CopiedFiles } from './copied';
import { CommandIDs } from './ids';
import { TransfersModel } from './model';
import { FakeServer } from './testingserver';
import type { ICopyRecord } from './types';

const KEY = 'mast/hlsp/a.csv';
const RECORD: ICopyRecord = {
  key: KEY,
  etag: '"old"',
  size: 3,
  path: 'work/a.csv',
  absolute: '/home/ann/work/a.csv',
  time: 1000,
  check: 'checksum',
  algorithm: 'MD5'
};

function setUp({ available = true } = {}) {
  const server = new FakeServer();
  server.records = [RECORD];
  const transfers = new TransfersModel({
    api: () => Promise.resolve(server),
    events: null,
    available
  });
  const state = { file: null as string | null, newer: false, traced: true };
  const heads: string[] = [];
  const archive = {
    archives: [{ id: 'mast' }],
    current: { id: 'mast' },
    selection: [] as Partial<IArchiveObject>[],
    selectionChanged: new Signal<object, void>({}),
    head: async (_: string, key: string) => {
      heads.push(key);
      return { key, size: 4, etag: '"new"', lastModified: null };
    },
    bytes: () => bytesSource(new Uint8Array())
  };
  const commands = new CommandRegistry();
  commands.addCommand(CommandIDs.fetchAgain, {
    execute: () => undefined,
    isEnabled: () => state.traced
  });
  const looked: string[] = [];
  addCompareCommand({
    commands,
    archive: archive as unknown as IArchive,
    transfers,
    copied: new CopiedFiles(transfers, archive as unknown as IArchive),
    contents: {
      localPath: (path: string) => path,
      get: async (path: string) => {
        looked.push(path);
        return { size: 3, last_modified: new Date(0).toISOString() };
      }
    } as unknown as ICompareCommandOptions['contents'],
    trans: nullTranslator.load('x'),
    locale: 'en',
    selectedFile: () => state.file,
    rowIsNewer: () => state.newer,
    serverSettings: ServerConnection.makeSettings()
  });
  return { server, commands, archive, state, heads, looked };
}

/** Close the dialog that comes, by the button that keeps the file. */
async function keepMine(): Promise<string> {
  for (let i = 0; i < 50; i++) {
    await new Promise(resolve => setTimeout(resolve, 10));
    const dialog = document.querySelector('.jp-Dialog');
    if (dialog?.textContent?.includes('Version (ETag)')) {
      const text = dialog.textContent;
      dialog.querySelector<HTMLElement>('.jp-mod-reject')?.click();
      return text;
    }
  }
  throw new Error('no dialog');
}

afterEach(() => Notification.dismiss());

it('asks for nothing before it is run', () => {
  const { commands, server, state, archive } = setUp();
  state.file = 'work/a.csv';
  archive.selection = [{ key: KEY, etag: '"new"' }];
  for (const args of [{}, { of: 'archive' }, { of: 'workspace' }]) {
    commands.isEnabled(COMPARE, args);
    commands.isVisible(COMPARE, args);
    expect(commands.label(COMPARE, args)).not.toBe('');
    expect(commands.caption(COMPARE, args)).not.toBe('');
    expect(commands.icon(COMPARE, args)).toBeDefined();
  }
  expect(server.asked).toEqual([]);
});

it('compares the file selected in the file browser', async () => {
  const { commands, state, heads, looked } = setUp();
  state.file = 'work/a.csv';
  expect(commands.isEnabled(COMPARE)).toBe(true);
  const done = commands.execute(COMPARE, { of: 'workspace' });
  expect(await keepMine()).toContain('"old"');
  expect(await done).toBe('keep');
  expect(heads).toEqual([KEY]);
  expect(looked).toEqual(['work/a.csv']);
});

it('compares the copy of the row that is selected in the archive panel', async () => {
  const { commands, server, archive, looked, state } = setUp();
  server.records = [
    { ...RECORD, path: 'work/elsewhere.csv', key: `${KEY}.gz`, time: 3000 },
    { ...RECORD, path: 'work/current.csv', etag: '"new"', time: 2000 },
    { ...RECORD, path: null, time: 1500 },
    RECORD
  ];
  archive.selection = [{ key: KEY, etag: '"new"' }];
  expect(commands.isVisible(COMPARE, { of: 'archive' })).toBe(false);
  state.newer = true;
  expect(commands.isVisible(COMPARE, { of: 'archive' })).toBe(true);
  const done = commands.execute(COMPARE, { of: 'archive' });
  await keepMine();
  await done;
  expect(looked).toEqual(['work/a.csv']);
});

it('says when there is no copy', async () => {
  const { commands, server, archive } = setUp();
  server.records = [];
  archive.selection = [{ key: KEY, etag: '"new"' }];
  await commands.execute(COMPARE);
  await commands.execute(COMPARE, { path: 'work/mine.csv' });
  server.records = [{ ...RECORD, path: null }];
  await commands.execute(COMPARE);
  expect(
    Notification.manager.notifications.map(one => one.message).sort()
  ).toEqual([
    'Your copy /home/ann/work/a.csv lies where the file browser cannot show it.',
    `${KEY} is not in your workspace.`,
    'work/mine.csv was not copied from an archive.'
  ]);
});

it('is looked at again when another row is selected', () => {
  const { commands, archive } = setUp();
  const changed: (string | undefined)[] = [];
  commands.commandChanged.connect((_, { id }) => changed.push(id));
  archive.selectionChanged.emit();
  expect(changed).toEqual([COMPARE]);
});

it('is off where nothing can be compared, and says why', async () => {
  const { commands, state } = setUp();
  expect(commands.isEnabled(COMPARE)).toBe(false);
  expect(commands.caption(COMPARE)).toMatch(/Select a copied file/);
  expect(commands.caption(COMPARE, { of: 'archive' })).toMatch(/one file/);
  state.file = 'work/notes.txt';
  state.traced = false;
  expect(commands.isVisible(COMPARE, { of: 'workspace' })).toBe(false);
  expect(commands.caption(COMPARE)).toMatch(/not copied from an archive/);

  const lite = setUp({ available: false });
  lite.state.file = 'work/a.csv';
  expect(lite.commands.isEnabled(COMPARE)).toBe(false);
  expect(lite.commands.caption(COMPARE)).toMatch(/needs a Jupyter server/);
});
