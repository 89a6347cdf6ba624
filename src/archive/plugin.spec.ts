import type { JupyterFrontEnd } from '@jupyterlab/application';
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
