import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListPartsCommand,
  NoSuchUpload,
  paginateListObjectsV2,
  paginateListParts,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStoreUnderTest, type StoreUnderTest } from './store-under-test.ts';

const MiB = 1024 ** 2;
let store: StoreUnderTest;
let client: S3Client;
beforeAll(async () => {
  store = await startStoreUnderTest();
  const { endpoint, region, accessKeyId, secretAccessKey } = store;
  // what the SDK does by itself, checksums included, is left on
  client = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true });
});
afterAll(async () => {
  client.destroy();
  await store.close();
});

test('AWS SDK lists buckets, and pages through objects', async () => {
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  expect(Buckets.map(({ Name }) => Name)).toEqual(['destination', 'source']);
  const keys: (string | undefined)[] = [];
  for await (const page of paginateListObjectsV2({ client, pageSize: 1 }, { Bucket: 'source' })) {
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
  }
  expect(keys).toEqual(store.objects.map(({ key }) => key).toSorted());
});

test('AWS SDK heads objects', async () => {
  for (const { key, size, md5 } of store.objects) {
    const head = await client.send(new HeadObjectCommand({ Bucket: 'source', Key: key }));
    expect(head).toMatchObject({ ContentLength: size, ETag: `"${md5}"`, ContentType: 'application/x-film' });
    expect(head.Metadata).toEqual({ director: 'nobody' });
  }
});

test('AWS SDK copies an object in one request', async () => {
  for (const { key, md5 } of store.objects) {
    const name = { Bucket: 'destination', Key: `copied/${key}` };
    const { CopyObjectResult } = await client.send(
      new CopyObjectCommand({ ...name, CopySource: `source/${encodeURIComponent(key)}` }),
    );
    expect(CopyObjectResult?.ETag).toBe(`"${md5}"`);
    expect(CopyObjectResult?.LastModified).toBeInstanceOf(Date);
    expect(await store.readMd5(name.Key)).toBe(md5);
  }
});

test('AWS SDK copies an object in parts', async () => {
  const { key, md5, size } = store.objects.find((object) => object.size > 10 * MiB)!;
  const name = { Bucket: 'destination', Key: `in parts/${key}` };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  for (let start = 0, PartNumber = 1; start < size; start += 5 * MiB, PartNumber += 1) {
    const { CopyPartResult } = await client.send(
      new UploadPartCopyCommand({
        ...name,
        UploadId,
        PartNumber,
        CopySource: `source/${encodeURIComponent(key)}`,
        CopySourceRange: `bytes=${start}-${Math.min(start + 5 * MiB, size) - 1}`,
        CopySourceIfMatch: `"${md5}"`,
      }),
    );
    expect(CopyPartResult?.ETag).toMatch(/^"[0-9a-f]{32}"$/);
  }
  const parts: { PartNumber: number | undefined; ETag: string | undefined }[] = [];
  for await (const page of paginateListParts({ client, pageSize: 2 }, { ...name, UploadId })) {
    parts.push(...(page.Parts ?? []).map(({ PartNumber, ETag }) => ({ PartNumber, ETag })));
  }
  expect(parts.map(({ PartNumber }) => PartNumber)).toEqual([1, 2, 3, 4, 5]);
  const done = await client.send(
    new CompleteMultipartUploadCommand({ ...name, UploadId, MultipartUpload: { Parts: parts } }),
  );
  expect(done.ETag).toMatch(/^"[0-9a-f]{32}-5"$/);
  expect(await store.readMd5(name.Key)).toBe(md5);
});

test('AWS SDK aborts an upload, and finds it gone', async () => {
  const name = { Bucket: 'destination', Key: 'aborted' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  await client.send(new AbortMultipartUploadCommand({ ...name, UploadId }));
  await expect(client.send(new ListPartsCommand({ ...name, UploadId }))).rejects.toBeInstanceOf(NoSuchUpload);
});
