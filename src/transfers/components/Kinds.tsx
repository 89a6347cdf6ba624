import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { formatBytes, formatNumber } from '../../ui/format';
import type { IKind } from '../types';

/** Kinds of files with their counts and bytes; those that are wanted are ticked. */
export function Kinds(props: {
  readonly kinds: readonly IKind[];
  readonly trans: TranslationBundle;
  readonly locale: string;
  isWanted(kind: string): boolean;
  setWanted(kind: string, wanted: boolean): void;
}): React.ReactElement {
  const { kinds, trans, locale } = props;
  return (
    <div className="mast-CopyDialog-kinds">
      {kinds.map(({ name, files, bytes }) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={props.isWanted(name)}
            onChange={event => props.setWanted(name, event.target.checked)}
          />
          <span className="mast-ellipsis" title={name}>
            {name}
          </span>
          <span className="mast-secondary mast-number">
            {trans._n(
              '%2 file',
              '%2 files',
              files,
              formatNumber(files, locale)
            )}
          </span>
          <span
            className="mast-number"
            title={trans.__('%1 bytes', formatNumber(bytes, locale))}
          >
            {formatBytes(bytes, locale)}
          </span>
        </label>
      ))}
    </div>
  );
}
