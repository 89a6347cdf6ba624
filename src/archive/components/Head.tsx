import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { ArchiveModel } from '../model';
import type { SortBy } from '../rows';

/**
 * What the column heads need.
 */
export interface IHeadProps {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
  /** Ask whether to load all of a folder, to sort it. */
  confirmSort(count: number, sortBy: SortBy): Promise<boolean>;
  announce(text: string): void;
}

/**
 * The heads of the columns, by which the list is ordered.
 */
export function Head(props: IHeadProps): React.ReactElement {
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
