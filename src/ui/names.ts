/** Names of files as people read them: they may have any characters. */

/** Letters of scripts that are written from right to left. */
export const RTL =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Characters that a name has at most in a notice: it shows 140 in all. */
const SHORT = 50;

/** With a sign for what breaks lines, turns text round, or is not seen. */
export function visible(name: string): string {
  return name.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, sign => {
    const code = (sign.codePointAt(0) ?? 0).toString(16);
    return `\\u{${code.toUpperCase().padStart(4, '0')}}`;
  });
}

/** Visible, and so that what is around it in a sentence keeps its place. */
export function isolated(name: string): string {
  const seen = visible(name);
  return RTL.test(seen) ? `\u2068${seen}\u2069` : seen;
}

/** Visible, and cut in the middle where it is long: TESS names differ at the end. */
export function shortened(name: string): string {
  const signs = [...visible(name)];
  const half = SHORT / 2;
  return signs.length <= SHORT
    ? signs.join('')
    : [...signs.slice(0, half - 1), '…', ...signs.slice(-half)].join('');
}
