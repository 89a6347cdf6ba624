import * as fc from 'fast-check';
import { DOCUMENT, documentOf, linkOf } from './link';
import { toPath } from './paths';

describe('linkOf', () => {
  it('reads text and archive, and gives back the rest', () => {
    expect(
      linkOf('?token&mast=hst%2Fpublic%2Fibg7%2F&archive=sample&factory=Editor')
    ).toEqual({
      text: 'hst/public/ibg7/',
      archive: 'sample',
      rest: '?token=&factory=Editor'
    });
  });

  it('needs no archive, and leaves nothing where nothing else was', () => {
    expect(linkOf('?mast=TIC+377780790')).toEqual({
      text: 'TIC 377780790',
      archive: null,
      rest: ''
    });
  });

  it.each([
    '',
    '?',
    '?mast=',
    '?mast=%20',
    '?archive=mast',
    '?other=mast',
    // JupyterLab comes back to the address without these.
    '?reset&mast=x',
    '?mast=x&clone=auto-a'
  ])('finds no link in %p', search => {
    expect(linkOf(search)).toBeNull();
  });

  it('gives any text back that was encoded', () => {
    fc.assert(
      fc.property(
        fc
          .string({ unit: 'binary', minLength: 1 })
          .filter(text => text.trim() !== ''),
        text => {
          const link = linkOf(`?mast=${encodeURIComponent(text)}&archive=mast`);
          expect(link).toEqual({ text, archive: 'mast', rest: '' });
        }
      )
    );
  });

  it('reads any query without an error', () => {
    fc.assert(
      fc.property(fc.string(), search => {
        const link = linkOf(`?mast=x&${search}`);
        expect(link === null || link.text === 'x').toBe(true);
      })
    );
  });
});

describe('documentOf', () => {
  /** As JupyterLab writes a path into the address. */
  const address = (path: string) =>
    `/user/me/lab/workspaces/auto-1/tree/${path.split('/').map(encodeURIComponent).join('/')}`;

  it('reads the document of any key', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z]+$/),
        fc.string({ unit: 'grapheme', minLength: 1 }),
        (archive, key) => {
          const path = toPath(archive, key);
          expect(documentOf(address(path))).toBe(path);
          expect(`${address(path)}?a=b#c`).toMatch(DOCUMENT);
        }
      )
    );
  });

  it.each([
    '/lab/tree/MAST:sample/a.txt',
    '/user/me/doc/tree/MAST%3Asample/a.txt',
    '/lab/workspaces/x/tree/MAST:sample/a.txt'
  ])('finds it in %s', path => {
    expect(documentOf(path)).toBe('MAST:sample/a.txt');
  });

  it('takes what is no escape as it stands', () => {
    expect(documentOf('/lab/tree/MAST:sample/100%zz')).toBe(
      'MAST:sample/100%zz'
    );
  });

  it.each([
    '/lab',
    '/lab/tree/work/a.txt',
    '/lab/tree/work/MAST:x/a.txt',
    '/lab/tree/RTC:a.txt',
    '/tree/MAST:x/a.txt',
    '/lab/tree/MAST'
  ])('leaves %s to JupyterLab', path => {
    expect(documentOf(path)).toBeNull();
  });
});
