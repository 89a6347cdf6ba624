import {
  Dialog,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
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
import { formatDate } from '../ui/format';
import { archiveIcon, copyToIcon } from '../ui/icons';
import type { CopiedFiles, IOrigin } from './copied';
import { CommandIDs } from './ids';
import type { IListed, ListProblem } from './lists';
import type { TransfersModel } from './model';
import { notifyWhile, type IOutcome } from './notify';
import { FolderTree, placeOf } from './targets';
import type { ICreate, ISource, ITransfer, IVerdict, Layout } from './types';

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

/** Files that a list of a selection has at most: what one copy takes. */
const LONGEST_LIST = 100_000;

/** Drives on which the Jupyter server's own files are: its own, and RTC's. */
const SERVER_DRIVES = ['', 'RTC'];

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

/** Shows the usage of the workspace, where that capability is installed. */
const SHOW_USAGE = 'mast:show-usage';

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
  const copier = new Copier(options);

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
          Notification.warning(why);
          return;
        }
        try {
          return await spec.run(args);
        } catch (error) {
          Notification.error(Private.message(error), { autoClose: 10_000 });
        }
      }
    });
  };

  const what = {
    of: {
      type: 'string',
      enum: ['selection', 'heading', 'grid'],
      description: trans.__(
        'What of the archive panel: the selection, the group under the pointer, or the group where nothing is selected'
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
    args.of === 'heading' && Private.empty(archive.chosen('heading'))
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
    run: args => copier.copy(args, 'auto')
  });
  add(CommandIDs.copyTo, {
    label: trans.__('Copy to…'),
    caption: trans.__(
      'Choose where and how the selected files and folders are copied'
    ),
    icon: copyIcon,
    args: what,
    refusal: nothing,
    run: args => copier.copy(args, 'ask')
  });
  add(CommandIDs.reviewCopy, {
    label: trans.__('Review copy…'),
    caption: trans.__('Look at a copy that is planned and has not started'),
    icon: copyIcon,
    args: {
      id: { type: 'string', description: trans.__('The id of the transfer') }
    },
    refusal: args =>
      copier.waiting(args.id) === null
        ? trans.__('No copy waits to be looked at.')
        : null,
    run: async args => {
      const transfer = copier.waiting(args.id);
      return transfer && copier.review(transfer);
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
      Private.empty(archive.chosen(Private.of(args)))
        ? trans.__('Select files or folders in the archive panel first.')
        : null,
    run: args => copier.saveList(Private.of(args))
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
    run: args => copier.copyFromList(args)
  });

  /** Why the selected file of the file browser cannot be traced. */
  const untraced = (): string | null => {
    const path = copier.selectedFile();
    return path === null
      ? trans.__('Select a file in the file browser first.')
      : options.copied.at(path) === null
        ? trans.__('This file was not copied from an archive.')
        : null;
  };
  // Before the record was read, nobody knows: then they are offered.
  const traced = () => {
    const path = copier.selectedFile();
    return path === null || options.copied.at(path) !== null;
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
      const origin = await copier.origin();
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
    run: () => copier.verify()
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
    run: args => copier.fetchAgain(args.path)
  });

  archive.selectionChanged.connect(() => commands.notifyCommandChanged());
}

/** Does what the commands say. */
class Copier {
  constructor(private readonly _options: ICopyCommandOptions) {}

  /** Copy what the arguments mean; resolves when it is under way. */
  async copy(
    args: ReadonlyPartialJSONObject,
    start: 'auto' | 'ask'
  ): Promise<ITransfer | null> {
    const chosen = await this._chosen(args);
    return (
      chosen &&
      this._create({
        archive: chosen.archive,
        sources: chosen.sources,
        folder: typeof args.target === 'string' ? args.target : null,
        start: chosen.guessed ? 'ask' : start
      })
    );
  }

  /** The dialog on a transfer that has not started. */
  async review(transfer: ITransfer): Promise<boolean> {
    const { transfers, contents, trans, locale, commands } = this._options;
    const [{ showCopyDialog }, { CopyDialogModel }] = await Promise.all([
      import('./components/CopyDialogWindow'),
      import('./copydialog')
    ]);
    return showCopyDialog({
      model: new CopyDialogModel({
        transfer: transfers.get(transfer.id) ?? transfer,
        transfers,
        tree: new FolderTree(contents, transfers.roots)
      }),
      trans,
      locale,
      freeUp: commands.hasCommand(SHOW_USAGE)
        ? () => void commands.execute(SHOW_USAGE)
        : null
    });
  }

  /** The transfer of an id, or any, that waits for somebody to look at it. */
  waiting(id: unknown): ITransfer | null {
    return (
      this._options.transfers.transfers.find(
        one => one.confirm && (id === undefined || one.id === id)
      ) ?? null
    );
  }

  async saveList(of: 'selection' | 'heading'): Promise<string | null> {
    const { archive, contents, trans } = this._options;
    const { objects, folders } = archive.chosen(of);
    const info = archive.current;
    if (info === null) {
      return null;
    }
    const folder = this._folder();
    const answer = await InputDialog.getText({
      title: trans.__('Save selection as list'),
      label: trans.__('Name of the file in %1', this._nameOf(folder)),
      text: 'archive-list.csv',
      okLabel: trans.__('Save')
    });
    const name = answer.value?.trim() ?? '';
    if (!answer.button.accept || name === '') {
      return null;
    }
    const path = PathExt.join(
      folder,
      PathExt.extname(name) === '' ? `${name}.csv` : name
    );
    if (await this._exists(path)) {
      const replace = await showDialog({
        title: trans.__('Replace %1?', PathExt.basename(path)),
        body: trans.__('What is in it now is lost.'),
        defaultButton: 0,
        buttons: [
          Dialog.cancelButton({ label: trans.__('Cancel') }),
          Dialog.warnButton({ label: trans.__('Replace') })
        ]
      });
      if (!replace.button.accept) {
        return null;
      }
    }
    const save = async () => {
      const { writeList } = await import('./lists');
      const listed = objects.map(one => Private.listed(info.id, one));
      for (const prefix of folders) {
        for await (const page of archive.objectsBelow(info.id, prefix)) {
          listed.push(...page.map(one => Private.listed(info.id, one)));
          if (listed.length > LONGEST_LIST) {
            throw new Error(
              trans.__(
                'The selection has more than %1 files, which is more than one list can have. Select less.',
                String(LONGEST_LIST)
              )
            );
          }
        }
      }
      await contents.save(path, {
        type: 'file',
        format: 'text',
        content: writeList(listed)
      });
      return listed.length;
    };
    const saving = save();
    await notifyWhile(
      trans.__('Saving the list …'),
      saving.then(
        count => ({
          message: trans._n(
            '%1 file listed in %2',
            '%1 files listed in %2',
            count,
            path
          ),
          type: 'success' as const,
          options: { autoClose: 5_000 }
        }),
        error => Private.failed(error)
      )
    );
    return saving.then(
      () => path,
      () => null
    );
  }

  async copyFromList(
    args: ReadonlyPartialJSONObject
  ): Promise<readonly ITransfer[]> {
    const { archive, contents, trans } = this._options;
    const path =
      typeof args.path === 'string' ? args.path : await this._askForList();
    if (path === null) {
      return [];
    }
    const [{ readList, ListError }, model] = await Promise.all([
      import('./lists'),
      contents.get(path, { type: 'file', format: 'text', content: true })
    ]);
    let files: IListed[];
    try {
      files = readList(String(model.content));
    } catch (error) {
      throw error instanceof ListError
        ? new Error(Private.listProblem(error.problem, path, trans))
        : error;
    }
    if (files.length === 0) {
      throw new Error(trans.__('%1 lists no files.', path));
    }
    const byArchive = new Map<string, ISource[]>();
    for (const { archive: id, key, size, etag } of files) {
      if (archive.get(id) === undefined) {
        throw new Error(
          trans.__(
            '%1 names the archive “%2”, which this server does not have.',
            path,
            id
          )
        );
      }
      const sources = byArchive.get(id) ?? [];
      byArchive.set(id, sources);
      sources.push({
        key,
        ...(size === null ? {} : { size }),
        ...(etag === '' ? {} : { etag })
      });
    }
    const started: ITransfer[] = [];
    for (const [id, sources] of byArchive) {
      const transfer = await this._create({
        archive: id,
        sources,
        folder: typeof args.target === 'string' ? args.target : null,
        start: 'auto',
        exact: true
      });
      if (transfer) {
        started.push(transfer);
      }
    }
    return started;
  }

  /** The one file that is selected in the file browser. */
  selectedFile(): string | null {
    const items = [...(this._options.browser()?.selectedItems() ?? [])];
    return items.length === 1 && items[0].type !== 'directory'
      ? this._options.contents.localPath(items[0].path)
      : null;
  }

  /**
   * What a file is a copy of; says so when it is none.
   *
   * @param asked - Its path; else the selected file is meant.
   */
  async origin(asked?: unknown): Promise<IOrigin | null> {
    const { copied, trans } = this._options;
    const path = typeof asked === 'string' ? asked : this.selectedFile();
    if (path === null) {
      return null;
    }
    await copied.load();
    const origin = copied.at(path) ?? null;
    if (origin === null) {
      Notification.info(
        trans.__(
          '%1 was not copied from an archive, or it was changed and moved since.',
          path
        )
      );
    }
    return origin;
  }

  /**
   * Compare the selected file with the record of its copy, and say what came
   * of it: whether it is the same, or `null` where that cannot be told.
   */
  async verify(): Promise<boolean | null> {
    const { transfers, contents, commands, trans } = this._options;
    const origin = await this.origin();
    const path = origin?.copy.path ?? null;
    if (path === null) {
      return null;
    }
    const name = PathExt.basename(path);
    const again = {
      label: trans.__('Fetch again'),
      callback: () => void commands.execute(CommandIDs.fetchAgain, { path })
    };
    const read = async () => {
      await transfers.start();
      const place = placeOf(contents.localPath(path), transfers.roots);
      return transfers.verify(place.root, place.path);
    };
    const reading = read();
    await notifyWhile(
      trans.__('Reading %1 …', name),
      reading.then(
        verdict => {
          const message = Private.verdict(name, verdict, trans);
          return verdict.same === true
            ? { message, type: 'success', options: { autoClose: 8_000 } }
            : {
                message,
                type: 'warning',
                options: { autoClose: false, actions: [again] }
              };
        },
        error => Private.failed(error)
      )
    );
    return reading.then(
      ({ same }) => same,
      () => null
    );
  }

  async fetchAgain(asked: unknown): Promise<ITransfer | null> {
    const { trans } = this._options;
    const origin = await this.origin(asked);
    const path = origin?.copy.path ?? null;
    if (origin === null || path === null) {
      return null;
    }
    const again = {
      archive: origin.archive,
      sources: [{ key: origin.copy.key }],
      folder: PathExt.dirname(path),
      start: 'now',
      layout: 'flat'
    } as const;
    if (PathExt.basename(path) !== PathExt.basename(origin.copy.key)) {
      // Under the object's own name there may be something else.
      return this._create({ ...again, conflict: 'keep-both' });
    }
    const answer = await showDialog({
      title: trans.__('Fetch %1 again?', PathExt.basename(path)),
      body: trans.__(
        'If you have changed it, or the archive has another version, what is there now is replaced.'
      ),
      defaultButton: 0,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Replace') })
      ]
    });
    if (!answer.button.accept) {
      return null;
    }
    return this._create({ ...again, conflict: 'replace' });
  }

  /** What the arguments, the panel or the person say. */
  private async _chosen(args: ReadonlyPartialJSONObject): Promise<{
    readonly archive: string;
    readonly sources: readonly ISource[];
    /** Found by a text that does not name it whole: to be looked at. */
    readonly guessed: boolean;
  } | null> {
    const { archive, trans } = this._options;
    if (Array.isArray(args.sources) && typeof args.archive === 'string') {
      return {
        archive: args.archive,
        sources: args.sources as unknown as ISource[],
        guessed: false
      };
    }
    if (typeof args.text !== 'string') {
      let chosen = archive.chosen(Private.of(args));
      if (Private.empty(chosen) && args.of === 'grid') {
        chosen = archive.chosen('heading');
      }
      if (archive.current && !Private.empty(chosen)) {
        return {
          archive: archive.current.id,
          sources: sourcesOf(chosen),
          guessed: false
        };
      }
    }
    const text =
      typeof args.text === 'string' ? args.text : await this._askForText();
    if (text === null) {
      return null;
    }
    const place = await archive.locate(
      text,
      typeof args.archive === 'string' ? args.archive : null
    );
    if (place === null) {
      throw new Error(trans.__('Nothing found for “%1”.', text));
    }
    const found = place.key ?? place.prefix;
    return {
      archive: place.archive,
      sources: [
        place.key === undefined ? { prefix: place.prefix } : { key: place.key }
      ],
      guessed: !text.includes(PathExt.basename(found.replace(/\/$/, '')))
    };
  }

  private async _askForText(): Promise<string | null> {
    const { trans } = this._options;
    const answer = await InputDialog.getText({
      title: trans.__('Copy to workspace'),
      label: trans.__('Key, s3:// or mast: URI, file name, root name or TIC'),
      okLabel: trans.__('Find')
    });
    const text = answer.value?.trim() ?? '';
    return answer.button.accept && text !== '' ? text : null;
  }

  private async _askForList(): Promise<string | null> {
    const { documents, trans } = this._options;
    const selected = this.selectedFile();
    if (selected?.toLowerCase().endsWith('.csv')) {
      return selected;
    }
    if (documents === null) {
      const answer = await InputDialog.getText({
        title: trans.__('Copy from list'),
        label: trans.__('Path of the CSV file')
      });
      return answer.button.accept && answer.value ? answer.value : null;
    }
    const { FileDialog } = await import('@jupyterlab/filebrowser');
    const answer = await FileDialog.getOpenFiles({
      manager: documents,
      title: trans.__('Copy from list'),
      filter: item =>
        item.type === 'directory' || item.name.toLowerCase().endsWith('.csv')
          ? {}
          : null
    });
    const file = answer.value?.find(item => item.type !== 'directory');
    return answer.button.accept && file ? file.path : null;
  }

  private async _create(asked: {
    readonly archive: string;
    readonly sources: readonly ISource[];
    /** A folder of the file browser; `null` for the one that it shows. */
    readonly folder: string | null;
    readonly start: 'auto' | 'now' | 'ask';
    readonly layout?: Layout;
    readonly conflict?: ICreate['conflict'];
    /** Whether only the versions that the sources name will do. */
    readonly exact?: boolean;
  }): Promise<ITransfer | null> {
    const { transfers, contents, trans } = this._options;
    const folder = asked.folder ?? this._folder();
    if (!canWriteTo(folder, contents)) {
      throw new Error(
        trans.__(
          'The file browser shows %1, into which nothing can be copied. Go to a folder of your workspace.',
          folder
        )
      );
    }
    await transfers.start();
    const place = placeOf(contents.localPath(folder), transfers.roots);
    const created = await transfers.create({
      archive: asked.archive,
      sources: asked.sources,
      root: place.root,
      target: place.path,
      layout: asked.layout ?? this._options.layout(),
      conflict: asked.conflict ?? 'ask',
      start: asked.start,
      ...(asked.exact && { exact: true })
    });
    const transfer =
      asked.start === 'ask' ? created : await this._settled(created);
    // Whatever needs a person is looked at; it begins after that or not.
    if (asked.start === 'ask' || transfer.confirm) {
      return (await this.review(transfer))
        ? (transfers.get(transfer.id) ?? transfer)
        : null;
    }
    return transfer;
  }

  /** Wait until a transfer has begun, or needs somebody. */
  private _settled(created: ITransfer): Promise<ITransfer> {
    const { transfers } = this._options;
    return new Promise(resolve => {
      let last = created;
      const look = () => {
        const now = transfers.get(created.id);
        last = now ?? last;
        if (now === undefined || now.confirm || now.state !== 'planning') {
          transfers.changed.disconnect(look);
          resolve(last);
        }
      };
      transfers.changed.connect(look);
      look();
    });
  }

  /** The folder that the file browser shows; the root where there is none. */
  private _folder(): string {
    return this._options.browser()?.model.path ?? '';
  }

  private _nameOf(folder: string): string {
    const { contents, trans } = this._options;
    return contents.localPath(folder) || trans.__('your home folder');
  }

  private async _exists(path: string): Promise<boolean> {
    try {
      await this._options.contents.get(path, { content: false });
      return true;
    } catch {
      return false;
    }
  }
}

namespace Private {
  export function of(args: ReadonlyPartialJSONObject): 'selection' | 'heading' {
    return args.of === 'heading' ? 'heading' : 'selection';
  }

  export function empty(chosen: ReturnType<IArchive['chosen']>): boolean {
    return chosen.objects.length + chosen.folders.length === 0;
  }

  export function listed(
    archive: string,
    { key, size, etag }: { key: string; size: number; etag: string }
  ): IListed {
    return { archive, key, size, etag };
  }

  export function listProblem(
    problem: ListProblem,
    path: string,
    trans: TranslationBundle
  ): string {
    switch (problem.kind) {
      case 'no-header':
        return trans.__(
          '%1 is no list of the archive: its first line must name the columns archive and key.',
          path
        );
      case 'no-archive':
        return trans.__('Line %1 of %2 names no archive.', problem.line, path);
      case 'no-key':
        return trans.__('Line %1 of %2 names no key.', problem.line, path);
      case 'size':
        return trans.__(
          'The size in line %1 of %2 is no number of bytes.',
          problem.line,
          path
        );
      default:
        return trans.__(
          'Line %1 of %2 has a quotation mark that does not end.',
          problem.line,
          path
        );
    }
  }

  /** What a comparison of a file with its record means. */
  export function verdict(
    name: string,
    { same, algorithm, time }: IVerdict,
    trans: TranslationBundle
  ): string {
    const day = formatDate(new Date(time * 1000));
    switch (same) {
      case true:
        return algorithm === ''
          ? trans.__(
              '%1 was not written to since it was copied on %2 (by size and time).',
              name,
              day
            )
          : trans.__(
              '%1 is unchanged since it was copied on %2 (%3).',
              name,
              day,
              algorithm
            );
      case false:
        return algorithm === ''
          ? trans.__(
              '%1 was changed since it was copied on %2: it has another size.',
              name,
              day
            )
          : trans.__(
              '%1 was changed since it was copied on %2 (%3).',
              name,
              day,
              algorithm
            );
      default:
        return trans.__(
          '%1 was written to since it was copied on %2. Its bytes cannot be compared: the archive has only a checksum of parts.',
          name,
          day
        );
    }
  }

  export function failed(error: unknown): IOutcome {
    return {
      message: message(error),
      type: 'error',
      options: { autoClose: 10_000 }
    };
  }

  export function message(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
  }
}
