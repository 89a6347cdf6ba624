/** The plugins of the quota. */
export namespace PluginIDs {
  /** Whose settings these are: `schema/quota.json`. */
  export const quota = 'jupyterlab-mast:quota';
}

/** The commands of the quota. */
export namespace CommandIDs {
  /** Where the space is. */
  export const showUsage = 'mast:show-usage';
  /** What of it may go. */
  export const freeUp = 'mast:free-up-space';
  /** Read all folders again. */
  export const countAgain = 'mast:count-again';
}
