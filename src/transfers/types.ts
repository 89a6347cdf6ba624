/**
 * What the server says of transfers: the bodies of
 * `/jupyterlab-mast/transfers` and of its events, under the names of this
 * capability. Sizes are bytes, times are seconds since 1970.
 */
import type {
  ActionRequest,
  ActiveFile,
  Copy,
  CreateRequest,
  Differing,
  Error as ErrorAnswer,
  Failure,
  File as FileAnswer,
  FilesAnswer,
  Plan,
  PlanKind,
  PlanRequest,
  Snapshot,
  SourceRequest,
  TargetRoot,
  Transfer,
  VerifyAnswer,
  Waiting
} from '../rest/generated';

/** A transfer. */
export type ITransfer = Omit<Transfer, 'plan'> & { readonly plan: IPlan };

/** What a transfer is doing; the last four are ends. */
export type TransferState = Transfer['state'];

/** What a transfer would do, as far as it is known. */
export type IPlan = Omit<Plan, 'differing_first'> & {
  /** Some of those that differ. */
  readonly differing_first: readonly IDiffering[];
};

/** A file of the workspace that a transfer would write over. */
export type IDiffering = Differing & {
  /** Of the file here. */
  readonly size: number;
  /** Of the file here. */
  readonly modified: number;
  /** Of the object in the archive. */
  readonly archive_size: number;
  /** What that takes more on the disk, in whole blocks. */
  readonly archive_blocks: number;
};

/** One object, or all objects whose keys begin with `prefix`. */
export type ISource = SourceRequest;

/** A folder into which the administrator lets people copy. */
export type IRoot = TargetRoot;

/** A file that is being copied now; its path is below the target. */
export type IActiveFile = ActiveFile;

/** A file that was not copied. */
export type IFailure = Failure;

/** Why and since when a transfer waits. */
export type IWaiting = Waiting;

/** One file of a transfer; its path is below the target. */
export type IFile = FileAnswer;

/** Some files of a transfer, and how many there are on all pages. */
export type IFilePage = FilesAnswer;

/** A file of the workspace that was copied from an archive. */
export type ICopyRecord = Copy;

/** Whether a file has the bytes that were copied. */
export type IVerdict = VerifyAnswer;

/** All transfers as they stood right after the event `sequence`. */
export type ISnapshot = Omit<Snapshot, 'transfers'> & {
  readonly transfers: readonly ITransfer[];
};

/** A new transfer. */
export type ICreate = CreateRequest;

/**
 * What may be chosen anew while a transfer has not started; root and target
 * go together.
 */
export type IChoose = PlanRequest;

/** How files are arranged below the target. */
export type Layout = Transfer['layout'];

/** What happens to a file that is there and differs. */
export type Conflict = Transfer['conflict'];

/**
 * When a planned transfer starts. `auto`: by itself if nothing is in the way
 * and it is small; `now`: always; `ask`: only when somebody says so.
 */
export type Start = NonNullable<CreateRequest['start']>;

export type TransferAction = ActionRequest['action'];

/** What to do about files that are there and differ, by path. */
export type Decisions = Readonly<Record<string, Conflict>>;

/** What an action is about, where it is not about all of a transfer. */
export interface IActOptions {
  /** When it starts. */
  readonly decisions?: Decisions;
  /** The only files that are tried again, by their index. */
  readonly files?: readonly number[];
}

/** The files of one kind that a transfer was asked for. */
export type IKind = PlanKind;

/** What became of a file. `waiting` and `running` are not ends. */
export type Outcome = FileAnswer['outcome'];

/** `checksum`: against the store's own; `version`: by size and ETag only. */
export type Check = NonNullable<FileAnswer['check']>;

/** Why a file failed. */
export type FailureKind = Failure['kind'];

/** Why the server refused a request. */
export type RefusalKind = ErrorAnswer['kind'];

export type WaitReason = Waiting['reason'];

/** What an event carries: the transfers that have changed. */
export interface ITransferEvent {
  readonly server: string;
  readonly sequence: number;
  readonly transfers: readonly ITransfer[];
  readonly removed: readonly string[];
  readonly activeUntil?: number | null;
}

/** The schema of our events. */
export const EVENT_SCHEMA =
  'https://events.jupyter.org/jupyterlab-mast/transfers/v1';
