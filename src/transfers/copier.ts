import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { formatDate, formatNumber } from '../ui/format';
import { tell } from '../ui/tell';
import {
  canWriteTo,
  isEmpty,
  messageOf,
  partOf,
  selectedFile,
  sourcesOf,
  type ICopyCommandOptions
} from './commands';
import type { IOrigin } from './copied';
import { CommandIDs } from './ids';
import type { IListed, ListProblem } from './lists';
import { notifyWhile, type IOutcome } from './outcome';
import { FolderTree, placeOf } from './targets';
import type { ICreate, ISource, ITransfer, IVerdict, Layout } from './types';
import { canFreeUp, freeUp } from './usage';

/** Files that a list of a selection has at most: what one copy takes. */
const LONGEST_LIST = 100_000;

/**
 * Does what the commands say; loaded with the first of them.
 */
export class Copier {
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

  /**
   * The dialog on a transfer that has not started.
   *
   * @param made - Whether it was made for the dialog, and goes with it.
   */
  async review(transfer: ITransfer, made = false): Promise<boolean> {
    const { transfers, contents, trans, locale, commands } = this._options;
    const [{ showCopyDialog }, { CopyDialogModel }] = await Promise.all([
      import('./components/CopyDialogWindow'),
      import('./copydialog')
    ]);
    let shown = transfer;
    for (;;) {
      const outcome = await showCopyDialog({
        model: new CopyDialogModel({
          // An event may have told of it meanwhile.
          transfer: transfers.get(shown.id) ?? shown,
          transfers,
          tree: new FolderTree(contents, transfers.roots, trans.__('Home'))
        }),
        trans,
        locale,
        canFreeUp: canFreeUp(commands),
        made
      });
      if (outcome !== 'free-up') {
        return outcome === 'started';
      }
      if (!(await freeUp(commands, shown.target.absolute))) {
        // It waits until they look at it again.
        return false;
      }
      // Planned anew: there may be room now.
      const { id, layout } = shown;
      shown = await transfers.choose(id, { layout });
    }
  }

  async saveList(of: 'selection' | 'heading'): Promise<string | null> {
    const { archive, contents, trans, locale } = this._options;
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
    if (
      (await this._exists(path)) &&
      !(await this._mayReplace(
        trans.__('Replace %1?', PathExt.basename(path)),
        trans.__('What is in it now is lost.')
      ))
    ) {
      return null;
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
                formatNumber(LONGEST_LIST, locale)
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
            '%2 file listed in %3',
            '%2 files listed in %3',
            count,
            formatNumber(count, locale),
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

  /**
   * What a file is a copy of; says so when it is none.
   *
   * @param asked - Its path; else the selected file is meant.
   */
  async origin(asked?: unknown): Promise<IOrigin | null> {
    const { copied, trans } = this._options;
    const path =
      typeof asked === 'string' ? asked : selectedFile(this._options);
    if (path === null) {
      return null;
    }
    await copied.load();
    const origin = copied.at(path) ?? null;
    if (origin === null) {
      tell(
        trans.__(
          '%1 was not copied from an archive, or it was changed and moved since.',
          path
        ),
        'info'
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
    const sure = await this._mayReplace(
      trans.__('Fetch %1 again?', PathExt.basename(path)),
      trans.__(
        'If you have changed it, or the archive has another version, what is there now is replaced.'
      )
    );
    return sure ? this._create({ ...again, conflict: 'replace' }) : null;
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
      let chosen = archive.chosen(partOf(args));
      if (isEmpty(chosen) && args.of === 'grid') {
        chosen = archive.chosen('heading');
      }
      if (archive.current && !isEmpty(chosen)) {
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
    const selected = selectedFile(this._options);
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
      return (await this.review(transfer, true))
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

  /** Whether somebody is sure that a file is to be replaced. */
  private async _mayReplace(title: string, body: string): Promise<boolean> {
    const { trans } = this._options;
    const answer = await showDialog({
      title,
      body,
      defaultButton: 0,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Replace') })
      ]
    });
    return answer.button.accept;
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
      case 'etag':
        return trans.__(
          'The ETag in line %1 of %2 is none: there are spaces, control characters or quotes in it.',
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
        return trans.__(
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
          '%1 was copied on %2. Its bytes cannot be compared: no checksum of the whole file was kept.',
          name,
          day
        );
    }
  }

  export function failed(error: unknown): IOutcome {
    return {
      message: messageOf(error),
      type: 'error',
      options: { autoClose: 10_000 }
    };
  }
}
