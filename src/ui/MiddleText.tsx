import * as React from 'react';
import { RTL, visible } from './names';

/**
 * Text that is cut in the middle when there is no room: TESS names differ
 * only at the end. Signs that are not seen are shown. Part of it may be bold
 * (a product's suffix). A name that is written from right to left has its
 * beginning at the right.
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
  const whole = /[\ud800-\udbff]/.test(text.charAt(at - 1)) ? at - 1 : at;
  const cut = Private.isAgainst(text, whole) ? 0 : whole;
  return (
    <span className="mast-mid" dir="auto">
      {cut > 0 && <span>{visible(text.slice(0, cut))}</span>}
      <span>
        {bold && bold[0] >= cut ? (
          <>
            {visible(text.slice(cut, bold[0]))}
            <b>{visible(text.slice(bold[0], bold[1]))}</b>
            {visible(text.slice(bold[1]))}
          </>
        ) : (
          visible(text.slice(cut))
        )}
      </span>
    </span>
  );
}

namespace Private {
  /**
   * Whether a place in a text lies among letters that are written against the
   * direction of the whole: halves of these would stand in the wrong order.
   */
  export function isAgainst(text: string, at: number): boolean {
    if (!RTL.test(text)) {
      return false;
    }
    const isRtl = (some: string) =>
      [...some.matchAll(/\p{L}/gu)].map(([letter]) => RTL.test(letter));
    const before = isRtl(text.slice(0, at));
    const [base] = before;
    const [after] = isRtl(text.slice(at));
    return before.at(-1) === !base && after === !base;
  }
}
