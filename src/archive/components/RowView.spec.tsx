import { nullTranslator } from '@jupyterlab/translation';
import { render } from '@testing-library/react';
import * as React from 'react';
import { describeKey } from '../../missions';
import type { IFolderRow, IGroupRow, IObjectRow, Row } from '../rows';
import {
  HEIGHTS,
  heightOf,
  productIcon,
  RowView,
  type IRowViewProps
} from './RowView';

const KEY = 'hst/public/ibg7/ibg705080/ibg705080_drz.fits';

const object: IObjectRow = {
  type: 'object',
  id: `o:${KEY}`,
  name: 'ibg705080_drz.fits',
  grouped: false,
  object: {
    key: KEY,
    size: 168_400_000,
    etag: '"e"',
    lastModified: new Date(2026, 10, 2, 14, 32),
    storageClass: null
  }
};
const folder: IFolderRow = {
  type: 'folder',
  id: 'f:tess/public/tid/s0014/',
  prefix: 'tess/public/tid/s0014/',
  name: 's0014'
};
const group: IGroupRow = {
  type: 'group',
  id: 'g:hst/public/ibg7/ibg705080/',
  prefix: 'hst/public/ibg7/ibg705080/',
  title: 'ibg705080',
  subtitle: 'WFC3',
  count: 9,
  bytes: 1_770_000_000,
  partial: true,
  open: true
};

function show(row: Row, some: Partial<IRowViewProps> = {}) {
  const { container } = render(
    <RowView
      row={row}
      id="row"
      position={7}
      top={280}
      selected={false}
      current={false}
      wide={false}
      compact={false}
      locale="en"
      trans={nullTranslator.load('x')}
      {...some}
    />
  );
  const element = container.querySelector<HTMLElement>('[role=row]');
  if (element === null) {
    throw new Error('no row');
  }
  const text = (selector: string) =>
    element.querySelector(selector)?.textContent ?? null;
  return { element, text };
}

describe('a file’s row', () => {
  it('has label and size on one line, name and date on the other', () => {
    const { text } = show(object);
    expect(text('.mast-Row-line1 .mast-ellipsis')).toBe(
      describeKey(KEY).shortLabel
    );
    expect(text('.mast-Row-line1 .mast-number')).toBe('168.4 MB');
    expect(text('.mast-Row-line2 .mast-mid')).toBe('ibg705080_drz.fits');
    expect(text('.mast-Row-line2 b')).toBe('drz');
    expect(text('.mast-Row-line2 .mast-number')).toBe('2026-11-02');
  });

  it('has the full label for screen readers, and in sight where there is room', () => {
    const { fullLabel } = describeKey(KEY);
    expect(show(object).text('.mast-sr')).toBe(fullLabel);
    const wide = show(object, { wide: true });
    expect(wide.text('.mast-Row-line1 .mast-ellipsis')).toBe(fullLabel);
    expect(wide.text('.mast-sr')).toBeNull();
  });

  it('says bytes and the whole key in its tooltips', () => {
    const { element } = show(object);
    expect(element.querySelector('[title="168,400,000 bytes"]')).not.toBeNull();
    expect(
      element.querySelector('[role=gridcell]')?.getAttribute('title')
    ).toContain(KEY);
  });

  it('has name, size and date on one line when compact', () => {
    const { text, element } = show(object, { compact: true });
    expect(text('.mast-mid')).toBe('ibg705080_drz.fits');
    expect(element.textContent).toContain('168.4 MB');
    expect(text('.mast-Row-line1')).toBeNull();
  });

  it('has a badge in the place of the date, with its word', () => {
    const badge = {
      kind: 'in-workspace' as const,
      text: 'In workspace',
      title: 'In your workspace: hst/x'
    };
    const narrow = show(object, { badge });
    expect(narrow.text('.mast-Row-line2 .mast-Badge')).toBe('In workspace');
    expect(narrow.text('.mast-Row-line2 .mast-number')).toBeNull();
    expect(
      narrow.element.querySelector('.mast-Badge')?.getAttribute('title')
    ).toBe('In your workspace: hst/x');
    const wide = show(object, { badge, wide: true });
    expect(wide.text('.mast-Row-line1 .mast-Badge')).toBe('In workspace');
    expect(wide.text('.mast-Row-line2 .mast-number')).toBe('2026-11-02');
    const compact = show(object, { badge, compact: true });
    expect(compact.text('.mast-Badge')).toBe('In workspace');
    const newer = show(object, { badge: { ...badge, kind: 'newer' } });
    expect(newer.element.querySelector('.mast-mod-newer')).not.toBeNull();
  });

  it.each([
    ['ibg705o8q_raw.fits', 'L1', 'level 1, raw'],
    ['ibg705o8q_flt.fits', 'L2', 'level 2, calibrated'],
    ['ibg705081_drz.fits', 'L3', 'level 3, combined'],
    ['ibg705081_drz.jpg', 'preview', 'preview'],
    ['ibg705081_asn.fits', 'aux', 'auxiliary file']
  ])(
    '%s has its level under a heading, and in its tooltip',
    (name, mark, said) => {
      const key = `hst/public/ibg7/ibg705080/${name}`;
      const row = { ...object, name, object: { ...object.object, key } };
      const alone = show(row);
      expect(alone.text('.mast-Level')).toBeNull();
      const title = (shown: typeof alone) =>
        shown.element.querySelector('[role=gridcell]')?.getAttribute('title');
      expect(title(alone)?.split('\n')).toEqual([
        describeKey(key).fullLabel,
        said,
        key
      ]);
      for (const compact of [false, true]) {
        const grouped = show({ ...row, grouped: true }, { compact });
        expect(grouped.text('.mast-Level [aria-hidden]')).toBe(mark);
        expect(grouped.text('.mast-Level .mast-sr')).toBe(said);
      }
    }
  );

  it('has no level where none is known', () => {
    const key = 'hst/public/ibg7/ibg705080/notes.txt';
    const row = { ...object, object: { ...object.object, key }, grouped: true };
    const { element, text } = show(row);
    expect(text('.mast-Level')).toBeNull();
    expect(
      element.querySelector('[role=gridcell]')?.getAttribute('title')
    ).toBe(`${describeKey(key).fullLabel}\n${key}`);
  });

  it('shows a file without a date', () => {
    const row = { ...object, object: { ...object.object, lastModified: null } };
    expect(show(row).text('.mast-Row-line2 .mast-number')).toBe('');
  });

  it('says where it is in the list, and whether it is selected', () => {
    const { element } = show(object, { selected: true, current: true });
    expect(element.getAttribute('aria-rowindex')).toBe('7');
    expect(element.getAttribute('aria-selected')).toBe('true');
    expect(element.dataset.id).toBe(object.id);
    expect(element.className).toContain('mast-mod-selected');
    expect(element.className).toContain('mast-mod-current');
    expect(element.style.transform).toBe('translateY(280px)');
    expect(show(object).element.getAttribute('aria-selected')).toBe('false');
    expect(
      show({ ...object, grouped: true }).element.getAttribute('aria-level')
    ).toBe('2');
  });
});

describe('a folder’s row', () => {
  it('has its name, and what it holds where that is known', () => {
    const { element } = show(folder);
    expect(element.textContent).toBe('s0014Sector 14');
  });

  it('has a name that can be seen when it is empty', () => {
    expect(
      show({ ...folder, prefix: 'a//', name: '' }).element.textContent
    ).toBe('/');
  });
});

describe('a group’s row', () => {
  it('has title, instrument, count and bytes; more may come', () => {
    const { element } = show(group);
    expect(element.textContent).toBe('ibg705080WFC39+ files · 1.77 GB');
    expect(element.getAttribute('aria-expanded')).toBe('true');
    expect(element.hasAttribute('aria-selected')).toBe(false);
  });

  it('counts one file as one', () => {
    const one = { ...group, count: 1, partial: false, open: false };
    expect(show(one).element.textContent).toContain('1 file · ');
    expect(show(one).element.getAttribute('aria-expanded')).toBe('false');
    expect(show({ ...one, partial: true }).element.textContent).toContain(
      '1+ files'
    );
  });
});

describe('heights and icons', () => {
  it('are fixed for each kind of row', () => {
    expect(heightOf(folder, false)).toBe(HEIGHTS.folder);
    expect(heightOf(group, true)).toBe(HEIGHTS.group);
    expect([heightOf(object, false), heightOf(object, true)]).toEqual([40, 24]);
  });

  it('differ by the kind of product', () => {
    const names = (
      [
        'image',
        'lightcurve',
        'spectrum',
        'targetpixels',
        'table',
        'preview',
        'pdf',
        'text',
        'other'
      ] as const
    ).map(kind => productIcon({ ...describeKey(KEY), kind }).name);
    expect(new Set(names).size).toBe(7);
  });
});
