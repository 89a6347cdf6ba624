import { nullTranslator } from '@jupyterlab/translation';
import { describeKey } from '../missions';
import type { IObjectProperties } from '../tokens';
import { describeProperties } from './properties';
import { archiveInfo } from './testing';

const KEY = 'hst/public/ibg7/ibg705080/ibg705081_drz.fits';

function described(some: Partial<IObjectProperties> = {}): Map<string, string> {
  const pairs = describeProperties(
    archiveInfo(),
    {
      key: KEY,
      size: 168_400_000,
      etag: '"9b2cf5"',
      lastModified: new Date('2026-11-02T14:32:00Z'),
      storageClass: null,
      contentType: 'image/fits',
      checksums: {},
      checksumType: null,
      metadata: {},
      versionId: null,
      ...some
    },
    nullTranslator.load('x')
  );
  const map = new Map(pairs);
  // No name stands for two values.
  expect(map.size).toBe(pairs.length);
  return map;
}

it('say what a file is, how large and of when', () => {
  expect(Object.fromEntries(described())).toEqual({
    Product: describeKey(KEY).fullLabel,
    Size: '168.4 MB (168,400,000 bytes)',
    Modified: '2026-11-02T14:32:00.000Z',
    Key: KEY,
    'S3 URI': `s3://stpubdata/${KEY}`,
    'HTTPS address': `https://stpubdata.s3.us-east-1.amazonaws.com/${KEY}`,
    'MAST URI': 'mast:HST/product/ibg705081_drz.fits',
    ETag: '"9b2cf5"',
    Checksum: 'the archive has none for this file',
    // S3 names no class where it is the usual one.
    'Storage class': 'STANDARD',
    'Content type': 'image/fits'
  });
});

it('name each checksum by its algorithm, and say when it is of parts', () => {
  const checksums = { CRC64NVME: 'rosUhgp5mIg=', SHA256: 'c2hh' };
  const whole = described({ checksums, checksumType: 'FULL_OBJECT' });
  expect(whole.get('Checksum (CRC64NVME)')).toBe('rosUhgp5mIg=');
  expect(whole.get('Checksum (SHA256)')).toBe('c2hh');
  expect(whole.has('Checksum')).toBe(false);
  const parts = described({
    checksums: { SHA256: 'c2hh-3' },
    checksumType: 'COMPOSITE'
  });
  expect(parts.get('Checksum (SHA256, of parts)')).toBe('c2hh-3');
});

it('have version, storage class and metadata where the archive has', () => {
  const all = described({
    versionId: '3sL4kqtJlcpXroDTDmJ',
    storageClass: 'INTELLIGENT_TIERING',
    metadata: { proposal: '12345', 'pi-name': 'Ada' }
  });
  expect(all.get('Version')).toBe('3sL4kqtJlcpXroDTDmJ');
  expect(all.get('Storage class')).toBe('INTELLIGENT_TIERING');
  expect(all.get('x-amz-meta-proposal')).toBe('12345');
  expect(all.get('x-amz-meta-pi-name')).toBe('Ada');
});

it('leave out what is not known', () => {
  const little = described({
    key: 'other/notes.txt',
    lastModified: null,
    contentType: null,
    etag: ''
  });
  for (const name of [
    'Modified',
    'Content type',
    'ETag',
    'MAST URI',
    'Version'
  ]) {
    expect(little.has(name)).toBe(false);
  }
});
