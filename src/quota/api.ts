import type { ServerConnection } from '@jupyterlab/services';
import type { LargeFilesAnswer } from '../rest/generated';
import { QUIET, request } from '../rest/request';
import type { FileOrder, IChange, IFolder, IUsageSnapshot } from './types';

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
  delete(root: string, entries: readonly string[]): Promise<IChange>;
}

/** The server's routes for used space. All methods throw RequestFailure. */
export class QuotaApi implements IUsageApi {
  constructor(readonly connection: ServerConnection.ISettings) {}

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

  /** Delete files and folders for good. */
  delete(root: string, entries: readonly string[]): Promise<IChange> {
    return this._change(root, 'delete', { entries });
  }

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
