import {
  Clipboard,
  Dialog,
  ReactWidget,
  showDialog
} from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import * as React from 'react';
import type { IBadges } from '../tokens';
import { formatNumber } from '../ui/format';
import { Panel } from './components/Panel';
import { sortText } from './components/sentences';
import { startDrag } from './drag';
import { CommandIDs } from './ids';
import type { ArchiveModel } from './model';
import type { Row, SortBy } from './rows';
import type { ArchiveService } from './service';
import '../../style/ui.css';
import '../../style/archive.css';

/**
 * The content of the archive panel: draws the model, and turns what people
 * do into commands.
 */
export class ArchiveWidget extends ReactWidget {
  constructor(private readonly _options: ArchiveWidget.IOptions) {
    super();
    this.addClass('mast-Archive-body');
  }

  get model(): ArchiveModel {
    return this._options.model;
  }

  /** Rows of one line instead of two. */
  get compact(): boolean {
    return this._compact;
  }

  set compact(compact: boolean) {
    if (compact !== this._compact) {
      this._compact = compact;
      this.update();
    }
  }

  /** The commands of the action bar, the primary one first. */
  set actions(actions: readonly string[]) {
    this._actions = actions;
    this.update();
  }

  /** What stands beside files. */
  set badges(badges: IBadges | null) {
    this._badges?.changed.disconnect(this.update, this);
    this._badges = badges;
    badges?.changed.connect(this.update, this);
    this.update();
  }

  /** Where the list is scrolled to, in px. */
  get scroll(): number {
    return this._scroll.current;
  }

  set scroll(offset: number) {
    this._scroll.current = offset;
  }

  /** Emitted when the list was scrolled. */
  get scrolled(): ISignal<ArchiveWidget, void> {
    return this._scrolled;
  }

  /** Scroll the list, as far as it has rows. */
  scrollTo(offset: number): void {
    this._scroll.current = offset;
    this._scrollRequested.emit(offset);
  }

  focusGoTo(): void {
    this._goTo.current?.focus();
    this._goTo.current?.select();
  }

  /** @returns Whether the box is there: a narrow panel has no room for it. */
  focusFilter(): boolean {
    const input = this._filter.current;
    if (!input?.offsetParent) {
      return false;
    }
    input.focus();
    return true;
  }

  dispose(): void {
    this._badges?.changed.disconnect(this.update, this);
    Signal.clearData(this);
    super.dispose();
  }

  protected render(): React.ReactElement {
    const { model, trans, locale, commands } = this._options;
    return (
      <Panel
        model={model}
        trans={trans}
        problem={this._options.service.config.problem}
        locale={locale}
        commands={commands}
        compact={this._compact}
        actions={this._actions}
        badges={this._badges}
        goToInput={this._goTo}
        filterInput={this._filter}
        scroll={this._scroll}
        scrollRequested={this._scrollRequested}
        onScroll={offset => {
          this._scroll.current = offset;
          this._scrolled.emit();
        }}
        open={row => this._open(row)}
        preview={row => {
          if (row.type === 'object') {
            void commands.execute(CommandIDs.preview);
          } else {
            this._open(row);
          }
        }}
        startDrag={(row, event) => this._drag(row, event)}
        copyText={text => Clipboard.copyToSystem(text)}
        confirmSort={(count, sortBy) => this._confirmSort(count, sortBy)}
        openMore={anchor => this._options.openMore(anchor)}
      />
    );
  }

  protected onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    (
      this.node.querySelector<HTMLElement>('.mast-Grid') ?? this._goTo.current
    )?.focus();
  }

  private _open(row: Row): void {
    const { model, commands } = this._options;
    const { archive, listing } = model;
    if (archive === null || listing === null) {
      return;
    }
    switch (row.type) {
      case 'folder':
        this._scroll.current = 0;
        void model.goTo({ archive: archive.id, prefix: row.prefix });
        return;
      case 'group':
        listing.setOpen(row.prefix, !row.open);
        return;
      default:
        void commands.execute(CommandIDs.open);
    }
  }

  private _drag(row: Row, event: MouseEvent): void {
    const { model } = this._options;
    const { archive } = model;
    const chosen = model.selection.ids.has(row.id)
      ? model.chosen('selection')
      : {
          objects: row.type === 'object' ? [row.object] : [],
          folders: row.type === 'folder' ? [row.prefix] : []
        };
    if (archive !== null && chosen.objects.length + chosen.folders.length > 0) {
      startDrag({
        archive,
        chosen,
        templates: this._options.service.templates,
        event,
        trans: this._options.trans,
        locale: this._options.locale
      });
    }
  }

  private async _confirmSort(count: number, sortBy: SortBy): Promise<boolean> {
    const { trans, locale } = this._options;
    const answer = await showDialog({
      title: trans.__('Load all of this folder?'),
      body: sortText(sortBy, formatNumber(count, locale), trans),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Keep order by name') }),
        Dialog.okButton({ label: trans.__('Load and sort') })
      ]
    });
    return answer.button.accept;
  }

  private readonly _scrolled = new Signal<this, void>(this);
  private readonly _scrollRequested = new Signal<this, number>(this);
  private _compact = false;
  private _actions: readonly string[] = [];
  private _badges: IBadges | null = null;
  private readonly _scroll = { current: 0 };
  private readonly _goTo = React.createRef<HTMLInputElement>();
  private readonly _filter = React.createRef<HTMLInputElement>();
}

export namespace ArchiveWidget {
  export interface IOptions {
    readonly model: ArchiveModel;
    readonly service: ArchiveService;
    readonly trans: TranslationBundle;
    /** JupyterLab's language, for numbers. */
    readonly locale: string;
    readonly commands: CommandRegistry;
    /** Open the context menu at a button. */
    openMore(anchor: HTMLElement): void;
  }
}
