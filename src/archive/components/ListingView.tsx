import type { TranslationBundle } from '@jupyterlab/translation';
import { filterIcon, folderIcon, infoIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { formatNumber } from '../../ui/format';
import { useDelayed, useNow } from '../../ui/hooks';
import { warningIcon } from '../../ui/panelicons';
import {
  Notice,
  Skeleton,
  StateMessage,
  type IStateAction
} from '../../ui/StateMessage';
import type { Listing } from '../listing';
import type { ArchiveModel } from '../model';
import { above } from '../places';
import { baseName } from '../rows';
import { Grid, type IGridProps } from './Grid';
import { errorText, sortText } from './sentences';

export interface IListingViewProps extends IGridProps {
  copyText(text: string): void;
}

/**
 * The list, or what stands in its place: loading, empty, an error.
 *
 * The keyboard stays: the grid is not taken away while another folder loads,
 * and when a message takes its place the message gets the focus.
 */
export function ListingView(props: IListingViewProps): React.ReactElement {
  const { model, trans } = props;
  const listing = model.listing;
  const rows = listing?.rows ?? [];
  const loading =
    listing === null || (rows.length === 0 && !listing.done && !listing.error);
  const slow = useDelayed(loading, 150);
  const now = useNow(listing?.status === 'waiting');
  const self = React.useRef<HTMLDivElement>(null);
  const focused = React.useRef(false);
  const shown =
    rows.length > 0 || loading ? 'list' : listing?.error ? 'error' : 'empty';
  React.useLayoutEffect(() => {
    if (focused.current && !self.current?.contains(document.activeElement)) {
      self.current?.querySelector<HTMLElement>('.mast-Grid, button')?.focus();
    }
  }, [shown]);
  return (
    <div
      ref={self}
      className="mast-ListingView"
      onFocus={() => {
        focused.current = true;
      }}
      onBlur={event => {
        // An element that is taken away blurs to nothing.
        focused.current =
          event.relatedTarget === null && !event.target.isConnected;
      }}
    >
      {shown === 'list' ? (
        <>
          {listing?.error ? (
            <PartlyLoaded
              model={model}
              now={now}
              trans={trans}
              locale={props.locale}
            />
          ) : (
            model.orderWaits && <OrderWaits {...props} />
          )}
          {slow && <Skeleton rows={9} />}
          <Grid {...props} />
        </>
      ) : shown === 'error' ? (
        <Failed {...props} now={now} />
      ) : (
        <Empty {...props} />
      )}
    </div>
  );
}

/** An error when some entries are there: they stay usable. */
function PartlyLoaded(props: {
  readonly model: ArchiveModel;
  readonly now: number;
  readonly trans: TranslationBundle;
  readonly locale: string;
}): React.ReactElement | null {
  const { model, now, trans, locale } = props;
  const { listing, archive } = model;
  if (!listing?.error || !archive) {
    return null;
  }
  const { title } = errorText(listing.error, trans, { archive: archive.title });
  return (
    <Notice
      icon={warningIcon}
      title={title}
      ticking={Private.nextTry(listing, now, trans)}
      text={trans.__(
        'The %1 entries here stay usable.',
        formatNumber(listing.entryCount, locale)
      )}
      action={{ label: trans.__('Try now'), run: () => void listing.more() }}
    />
  );
}

/** The preferred order was not made, since it needs the whole folder. */
function OrderWaits(props: IListingViewProps): React.ReactElement {
  const { model, trans, locale } = props;
  const { sortBy, descending, listing } = model;
  const loaded = formatNumber(listing?.loaded ?? 0, locale);
  return (
    <Notice
      icon={infoIcon}
      title={trans.__('In the order of names.')}
      text={listing?.done ? '' : sortText(sortBy, loaded, trans)}
      action={{
        label: trans.__('Load and sort'),
        run: () => void model.loadAndSort(sortBy, descending)
      }}
    />
  );
}

function Failed(
  props: IListingViewProps & { readonly now: number }
): React.ReactElement | null {
  const { model, now, trans } = props;
  const { listing, archive } = model;
  if (!listing?.error || !archive) {
    return null;
  }
  const { error } = listing;
  const { icon, title, text } = errorText(error, trans, {
    archive: archive.title,
    where:
      archive.endpoint ?? trans.__('%1 in %2', archive.bucket, archive.region),
    signed: archive.access === 'role',
    waited: listing.waited
  });
  const actions: IStateAction[] = [];
  if (error.kind !== 'forbidden' && error.kind !== 'refused') {
    actions.push({
      label: trans.__('Try again'),
      primary: true,
      run: () => void listing.more()
    });
  }
  const up = above(archive, model.prefix);
  if (
    (error.kind === 'forbidden' || error.kind === 'not-found') &&
    up !== null
  ) {
    actions.push({
      label: trans.__('Go up to %1', baseName(up) || archive.title),
      run: () => void model.up()
    });
  }
  const sample = model.archives.find(
    other => other.id === 'sample' && other.id !== archive.id
  );
  if (error.kind === 'network' && sample) {
    actions.push({
      label: trans.__('Open the sample archive'),
      run: () =>
        void model.goTo({ archive: sample.id, prefix: sample.roots[0].prefix })
    });
  }
  if (error.kind !== 'network') {
    actions.push({
      label: trans.__('Copy details'),
      run: () => props.copyText(error.report())
    });
  }
  return (
    <StateMessage
      icon={icon}
      title={title}
      text={text}
      // Of other errors the status line says it.
      ticking={
        error.kind === 'throttled'
          ? Private.nextTry(listing, now, trans)
          : undefined
      }
      actions={actions}
    />
  );
}

function Empty(props: IListingViewProps): React.ReactElement | null {
  const { model, trans } = props;
  const { listing, archive } = model;
  if (!listing || !archive) {
    return null;
  }
  const name = baseName(model.prefix) || archive.title;
  if (listing.filter !== '') {
    return (
      <StateMessage
        icon={filterIcon}
        title={trans.__('Nothing starts with “%1”', listing.filter)}
        text={trans.__(
          'The filter looks at the start of names in %1. It does not search below.',
          name
        )}
        actions={[
          {
            label: trans.__('Clear filter'),
            run: () => void listing.setFilter('')
          }
        ]}
      />
    );
  }
  const up = above(archive, model.prefix);
  const mark = model.bookmarkOf(archive.id, model.prefix);
  const actions: IStateAction[] = [];
  if (up !== null) {
    actions.push({
      label: trans.__('Go to %1', up.replace(/\/$/, '') || archive.title),
      run: () => void model.goTo({ archive: archive.id, prefix: up })
    });
  }
  if (mark) {
    actions.push({
      label: trans.__('Remove bookmark'),
      run: () => model.toggleBookmark()
    });
  }
  return (
    <StateMessage
      icon={folderIcon}
      title={trans.__('This folder is not in the archive any more')}
      text={
        trans.__('%1 has no entries.', model.prefix || archive.title) +
        (mark ? ` ${trans.__('Bookmarked %1.', mark.added)}` : '')
      }
      actions={actions}
    />
  );
}

namespace Private {
  /** When a listing tries again, when it does by itself. */
  export function nextTry(
    listing: Listing,
    now: number,
    trans: TranslationBundle
  ): string | undefined {
    return listing.retryAt === null
      ? undefined
      : trans.__(
          'Next try in %1 s.',
          Math.max(0, Math.ceil((listing.retryAt - now) / 1000))
        );
  }
}
