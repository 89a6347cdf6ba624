import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { LiveDialog } from './livedialog';

class Live extends LiveDialog {
  protected follow(): void {
    // Its buttons never change.
  }
}

/** What waits until the browser has time. */
const idle: (() => void)[] = [];

beforeEach(() => {
  idle.length = 0;
  window.requestIdleCallback = callback => idle.push(callback as () => void);
});

/** A dialog with a tree and a box, which is there before the browser has time. */
async function launched(): Promise<{
  dialog: Live;
  free: () => Promise<void>;
  part: (selector: string) => HTMLElement;
}> {
  const dialog = new Live({
    title: 'Title',
    body: ReactWidget.create(
      <>
        <div role="tree" tabIndex={0} />
        <input />
      </>
    ),
    buttons: [Dialog.cancelButton(), Dialog.okButton()],
    focusNodeSelector: '[role=tree]',
    firstStop: '[role=tree]',
    changed: new Signal<object, void>({})
  });
  const part = (selector: string) =>
    dialog.node.querySelector<HTMLElement>(selector)!;
  const turn = () => new Promise<void>(resolve => setTimeout(resolve));
  void dialog.launch().catch(() => undefined);
  while (!dialog.node.querySelector('input')) {
    await turn();
  }
  const free = () => {
    idle.splice(0).forEach(callback => callback());
    return turn();
  };
  return { dialog, free, part };
}

it('gives the focus to what it should begin with', async () => {
  const { dialog, free, part } = await launched();
  await free();
  expect(document.activeElement).toBe(part('[role=tree]'));
  dialog.dispose();
});

it('takes the focus from nobody who types before the browser has time', async () => {
  const { dialog, free, part } = await launched();
  part('input').focus();
  await free();
  expect(document.activeElement).toBe(part('input'));
  dialog.dispose();
});
