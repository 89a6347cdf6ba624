import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { createPortal } from 'react-dom';
import { MiddleText } from './MiddleText';

/** One line of a {@link PopupList}. */
export interface IPopupOption {
  readonly id: string;
  readonly icon: LabIcon;
  readonly title: string;
  readonly detail: string;
  readonly note?: string;
}

/** Options under a heading. */
export interface IPopupSection {
  readonly heading?: string;
  readonly headingNote?: string;
  readonly options: readonly IPopupOption[];
}

/** Space in px between a popup and what it hangs on. */
const GAP = 2;

/**
 * A list that hangs below an input or a button. It may be wider than a side
 * panel. The focus stays where it is: the owner moves `active` by keys.
 */
export function PopupList(props: {
  readonly id: string;
  readonly label: string;
  readonly anchor: React.RefObject<HTMLElement>;
  readonly sections: readonly IPopupSection[];
  /** The option that Enter takes, counted through all sections. */
  readonly active: number;
  select(index: number): void;
  readonly footer?: React.ReactNode;
}): React.ReactElement | null {
  const { id, label, anchor, sections, active, footer } = props;
  const list = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    list.current
      ?.querySelector('[aria-selected="true"]')
      ?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const box = anchor.current?.getBoundingClientRect();
  if (!box) {
    return null;
  }
  const width = Math.min(Math.max(box.width, 400), window.innerWidth - 16);
  const filled = sections.filter(section => section.options.length > 0);
  let index = -1;
  return createPortal(
    <div
      className="mast-PopupList"
      style={{
        top: box.bottom + GAP,
        left: Math.max(8, Math.min(box.left, window.innerWidth - width - 8)),
        width,
        maxHeight: Math.max(160, window.innerHeight - box.bottom - 24)
      }}
      // The focus stays in the input, so that a click is not a blur.
      onMouseDown={event => event.preventDefault()}
    >
      <div
        ref={list}
        id={id}
        className="mast-PopupList-options"
        role="listbox"
        aria-label={label}
      >
        {filled.map((section, s) => (
          <div key={s} role="group" aria-label={section.heading ?? label}>
            {section.heading && (
              <div className="mast-PopupList-heading" aria-hidden="true">
                <span>{section.heading}</span>
                <span>{section.headingNote}</span>
              </div>
            )}
            {section.options.map(option => {
              index += 1;
              const mine = index;
              return (
                <div
                  key={option.id}
                  id={`${id}-${mine}`}
                  role="option"
                  aria-selected={mine === active}
                  className={
                    'mast-PopupList-option' +
                    (mine === active ? ' mast-mod-active' : '')
                  }
                  onClick={() => props.select(mine)}
                >
                  <option.icon.react tag="span" width="16px" height="16px" />
                  <span className="mast-ellipsis">{option.title}</span>
                  <span className="mast-secondary">{option.note}</span>
                  <span className="mast-PopupList-detail" title={option.detail}>
                    <MiddleText text={option.detail} tail={24} />
                  </span>
                </div>
              );
            })}
          </div>
        ))}
      </div>
      {footer && <div className="mast-PopupList-footer">{footer}</div>}
    </div>,
    document.body
  );
}
