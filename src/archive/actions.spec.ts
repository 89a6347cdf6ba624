import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import * as fs from 'fs';
import * as path from 'path';
import { addActions } from './actions';
import { CommandIDs } from './ids';
import type { CodeTarget } from './insert';
import { ArchiveModel } from './model';
import { ArchiveService } from './service';
import { archiveInfo, FakeStore, english } from './testing';

const FOLDER = 'hst/public/ibg7/';
const FILES = ['a.txt', 'b.txt'].map(name => FOLDER + name);

/** The commands, with the panel at a folder of two files and one folder. */
async function setUp(target: Partial<CodeTarget> = {}, files = FILES) {
  const info = archiveInfo();
  const service = new ArchiveService(
    { archives: [info], relay: true, problem: null },
    ServerConnection.makeSettings(),
    english
  );
  service.templates = [
    { id: 't', title: 'Read', kinds: [], extensions: [], one: 'r({{uri}})' }
  ];
  const commands = new CommandRegistry();
  const opened: string[] = [];
  addActions({
    service,
    commands,
    documents: {
      openOrReveal: (path: string) => {
        opened.push(path);
      }
    } as unknown as IDocumentManager,
    target: async () => target as CodeTarget,
    trans: nullTranslator.load('x')
  });
  const store = new FakeStore([...files, `${FOLDER}below/c.txt`]);
  const model = new ArchiveModel({
    trans: english,
    archives: [info],
    open: () => store
  });
  service.attach(model);
  await model.goTo({ archive: 'mast', prefix: FOLDER });
  await model.setGrouped(false);
  const select = (...ids: string[]) =>
    model.select(selection => {
      selection.none();
      ids.forEach(id => selection.toggle(id));
    });
  return { commands, model, select, opened };
}

interface IMenuItem {
  readonly type?: string;
  readonly command?: string;
  readonly selector?: string;
  readonly submenu?: {
    readonly label: string;
    readonly items: readonly IMenuItem[];
  };
}

/** The context menu of rows, as the schema has it. */
function menuOf(row: string): IMenuItem[] {
  const file = path.join(__dirname, '../../schema/archive-actions.json');
  const schema = JSON.parse(fs.readFileSync(file, 'utf8')) as {
    'jupyter.lab.menus': { context: IMenuItem[] };
  };
  return schema['jupyter.lab.menus'].context.filter(item =>
    item.selector?.endsWith(row)
  );
}

const ALL = Object.values(CommandIDs);
const enabled = (commands: CommandRegistry) =>
  ALL.filter(id => commands.hasCommand(id) && commands.isEnabled(id));

afterEach(() => jest.restoreAllMocks());

it('need what they are about to be selected', async () => {
  const { commands, select } = await setUp();
  const every = ALL.filter(id => commands.hasCommand(id));
  expect(every).toHaveLength(11);
  select();
  expect(enabled(commands)).toEqual([]);
  select(`o:${FILES[0]}`);
  expect(enabled(commands)).toEqual(every);
  select(...FILES.map(key => `o:${key}`));
  expect(enabled(commands)).toEqual(
    every.filter(
      id => id !== CommandIDs.preview && id !== CommandIDs.showProperties
    )
  );
  select(`f:${FOLDER}below/`);
  expect(enabled(commands)).toEqual([
    CommandIDs.copyS3Uri,
    CommandIDs.copyHttpsUrl
  ]);
});

it('that take folders stand in the menu of folders, and copy what is selected', async () => {
  const { commands, select } = await setUp();
  const [submenu, ...more] = menuOf('.mast-Row-folder').filter(
    item => item.type === 'submenu'
  );
  expect([submenu.submenu?.label, more]).toEqual(['Copy as', []]);
  const ids = submenu.submenu?.items.map(item => item.command ?? '') ?? [];
  const copied = jest
    .spyOn(Clipboard, 'copyToSystem')
    .mockImplementation(() => undefined);
  for (const [rows, keys] of [
    [[`f:${FOLDER}below/`], [`${FOLDER}below/`]],
    [
      [`o:${FILES[0]}`, `f:${FOLDER}below/`],
      [`${FOLDER}below/`, FILES[0]]
    ]
  ]) {
    select(...rows);
    copied.mockClear();
    for (const id of ids) {
      expect(commands.isEnabled(id)).toBe(true);
      await commands.execute(id);
    }
    expect(copied.mock.calls.map(([text]) => text as unknown)).toEqual(
      ['s3://stpubdata', 'https://stpubdata.s3.us-east-1.amazonaws.com'].map(
        base => keys.map(key => `${base}/${key}`).join('\n')
      )
    );
  }
});

it('alone are looked at again when others are selected', async () => {
  const { commands, select } = await setUp();
  const all = commands.listCommands();
  commands.addCommand('other', { execute: () => undefined });
  const changed = new Set<string | undefined>();
  commands.commandChanged.connect((_, { id }) => changed.add(id));
  select(FILES[0]);
  expect([...changed].sort()).toEqual(all.sort());
});

it('have a label, a caption and an icon', async () => {
  const { commands } = await setUp();
  for (const id of ALL.filter(one => commands.hasCommand(one))) {
    expect([id, commands.label(id)]).not.toEqual([id, '']);
    expect([id, commands.caption(id)]).not.toEqual([id, '']);
    expect([id, commands.icon(id)]).not.toEqual([id, undefined]);
  }
});

it('open each selected file through the drive', async () => {
  const { commands, select, opened } = await setUp();
  select(...FILES.map(key => `o:${key}`));
  await commands.execute(CommandIDs.open);
  expect(opened).toEqual(FILES.map(key => `MAST:mast/${key}`));
});

it('open no more than twenty, and say so', async () => {
  const files = Array.from({ length: 25 }, (_, n) => `${FOLDER}${10 + n}.txt`);
  const { commands, select, opened } = await setUp({}, files);
  const emit = jest.spyOn(Notification, 'emit').mockReturnValue('');
  select(...files.slice(0, 20).map(key => `o:${key}`));
  await commands.execute(CommandIDs.open);
  expect(opened).toHaveLength(20);
  expect(emit).not.toHaveBeenCalled();
  select(...files.map(key => `o:${key}`));
  await commands.execute(CommandIDs.open);
  expect(opened).toHaveLength(40);
  expect(emit).toHaveBeenCalledWith(
    'Only the first 20 of 25 files were opened.',
    'warning',
    expect.anything()
  );
});

it('insert code where the target says', async () => {
  const insert = jest.fn().mockResolvedValue(undefined);
  const { commands, select } = await setUp({ insert });
  select(`o:${FILES[0]}`);
  await commands.execute(CommandIDs.insertCode);
  await commands.execute(CommandIDs.insertCode, { position: 'cursor' });
  const code = `r("s3://stpubdata/${FILES[0]}")`;
  expect(insert.mock.calls).toEqual([
    [code, 'below'],
    [code, 'cursor']
  ]);
});

it('tell what goes wrong, also when no notebook can be made', async () => {
  Notification.dismiss();
  const { commands, select } = await setUp({
    insert: async () => Promise.reject(new Error('No kernel is installed.'))
  });
  select(`o:${FILES[0]}`);
  await commands.execute(CommandIDs.insertCode);
  await commands.execute(CommandIDs.insertCode, { template: 'other' });
  // The last one first.
  expect(
    Notification.manager.notifications.map(({ type, message, options }) => [
      type,
      message,
      Number(options.autoClose) > 0
    ])
  ).toEqual([
    ['warning', 'No code template reads all of these files together.', true],
    ['error', 'No kernel is installed.', true]
  ]);
});
