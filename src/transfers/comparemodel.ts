import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { readHeaders, type IHdu } from '../fits';
import type { IArchive, IByteSource, IObjectProperties } from '../tokens';
import { compareHeaders, type IHduDifference } from './compare';
import type { TransfersModel } from './model';
import { placeOf } from './targets';
import type { ICopyRecord, IVerdict } from './types';

/** A file of the workspace. */
export interface ILocalFile {
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}

/**
 * - `reading`: both sides are asked
 * - `ready`: as far as it can be compared, it was
 * - `failed`: one side cannot be read; see `problem`
 */
export type ComparePhase = 'reading' | 'ready' | 'failed';

/**
 * Whether the archive has the version that was copied. `unknown`: of one of
 * the two no ETag is known, and the sizes do not tell them apart.
 */
export type ArchiveVersion = 'same' | 'other' | 'unknown';

/**
 * What "Update" is doing. `asking`: the file here was changed since it was
 * copied, or nobody can tell; it is replaced when somebody says so again.
 */
export type UpdateStep = 'none' | 'verifying' | 'asking' | 'starting';

/** Why one side cannot be shown. */
export class CompareProblem extends Error {
  constructor(
    readonly side: 'mine' | 'archive',
    message: string,
    /** Whether the file is not there at all. */
    readonly missing: boolean
  ) {
    super(message);
    this.name = 'CompareProblem';
  }
}

const FITS = /\.(fits?|fts|fz)(\.gz)?$/i;

/** Seconds by which clocks of file systems may differ. */
const SLACK = 2;

/**
 * A copy in the workspace, and what the archive has under its key now.
 */
export class CompareModel implements IDisposable {
  constructor(private readonly _options: CompareModel.IOptions) {}

  get changed(): ISignal<CompareModel, void> {
    return this._changed;
  }

  get copy(): ICopyRecord {
    return this._options.copy;
  }

  /** Its path in the file browser. */
  get path(): string {
    return this._options.path;
  }

  get name(): string {
    return PathExt.basename(this.path);
  }

  get phase(): ComparePhase {
    return this._phase;
  }

  /** Why one side could not be asked for. */
  get problem(): CompareProblem | null {
    return this._problem;
  }

  /** Why the headers could not be compared; sizes and dates are known. */
  get headerProblem(): CompareProblem | null {
    return this._headerProblem;
  }

  get mine(): ILocalFile | null {
    return this._mine;
  }

  get archive(): IObjectProperties | null {
    return this._archive;
  }

  /** What the archive has now, beside what was copied; `null` until asked. */
  get version(): ArchiveVersion | null {
    const { copy, _archive: archive } = this;
    if (archive === null) {
      return null;
    }
    if (archive.size !== copy.size) {
      return 'other';
    }
    return archive.etag === '' || copy.etag === ''
      ? 'unknown'
      : archive.etag === copy.etag
        ? 'same'
        : 'other';
  }

  /** Whether the archive’s version is, or may be, another one. */
  get mayDiffer(): boolean {
    return this.version === 'other' || this.version === 'unknown';
  }

  /** Whether the file here was written to since, by its size and date. */
  get touched(): boolean {
    const { copy } = this;
    return (
      this._mine !== null &&
      (this._mine.size !== copy.size ||
        this._mine.modified.getTime() / 1000 > copy.time + SLACK)
    );
  }

  get isFits(): boolean {
    return FITS.test(this.copy.key);
  }

  /** What differs in the headers; `null` where they were not compared. */
  get differences(): readonly IHduDifference[] | null {
    return this._differences;
  }

  /**
   * Whether the file has the name of the object. One with another name cannot
   * be updated: that would write over what has the object's name there.
   */
  get namedAsObject(): boolean {
    return this.name === PathExt.basename(this.copy.key);
  }

  /** Whether the archive's version can be had. */
  get canKeepBoth(): boolean {
    return this.phase !== 'failed' && this.mayDiffer && !this.busy;
  }

  get canUpdate(): boolean {
    return this.canKeepBoth && this.namedAsObject;
  }

  get busy(): boolean {
    return this._step === 'verifying' || this._step === 'starting';
  }

  get step(): UpdateStep {
    return this._step;
  }

  /** Whether the file is what was copied, once "Update" has looked. */
  get verdict(): IVerdict | null {
    return this._verdict;
  }

  /** Why the update could not be started, or the file not be looked at. */
  get updateProblem(): string | null {
    return this._updateProblem;
  }

  /** Ask both sides, and compare. Never throws: see `problem`. */
  async read(): Promise<void> {
    this._control.abort();
    const { signal } = (this._control = new AbortController());
    this._phase = 'reading';
    this._mine = this._archive = null;
    this._problem = this._headerProblem = this._differences = null;
    this._emit();
    try {
      const [mine, archive] = await Promise.all([
        this._askMine(),
        this._askArchive()
      ]);
      if (signal.aborted) {
        return;
      }
      this._mine = mine;
      this._archive = archive;
    } catch (error) {
      if (!signal.aborted) {
        this._phase = 'failed';
        this._problem = error as CompareProblem;
        this._emit();
      }
      return;
    }
    if (this.isFits) {
      this._emit();
      await this._readHeaders(signal);
    }
    if (!signal.aborted) {
      this._phase = 'ready';
      this._emit();
    }
  }

  /**
   * Copy the archive's version over the file here. If that was changed since
   * it was copied, this asks first: see `step`; the next call replaces it.
   *
   * @returns Whether the copy was started.
   */
  async update(): Promise<boolean> {
    if (!this.canUpdate) {
      return false;
    }
    if (this._step !== 'asking') {
      this._set('verifying');
      try {
        const { transfers, contents } = this._options;
        await transfers.start();
        const local = contents.localPath(this.path);
        const { root, path } = placeOf(local, transfers.roots);
        this._verdict = await transfers.verify(root, path);
      } catch (error) {
        // Then nobody knows.
        this._verdict = null;
        this._updateProblem = Private.message(error);
      }
      if (this._disposed) {
        return false;
      }
      if (this._verdict?.same !== true) {
        this._step = 'asking';
        this._emit();
        return false;
      }
    }
    return this._start('replace');
  }

  /**
   * Copy the archive's version beside the file here.
   *
   * @returns Whether the copy was started.
   */
  async keepBoth(): Promise<boolean> {
    return this.canKeepBoth && this._start('keep-both');
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      this._control.abort();
      Signal.clearData(this);
    }
  }

  private async _start(conflict: 'replace' | 'keep-both'): Promise<boolean> {
    const { transfers, contents, archiveId, copy } = this._options;
    const { size, etag } = this._archive ?? copy;
    this._set('starting');
    try {
      await transfers.start();
      const folder = PathExt.dirname(contents.localPath(this.path));
      const place = placeOf(folder, transfers.roots);
      await transfers.create({
        archive: archiveId,
        // The version that was looked at, or none.
        sources: [{ key: copy.key, size, etag }],
        exact: true,
        root: place.root,
        target: place.path,
        layout: 'flat',
        conflict,
        start: 'now'
      });
      return true;
    } catch (error) {
      this._step = 'none';
      this._updateProblem = Private.message(error);
      this._emit();
      return false;
    }
  }

  private async _askMine(): Promise<ILocalFile> {
    try {
      const { contents } = this._options;
      const found = await contents.get(this.path, { content: false });
      return {
        size: found.size ?? 0,
        modified: new Date(found.last_modified)
      };
    } catch (error) {
      throw Private.problem('mine', error);
    }
  }

  private async _askArchive(): Promise<IObjectProperties> {
    const { archive, archiveId, copy } = this._options;
    try {
      return await archive.head(archiveId, copy.key);
    } catch (error) {
      throw Private.problem('archive', error);
    }
  }

  private async _readHeaders(signal: AbortSignal): Promise<void> {
    const { archive, archiveId, copy, open } = this._options;
    const read = async (side: 'mine' | 'archive', source: IByteSource) => {
      const hdus: IHdu[] = [];
      try {
        for await (const hdu of readHeaders(source, { signal })) {
          hdus.push(hdu);
        }
        return hdus;
      } catch (error) {
        throw Private.problem(side, error);
      }
    };
    try {
      const [mine, theirs] = await Promise.all([
        read('mine', open(this.path)),
        read('archive', archive.bytes(archiveId, copy.key))
      ]);
      if (!signal.aborted) {
        this._differences = compareHeaders(mine, theirs);
      }
    } catch (error) {
      if (!signal.aborted) {
        this._headerProblem = error as CompareProblem;
      }
    }
  }

  private _set(step: UpdateStep): void {
    this._step = step;
    this._updateProblem = null;
    this._emit();
  }

  private _emit(): void {
    if (!this._disposed) {
      this._changed.emit();
    }
  }

  private _phase: ComparePhase = 'reading';
  private _problem: CompareProblem | null = null;
  private _headerProblem: CompareProblem | null = null;
  private _mine: ILocalFile | null = null;
  private _archive: IObjectProperties | null = null;
  private _differences: readonly IHduDifference[] | null = null;
  private _step: UpdateStep = 'none';
  private _verdict: IVerdict | null = null;
  private _updateProblem: string | null = null;
  private _control = new AbortController();
  private _disposed = false;
  private readonly _changed = new Signal<this, void>(this);
}

export namespace CompareModel {
  export interface IOptions {
    readonly archive: Pick<IArchive, 'head' | 'bytes'>;
    readonly archiveId: string;
    readonly copy: ICopyRecord;
    /** Where the copy is in the file browser. */
    readonly path: string;
    readonly contents: Pick<Contents.IManager, 'get' | 'localPath'>;
    readonly transfers: Pick<
      TransfersModel,
      'start' | 'roots' | 'verify' | 'create'
    >;
    /** The bytes of a file of the workspace. */
    open(path: string): IByteSource;
  }
}

namespace Private {
  export function problem(
    side: 'mine' | 'archive',
    error: unknown
  ): CompareProblem {
    const { kind, response } = Object(error) as {
      kind?: unknown;
      response?: { status?: unknown };
    };
    return new CompareProblem(
      side,
      message(error),
      kind === 'not-found' || response?.status === 404
    );
  }

  export function message(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
  }
}
