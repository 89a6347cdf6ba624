/** The plugins of the quota. */
export namespace PluginIDs {
  /** Whose settings these are: `schema/quota.json`. */
  export const quota = 'jupyterlab-mast:quota';
}

/** The commands of the quota. */
export namespace CommandIDs {
  /** Where the space is; with `freeUp` also what of it can be freed. */
  export const showUsage = 'mast:show-usage';
  /** Read all folders again. */
  export const countAgain = 'mast:count-again';
}
