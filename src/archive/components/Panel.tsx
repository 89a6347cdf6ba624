import type { CommandRegistry } from '@lumino/commands';
import type { ISignal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretUpIcon,
  closeIcon,
  ellipsesIcon,
  filterIcon,
  folderIcon,
  lockIcon,
  refreshIcon,
  type LabIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { formatBytes, formatNumber, formatTime } from '../../ui/format';
import { useNow, useSignalUpdate, useWidth } from '../../ui/hooks';
import {
  backIcon,
  forwardIcon,
  groupIcon,
  starFilledIcon,
  starIcon,
  upIcon,
  warningIcon
} from '../../ui/icons';
import { StateMessage } from '../../ui/StateMessage';
import { CommandIDs } from '../ids';
import type { ArchiveModel } from '../model';
import { crumbs } from '../places';
import { baseName, type Row, type SortBy } from '../rows';
import { Chooser } from './Chooser';
import { GoTo } from './GoTo';
import { ListingView } from './ListingView';

/** From this width in px, labels are long and dates stand beside sizes. */
const WIDE = 360;

/**
 * What the panel needs beside its model.
 */
export interface IPanelProps {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
  /** Why there are no archives, as the server says it. */
  readonly problem: string | null;
  readonly locale: string;
  readonly compact: boolean;
  readonly commands: CommandRegistry;
  /** The commands of the action bar, the primary one first. */
  readonly actions: readonly string[];
  readonly goToInput: React.RefObject<HTMLInputElement>;
  readonly filterInput: React.RefObject<HTMLInputElement>;
  open(row: Row): void;
  preview(row: Row): void;
  startDrag(row: Row, event: MouseEvent): void;
  copyText(text: string): void;
  /** Ask whether to load all of a folder, to sort it. */
  confirmSort(count: number, sortBy: SortBy): Promise<boolean>;
  openMore(anchor: HTMLElement): void;
  /** The offset of the list to start at, in px. */
  readonly scroll: { readonly current: number };
  readonly scrollRequested: ISignal<unknown, number>;
  onScroll(offset: number): void;
}

/**
 * The archive panel: where one is, the way to other places, and the list.
 */
export function Panel(props: IPanelProps): React.ReactElement {
  const { model, trans, commands } = props;
  useSignalUpdate(model.changed);
  const self = React.useRef<HTMLDivElement>(null);
  const wide = useWidth(self) >= WIDE;
  const [said, announce] = React.useState('');
  // The list may be drawn anew with the next frame.
  const focusGrid = () =>
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        self.current?.querySelector<HTMLElement>('.mast-Grid')?.focus()
      )
    );

  if (model.archives.length === 0) {
    return (
      <StateMessage
        icon={warningIcon}
        title={trans.__('The archive is not set up on this server')}
        text={
          props.problem === null
            ? trans.__('No archive is configured.')
            : trans.__(
                'A setting is wrong: %1. An administrator can correct it.',
                props.problem
              )
        }
        actions={[
          {
            label: trans.__('Copy details'),
            run: () => props.copyText(props.problem ?? '')
          }
        ]}
      />
    );
  }
  return (
    <div className="mast-Archive-content" ref={self}>
      <div
        className="mast-Archive-toolbar"
        role="toolbar"
        aria-label={trans.__('Archive')}
      >
        <ToolButton
          icon={backIcon}
          label={trans.__('Back')}
          run={() => void model.back()}
          enabled={model.history.canBack}
        />
        <ToolButton
          className="mast-hide-narrow"
          icon={forwardIcon}
          label={trans.__('Forward')}
          run={() => void model.forward()}
          enabled={model.history.canForward}
        />
        <ToolButton
          icon={upIcon}
          label={trans.__('Up one folder')}
          run={() => void model.up()}
          enabled={model.canUp}
        />
        <ToolButton
          className="mast-hide-narrow"
          icon={refreshIcon}
          label={trans.__('Reload this folder')}
          run={() => void model.refresh()}
          enabled={model.archive !== null}
        />
        <Chooser model={model} trans={trans} />
      </div>
      <div className="mast-Archive-fields">
        <GoTo
          model={model}
          trans={trans}
          input={props.goToInput}
          done={focusGrid}
        />
      </div>
      <Crumbs model={model} trans={trans} />
      <div className="mast-Archive-filter">
        <FilterBox
          model={model}
          trans={trans}
          input={props.filterInput}
          done={focusGrid}
        />
        <ToolButton
          icon={groupIcon}
          label={trans.__('Group by observation')}
          run={() => void model.setGrouped(!model.grouped)}
          enabled={model.canGroup}
          pressed={model.grouped}
        />
      </div>
      <Head {...props} announce={announce} />
      <ListingView
        {...props}
        wide={wide}
        announce={announce}
        focusFilter={() => void commands.execute(CommandIDs.filter)}
      />
      <ActionBar {...props} commands={commands} />
      <StatusLine {...props} />
      <div className="mast-sr" role="status" aria-live="polite">
        {said}
      </div>
    </div>
  );
}

function ToolButton(props: {
  readonly icon: LabIcon;
  readonly label: string;
  readonly enabled: boolean;
  readonly pressed?: boolean;
  readonly className?: string;
  run(event: React.MouseEvent<HTMLElement>): void;
}): React.ReactElement {
  const { icon: Icon, label, enabled, pressed, className = '' } = props;
  return (
    <button
      className={`mast-ToolButton ${className} ${pressed ? 'mast-mod-pressed' : ''}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-disabled={!enabled}
      title={label}
      onClick={event => enabled && props.run(event)}
    >
      <Icon.react tag="span" width="16px" height="16px" />
    </button>
  );
}

function Crumbs(props: {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
}): React.ReactElement {
  const { model, trans } = props;
  const { archive } = model;
  const steps = archive ? crumbs(archive, model.prefix) : [];
  const [root, ...below] = steps;
  const hidden = below.length > 2 ? below.slice(0, -2) : [];
  const shown = below.slice(hidden.length);
  const go = (prefix: string) =>
    archive && void model.goTo({ archive: archive.id, prefix });
  return (
    <nav className="mast-Crumbs" aria-label={trans.__('Path')}>
      {root && (
        <button
          className="mast-Crumbs-root"
          aria-current={below.length === 0 ? 'location' : undefined}
          aria-label={root.title}
          title={root.prefix || root.title}
          onClick={() => go(root.prefix)}
        >
          <folderIcon.react tag="span" width="16px" height="16px" />
          {below.length === 0 && <b className="mast-ellipsis">{root.title}</b>}
        </button>
      )}
      {hidden.length > 0 && (
        <>
          <span aria-hidden="true">/</span>
          <button
            title={trans.__(
              'Hidden levels: %1',
              hidden.map(one => one.title).join(' / ')
            )}
            aria-label={trans.__('Up to %1', hidden[hidden.length - 1].title)}
            onClick={() => go(hidden[hidden.length - 1].prefix)}
          >
            …
          </button>
        </>
      )}
      {shown.map((step, i) => (
        <React.Fragment key={step.prefix}>
          <span aria-hidden="true">/</span>
          <button
            className={`mast-ellipsis ${i === shown.length - 1 ? 'mast-mod-here' : ''}`}
            aria-current={i === shown.length - 1 ? 'location' : undefined}
            title={step.prefix}
            onClick={() => go(step.prefix)}
          >
            {step.title || trans.__('(empty name)')}
          </button>
        </React.Fragment>
      ))}
      <span className="mast-grow" />
      <ToolButton
        icon={model.isBookmarked ? starFilledIcon : starIcon}
        label={
          model.isBookmarked
            ? trans.__('Remove the bookmark of this place')
            : trans.__('Bookmark this place')
        }
        pressed={model.isBookmarked}
        enabled={archive !== null}
        run={() => model.toggleBookmark()}
      />
    </nav>
  );
}

/** Milliseconds of quiet typing before the archive is asked. */
const QUIET = 200;

function FilterBox(props: {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
  readonly input: React.RefObject<HTMLInputElement>;
  done(): void;
}): React.ReactElement {
  const { model, trans, input } = props;
  const { listing } = model;
  const [text, setText] = React.useState('');
  // The model may change the filter: a new place, "Clear filter".
  React.useEffect(
    () => setText(listing?.filter ?? ''),
    [listing, listing?.filter]
  );
  React.useEffect(() => {
    const timer = setTimeout(() => void listing?.setFilter(text), QUIET);
    return () => clearTimeout(timer);
  }, [text, listing]);
  const set = (filter: string) => {
    setText(filter);
    void listing?.setFilter(filter);
  };
  return (
    <div className="mast-Input mast-grow">
      <filterIcon.react tag="span" width="14px" height="14px" />
      <input
        ref={input}
        type="text"
        spellCheck={false}
        autoComplete="off"
        aria-label={trans.__('Filter by start of name')}
        placeholder={trans.__('Filter by start of name')}
        value={text}
        onChange={event => setText(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Escape' && text !== '') {
            set('');
          } else if (
            event.key === 'Enter' ||
            event.key === 'ArrowDown' ||
            event.key === 'Escape'
          ) {
            if (event.key !== 'Escape') {
              set(text);
            }
            props.done();
          } else {
            return;
          }
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {text !== '' && (
        <button
          className="mast-Input-clear"
          aria-label={trans.__('Clear filter')}
          onClick={() => set('')}
        >
          <closeIcon.react tag="span" width="14px" height="14px" />
        </button>
      )}
    </div>
  );
}

function Head(
  props: IPanelProps & { announce(text: string): void }
): React.ReactElement {
  const { model, trans } = props;
  const sort = async (sortBy: SortBy) => {
    const descending =
      model.sortBy === sortBy ? !model.descending : sortBy !== 'name';
    const { listing } = model;
    const own = sortBy === 'name' && !descending;
    if (!own && listing && !listing.done) {
      if (!(await props.confirmSort(listing.loaded, sortBy))) {
        return;
      }
      props.announce(trans.__('Loading all of this folder'));
      if (!(await listing.loadAll()) || listing !== model.listing) {
        return;
      }
    }
    model.sort(sortBy, descending);
  };
  const column = (sortBy: SortBy, label: string) => {
    const on = model.sortBy === sortBy;
    const Caret = model.descending ? caretDownIcon : caretUpIcon;
    return (
      <button
        aria-label={
          on
            ? model.descending
              ? trans.__('%1, sorted downwards', label)
              : trans.__('%1, sorted upwards', label)
            : trans.__('Sort by %1', label)
        }
        className={on ? 'mast-mod-sorted' : ''}
        onClick={() => void sort(sortBy)}
      >
        {label}
        {on && <Caret.react tag="span" width="14px" height="14px" />}
      </button>
    );
  };
  return (
    <div className="mast-Head" role="group" aria-label={trans.__('Order')}>
      {column('name', trans.__('Name'))}
      <span className="mast-grow" />
      {column('size', trans.__('Size'))}
      <span className="mast-hide-narrow">
        {column('date', trans.__('Date'))}
      </span>
    </div>
  );
}

function ActionBar(props: IPanelProps): React.ReactElement | null {
  const { model, commands, actions, trans } = props;
  if (model.selection.ids.size === 0) {
    return null;
  }
  const [primary, ...others] = actions.filter(id => commands.hasCommand(id));
  return (
    <div
      className="mast-ActionBar"
      role="toolbar"
      aria-label={trans.__('Actions for the selection')}
    >
      {primary && (
        <button
          className="mast-Button mast-mod-primary"
          disabled={!commands.isEnabled(primary)}
          title={commands.caption(primary)}
          onClick={() => void commands.execute(primary)}
        >
          {commands.label(primary)}
        </button>
      )}
      <span className="mast-grow" />
      {others.map(id => (
        <ToolButton
          key={id}
          icon={commands.icon(id) as LabIcon}
          label={commands.label(id)}
          enabled={commands.isEnabled(id)}
          run={() => void commands.execute(id)}
        />
      ))}
      <ToolButton
        icon={ellipsesIcon}
        label={trans.__('More actions')}
        enabled={true}
        run={event => props.openMore(event.currentTarget)}
      />
    </div>
  );
}

function StatusLine(props: IPanelProps): React.ReactElement {
  const { model, trans, locale } = props;
  const { listing, archive } = model;
  const objects = model.selectedObjects;
  const bytes = objects.reduce((sum, object) => sum + object.size, 0);
  const selected = model.selectedRows.length;
  useNow(listing?.status === 'waiting');
  const shown = listing ? Private.shown(model, trans, locale) : '';
  return (
    <>
      <div className="mast-StatusLine">
        {selected > 0 && (
          <b role="status">
            {trans.__('%1 selected', formatNumber(selected, locale))}
            {objects.length > 0 && `, ${formatBytes(bytes, locale)}`}
          </b>
        )}
        {selected > 0 && <span className="mast-grow" />}
        <span className="mast-secondary mast-ellipsis">{shown}</span>
      </div>
      <div className="mast-Foot" title={archive?.endpoint ?? undefined}>
        <lockIcon.react tag="span" width="12px" height="12px" />
        <span className="mast-ellipsis">
          {archive
            ? [trans.__('Read-only'), archive.bucket, archive.region].join(
                ' · '
              )
            : trans.__('Read-only')}
        </span>
      </div>
    </>
  );
}

namespace Private {
  export function shown(
    model: ArchiveModel,
    trans: TranslationBundle,
    locale: string
  ): string {
    const { listing } = model;
    if (listing === null) {
      return '';
    }
    const rows = listing.rows.filter(row => row.type !== 'group').length;
    const count = formatNumber(
      listing.filter === '' ? listing.loaded : rows,
      locale
    );
    if (listing.loaded === 0 && listing.status === 'loading') {
      return trans.__('Loading %1 …', model.prefix || baseName(model.prefix));
    }
    if (listing.loaded === 0 && listing.error !== null) {
      return listing.triedAt === null || listing.retryAt === null
        ? trans.__('Not listed')
        : trans.__(
            'Last tried %1 · again in %2 s',
            formatTime(listing.triedAt),
            Math.max(0, Math.ceil((listing.retryAt - Date.now()) / 1000))
          );
    }
    return listing.done
      ? trans.__('all %1 shown', count)
      : listing.status === 'loading'
        ? trans.__('%1 shown · loading more', count)
        : trans.__('%1 shown · more to load', count);
  }
}
