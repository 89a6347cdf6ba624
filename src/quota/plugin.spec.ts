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

it('loads its code once the network is back', async () => {
  PageConfig.setOption('jupyterlabMast', '{"quota":true}');
  jest.useFakeTimers();
  jest.spyOn(console, 'warn').mockReturnValue();
  const error = jest.spyOn(console, 'error');
  const app = {
    commands: new CommandRegistry(),
    restored: Promise.resolve(),
    serviceManager: { isDisposed: false }
  };
  const [plugin] = plugins;
  void plugin.activate(app as unknown as JupyterFrontEnd);
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
