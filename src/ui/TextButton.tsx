import * as React from 'react';

/**
 * A button with words. Disabled, it keeps the focus and its place in the tab
 * order, so that a screen reader finds it. A double click is one click, and a
 * key that is held down is pressed once: what it acts on may be another then.
 */
export function TextButton(props: {
  readonly enabled?: boolean;
  readonly label?: string;
  readonly title?: string;
  readonly primary?: boolean;
  readonly children: React.ReactNode;
  run(): void;
}): React.ReactElement {
  const { enabled = true, label, title, primary } = props;
  return (
    <button
      className={`mast-Button ${primary ? 'mast-mod-primary' : ''}`}
      aria-disabled={!enabled}
      aria-label={label}
      title={title}
      onKeyDown={event => {
        if (event.repeat && event.key === 'Enter') {
          event.preventDefault();
        }
      }}
      onClick={event => enabled && event.detail < 2 && props.run()}
    >
      {props.children}
    </button>
  );
}
