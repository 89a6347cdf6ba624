/**
 * Paths of the `MAST:` drive: `<archive id>/<escaped key>`.
 *
 * JupyterLab, browsers and proxies fold empty, `.` and `..` segments, and
 * JupyterLab takes what stands before the first colon for a drive. So those
 * are escaped, and the escape character itself.
 */
const ESCAPE = '!';

/** The name of the drive. */
export const DRIVE = 'MAST';

/** The drive's path of a key, without the drive's name. */
export function toLocalPath(archive: string, key: string): string {
  return [archive, ...key.split('/')].map(Private.escape).join('/');
}

/** The path by which JupyterLab opens a key. */
export function toPath(archive: string, key: string): string {
  return `${DRIVE}:${toLocalPath(archive, key)}`;
}

/**
 * Archive and key of a drive's path; `null` for the drive's root.
 */
export function fromLocalPath(
  path: string
): { archive: string; key: string } | null {
  const [archive, ...segments] = path
    .replace(/^\//, '')
    .split('/')
    .map(Private.unescape);
  return archive === '' ? null : { archive, key: segments.join('/') };
}

namespace Private {
  export function escape(segment: string): string {
    if (segment === '') {
      return `${ESCAPE}e`;
    }
    const text = segment
      .split(ESCAPE)
      .join(`${ESCAPE}x`)
      .split(':')
      .join(`${ESCAPE}c`);
    return /^\.{1,2}$/.test(text) ? text.replace(/\./g, `${ESCAPE}d`) : text;
  }

  const MEANING: Record<string, string> = {
    e: '',
    x: ESCAPE,
    c: ':',
    d: '.'
  };

  export function unescape(segment: string): string {
    return segment.replace(
      /!([excd])/g,
      (_, letter: string) => MEANING[letter]
    );
  }
}
