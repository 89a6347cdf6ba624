import type { CommandRegistry } from '@lumino/commands';

/** Shows what of the workspace may go, where that capability is installed. */
const FREE_UP = 'mast:free-up-space';

/** Whether there is a place where space can be freed. */
export function canFreeUp(commands: CommandRegistry): boolean {
  return commands.hasCommand(FREE_UP);
}

/**
 * Go to where space can be freed for what is copied to a folder.
 *
 * @returns Whether people have come back from there; otherwise they went on to
 *   something else.
 */
export async function freeUp(
  commands: CommandRegistry,
  folder: string
): Promise<boolean> {
  return (await commands.execute(FREE_UP, { folder })) !== false;
}
