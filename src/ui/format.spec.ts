import * as fc from 'fast-check';
import { formatBytes, formatDate, formatNumber, formatTime } from './format';

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [11_520, '11.5 kB'],
    [99_949, '99.9 kB'],
    [99_960, '100 kB'],
    [168_400, '168 kB'],
    [999_499, '999 kB'],
    [999_950, '1.0 MB'],
    [1_000_000, '1.0 MB'],
    [168_400_000, '168.4 MB'],
    [999_960_000, '1.00 GB'],
    [1_770_000_000, '1.77 GB'],
    [4_200_000_000, '4.20 GB'],
    [41_200_000_000, '41.20 GB'],
    [2_500_000_000_000, '2.50 TB'],
    [3e15, '3.00 PB'],
    [2e18, '2,000.00 PB']
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('writes bytes out as the language does', () => {
    expect(formatBytes(14, 'de')).toBe('14 Byte');
    expect(formatBytes(14, 'fr_FR')).toMatch(/^14\soctets$/);
    expect(formatBytes(14, 'default')).toBe('14 bytes');
  });

  it('writes the decimal mark of the language', () => {
    expect(formatBytes(4_200_000_000, 'de')).toBe('4,20 GB');
    expect(formatBytes(4_200_000_000, 'de_DE')).toBe('4,20 GB');
    expect(formatBytes(4_200_000_000, 'default')).toBe('4.20 GB');
  });

  const UNIT: Record<string, number> = {
    byte: 1,
    bytes: 1,
    kB: 1e3,
    MB: 1e6,
    GB: 1e9,
    TB: 1e12
  };

  it('is never 1,000 of a unit, and as exact as it looks', () => {
    fc.assert(
      fc.property(
        fc
          .double({ min: 0, max: 14.9, noNaN: true })
          .map(x => Math.floor(10 ** x)),
        bytes => {
          const [number, unit] = formatBytes(bytes).split(' ');
          expect(Number(number)).toBeLessThan(1000);
          const step = UNIT[unit] * 10 ** -(number.split('.')[1] ?? '').length;
          expect(
            Math.abs(Number(number) * UNIT[unit] - bytes)
          ).toBeLessThanOrEqual(step * 0.5000001);
          if (unit === 'kB' && Number(number) >= 100) {
            expect(number).not.toContain('.');
          }
        }
      ),
      { numRuns: 2000 }
    );
  });

  it('does not get smaller when there are more bytes', () => {
    const value = (bytes: number) => {
      const [number, unit] = formatBytes(bytes).split(' ');
      return Number(number) * UNIT[unit];
    };
    fc.assert(
      fc.property(fc.nat(2e9), fc.nat(2e9), (a, b) => {
        expect(value(Math.max(a, b))).toBeGreaterThanOrEqual(
          value(Math.min(a, b))
        );
      })
    );
  });
});

describe('numbers, dates, times', () => {
  it('have thousands separators', () => {
    expect(formatNumber(12_345)).toBe('12,345');
    expect(formatNumber(12_345, 'de')).toBe('12.345');
    expect(formatNumber(1.25, 'en', 1)).toMatch(/^1\.[23]$/);
  });

  it('are ISO dates in the person’s time zone', () => {
    expect(formatDate(new Date(2026, 10, 2, 23, 59))).toBe('2026-11-02');
    expect(formatDate(new Date(2026, 0, 1, 0, 0))).toBe('2026-01-01');
    expect(formatDate(null)).toBe('');
  });

  it('are times to the second', () => {
    expect(formatTime(new Date(2026, 10, 2, 4, 32, 7))).toBe('04:32:07');
  });
});
