import * as React from 'react';

/**
 * A button with words. Disabled, it keeps the focus and its place in the tab
 * order, so that a screen reader finds it.
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
      onClick={() => enabled && props.run()}
    >
      {props.children}
    </button>
  );
}
