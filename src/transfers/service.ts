import type { ServiceManager } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IArchive, ICopy, ITransfers } from '../tokens';
import { CopiedFiles } from './copied';
import { TransfersModel, type ITransfersApi } from './model';
import type { ITransfer } from './types';

/**
 * Transfers, for the other plugins of this capability, and what of them other
 * capabilities may use.
 */
export class TransfersService implements ITransfers {
  /**
   * @param available - Whether the server of this page copies.
   * @param show - Shows the transfers panel.
   */
  constructor(
    services: Pick<ServiceManager.IManager, 'events' | 'serverSettings'>,
    trans: TranslationBundle,
    available: boolean,
    private readonly _show: () => void
  ) {
    let api: ITransfersApi | undefined;
    this.model = new TransfersModel({
      api: async () => {
        const { TransfersApi } = await import('./api');
        return (api ??= new TransfersApi({
          settings: services.serverSettings,
          trans
        }));
      },
      events: available ? services.events.stream : null,
      available
    });
    this.model.copiesChanged.connect(() => this._copiesChanged.emit());
    this.model.ended.connect((_, transfer) => {
      if (
        transfer.state === 'failed' ||
        transfer.state === 'done-with-failures'
      ) {
        this._unseen.add(transfer.id);
        this._unseenChanged.emit();
      }
    });
  }

  readonly model: TransfersModel;

  /** Whether there is a server part that copies. */
  get available(): boolean {
    return this.model.available;
  }

  noteChange(): void {
    this._copiesChanged.emit();
  }

  get copiesChanged(): ISignal<ITransfers, void> {
    return this._copiesChanged;
  }

  copies(archive: string, prefix: string): Promise<readonly ICopy[]> {
    return this.model.copies(archive, prefix);
  }

  /** Which files of the workspace are copies: one record for all who ask. */
  copiedFiles(archive: Pick<IArchive, 'archives'>): CopiedFiles {
    return (this._copied ??= new CopiedFiles(this, archive));
  }

  /** Show the transfers panel. */
  showPanel(): void {
    this._show();
  }

  /** Transfers that failed, or some of whose files did, since {@link see}. */
  get unseen(): readonly ITransfer[] {
    return this.model.transfers.filter(
      ({ id, state }) =>
        this._unseen.has(id) &&
        (state === 'failed' || state === 'done-with-failures')
    );
  }

  get unseenChanged(): ISignal<TransfersService, void> {
    return this._unseenChanged;
  }

  /** The panel was looked at. */
  see(): void {
    if (this._unseen.size > 0) {
      this._unseen.clear();
      this._unseenChanged.emit();
    }
  }

  private _copied: CopiedFiles | null = null;
  private readonly _unseen = new Set<string>();
  private readonly _unseenChanged = new Signal<this, void>(this);
  private readonly _copiesChanged = new Signal<this, void>(this);
}
