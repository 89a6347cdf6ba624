import * as React from 'react';
import { useWidth } from './hooks';
import { sideTarget } from './keys';

/**
 * A toolbar, which is one Tab stop: Left and Right go from button to button,
 * Home and End to the ends. Buttons in it are disabled by `aria-disabled`, so
 * that they stay in reach. The focus of a button that goes, because there is
 * no room for it, comes to the next one.
 */
export function Toolbar(props: {
  readonly className: string;
  readonly label: string;
  readonly children: React.ReactNode;
}): React.ReactElement {
  const self = React.useRef<HTMLDivElement>(null);
  const stop = React.useRef<{ button: HTMLElement; index: number }>();
  const focused = React.useRef(false);

  // Style sheets hide buttons for which there is no room.
  useWidth(self);
  const buttons = () => [
    ...(self.current?.querySelectorAll<HTMLElement>('button') ?? [])
  ];
  /** Make this button the Tab stop, or the next one if it is gone. */
  const settle = (wanted = stop.current?.button) => {
    const all = buttons();
    const at = wanted ? all.indexOf(wanted) : 0;
    const from = at < 0 ? (stop.current?.index ?? 0) : at;
    const button =
      all.slice(from).find(isShown) ?? all.filter(isShown).slice(-1)[0];
    stop.current = button && { button, index: all.indexOf(button) };
    for (const one of all) {
      one.tabIndex = one === button ? 0 : -1;
    }
    if (
      button !== wanted &&
      focused.current &&
      document.activeElement === document.body
    ) {
      button?.focus();
    }
  };
  // After each drawing: buttons may have come or gone.
  React.useLayoutEffect(() => settle());

  const onKeyDown = (event: React.KeyboardEvent) => {
    const { altKey, ctrlKey, metaKey, shiftKey } = event;
    const shown = buttons().filter(isShown);
    const at = shown.findIndex(one => one === event.target);
    const to = sideTarget(event.key, at, shown.length);
    if (to !== null && !(altKey || ctrlKey || metaKey || shiftKey)) {
      shown[to].focus();
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <div
      ref={self}
      className={props.className}
      role="toolbar"
      aria-label={props.label}
      onKeyDown={onKeyDown}
      onFocus={event => {
        focused.current = true;
        settle(event.target);
      }}
      onBlur={event => {
        // A button that is hidden loses the focus; it did not go elsewhere.
        focused.current = !isShown(event.target);
      }}
    >
      {props.children}
    </div>
  );
}

function isShown(button: HTMLElement): boolean {
  return getComputedStyle(button).display !== 'none';
}
