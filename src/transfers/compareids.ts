/** The plugin that compares copies with the archive, and its command. */
export const COMPARE_PLUGIN = 'jupyterlab-mast:transfers-compare';

/**
 * Compare a copy with what the archive has now. `path` is a file; else `of`
 * says where one is selected: `archive` or `workspace`.
 */
export const COMPARE = 'mast:compare-with-archive';
