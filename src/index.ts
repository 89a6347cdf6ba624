import archive from './archive/plugin';
import preview from './preview/plugin';

export * from './tokens';

/** The plugins of jupyterlab-mast. */
export default [...archive, ...preview];
