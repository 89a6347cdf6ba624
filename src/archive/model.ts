import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type {
  IArchiveInfo,
  IArchiveObject,
  IChoice,
  IPlace,
  IRoot
} from '../tokens';
import { archiveNamed, outside, rootOf } from './config';
import { Listing } from './listing';
import { above, History, samePlace, type IBookmark } from './places';
import { folderOf, nameBelow, type Row, type SortBy } from './rows';
import { Selection } from './selection';
import type { IStore } from './store';

/**
 * The archive panel's state: where it is, what is listed and selected, where
 * it was. No DOM; the panel draws it and commands change it.
 *
 * Nothing is fetched before the first {@link ArchiveModel.goTo}.
 */
export class ArchiveModel implements IDisposable {
  constructor(options: ArchiveModel.IOptions) {
    this.archives = options.archives;
    this._open = options.open;
    this._trans = options.trans;
  }

  readonly archives: readonly IArchiveInfo[];
  readonly selection = new Selection();
  readonly history = new History();

  /** Emitted when anything that the panel shows has changed. */
  get changed(): ISignal<ArchiveModel, void> {
    return this._changed;
  }

  /** Emitted when another place is shown. */
  get placeChanged(): ISignal<ArchiveModel, IPlace> {
    return this._placeChanged;
  }

  get selectionChanged(): ISignal<ArchiveModel, void> {
    return this._selectionChanged;
  }

  /** Asks the view to bring a row into sight. */
  get revealRequested(): ISignal<ArchiveModel, string> {
    return this._revealRequested;
  }

  /** The archive shown; `null` before the panel was first shown. */
  get archive(): IArchiveInfo | null {
    return this._archive;
  }

  get root(): IRoot | null {
    return this._archive && rootOf(this._archive, this._prefix);
  }

  get prefix(): string {
    return this._prefix;
  }

  get listing(): Listing | null {
    return this._listing;
  }

  get store(): IStore | null {
    return this._archive && this._open(this._archive);
  }

  /** The store of any archive, by id. */
  storeOf(id: string): IStore {
    return this._open(archiveNamed(id, this.archives, this._trans));
  }

  /**
   * Show a folder, and select a key in it when the place has one.
   *
   * Resolves when the first page is there or has failed (`listing.error`).
   * Throws `ArchiveError` when the place lies outside the archive's roots.
   */
  async goTo(
    place: IPlace,
    options: ArchiveModel.IGoOptions = {}
  ): Promise<void> {
    const info = archiveNamed(place.archive, this.archives, this._trans);
    if (rootOf(info, place.prefix) === null) {
      throw outside(place.prefix, info, this._trans);
    }
    const same =
      this._archive?.id === place.archive &&
      this._prefix === place.prefix &&
      this._listing !== null &&
      !options.reload;
    if (!same) {
      this._show(info, place.prefix, options);
    }
    if (options.history !== false) {
      this.history.push({ archive: place.archive, prefix: place.prefix });
    }
    this._placeChanged.emit(place);
    const listing = this._listing;
    if (!same && listing !== null) {
      await listing.more();
    }
    if (
      place.key !== undefined &&
      listing !== null &&
      listing === this._listing
    ) {
      await this._select(listing, place.key);
    }
  }

  async back(): Promise<void> {
    await this._step(this.history.back());
  }

  async forward(): Promise<void> {
    await this._step(this.history.forward());
  }

  /** The folder above, with the one we come from selected. */
  async up(): Promise<void> {
    const info = this._archive;
    const prefix = info && above(info, this._prefix);
    if (info && prefix !== null) {
      const from = this._prefix;
      await this.goTo({ archive: info.id, prefix });
      const next = from.slice(0, from.indexOf('/', prefix.length) + 1);
      this._pick(this.grouped ? `g:${next}` : `f:${next}`);
    }
  }

  get canUp(): boolean {
    return (
      this._archive !== null && above(this._archive, this._prefix) !== null
    );
  }

  /** Load the folder again, keeping filter and selection. */
  async refresh(): Promise<void> {
    if (this._archive) {
      const filter = this._listing?.filter ?? '';
      await this.goTo(
        { archive: this._archive.id, prefix: this._prefix },
        { reload: true, history: false, filter, keepSelection: true }
      );
    }
  }

  /** Whether files are grouped by observation here. */
  get grouped(): boolean {
    return this._archive !== null && this._groups(this._archive, this._prefix);
  }

  /** Whether grouping makes sense here: not at the roots of an archive. */
  get canGroup(): boolean {
    return this.canUp;
  }

  /** Group or not, remembered for the root that is shown. */
  async setGrouped(grouped: boolean): Promise<void> {
    const root = this.root;
    if (this._archive && root) {
      this._grouping.set(`${this._archive.id}/${root.prefix}`, grouped);
      await this.refresh();
    }
  }

  get grouping(): Readonly<Record<string, boolean>> {
    return Object.fromEntries(this._grouping);
  }

  set grouping(choices: Readonly<Record<string, boolean>>) {
    this._grouping = new Map(Object.entries(choices));
  }

  /** Order what is loaded; any order but by name needs all of the folder. */
  sort(sortBy: SortBy, descending: boolean): void {
    this.prefer(sortBy, descending);
    this._listing?.sort(sortBy, descending);
  }

  /** Load all of the folder, and order it. Whether that came to its end. */
  async loadAndSort(sortBy: SortBy, descending: boolean): Promise<boolean> {
    const listing = this._listing;
    if (
      listing === null ||
      !(await listing.loadAll()) ||
      listing !== this._listing
    ) {
      return false;
    }
    this.sort(sortBy, descending);
    return true;
  }

  /** The order for the folders that are shown from now on. */
  prefer(sortBy: SortBy, descending: boolean): void {
    this._sortBy = sortBy;
    this._descending = descending;
  }

  /** The preferred order: of a large folder it may wait, see below. */
  get sortBy(): SortBy {
    return this._sortBy;
  }

  get descending(): boolean {
    return this._descending;
  }

  /**
   * Whether the folder is in the order of names, although another one is
   * preferred: that one needs all of the folder, which is not loaded unasked
   * when it has more than one page.
   */
  get orderWaits(): boolean {
    const listing = this._listing;
    return (
      listing !== null &&
      listing.loaded > 0 &&
      (listing.sortBy !== this._sortBy ||
        listing.descending !== this._descending)
    );
  }

  /** Change the selection, and tell those who show it. */
  select(change: (selection: Selection) => void): void {
    change(this.selection);
    this._selectionChanged.emit();
    this._changed.emit();
  }

  /** The selected objects, in the order of the rows. */
  get selectedObjects(): readonly IArchiveObject[] {
    const objects: IArchiveObject[] = [];
    for (const row of this.selectedRows) {
      if (row.type === 'object') {
        objects.push(row.object);
      }
    }
    return objects;
  }

  /** The selected rows, in the order of the rows. */
  get selectedRows(): readonly Row[] {
    const { listing } = this;
    if (listing === null || this.selection.ids.size === 0) {
      return [];
    }
    return [...this.selection.ids]
      .map(id => listing.indexOf(id))
      .filter(index => index >= 0)
      .sort((a, b) => a - b)
      .map(index => listing.rows[index]);
  }

  /**
   * What the selection stands for; or, for `heading`, the group whose heading
   * the keyboard is on: its folder, or its files where the headings of other
   * groups below that folder are shown apart.
   */
  chosen(what: 'selection' | 'heading'): IChoice {
    if (what === 'selection') {
      return {
        objects: this.selectedObjects,
        folders: this.selectedRows.flatMap(row =>
          row.type === 'folder' ? [row.prefix] : []
        )
      };
    }
    const { listing } = this;
    const at = listing?.indexOf(this.selection.current ?? '') ?? -1;
    const heading = listing?.rows[at];
    if (!listing || heading?.type !== 'group') {
      return { objects: [], folders: [] };
    }
    const { prefix } = heading;
    const apart = listing.rows.some(
      row =>
        row.type === 'group' &&
        row.prefix !== prefix &&
        row.prefix.startsWith(prefix)
    );
    return apart
      ? { objects: listing.filesOf(prefix), folders: [] }
      : { objects: [], folders: [prefix] };
  }

  get bookmarks(): readonly IBookmark[] {
    return this._bookmarks;
  }

  set bookmarks(bookmarks: readonly IBookmark[]) {
    this._bookmarks = bookmarks;
    this._changed.emit();
  }

  /** Whether the place shown has a bookmark. */
  get isBookmarked(): boolean {
    return this.bookmarkOf(this._archive?.id ?? '', this._prefix) !== undefined;
  }

  /**
   * The folder that a command on a folder means: the selected one when that
   * is all that is selected, else the one shown.
   */
  get folder(): string {
    const [row, ...more] = this.selectedRows;
    return row?.type === 'folder' && more.length === 0
      ? row.prefix
      : this._prefix;
  }

  /** Bookmark a folder, the one shown by default, or take its mark away. */
  toggleBookmark(prefix = this._prefix): void {
    if (this._archive === null) {
      return;
    }
    const place = { archive: this._archive.id, prefix };
    this.bookmarks = this.bookmarkOf(place.archive, prefix)
      ? this._bookmarks.filter(mark => !samePlace(mark, place))
      : [
          ...this._bookmarks,
          { ...place, added: new Date().toISOString().slice(0, 10) }
        ];
    this._bookmarksChanged.emit();
  }

  /** Emitted when the person changed the bookmarks. */
  get bookmarksChanged(): ISignal<ArchiveModel, void> {
    return this._bookmarksChanged;
  }

  bookmarkOf(archive: string, prefix: string): IBookmark | undefined {
    return this._bookmarks.find(mark => samePlace(mark, { archive, prefix }));
  }

  /** The last places, the latest first. */
  get recent(): readonly IPlace[] {
    return this._recent;
  }

  set recent(places: readonly IPlace[]) {
    this._recent = places.slice(0, 20);
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    this._listing?.dispose();
    Signal.clearData(this);
  }

  private _groups(info: IArchiveInfo, prefix: string): boolean {
    if (above(info, prefix) === null) {
      return false;
    }
    const root = rootOf(info, prefix);
    const chosen = this._grouping.get(`${info.id}/${root?.prefix ?? ''}`);
    return chosen ?? Private.GROUPED.test(prefix);
  }

  private _show(
    info: IArchiveInfo,
    prefix: string,
    options: ArchiveModel.IGoOptions
  ): void {
    const old = this._listing;
    const listing = new Listing({
      store: this._open(info),
      trans: this._trans,
      prefix,
      grouped: this._groups(info, prefix)
    });
    this._archive = info;
    this._prefix = prefix;
    this._listing = listing;
    if (options.filter) {
      void listing.setFilter(options.filter);
    }
    if (!options.keepSelection) {
      this.selection.clear();
    }
    let first = true;
    listing.changed.connect(() => {
      if (first && listing.status === 'ready' && listing.loaded > 0) {
        first = false;
        if (listing.done) {
          listing.sort(this._sortBy, this._descending);
          return;
        }
      }
      this._changed.emit();
    });
    old?.dispose();
    this._remember({ archive: info.id, prefix });
    this._selectionChanged.emit();
    this._changed.emit();
  }

  private _remember(place: IPlace): void {
    this._recent = [
      place,
      ...this._recent.filter(other => !samePlace(other, place))
    ].slice(0, 20);
  }

  private async _step(place: IPlace | null): Promise<void> {
    if (place !== null) {
      await this.goTo(place, { history: false });
    }
  }

  /**
   * Select a key and bring it into sight. A key that is not in the first
   * pages is asked for by name: the filter then shows it alone, where
   * loading a folder of 100,000 up to it would take a minute.
   */
  private async _select(listing: Listing, key: string): Promise<void> {
    const id = `o:${key}`;
    const missing = () =>
      listing === this._listing &&
      listing.indexOf(id) < 0 &&
      listing.error === null;
    listing.setOpen(folderOf(key), true);
    if (missing() && listing.filter !== '') {
      await listing.setFilter('');
    }
    for (let page = 1; page < 3 && missing() && !listing.done; page++) {
      await listing.more();
    }
    if (missing() && !listing.done) {
      await listing.setFilter(nameBelow(key, this._prefix));
    }
    if (listing === this._listing) {
      this._pick(id);
    }
  }

  private _pick(id: string): void {
    if ((this._listing?.indexOf(id) ?? -1) >= 0) {
      // Headings are not selected; the keyboard goes there.
      this.select(selection =>
        id.startsWith('g:') ? selection.moveTo(id) : selection.only(id)
      );
      this._revealRequested.emit(id);
    }
  }

  private readonly _open: (info: IArchiveInfo) => IStore;
  private readonly _trans: TranslationBundle;
  private _archive: IArchiveInfo | null = null;
  private _prefix = '';
  private _listing: Listing | null = null;
  private _grouping = new Map<string, boolean>();
  private _sortBy: SortBy = 'name';
  private _descending = false;
  private _bookmarks: readonly IBookmark[] = [];
  private _recent: readonly IPlace[] = [];
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _bookmarksChanged = new Signal<this, void>(this);
  private readonly _placeChanged = new Signal<this, IPlace>(this);
  private readonly _selectionChanged = new Signal<this, void>(this);
  private readonly _revealRequested = new Signal<this, string>(this);
}

export namespace ArchiveModel {
  export interface IOptions {
    readonly archives: readonly IArchiveInfo[];
    /** The store of an archive; the same one at every call. */
    readonly open: (info: IArchiveInfo) => IStore;
    readonly trans: TranslationBundle;
  }

  export interface IGoOptions {
    /** List again although the place is shown. */
    readonly reload?: boolean;
    /** Whether the place goes into the history; it does by default. */
    readonly history?: boolean;
    readonly filter?: string;
    readonly keepSelection?: boolean;
  }
}

namespace Private {
  /**
   * Where files are grouped by observation unless somebody chose otherwise:
   * a Hubble programme's folder and below, and a TESS target's folder.
   */
  export const GROUPED =
    /^(hst\/public\/[^/]{4}\/|tess\/public\/tid\/s\d{4}\/(\d{4}\/){4})/;
}
