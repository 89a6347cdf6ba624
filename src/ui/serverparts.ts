import { PageConfig } from '@jupyterlab/coreutils';

/**
 * Whether the server of this page has a part of ours, as it says in the page
 * configuration (`jupyterlabMast`). JupyterLite has no such server.
 */
export function serverHas(
  part: 'transfers' | 'quota',
  option: string = PageConfig.getOption('jupyterlabMast')
): boolean {
  try {
    const data: unknown = JSON.parse(option);
    return (
      typeof data === 'object' &&
      data !== null &&
      (data as Record<string, unknown>)[part] === true
    );
  } catch {
    // Nothing, or no JSON: the archive panel tells of that.
    return false;
  }
}
