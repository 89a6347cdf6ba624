/**
 * Sizes, dates and times as all panels show them (decimal units, as S3
 * consoles do: 1 GB = 1,000,000,000 bytes).
 */

import { formatNumber, formatOf } from './numbers';

export { formatNumber };

/** Symbols, the same in all languages; bytes are written out. */
const UNITS = ['', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * A size in decimal units: kB without decimals (one below 100 kB), MB with
 * one, GB and above with two.
 *
 * @param bytes - The size in bytes; at least 0.
 * @param locale - A BCP 47 language tag, for the decimal mark and for bytes.
 */
export function formatBytes(bytes: number, locale = 'en'): string {
  let unit = 0;
  let value = bytes;
  // 999,950 bytes would print as 1,000 kB.
  while (
    unit < UNITS.length - 1 &&
    Number(value.toFixed(Private.digits(unit, value))) >= 1000
  ) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) {
    return formatOf('bytes', locale, Private.BYTES).format(value);
  }
  const digits = Private.digits(unit, value);
  return `${formatNumber(value, locale, digits)} ${UNITS[unit]}`;
}

/**
 * A date as 2026-11-02, in the person's time zone; empty for `null`.
 */
export function formatDate(date: Date | null): string {
  if (date === null) {
    return '';
  }
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A time as 14:32:07, in the person's time zone. */
export function formatTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

namespace Private {
  /** 1 byte, 14 bytes. */
  export const BYTES: Intl.NumberFormatOptions = {
    style: 'unit',
    unit: 'byte',
    unitDisplay: 'long'
  };

  export function digits(unit: number, value: number): number {
    switch (unit) {
      case 0:
        return 0;
      case 1:
        // 99.95 would print as 100.0.
        return value < 99.95 ? 1 : 0;
      case 2:
        return 1;
      default:
        return 2;
    }
  }
}
