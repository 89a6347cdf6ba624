import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { tell } from '../ui/tell';
import type { ICachesApi, IFreedApi, IFreeingApi, IUsageApi } from './api';
import { CachesModel } from './caches';
import { CachesSentences } from './cachessentences';
import { showCaches } from './components/Caches';
import { FreeUpWindow } from './components/FreeUpWindow';
import { showRemoved } from './components/Removed';
import type { FreedLists } from './freed';
import { FreeingModel } from './freeing';
import { FreeingSentences } from './freeingsentences';
import { parentOf, rootAt, type IWhere } from './places';
import { RemovedModel } from './removed';
import type { IChange, IFreedList, IRootUsage } from './types';
import type { IFreeingActs } from './usageacts';
import type { UsageSentences } from './usagesentences';
import type { UsageState } from './usagestate';

/** The command that shows how copies go, where there is one. */
const SHOW_TRANSFERS = 'mast:show-transfers';

/** Milliseconds that the server has to tell of any root. */
const PATIENCE = 10_000;

/** Milliseconds for which fetching again is offered in sight. */
const OFFERED = 15_000;

/**
 * Shows what may go, and brings back what went. Nothing here throws: failures
 * are notified.
 */
export class FreeingActions implements IFreeingActs, IDisposable {
  constructor(private readonly _options: FreeingActions.IOptions) {
    this._say = new FreeingSentences(_options.say);
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    this._gone.emit();
    Signal.clearData(this);
  }

  get showTransfers(): (() => void) | null {
    const { commands } = this._options;
    return commands.hasCommand(SHOW_TRANSFERS)
      ? () => void commands.execute(SHOW_TRANSFERS)
      : null;
  }

  freeUp(): void {
    void this.askAndFree();
  }

  fetchAgain(list: IFreedList): void {
    void this._fetch(this._options.state.root?.id, list.freed);
  }

  showRemoved(list: IFreedList): void {
    const { state, api, freed, say } = this._options;
    const root = state.root?.id;
    if (root !== undefined) {
      const fetch = (ids?: readonly string[]) =>
        freed.fetchAgain(root, list.freed, ids);
      const model = new RemovedModel({ api, root, list, fetch });
      void showRemoved({ model, say });
    }
  }

  forget(list: IFreedList): void {
    void this._attempt(async () => {
      const { state, freed, say } = this._options;
      const { trans } = say;
      const root = state.root?.id;
      const answer = await showDialog({
        title: trans.__('Forget what was removed?'),
        body: list.lost
          ? trans._n(
              'The archive does not have it. Only its entry in this list goes.',
              'The archive does not have them. Only their entry in this list goes.',
              list.files
            )
          : trans._n(
              '%2 file can then not be fetched again from here by one click. It stays in the archive.',
              '%2 files can then not be fetched again from here by one click. They stay in the archive.',
              list.files,
              say.quota.number(list.files)
            ),
        buttons: [
          Dialog.cancelButton({ label: trans.__('Keep') }),
          Dialog.warnButton({ label: trans.__('Forget') })
        ],
        defaultButton: 0
      });
      if (answer.button.accept && root !== undefined) {
        await freed.forget(root, list.freed);
      }
    });
  }

  /**
   * The dialog "Free up space", unless it is open.
   *
   * @returns Whether it is over; otherwise people went on to something else.
   */
  async askAndFree(where: IWhere = {}): Promise<boolean> {
    if (this._open) {
      return true;
    }
    this._open = true;
    let over = true;
    try {
      await this._attempt(async () => {
        const { state } = this._options;
        const shown = await this._known();
        if (shown === null) {
          return;
        }
        const root = rootAt(where, state.model.roots) ?? shown;
        if (root.id !== shown.id) {
          state.rootId = root.id;
        }
        // Before there are figures the panel says why.
        if (root.measured !== null) {
          over = await this._askAbout(root);
        }
      });
    } finally {
      this._open = false;
    }
    return over;
  }

  /** Compare what other programs fetched with the archives. */
  async compareCaches(root: string): Promise<void> {
    const { state, api, say, moved, tellTrashed } = this._options;
    const model = new CachesModel({
      api,
      root,
      trash: ids => api.trash(root, ids),
      moved: trashed => {
        moved();
        if (trashed.length > 0) {
          tellTrashed(root, { done: trashed, refused: [] });
        }
      }
    });
    await showCaches({ model, say: new CachesSentences(say) });
    state.expire();
  }

  /**
   * Also goes on to where people want to look more closely.
   *
   * @returns Whether they are back from there.
   */
  private async _askAbout(root: IRootUsage): Promise<boolean> {
    const { state, api, say } = this._options;
    const { trans } = say;
    state.looking = true;
    const { kinds } = await api.folder(root.id, '').finally(() => {
      state.looking = false;
    });
    if (this._disposed) {
      return true;
    }
    const shared = root.id !== state.model.home?.id;
    const model = new FreeingModel(api, root.id, shared);
    let next = async () => true;
    const leaveFor = (where: () => Promise<boolean>) => {
      next = where;
      window.reject();
    };
    const window: FreeUpWindow = new FreeUpWindow({
      model,
      root,
      title:
        state.model.roots.length > 1
          ? trans.__('Free up space: %1', root.title)
          : trans.__('Free up space'),
      say: this._say,
      caches:
        kinds.find(
          ({ kind, files }) => kind === 'archive-caches' && files > 0
        ) ?? null,
      showCaches: () =>
        leaveFor(async () => {
          await this.compareCaches(root.id);
          return true;
        }),
      showTrashed: id =>
        leaveFor(async () => {
          await this._reveal(root.id, id);
          return false;
        })
    });
    const freed = await window.open();
    if (freed !== null) {
      this._tell(root.id, freed, model.problem);
    }
    return next();
  }

  /** Show something among the folders, and what lies beside it in the map. */
  private async _reveal(root: string, id: string): Promise<void> {
    const { state, focusRows } = this._options;
    const { tree } = state;
    if (state.root?.id === root && tree !== null) {
      state.tab = 'folders';
      await tree.reveal(id);
      await tree.open(parentOf(id));
      tree.select(id);
      focusRows();
    }
  }

  /**
   * The root that is shown, once the server has told of it; `null` when nobody
   * waits for that any more. Rejects when the server does not.
   */
  private _known(): Promise<IRootUsage | null> {
    const { state, say } = this._options;
    return new Promise((resolve, reject) => {
      const end = (then: () => void) => {
        clearTimeout(timer);
        state.changed.disconnect(look);
        this._gone.disconnect(leave);
        then();
      };
      const leave = () => end(() => resolve(null));
      const look = () => {
        const { root, model } = state;
        if (root !== null) {
          end(() => resolve(root));
        } else if (model.failure !== null) {
          const { failure } = model;
          end(() => reject(failure));
        }
      };
      const timer = setTimeout(
        () =>
          end(() =>
            reject(
              new Error(
                say.trans.__(
                  'The server does not tell how much space is used. Try again later.'
                )
              )
            )
          ),
        PATIENCE
      );
      state.changed.connect(look);
      this._gone.connect(leave);
      look();
    });
  }

  private _tell(
    root: string,
    freed: Awaited<ReturnType<FreeingModel['run']>>,
    problem: string | null
  ): void {
    const { state, freed: lists, say } = this._options;
    const sentence = this._say.done(freed);
    state.sayOfNotice(sentence);
    const list = freed.freed;
    Notification.emit(sentence, freed.bytes > 0 ? 'success' : 'info', {
      autoClose: OFFERED,
      actions:
        list === null
          ? []
          : [
              {
                label: say.trans.__('Fetch again'),
                callback: () => void this._fetch(root, list)
              }
            ]
    });
    for (const why of [say.refused(freed, true), problem]) {
      if (why !== null) {
        tell(why, 'warning');
      }
    }
    this._options.moved();
    void lists.load(root);
    state.expire();
  }

  private async _fetch(root: string | undefined, list: string): Promise<void> {
    if (root === undefined) {
      return;
    }
    await this._attempt(() => this._options.freed.fetchAgain(root, list));
  }

  private async _attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      tell(this._options.say.failure(error));
    }
  }

  private readonly _say: FreeingSentences;
  private _open = false;
  private _disposed = false;
  private readonly _gone = new Signal<this, void>(this);
}

export namespace FreeingActions {
  export interface IOptions {
    readonly state: UsageState;
    readonly api: IFreeingApi &
      ICachesApi &
      Pick<IFreedApi, 'freedFiles'> &
      Pick<IUsageApi, 'folder' | 'trash'>;
    readonly freed: FreedLists;
    readonly say: UsageSentences;
    readonly commands: CommandRegistry;
    /** Called when files went or came back. */
    readonly moved: () => void;
    /** Put the focus on the folders. */
    readonly focusRows: () => void;
    /** Tell what is in the trash now, and offer to bring it back. */
    readonly tellTrashed: (root: string, change: IChange) => void;
  }
}
