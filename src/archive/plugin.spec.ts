import type { JupyterFrontEnd } from '@jupyterlab/application';
import { CommandRegistry } from '@lumino/commands';
import { PluginIDs } from './ids';
import plugins from './plugin';

it('has its drive also where the settings cannot be read', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const drives: string[] = [];
  const app = {
    serviceManager: {
      contents: {
        addDrive: ({ name }: { name: string }) => drives.push(name)
      }
    }
  } as unknown as JupyterFrontEnd;
  const problem = new Error('no settings');
  const settings = { load: () => Promise.reject(problem) };
  const drive = plugins.find(({ id }) => id === PluginIDs.drive);
  await drive?.activate(app, {}, settings);
  await Promise.resolve();
  await Promise.resolve();
  expect(drives).toEqual(['MAST']);
  expect(warn).toHaveBeenCalledWith(
    'jupyterlab-mast: the settings of the archive could not be read.',
    problem
  );
  warn.mockRestore();
});

it('has a command for links that is enabled for what is a link alone', async () => {
  const commands = new CommandRegistry();
  const registered: string[] = [];
  const link = plugins.find(({ id }) => id === PluginIDs.link);
  await link?.activate(
    { commands } as unknown as JupyterFrontEnd,
    {
      register: ({ command }: { command: string }) => registered.push(command)
    },
    {},
    null
  );
  const [id] = registered;
  expect(commands.label(id)).toBe('Follow Link to Archive');
  expect(commands.caption(id)).toContain('archive');
  expect(commands.icon(id)).toBeDefined();
  const enabled = (search: string, path = '/lab') =>
    commands.isEnabled(id, { path, search, hash: '' });
  expect(commands.isEnabled(id)).toBe(false);
  expect(enabled('?reset')).toBe(false);
  expect(enabled('?mast=hst%2Fpublic%2F')).toBe(true);
  expect(enabled('', '/lab/tree/MAST:mast/a.txt')).toBe(true);
});
