import { render } from '@testing-library/react';
import * as fc from 'fast-check';
import * as React from 'react';
import { MiddleText } from './MiddleText';
import { visible } from './names';

function show(props: React.ComponentProps<typeof MiddleText>) {
  const { container } = render(<MiddleText {...props} />);
  const parts = [...container.querySelectorAll('.mast-mid > span')].map(
    part => part.textContent
  );
  return { container, parts, bold: container.querySelector('b')?.textContent };
}

describe('MiddleText', () => {
  it('keeps the end in sight', () => {
    expect(show({ text: 'tess2019198215352-s0014_lc.fits' }).parts).toEqual([
      'tess2019198215352',
      '-s0014_lc.fits'
    ]);
  });

  it('does not cut what is short', () => {
    expect(show({ text: 'short.txt' }).parts).toEqual(['short.txt']);
    expect(show({ text: '' }).parts).toEqual(['']);
  });

  it('has the suffix in bold, and never cuts before its beginning', () => {
    const { parts, bold } = show({
      text: 'ibg705080_drz_and_a_long_end.fits',
      bold: [10, 13]
    });
    expect(bold).toBe('drz');
    expect(parts).toEqual(['ibg705080_', 'drz_and_a_long_end.fits']);
  });

  it('takes the length of the end that it is told', () => {
    expect(show({ text: 'abcdefghij', tail: 3 }).parts).toEqual([
      'abcdefg',
      'hij'
    ]);
  });

  it('is written from right to left where its letters are', () => {
    const { container } = show({ text: 'תצפית_של_ערפילית_הנשר_2026.fits' });
    expect(container.firstElementChild?.getAttribute('dir')).toBe('auto');
  });

  it('is not cut among letters that run against the rest', () => {
    const parts = (text: string) => show({ text }).parts;
    const mixed = [
      'hst_תצפיתשלערפיליתהנשרבאור.fits',
      'תצפית_ibg705080_with_a_long_end.fits'
    ];
    for (const text of mixed) {
      expect(parts(text)).toEqual([text]);
    }
    for (const text of [
      'תצפית_של_ערפילית_הנשר_2026.fits',
      'ibg705080_with_a_long_name_of_נשר.fits'
    ]) {
      expect(parts(text)).toHaveLength(2);
    }
  });

  it('is the text again, in whole characters, wherever it is cut', () => {
    const sample = fc.record({
      text: fc.string({ unit: 'binary', maxLength: 40 }),
      from: fc.nat(40),
      length: fc.nat(5),
      tail: fc.integer({ min: 1, max: 30 }),
      isBold: fc.boolean()
    });
    fc.assert(
      fc.property(sample, ({ text, from, length, tail, isBold }) => {
        const start = Math.min(from, text.length);
        const whole = (at: number) => !/[\udc00-\udfff]/.test(text.charAt(at));
        fc.pre(!isBold || (whole(start) && whole(start + length)));
        const { container, parts } = show({
          text,
          tail,
          bold: isBold ? [start, start + length] : undefined
        });
        expect(container.textContent).toBe(visible(text));
        for (const part of parts) {
          expect(part).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
        }
      }),
      { numRuns: 300 }
    );
  });
});
