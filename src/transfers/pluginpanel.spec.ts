import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ServerConnection, type ServiceManager } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { PanelCommandIDs, PanelPluginIDs } from './panelids';
import plugins from './pluginpanel';
import { TransfersService } from './service';
import { FakeEvents, RecordedServer, transferOf } from './testing';
import type { TransferState } from './types';

const server = new RecordedServer();
jest.mock('./api', () => ({ TransfersApi: jest.fn(() => server) }));

/** The commands, where there is one transfer. */
async function setUp(state: TransferState): Promise<CommandRegistry> {
  server.transfers = [transferOf({ state })];
  const service = new TransfersService(
    {
      events: new FakeEvents(),
      serverSettings: ServerConnection.makeSettings()
    } as unknown as ServiceManager.IManager,
    nullTranslator.load('x'),
    true,
    () => undefined
  );
  const commands = new CommandRegistry();
  const panel = plugins.find(({ id }) => id === PanelPluginIDs.panel);
  await panel?.activate(
    { commands, shell: { add: () => undefined } } as unknown as JupyterFrontEnd,
    service
  );
  await service.model.start();
  return commands;
}

it.each<[TransferState, boolean, boolean, boolean]>([
  ['planning', false, false, false],
  ['queued', true, false, false],
  ['running', true, false, false],
  ['waiting', true, false, false],
  ['paused', false, true, false],
  ['done', false, false, true],
  ['failed', false, false, true]
])(
  'where a transfer is %s, only what does something is enabled',
  async (state, pause, resume, clear) => {
    const commands = await setUp(state);
    const { pauseAll, resumeAll, clearEnded } = PanelCommandIDs;
    expect(
      [pauseAll, resumeAll, clearEnded].map(id => commands.isEnabled(id))
    ).toEqual([pause, resume, clear]);
  }
);
