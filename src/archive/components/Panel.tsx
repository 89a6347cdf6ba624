import type { CommandRegistry } from '@lumino/commands';
import type { ISignal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';
import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { IBadges } from '../../tokens';
import { useSignalUpdate, useWidth } from '../../ui/hooks';
import { backIcon, forwardIcon, groupIcon, upIcon } from '../../ui/icons';
import { warningIcon } from '../../ui/panelicons';
import { StateMessage } from '../../ui/StateMessage';
import { Toolbar } from '../../ui/Toolbar';
import { ToolButton } from '../../ui/ToolButton';
import { CommandIDs } from '../ids';
import type { Listing } from '../listing';
import type { ArchiveModel } from '../model';
import { baseName, type Row, type SortBy } from '../rows';
import { ActionBar } from './ActionBar';
import { Chooser } from './Chooser';
import { Crumbs } from './Crumbs';
import { FilterBox } from './FilterBox';
import { GoTo } from './GoTo';
import { Head } from './Head';
import { ListingView } from './ListingView';
import { shownText, StatusLine } from './StatusLine';

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
  /** What stands beside files. */
  readonly badges: IBadges | null;
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

/** Say how much is shown when the first page of a folder is there. */
function useListed(
  { model, trans, locale }: IPanelProps,
  announce: (text: string) => void
): void {
  const { listing, archive } = model;
  const listed =
    listing?.status === 'ready' && (listing.loaded > 0 || listing.done);
  // Once a folder: its next pages are no news.
  const said = React.useRef<Listing | null>(null);
  React.useEffect(() => {
    if (listed && said.current !== listing) {
      said.current = listing;
      const { main, rest } = shownText(model, trans, locale);
      announce(
        trans.__(
          '%1: %2',
          baseName(model.prefix) || (archive?.title ?? ''),
          [main, rest].filter(Boolean).join(', ')
        )
      );
    }
  });
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
  useListed(props, announce);
  // The list may be drawn anew with the next frame.
  const focusGrid = () =>
    requestAnimationFrame(() =>
      requestAnimationFrame(() =>
        self.current?.querySelector<HTMLElement>('.mast-Grid')?.focus()
      )
    );

  if (model.archives.length === 0) {
    const { problem } = props;
    return (
      <StateMessage
        icon={warningIcon}
        title={trans.__('The archive is not set up on this server')}
        text={
          problem === null
            ? trans.__('No archive is configured.')
            : trans.__(
                'A setting is wrong: %1. An administrator can correct it.',
                problem
              )
        }
        actions={
          problem === null
            ? []
            : [
                {
                  label: trans.__('Copy details'),
                  run: () => props.copyText(problem)
                }
              ]
        }
      />
    );
  }
  return (
    <div className="mast-Archive-content" ref={self}>
      <Toolbar className="mast-Archive-toolbar" label={trans.__('Archive')}>
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
      </Toolbar>
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
