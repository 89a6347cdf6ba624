import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

/**
 * A button of a toolbar that is an icon alone. Disabled, it keeps its place in
 * the tab order, so that a screen reader finds it.
 */
export function ToolButton(props: {
  readonly icon: LabIcon;
  readonly label: string;
  readonly enabled: boolean;
  readonly pressed?: boolean;
  readonly className?: string;
  /** Whether it opens a menu; then the Down arrow does so too. */
  readonly menu?: boolean;
  run(event: React.SyntheticEvent<HTMLElement>): void;
}): React.ReactElement {
  const { icon: Icon, label, enabled, pressed, className = '', menu } = props;
  return (
    <button
      className={`mast-ToolButton ${className} ${pressed ? 'mast-mod-pressed' : ''}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-disabled={!enabled}
      title={label}
      aria-haspopup={menu ? 'menu' : undefined}
      onClick={event => enabled && props.run(event)}
      onKeyDown={event => {
        if (menu && enabled && event.key === 'ArrowDown') {
          event.preventDefault();
          props.run(event);
        }
      }}
    >
      <Icon.react tag="span" width="16px" height="16px" />
    </button>
  );
}
