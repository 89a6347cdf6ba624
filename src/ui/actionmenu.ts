import { MenuSvg, type LabIcon } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import type { Menu } from '@lumino/widgets';

/** One line of an {@link ActionMenu}. */
export interface IMenuItem {
  readonly label: string;
  readonly icon?: LabIcon;
  run(): void;
}

/** When the menu closes, the focus comes back to where it was in this part. */
export function returnFocus(menu: Menu, part: HTMLElement): void {
  let back: HTMLElement | null = null;
  menu.node.addEventListener('focusin', ({ relatedTarget: from }) => {
    if (
      from instanceof HTMLElement &&
      part.contains(from) &&
      !menu.node.contains(from)
    ) {
      back = from;
    }
  });
  menu.aboutToClose.connect(() => {
    if (back?.isConnected) {
      back.focus();
    }
    back = null;
  });
}

/** A menu of what can be done with a row, made anew each time. */
export class ActionMenu implements IDisposable {
  constructor() {
    this._menu = new MenuSvg({ commands: this._commands });
    returnFocus(this._menu, document.body);
  }

  get isDisposed(): boolean {
    return this._menu.isDisposed;
  }

  /** Open it; the focus comes back to where it is. */
  open(
    items: readonly IMenuItem[],
    place: { readonly x: number; readonly y: number }
  ): void {
    const { _menu: menu, _commands: commands } = this;
    menu.clearItems();
    this._added.splice(0).forEach(one => one.dispose());
    items.forEach(({ label, icon, run }, i) => {
      const command = `item-${i}`;
      this._added.push(
        commands.addCommand(command, { label, icon, execute: run })
      );
      menu.addItem({ command });
    });
    menu.open(place.x, place.y);
  }

  dispose(): void {
    this._menu.dispose();
  }

  private readonly _commands = new CommandRegistry();
  private readonly _menu: MenuSvg;
  private readonly _added: IDisposable[] = [];
}
