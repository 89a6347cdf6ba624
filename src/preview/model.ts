import { Signal, type ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';
import {
  formatCard,
  formatValue,
  readHeaders,
  type ICard,
  type IHdu
} from '../fits';
import type { IByteSource } from '../tokens';

/**
 * The headers of one FITS file, as they are read.
 */
export class HeaderModel implements IDisposable {
  constructor(private readonly _source: IByteSource) {}

  get changed(): ISignal<HeaderModel, void> {
    return this._changed;
  }

  /** The HDUs read so far, in the order of the file. */
  get hdus(): readonly IHdu[] {
    return this._hdus;
  }

  get status(): 'reading' | 'done' | 'failed' {
    return this._status;
  }

  /** Why reading stopped, in a sentence; what was read stays. */
  get error(): string | null {
    return this._error;
  }

  /** The HDU whose header is shown. */
  get shown(): number {
    return this._shown;
  }

  set shown(index: number) {
    this._shown = index;
    this._changed.emit();
  }

  /** Only cards that contain this, in any letter case. */
  get filter(): string {
    return this._filter;
  }

  set filter(filter: string) {
    this._filter = filter;
    this._changed.emit();
  }

  /** The cards of the HDU shown that pass the filter. */
  get cards(): readonly ICard[] {
    const cards = this._hdus[this._shown]?.cards ?? [];
    const needle = this._filter.trim().toLowerCase();
    return needle === ''
      ? cards
      : cards.filter(card =>
          `${card.keyword} ${formatValue(card)} ${card.comment}`
            .toLowerCase()
            .includes(needle)
        );
  }

  /** The header shown as text, a card a line. */
  get text(): string {
    return (this._hdus[this._shown]?.cards ?? []).map(formatCard).join('\n');
  }

  /** Read all headers. Never throws: see `error`. */
  async read(): Promise<void> {
    this._control.abort();
    const control = (this._control = new AbortController());
    this._hdus = [];
    this._error = null;
    this._status = 'reading';
    this._changed.emit();
    try {
      for await (const hdu of readHeaders(this._source, {
        signal: control.signal
      })) {
        this._hdus = [...this._hdus, hdu];
        this._changed.emit();
      }
      this._status = 'done';
    } catch (error) {
      if (control.signal.aborted) {
        return;
      }
      this._status = 'failed';
      this._error = error instanceof Error ? error.message : String(error);
    }
    this._changed.emit();
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      this._control.abort();
      Signal.clearData(this);
    }
  }

  private _hdus: readonly IHdu[] = [];
  private _status: 'reading' | 'done' | 'failed' = 'reading';
  private _error: string | null = null;
  private _shown = 0;
  private _filter = '';
  private _control = new AbortController();
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}
