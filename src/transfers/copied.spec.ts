import { PromiseDelegate } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import type { ICopy, ITransfers } from '../tokens';
import { CopiedFiles } from './copied';

const copyAt = (path: string): ICopy => ({
  key: `hst/${path}`,
  etag: '"e"',
  size: 1,
  path,
  absolute: `/home/ann/${path}`,
  time: 1
});

/** A record of copies that a test writes. */
class Record {
  readonly copiesChanged = new Signal<this, void>(this);
  paths: string[] = [];
  asked = 0;
  away = false;
  /** Answers wait for it. */
  held: Promise<void> = Promise.resolve();

  async copies(): ReturnType<ITransfers['copies']> {
    this.asked++;
    const { paths, held } = this;
    if (this.away) {
      throw new Error('away');
    }
    await held;
    return paths.map(copyAt);
  }

  /** What is there now, as the page is told. */
  change(...paths: string[]): void {
    this.paths = paths;
    this.copiesChanged.emit();
  }
}

async function setUp(...paths: string[]) {
  const record = new Record();
  record.paths = paths;
  const archives = [{ id: 'mast' }];
  const copied = new CopiedFiles(record, {
    archives
  } as unknown as ConstructorParameters<typeof CopiedFiles>[1]);
  await copied.load();
  return { record, copied };
}

describe('which files are copies', () => {
  it('is asked once for all, and again when there are others', async () => {
    const { record, copied } = await setUp('a');
    await copied.load();
    expect(record.asked).toBe(1);
    expect(copied.at('a')).toMatchObject({
      archive: 'mast',
      copy: copyAt('a')
    });
    expect(copied.at('b')).toBeNull();
    record.change('a', 'b');
    // Nobody knows, but that it was one.
    expect(copied.at('a')).toBeTruthy();
    expect(copied.at('b')).toBeUndefined();
    await copied.load();
    expect(copied.at('b')).toBeTruthy();
    expect(copied.at('c')).toBeNull();
  });

  it('is read again only where somebody has asked before', async () => {
    const { record, copied } = await setUp('a');
    record.change('b');
    await copied.renew();
    expect(copied.at('a')).toBeNull();
    const other = new CopiedFiles(record, { archives: [] });
    const { asked } = record;
    await other.renew();
    expect(record.asked).toBe(asked);
  });

  it('is not known after an answer that failed', async () => {
    const { record, copied } = await setUp('a');
    record.change('a', 'b');
    record.away = true;
    await expect(copied.load()).rejects.toThrow('away');
    expect(copied.at('b')).toBeUndefined();
    record.away = false;
    await copied.load();
    expect(copied.at('b')).toBeTruthy();
  });

  it('is read once more when it changed while it was read', async () => {
    const { record, copied } = await setUp();
    const held = new PromiseDelegate<void>();
    record.held = held.promise;
    record.change('a');
    const first = copied.load();
    record.change('a', 'b');
    const second = copied.load();
    held.resolve();
    await first;
    await second;
    expect(copied.at('a')).toBeTruthy();
    expect(copied.at('b')).toBeTruthy();
  });

  it('follows what is moved: nothing is left where it was', async () => {
    const { record, copied } = await setUp('a/x', 'a/y', 'ab');
    record.paths = ['a/z', 'a/y', 'ab'];
    copied.forget('a/x');
    expect(copied.at('a/x')).toBeUndefined();
    expect(copied.at('a/y')).toBeTruthy();
    await copied.load();
    expect(copied.at('a/x')).toBeNull();
    expect(copied.at('a/z')).toBeTruthy();

    record.paths = ['b/z', 'b/y', 'ab'];
    copied.forget('a');
    expect(copied.at('a/y')).toBeUndefined();
    expect(copied.at('ab')).toBeTruthy();
    await copied.load();
    expect(copied.at('a/y')).toBeNull();
    expect(copied.at('b/y')).toBeTruthy();
  });

  it('is as it was when another file is moved', async () => {
    const { record, copied } = await setUp('a');
    copied.forget('b');
    await copied.load();
    expect(record.asked).toBe(1);
  });

  it('tells when its answers change', async () => {
    const { record, copied } = await setUp('a');
    let changes = 0;
    copied.changed.connect(() => changes++);
    record.change('b');
    expect(changes).toBe(1);
    await copied.load();
    expect(changes).toBe(2);
    copied.forget('b');
    expect(changes).toBe(3);
  });
});
