import type { TranslationBundle } from '@jupyterlab/translation';
import { describeKey, goTo, groupOf, type Goto } from '../missions';
import type { IArchiveInfo, IPlace } from '../tokens';
import { outside, rootOf } from './config';
import { ArchiveError } from './errors';
import { baseName, folderOf } from './rows';
import type { IListPage, IStore } from './store';

/**
 * A place that a text in the "Go to" box leads to. It was seen in the
 * archive, not computed.
 */
export interface IFinding {
  readonly kind: 'file' | 'folder';
  readonly place: IPlace;
  readonly title: string;
  /** The key or prefix, to be shown below the title. */
  readonly detail: string;
}

/**
 * What is to be resolved, and where.
 */
export interface IResolveOptions {
  /** The archive shown; a text that names a bucket may lead to another. */
  readonly current: IArchiveInfo;
  readonly archives: readonly IArchiveInfo[];
  open(info: IArchiveInfo): IStore;
  readonly signal: AbortSignal;
  /** Called with each folder that was looked into. */
  looked?(prefix: string): void;
  readonly trans: TranslationBundle;
  /** Findings of one request at most; 20 unless told. */
  readonly limit?: number;
}

/** How many sectors are asked at once for a TIC. */
const IN_FLIGHT = 4;

/**
 * Find the places that a text leads to, as they are found.
 *
 * Every finding was seen in the archive. Ends without one when nothing is
 * there; the nearest folder is what {@link nearestPlace} says.
 *
 * @throws ArchiveError when the archive cannot be asked, or the text names a
 *   bucket or folder that no archive here opens.
 */
export async function* resolve(
  text: string,
  options: IResolveOptions
): AsyncGenerator<IFinding> {
  const asked = goTo(text, options.archives);
  const look = new Lookup(options);
  switch (asked.kind) {
    case 'place':
      yield* look.place(asked);
      return;
    case 'rootname':
      yield* look.observation(asked.visitPrefix, asked.name);
      return;
    case 'visit':
      yield* look.folders(asked.prefix);
      return;
    case 'hst-file':
      yield* look.hstFile(
        asked.visitPrefix,
        asked.file,
        asked.exact,
        asked.keys
      );
      return;
    case 'file':
      yield* look.keys(asked.keys);
      return;
    case 'tess-target':
      yield* asked.sector === null
        ? look.everySector(asked.sectors, asked.path)
        : look.targets(asked.prefixes);
      return;
    case 'kepler-target':
    case 'k2-target':
      yield* asked.campaigns.length > 0
        ? look.everyCampaign(asked.campaigns, asked.path)
        : look.targets(asked.prefixes);
      return;
    default:
      return;
  }
}

/**
 * A folder as people call it: `TIC 377780790 · sector 14`, `ibg705080 · WFC3`,
 * else its name; `''` for a whole bucket.
 */
export function placeTitle(prefix: string): string {
  const group = prefix === '' ? null : groupOf(`${prefix}x`, '');
  return (
    [group?.title, group?.subtitle].filter(Boolean).join(' · ') ||
    baseName(prefix)
  );
}

/**
 * The folder to show when nothing was found, or `null`.
 */
export function nearestPlace(
  text: string,
  current: IArchiveInfo,
  archives: readonly IArchiveInfo[]
): IPlace | null {
  const asked = goTo(text, archives);
  const prefix = Private.nearest(asked);
  return prefix !== null && rootOf(current, prefix) !== null
    ? { archive: current.id, prefix }
    : null;
}

/**
 * The archive that a place means: the one named, else the current one when
 * it has the bucket and opens the key, else the first that does.
 */
export function archiveOf(
  asked: { archive?: string; bucket?: string; key: string },
  current: IArchiveInfo,
  archives: readonly IArchiveInfo[],
  trans: TranslationBundle
): IArchiveInfo {
  const opens = (info: IArchiveInfo) =>
    (asked.archive === undefined || info.id === asked.archive) &&
    (asked.bucket === undefined || info.bucket === asked.bucket) &&
    (rootOf(info, asked.key) !== null ||
      info.roots.some(root => root.prefix.startsWith(asked.key)));
  const info = [current, ...archives].find(opens);
  if (info === undefined) {
    throw asked.bucket === undefined
      ? outside(asked.key, current, trans)
      : new ArchiveError(
          'forbidden',
          trans.__('No archive here opens %1.', `${asked.bucket}/${asked.key}`),
          { target: asked.key }
        );
  }
  return info;
}

/** The requests behind each form of text. */
class Lookup {
  constructor(private readonly _options: IResolveOptions) {
    this._info = _options.current;
    this._store = _options.open(this._info);
  }

  /** A key or folder as it stands: what is there under this name. */
  async *place(asked: {
    archive?: string;
    bucket?: string;
    key: string;
  }): AsyncGenerator<IFinding> {
    const { current, archives, open, trans } = this._options;
    this._info = archiveOf(asked, current, archives, trans);
    this._store = open(this._info);
    const { key } = asked;
    if (rootOf(this._info, key) === null) {
      // Above a root, or the beginning of its name: the roots that fit.
      for (const root of this._info.roots) {
        if (root.prefix.startsWith(key)) {
          yield this._folder(root.prefix, root.title);
        }
      }
      return;
    }
    if (key === '' || key.endsWith('/')) {
      if (await this._exists(key)) {
        yield this._folder(key);
      }
      return;
    }
    // One request tells a key, a folder without its slash, and what else
    // begins so.
    const page = await this._list(key, '/', this._limit);
    const exact = page.objects.find(object => object.key === key);
    if (exact) {
      yield this._file(key);
    }
    // Many names such as `key-1` come before `key/` in the archive's order.
    const below =
      page.folders.includes(`${key}/`) ||
      (page.continuation !== null && (await this._exists(`${key}/`)));
    if (below) {
      yield this._folder(`${key}/`);
    }
    for (const prefix of page.folders) {
      if (prefix !== `${key}/`) {
        yield this._folder(prefix);
      }
    }
    for (const object of page.objects) {
      if (object !== exact) {
        yield this._file(object.key);
      }
    }
  }

  /**
   * A root name: the folder of that name, or the folder of the association
   * in which its files lie. No rule on the name tells, so the visit is
   * listed.
   */
  async *observation(visit: string, name: string): AsyncGenerator<IFinding> {
    const seen = new Set<string>();
    let files = 0;
    for await (const object of this._all(visit)) {
      const folder = folderOf(object);
      if (
        !seen.has(folder) &&
        (baseName(folder) === name || baseName(object).startsWith(name))
      ) {
        seen.add(folder);
        yield this._folder(folder);
      }
      if (baseName(object).startsWith(name) && files++ < this._limit) {
        yield this._file(object);
      }
    }
  }

  /** Folders whose names begin so. */
  async *folders(prefix: string): AsyncGenerator<IFinding> {
    if (rootOf(this._info, prefix) === null) {
      return;
    }
    const page = await this._list(prefix, '/', this._limit);
    if (prefix.endsWith('/') && page.folders.length + page.objects.length > 0) {
      yield this._folder(prefix);
      return;
    }
    for (const folder of page.folders) {
      yield this._folder(folder);
    }
  }

  /** A Hubble file by its name: one list of the visit. */
  async *hstFile(
    visit: string,
    file: string,
    exact: boolean,
    keys: readonly string[]
  ): AsyncGenerator<IFinding> {
    let count = 0;
    for await (const key of this._all(visit)) {
      const name = baseName(key);
      if (exact ? name === file : name.startsWith(file)) {
        yield this._file(key);
        if (exact || ++count >= this._limit) {
          return;
        }
      }
    }
    if (count === 0 && exact) {
      yield* this.keys(keys.filter(key => !key.startsWith(visit)));
    }
  }

  /** The first of these keys that exists. */
  async *keys(keys: readonly string[]): AsyncGenerator<IFinding> {
    for (const key of keys) {
      if (rootOf(this._info, key) === null) {
        continue;
      }
      const page = await this._list(key, '/', 1);
      if (page.objects[0]?.key === key) {
        yield this._file(key);
        return;
      }
    }
  }

  /** The files of a target, by prefixes that its number gives. */
  async *targets(prefixes: readonly string[]): AsyncGenerator<IFinding> {
    for (const prefix of prefixes) {
      if (rootOf(this._info, prefix) !== null) {
        yield* this._target(prefix, await this._list(prefix, '', this._limit));
      }
    }
  }

  /** A TIC alone: ask every sector that the archive has. */
  async *everySector(sectors: string, path: string): AsyncGenerator<IFinding> {
    if (rootOf(this._info, sectors) !== null) {
      const folders = await this._foldersOf(sectors);
      yield* this._everywhere(folders.map(folder => folder + path));
    }
  }

  /** An EPIC number alone: ask every campaign. */
  async *everyCampaign(
    parents: readonly string[],
    path: string
  ): AsyncGenerator<IFinding> {
    for (const parent of parents) {
      if (rootOf(this._info, parent) !== null) {
        const folders = await this._foldersOf(parent);
        yield* this._everywhere(folders.map(folder => folder + path));
      }
    }
  }

  /** Ask many prefixes, some at a time; findings in the order they come. */
  private async *_everywhere(
    prefixes: readonly string[]
  ): AsyncGenerator<IFinding> {
    const waiting = [...prefixes];
    const running = new Map<string, Promise<IAnswer>>();
    const fill = () => {
      while (running.size < IN_FLIGHT && waiting.length > 0) {
        const prefix = waiting.shift() as string;
        running.set(
          prefix,
          this._list(prefix, '', this._limit).then(page => ({ prefix, page }))
        );
      }
    };
    try {
      fill();
      while (running.size > 0) {
        const { prefix, page } = await Promise.race(running.values());
        running.delete(prefix);
        yield* this._target(prefix, page);
        fill();
      }
    } finally {
      // The consumer may stop early; what still runs is not awaited.
      for (const answer of running.values()) {
        void answer.catch(() => undefined);
      }
    }
  }

  private *_target(prefix: string, page: IListPage): Generator<IFinding> {
    if (page.objects.length === 0) {
      return;
    }
    const folder = prefix.endsWith('/')
      ? prefix
      : folderOf(page.objects[0].key);
    for (const object of page.objects) {
      yield this._file(object.key);
    }
    if (prefix.endsWith('/')) {
      yield this._folder(folder);
    }
  }

  private async _foldersOf(prefix: string): Promise<string[]> {
    const folders: string[] = [];
    let continuation: string | undefined;
    do {
      const page = await this._store.list({
        prefix,
        delimiter: '/',
        continuation,
        signal: this._options.signal
      });
      folders.push(...page.folders);
      continuation = page.continuation ?? undefined;
    } while (continuation !== undefined);
    this._options.looked?.(prefix);
    // The newest sector first: that is what people look for.
    return folders.reverse();
  }

  private async *_all(prefix: string): AsyncGenerator<string> {
    if (rootOf(this._info, prefix) === null) {
      return;
    }
    let continuation: string | undefined;
    do {
      const page: IListPage = await this._store.list({
        prefix,
        delimiter: '',
        continuation,
        signal: this._options.signal
      });
      for (const object of page.objects) {
        yield object.key;
      }
      continuation = page.continuation ?? undefined;
    } while (continuation !== undefined);
    this._options.looked?.(prefix);
  }

  private async _exists(prefix: string): Promise<boolean> {
    const page = await this._list(prefix, '/', 1);
    return page.folders.length + page.objects.length > 0;
  }

  private async _list(
    prefix: string,
    delimiter: '/' | '',
    maxKeys: number
  ): Promise<IListPage> {
    const page = await this._store.list({
      prefix,
      delimiter,
      maxKeys,
      signal: this._options.signal
    });
    this._options.looked?.(prefix);
    return page;
  }

  private _file(key: string): IFinding {
    const product = describeKey(key);
    return {
      kind: 'file',
      place: { archive: this._info.id, prefix: folderOf(key), key },
      title: product.fullLabel,
      detail: key
    };
  }

  private _folder(prefix: string, title?: string): IFinding {
    return {
      kind: 'folder',
      place: { archive: this._info.id, prefix },
      title: title ?? (placeTitle(prefix) || this._info.title),
      detail: prefix
    };
  }

  private get _limit(): number {
    return this._options.limit ?? 20;
  }

  private _info: IArchiveInfo;
  private _store: IStore;
}

/** What a prefix holds. */
interface IAnswer {
  readonly prefix: string;
  readonly page: IListPage;
}

namespace Private {
  export function nearest(asked: Goto): string | null {
    switch (asked.kind) {
      case 'place':
        return folderOf(asked.key.replace(/\/$/, ''));
      case 'rootname':
        return folderOf(asked.folder.replace(/\/$/, ''));
      case 'visit':
      case 'hst-file':
      case 'file':
        return asked.folder;
      case 'tess-target':
        return asked.sectors;
      case 'kepler-target':
      case 'k2-target':
        return asked.campaigns[0] ?? null;
      default:
        return asked.nearest || null;
    }
  }
}
