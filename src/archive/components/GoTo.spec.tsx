import { nullTranslator } from '@jupyterlab/translation';
import { cleanup, fireEvent, render } from '@testing-library/react';
import * as React from 'react';
import { ArchiveError } from '../errors';
import { ArchiveModel } from '../model';
import { archiveInfo, FakeStore, english } from '../testing';
import { GoTo } from './GoTo';

const P = 'hst/public/ibg7/';
const KEYS = [
  `${P}ibg705080/ibg705080_drz.fits`,
  `${P}ibg706010/ibg706010_drz.fits`,
  `${P}ibg706010/ibg706010_spt.fits`
];

beforeAll(() => {
  Element.prototype.scrollIntoView ??= () => undefined;
});
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  cleanup();
  jest.useRealTimers();
});

async function pass(milliseconds = 0): Promise<void> {
  await React.act(async () => {
    await jest.advanceTimersByTimeAsync(milliseconds);
  });
}

async function setUp() {
  const store = new FakeStore(KEYS);
  const model = new ArchiveModel({
    trans: english,
    archives: [archiveInfo()],
    open: () => store
  });
  await model.goTo({ archive: 'mast', prefix: 'hst/public/' });
  store.requests.length = 0;
  const done = jest.fn();
  function Shown(): React.ReactElement {
    const input = React.useRef<HTMLInputElement>(null);
    return (
      <GoTo
        model={model}
        trans={nullTranslator.load('x')}
        input={input}
        done={done}
      />
    );
  }
  const { container } = render(<Shown />);
  const input = container.querySelector('input') as HTMLInputElement;
  const type = (text: string) =>
    fireEvent.change(input, { target: { value: text } });
  const press = (key: string) => !fireEvent.keyDown(input, { key });
  const options = () =>
    [...document.querySelectorAll<HTMLElement>('[role=option]')].map(
      option =>
        option.querySelector<HTMLElement>('.mast-PopupList-detail')?.title
    );
  const active = () => {
    const id = input.getAttribute('aria-activedescendant');
    return id === null
      ? null
      : document
          .getElementById(id)
          ?.querySelector<HTMLElement>('.mast-PopupList-detail')?.title;
  };
  const footer = () =>
    document.querySelector('.mast-PopupList-footer')?.textContent ?? '';
  return { model, store, done, input, type, press, options, active, footer };
}

describe('GoTo', () => {
  it('asks nothing until one types, and then after a pause', async () => {
    const { store, input, type, options, footer } = await setUp();
    fireEvent.focus(input);
    await pass(1000);
    expect(store.requests).toEqual([]);
    expect(footer()).toContain('TIC 377780790 s14');
    type('ibg70');
    await pass(100);
    type('ibg706');
    await pass(200);
    expect(store.requests).toEqual([]);
    await pass(100);
    expect(store.requests.map(request => request.prefix)).toEqual([
      `${P}ibg706`
    ]);
    expect(options()).toEqual([`${P}ibg706010/`]);
  });

  it('Down and Up choose, Enter goes there', async () => {
    const { model, done, input, type, press, options, active } = await setUp();
    fireEvent.focus(input);
    type('ibg706010');
    await pass(300);
    expect(options()).toEqual([`${P}ibg706010/`, KEYS[1], KEYS[2]]);
    expect(active()).toBe(`${P}ibg706010/`);
    press('ArrowDown');
    press('ArrowDown');
    expect(active()).toBe(KEYS[2]);
    press('ArrowDown');
    expect(active()).not.toBe(KEYS[2]);
    press('ArrowUp');
    expect(active()).toBe(KEYS[2]);
    expect(press('Enter')).toBe(true);
    await pass();
    expect(model.prefix).toBe(`${P}ibg706010/`);
    expect(model.selectedObjects.map(object => object.key)).toEqual([KEYS[2]]);
    expect(done).toHaveBeenCalledTimes(1);
    expect([input.value, options()]).toEqual(['', []]);
  });

  it('Enter before the list is there takes the first thing found', async () => {
    const { model, store, input, type, press } = await setUp();
    let answer: () => void = () => undefined;
    store.before = () => new Promise(resolve => (answer = resolve));
    fireEvent.focus(input);
    type('ibg705080_drz.fits');
    press('Enter');
    // Longer than the pause after which typing is looked up.
    await pass(600);
    expect(store.requests).toHaveLength(1);
    store.before = () => undefined;
    answer();
    await pass();
    expect(model.prefix).toBe(`${P}ibg705080/`);
    expect(model.selectedObjects.map(object => object.key)).toEqual([KEYS[0]]);
  });

  it('Tab completes to what is chosen, and leaves when there is nothing', async () => {
    const { input, type, press } = await setUp();
    fireEvent.focus(input);
    type('ibg706');
    await pass(300);
    expect(press('Tab')).toBe(true);
    expect(input.value).toBe(`${P}ibg706010/`);
    await pass(300);
    expect(press('Tab')).toBe(false);
  });

  it('Escape closes and restores, then leaves', async () => {
    const { input, type, press, done, options } = await setUp();
    fireEvent.focus(input);
    type('ibg706');
    await pass(300);
    expect(press('Escape')).toBe(true);
    expect([
      options(),
      input.getAttribute('aria-expanded'),
      input.value
    ]).toEqual([[], 'false', 'ibg706']);
    press('Escape');
    expect(input.value).toBe('');
    expect(done).not.toHaveBeenCalled();
    press('Escape');
    expect(done).toHaveBeenCalledTimes(1);
  });

  it('shows only what the last text leads to', async () => {
    const { store, input, type, options } = await setUp();
    const answers: (() => void)[] = [];
    store.before = () => new Promise(resolve => answers.push(resolve));
    fireEvent.focus(input);
    type('ibg705');
    await pass(300);
    type('ibg706');
    await pass(300);
    answers.reverse().forEach(answer => answer());
    await pass();
    expect(options()).toEqual([`${P}ibg706010/`]);
    expect(store.signals.map(signal => signal?.aborted).slice(-2)).toEqual([
      true,
      false
    ]);
  });

  it('says where it looked, and leads to the nearest folder', async () => {
    const { model, input, type, footer } = await setUp();
    fireEvent.focus(input);
    type('ibg7zz99q_flt.fits');
    await pass(300);
    expect(footer()).toContain('Nothing found for “ibg7zz99q_flt.fits”');
    expect(footer()).toContain(`Looked in ${P}ibg7zz.`);
    const button = document.querySelector('.mast-PopupList-footer button');
    expect(button?.textContent).toBe(`Show ${P}`);
    fireEvent.click(button as HTMLElement);
    await pass();
    expect(model.prefix).toBe(P);
  });

  it('says that it looks, and what went wrong', async () => {
    const { store, input, type, footer } = await setUp();
    let fail: (error: Error) => void = () => undefined;
    store.before = () => new Promise((_, reject) => (fail = reject));
    fireEvent.focus(input);
    type('ibg705080');
    await pass(300);
    expect(footer()).toContain('Looking …');
    fail(new ArchiveError('network', 'no answer'));
    await pass();
    expect(footer()).toContain('cannot be reached');
  });

  it('offers recent places', async () => {
    const { model, input, options } = await setUp();
    await model.goTo({ archive: 'mast', prefix: P });
    fireEvent.focus(input);
    await pass();
    expect(options()).toEqual([P, 'hst/public/']);
  });

  it('stops asking when it is taken away', async () => {
    const { store, input, type } = await setUp();
    store.before = () => new Promise(() => undefined);
    fireEvent.focus(input);
    type('ibg705080');
    await pass(300);
    cleanup();
    expect(store.signals[store.signals.length - 1]?.aborted).toBe(true);
  });
});
