import type { Contents, ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IArchive } from '../tokens';
import { clockIcon } from '../ui/icons';
import { tell } from '../ui/tell';
import { messageOf, noServer } from './commands';
import { COMPARE } from './compareids';
import type { Decided } from './components/CompareDialogWindow';
import type { CopiedFiles } from './copied';
import { CommandIDs } from './ids';
import type { TransfersModel } from './model';

/** What the command works with. */
export interface ICompareCommandOptions {
  readonly commands: CommandRegistry;
  readonly archive: IArchive;
  readonly transfers: TransfersModel;
  readonly copied: CopiedFiles;
  readonly contents: Contents.IManager;
  readonly serverSettings: ServerConnection.ISettings;
  readonly trans: TranslationBundle;
  readonly locale: string;
  /** The one file that is selected in the file browser. */
  selectedFile(): string | null;
  /** Whether the row whose menu is open is of a file that was replaced. */
  rowIsNewer(): boolean;
}

/**
 * The command that shows a copy beside what the archive has now. Nothing is
 * asked for before it is run.
 */
export function addCompareCommand(options: ICompareCommandOptions): void {
  const { commands, archive, transfers, copied, trans } = options;

  /** Whether the file selected in the file browser may be a copy. */
  const traced = (): boolean =>
    options.selectedFile() !== null &&
    // It knows whether the record was read, and then what it says.
    (!commands.hasCommand(CommandIDs.fetchAgain) ||
      commands.isEnabled(CommandIDs.fetchAgain));
  const single = () =>
    archive.current !== null && archive.selection.length === 1
      ? { archive: archive.current.id, key: archive.selection[0].key }
      : null;

  /** What is meant, or why nothing can be. */
  const target = (
    args: ReadonlyPartialJSONObject
  ):
    | { readonly path: string }
    | { readonly archive: string; readonly key: string }
    | { readonly refusal: string } => {
    const { path, of } = args;
    if (typeof path === 'string') {
      return { path };
    }
    const file = options.selectedFile();
    if (of !== 'archive' && file !== null && traced()) {
      return { path: file };
    }
    const object = of === 'workspace' ? null : single();
    return (
      object ?? {
        refusal:
          of === 'archive'
            ? trans.__('Select one file in the archive panel first.')
            : file !== null
              ? trans.__('This file was not copied from an archive.')
              : trans.__(
                  'Select a copied file in the file browser, or its row in the archive panel, first.'
                )
      }
    );
  };
  const refusal = (args: ReadonlyPartialJSONObject): string | null => {
    if (!transfers.available) {
      return noServer(trans);
    }
    if (archive.archives.length === 0) {
      return trans.__('No archive is set up on this server.');
    }
    const found = target(args);
    return 'refusal' in found ? found.refusal : null;
  };

  commands.addCommand(COMPARE, {
    label: trans.__('Compare with archive…'),
    caption: args =>
      refusal(args) ??
      trans.__(
        'Show what differs between this copy and the archive’s file of today'
      ),
    icon: clockIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          path: {
            type: 'string',
            description: trans.__('A copied file of the workspace')
          },
          of: {
            type: 'string',
            enum: ['archive', 'workspace'],
            description: trans.__('Where a file is selected; else either')
          }
        }
      }
    },
    isEnabled: args => refusal(args) === null,
    isVisible: args =>
      args.of === 'archive'
        ? options.rowIsNewer()
        : args.of !== 'workspace' || traced(),
    execute: async (args): Promise<Decided | null> => {
      const why = refusal(args);
      const found = target(args);
      if (why !== null || 'refusal' in found) {
        tell(why ?? '', 'warning');
        return null;
      }
      try {
        const { compareKey, comparePath } = await import('./comparing');
        return 'path' in found
          ? await comparePath(found.path, options)
          : await compareKey(found.archive, found.key, options);
      } catch (error) {
        tell(messageOf(error));
        return null;
      }
    }
  });

  const notify = () => commands.notifyCommandChanged(COMPARE);
  archive.selectionChanged.connect(notify);
  copied.changed.connect(notify);
}
