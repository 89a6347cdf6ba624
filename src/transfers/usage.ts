import type { CommandRegistry } from '@lumino/commands';

/** Shows the usage of the workspace, where that capability is installed. */
const SHOW_USAGE = 'mast:show-usage';

/** Whether there is a place where space can be freed. */
export function canFreeUp(commands: CommandRegistry): boolean {
  return commands.hasCommand(SHOW_USAGE);
}

/** Go to where space can be freed. */
export async function freeUp(commands: CommandRegistry): Promise<void> {
  await commands.execute(SHOW_USAGE, { freeUp: true });
}
