import type { FreedFile } from '../rest/generated';
import type { IFreedApi } from './api';
import { LongWork } from './longwork';
import { readable } from './places';
import type { IFreedList } from './types';

/** A copy that was removed. */
export interface IRemovedFile extends FreedFile {
  /** Where it was below its root, for people. */
  readonly path: string;
}

/** The files of a list of removed copies, of which some can come again. */
export class RemovedModel extends LongWork {
  constructor(private readonly _options: RemovedModel.IOptions) {
    super();
  }

  /** The list they stand in. */
  get list(): IFreedList {
    return this._options.list;
  }

  /** Whether more of them are still to be told. */
  get loading(): boolean {
    return this._loading;
  }

  /** Those whose place holds {@link filter}, in the order of their places. */
  get files(): readonly IRemovedFile[] {
    return (this._shown ??= this._files.filter(({ path }) =>
      path.toLowerCase().includes(this._filter.trim().toLowerCase())
    ));
  }

  /** How many there are without a filter. */
  get found(): number {
    return this._files.length;
  }

  get filter(): string {
    return this._filter;
  }

  set filter(filter: string) {
    this._filter = filter;
    this._shown = null;
    this.tell();
  }

  /** Whether what is chosen is being sent for. */
  get sending(): boolean {
    return this._sending;
  }

  /** Whether files can be chosen: older versions cannot come again. */
  get canChoose(): boolean {
    return !this.list.lost;
  }

  /** What is chosen, whatever the filter shows. */
  get chosen(): readonly IRemovedFile[] {
    return this._files.filter(({ id }) => this._chosen.has(id));
  }

  /** How long these are together. */
  get chosenBytes(): number {
    return this.chosen.reduce((total, { size }) => total + size, 0);
  }

  isChosen(file: IRemovedFile): boolean {
    return this._chosen.has(file.id);
  }

  /** Choose files, or no longer. */
  choose(files: readonly IRemovedFile[], chosen: boolean): void {
    if (this.canChoose) {
      for (const { id } of files) {
        if (chosen) {
          this._chosen.add(id);
        } else {
          this._chosen.delete(id);
        }
      }
      this.tell();
    }
  }

  /**
   * Have what is chosen copied to where it was. Never throws.
   *
   * @returns Whether it was begun; what is chosen stays so if not.
   */
  async fetch(): Promise<boolean> {
    const { chosen } = this;
    if (this._sending || chosen.length === 0) {
      return false;
    }
    // While some come, only those that are named are sent for.
    const all =
      !this._loading &&
      !this.list.fetching &&
      chosen.length === this._files.length;
    this.begin();
    this._sending = true;
    this.tell();
    let begun = false;
    try {
      await this._options.fetch(all ? undefined : chosen.map(({ id }) => id));
      begun = true;
    } catch (error) {
      this.fail(error);
    }
    this._sending = false;
    this.tell();
    return begun;
  }

  /** Ask for the files. Never throws. */
  async load(): Promise<void> {
    const { api, root, list } = this._options;
    this.begin();
    this._files = [];
    this._shown = null;
    this._loading = true;
    this.tell();
    try {
      await this.eachPage(
        after => api.freedFiles(root, list.freed, after),
        page => {
          this._files = [
            ...this._files,
            ...page.files.map(file => ({ ...file, path: readable(file.id) }))
          ];
          this._shown = null;
        }
      );
    } catch (error) {
      this.fail(error);
    }
    this._loading = false;
    this.tell();
  }

  private _files: readonly IRemovedFile[] = [];
  private _shown: readonly IRemovedFile[] | null = null;
  private _loading = false;
  private _sending = false;
  private _filter = '';
  private readonly _chosen = new Set<string>();
}

export namespace RemovedModel {
  export interface IOptions {
    readonly api: Pick<IFreedApi, 'freedFiles'>;
    readonly root: string;
    readonly list: IFreedList;
    /** Have some files copied to where they were; without ids all. */
    readonly fetch: (ids?: readonly string[]) => Promise<void>;
  }
}
