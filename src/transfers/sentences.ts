import type { TranslationBundle } from '@jupyterlab/translation';
import { formatBytes, formatNumber } from '../ui/format';
import type { TransferFailure } from './failure';
import {
  formatDuration,
  formatMoment,
  formatSpeed,
  joined,
  percentOf,
  spaced
} from './formats';
import { isHeldUp, isPlanned } from './order';
import { commonFolder, SOURCES_TOLD } from './layouts';
import { tidy } from './targets';
import type {
  FailureKind,
  IFailure,
  IFile,
  IRoot,
  ITransfer,
  IWaiting
} from './types';

/** Stands for a name, where the words around it are wanted. */
const NAME = '\u0000';

/** Longer notifications are cut by JupyterLab. */
const LONGEST_NOTIFICATION = 140;

/**
 * What the panel, the status bar and the notification say of transfers.
 */
export class Sentences {
  constructor(
    readonly trans: TranslationBundle,
    /** JupyterLab's language, for numbers. */
    readonly locale: string
  ) {}

  bytes(value: number): string {
    return formatBytes(value, this.locale);
  }

  number(value: number): string {
    return formatNumber(value, this.locale);
  }

  files(count: number): string {
    return this.trans._n('%2 file', '%2 files', count, this.number(count));
  }

  speed(value: number | null): string {
    return value === null ? '' : formatSpeed(value, this.locale);
  }

  /** Time left, as `14 s left`; empty where it is not known. */
  left(seconds: number | null): string {
    return seconds === null
      ? ''
      : this.trans.__('%1 left', this._duration(Math.max(1, seconds)));
  }

  /** How far a file is that is being copied, how fast, and how long yet. */
  moving(
    { done, size }: Pick<IFile, 'done' | 'size'>,
    speed: number | null,
    left: number | null
  ): string {
    return joined(
      this.trans.__('%1 of %2', this.bytes(done), this.bytes(size)),
      this.speed(speed),
      this.left(left)
    );
  }

  /** What is copied: its first file or folder, and how many there are. */
  title({ title, sources, plan }: ITransfer): string {
    const { trans } = this;
    if (sources.length < 2) {
      return title;
    }
    if (sources.every(one => one.key) && plan.complete) {
      return trans._n(
        '%3 and %2 more',
        '%3 and %2 more',
        plan.files - 1,
        this.number(plan.files - 1),
        title
      );
    }
    return sources.length < SOURCES_TOLD
      ? trans._n(
          '%3 and %2 more',
          '%3 and %2 more',
          sources.length - 1,
          this.number(sources.length - 1),
          title
        )
      : trans.__('%1 and more', title);
  }

  /**
   * What the title says beside the name of what is copied first; empty where
   * that is all.
   */
  more(transfer: ITransfer): string {
    const parts = this.title({ ...transfer, title: NAME }).split(NAME);
    return spaced(...parts.map(part => part.trim()));
  }

  /**
   * The folder of a transfer, as people call it: the one that all its files
   * are in where they are in one, as far as that is known from the page.
   */
  target(transfer: ITransfer, roots: readonly IRoot[]): string {
    const { root: id, absolute } = transfer.target;
    const root = roots.find(one => one.id === id);
    if (id === null || transfer.target.path === null) {
      return absolute;
    }
    const path = tidy(`${transfer.target.path}/${commonFolder(transfer)}`);
    if (path === '') {
      return root?.title ?? this.trans.__('your workspace');
    }
    return id === 'home' ? path : `${root?.title ?? id}/${path}`;
  }

  /** How much is done: the left of the line below the bar. */
  counts(transfer: ITransfer): string {
    const { trans } = this;
    const { files, bytes, plan, started, ended } = transfer;
    const copied = files.copied + files.identical + files.skipped;
    const all = `${this.files(files.total)} · ${this.bytes(bytes.total)}`;
    if (transfer.undone) {
      return all;
    }
    switch (transfer.state) {
      case 'planning':
        return plan.complete
          ? `${this.files(plan.files)} · ${this.bytes(plan.bytes)}`
          : trans.__(
              'Counting: %1, %2 so far',
              this.files(plan.files),
              this.bytes(plan.bytes)
            );
      case 'queued':
        return all;
      case 'done':
        return files.total === 0
          ? trans.__('There was nothing to copy')
          : files.copied === 0
            ? trans._n(
                '%2 file, there already',
                '%2 files, there already',
                files.total,
                this.number(files.total)
              )
            : started === null || ended === null
              ? all
              : trans.__(
                  '%1 · %2 in %3',
                  this.files(files.total),
                  this.bytes(bytes.done),
                  this._duration(ended - started)
                );
      case 'done-with-failures':
      case 'failed':
      case 'cancelled':
        return files.total === 0
          ? trans.__('Nothing was copied')
          : trans.__(
              '%1 of %2 copied · %3',
              this.number(copied),
              this.number(files.total),
              this.bytes(bytes.done)
            );
      default:
        return trans._n(
          '%2 of %3 file · %4 of %5',
          '%2 of %3 files · %4 of %5',
          files.total,
          this.number(copied),
          this.number(files.total),
          this.bytes(bytes.done),
          this.bytes(bytes.total)
        );
    }
  }

  /**
   * What it is doing: the right of the line below the bar. While it runs that
   * is how fast, and how long yet.
   */
  state(
    transfer: ITransfer,
    speed: number | null = null,
    left: number | null = null
  ): string {
    const { trans } = this;
    if (transfer.undone) {
      return trans.__('undone');
    }
    if (isHeldUp(transfer)) {
      return trans.__('waiting');
    }
    switch (transfer.state) {
      case 'planning':
        return isPlanned(transfer) ? trans.__('planned') : trans.__('counting');
      case 'queued':
        return trans.__('queued');
      case 'running':
        return (
          joined(this.speed(speed), this.left(left)) || trans.__('copying')
        );
      case 'paused':
        return trans.__('paused');
      case 'done':
        return trans.__('done');
      case 'done-with-failures':
        return trans._n(
          'done with %2 failure',
          'done with %2 failures',
          transfer.files.failed,
          this.number(transfer.files.failed)
        );
      case 'failed':
        return trans.__('failed');
      default:
        return trans.__('cancelled');
    }
  }

  /**
   * What follows the target on the last line, or a sentence in the place of
   * both.
   *
   * @param now - Seconds since 1970.
   */
  detail(
    transfer: ITransfer,
    now: number
  ): { readonly target: boolean; readonly text: string } {
    const { trans } = this;
    const { waiting, error, plan, started, ended } = transfer;
    const at = (text: string) => ({ target: true, text });
    const alone = (text: string) => ({ target: false, text });
    if (isHeldUp(transfer)) {
      return waiting === null
        ? at('')
        : alone(spaced(this.waiting(waiting, now), this.whyWaiting(waiting)));
    }
    switch (transfer.state) {
      case 'planning':
        return isPlanned(transfer) || plan.error !== null
          ? alone(this.confirm(transfer))
          : at('');
      case 'queued':
        return at(trans.__('waits for its turn'));
      case 'paused':
        return at(
          trans.__(
            '%1 to go',
            this.bytes(Math.max(0, transfer.bytes.total - transfer.bytes.done))
          )
        );
      case 'running':
        return at(
          transfer.elsewhere
            ? trans.__('copied by another program')
            : started === null
              ? ''
              : trans.__('started %1', formatMoment(started, now))
        );
      default:
        if (error !== null) {
          return alone(this.failure(error.kind, error.message));
        }
        return at(
          transfer.state === 'failed'
            ? ''
            : joined(
                ended === null ? '' : formatMoment(ended, now),
                transfer.undone
                  ? trans.__('its files were removed')
                  : this.checked(transfer)
              )
        );
    }
  }

  /**
   * The sentence in the place of the target; `null` where there is none. It
   * is as long as it will be, whatever the time.
   */
  sentence(transfer: ITransfer): string | null {
    const next = transfer.waiting?.next ?? null;
    const { target, text } = this.detail(transfer, (next ?? 0) - 59);
    return target ? null : text;
  }

  /** How the copied files were checked; never one word over both ways. */
  checked({ checked }: ITransfer): string {
    const { trans } = this;
    const { checksum } = checked;
    const { others, alone } = Private.unproven(checked);
    if (checksum > 0 && others > 0) {
      return this._mixed(checked);
    }
    if (others > 0) {
      return alone
        ? trans.__('checked by size alone')
        : trans.__('checked by size and version');
    }
    const names = Object.keys(checked.algorithms).join(', ');
    return checksum === 0
      ? ''
      : names === ''
        ? trans.__('checked by checksum')
        : trans.__('checked by %1', names);
  }

  private _mixed(checked: ITransfer['checked']): string {
    const { others, alone } = Private.unproven(checked);
    const numbers = [this.number(checked.checksum), this.number(others)];
    return alone
      ? this.trans.__('%1 checked by checksum, %2 by size alone', ...numbers)
      : this.trans.__(
          '%1 checked by checksum, %2 by size and version',
          ...numbers
        );
  }

  /** What it waits for, and when it tries again. */
  waiting(waiting: IWaiting, now: number): string {
    return spaced(this.waitsFor(waiting, now), this.nextTry(waiting, now));
  }

  /** What it waits for. */
  waitsFor(waiting: IWaiting, now: number): string {
    const { trans } = this;
    const missing =
      waiting.missing === null ? null : this.bytes(waiting.missing);
    const since = formatMoment(waiting.since, now);
    return waiting.reason === 'network'
      ? trans.__('Waiting for the network since %1.', since)
      : waiting.reason === 'space'
        ? missing === null
          ? trans.__('Waiting for space since %1.', since)
          : trans.__('Waiting for space: %1 more.', missing)
        : missing === null
          ? trans.__('Waiting for room in your quota since %1.', since)
          : trans.__('Waiting for room in your quota: %1 more.', missing);
  }

  /** When it tries again; empty where nobody knows. */
  nextTry({ next }: IWaiting, now: number): string {
    const { trans } = this;
    const left = next === null ? null : Math.ceil(next - now);
    return left === null
      ? ''
      : left > 0
        ? trans.__('Next try in %1.', this._duration(left))
        : trans.__('Trying now.');
  }

  /**
   * What the last try told of the network or the archive; empty where nothing
   * is known, or where what is missing says it all.
   */
  whyWaiting({ reason, message }: IWaiting): string {
    return reason === 'network' ? (message ?? '') : '';
  }

  /** Why a plan waits for somebody. */
  confirm({ plan }: ITransfer): string {
    const { trans } = this;
    if (plan.error !== null) {
      return plan.error;
    }
    const { free, allowed } = plan;
    // As it is reserved: files take whole blocks.
    const planned = plan.needed + plan.blocks;
    if (allowed !== null && planned > allowed) {
      return trans.__(
        'This copy needs %1 more than you have. Planned %2, free %3.',
        this.bytes(planned - allowed),
        this.bytes(planned),
        this.bytes(allowed)
      );
    }
    if (free !== null && planned > free) {
      return trans.__(
        'This copy passes your limit by %1. Planned %2, free %3.',
        this.bytes(planned - free),
        this.bytes(planned),
        this.bytes(free)
      );
    }
    if (plan.differing > 0) {
      return trans._n(
        '%2 file is there already and differs. Choose what happens to it.',
        '%2 files are there already and differ. Choose what happens to them.',
        plan.differing,
        this.number(plan.differing)
      );
    }
    return trans.__(
      '%1 are to be written. Nothing is until you start it.',
      this.bytes(plan.needed)
    );
  }

  /** Why a file failed. */
  why({ kind, message }: IFailure): string {
    return this.failure(kind, message);
  }

  /** Why a file, or a transfer, failed. */
  failure(kind: FailureKind, message: string): string {
    const { trans } = this;
    switch (kind) {
      case 'network':
        return trans.__(
          'The archive did not answer. Retry goes on with what has arrived.'
        );
      case 'throttled':
        return trans.__(
          'The archive asked to slow down for too long. Retry goes on with what has arrived.'
        );
      case 'changed':
        return trans.__(
          'Changed in the archive twice while copying. Nothing was kept; retry fetches the new version.'
        );
      case 'other-version':
        return trans.__(
          'The archive has another version than the list names. Nothing was kept; copy this file from the archive panel to get the version that is there now.'
        );
      case 'checksum': {
        const name = /\b(?:CRC\w+|SHA-?\w+|MD5)\b/i.exec(message)?.[0];
        return name === undefined
          ? trans.__(
              'The checksum does not match what arrived. Nothing was kept.'
            )
          : trans.__(
              'The checksum (%1) does not match what arrived. Nothing was kept.',
              name
            );
      }
      case 'not-found':
        return trans.__('This is not in the archive any more.');
      case 'malformed':
        return trans.__(
          'What arrived was not this file: something on the way changed it. Nothing was kept.'
        );
      case 'in-the-way':
        return trans.__(
          'Another file or folder of this name is there. It was left as it is.'
        );
      case 'space':
        return trans.__('There was no space left for it.');
      case 'quota':
        return trans.__('Your quota has no room for it.');
      case 'read-only':
        return trans.__('The target folder is read-only.');
      default:
        // Refusals and surprises have their particulars only in words.
        return message;
    }
  }

  /** One word, or two, for a file of a transfer. */
  file(file: IFile): string {
    const { trans } = this;
    switch (file.outcome) {
      case 'running':
        return `${percentOf(file.done, file.size)} %`;
      case 'copied':
        return file.check === 'checksum'
          ? file.algorithm || trans.__('checksum')
          : file.check === 'size'
            ? trans.__('by size')
            : trans.__('by version');
      case 'identical':
        return trans.__('identical');
      case 'skipped':
        return trans.__('skipped');
      case 'failed':
        return trans.__('failed');
      case 'left-out':
        return trans.__('left out');
      default:
        return trans.__('queued');
    }
  }

  /** The same in full, for a tooltip and a screen reader. */
  fileInFull(file: IFile): string {
    const { trans } = this;
    switch (file.outcome) {
      case 'running':
        return trans.__(
          '%1 of %2 copied',
          this.bytes(file.done),
          this.bytes(file.size)
        );
      case 'copied':
        return file.check === 'checksum'
          ? trans.__('Copied, and checked by its checksum (%1)', file.algorithm)
          : file.check === 'size'
            ? trans.__(
                'Copied, and checked by size alone: the archive has neither checksum nor version for it'
              )
            : trans.__(
                'Copied, and checked by size and version: the archive has no checksum for it'
              );
      case 'identical':
        return trans.__('There already, and identical: not fetched again');
      case 'skipped':
        return trans.__('Skipped: another file of this name is there');
      case 'failed':
        return this.failure(file.kind ?? 'internal', file.message);
      case 'left-out':
        return trans.__('Left out: files of this kind are not copied');
      default:
        return trans.__('Waits for its turn');
    }
  }

  /** The notification at the end of a transfer; `null` for a cancelled one. */
  end(transfer: ITransfer, roots: readonly IRoot[]): string | null {
    const { trans } = this;
    const { files, bytes, checked, plan, started, ended } = transfer;
    const target = this.target(transfer, roots);
    const size = this.bytes(bytes.done);
    // What was there already is done too, and was not copied.
    const copied = this.bytes(Math.max(0, bytes.done - plan.identical_bytes));
    switch (transfer.state) {
      case 'done': {
        if (files.total === 0) {
          return trans.__('There was nothing to copy to %1.', target);
        }
        if (files.copied === 0) {
          return trans._n(
            'Nothing to copy to %3: %2 file is there already.',
            'Nothing to copy to %3: %2 files are there already.',
            files.total,
            this.number(files.total),
            target
          );
        }
        const what =
          started === null || ended === null
            ? trans.__(
                '%1 copied to %2, %3.',
                this.files(files.copied),
                target,
                copied
              )
            : trans.__(
                '%1 copied to %2, %3 in %4.',
                this.files(files.copied),
                target,
                copied,
                this._duration(ended - started)
              );
        const mixed = this._mixed(checked);
        const { others, alone } = Private.unproven(checked);
        const how =
          checked.checksum > 0 && others > 0
            ? [
                trans.__('%1 (the archive has no checksum for these).', mixed),
                `${mixed}.`
              ]
            : others > 0
              ? alone
                ? [
                    trans.__(
                      'Checked by size alone (the archive has no checksum or version).'
                    ),
                    trans.__('Checked by size alone.')
                  ]
                : [
                    trans.__(
                      'Checked by size and version (the archive has no checksum).'
                    ),
                    trans.__('Checked by size and version.')
                  ]
              : checked.checksum > 0
                ? [trans.__('Checked by checksum.')]
                : [];
        return Private.fitting(how.map(one => `${what} ${one}`)) ?? what;
      }
      case 'done-with-failures':
        return trans._n(
          '%3 of %4 copied to %5, %6. %2 failed; it can be retried.',
          '%3 of %4 copied to %5, %6. %2 failed; they can be retried.',
          files.failed,
          this.number(files.failed),
          this.number(files.copied + files.identical + files.skipped),
          this.files(files.total),
          target,
          size
        );
      case 'failed': {
        const what = trans.__('“%1” was not copied.', this.title(transfer));
        return transfer.error === null
          ? what
          : `${what} ${this.failure(transfer.error.kind, transfer.error.message)}`;
      }
      default:
        return null;
    }
  }

  /** Some lines on what failed, for a colleague. */
  report(
    transfer: ITransfer,
    roots: readonly IRoot[],
    failures: readonly Pick<IFailure, 'key' | 'message'>[]
  ): string {
    return [
      this.title(transfer),
      this.counts(transfer),
      this.trans.__('Archive: %1', transfer.archive),
      this.trans.__('Target: %1', this.target(transfer, roots)),
      this.trans.__('Transfer: %1', transfer.id),
      ...(transfer.error === null ? [] : [transfer.error.message]),
      '',
      ...failures.map(({ key, message }) => `${key}\n    ${message}`)
    ].join('\n');
  }

  /** Why a request was not fulfilled. */
  request(failure: TransferFailure): {
    readonly title: string;
    readonly text: string;
  } {
    const { trans } = this;
    switch (failure.kind) {
      case 'server-away':
        return {
          title: trans.__('The Jupyter server does not answer'),
          text: trans.__(
            'What is copied goes on if the server runs. Nothing that was copied is lost.'
          )
        };
      case 'signed-out':
        return {
          title: trans.__('Your Jupyter server has signed you out'),
          text: trans.__('Reload the page and sign in again.')
        };
      case 'off':
        return {
          title: trans.__('Copying to a workspace needs a Jupyter server'),
          text: trans.__('Here you can open, read and download.')
        };
      default:
        return {
          title: trans.__('The transfers cannot be shown'),
          text: failure.message
        };
    }
  }

  private _duration(seconds: number): string {
    return formatDuration(seconds, this.trans, this.locale);
  }
}

namespace Private {
  /**
   * How many files were checked by no checksum, and whether some of them by
   * nothing but their size: then no more is said of any.
   */
  export function unproven({ version, size = 0 }: ITransfer['checked']): {
    readonly others: number;
    readonly alone: boolean;
  } {
    return { others: version + size, alone: size > 0 };
  }

  /** The first text that fits into a notification, or else the last. */
  export function fitting(texts: readonly string[]): string | undefined {
    return (
      texts.find(text => text.length <= LONGEST_NOTIFICATION) ??
      texts[texts.length - 1]
    );
  }
}
