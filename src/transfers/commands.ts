import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { FileBrowser } from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  checkIcon,
  copyIcon,
  downloadIcon,
  listIcon,
  saveIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type {
  ReadonlyJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';
import type { IArchive, IArchivePanel, IDragged } from '../tokens';
import { archiveIcon, copyToIcon } from '../ui/icons';
import { tell } from '../ui/tell';
import type { CopiedFiles } from './copied';
import type { Copier } from './copier';
import { CommandIDs } from './ids';
import type { TransfersModel } from './model';
import type { ISource, ITransfer, Layout } from './types';

/** What the commands work with. */
export interface ICopyCommandOptions {
  readonly commands: CommandRegistry;
  readonly archive: IArchive;
  readonly transfers: TransfersModel;
  readonly copied: CopiedFiles;
  readonly contents: Contents.IManager;
  readonly trans: TranslationBundle;
  readonly locale: string;
  /** The file browser that is used now; `null` where there is none. */
  browser(): FileBrowser | null;
  /** How files are arranged unless somebody chooses otherwise. */
  layout(): Layout;
  readonly panel: IArchivePanel | null;
  readonly documents: IDocumentManager | null;
}

/** Drives on which the Jupyter server's own files are: its own, and RTC's. */
const SERVER_DRIVES = ['', 'RTC'];

/** The commands about what is chosen in the archive panel. */
const OF_CHOICE = [
  CommandIDs.copyToWorkspace,
  CommandIDs.copyTo,
  CommandIDs.saveList
];

/** The commands about a copied file. */
const OF_COPY = [
  CommandIDs.showInArchive,
  CommandIDs.verifyCopy,
  CommandIDs.fetchAgain
];

/** What the server is told of files and folders. */
export function sourcesOf({
  objects,
  folders = []
}: Pick<IDragged, 'objects' | 'folders'>): ISource[] {
  return [
    ...folders.map(prefix => ({ prefix })),
    ...objects.map(({ key, size, etag }) => ({
      key,
      size,
      ...(etag === '' ? {} : { etag })
    }))
  ];
}

/** Whether a folder of the file browser lies on the Jupyter server. */
export function canWriteTo(
  folder: string,
  contents: Pick<Contents.IManager, 'driveName'>
): boolean {
  return SERVER_DRIVES.includes(contents.driveName(folder));
}

/** The one file that is selected in the file browser. */
export function selectedFile(
  options: Pick<ICopyCommandOptions, 'browser' | 'contents'>
): string | null {
  const items = selectedItems(options);
  return items.length === 1 && items[0].type !== 'directory'
    ? options.contents.localPath(items[0].path)
    : null;
}

function selectedItems({ browser }: Pick<ICopyCommandOptions, 'browser'>) {
  return [...(browser()?.selectedItems() ?? [])];
}

/** What of the archive panel the arguments of a command mean. */
export function partOf(
  args: ReadonlyPartialJSONObject
): 'selection' | 'heading' {
  return args.of === 'heading' ? 'heading' : 'selection';
}

/** Whether nothing of the archive panel is chosen. */
export function isEmpty(chosen: ReturnType<IArchive['chosen']>): boolean {
  return chosen.objects.length + chosen.folders.length === 0;
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The sentence for pages whose server cannot copy.
 */
export function noServer(trans: TranslationBundle): string {
  return trans.__(
    'Copying to a workspace needs a Jupyter server. Here you can open, read and download.'
  );
}

/**
 * The commands that copy from the archive, and about files that were copied.
 */
export function addCopyCommands(options: ICopyCommandOptions): void {
  const { commands, archive, transfers, trans } = options;
  let loaded: Copier | null = null;
  const copier = async (): Promise<Copier> => {
    const module = await import('./copier');
    return (loaded ??= new module.Copier(options));
  };

  const add = (
    id: string,
    spec: {
      readonly label: string;
      /** Where there is no room, for `short`; else the label. */
      readonly short?: string;
      readonly caption: string;
      readonly icon: LabIcon;
      readonly args?: ReadonlyJSONObject;
      /** Why it cannot be done now; `null` when it can. */
      refusal?(args: ReadonlyPartialJSONObject): string | null;
      visible?(): boolean;
      run(args: ReadonlyPartialJSONObject): Promise<unknown>;
    }
  ) => {
    const refusal = (args: ReadonlyPartialJSONObject): string | null =>
      !transfers.available
        ? noServer(trans)
        : archive.archives.length === 0
          ? trans.__('No archive is set up on this server.')
          : (spec.refusal?.(args) ?? null);
    commands.addCommand(id, {
      label: args =>
        args.short === true ? (spec.short ?? spec.label) : spec.label,
      caption: args => refusal(args) ?? spec.caption,
      icon: spec.icon,
      describedBy: {
        args: { type: 'object', properties: spec.args ?? {} }
      },
      isEnabled: args => refusal(args) === null,
      isVisible: () => spec.visible?.() ?? true,
      execute: async args => {
        const why = refusal(args);
        if (why !== null) {
          tell(why, 'warning');
          return;
        }
        try {
          return await spec.run(args);
        } catch (error) {
          tell(messageOf(error));
        }
      }
    });
  };

  const what = {
    of: {
      type: 'string',
      enum: ['selection', 'heading', 'grid'],
      description: trans.__(
        'The selection, the group under the pointer, or the selected group'
      )
    },
    text: {
      type: 'string',
      description: trans.__('A key, URI, root name, file name or TIC')
    },
    archive: {
      type: 'string',
      description: trans.__('The id of the archive')
    },
    sources: {
      type: 'array',
      description: trans.__('What to copy: objects with a key or a prefix'),
      items: {
        type: 'object',
        properties: {
          key: { type: 'string' },
          prefix: { type: 'string' },
          size: { type: 'number' },
          etag: { type: 'string' }
        }
      }
    },
    target: {
      type: 'string',
      description: trans.__(
        'A folder of the file browser; else the one that it shows'
      )
    }
  };
  const nothing = (args: ReadonlyPartialJSONObject): string | null =>
    args.of === 'heading' && isEmpty(archive.chosen('heading'))
      ? trans.__('Choose a group of the archive panel first.')
      : null;

  add(CommandIDs.copyToWorkspace, {
    label: trans.__('Copy to workspace'),
    short: trans.__('Copy'),
    caption: trans.__(
      'Copy the selected files and folders to the folder that the file browser shows'
    ),
    icon: copyToIcon,
    args: what,
    refusal: nothing,
    run: async args => (await copier()).copy(args, 'auto')
  });
  add(CommandIDs.copyTo, {
    label: trans.__('Copy to…'),
    caption: trans.__(
      'Choose where and how the selected files and folders are copied'
    ),
    icon: copyIcon,
    args: what,
    refusal: nothing,
    run: async args => (await copier()).copy(args, 'ask')
  });
  /** The transfer of an id, or any, that waits for somebody to look at it. */
  const waiting = (id: unknown): ITransfer | null =>
    transfers.transfers.find(
      one => one.confirm && (id === undefined || one.id === id)
    ) ?? null;
  add(CommandIDs.reviewCopy, {
    label: trans.__('Review copy…'),
    caption: trans.__('Look at a copy that is planned and has not started'),
    icon: copyIcon,
    args: {
      id: { type: 'string', description: trans.__('The id of the transfer') }
    },
    refusal: args =>
      waiting(args.id) === null
        ? trans.__('No copy waits to be looked at.')
        : null,
    run: async args => {
      const transfer = waiting(args.id);
      return transfer && (await copier()).review(transfer);
    }
  });
  add(CommandIDs.saveList, {
    label: trans.__('Save selection as list…'),
    caption: trans.__(
      'Save names, sizes and versions of the selected files as CSV, for a colleague to copy the same'
    ),
    icon: saveIcon,
    args: { of: what.of },
    refusal: args =>
      isEmpty(archive.chosen(partOf(args)))
        ? trans.__('Select files or folders in the archive panel first.')
        : null,
    run: async args => (await copier()).saveList(partOf(args))
  });
  add(CommandIDs.copyFromList, {
    label: trans.__('Copy from list…'),
    caption: trans.__(
      'Copy the files that a CSV list names; those that are there already are skipped'
    ),
    icon: listIcon,
    args: {
      path: {
        type: 'string',
        description: trans.__(
          'The list; else the one selected in the file browser, or asked for'
        )
      },
      target: what.target
    },
    run: async args => (await copier()).copyFromList(args)
  });

  /** Why the selected file of the file browser cannot be traced. */
  const untraced = (): string | null => {
    const path = selectedFile(options);
    return path === null
      ? trans.__('Select one file in the file browser first.')
      : options.copied.at(path) === null
        ? trans.__('This file was not copied from an archive.')
        : null;
  };
  // Before the record was read, nobody knows: then they are offered, as they
  // are, out of use, where nothing is selected.
  const traced = () => {
    const path = selectedFile(options);
    return path === null
      ? selectedItems(options).length === 0
      : options.copied.at(path) !== null;
  };
  add(CommandIDs.showInArchive, {
    label: trans.__('Show in archive'),
    caption: trans.__('Show where a copied file comes from'),
    icon: archiveIcon,
    refusal: () =>
      options.panel === null
        ? trans.__('The archive panel is not installed.')
        : untraced(),
    visible: traced,
    run: async () => {
      const origin = await (await copier()).origin();
      if (origin) {
        const { key } = origin.copy;
        await options.panel?.goTo({
          archive: origin.archive,
          prefix: key.slice(0, key.lastIndexOf('/') + 1),
          key
        });
      }
    }
  });
  add(CommandIDs.verifyCopy, {
    label: trans.__('Verify copy'),
    caption: trans.__(
      'Read this file, and tell whether it is still what was copied from the archive'
    ),
    icon: checkIcon,
    refusal: untraced,
    visible: traced,
    run: async () => (await copier()).verify()
  });
  add(CommandIDs.fetchAgain, {
    label: trans.__('Fetch again'),
    caption: trans.__(
      'Copy this file from the archive once more, over what is there'
    ),
    icon: downloadIcon,
    args: {
      path: {
        type: 'string',
        description: trans.__(
          'A file; else the one selected in the file browser'
        )
      }
    },
    refusal: args => (typeof args.path === 'string' ? null : untraced()),
    visible: traced,
    run: async args => (await copier()).fetchAgain(args.path)
  });

  const notify = (ids: readonly string[]) => () => {
    for (const id of ids) {
      commands.notifyCommandChanged(id);
    }
  };
  archive.selectionChanged.connect(notify(OF_CHOICE));
  options.copied.changed.connect(notify(OF_COPY));
}
