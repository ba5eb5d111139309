import { CreateBucketCommand, DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { copyLargeObject, type CopyProgress, type PartEvent, s3Store } from '../../src/index.ts';
import { connectToGateway } from './ceph-gateway.ts';
import { listUploadKeys, MiB, type RandomObject, readMd5, uploadRandomObject } from './random-objects.ts';

const { client, endpoint, credentials } = connectToGateway();
const store = s3Store({ endpoint, credentials, region: 'us-east-1' });
const bucket = 'large-copies';

async function headEtag(key: string): Promise<string | undefined> {
  const { ETag } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  return ETag?.replaceAll('"', '');
}

beforeAll(async () => {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});

describe('copyLargeObject() copies more than 1 GiB of random bytes', () => {
  const source = { Bucket: bucket, Key: 'source/1 GiB' };
  const partSizes = [...Array.from({ length: 64 }, () => 16 * MiB), 5 * MiB + 3];
  let uploaded: RandomObject;

  beforeAll(async () => {
    uploaded = await uploadRandomObject(client, source, partSizes);
  });

  test.for([
    { partSize: 5 * MiB, parts: 206 },
    { partSize: 16 * MiB, parts: 65 },
    { partSize: 64 * MiB, parts: 17 },
  ])('byte for byte in $parts parts of $partSize bytes', async ({ partSize, parts }) => {
    const key = `destination/${partSize}`;
    const progress: CopyProgress[] = [];
    const copied: PartEvent[] = [];

    const copy = copyLargeObject({
      store,
      source: { bucket, key: source.Key },
      destination: { bucket, key },
      partSize,
      concurrency: 8,
    });
    copy.on('progress', (snapshot) => progress.push(snapshot));
    copy.on('part', (part) => copied.push(part));
    const result = await copy;

    expect(await readMd5(client, { Bucket: bucket, Key: key })).toEqual({ size: uploaded.size, md5: uploaded.md5 });
    expect(result).toMatchObject({ strategy: 'multipart', size: uploaded.size, verified: 'etag', resumed: false });
    expect(result.etag).toBe(await headEtag(key));
    expect(result.etag).toMatch(new RegExp(`-${result.parts}$`));
    expect(result.partSize).toBe(partSize);
    expect(result.etag === uploaded.etag).toBe(partSize === 16 * MiB);
    expect(result.parts).toBe(parts);
    expect(copied).toHaveLength(result.parts);
    expect(progress.at(0)).toMatchObject({ bytesCopied: 0, bytesTotal: uploaded.size });
    expect(progress.at(-1)).toMatchObject({ bytesCopied: uploaded.size, bytesTotal: uploaded.size, phase: 'done' });
    expect(await listUploadKeys(client, bucket)).toEqual([]);
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  });
});

test('copyLargeObject() copies a multipart source across its own part borders', async () => {
  const source = { Bucket: bucket, Key: 'source/uneven parts' };
  const uploaded = await uploadRandomObject(client, source, [5 * MiB, 13 * MiB + 7, 5 * MiB + 1, 8 * MiB, 11]);

  const result = await copyLargeObject({
    store,
    source: { bucket, key: source.Key },
    destination: { bucket, key: 'destination/uneven parts' },
    partSize: 6 * MiB + 1,
    multipartThreshold: 0,
  });

  expect(result.strategy).toBe('multipart');
  expect(await readMd5(client, { Bucket: bucket, Key: 'destination/uneven parts' })).toEqual({
    size: uploaded.size,
    md5: uploaded.md5,
  });
});

test.for([0, 1, 4096])('copyLargeObject() copies an object of %d bytes in one request', async (size) => {
  const body = Buffer.alloc(size, 'x');
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: `source/${size}`, Body: body, ContentLength: size }));

  const result = await copyLargeObject({
    store,
    source: { bucket, key: `source/${size}` },
    destination: { bucket, key: `destination/${size}` },
  });

  expect(result).toMatchObject({ strategy: 'single', size, parts: 0 });
  expect(result.etag).toBe(await headEtag(`destination/${size}`));
  expect(result.etag).toBe(await headEtag(`source/${size}`));
});
