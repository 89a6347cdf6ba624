import * as React from 'react';
import { kindClass, kindDetail, kindName } from '../kinds';
import type { IKindSum, IRootUsage } from '../types';
import type { UsageSentences } from '../usagesentences';

/** What kinds of files fill a root, and what is free; with names and sizes. */
export function KindsBar(props: {
  readonly root: IRootUsage;
  readonly kinds: readonly IKindSum[];
  readonly say: UsageSentences;
}): React.ReactElement {
  const { root, say } = props;
  const { trans, quota } = say;
  const kinds = props.kinds.filter(one => one.allocated > 0);
  const sum = kinds.reduce((total, one) => total + one.allocated, 0);
  const whole = Math.max(1, root.limit ?? 0, sum + root.reserved);
  const counted =
    root.counts === 'apparent'
      ? ` ${trans.__('On disk; what is used is the sum of the lengths of files.')}`
      : '';
  const share = (bytes: number) => ({ width: `${(100 * bytes) / whole}%` });
  return (
    <div className="mast-Kinds">
      <div className="mast-Kinds-bar" aria-hidden="true">
        {kinds.map(({ kind, allocated, files }) => (
          <i
            key={kind}
            className={kindClass(kind)}
            style={share(allocated)}
            title={`${say.kind(kind, allocated, files)}${counted}`}
          />
        ))}
        {root.reserved > 0 && (
          <i
            className="mast-mod-reserved"
            style={share(root.reserved)}
            title={quota.reserved(root)}
          />
        )}
      </div>
      <ul className="mast-Kinds-legend" aria-label={trans.__('Kinds of files')}>
        {kinds.map(({ kind, allocated, files }) => (
          <li
            key={kind}
            title={`${say.files(files)}. ${kindDetail(kind, trans)}${counted}`}
          >
            <span className={`mast-UsageSwatch ${kindClass(kind)}`} />
            {kindName(kind, trans)}{' '}
            <span className="mast-secondary mast-number">
              {say.bytes(allocated)}
            </span>
          </li>
        ))}
        {root.reserved > 0 && (
          <li>
            <span className="mast-UsageSwatch mast-mod-reserved" />
            {quota.reserved(root)}{' '}
            <span className="mast-secondary mast-number">
              {say.bytes(root.reserved)}
            </span>
          </li>
        )}
        {root.free !== null && (
          <li>
            <span className={`mast-UsageSwatch ${kindClass(null)}`} />
            {trans.__('Free')}{' '}
            <span className="mast-secondary mast-number">
              {say.bytes(root.free)}
            </span>
          </li>
        )}
      </ul>
    </div>
  );
}
