import { nullTranslator } from '@jupyterlab/translation';
import { QuotaSentences } from './sentences';
import { entryOf } from './testing';
import { UsageSentences } from './usagesentences';

const say = new UsageSentences(
  new QuotaSentences(nullTranslator.load('x'), 'en')
);
const change = (...sizes: readonly (number | null)[]) => ({
  done: sizes.map((allocated, index) => ({
    id: `${index}`,
    name: `file ${index}`,
    allocated,
    trashed: null
  })),
  refused: []
});

describe('what was done', () => {
  it('says the bytes', () => {
    expect(say.trashed(change(5e6, 2e6), [])).toBe(
      '2 files and folders: moved to trash, 7.0 MB; empty the trash to free it.'
    );
    expect(say.deleted(change(5e6), [])).toBe('file 0: deleted, 5.0 MB freed.');
    expect(say.restored(change(5e6))).toBe(
      'file 0: brought back from the trash, 5.0 MB.'
    );
  });

  it('says that nothing is freed', () => {
    expect(say.trashed(change(0), [])).toBe(
      'file 0: moved to trash. Emptying it frees nothing: its files are empty, or have other names.'
    );
    expect(say.deleted(change(0), [])).toBe(
      'file 0: deleted. That frees nothing: its files are empty, or have other names.'
    );
  });

  it('says no bytes where some are not known', () => {
    expect(say.trashed(change(1, null), [])).toBe(
      '2 files and folders: moved to trash; empty it to free the space.'
    );
    expect(say.deleted(change(null), [])).toBe('file 0: deleted.');
    expect(say.restored(change(null))).toBe(
      'file 0: brought back from the trash.'
    );
  });

  it('has its point where names are long or turn text round', () => {
    const entry = entryOf('mastDownload/TESS/x', {
      name: 'tess2019198215352-s0014-0000000377780790-0150-s_tp.fits',
      allocated: 5e6
    });
    const [done] = change(5e6).done;
    const said = say.trashed(
      { done: [{ ...done, id: entry.id }], refused: [] },
      [entry]
    );
    expect(said).toMatch(/^mastDownload.*…\S*-0150-s_tp\.fits: moved to trash/);
    expect(said?.length).toBeLessThan(140);
    expect(
      say.restored({
        done: [{ ...done, name: 'نجوم\u202e\n.fits' }],
        refused: []
      })
    ).toBe(
      '\u2068نجوم\\u{202E}\\u{000A}.fits\u2069: brought back from the trash, 5.0 MB.'
    );
    expect(
      say.refused({
        refused: ['a', 'b', 'c'].map(name => ({
          id: name,
          name,
          message: 'Something copies to it.'
        }))
      })
    ).toBe('3 stayed. a: Something copies to it. And 2 more stayed.');
  });

  it('says nothing where nothing was done', () => {
    expect([
      say.trashed(change(), []),
      say.deleted(change(), []),
      say.restored(change())
    ]).toEqual([null, null, null]);
  });
});
