/** The plugins of this capability. */
export namespace PluginIDs {
  export const archive = 'jupyterlab-mast:archive';
  export const panel = 'jupyterlab-mast:archive-panel';
  export const actions = 'jupyterlab-mast:archive-actions';
  export const drive = 'jupyterlab-mast:archive-drive';
  export const link = 'jupyterlab-mast:archive-link';
}

/** The commands of this capability. */
export namespace CommandIDs {
  /** Show the archive panel. */
  export const showPanel = 'mast:show-archive';
  /** Go to a place; `text` as one would type it, else focus the box. */
  export const goTo = 'mast:go-to';
  /** Focus the filter box. */
  export const filter = 'mast:filter';
  export const back = 'mast:go-back';
  export const forward = 'mast:go-forward';
  export const up = 'mast:go-up';
  export const reload = 'mast:reload-folder';
  export const toggleGrouping = 'mast:toggle-grouping';
  export const toggleBookmark = 'mast:toggle-bookmark';
  /** Open what is selected, read-only. */
  export const open = 'mast:open';
  /** Look at what is selected without opening the whole of it. */
  export const preview = 'mast:preview';
  /** Insert code that reads the selection; `template`, `position`. */
  export const insertCode = 'mast:insert-code';
  export const copyS3Uri = 'mast:copy-s3-uri';
  export const copyHttpsUrl = 'mast:copy-https-url';
  export const copyMastUri = 'mast:copy-mast-uri';
  export const copyPython = 'mast:copy-python';
  export const copyPythonString = 'mast:copy-python-string';
  export const copyFileName = 'mast:copy-file-name';
  /** Download to this computer. */
  export const download = 'mast:download';
  export const showProperties = 'mast:show-properties';
}
