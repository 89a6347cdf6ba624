import type { TranslationBundle } from '@jupyterlab/translation';
import type { UsageSentences } from './usagesentences';

/** What a dialog says: numbers as the usage panel says them. */
export abstract class Saying {
  constructor(private readonly _usage: UsageSentences) {}

  get trans(): TranslationBundle {
    return this._usage.trans;
  }

  bytes(bytes: number): string {
    return this._usage.bytes(bytes);
  }

  /** A limit: 10 GB */
  limit(bytes: number): string {
    return this._usage.quota.limit(bytes);
  }

  /** 1,234 */
  number(value: number): string {
    return this._usage.quota.number(value);
  }

  /** 1 file, 1,234 files */
  files(count: number): string {
    return this._usage.files(count);
  }
}
