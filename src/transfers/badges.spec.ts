import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import type { IArchiveObject, ICopy, ITransfers } from '../tokens';
import { Badges } from './badges';

const object = (key: string, etag: string): IArchiveObject => ({
  key,
  etag,
  size: 1,
  lastModified: null,
  storageClass: null
});
const copy = (key: string, etag: string, path: string | null): ICopy => ({
  key,
  etag,
  path,
  size: 1,
  absolute: `/home/ann/${path ?? 'elsewhere'}`,
  time: 1
});

class Record implements ITransfers {
  noteChange(): void {
    this.copiesChanged.emit();
  }

  readonly asked: string[] = [];
  answers: Promise<readonly ICopy[]>[] = [];
  readonly copiesChanged = new Signal<this, void>(this);

  copies(archive: string, prefix: string): Promise<readonly ICopy[]> {
    this.asked.push(`${archive}/${prefix}`);
    return this.answers.shift() ?? Promise.resolve([]);
  }
}

function setUp(...copies: ICopy[]) {
  const record = new Record();
  record.answers = [Promise.resolve(copies)];
  const badges = new Badges(record, nullTranslator.load('x'));
  let changes = 0;
  badges.changed.connect(() => changes++);
  return { record, badges, changes: () => changes };
}
const settled = () => new Promise(resolve => setTimeout(resolve, 0));

describe('badges', () => {
  it('ask for nothing before files are in sight', () => {
    const { record, badges } = setUp();
    expect(badges.badge('mast', object('a/x', '"1"'))).toBeNull();
    record.copiesChanged.emit();
    expect(record.asked).toEqual([]);
  });

  it('tell the same version, another one, and none', async () => {
    const { badges, changes, record } = setUp(
      copy('a/x', '"1"', 'hst/x'),
      copy('a/y', '"1"', null)
    );
    badges.show('mast', 'a/');
    await settled();
    expect(record.asked).toEqual(['mast/a/']);
    expect(changes()).toBe(1);
    expect(badges.badge('mast', object('a/x', '"1"'))).toEqual({
      kind: 'in-workspace',
      text: 'In workspace',
      title: 'In your workspace: hst/x'
    });
    expect(badges.badge('mast', object('a/y', '"2"'))).toMatchObject({
      kind: 'newer',
      title: expect.stringContaining('/home/ann/elsewhere')
    });
    expect(badges.badge('mast', object('a/z', '"1"'))).toBeNull();
    expect(badges.badge('other', object('a/x', '"1"'))).toBeNull();
  });

  it('tell of no newer version where versions are not known', async () => {
    const { badges } = setUp(
      copy('a/x', '', 'hst/x'),
      copy('a/y', '"1"', 'hst/y')
    );
    badges.show('mast', 'a/');
    await settled();
    for (const [key, etag] of [
      ['a/x', ''],
      ['a/x', '"1"'],
      ['a/y', '']
    ]) {
      expect(badges.badge('mast', object(key, etag))?.kind).toBe(
        'in-workspace'
      );
    }
  });

  it('are in the workspace when any of several copies is the same', async () => {
    const { badges } = setUp(
      copy('a/x', '"1"', 'old/x'),
      copy('a/x', '"2"', 'new/x')
    );
    badges.show('mast', 'a/');
    await settled();
    expect(badges.badge('mast', object('a/x', '"2"'))?.title).toContain(
      'new/x'
    );
  });

  it.each([
    ['hst/x', 2],
    ['hst', 2],
    ['hs', 1],
    ['hst/x/y', 1]
  ])('are asked for again when %s was deleted', async (path, times) => {
    const { record, badges } = setUp(copy('a/x', '"1"', 'hst/x'));
    badges.show('mast', 'a/');
    await settled();
    badges.forget(path);
    await settled();
    expect(record.asked).toHaveLength(times);
    expect(badges.badge('mast', object('a/x', '"1"')) === null).toBe(
      times === 2
    );
  });

  it('are the same object at every call, so that rows are not drawn anew', async () => {
    const { badges } = setUp(copy('a/x', '"1"', 'x'));
    badges.show('mast', 'a/');
    await settled();
    const x = object('a/x', '"1"');
    expect(badges.badge('mast', x)).toBe(badges.badge('mast', { ...x }));
  });

  it('are asked for again when copies were made', async () => {
    const { badges, record } = setUp();
    badges.show('mast', 'a/');
    await settled();
    record.answers = [Promise.resolve([copy('a/x', '"1"', 'x')])];
    record.copiesChanged.emit();
    await settled();
    expect(record.asked).toEqual(['mast/a/', 'mast/a/']);
    expect(badges.badge('mast', object('a/x', '"1"'))).not.toBeNull();
  });

  it('are those of the folder that was shown last', async () => {
    const { badges, record } = setUp();
    let slow: (copies: readonly ICopy[]) => void = () => undefined;
    record.answers = [
      new Promise(resolve => {
        slow = resolve;
      }),
      Promise.resolve([copy('b/x', '"1"', 'x')])
    ];
    badges.show('mast', 'a/');
    badges.show('mast', 'b/');
    await settled();
    slow([copy('a/x', '"1"', 'x')]);
    await settled();
    expect(badges.badge('mast', object('b/x', '"1"'))).not.toBeNull();
    expect(badges.badge('mast', object('a/x', '"1"'))).toBeNull();
  });

  it('are left out when the record cannot be read', async () => {
    const warned = jest.spyOn(console, 'warn').mockImplementation();
    const { badges, record } = setUp();
    record.answers = [Promise.reject(new Error('away'))];
    badges.show('mast', 'a/');
    await settled();
    expect(badges.badge('mast', object('a/x', '"1"'))).toBeNull();
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
  });
});
