/**
 * What the server says of used space: the bodies of `/jupyterlab-mast/quota`
 * and of its events. Sizes are bytes, times are seconds since 1970.
 */
import type {
  CachedFile,
  CachedFiles,
  ChangeAnswer,
  Entry,
  FolderAnswer,
  FreeableAnswer,
  FreedList,
  HomeCopies,
  HomeCopy,
  KindSum,
  RemoveCopiesAnswer,
  RootUsage,
  UsageSnapshot
} from '../rest/generated';

/** A folder whose use is measured, and what is left of its limit. */
export type IRootUsage = RootUsage;

/** All of them, right after an event. */
export type IUsageSnapshot = UsageSnapshot;

/** A file, or a folder with all that is in it. */
export type IEntry = Entry;
/** An entry that shall be deleted, as it was shown. */
export type IShown = Pick<IEntry, 'id' | 'mark'>;

/** A folder: what is in it, the largest first. */
export type IFolder = FolderAnswer;

/** What one kind of files takes. */
export type IKindSum = KindSum;

/** What kind of files it is. */
export type Kind = KindSum['kind'];

/** What was done with files and folders, and what was not and why. */
export type IChange = ChangeAnswer;

/** What of a root may go, besides copies. */
export type IFreeable = FreeableAnswer;

/** A copy of an archive's object, and whether it may go. */
export type IHomeCopy = HomeCopy;

/** A page of them. */
export type IHomeCopies = HomeCopies;

/** Which copies went, which did not and why, and the list that keeps them. */
export type IRemovedCopies = RemoveCopiesAnswer;

/** A file that another program fetched, and how it stands to the archives. */
export type ICachedFile = CachedFile;

/** A page of them. */
export type ICachedFiles = CachedFiles;

/** Copies that went at one time, and are not there again. */
export type IFreedList = FreedList;

/** By what the files of a whole root are listed. */
export type FileOrder = 'largest' | 'oldest';

/** The schema of our events. */
export const EVENT_SCHEMA =
  'https://events.jupyter.org/jupyterlab-mast/quota/v1';

/** An event: all roots, whole. */
export interface IUsageEvent {
  readonly schema_id: string;
  readonly server: string;
  readonly sequence: number;
  readonly roots: readonly IRootUsage[];
}

/** How full it is, by the thresholds of the settings. */
export type Level = 'normal' | 'warning' | 'critical';

/** Shares of the limit in percent, from which a level begins. */
export interface IThresholds {
  readonly warning: number;
  readonly critical: number;
}
