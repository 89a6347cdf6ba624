import type { TranslationBundle } from '@jupyterlab/translation';
import { formatDate, formatNumber } from '../ui/format';

const UNITS = ['B/s', 'kB/s', 'MB/s', 'GB/s'] as const;

/** What is to be said in one line, without what is empty. */
export function joined(...parts: readonly string[]): string {
  return parts.filter(part => part !== '').join(' · ');
}

/** Sentences after one another, without those that are empty. */
export function spaced(...parts: readonly string[]): string {
  return parts.filter(part => part !== '').join(' ');
}

/** A speed: 84 MB/s, 8.4 MB/s. */
export function formatSpeed(bytes: number, locale: string): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (unit < UNITS.length - 1 && Math.round(value) >= 1000) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${formatNumber(value, locale, digits)} ${UNITS[unit]}`;
}

/** A length of time: less than a second, 14 s, 3 min, 1 h 20 min. */
export function formatDuration(
  seconds: number,
  trans: TranslationBundle,
  locale: string
): string {
  if (seconds < 0.95) {
    return trans.__('less than a second');
  }
  if (seconds < 59.5) {
    return trans.__('%1 s', formatNumber(seconds, locale));
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) {
    return trans.__('%1 min', minutes);
  }
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0
    ? trans.__('%1 h', formatNumber(hours, locale))
    : trans.__('%1 h %2 min', formatNumber(hours, locale), minutes % 60);
}

/** A moment: 14:31 of today, else 2026-11-02 14:31. */
export function formatMoment(epoch: number, now: number): string {
  const date = new Date(epoch * 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  const day = formatDate(date);
  return day === formatDate(new Date(now * 1000)) ? time : `${day} ${time}`;
}

/** A share in whole per cent; 100 only when all of it is done. */
export function percentOf(done: number, total: number): number {
  return total <= 0
    ? 0
    : Math.max(
        0,
        Math.min(done >= total ? 100 : 99, Math.floor((100 * done) / total))
      );
}
