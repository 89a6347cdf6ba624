import * as fc from 'fast-check';
import * as fs from 'fs';
import * as path from 'path';
import { readBookmarks, readGrouping, readPlaces } from './panelsettings';
import { readTemplates } from './settings';

describe('settings', () => {
  it('read templates, and fill what they leave out', () => {
    expect(
      readTemplates([
        { id: 'a', one: 'print({{uri}})' },
        {
          id: 'b',
          title: 'B',
          kinds: ['image', 3],
          missions: ['hst', null],
          extensions: ['.fits'],
          one: 'x',
          many: 'y',
          other: 1
        }
      ])
    ).toEqual([
      {
        id: 'a',
        title: 'a',
        kinds: [],
        missions: [],
        extensions: [],
        one: 'print({{uri}})'
      },
      {
        id: 'b',
        title: 'B',
        kinds: ['image'],
        missions: ['hst'],
        extensions: ['.fits'],
        one: 'x',
        many: 'y'
      }
    ]);
  });

  it('have the templates of templates.json for their default', () => {
    const read = (file: string): unknown =>
      JSON.parse(fs.readFileSync(path.join(__dirname, file), 'utf8'));
    expect(read('../../schema/archive-actions.json')).toMatchObject({
      properties: { templates: { default: read('templates.json') } }
    });
  });

  it('leave out what is no template', () => {
    expect(
      readTemplates([{ id: 'a' }, { one: 'x' }, null, 'x', 3, []])
    ).toEqual([]);
  });

  it('read places, and only what belongs to them', () => {
    expect(
      readPlaces([
        { archive: 'mast', prefix: 'a/', more: true },
        { archive: 'mast' },
        { prefix: 'a/' },
        null
      ])
    ).toEqual([{ archive: 'mast', prefix: 'a/' }]);
  });

  it('read bookmarks, with their day where they have one', () => {
    expect(
      readBookmarks([
        { archive: 'mast', prefix: 'a/', added: '2026-11-02' },
        { archive: 'mast', prefix: 'b/', added: 5 },
        { archive: 1, prefix: 'c/' }
      ])
    ).toEqual([
      { archive: 'mast', prefix: 'a/', added: '2026-11-02' },
      { archive: 'mast', prefix: 'b/', added: '' }
    ]);
  });

  it('read choices that are true or false', () => {
    expect(
      readGrouping({ 'mast/hst/public/': true, b: 'yes', c: false, d: 1 })
    ).toEqual({
      'mast/hst/public/': true,
      c: false
    });
  });

  it('read anything without an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(fc.anything())), value => {
        expect(Array.isArray(readTemplates(value))).toBe(true);
        expect(Array.isArray(readPlaces(value))).toBe(true);
        expect(Array.isArray(readBookmarks(value))).toBe(true);
        expect(
          Object.values(readGrouping(value)).every(
            one => typeof one === 'boolean'
          )
        ).toBe(true);
      })
    );
  });
});
