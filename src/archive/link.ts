/**
 * A link to a place of the archive, as it stands in the address.
 */
export interface ILink {
  /** What one could type into "Go to". */
  readonly text: string;
  readonly archive: string | null;
  /** The query without what was ours, with its `?`, or `''`. */
  readonly rest: string;
}

/**
 * The link in a query such as `?mast=hst%2Fpublic%2Fibg7%2F&archive=mast`;
 * `null` when there is none, or not yet.
 *
 * @param search - `location.search`. Values must be percent-encoded: a bare
 *   `=` or `&` in a key would end it.
 */
export function linkOf(search: string): ILink | null {
  const query = new URLSearchParams(search);
  const text = query.get('mast');
  if (text === null || text.trim() === '') {
    return null;
  }
  // JupyterLab resets or clones the workspace first, and comes back to the
  // address without these.
  if (query.has('reset') || query.has('clone')) {
    return null;
  }
  const archive = query.get('archive');
  query.delete('mast');
  query.delete('archive');
  const rest = query.toString();
  return { text, archive, rest: rest === '' ? '' : `?${rest}` };
}

/**
 * The part of an address in which JupyterLab keeps the document that is in
 * front, when that is one of an archive.
 */
export const DOCUMENT =
  /\/(?:lab|doc)(?:\/workspaces\/[^/]+)?\/tree\/(MAST(?::|%3A)[^?#]+)/i;

/** The path of that document, by which JupyterLab opens it. */
export function documentOf(path: string): string | null {
  const [, found] = DOCUMENT.exec(path) ?? [];
  try {
    return found ? decodeURIComponent(found) : null;
  } catch {
    // A percent sign that somebody typed as it is.
    return found;
  }
}
