import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, filterIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { ArchiveModel } from '../model';

/** Milliseconds of quiet typing before the archive is asked. */
const QUIET = 200;

/**
 * Narrows the list to names that start with what is typed.
 */
export function FilterBox(props: {
  readonly model: ArchiveModel;
  readonly trans: TranslationBundle;
  readonly input: React.RefObject<HTMLInputElement>;
  done(): void;
}): React.ReactElement {
  const { model, trans, input } = props;
  const { listing } = model;
  const [text, setText] = React.useState('');
  // The model may change the filter: a new place, "Clear filter".
  React.useEffect(
    () => setText(listing?.filter ?? ''),
    [listing, listing?.filter]
  );
  React.useEffect(() => {
    const timer = setTimeout(() => void listing?.setFilter(text), QUIET);
    return () => clearTimeout(timer);
  }, [text, listing]);
  const set = (filter: string) => {
    setText(filter);
    void listing?.setFilter(filter);
  };
  return (
    <div className="mast-Input mast-grow">
      <filterIcon.react tag="span" width="14px" height="14px" />
      <input
        ref={input}
        type="text"
        spellCheck={false}
        autoComplete="off"
        aria-label={trans.__('Filter by start of name')}
        placeholder={trans.__('Filter by start of name')}
        value={text}
        onChange={event => setText(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Escape' && text !== '') {
            set('');
          } else if (
            event.key === 'Enter' ||
            event.key === 'ArrowDown' ||
            event.key === 'Escape'
          ) {
            if (event.key !== 'Escape') {
              set(text);
            }
            props.done();
          } else {
            return;
          }
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {text !== '' && (
        <button
          className="mast-Input-clear"
          aria-label={trans.__('Clear filter')}
          onClick={() => set('')}
        >
          <closeIcon.react tag="span" width="14px" height="14px" />
        </button>
      )}
    </div>
  );
}
