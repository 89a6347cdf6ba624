import type { TranslationBundle } from '@jupyterlab/translation';
import { folderIcon, type LabIcon } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { Drag } from '@lumino/dragdrop';
import { describeKey } from '../missions';
import type { IChoice } from '../tokens';
import { formatBytes } from '../ui/format';
import { errorIcon } from '../ui/panelicons';
import { productIcon } from './components/RowView';
import { baseName } from './rows';

/**
 * What follows the pointer in a drag out of the archive panel: what is
 * dragged, and what a drop would do at this place, or that nothing can be
 * dropped there.
 */
export class Ghost implements IDisposable {
  constructor(
    private readonly _chosen: IChoice,
    private readonly _trans: TranslationBundle,
    locale: string
  ) {
    const { objects, folders } = _chosen;
    const title = document.createElement('b');
    title.textContent = titleOf(_chosen, _trans, locale);
    this.node.className = 'mast-Ghost';
    this._verb.className = 'mast-Ghost-verb';
    this.node.append(this._icon, title, this._verb);
    this._ofItems =
      folders.length > 0
        ? folderIcon
        : productIcon(describeKey(objects[0].key));
    document.addEventListener('lm-dragover', this._over, true);
    this._show();
  }

  readonly node = document.createElement('div');

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Say what a place tells of itself; `null` once the pointer has left it. */
  say(verb: string | null): void {
    this._told = verb;
    this._show();
  }

  dispose(): void {
    this._isDisposed = true;
    document.removeEventListener('lm-dragover', this._over, true);
  }

  /** The place answers to the event; then there is something to say. */
  private readonly _over = (event: Event): void => {
    this._last = event as Drag.Event;
    queueMicrotask(() => this._show());
  };

  private _show(): void {
    const { _last: last, _told: told } = this;
    const taken =
      last === null || (last.defaultPrevented && last.dropAction !== 'none');
    const icon = taken ? this._ofItems : errorIcon;
    if (icon !== this._shown) {
      this._shown = icon;
      this._icon.className = `mast-Ghost-icon ${taken ? '' : 'mast-mod-error'}`;
      this._icon.replaceChildren(
        icon.element({ tag: 'span', width: '16px', height: '16px' })
      );
    }
    this._verb.textContent = told ?? (last ? this._verbAt(last, taken) : '');
  }

  /** What a place of JupyterLab does with a drop, which does not say it. */
  private _verbAt(event: Drag.Event, taken: boolean): string {
    const { _trans: trans } = this;
    const { objects, folders } = this._chosen;
    const inside = (selector: string) =>
      event.target instanceof Element &&
      event.target.closest(selector) !== null;
    if (!taken) {
      return trans.__('Nothing can be dropped here');
    }
    if (inside('.jp-Notebook') && objects.length > 0) {
      return trans.__('Insert code as a new cell');
    }
    const count = objects.length + folders.length;
    return inside('.jp-Editor')
      ? trans._n('Insert the URI', 'Insert the %1 URIs', count, count)
      : trans.__('Drop here');
  }

  private readonly _icon = document.createElement('span');
  private readonly _verb = document.createElement('span');
  private readonly _ofItems: LabIcon;
  private _shown: LabIcon | null = null;
  private _last: Drag.Event | null = null;
  private _told: string | null = null;
  private _isDisposed = false;
}

/** The name of one, the number of more, and the bytes of files. */
function titleOf(
  { objects, folders }: IChoice,
  trans: TranslationBundle,
  locale: string
): string {
  const [key, ...others] = [...folders, ...objects.map(object => object.key)];
  const bytes = objects.reduce((sum, object) => sum + object.size, 0);
  const what =
    others.length === 0
      ? [baseName(key) || key]
      : [
          folders.length > 0 &&
            trans._n('%1 folder', '%1 folders', folders.length, folders.length),
          objects.length > 0 &&
            trans._n('%1 file', '%1 files', objects.length, objects.length)
        ];
  return [...what, objects.length > 0 && formatBytes(bytes, locale)]
    .filter(part => part !== false)
    .join(', ');
}
