import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { deleteIcon, folderIcon, undoIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import * as React from 'react';
import { ActionMenu, type IMenuItem } from '../ui/actionmenu';
import { isolated } from '../ui/names';
import { tell } from '../ui/tell';
import type { IUsageApi } from './api';
import { Loss } from './components/Loss';
import type { IChange, IEntry, IKindSum } from './types';
import { canBringBack, canTrash, type IUsageActs } from './usageacts';
import type { UsageSentences } from './usagesentences';
import type { UsageState, Work } from './usagestate';

/** The commands of JupyterLab that show and open what is in the workspace. */
const GO_TO = 'filebrowser:go-to-path';
const OPEN = 'docmanager:open';

/** Milliseconds for which bringing back is offered in sight. */
const OFFERED = 15_000;

/**
 * Does what people ask for in the usage panel, asks back where something would
 * be lost, and tells the end. Nothing here throws: failures are notified.
 */
export class UsageActions implements IUsageActs, IDisposable {
  constructor(private readonly _options: UsageActions.IOptions) {}

  get isDisposed(): boolean {
    return this._menu.isDisposed;
  }

  trash(entry: IEntry): void {
    void this.moveToTrash(entry);
  }

  bringBack(entry: IEntry): void {
    void this.restoreEntry(entry);
  }

  remove(entry: IEntry): void {
    void this.deleteForGood(entry);
  }

  reveal(entry: IEntry): void {
    this._show(entry, GO_TO);
  }

  canReveal(entry: IEntry): boolean {
    return entry.path !== null && this._options.commands.hasCommand(GO_TO);
  }

  countAgain(): void {
    const { state } = this._options;
    void this._attempt(() => state.model.countAgain(state.root?.id ?? null));
  }

  open(entry: IEntry): void {
    this._show(entry, OPEN);
  }

  canOpen(entry: IEntry): boolean {
    const { commands } = this._options;
    return !entry.folder && entry.path !== null && commands.hasCommand(OPEN);
  }

  tryAgain(): void {
    const { state } = this._options;
    void this._attempt(async () => {
      await state.model.refresh();
      await state.refresh();
    });
  }

  menu(entry: IEntry, place: { readonly x: number; readonly y: number }): void {
    this._menu.open(this._items(entry), place);
  }

  /** Move to the trash, and offer to bring it back. */
  async moveToTrash(entry: IEntry): Promise<void> {
    const root = this._options.state.root?.id;
    if (root === undefined) {
      return;
    }
    await this._change(root, entry, 'trash', async () => {
      const change = await this._options.api.trash(root, [entry.id]);
      this.tellTrashed(root, change, [entry]);
      return change.done.map(one => one.id);
    });
  }

  /** Tell what is in the trash now, and offer to bring it back. */
  tellTrashed(
    root: string,
    change: IChange,
    entries: readonly IEntry[] = []
  ): void {
    const { say } = this._options;
    const trashed = change.done.flatMap(one => one.trashed ?? []);
    this._tell(
      change,
      say.trashed(change, entries),
      trashed.length === 0
        ? []
        : [
            {
              label: say.trans.__('Restore'),
              callback: () => void this.restore(root, trashed)
            }
          ]
    );
  }

  /** Delete for good, when people say so. */
  async deleteForGood(entry: IEntry): Promise<void> {
    const { state, api, say } = this._options;
    const root = state.root?.id;
    if (root === undefined || state.workOn(entry.id, root) !== null) {
      return;
    }
    // Who asks about another one meanwhile does not want to hear of this.
    const asked = ++this._asked;
    const kinds = await this._kinds(root, entry);
    if (asked !== this._asked || !(await this._confirm(entry, kinds))) {
      return;
    }
    await this._change(root, entry, 'delete', async () => {
      const change = await api.delete(root, [entry]);
      this._tell(change, say.deleted(change, [entry]));
      return change.done.map(one => one.id);
    });
  }

  /** Bring back what lies in the trash; what is next to it there is selected. */
  async restoreEntry(entry: IEntry): Promise<void> {
    const { state, api, say } = this._options;
    const root = state.root?.id;
    const { trashed } = entry;
    if (root === undefined || trashed === null) {
      return;
    }
    await this._change(root, entry, 'restore', async () => {
      const change = await api.restore(root, [trashed.token]);
      this._tell(change, say.restored(change));
      return change.done.length === 0 ? [] : [entry.id];
    });
  }

  /** Bring back what was moved to the trash just now, and select it. */
  async restore(root: string, trashed: readonly string[]): Promise<void> {
    const { state, api, say } = this._options;
    await this._attempt(async () => {
      const change = await api.restore(root, trashed);
      this._options.moved();
      this._tell(change, say.restored(change));
      await state.refresh();
      const [first] = change.done;
      if (first && state.root?.id === root) {
        await state.tree?.reveal(first.id);
      }
      state.expire();
    });
  }

  dispose(): void {
    this._menu.dispose();
  }

  /** Hand something to JupyterLab, unless it has gone since it was counted. */
  private _show(entry: IEntry, command: string): void {
    const { commands, isThere, say, state } = this._options;
    const { path } = entry;
    void this._attempt(async () => {
      if (path === null || (await isThere(path))) {
        await commands.execute(command, { path });
      } else {
        const gone = say.vanished(entry);
        state.sayOfNotice(gone);
        tell(gone, 'warning');
        state.expire();
      }
    });
  }

  private _items(entry: IEntry): readonly IMenuItem[] {
    const { state, say } = this._options;
    const { trans } = say;
    return [
      ...(entry.folder && state.list === null
        ? [
            {
              label: trans.__('Look into This Folder'),
              run: () => void state.tree?.open(entry.id)
            }
          ]
        : []),
      ...(this.canOpen(entry)
        ? [{ label: trans.__('Open'), run: () => this.open(entry) }]
        : []),
      ...(this.canReveal(entry)
        ? [
            {
              label: trans.__('Show in File Browser'),
              icon: folderIcon,
              run: () => this.reveal(entry)
            }
          ]
        : []),
      ...(canBringBack(entry)
        ? [
            {
              label: trans.__('Restore'),
              icon: undoIcon,
              run: () => this.bringBack(entry)
            }
          ]
        : []),
      ...(canTrash(entry)
        ? [
            {
              label: trans.__('Move to Trash'),
              icon: deleteIcon,
              run: () => this.trash(entry)
            }
          ]
        : []),
      { label: trans.__('Delete…'), run: () => this.remove(entry) }
    ];
  }

  /** Ask; the focus and Enter are on the safe answer. */
  private async _confirm(
    entry: IEntry,
    kinds: readonly IKindSum[]
  ): Promise<boolean> {
    const { say } = this._options;
    const { trans } = say;
    const place = isolated(say.place(entry));
    const answer = await showDialog({
      title:
        entry.trashed === null
          ? trans.__('Delete %1?', place)
          : trans.__('Delete %1 from the trash?', place),
      body: <Loss entry={entry} kinds={kinds} say={say} />,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Keep') }),
        Dialog.warnButton({
          label:
            entry.files === 0
              ? trans.__('Delete the folder')
              : trans._n(
                  'Delete %2 file',
                  'Delete %2 files',
                  entry.files,
                  say.quota.number(entry.files)
                )
        })
      ],
      defaultButton: 0
    }).catch(() => null);
    // A dialog that the page has closed is no answer.
    return answer?.button.accept ?? false;
  }

  /** What kinds of files are in it; the sums alone where that is not known. */
  private async _kinds(
    root: string,
    entry: IEntry
  ): Promise<readonly IKindSum[]> {
    const { kind, allocated, files } = entry;
    if (entry.folder) {
      const { state, api } = this._options;
      state.setWork(root, entry.id, 'look');
      try {
        return (await api.folder(root, entry.id)).kinds;
      } catch {
        // The deletion itself will tell what is wrong.
      } finally {
        state.setWork(root, entry.id, null);
      }
    }
    return [{ kind, allocated, files }];
  }

  /**
   * Do something with an entry that then is not there any more.
   *
   * @param run - Returns the ids of what has gone.
   */
  private async _change(
    root: string,
    entry: IEntry,
    work: Work,
    run: () => Promise<readonly string[]>
  ): Promise<void> {
    const { state } = this._options;
    if (state.workOn(entry.id, root) !== null) {
      return;
    }
    state.setWork(root, entry.id, work);
    await this._attempt(async () => {
      const gone = await run();
      this._options.moved();
      state.remove(root, gone);
    });
    state.setWork(root, entry.id, null);
    // What is around it has changed, or was not as it was shown.
    state.expire();
  }

  private _tell(
    change: IChange,
    sentence: string | null,
    actions: Notification.IAction[] = []
  ): void {
    const { say, state } = this._options;
    if (sentence !== null) {
      state.sayOfNotice(sentence);
      Notification.success(sentence, { autoClose: OFFERED, actions });
    }
    const refused = say.refused(change);
    if (refused !== null) {
      state.sayOfNotice(refused);
      tell(refused);
    }
  }

  private async _attempt(run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      tell(this._options.say.failure(error));
    }
  }

  /** How often it was asked about a deletion. */
  private _asked = 0;
  private readonly _menu = new ActionMenu();
}

export namespace UsageActions {
  export interface IOptions {
    readonly state: UsageState;
    readonly api: IUsageApi;
    readonly say: UsageSentences;
    readonly commands: CommandRegistry;
    /** Whether the file browser has something at a path. */
    readonly isThere: (path: string) => Promise<boolean>;
    /** Called when files went or came back. */
    readonly moved: () => void;
  }
}
