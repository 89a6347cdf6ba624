import type {
  AdoptAnswer,
  FetchAnswer,
  FreedFiles,
  FreedLists,
  LargeFilesAnswer
} from '../rest/generated';
import { QUIET, request, type IConnection } from '../rest/request';
import type {
  FileOrder,
  ICachedFiles,
  IChange,
  IFolder,
  IFreeable,
  IHomeCopies,
  IRemovedCopies,
  IShown,
  IUsageSnapshot
} from './types';

const ADDRESS = 'jupyterlab-mast/quota';

/** Files of a root that are listed at most. */
const LISTED = 200;

/** Milliseconds that a change of many files may take. */
const LONG = 600_000;

/** What the usage panel asks of the server: {@link QuotaApi}. */
export interface IUsageApi {
  /** @param quiet - Nobody asked for it: no activity. */
  folder(root: string, folder: string, quiet?: boolean): Promise<IFolder>;
  files(
    root: string,
    order: FileOrder,
    quiet?: boolean
  ): Promise<LargeFilesAnswer>;
  trash(root: string, entries: readonly string[]): Promise<IChange>;
  restore(root: string, trashed: readonly string[]): Promise<IChange>;
  delete(root: string, entries: readonly IShown[]): Promise<IChange>;
}

/** What "Free up space" asks of the server: {@link QuotaApi}. */
export interface IFreeingApi {
  freeable(root: string): Promise<IFreeable>;
  copies(root: string, after: string | null): Promise<IHomeCopies>;
  removeFreeable(
    root: string,
    group: IFreeable['groups'][number]['group'],
    entries: readonly { readonly id: string; readonly mark: string }[]
  ): Promise<IChange>;
  /**
   * @param newer - Also copies of which the archive has another version.
   * @param freed - The list that keeps them; it need not be there yet.
   */
  removeCopies(
    root: string,
    entries: readonly string[],
    newer: boolean,
    freed: string
  ): Promise<IRemovedCopies>;
}

/** What is asked about files that other programs fetched: {@link QuotaApi}. */
export interface ICachesApi {
  caches(root: string, after: string | null): Promise<ICachedFiles>;
  adopt(root: string, entries: readonly string[]): Promise<AdoptAnswer>;
}

/** What is asked about copies that went: {@link QuotaApi}. */
export interface IFreedApi {
  freed(root: string): Promise<FreedLists>;
  freedFiles(
    root: string,
    freed: string,
    after: string | null
  ): Promise<FreedFiles>;
  /** @param only - Ids of files of the list; without them all come. */
  fetchAgain(
    root: string,
    freed: string,
    only?: readonly string[]
  ): Promise<FetchAnswer>;
  forget(root: string, freed: string): Promise<FreedLists>;
}

/** Milliseconds within which an answer tells the server's time well enough. */
const AT_ONCE = 5000;

/** The server's routes for used space. All methods throw RequestFailure. */
export class QuotaApi implements IUsageApi, IFreeingApi, IFreedApi, ICachesApi {
  constructor({ settings, trans }: IConnection) {
    this.connection = {
      trans,
      settings: {
        ...settings,
        fetch: async (...asked) => {
          const began = Date.now();
          const answer = await settings.fetch.call(null, ...asked);
          // The server notes the time when it begins to work.
          const date = Date.parse(answer.headers.get('Date') ?? '');
          if (!isNaN(date) && Date.now() - began < AT_ONCE) {
            this._ahead = Date.now() - date;
          }
          return answer;
        }
      }
    };
  }

  readonly connection: IConnection;

  /** Milliseconds that the clock here is ahead of the server's, as last heard. */
  get ahead(): number {
    return this._ahead;
  }

  /** What is known. It is no activity, for which a hub would keep a server. */
  usage(): Promise<IUsageSnapshot> {
    return request(this.connection, 'GET', ADDRESS, { query: QUIET });
  }

  /** Look for changes, or with `rescan` read a root again (all: `null`). */
  look(
    action: 'refresh' | 'rescan',
    root: string | null = null
  ): Promise<IUsageSnapshot> {
    return request(this.connection, 'POST', `${ADDRESS}/actions`, {
      body: { action, root }
    });
  }

  /** What is in a folder; `''` is the root. */
  folder(root: string, folder: string, quiet = false): Promise<IFolder> {
    return request(this.connection, 'GET', `${ADDRESS}/${root}/folder`, {
      query: { ...(folder === '' ? {} : { folder }), ...(quiet ? QUIET : {}) }
    });
  }

  /** The largest or the oldest files of a whole root. */
  files(
    root: string,
    order: FileOrder,
    quiet = false
  ): Promise<LargeFilesAnswer> {
    return request(this.connection, 'GET', `${ADDRESS}/${root}/files`, {
      query: { order, limit: String(LISTED), ...(quiet ? QUIET : {}) }
    });
  }

  /** Move files and folders to the trash. */
  trash(root: string, entries: readonly string[]): Promise<IChange> {
    return this._change(root, 'trash', { entries });
  }

  /** Bring back what a move to the trash has returned. */
  restore(root: string, trashed: readonly string[]): Promise<IChange> {
    return this._change(root, 'restore', { trashed });
  }

  /** Delete files and folders for good; in the trash, only what was shown. */
  delete(root: string, entries: readonly IShown[]): Promise<IChange> {
    const marks = entries.flatMap(({ id, mark }) =>
      mark === null ? [] : [[id, mark] as const]
    );
    return this._change(root, 'delete', {
      entries: entries.map(({ id }) => id),
      marks: Object.fromEntries(marks)
    });
  }

  /** What may go without harm, besides copies. */
  freeable(root: string): Promise<IFreeable> {
    return request(this.connection, 'GET', `${ADDRESS}/${root}/freeable`, {
      patience: LONG
    });
  }

  /** Remove caches, checkpoints, or what is in the trash. */
  removeFreeable(
    root: string,
    group: IFreeable['groups'][number]['group'],
    entries: readonly { readonly id: string; readonly mark: string }[]
  ): Promise<IChange> {
    return request(
      this.connection,
      'POST',
      `${ADDRESS}/${root}/freeable/remove`,
      { body: { group, entries }, patience: LONG }
    );
  }

  /** A page of copies, and whether the archives have them. */
  copies(root: string, after: string | null): Promise<IHomeCopies> {
    return request(this.connection, 'GET', `${ADDRESS}/${root}/copies`, {
      query: after === null ? {} : { after },
      patience: LONG
    });
  }

  /** Remove copies that the archive still has. */
  removeCopies(
    root: string,
    entries: readonly string[],
    newer: boolean,
    freed: string
  ): Promise<IRemovedCopies> {
    return request(
      this.connection,
      'POST',
      `${ADDRESS}/${root}/copies/remove`,
      { body: { entries, newer, freed }, patience: LONG }
    );
  }

  /** A page of what other programs fetched. */
  caches(root: string, after: string | null): Promise<ICachedFiles> {
    return request(this.connection, 'GET', `${ADDRESS}/${root}/caches`, {
      query: after === null ? {} : { after },
      patience: LONG
    });
  }

  /** Take files for copies whose bytes are the archive's; reads them. */
  adopt(root: string, entries: readonly string[]): Promise<AdoptAnswer> {
    return request(this.connection, 'POST', `${ADDRESS}/${root}/caches/adopt`, {
      body: { entries },
      patience: LONG
    });
  }

  /** The lists of copies that went and are not there again. */
  freed(root: string): Promise<FreedLists> {
    return request(this.connection, 'GET', `${ADDRESS}/${root}/freed`, {
      query: QUIET
    });
  }

  /** A page of the files of a list that are not there again. */
  freedFiles(
    root: string,
    freed: string,
    after: string | null
  ): Promise<FreedFiles> {
    return request(this.connection, 'GET', `${ADDRESS}/${root}/freed/files`, {
      query: { freed, limit: '5000', ...(after === null ? {} : { after }) }
    });
  }

  /** Copy what is missing of a list, or some of it, to where it was. */
  fetchAgain(
    root: string,
    freed: string,
    only?: readonly string[]
  ): Promise<FetchAnswer> {
    return request(this.connection, 'POST', `${ADDRESS}/${root}/freed/fetch`, {
      body: { freed, ...(only === undefined ? {} : { entries: only }) }
    });
  }

  /** Forget a list. */
  forget(root: string, freed: string): Promise<FreedLists> {
    return request(this.connection, 'POST', `${ADDRESS}/${root}/freed/forget`, {
      body: { freed }
    });
  }

  private _ahead = 0;

  private _change(
    root: string,
    action: 'trash' | 'restore' | 'delete',
    body: object
  ): Promise<IChange> {
    return request(this.connection, 'POST', `${ADDRESS}/${root}/${action}`, {
      body,
      patience: LONG
    });
  }
}
