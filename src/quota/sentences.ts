import type { TranslationBundle } from '@jupyterlab/translation';
import { formatBytes, formatNumber } from '../ui/format';
import type { IRootUsage, IThresholds } from './types';
import { levelOf, type QuotaModel } from './model';
import { isolated } from '../ui/names';

const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB'];

/** A figure this much older (seconds) than its last look is said to be so. */
const OLD = 1800;

/** What is said of used space. */
export class QuotaSentences {
  constructor(
    readonly trans: TranslationBundle,
    /** JupyterLab's language, for numbers. */
    readonly locale: string
  ) {}

  /** 4.20 GB */
  bytes(bytes: number): string {
    return formatBytes(bytes, this.locale);
  }

  /** 1,234 */
  number(value: number): string {
    return formatNumber(value, this.locale);
  }

  /**
   * The few words of the status bar.
   *
   * @param now - Seconds since 1970.
   */
  short(root: IRootUsage, thresholds: IThresholds, now: number): string {
    const { trans } = this;
    if (root.measured === null) {
      return root.problem === null
        ? this.counting(root)
        : trans.__('Used space is not known');
    }
    const said = this._share(root, levelOf(root, thresholds) === 'critical');
    const age = this._age(root, now);
    return age > OLD || root.problem !== null
      ? trans.__('%1 · %2 ago', said, this.duration(age))
      : said;
  }

  /** Counting your files… 38,200 */
  counting(root: IRootUsage): string {
    return root.counting === null
      ? this.trans.__('Counting your files…')
      : this.trans.__('Counting your files… %1', this.number(root.counting));
  }

  /** 4.20 GB of 10 GB used */
  used(root: IRootUsage): string {
    return root.limit === null
      ? this.trans.__('%1 used', this.bytes(root.used))
      : this.trans.__(
          '%1 of %2 used',
          this.bytes(root.used),
          this.limit(root.limit)
        );
  }

  /** A limit, without decimals that say nothing: 10 GB, 10.74 GB. */
  limit(bytes: number): string {
    const [unit, power] = Private.unitOf(bytes, 2);
    return `${this._trimmed(bytes / power, 2)} ${unit}`;
  }

  /** 42 % */
  percent(root: IRootUsage): string {
    return root.limit === null || root.limit === 0
      ? ''
      : `${this.number(Math.floor((100 * root.used) / root.limit))} %`;
  }

  /** Reserved by 1 running copy */
  reserved(root: IRootUsage): string {
    const copies = Math.max(1, root.copies);
    return this.trans._n(
      'Reserved by %2 running copy',
      'Reserved by %2 running copies',
      copies,
      this.number(copies)
    );
  }

  /** Why the limit is not known; nothing where it is. */
  limitProblem(root: IRootUsage): string {
    const { trans } = this;
    if (root.limit_problem === null) {
      return '';
    }
    const said = trans.__(
      'The limit cannot be told: %1. Ask the administrator of the server.',
      root.limit_problem
    );
    return root.limit === null
      ? said
      : `${said} ${trans.__('The last limit that was known holds.')}`;
  }

  /** Folders of which the content may be missing. */
  unreadable(root: IRootUsage): string {
    return this.trans._n(
      '%2 folder could not be read: what is in it may be missing.',
      '%2 folders could not be read: what is in them may be missing.',
      root.unreadable,
      this.number(root.unreadable)
    );
  }

  /** When it was counted. */
  age(root: IRootUsage, now: number): string {
    const { trans } = this;
    if (root.measured === null) {
      return this.counting(root);
    }
    const counted = Math.max(0, now - root.measured);
    const said =
      counted < 60
        ? trans.__('Counted just now.')
        : trans.__('Counted %1 ago.', this.duration(counted));
    return root.counting === null
      ? said
      : `${said} ${trans.__('Counting again… %1', this.number(root.counting))}`;
  }

  /** Which changes since it was counted are in it; nothing just after that. */
  included(root: IRootUsage, now: number): string {
    const { trans } = this;
    const { measured, swept, reread } = root;
    if (measured === null || swept === null || reread === null) {
      return '';
    }
    if (now - measured < 60) {
      return '';
    }
    const others = this.duration(Math.max(0, now - swept));
    const grown = this.duration(Math.max(0, now - reread));
    return others === grown
      ? trans.__(
          'What you save and copy here counts at once; other changes of the last %1 may be missing.',
          others
        )
      : trans.__(
          'What you save and copy here counts at once; other changes of the last %1 may be missing, and what files grew by in the last %2.',
          others,
          grown
        );
  }

  /** What is announced when a threshold is passed. */
  passed(root: IRootUsage, thresholds: IThresholds): string {
    const { trans } = this;
    if (root.limit === null) {
      return `${this._share(root, false)}.`;
    }
    const share = trans.__('%1 used.', this._share(root, false));
    if (levelOf(root, thresholds) !== 'critical') {
      return share;
    }
    if (root.used > root.limit) {
      return trans.__(
        'You use %1. Copies wait until there is room; saving your notebooks still works.',
        this._share(root, false)
      );
    }
    if (root.reserve === 0) {
      return trans.__(
        '%1 used, %2 free.',
        this._share(root, false),
        this._tenths(root.free ?? 0, root.limit)
      );
    }
    return trans.__(
      '%1 used, %2 free (%3 are kept so that your server can start).',
      this._share(root, false),
      this._tenths(root.free ?? 0, root.limit),
      this._tenths(root.reserve, root.limit)
    );
  }

  /** The same, with the name of a root that is not the home. */
  passedOf(root: IRootUsage, { home, thresholds }: QuotaModel): string {
    const said = this.passed(root, thresholds);
    return root.id === home?.id
      ? said
      : this.trans.__('%1: %2', isolated(root.title), said);
  }

  /** almost full; nothing of a root that has room. */
  level(root: IRootUsage, thresholds: IThresholds): string {
    const { trans } = this;
    const level = levelOf(root, thresholds);
    return level === 'normal' || root.limit === null
      ? ''
      : level === 'warning'
        ? trans.__('getting full')
        : root.used < root.limit
          ? trans.__('almost full')
          : trans.__('full');
  }

  /** 14 s, 3 min, 1 h 20 min, 2 days */
  duration(seconds: number): string {
    const { trans } = this;
    if (seconds < 59.5) {
      return trans.__('%1 s', Math.round(seconds));
    }
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) {
      return trans.__('%1 min', minutes);
    }
    const hours = Math.floor(minutes / 60);
    if (hours < 48) {
      return minutes % 60 === 0 || hours > 9
        ? trans.__('%1 h', hours)
        : trans.__('%1 h %2 min', hours, minutes % 60);
    }
    const days = Math.floor(hours / 24);
    return trans._n('%2 day', '%2 days', days, this.number(days));
  }

  /** Seconds since changes were last looked for. */
  private _age(root: IRootUsage, now: number): number {
    return Math.max(0, now - (root.refreshed ?? root.measured ?? now));
  }

  /** 4.2 of 10 GB; with `left` also 0.3 GB left. */
  private _share(root: IRootUsage, left: boolean): string {
    const { limit, used } = root;
    if (limit === null) {
      return this.trans.__('%1 used', this._tenths(used, used));
    }
    const [unit, power] = Private.unitOf(limit === 0 ? used : limit, 1);
    const share = this.trans.__(
      '%1 of %2 %3',
      this._tenth(used / power),
      this._trimmed(limit / power, 1),
      unit
    );
    return left && used <= limit
      ? this.trans.__('%1, %2 left', share, this._tenths(limit - used, limit))
      : share;
  }

  /** With one decimal, in the unit that fits another size: 0.3 GB. */
  private _tenths(bytes: number, like: number): string {
    const [unit, power] = Private.unitOf(like, 1);
    return `${this._tenth(bytes / power)} ${unit}`;
  }

  private _tenth(value: number): string {
    return value > 0 && value < 0.05
      ? `<${formatNumber(0.1, this.locale, 1)}`
      : formatNumber(value, this.locale, 1);
  }

  private _trimmed(value: number, digits: number): string {
    const rounded = Number(value.toFixed(digits));
    let fewest = 0;
    while (Number(rounded.toFixed(fewest)) !== rounded) {
      fewest++;
    }
    return formatNumber(rounded, this.locale, fewest);
  }
}

namespace Private {
  /** The unit in which a size is told with so many digits, and its bytes. */
  export function unitOf(bytes: number, digits: number): [string, number] {
    let index = 0;
    while (
      index < UNITS.length - 1 &&
      Number((bytes / 1000 ** (index + 1)).toFixed(digits)) >= 1000
    ) {
      index++;
    }
    return [UNITS[index], 1000 ** (index + 1)];
  }
}
