import { PageConfig } from '@jupyterlab/coreutils';

/**
 * Whether the server of this page copies, as it says in the page
 * configuration (`jupyterlabMast`). JupyterLite has no such server.
 */
export function copies(
  option: string = PageConfig.getOption('jupyterlabMast')
): boolean {
  try {
    const data: unknown = JSON.parse(option);
    return (
      typeof data === 'object' &&
      data !== null &&
      (data as { transfers?: unknown }).transfers === true
    );
  } catch {
    // Nothing, or no JSON: the archive panel tells of that.
    return false;
  }
}
