import * as React from 'react';
import { formatBytes } from '../../ui/format';
import { warningIcon } from '../../ui/panelicons';
import type { ICopyDialogProps } from './CopyDialog';

/** What is used, what this copy adds, what is free afterwards. */
export function Space(props: ICopyDialogProps): React.ReactElement | null {
  const { model, trans, locale } = props;
  const { plan } = model.transfer;
  const { free, limit, used, counting } = plan;
  const { reserved, missing, over } = model;
  if (free === null) {
    return null;
  }
  const size = (value: number) => formatBytes(value, locale);
  // Never a bar against the whole file system.
  const whole =
    limit === null || used === null ? null : Math.max(limit, used + reserved);
  const part = (value: number) => ({
    width: `${(100 * value) / Math.max(1, whole ?? 1)}%`
  });
  const tooMuch = missing + over;
  return (
    <div className="mast-CopyDialog-part">
      <span className="mast-secondary">{trans.__('Space')}</span>
      <div>
        {whole !== null && used !== null && (
          <div className="mast-CopyDialog-bar" aria-hidden="true">
            <i style={part(used)} />
            <i className="mast-mod-planned" style={part(reserved - tooMuch)} />
            <i className="mast-mod-over" style={part(tooMuch)} />
          </div>
        )}
        <div className="mast-CopyDialog-legend mast-number">
          {used !== null && whole !== null && (
            <span className="mast-mod-used">
              {counting
                ? trans.__('at least %1 used', size(used))
                : trans.__('%1 used', size(used))}
            </span>
          )}
          <span className="mast-mod-planned">
            {trans.__('+ %1 this copy', size(reserved))}
          </span>
          <b>
            {missing > 0
              ? trans.__('%1 too much', size(missing))
              : over > 0
                ? trans.__('%1 above the limit', size(over))
                : limit === null
                  ? trans.__('%1 free afterwards', size(free - reserved))
                  : trans.__(
                      '%1 of %2 free afterwards',
                      size(free - reserved),
                      size(limit)
                    )}
          </b>
        </div>
        {counting && (
          <div className="mast-secondary">
            {trans.__(
              'Your files are still being counted: less may be free than this.'
            )}
          </div>
        )}
      </div>
    </div>
  );
}

/** That it does not fit, or passes a limit that only warns; and the ways on. */
export function TooMuch(props: ICopyDialogProps): React.ReactElement | null {
  const { model, trans, locale, freeUp } = props;
  const { missing, over } = model;
  if (model.phase !== 'ready' || missing + over === 0) {
    return null;
  }
  const size = (value: number) => formatBytes(value, locale);
  return (
    <div
      className={`mast-CopyDialog-refused${missing > 0 ? '' : ' mast-mod-warns'}`}
      role="alert"
    >
      <warningIcon.react tag="span" width="16px" height="16px" />
      <div>
        <b>
          {missing > 0
            ? trans.__('This copy needs %1 more than you have.', size(missing))
            : trans.__('This copy passes your limit by %1.', size(over))}
        </b>{' '}
        {Private.numbers(props)} {Private.waysOn(props)}{' '}
        {freeUp && (
          <button type="button" className="mast-link" onClick={freeUp}>
            {trans.__('Free up space')}
          </button>
        )}
      </div>
    </div>
  );
}

namespace Private {
  /** What is planned and free, and what of the limit is nobody's. */
  export function numbers({ model, trans, locale }: ICopyDialogProps): string {
    const { free, allowed, limit, reserve } = model.transfer.plan;
    const size = (value: number | null) => formatBytes(value ?? 0, locale);
    // Where the limit only warns and it does not fit, the disk has no room.
    if (limit === null || (model.missing > 0 && allowed !== free)) {
      return trans.__(
        'Planned %1, free %2.',
        size(model.reserved),
        size(model.missing > 0 ? allowed : free)
      );
    }
    const said = trans.__(
      'Planned %1, free %2 of %3.',
      size(model.reserved),
      size(free),
      size(limit)
    );
    return reserve === 0
      ? said
      : `${said} ${trans.__(
          '%1 stays reserved so that your server can always start.',
          size(reserve)
        )}`;
  }

  /** What can be done. */
  export function waysOn({ model, trans }: ICopyDialogProps): string {
    const less = model.kinds.length > 0;
    if (model.missing === 0) {
      return less
        ? trans.__('Choose less below, or copy it all the same.')
        : trans.__('Cancel and choose less, or copy it all the same.');
    }
    return less
      ? trans.__(
          'Choose less below, or let it wait: it starts by itself when there is room, and nothing is written before.'
        )
      : trans.__(
          'Cancel and choose less, or let it wait: it starts by itself when there is room, and nothing is written before.'
        );
  }
}
