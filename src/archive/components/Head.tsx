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
  // As the rows are, which may not be the order that is preferred.
  const order = model.listing ?? model;
  const sort = async (sortBy: SortBy) => {
    const descending =
      order.sortBy === sortBy ? !order.descending : sortBy !== 'name';
    const { listing } = model;
    const own = sortBy === 'name' && !descending;
    if (own || !listing || listing.done) {
      model.sort(sortBy, descending);
    } else if (await props.confirmSort(listing.loaded, sortBy)) {
      props.announce(trans.__('Loading all of this folder'));
      await model.loadAndSort(sortBy, descending);
    }
  };
  const column = (sortBy: SortBy, label: string) => {
    const on = order.sortBy === sortBy;
    const Caret = order.descending ? caretDownIcon : caretUpIcon;
    return (
      <button
        aria-label={
          on
            ? order.descending
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
