import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IUsageApi } from './api';
import { FileList } from './filelist';
import type { QuotaModel } from './model';
import { foldersAbove } from './places';
import type { IToasts } from '../ui/toasts';
import type { FileOrder, IEntry, IRootUsage } from './types';
import { isEntryId, type UsageRow } from './usagerows';
import type { UsageSentences } from './usagesentences';
import { UsageTree } from './usagetree';

/** What the panel lists. */
export type UsageTab = 'folders' | FileOrder;

/** What is being done with a file or folder; `look`: it is looked what is in it. */
export type Work = 'trash' | 'restore' | 'delete' | 'look';

/** What takes something away from where it is. */
const TAKING: ReadonlySet<Work | null> = new Set([
  'trash',
  'restore',
  'delete'
]);

/** Milliseconds after a change, before folders are asked for again. */
const SETTLED = 1000;

/** So long something has to stay selected before it is read out, in ms. */
const SELECTED = 500;

/**
 * What the usage panel shows: a root, its folders and files, and what of them
 * is selected. Asks again when the figures of the root have changed, while
 * the panel is in sight.
 */
export class UsageState implements IDisposable {
  constructor(private readonly _options: UsageState.IOptions) {
    _options.model.changed.connect(this._onModel, this);
    this._onModel();
  }

  /** Emitted when anything that is shown has changed. */
  get changed(): ISignal<UsageState, void> {
    return this._changed;
  }

  /** Emitted with what is to be read out. */
  get said(): ISignal<UsageState, string> {
    return this._said;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  get model(): QuotaModel {
    return this._options.model;
  }

  /** The root that is shown; `null` before the roots are known. */
  get root(): IRootUsage | null {
    const { roots } = this.model;
    return roots.find(one => one.id === this._root) ?? roots[0] ?? null;
  }

  /** Show another root. */
  set rootId(id: string) {
    this._root = id;
    this._figures = null;
    this._onModel();
  }

  /** The folders of the root that is shown; `null` before it was counted. */
  get tree(): UsageTree | null {
    return this._shown?.tree ?? null;
  }

  get tab(): UsageTab {
    return this._tab;
  }

  set tab(tab: UsageTab) {
    this._tab = tab;
    if (tab === 'folders') {
      const { current } = this;
      if (current !== null && isEntryId(current)) {
        void this.tree?.reveal(current);
      }
    } else {
      void this.list?.need();
    }
    this._changed.emit();
  }

  /** The files that are listed; `null` where folders are. */
  get list(): FileList | null {
    return this._tab === 'folders' || this._shown === null
      ? null
      : this._shown.lists[this._tab];
  }

  /** The rows of the tab. */
  get rows(): readonly UsageRow[] {
    return (this.list ?? this.tree)?.rows ?? [];
  }

  /** The row that is selected, in whatever shows it. */
  get current(): string | null {
    return this.tree?.current ?? null;
  }

  /** Whether it came to be selected by itself; see {@link UsageTree.strayed}. */
  get strayed(): boolean {
    return this.tree?.strayed ?? false;
  }

  /** The file or folder that is selected. */
  get entry(): IEntry | null {
    const { current } = this;
    return current === null ? null : this.entryOf(current);
  }

  /** The same, unless what is listed does not have it and the map did not. */
  get entryInSight(): IEntry | null {
    const listed =
      this.list === null || this.rows.some(row => row.id === this.current);
    return listed || this._byMap ? this.entry : null;
  }

  /** Whether it is looked what may go. */
  get looking(): boolean {
    return this._looking;
  }

  set looking(looking: boolean) {
    this._looking = looking;
    this._changed.emit();
  }

  /** Whether the panel is in sight. */
  get active(): boolean {
    return this._active;
  }

  set active(active: boolean) {
    this._active = active;
    if (active && this._stale) {
      this._refreshSoon();
    }
  }

  /** What is being done with a file or folder of a root, of the one shown. */
  workOn(id: string, root = this.root?.id ?? ''): Work | null {
    return this._work.get(root)?.get(id) ?? null;
  }

  setWork(root: string, id: string, work: Work | null): void {
    const works = this._work.get(root) ?? new Map<string, Work>();
    if (work === null) {
      works.delete(id);
    } else {
      works.set(id, work);
    }
    this._work.set(root, works);
    this._changed.emit();
  }

  entryOf(id: string): IEntry | null {
    const listed = () =>
      this._shown?.all.flatMap(list => list.files ?? []) ?? [];
    return (
      this.tree?.entryOf(id) ?? listed().find(one => one.id === id) ?? null
    );
  }

  /** Select a tile, and open the folders that it lies in. */
  reveal(id: string): void {
    this.select(id);
    this._byMap = true;
    void this.tree?.reveal(id);
  }

  /** Select a row. */
  select(id: string | null): void {
    this._byMap = false;
    this.tree?.select(id);
    clearTimeout(this._saying);
    this._saying = setTimeout(() => {
      const { entry } = this;
      if (entry !== null && entry.id === id) {
        this.say(this._options.say.selected(entry));
      }
    }, SELECTED);
  }

  /** Read out. */
  say(text: string): void {
    this._said.emit(text);
  }

  /** Read out why nothing is done to something that nobody has selected. */
  sayStrayed(entry: IEntry): void {
    this.say(this._options.say.strayed(entry));
  }

  /** Read out what a notification tells, where that is not read out itself. */
  sayOfNotice(text: string): void {
    if (!this._options.toasts.appear) {
      this.say(text);
    }
  }

  /** Take away what is not there any more in a root. */
  remove(root: string, ids: readonly string[]): void {
    const known = this._known.get(root);
    if (known === undefined) {
      return;
    }
    const { all, tree } = known;
    const { current } = tree;
    let next: IEntry | null = null;
    for (const one of all) {
      const after = one.remove(ids, current);
      next = one.order === this._tab ? after : next;
    }
    tree.remove(ids);
    if (next !== null) {
      tree.select(next.id);
    }
  }

  /** Something was changed from here: ask again in a moment. */
  expire(): void {
    this._refreshSoon();
  }

  /** Ask again for all that is shown. Never throws. */
  async refresh(): Promise<void> {
    clearTimeout(this._settling);
    this._settling = undefined;
    this._stale = false;
    const began = Date.now();
    const round = this._askAgain();
    this._round = round;
    await round;
    if (this._round === round) {
      this._round = null;
      this._pause = Math.max(SETTLED, Date.now() - began);
      if (this._stale) {
        this._refreshSoon();
      }
    }
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    clearTimeout(this._settling);
    clearTimeout(this._saying);
    this.model.changed.disconnect(this._onModel, this);
    for (const shown of this._known.values()) {
      shown.tree.dispose();
      shown.all.forEach(list => list.dispose());
    }
    Signal.clearData(this);
  }

  private _onModel(): void {
    const { root } = this;
    if (root?.measured == null) {
      this._shown = null;
    } else {
      const known = this._known.get(root.id);
      const shown = known ?? this._newRoot(root.id);
      const figures = Private.figuresOf(root);
      const other = shown !== this._shown;
      this._shown = shown;
      if (known === undefined) {
        void shown.tree.need('');
      } else if (other || figures !== this._figures) {
        this._refreshSoon();
      }
      if (other && this._tab !== 'folders') {
        void this.list?.need();
      }
      this._figures = figures;
    }
    this._changed.emit();
  }

  private async _askAgain(): Promise<void> {
    const shown = this._shown;
    if (shown !== null) {
      const { list } = this;
      for (const one of shown.all) {
        one.expire();
      }
      await Promise.all([shown.tree.refresh(), list?.load(true)]);
    }
  }

  /** Not while it is asked already, and for no more than half of the time. */
  private _refreshSoon(): void {
    this._stale = true;
    if (
      this._active &&
      !this._disposed &&
      this._round === null &&
      this._settling === undefined
    ) {
      this._settling = setTimeout(() => void this.refresh(), this._pause);
    }
  }

  /** Whether something, or what it lies in, is being taken away from here. */
  private _isGoing(root: string, id: string): boolean {
    return [...foldersAbove(id), id].some(one =>
      TAKING.has(this.workOn(one, root))
    );
  }

  private _newRoot(root: string): Private.IShown {
    const { api, locale, say } = this._options;
    const tree = new UsageTree({
      load: (folder, quiet) => api.folder(root, folder, quiet),
      isGoing: id => this._isGoing(root, id),
      locale
    });
    const listOf = (order: FileOrder) =>
      new FileList(order, async quiet => {
        const { files } = await api.files(root, order, quiet);
        return files;
      });
    const lists = { largest: listOf('largest'), oldest: listOf('oldest') };
    const shown = { tree, lists, all: [lists.largest, lists.oldest] };
    const tell = () => this._changed.emit();
    tree.changed.connect(tell);
    shown.all.forEach(list => list.changed.connect(tell));
    tree.vanished.connect((_, entry) => this.say(say.vanished(entry)));
    this._known.set(root, shown);
    return shown;
  }

  private _root: string | null = null;
  private _shown: Private.IShown | null = null;
  private _figures: string | null = null;
  private _tab: UsageTab = 'folders';
  /** Whether what is selected was selected in the map. */
  private _byMap = false;
  private _looking = false;
  private _active = false;
  private _stale = false;
  private _disposed = false;
  /** The last that is asked for, until it has come. */
  private _round: Promise<void> | null = null;
  /** Milliseconds before it is asked again. */
  private _pause = SETTLED;
  private _settling: ReturnType<typeof setTimeout> | undefined;
  private _saying: ReturnType<typeof setTimeout> | undefined;
  private readonly _known = new Map<string, Private.IShown>();
  private readonly _work = new Map<string, Map<string, Work>>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _said = new Signal<this, string>(this);
}

export namespace UsageState {
  export interface IOptions {
    readonly model: QuotaModel;
    readonly api: Pick<IUsageApi, 'folder' | 'files'>;
    readonly say: UsageSentences;
    readonly toasts: IToasts;
    /** JupyterLab's language, for the order of names. */
    readonly locale: string;
  }
}

namespace Private {
  /** What is known of a root. */
  export interface IShown {
    readonly tree: UsageTree;
    readonly lists: Readonly<Record<FileOrder, FileList>>;
    readonly all: readonly FileList[];
  }

  /** What is different once something in a root has changed. */
  export function figuresOf(root: IRootUsage): string {
    const { allocated, apparent, files, folders, measured, refreshed } = root;
    return [allocated, apparent, files, folders, measured, refreshed].join();
  }
}
