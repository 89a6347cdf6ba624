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
 * Files and folders of one archive that somebody has chosen.
 */
export interface IChoice {
  readonly objects: readonly IArchiveObject[];
  /** Prefixes, each ending in `/`: everything below them. */
  readonly folders: readonly string[];
}

/** The type under which a drag out of the archive panel carries {@link IDragged}. */
export const DRAGGED = 'application/vnd.jupyterlab-mast.objects+json';

/** What a drag out of the archive panel carries. */
export interface IDragged {
  readonly archive: string;
  readonly objects: readonly IArchiveObject[];
  readonly folders?: readonly string[];
  /**
   * Say under the pointer what a drop would do here; `null` for what a drop
   * does elsewhere.
   */
  readonly say?: (verb: string | null) => void;
}

/**
 * Reads bytes of one object. `end` is exclusive.
 */
export interface IByteSource {
  /** The object of an archive that this is; absent for other files. */
  readonly origin?: { readonly archive: string; readonly key: string };
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
  /**
   * What the panel's selection stands for, folders too; or, for `heading`,
   * the group whose heading the keyboard or the pointer is on.
   */
  chosen(what: 'selection' | 'heading'): IChoice;
  /**
   * The first place that a text leads to, as "Go to" finds it: a key, URI,
   * root name, file name or TIC. `null` when nothing is there.
   *
   * @param archive - The id of the archive; else the one shown, or the first.
   */
  locate(text: string, archive?: string | null): Promise<IPlace | null>;
  /** All objects below a prefix, page by page (1,000 each), in S3's order. */
  objectsBelow(
    archive: string,
    prefix: string,
    signal?: AbortSignal
  ): AsyncIterable<readonly IArchiveObject[]>;
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
  'The archives (buckets), and what is selected in the archive panel.'
);

/**
 * A word beside a file of the archive panel.
 */
export interface IBadge {
  readonly kind: 'in-workspace' | 'newer';
  readonly text: string;
  /** The tooltip: more of it, such as where. */
  readonly title: string;
}

/**
 * Knows the badges of files of the archive panel.
 */
export interface IBadges {
  /** Files of this folder are in sight; asked once each time it is listed. */
  show(archive: string, prefix: string): void;
  /**
   * The badge of a file, the same object at every call. Called while rows
   * are drawn: nothing is fetched, nothing takes time.
   */
  badge(archive: string, object: IArchiveObject): IBadge | null;
  /** Emitted when {@link badge} may answer differently. */
  readonly changed: ISignal<IBadges, void>;
}

/**
 * The archive panel, for other capabilities: go somewhere, add an action,
 * mark files.
 */
export interface IArchivePanel {
  goTo(place: IPlace): Promise<void>;
  /**
   * Add a command to the action bar that appears with a selection. The
   * command with the lowest rank is the primary button.
   */
  addAction(command: string, rank: number): IDisposable;
  /**
   * Show badges beside files; one set of them at a time. They are loaded when
   * the panel is first shown.
   */
  setBadges(load: () => Promise<IBadges>): IDisposable;
}

export const IArchivePanel = new Token<IArchivePanel>(
  'jupyterlab-mast:IArchivePanel',
  'The archive panel in the side bar.'
);

/**
 * A file of the workspace that was copied from an archive, as the record of
 * copies has it.
 */
export interface ICopy {
  readonly key: string;
  /** The entity tag, with its quotes, of the version that was copied. */
  readonly etag: string;
  /** Bytes. */
  readonly size: number;
  /** The path in JupyterLab's file browser; `null` outside of it. */
  readonly path: string | null;
  readonly absolute: string;
  /** When it was copied, in seconds since 1970. */
  readonly time: number;
}

/**
 * Copies from archives to the workspace, for other capabilities.
 */
export interface ITransfers {
  /** What was copied from below a prefix, and is still there. */
  copies(archive: string, prefix: string): Promise<readonly ICopy[]>;
  /** Emitted when {@link copies} may answer differently. */
  readonly copiesChanged: ISignal<unknown, void>;
  /** Tell that somebody else has removed, moved or brought back files. */
  noteChange(): void;
}

export const ITransfers = new Token<ITransfers>(
  'jupyterlab-mast:ITransfers',
  'Copies from archives to the workspace.'
);
