import { Speed } from './speed';
import type { IActiveFile, ITransfer } from './types';

/** A file that is being copied, and how fast. */
export interface IMoving {
  readonly file: IActiveFile;
  /** Mean of the last five seconds in bytes/s; `null` while not known. */
  readonly speed: number | null;
  /** Seconds; `null` in the first three, and while it cannot be told. */
  readonly left: number | null;
}

/** How fast the files are that are being copied. */
export class FileSpeeds {
  /**
   * Take what is known of all transfers now.
   *
   * @param now - Seconds of any clock.
   */
  take(transfers: readonly ITransfer[], now: number): void {
    const before = this._files;
    this._files = new Map();
    for (const transfer of transfers) {
      if (transfer.state !== 'running') {
        continue;
      }
      for (const file of transfer.active) {
        const id = `${transfer.id}:${file.index}`;
        const known = before.get(id);
        const speed = known?.speed ?? new Speed();
        // The same report once more is no news of the file.
        if (known?.file !== file) {
          speed.add(now, file.done);
        }
        this._files.set(id, { file, speed });
      }
    }
  }

  /** A file of a transfer, if it is being copied. */
  of(transfer: string, index: number, now: number): IMoving | null {
    const known = this._files.get(`${transfer}:${index}`);
    if (known === undefined) {
      return null;
    }
    const { file, speed } = known;
    return {
      file,
      speed: speed.at(now),
      left: speed.timeLeft(now, file.size - file.done)
    };
  }

  private _files = new Map<
    string,
    { readonly file: IActiveFile; readonly speed: Speed }
  >();
}
