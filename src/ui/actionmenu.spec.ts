import { Menu } from '@lumino/widgets';
import { CommandRegistry } from '@lumino/commands';
import { returnFocus } from './actionmenu';

/** A part of the page with a button, and a menu that opens anywhere. */
function setUp() {
  document.body.innerHTML =
    '<main><button id="ours"></button></main><button id="other"></button>';
  const commands = new CommandRegistry();
  commands.addCommand('one', { execute: () => undefined, label: 'One' });
  const menu = new Menu({ commands });
  menu.addItem({ command: 'one' });
  returnFocus(menu, document.querySelector('main')!);
  return {
    /** Open the menu with the focus on a button, and close it. */
    openFrom: (id: string) => {
      document.getElementById(id)?.focus();
      menu.open(0, 0);
      menu.node.focus();
      menu.close();
      return document.activeElement?.id;
    }
  };
}

describe('returnFocus', () => {
  it('gives the focus back to the part of the page that had it', () => {
    const { openFrom } = setUp();
    expect(openFrom('ours')).toBe('ours');
  });

  it('gives none to what had it for another menu', () => {
    const { openFrom } = setUp();
    openFrom('ours');
    expect(openFrom('other')).not.toBe('ours');
  });
});
