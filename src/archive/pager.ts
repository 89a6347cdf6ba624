import type { IArchiveObject } from '../tokens';
import { compareKeys, type IStore } from './store';

/**
 * A folder or an object, in the order of the archive.
 */
export type Entry =
  | { readonly type: 'folder'; readonly prefix: string }
  | { readonly type: 'object'; readonly object: IArchiveObject };

/** The string by which S3 orders an entry. */
export function entryKey(entry: Entry): string {
  return entry.type === 'folder' ? entry.prefix : entry.object.key;
}

/**
 * Loads a listing page by page and keeps what it has.
 *
 * One page at a time: S3 gives the mark of the next page with the last.
 */
export class Pager {
  constructor(
    private readonly _store: IStore,
    readonly prefix: string,
    readonly delimiter: '/' | ''
  ) {}

  /** What is loaded, in S3's order. Grows at the end only. */
  get entries(): readonly Entry[] {
    return this._entries;
  }

  /** Whether the last page is loaded. */
  get done(): boolean {
    return this._done;
  }

  get loading(): boolean {
    return this._running !== null;
  }

  /**
   * Load the next page; nothing when all is loaded. Calls during a running
   * load wait for that one. Throws `ArchiveError`; what is loaded stays, and
   * the next call asks for the same page again.
   *
   * With `quiet` nobody asked for the page: see {@link IListRequest.quiet}.
   */
  next(quiet = false): Promise<void> {
    this._running ??= this._load(quiet).finally(() => {
      this._running = null;
    });
    return this._running;
  }

  /** Stop a running request; the pager can be used again afterwards. */
  stop(): void {
    this._control.abort();
    this._control = new AbortController();
  }

  private async _load(quiet: boolean): Promise<void> {
    if (this._done) {
      return;
    }
    const page = await this._store.list({
      prefix: this.prefix,
      delimiter: this.delimiter,
      continuation: this._continuation ?? undefined,
      ...(quiet ? { quiet } : {}),
      signal: this._control.signal
    });
    this._append(page.folders, page.objects);
    this._continuation = page.continuation;
    this._done = page.continuation === null;
  }

  /** Merge the two lists of a page, each in S3's order, into one. */
  private _append(
    folders: readonly string[],
    objects: readonly IArchiveObject[]
  ): void {
    const entries = this._entries;
    const last = entries.length > 0 ? entries[entries.length - 1] : null;
    let f = 0;
    // Some servers repeat a folder that spans two pages.
    if (last?.type === 'folder' && folders[0] === last.prefix) {
      f = 1;
    }
    let o = 0;
    while (f < folders.length || o < objects.length) {
      if (
        o >= objects.length ||
        (f < folders.length && compareKeys(folders[f], objects[o].key) < 0)
      ) {
        entries.push({ type: 'folder', prefix: folders[f++] });
      } else {
        const object = objects[o++];
        // The empty object that consoles make to show an empty folder says
        // nothing. One with content, odd as it is, is shown.
        const marker =
          object.key === this.prefix &&
          object.key.endsWith('/') &&
          object.size === 0;
        if (!marker) {
          entries.push({ type: 'object', object });
        }
      }
    }
  }

  private _entries: Entry[] = [];
  private _continuation: string | null = null;
  private _done = false;
  private _running: Promise<void> | null = null;
  private _control = new AbortController();
}
