/** The plugins of copying that bring commands and targets. */
export namespace PluginIDs {
  /** Whose settings these are: `schema/transfers.json`. */
  export const settings = 'jupyterlab-mast:transfers';
  export const commands = 'jupyterlab-mast:transfers-commands';
  export const badges = 'jupyterlab-mast:transfers-badges';
  export const drop = 'jupyterlab-mast:transfers-drop';
}

/** The commands of copying. */
export namespace CommandIDs {
  /**
   * Copy what is chosen to the file browser's folder; `of` is `heading` for
   * the group under the pointer; `text` names something else; `target` is a
   * folder of the file browser.
   */
  export const copyToWorkspace = 'mast:copy-to-workspace';
  /** The same, after looking at the plan. */
  export const copyTo = 'mast:copy-to';
  /** The dialog on a copy that is planned and waits for somebody; `id`. */
  export const reviewCopy = 'mast:review-copy';
  /** What is chosen as a CSV file in the workspace. */
  export const saveList = 'mast:save-selection-as-list';
  /** Copy what a CSV file lists. */
  export const copyFromList = 'mast:copy-from-list';
  /** Where a copied file of the workspace comes from. */
  export const showInArchive = 'mast:show-in-archive';
  /** Whether a file of the workspace is still what was copied. */
  export const verifyCopy = 'mast:verify-copy';
  /** Copy a file of the workspace once more, over what is there. */
  export const fetchAgain = 'mast:fetch-again';
}
