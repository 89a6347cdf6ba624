import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

/**
 * How the page reaches an archive: through the Jupyter server, or straight
 * to the bucket. `auto` is the relay where a server is present, else direct.
 */
export type Route = 'auto' | 'relay' | 'direct';

/**
 * A named prefix of an archive. The prefixes of all roots together are what
 * may be read of the archive; going up stops at them.
 */
export interface IRoot {
  /** The name people see, such as `Hubble`. */
  readonly title: string;
  /** The key prefix, ending in `/`, or `''` for the whole bucket. */
  readonly prefix: string;
}

/**
 * A bucket as the administrator configured it (`c.MastExtension.archives`).
 */
export interface IArchiveInfo {
  readonly id: string;
  readonly title: string;
  readonly bucket: string;
  readonly region: string;
  /** The S3 endpoint where it is not that of AWS; no trailing slash. */
  readonly endpoint: string | null;
  /** `anonymous`, or `role`: the server signs with its own credentials. */
  readonly access: 'anonymous' | 'role';
  readonly roots: readonly IRoot[];
  readonly route: Route;
}

/**
 * A place in an archive: a folder (`prefix`), and optionally one key in it
 * that should be selected.
 */
export interface IPlace {
  readonly archive: string;
  readonly prefix: string;
  readonly key?: string;
}

/**
 * One object of an archive, as a listing gives it.
 *
 * Source: ListObjectsV2, `Contents`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
 */
export interface IArchiveObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** The entity tag with its quotes, exactly as S3 gives it. */
  readonly etag: string;
  readonly lastModified: Date | null;
  readonly storageClass: string | null;
}

/**
 * What HEAD says of one object.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export interface IObjectProperties extends IArchiveObject {
  readonly contentType: string | null;
  /** Algorithm (`CRC64NVME`, …) to base64 value; empty where S3 has none. */
  readonly checksums: Readonly<Record<string, string>>;
  /** `FULL_OBJECT` or `COMPOSITE`, where S3 says. */
  readonly checksumType: string | null;
  /** User metadata (`x-amz-meta-…`) without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly versionId: string | null;
}

/**
 * Reads bytes of one object. `end` is exclusive.
 */
export interface IByteSource {
  /** The object's size in bytes. */
  size(): Promise<number>;
  read(start: number, end: number): Promise<Uint8Array>;
}

/**
 * The archives of this JupyterLab.
 *
 * Errors of every method are `ArchiveError`s: classified, with a sentence.
 */
export interface IArchive {
  readonly archives: readonly IArchiveInfo[];
  get(id: string): IArchiveInfo | undefined;
  /** The objects that the panel has selected. */
  readonly selection: readonly IArchiveObject[];
  readonly selectionChanged: ISignal<IArchive, void>;
  /** The archive that the panel shows. */
  readonly current: IArchiveInfo | null;
  head(archive: string, key: string): Promise<IObjectProperties>;
  bytes(archive: string, key: string): IByteSource;
  /**
   * The bytes of a document of an archive, by the path that JupyterLab knows
   * it by (`MAST:…`); `null` for paths of other drives.
   */
  bytesOfPath(path: string): IByteSource | null;
}

export const IArchive = new Token<IArchive>(
  'jupyterlab-mast:IArchive',
  'The archives (buckets) of this JupyterLab, and what is selected in the archive panel.'
);

/**
 * The archive panel, for other capabilities: go somewhere, add an action.
 */
export interface IArchivePanel {
  goTo(place: IPlace): Promise<void>;
  /**
   * Add a command to the action bar that appears with a selection. The
   * command with the lowest rank is the primary button.
   */
  addAction(command: string, rank: number): IDisposable;
}

export const IArchivePanel = new Token<IArchivePanel>(
  'jupyterlab-mast:IArchivePanel',
  'The archive panel in the side bar.'
);
