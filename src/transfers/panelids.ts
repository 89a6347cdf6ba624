/** The plugins of the transfers themselves, and of what shows them. */
export namespace PanelPluginIDs {
  export const transfers = 'jupyterlab-mast:transfers';
  export const panel = 'jupyterlab-mast:transfers-panel';
  export const status = 'jupyterlab-mast:transfers-status';
}

/** The panel in the side bar. */
export const PANEL_ID = 'jupyterlab-mast-transfers';

/** The commands of the transfers panel. */
export namespace PanelCommandIDs {
  /** Show the transfers panel. */
  export const show = 'mast:show-transfers';
  export const pauseAll = 'mast:pause-transfers';
  export const resumeAll = 'mast:resume-transfers';
  /** Take ended transfers off the list; their files stay. */
  export const clearEnded = 'mast:clear-transfers';
}
