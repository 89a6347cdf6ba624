import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IFreedApi } from './api';
import type { IFreedList } from './types';

/** Copies that went to free space and can be fetched again, of one root. */
export class FreedLists implements IDisposable {
  constructor(private readonly _api: IFreedApi) {}

  get changed(): ISignal<FreedLists, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Those of a root, the last first. */
  of(root: string): readonly IFreedList[] {
    return this._lists.get(root) ?? [];
  }

  /** Ask again. Never throws: what is known stays. */
  async load(root: string): Promise<void> {
    const newest = this._ask(root);
    try {
      const { lists } = await this._api.freed(root);
      if (newest()) {
        this._set(root, lists);
      }
    } catch (error) {
      console.warn('jupyterlab-mast: removed copies are not known.', error);
    }
  }

  /** Copy what is missing of a list, or some of it, to where it was. */
  async fetchAgain(
    root: string,
    freed: string,
    only?: readonly string[]
  ): Promise<void> {
    await this._api.fetchAgain(root, freed, only);
    this._ask(root);
    this._set(
      root,
      this.of(root).map(one =>
        one.freed === freed ? { ...one, fetching: true } : one
      )
    );
  }

  /** Forget a list: its files can then be found in the archive only. */
  async forget(root: string, freed: string): Promise<void> {
    const { lists } = await this._api.forget(root, freed);
    this._ask(root);
    this._set(root, lists);
  }

  dispose(): void {
    this._disposed = true;
    Signal.clearData(this);
  }

  /**
   * Note that something newer is known soon, so that what was asked for before
   * says nothing new.
   *
   * @returns Whether there is nothing newer still.
   */
  private _ask(root: string): () => boolean {
    const asked = (this._asked.get(root) ?? 0) + 1;
    this._asked.set(root, asked);
    return () => asked === this._asked.get(root);
  }

  private _set(root: string, lists: readonly IFreedList[]): void {
    if (this._disposed) {
      return;
    }
    this._lists.set(root, lists);
    this._changed.emit();
  }

  private _disposed = false;
  private readonly _asked = new Map<string, number>();
  private readonly _lists = new Map<string, readonly IFreedList[]>();
  private readonly _changed = new Signal<this, void>(this);
}
