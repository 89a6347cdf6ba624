import archive from './archive/plugin';
import preview from './preview/plugin';
import quota from './quota/plugin';
import transferCommands from './transfers/plugincommands';
import transferCompare from './transfers/plugincompare';
import transferPanel from './transfers/pluginpanel';

export * from './tokens';

/** The plugins of jupyterlab-mast. */
export default [
  ...archive,
  ...preview,
  ...quota,
  ...transferPanel,
  ...transferCommands,
  ...transferCompare
];
