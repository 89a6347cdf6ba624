import type { TranslationBundle } from '@jupyterlab/translation';
import { lockIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { formatBytes, formatNumber, formatTime } from '../../ui/format';
import { useNow } from '../../ui/hooks';
import type { ArchiveModel } from '../model';

/**
 * What the status line needs.
 */
export interface IStatusLineProps {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
  readonly locale: string;
}

/**
 * How much is shown and selected, and of which bucket.
 */
export function StatusLine(props: IStatusLineProps): React.ReactElement {
  const { model, trans, locale } = props;
  const { listing, archive } = model;
  const objects = model.selectedObjects;
  const bytes = objects.reduce((sum, object) => sum + object.size, 0);
  const selected = model.selectedRows.length;
  useNow(listing?.status === 'waiting');
  const { main, rest } = shownText(model, trans, locale);
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
        <span className="mast-secondary mast-ellipsis">
          <span className={selected > 0 && rest ? 'mast-hide-narrow' : ''}>
            {main}
            {rest && ' · '}
          </span>
          {rest}
        </span>
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

/**
 * How much of the folder is shown, and what may come: `rest` alone is enough
 * where there is little room.
 */
export function shownText(
  model: ArchiveModel,
  trans: TranslationBundle,
  locale: string
): { readonly main: string; readonly rest: string } {
  const { listing } = model;
  if (listing === null) {
    return { main: '', rest: '' };
  }
  const count = formatNumber(
    listing.filter === '' ? listing.loaded : listing.entryCount,
    locale
  );
  if (listing.loaded === 0 && listing.status === 'loading') {
    return { main: trans.__('Loading %1 …', model.prefix), rest: '' };
  }
  if (listing.loaded === 0 && listing.error !== null) {
    return listing.triedAt === null || listing.retryAt === null
      ? { main: trans.__('Not listed'), rest: '' }
      : {
          main: trans.__('Last tried %1', formatTime(listing.triedAt)),
          rest: trans.__(
            'again in %1 s',
            Math.max(0, Math.ceil((listing.retryAt - Date.now()) / 1000))
          )
        };
  }
  return listing.done
    ? { main: trans.__('all %1 shown', count), rest: '' }
    : {
        main: trans.__('%1 shown', count),
        rest:
          listing.status === 'loading'
            ? trans.__('loading more')
            : trans.__('more to load')
      };
}
