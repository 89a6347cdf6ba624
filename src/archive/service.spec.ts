import { ServerConnection } from '@jupyterlab/services';
import { ArchiveModel } from './model';
import { ArchiveService } from './service';
import { archiveInfo, FakeStore, manyKeys, english } from './testing';

const info = archiveInfo();
const sample = archiveInfo({ id: 'sample', route: 'direct' });

function setUp() {
  const service = new ArchiveService(
    { archives: [info, sample], relay: true, problem: null },
    ServerConnection.makeSettings(),
    english
  );
  const store = new FakeStore(['hst/public/a.txt', 'hst/public/b c.txt']);
  const stores = service as unknown as { _stores: Map<string, FakeStore> };
  stores._stores.set('mast', store);
  return { service, store };
}

describe('ArchiveService', () => {
  it('knows its archives, and by which way they are read', () => {
    const { service } = setUp();
    expect(service.get('sample')).toBe(sample);
    expect(service.get('other')).toBeUndefined();
    expect([service.relayed(info), service.relayed(sample)]).toEqual([
      true,
      false
    ]);
  });

  it('has one store for each archive', () => {
    const { service, store } = setUp();
    expect(service.open(info)).toBe(store);
    expect(service.open(sample)).toBe(service.open(sample));
    expect(service.open(sample)).not.toBe(store);
  });

  it('finds the place that a text leads to', async () => {
    const { service } = setUp();
    expect(await service.locate('hst/public/a.txt')).toEqual({
      archive: 'mast',
      prefix: 'hst/public/',
      key: 'hst/public/a.txt'
    });
    expect(await service.locate('hst/public/zzz')).toBeNull();
    await expect(service.locate('a', 'other')).rejects.toThrow('"other"');
  });

  it('lists all that lies below a prefix', async () => {
    const { service, store } = setUp();
    const stores = service as unknown as { _stores: Map<string, FakeStore> };
    stores._stores.set('mast', new FakeStore(manyKeys('hst/public/', 25), 10));
    const sizes: number[] = [];
    for await (const page of service.objectsBelow('mast', 'hst/public/')) {
      sizes.push(page.length);
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(store.requests).toEqual([]);
    expect(service.chosen('selection')).toEqual({ objects: [], folders: [] });
  });

  it('shows what the panel has selected, and tells of changes', async () => {
    const { service } = setUp();
    let told = 0;
    service.selectionChanged.connect(() => told++);
    expect([service.current, service.selection, service.model]).toEqual([
      null,
      [],
      null
    ]);
    const model = new ArchiveModel({
      trans: english,
      archives: service.archives,
      open: service.open
    });
    service.attach(model);
    await model.goTo({ archive: 'mast', prefix: 'hst/public/' });
    const before = told;
    model.select(selection => selection.only('o:hst/public/a.txt'));
    expect(told).toBe(before + 1);
    expect(service.current).toBe(info);
    expect(service.selection.map(object => object.key)).toEqual([
      'hst/public/a.txt'
    ]);
  });

  it('asks for the properties once, and cuts reads at the end', async () => {
    const { service, store } = setUp();
    const head = jest.spyOn(store, 'head');
    const bytes = service.bytes('mast', 'hst/public/a.txt');
    expect(await bytes.size()).toBe(16);
    expect(Buffer.from(await bytes.read(4, 10)).toString()).toBe('public');
    expect(Buffer.from(await bytes.read(12, 1000)).toString()).toBe('.txt');
    expect(await bytes.read(16, 20)).toHaveLength(0);
    expect(head).toHaveBeenCalledTimes(1);
    expect(store.reads).toEqual([
      { key: 'hst/public/a.txt', start: 4, end: 10, etag: '"16"' },
      { key: 'hst/public/a.txt', start: 12, end: 16, etag: '"16"' }
    ]);
  });

  it('asks for checksums where the properties themselves are wanted', async () => {
    const { service, store } = setUp();
    const head = jest.spyOn(store, 'head');
    await service.head('mast', 'hst/public/a.txt');
    expect(head.mock.calls).toEqual([['hst/public/a.txt', undefined, true]]);
  });

  it('asks again after the properties could not be had', async () => {
    const { service, store } = setUp();
    const bytes = service.bytes('mast', 'hst/public/a.txt');
    jest.spyOn(store, 'head').mockRejectedValueOnce(new Error('once'));
    await expect(bytes.size()).rejects.toThrow('once');
    expect(await bytes.size()).toBe(16);
  });

  it('finds the bytes of a document of the drive, and of no other', async () => {
    const { service } = setUp();
    const bytes = service.bytesOfPath('MAST:mast/hst/public/b c.txt');
    expect(Buffer.from((await bytes?.read(0, 100)) ?? []).toString()).toBe(
      'hst/public/b c.txt'
    );
    expect(bytes?.origin).toEqual({
      archive: 'mast',
      key: 'hst/public/b c.txt'
    });
    expect(service.bytesOfPath('work/a.txt')).toBeNull();
    expect(service.bytesOfPath('RTC:mast/a.txt')).toBeNull();
    expect(service.bytesOfPath('MAST:')).toBeNull();
  });

  it('says that an archive is not here', async () => {
    const { service } = setUp();
    expect(() => service.bytes('other', 'x')).toThrow('no archive "other"');
    await expect(service.head('other', 'x')).rejects.toMatchObject({
      kind: 'not-found'
    });
  });
});
