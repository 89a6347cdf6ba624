/** A file that the archive makes anew, as a later calibration would. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { environment, SAMPLES } from './environment';
import { expect } from './fixtures';

export const OLD = '3.7.1 (Oct-18-2023)';
export const NEW = '3.7.2 (Nov-20-2026)';

/** A file of the samples with other calibration; its size is the same. */
export async function reprocessed(key: string): Promise<Buffer> {
  const text = (await readFile(path.join(SAMPLES, key))).toString('latin1');
  const changed = text
    .replace(OLD, NEW)
    .replace('iref$3562020ci_drk.fits', 'iref$6b20200ci_drk.fits');
  expect(changed).not.toBe(text);
  return Buffer.from(changed, 'latin1');
}

/** Replace an object, as the archive would. */
export async function put(key: string, body: Buffer): Promise<void> {
  const { endpoint, region, bucket, access_key, secret_key } =
    environment.sample;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: access_key, secretAccessKey: secret_key }
  });
  await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: body })
  );
  client.destroy();
}
