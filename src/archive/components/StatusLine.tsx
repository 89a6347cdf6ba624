import type { TranslationBundle } from '@jupyterlab/translation';
import { lockIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { formatBytes, formatNumber, formatTime } from '../../ui/format';
import { useNow } from '../../ui/hooks';
import type { ArchiveModel } from '../model';
import { baseName } from '../rows';

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
    const count = formatNumber(
      listing.filter === '' ? listing.loaded : listing.entryCount,
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
