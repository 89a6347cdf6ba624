import {
  Clipboard,
  Dialog,
  ReactWidget,
  showDialog
} from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import { ActionMenu, type IMenuItem } from '../ui/actionmenu';
import { tell } from '../ui/tell';
import type { IToasts } from '../ui/toasts';
import {
  actsOf,
  canRetry,
  nameOf,
  spaceActsOf,
  type Act,
  type IFileOfRow
} from './acts';
import { TransferFailure } from './failure';
import { actIcon, actLabel } from './components/ActButton';
import { chooseLess } from './components/ChooseLess';
import { Panel } from './components/Panel';
import { CommandIDs } from './ids';
import { ListState } from './liststate';
import type { TransfersModel } from './model';
import { Sentences } from './sentences';
import { deepestFolder, folderAt, tidy } from './targets';
import type { IFailure, ITransfer } from './types';
import { canFreeUp, freeUp } from './usage';
import '../../style/ui.css';
import '../../style/transfers-panel.css';
import '../../style/transfers-tab.css';

/** Failed files that a report lists at most. */
const REPORTED = 10_000;

/** Files that are asked for at once. */
const REPORT_PAGE = 1000;

/**
 * The content of the transfers panel: draws the transfers, and does what
 * people ask for; asks back where something would be lost.
 */
export class TransfersWidget extends ReactWidget {
  constructor(private readonly _options: TransfersWidget.IOptions) {
    super();
    this.addClass('mast-Transfers-body');
    this.sentences = new Sentences(_options.trans, _options.locale);
    this.state = new ListState(
      _options.model,
      this.sentences,
      canFreeUp(_options.commands)
    );
    void _options.model.start();
  }

  readonly sentences: Sentences;
  readonly state: ListState;

  get model(): TransfersModel {
    return this._options.model;
  }

  /** Do something with a transfer. Never throws: failures are notified. */
  async run(act: Act, transfer: ITransfer): Promise<void> {
    const { model, commands } = this._options;
    const { id } = transfer;
    try {
      switch (act) {
        case 'review':
          await commands.execute(CommandIDs.reviewCopy, { id });
          break;
        case 'cancel':
          if (await this._confirmCancel(transfer)) {
            await model.act(id, 'cancel');
          }
          break;
        case 'undo':
          if (await this._confirmUndo(transfer)) {
            await model.act(id, 'undo');
          }
          break;
        case 'clear':
          await model.clear(id);
          break;
        case 'reveal':
          await this._reveal(transfer);
          break;
        case 'choose-less': {
          const without = await chooseLess(transfer, this.sentences);
          if (without !== null) {
            await model.choose(id, { without });
          }
          break;
        }
        case 'free-up':
          await freeUp(commands, transfer.target.absolute);
          break;
        case 'report':
          Clipboard.copyToSystem(await this._report(transfer));
          break;
        default:
          await model.act(id, act);
      }
    } catch (error) {
      this._tell(error);
    }
  }

  /** Try one failed file again. */
  async retryFile({ id }: ITransfer, index: number): Promise<void> {
    try {
      await this._options.model.act(id, 'retry', { files: [index] });
    } catch (error) {
      this._tell(error);
    }
  }

  async all(action: 'pause' | 'resume' | 'clear'): Promise<void> {
    try {
      await this._options.model.actAll(action);
    } catch (error) {
      this._tell(error);
    }
  }

  dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._menu.dispose();
    this.state.dispose();
    super.dispose();
  }

  protected render(): React.ReactElement {
    return (
      <Panel
        state={this.state}
        sentences={this.sentences}
        toasts={this._options.toasts}
        acts={{
          run: (act, transfer) => void this.run(act, transfer),
          retryFile: (transfer, file) =>
            void this.retryFile(transfer, file.index),
          menu: (transfer, anchor, file) =>
            this._openMenu(transfer, anchor, file)
        }}
        all={action => void this.all(action)}
        menuOfAll={anchor => this._openMenuOfAll(anchor)}
      />
    );
  }

  protected onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    (
      this.node.querySelector<HTMLElement>('.mast-TransferList') ??
      this.node.querySelector<HTMLElement>('button')
    )?.focus();
  }

  private async _confirmCancel(transfer: ITransfer): Promise<boolean> {
    const { trans } = this._options;
    const { files, bytes } = transfer;
    if (files.copied === 0 && bytes.done === 0) {
      // Nothing would be lost.
      return true;
    }
    const kept = trans._n(
      'Keeps %2 copied file, removes the partial ones.',
      'Keeps %2 copied files, removes the partial ones.',
      files.copied,
      this.sentences.number(files.copied)
    );
    return this._ask(
      trans.__('Cancel copying “%1”?', this.sentences.title(transfer)),
      files.copied === 0 ? trans.__('Removes what has arrived so far.') : kept,
      trans.__('Go on copying'),
      trans.__('Cancel the copy')
    );
  }

  private _confirmUndo(transfer: ITransfer): Promise<boolean> {
    const { trans } = this._options;
    const { copied } = transfer.files;
    return this._ask(
      trans.__('Remove what “%1” copied?', this.sentences.title(transfer)),
      trans.__(
        'Removes the files that this copy wrote to %1. Files that were there before, and those that were changed since, stay. All can be copied again.',
        this.sentences.target(transfer, this.model.roots)
      ),
      trans.__('Keep them'),
      trans._n(
        'Remove %2 file',
        'Remove %2 files',
        copied,
        this.sentences.number(copied)
      )
    );
  }

  /** Ask; the focus and Enter are on the safe answer. */
  private async _ask(
    title: string,
    body: string,
    safe: string,
    act: string
  ): Promise<boolean> {
    const answer = await showDialog({
      title,
      body,
      buttons: [
        Dialog.cancelButton({ label: safe }),
        Dialog.warnButton({ label: act })
      ],
      defaultButton: 0
    });
    return answer.button.accept;
  }

  private async _reveal(transfer: ITransfer): Promise<void> {
    const { root, path } = transfer.target;
    const folder =
      root === null || path === null
        ? null
        : folderAt({ root, path }, this.model.roots);
    if (folder !== null) {
      await this._options.reveal(
        tidy(`${folder}/${await this._where(transfer)}`)
      );
    } else {
      const { trans } = this._options;
      tell(
        trans.__(
          'The file browser does not show this folder: %1',
          transfer.target.absolute
        ),
        'info'
      );
    }
  }

  /**
   * Where its files are below the target: the one file that it copied, or the
   * folder that all of them are in.
   */
  private async _where({ id, files, undone }: ITransfer): Promise<string> {
    const here = files.copied + files.identical + files.skipped;
    if (undone || here === 0) {
      return '';
    }
    const pages = [await this.model.files(id, 0, REPORT_PAGE)];
    const { total } = pages[0];
    if (total > REPORT_PAGE) {
      // Files are in the order of their keys: the ends tell of the middle.
      pages.push(await this.model.files(id, total - REPORT_PAGE, REPORT_PAGE));
    }
    const paths = pages.flatMap(page => page.files).map(file => file.path);
    return total === 1 ? (paths[0] ?? '') : deepestFolder(paths);
  }

  private async _report(transfer: ITransfer): Promise<string> {
    const { model } = this;
    const failures: Pick<IFailure, 'key' | 'message'>[] = [];
    while (failures.length < Math.min(REPORTED, transfer.files.failed)) {
      const { files } = await model.files(
        transfer.id,
        failures.length,
        REPORT_PAGE,
        'failed'
      );
      if (files.length === 0) {
        break;
      }
      failures.push(...files);
    }
    return this.sentences.report(transfer, model.roots, failures);
  }

  private _tell(error: unknown): void {
    const { sentences } = this;
    if (error instanceof TransferFailure) {
      const { title, text } = sentences.request(error);
      tell(
        error.kind === 'server-away' || error.kind === 'signed-out'
          ? `${title}. ${text}`
          : error.message
      );
    } else {
      tell(error);
    }
  }

  private _openMenu(
    transfer: ITransfer,
    anchor: HTMLElement,
    file?: IFileOfRow | null
  ): void {
    const { trans } = this._options;
    const { id } = transfer;
    const open = this.state.isOpen(id);
    this._showMenu(anchor, [
      ...(file && canRetry(transfer, file)
        ? [
            {
              label: trans.__('Retry %1', nameOf(file)),
              run: () => void this.retryFile(transfer, file.index)
            }
          ]
        : []),
      {
        label: open ? trans.__('Show fewer files') : trans.__('Show all files'),
        run: () => this.state.setOpen(id, !open)
      },
      ...[
        ...spaceActsOf(transfer, this.state.canFreeUp),
        ...actsOf(transfer)
      ].map(act => ({
        label: actLabel(act, transfer, this.sentences),
        icon: actIcon(act),
        run: () => void this.run(act, transfer)
      }))
    ]);
  }

  private _openMenuOfAll(anchor: HTMLElement): void {
    const { trans, model } = this._options;
    this._showMenu(anchor, [
      { label: trans.__('Pause all'), run: () => void this.all('pause') },
      { label: trans.__('Resume all'), run: () => void this.all('resume') },
      { label: trans.__('Clear ended'), run: () => void this.all('clear') },
      { label: trans.__('Reload the list'), run: () => model.refresh() }
    ]);
  }

  private _showMenu(anchor: HTMLElement, items: readonly IMenuItem[]): void {
    const box = anchor.getBoundingClientRect();
    this._menu.open(items, {
      x: box.left,
      y: Math.min(box.bottom, box.top + 24)
    });
  }

  private readonly _menu = new ActionMenu();
}

export namespace TransfersWidget {
  export interface IOptions {
    readonly model: TransfersModel;
    readonly trans: TranslationBundle;
    /** JupyterLab's language, for numbers. */
    readonly locale: string;
    readonly commands: CommandRegistry;
    readonly toasts: IToasts;
    /** Show a folder in the file browser. */
    reveal(path: string): Promise<void>;
  }
}
