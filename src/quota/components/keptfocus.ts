import * as React from 'react';

/** What a part of the page listens to; see {@link useKeptFocus}. */
export interface IKeptFocus {
  onFocus(event: React.FocusEvent): void;
  onBlur(): void;
}

/**
 * When what has the focus in a part is taken away, something else in it gets
 * the focus; the browser would give it to the whole page.
 *
 * @param instead - Puts the focus there.
 */
export function useKeptFocus(instead: () => void): IKeptFocus {
  const focused = React.useRef<Element | null>(null);
  React.useLayoutEffect(() => {
    if (focused.current !== null && !focused.current.isConnected) {
      focused.current = null;
      if (document.activeElement === document.body) {
        instead();
      }
    }
  });
  return {
    onFocus: event => {
      focused.current = event.target;
    },
    onBlur: () => {
      focused.current = null;
    }
  };
}
