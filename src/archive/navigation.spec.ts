import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from './ids';
import { ArchiveModel } from './model';
import { addNavigation } from './navigation';
import type { PanelController } from './panel';
import type { ArchiveService } from './service';
import { archiveInfo, FakeStore, english } from './testing';

const FOLDER = 'hst/public/ibg7/';
const BELOW = ['a/', 'b/'].map(name => FOLDER + name);

it('the bookmark is that of the folder selected alone, else of the one shown', async () => {
  const info = archiveInfo();
  const store = new FakeStore([
    ...BELOW.map(folder => `${folder}x.txt`),
    `${FOLDER}c.txt`
  ]);
  const model = new ArchiveModel({
    trans: english,
    archives: [info],
    open: () => store
  });
  const commands = new CommandRegistry();
  addNavigation({
    app: { commands } as unknown as JupyterFrontEnd,
    controller: { model } as PanelController,
    service: { archives: [info] } as unknown as ArchiveService,
    trans: nullTranslator.load('x')
  });
  await model.goTo({ archive: 'mast', prefix: FOLDER });
  await model.setGrouped(false);
  const id = CommandIDs.toggleBookmark;
  /** Which folder is bookmarked with these rows selected; taken away again. */
  const marked = async (...rows: string[]) => {
    model.select(selection => {
      selection.none();
      rows.forEach(row => selection.toggle(row));
    });
    expect([commands.isEnabled(id), commands.isToggled(id)]).toEqual([
      true,
      false
    ]);
    await commands.execute(id);
    const { bookmarks } = model;
    expect([bookmarks.length, commands.isToggled(id)]).toEqual([1, true]);
    await commands.execute(id);
    expect(model.bookmarks).toEqual([]);
    return bookmarks[0].prefix;
  };
  expect(await marked()).toBe(FOLDER);
  expect(await marked(`f:${BELOW[1]}`)).toBe(BELOW[1]);
  expect(await marked(...BELOW.map(one => `f:${one}`))).toBe(FOLDER);
  expect(await marked(`f:${BELOW[0]}`, `o:${FOLDER}c.txt`)).toBe(FOLDER);
  expect(await marked(`o:${FOLDER}c.txt`)).toBe(FOLDER);
});
