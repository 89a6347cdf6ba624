import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { CommandRegistry } from '@lumino/commands';
import plugins from './plugin';

let attempts = 0;
let isAway = true;
const made = jest.fn();

jest.mock('./quota', () => {
  attempts += 1;
  if (isAway) {
    throw new Error('Loading chunk 1 failed.');
  }
  return { Quota: made };
});

const [plugin] = plugins;

function start(says: string): CommandRegistry {
  PageConfig.setOption('jupyterlabMast', says);
  jest.useFakeTimers();
  const commands = new CommandRegistry();
  const app = {
    commands,
    restored: Promise.resolve(),
    serviceManager: { isDisposed: false }
  };
  void plugin.activate(app as unknown as JupyterFrontEnd);
  return commands;
}

it.each(['{"quota":false}', '{"transfers":true}', ''])(
  'adds nothing where the server measures nothing and says %p',
  async says => {
    const commands = start(says);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(commands.listCommands()).toEqual([]);
    // Without it there is no item in the status bar.
    expect(attempts).toBe(0);
  }
);

it('loads its code once the network is back', async () => {
  jest.spyOn(console, 'warn').mockReturnValue();
  const error = jest.spyOn(console, 'error');
  start('{"quota":true}');
  await jest.advanceTimersByTimeAsync(8000);
  expect(attempts).toBe(1);
  await jest.advanceTimersByTimeAsync(30_000);
  expect(attempts).toBe(2);
  isAway = false;
  window.dispatchEvent(new Event('online'));
  await jest.advanceTimersByTimeAsync(600_000);
  expect(attempts).toBe(3);
  expect(made).toHaveBeenCalledTimes(1);
  expect(error).not.toHaveBeenCalled();
});
