import type { Row } from '../rows';
import { ArchiveModel } from '../model';
import { archiveInfo, FakeStore, english } from '../testing';
import type { IKey } from '../../ui/keys';
import { GridKeys, type IGridActions } from './keys';

const P = 'hst/public/ibg7/';
const A = `${P}ibg705080/`;
const B = `${P}ibg706010/`;
const KEYS = [
  `${A}ibg705080_drz.fits`,
  `${A}ibg705080_spt.fits`,
  `${B}ibg706010_drz.fits`
];

async function setUp(
  grouped: boolean,
  keys: readonly string[] = KEYS,
  prefix = P
) {
  const store = new FakeStore(keys);
  const model = new ArchiveModel({
    trans: english,
    archives: [archiveInfo()],
    open: () => store
  });
  model.grouping = { 'mast/hst/public/': grouped };
  await model.goTo({ archive: 'mast', prefix });
  const grid = new GridKeys(model);
  const opened: Row[] = [];
  const previewed: Row[] = [];
  let filtered = 0;
  const actions: IGridActions = {
    open: row => opened.push(row),
    preview: row => previewed.push(row),
    focusFilter: () => filtered++,
    pageSize: 3,
    selectedAll: () => undefined
  };
  /** Press keys such as `Shift+ArrowDown`; whether the last one was taken. */
  const press = (...names: string[]): boolean => {
    let taken = false;
    for (const name of names) {
      const parts = name === '+' ? ['+'] : name.split('+');
      const event: IKey = {
        key: parts[parts.length - 1],
        shiftKey: parts.includes('Shift'),
        ctrlKey: parts.includes('Ctrl'),
        metaKey: parts.includes('Meta'),
        altKey: parts.includes('Alt'),
        repeat: false
      };
      taken = grid.press(event, actions);
    }
    return taken;
  };
  const name = (id: string | null) => {
    const index = id === null ? -1 : (model.listing?.indexOf(id) ?? -1);
    const row = index < 0 ? null : model.listing?.rows[index];
    return !row ? null : row.type === 'group' ? `[${row.title}]` : row.name;
  };
  return {
    model,
    press,
    opened,
    previewed,
    filtered: () => filtered,
    current: () => name(model.selection.current),
    selected: () => model.selectedRows.map(row => name(row.id))
  };
}

const LETTERS = 'abcdefgh'.split('');
const flat = () =>
  setUp(
    false,
    LETTERS.map(letter => `${P}${letter}`)
  );

describe('movement', () => {
  it.each([
    [['ArrowDown'], 'a'],
    [['ArrowDown', 'ArrowDown'], 'b'],
    [['ArrowUp'], 'a'],
    [['End'], 'h'],
    [['End', 'ArrowDown'], 'h'],
    [['End', 'ArrowUp'], 'g'],
    [['End', 'Home'], 'a'],
    [['Home', 'ArrowUp'], 'a'],
    [['Home', 'PageDown'], 'd'],
    [['Home', 'PageDown', 'PageDown', 'PageDown'], 'h'],
    [['End', 'PageUp'], 'e'],
    [['Home', 'PageUp'], 'a']
  ])('%p leads to %s, and selects it alone', async (keys, at) => {
    const { press, current, selected } = await flat();
    expect(press(...keys)).toBe(true);
    expect([current(), selected()]).toEqual([at, [at]]);
  });

  it('with Ctrl moves without selecting', async () => {
    const { press, current, selected } = await flat();
    press('Home', 'Ctrl+ArrowDown', 'Ctrl+ArrowDown');
    expect([current(), selected()]).toEqual(['c', ['a']]);
  });

  it('in an empty folder is ours, and does nothing', async () => {
    const { press, current } = await setUp(false, []);
    expect(press('ArrowDown')).toBe(true);
    expect(current()).toBeNull();
  });

  it('before a folder is shown is not ours', () => {
    const model = new ArchiveModel({
      trans: english,
      archives: [],
      open: () => new FakeStore([])
    });
    const taken = new GridKeys(model).press(
      {
        key: 'ArrowDown',
        shiftKey: false,
        ctrlKey: false,
        metaKey: false,
        altKey: false,
        repeat: false
      },
      {} as IGridActions
    );
    expect(taken).toBe(false);
  });
});

describe('selection', () => {
  it('Shift and arrows select a range, which shrinks again', async () => {
    const { press, selected } = await flat();
    press('Home', 'ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown');
    expect(selected()).toEqual(['b', 'c', 'd']);
    press('Shift+ArrowUp');
    expect(selected()).toEqual(['b', 'c']);
    press('Shift+ArrowUp', 'Shift+ArrowUp');
    expect(selected()).toEqual(['a', 'b']);
    press('Shift+End');
    expect(selected()).toEqual(LETTERS.slice(1));
  });

  it.each(['Ctrl', 'Meta'])('%s Space toggles', async command => {
    const { press, selected } = await flat();
    press(
      'Home',
      `${command}+ArrowDown`,
      `${command}+ArrowDown`,
      `${command}+ `
    );
    expect(selected()).toEqual(['a', 'c']);
    press(`${command}+ `);
    expect(selected()).toEqual(['a']);
  });

  it('Ctrl A takes all, Escape none, and the keyboard stays', async () => {
    const { press, selected, current } = await flat();
    press('Home', 'ArrowDown');
    expect(press('Ctrl+a')).toBe(true);
    expect(selected()).toEqual(LETTERS);
    expect(press('Escape')).toBe(true);
    expect([selected(), current()]).toEqual([[], 'b']);
  });

  it('headings of groups are passed, not selected', async () => {
    const { press, selected, current } = await setUp(true);
    press('Home');
    expect([current(), selected()]).toEqual(['[ibg705080]', []]);
    expect(press('Ctrl+ ')).toBe(false);
    press('Ctrl+a');
    expect(selected()).toHaveLength(3);
    press('End', 'Shift+ArrowUp', 'Shift+ArrowUp');
    expect(selected()).toEqual(['ibg705080_spt.fits', 'ibg706010_drz.fits']);
  });
});

describe('items and places', () => {
  it('Enter opens, Space previews', async () => {
    const { press, opened, previewed } = await flat();
    expect(press('Enter')).toBe(true);
    expect(press(' ')).toBe(true);
    expect([opened, previewed]).toEqual([[], []]);
    press('Home', 'Enter', ' ');
    expect(opened).toMatchObject([{ name: 'a' }]);
    expect(previewed).toMatchObject([{ name: 'a' }]);
  });

  it('Enter is handed the heading of a group too', async () => {
    const { press, opened } = await setUp(true);
    press('Home', 'Enter');
    expect(opened).toMatchObject([{ type: 'group', prefix: A }]);
  });

  it('/ goes to the filter', async () => {
    const { press, filtered } = await flat();
    expect(press('/')).toBe(true);
    expect(filtered()).toBe(1);
  });

  it('Backspace goes up, [ and ] back and forward', async () => {
    const { press, model } = await setUp(false);
    expect(press('Backspace')).toBe(true);
    expect(model.prefix).toBe('hst/public/');
    press('[');
    expect(model.prefix).toBe(P);
    press(']');
    expect(model.prefix).toBe('hst/public/');
    press('Backspace');
    expect(model.prefix).toBe('hst/public/');
    await model.listing?.more();
  });

  it.each([
    'Alt+ArrowLeft',
    'Alt+c',
    'Ctrl+c',
    'Meta+f',
    'Tab',
    'F2',
    'Delete'
  ])('%s is left to others', async name => {
    const { press, current } = await flat();
    expect(press(name)).toBe(false);
    expect(current()).toBeNull();
  });
});

describe('Left and Right', () => {
  it('close and open a group, and go into it', async () => {
    const { press, current, model } = await setUp(true);
    press('Home', 'ArrowLeft');
    expect(model.listing?.rows[0]).toMatchObject({
      type: 'group',
      open: false
    });
    press('ArrowLeft');
    expect(current()).toBe('[ibg705080]');
    press('ArrowRight');
    expect(model.listing?.rows[0]).toMatchObject({ open: true });
    press('ArrowRight');
    expect(current()).toBe('ibg705080_drz.fits');
  });

  it('Left leads from a file to its heading', async () => {
    const { press, current } = await setUp(true);
    press('Home', 'ArrowDown', 'ArrowDown');
    expect(current()).toBe('ibg705080_spt.fits');
    press('ArrowLeft');
    expect(current()).toBe('[ibg705080]');
  });

  it('do nothing to folders and files without groups', async () => {
    const { press, current, selected } = await flat();
    press('Home');
    expect(press('ArrowLeft')).toBe(true);
    expect(press('ArrowRight')).toBe(true);
    expect([current(), selected()]).toEqual(['a', ['a']]);
  });
});

describe('type-ahead', () => {
  const names = ['alpha', 'Beta', 'bravo', 'gamma', 'x1', 'x12'];
  const setUpNames = () =>
    setUp(
      false,
      names.map(name => `${P}${name}`)
    );

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('goes to the next name that starts so, in any case, and round', async () => {
    const { press, current, selected } = await setUpNames();
    press('b');
    expect(current()).toBe('Beta');
    jest.advanceTimersByTime(1100);
    press('B');
    expect([current(), selected()]).toEqual(['bravo', ['bravo']]);
    jest.advanceTimersByTime(1100);
    press('b');
    expect(current()).toBe('Beta');
  });

  it('adds letters that follow soon', async () => {
    const { press, current } = await setUpNames();
    press('b', 'r');
    expect(current()).toBe('bravo');
    jest.advanceTimersByTime(1100);
    press('x', '1', '2');
    expect(current()).toBe('x12');
  });

  it('stays where nothing starts so', async () => {
    const { press, current } = await setUpNames();
    press('g');
    expect(press('z')).toBe(true);
    expect(current()).toBe('gamma');
  });

  it('finds groups by their titles', async () => {
    const { press, current } = await setUp(true);
    press('Home', 'i', 'b', 'g', '7', '0', '6');
    expect(current()).toBe('[ibg706010]');
  });

  it('takes every letter: none is a command', async () => {
    const { press, model, opened, previewed } = await setUpNames();
    for (const letter of 'abcdefghijklmnopqrstuvwxyz0123456789_-.') {
      expect(press(letter)).toBe(true);
    }
    expect([model.prefix, opened, previewed]).toEqual([P, [], []]);
  });
});
