/**
 * Ids of files and folders: their paths below the root, each part escaped;
 * `''` is the root itself.
 */

/** The folder that something lies in; of the root the root. */
export function parentOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('/')));
}

/** Whether something is a folder itself, or lies anywhere in it. */
export function isWithin(id: string, folder: string): boolean {
  return folder === '' || id === folder || id.startsWith(`${folder}/`);
}

/** The folders that something lies in, the root first, without itself. */
export function foldersAbove(id: string): readonly string[] {
  if (id === '') {
    return [];
  }
  const parts = id.split('/');
  return parts.map((_, i) => parts.slice(0, i).join('/'));
}

/** How people read an id: hst/ibg705080. */
export function readable(id: string): string {
  return id
    .split('/')
    .map(part => {
      try {
        return decodeURIComponent(part);
      } catch {
        // Bytes that are no text stay as they are told.
        return part;
      }
    })
    .join('/');
}
