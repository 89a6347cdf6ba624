import * as React from 'react';
import { kindClass, kindLoss, kindName } from '../kinds';
import type { IEntry, IKindSum } from '../types';
import type { UsageSentences } from '../usagesentences';
import '../../../style/quota-usage.css';

/** What is lost when a file or folder is deleted for good. */
export function Loss(props: {
  readonly entry: IEntry;
  /** What is in it. */
  readonly kinds: readonly IKindSum[];
  readonly say: UsageSentences;
}): React.ReactElement {
  const { entry, say } = props;
  const { trans } = say;
  const kinds = props.kinds.filter(one => one.files > 0 || one.allocated > 0);
  return (
    <div className="mast-UsageLoss">
      <p>
        {say.files(entry.files)}, {say.bytes(entry.allocated)}.{' '}
        {entry.kind === 'trash'
          ? trans.__('This cannot be brought back.')
          : trans.__(
              'This does not go to the trash and cannot be brought back.'
            )}
      </p>
      <ul>
        {kinds.map(({ kind, allocated, files }) => (
          <li key={kind}>
            <span className={`mast-UsageSwatch ${kindClass(kind)}`} />
            <span>
              <b>{kindName(kind, trans)}</b>
              {kinds.length > 1 &&
                ` · ${say.files(files)}, ${say.bytes(allocated)}`}
              {kindLoss(kind, trans) !== '' && ` – ${kindLoss(kind, trans)}`}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
