import * as React from 'react';

/**
 * Text that is cut in the middle when there is no room: TESS names differ
 * only at the end. Part of it may be bold (a product's suffix).
 */
export function MiddleText(props: {
  readonly text: string;
  /** Start and end of the bold part, as offsets into the text. */
  readonly bold?: readonly [number, number];
  /** Characters at the end that stay in sight. */
  readonly tail?: number;
}): React.ReactElement {
  const { text, bold, tail = 14 } = props;
  const at = Math.max(
    0,
    Math.min(text.length - tail, bold ? bold[0] : text.length)
  );
  // Not between the halves of a character beyond the basic plane.
  const cut = /[\ud800-\udbff]/.test(text.charAt(at - 1)) ? at - 1 : at;
  return (
    <span className="mast-mid">
      {cut > 0 && <span>{text.slice(0, cut)}</span>}
      <span>
        {bold && bold[0] >= cut ? (
          <>
            {text.slice(cut, bold[0])}
            <b>{text.slice(bold[0], bold[1])}</b>
            {text.slice(bold[1])}
          </>
        ) : (
          text.slice(cut)
        )}
      </span>
    </span>
  );
}
