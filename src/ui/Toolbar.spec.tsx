import { fireEvent, render, screen } from '@testing-library/react';
import * as React from 'react';
import { TextButton } from './TextButton';
import { Toolbar } from './Toolbar';

const NAMES = ['Back', 'Forward', 'More'];

function bar(names: readonly string[], disabled = '') {
  return (
    <Toolbar className="" label="Some">
      {names.map(name => (
        <TextButton
          key={name}
          enabled={name !== disabled}
          run={() => ran.push(name)}
        >
          {name}
        </TextButton>
      ))}
    </Toolbar>
  );
}

let ran: string[];
beforeEach(() => {
  ran = [];
});

const button = (name: string) => screen.getByRole('button', { name });
const focused = () => document.activeElement?.textContent;
const press = (key: string, more: object = {}) =>
  fireEvent.keyDown(document.activeElement as Element, { key, ...more });
/** The names of the buttons that Tab comes to. */
const stops = () =>
  screen
    .getAllByRole('button')
    .filter(one => one.tabIndex === 0)
    .map(one => one.textContent);

describe('Toolbar', () => {
  it('has a name and one Tab stop, at first its first button', () => {
    render(bar(NAMES));
    expect(screen.getByRole('toolbar', { name: 'Some' })).toBeTruthy();
    expect(stops()).toEqual(['Back']);
  });

  it('has buttons that act once on a double click, or a key held down', () => {
    render(bar(NAMES));
    for (const detail of [1, 2, 3]) {
      fireEvent.click(button('More'), { detail });
    }
    expect(ran).toEqual(['More']);
    button('More').focus();
    // The browser makes a click of each that is not taken.
    expect(press('Enter')).toBe(true);
    expect(press('Enter', { repeat: true })).toBe(false);
  });

  it('is moved in by Left, Right, Home and End, and remembers where', () => {
    render(bar(NAMES));
    button('Back').focus();
    press('ArrowRight');
    expect(focused()).toBe('Forward');
    expect(stops()).toEqual(['Forward']);
    press('End');
    press('ArrowRight');
    expect(focused()).toBe('More');
    press('ArrowLeft');
    expect(focused()).toBe('Forward');
    press('Home');
    press('ArrowLeft');
    expect(focused()).toBe('Back');
    button('More').focus();
    expect(stops()).toEqual(['More']);
  });

  it('leaves other keys and those with modifiers to others', () => {
    const heard: string[] = [];
    render(<div onKeyDown={event => heard.push(event.key)}>{bar(NAMES)}</div>);
    button('Back').focus();
    press('ArrowRight', { altKey: true });
    press('ArrowDown');
    press('Escape');
    expect(focused()).toBe('Back');
    press('ArrowRight');
    expect(heard).toEqual(['ArrowRight', 'ArrowDown', 'Escape']);
  });

  it('reaches disabled buttons, which do nothing and keep the focus', () => {
    const { rerender } = render(bar(NAMES));
    button('Forward').focus();
    rerender(bar(NAMES, 'Forward'));
    expect(focused()).toBe('Forward');
    expect(button('Forward').getAttribute('aria-disabled')).toBe('true');
    fireEvent.click(button('Forward'));
    fireEvent.click(button('More'));
    expect(ran).toEqual(['More']);
    button('Back').focus();
    press('ArrowRight');
    expect(focused()).toBe('Forward');
  });

  it('gives the focus of a button that goes to the next one, or the last', () => {
    const { rerender } = render(bar(NAMES));
    button('Forward').focus();
    rerender(bar(['Back', 'More']));
    expect(focused()).toBe('More');
    rerender(bar(['Back']));
    expect(focused()).toBe('Back');
    expect(stops()).toEqual(['Back']);
  });

  it('takes no focus that is elsewhere when its Tab stop goes', () => {
    const { rerender } = render(bar(NAMES));
    button('Forward').focus();
    button('Forward').blur();
    rerender(bar(['Back', 'More']));
    expect(document.activeElement).toBe(document.body);
    expect(stops()).toEqual(['More']);
  });

  it('passes over buttons that are hidden, and gives their focus on', () => {
    const { rerender } = render(bar(NAMES));
    button('Forward').style.display = 'none';
    button('Back').focus();
    press('ArrowRight');
    expect(focused()).toBe('More');
    const back = button('Back');
    back.focus();
    back.style.display = 'none';
    // What browsers do then.
    back.blur();
    rerender(bar(NAMES));
    expect(focused()).toBe('More');
  });
});
