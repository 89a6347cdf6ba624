import type { ServerConnection } from '@jupyterlab/services';
import { QUIET, request } from '../rest/request';
import type { IUsageSnapshot } from './types';

const ADDRESS = 'jupyterlab-mast/quota';

/** The server's routes for used space. All methods throw RequestFailure. */
export class QuotaApi {
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
}
