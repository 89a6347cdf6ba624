import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

/** Something that takes many requests, can be watched, and can be stopped. */
export abstract class LongWork implements IDisposable {
  get changed(): ISignal<LongWork, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Why no more is known, or why it went no further. */
  get problem(): string | null {
    return this._problem;
  }

  /** Whether no more is done than what is under way. */
  get stopped(): boolean {
    return this._stopped;
  }

  /** Do no more than what is under way. */
  stop(): void {
    this._stopped = true;
    this._changed.emit();
  }

  dispose(): void {
    this._disposed = true;
    this._stopped = true;
    Signal.clearData(this);
  }

  /** A new piece of work. */
  protected begin(): void {
    this._stopped = this._disposed;
    this._problem = null;
  }

  protected fail(problem: unknown): void {
    this._problem =
      problem instanceof Error ? problem.message : String(problem);
  }

  protected tell(): void {
    this._changed.emit();
  }

  /** Take one page after the other, and tell of each. */
  protected async eachPage<T extends { readonly next: string | null }>(
    ask: (after: string | null) => Promise<T>,
    take: (page: T) => void
  ): Promise<void> {
    let after: string | null = null;
    do {
      const page: T = await ask(after);
      take(page);
      after = page.next;
      this.tell();
    } while (after !== null && !this._disposed);
  }

  /**
   * Send ids in batches. What an answer says that it left is sent again.
   *
   * @param send - Returns the ids that were left.
   */
  protected async inBatches(
    ids: readonly string[],
    size: number,
    send: (ids: readonly string[]) => Promise<readonly string[]>
  ): Promise<void> {
    let rest = ids;
    while (rest.length > 0 && !this._stopped) {
      const some = rest.slice(0, size);
      const left = await send(some);
      // One that does not get its turn holds up no others.
      const held = left.length < some.length ? 0 : 1;
      rest = [...left.slice(held), ...rest.slice(size)];
    }
  }

  private _problem: string | null = null;
  private _stopped = false;
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}
