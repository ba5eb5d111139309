import { createHash, randomFillSync } from 'node:crypto';
import { createRequire } from 'node:module';
import {
  AbortMultipartUploadCommand,
  AnnotationLimitExceeded,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectAnnotationCommand,
  DeleteObjectCommand,
  GetObjectAnnotationCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectAnnotationsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  NoSuchAnnotation,
  NotFound,
  PutObjectAnnotationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UnsupportedMediaType,
  UpdateObjectEncryptionCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';

const MiB = 1024 ** 2;
const DIRECTORY = 'fast--use1-az4--x-s3';
let store: TestStore;
let client: S3Client;
beforeAll(async () => {
  store = await startTestStore({
    buckets: ['plain', { name: 'versioned', versioning: 'enabled' }, { name: 'locked', objectLock: true }, DIRECTORY],
  });
  const { endpoint, region, credentials } = store;
  // these the SDK doesn't compute by itself
  const checksumAlgorithms = { SHA512: Sha512, XXHASH64: Xxh64, XXHASH3: Xxh3_64, XXHASH128: Xxh3_128 };
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, checksumAlgorithms });
});
afterAll(async () => {
  client.destroy();
  await store.close();
});

const sdkRequire = createRequire(createRequire(import.meta.url).resolve('@aws-sdk/client-s3'));
const { Xxh64, Xxh3_64, Xxh3_128 } = sdkRequire('@aws-sdk/checksums/xxh') as Readonly<
  Record<'Xxh64' | 'Xxh3_64' | 'Xxh3_128', typeof Sha512>
>;

class Sha512 {
  #hash = createHash('sha512');
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {
    this.#hash = createHash('sha512');
  }
}

// the SDK computes the checksum, and the store refuses another
test.each(['SHA512', 'XXHASH64', 'XXHASH3', 'XXHASH128'] as const)(
  'AWS SDK and the store agree on %s',
  async (ChecksumAlgorithm) => {
    const sizes = [0, 1, 3, 4, 8, 9, 16, 17, 32, 33, 64, 65, 97, 128, 129, 160, 200, 240, 241, 1024, 1025, 70_001];
    for (const size of sizes) {
      const Body = randomFillSync(Buffer.alloc(size));
      const name = { Bucket: 'plain', Key: `${ChecksumAlgorithm} ${size}` };
      const put = await client.send(new PutObjectCommand({ ...name, Body, ChecksumAlgorithm }));
      const head = await client.send(new HeadObjectCommand({ ...name, ChecksumMode: 'ENABLED' }));
      const field = `Checksum${ChecksumAlgorithm}` as const;
      expect(head[field]).toBe(put[field]);
      expect(head).toMatchObject({ ChecksumType: 'FULL_OBJECT', [field]: expect.stringMatching(/^[\w+/]+=*$/) });
    }
  },
);

test('AWS SDK and the store agree on MD5', async () => {
  const name = { Bucket: 'plain', Key: 'md5' };
  const ChecksumMD5 = createHash('md5').update('film').digest('base64');
  await client.send(new PutObjectCommand({ ...name, Body: 'film', ChecksumMD5 }));
  expect(await client.send(new HeadObjectCommand({ ...name, ChecksumMode: 'ENABLED' }))).toMatchObject({ ChecksumMD5 });
});

test('AWS SDK copies in parts under a new checksum, which is of the parts', async () => {
  const Body = randomFillSync(Buffer.alloc(7 * MiB));
  await client.send(new PutObjectCommand({ Bucket: 'plain', Key: 'source', Body, ChecksumAlgorithm: 'SHA512' }));
  const name = { Bucket: 'plain', Key: 'composite' };
  const fullObject = { ...name, ChecksumAlgorithm: 'SHA512', ChecksumType: 'FULL_OBJECT' } as const;
  await expect(client.send(new CreateMultipartUploadCommand(fullObject))).rejects.toThrow(/FULL_OBJECT checksum type/);
  const { UploadId, ChecksumType } = await client.send(
    new CreateMultipartUploadCommand({ ...name, ChecksumAlgorithm: 'SHA512' }),
  );
  expect(ChecksumType).toBe('COMPOSITE');
  const Parts = [];
  for (const [index, range] of [`bytes=0-${5 * MiB - 1}`, `bytes=${5 * MiB}-${7 * MiB - 1}`].entries()) {
    const part = { ...name, UploadId, PartNumber: index + 1, CopySource: 'plain/source', CopySourceRange: range };
    const { CopyPartResult } = await client.send(new UploadPartCopyCommand(part));
    Parts.push({ PartNumber: index + 1, ETag: CopyPartResult?.ETag, ChecksumSHA512: CopyPartResult?.ChecksumSHA512 });
  }
  const done = await client.send(new CompleteMultipartUploadCommand({ ...name, UploadId, MultipartUpload: { Parts } }));
  const digests = [Body.subarray(0, 5 * MiB), Body.subarray(5 * MiB)].map((part) =>
    createHash('sha512').update(part).digest(),
  );
  const composite = createHash('sha512').update(Buffer.concat(digests)).digest('base64');
  expect(done).toMatchObject({ ChecksumSHA512: `${composite}-2`, ChecksumType: 'COMPOSITE' });
});

test('AWS SDK reads the version of an upload from Create on', async () => {
  const name = { Bucket: 'versioned', Key: 'in parts' };
  const { UploadId, VersionId } = await client.send(new CreateMultipartUploadCommand(name));
  expect(VersionId).toMatch(/^[0-9a-f]{32}$/);
  const part = await client.send(new UploadPartCommand({ ...name, UploadId, PartNumber: 1, Body: 'bytes' }));
  expect(part.VersionId).toBe(VersionId);
  expect(await client.send(new ListPartsCommand({ ...name, UploadId }))).toMatchObject({ VersionId });
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'versioned' }));
  expect(Uploads).toMatchObject([{ UploadId, VersionId }]);
  const Parts = [{ PartNumber: 1, ETag: part.ETag }];
  const complete = { ...name, UploadId, MultipartUpload: { Parts } };
  await expect(client.send(new HeadObjectCommand({ ...name, VersionId }))).rejects.toThrow(NotFound);
  expect(await client.send(new CompleteMultipartUploadCommand(complete))).toMatchObject({ VersionId });
  expect(await client.send(new HeadObjectCommand({ ...name, VersionId }))).toMatchObject({ ETag: expect.anything() });

  const other = await client.send(new CreateMultipartUploadCommand(name));
  const aborted = await client.send(new AbortMultipartUploadCommand({ ...name, UploadId: other.UploadId }));
  expect(aborted.VersionId).toBe(other.VersionId);
});

test('AWS SDK writes, lists, reads, copies and deletes annotations', async () => {
  const name = { Bucket: 'versioned', Key: 'annotated' };
  const { VersionId, ETag } = await client.send(new PutObjectCommand({ ...name, Body: 'film' }));
  const annotate = (AnnotationName: string, AnnotationPayload: string | Uint8Array, more = {}) =>
    client.send(new PutObjectAnnotationCommand({ ...name, VersionId, AnnotationName, AnnotationPayload, ...more }));
  const names = ['a & b', 'ü', 'z'];
  for (const each of names) {
    expect(await annotate(each, `about ${each}`, { ObjectIfMatch: ETag })).toMatchObject({
      ObjectVersionId: VersionId,
    });
  }
  await expect(annotate('late', 'x', { ObjectIfMatch: '"another"' })).rejects.toThrow(/precondition/i);
  await expect(annotate('binary', Buffer.of(0xff, 0xfe))).rejects.toBeInstanceOf(UnsupportedMediaType);

  const listed = [];
  let ContinuationToken: string | undefined;
  do {
    const list = { ...name, MaxAnnotationResults: 2, ContinuationToken };
    const page = await client.send(new ListObjectAnnotationsCommand(list));
    listed.push(...(page.Annotations ?? []).map(({ AnnotationName, Size }) => ({ AnnotationName, Size })));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  expect(listed).toEqual([
    { AnnotationName: 'a & b', Size: 11 },
    { AnnotationName: 'z', Size: 7 },
    { AnnotationName: 'ü', Size: 8 },
  ]);

  const copy = { Bucket: 'plain', Key: 'annotated', CopySource: 'versioned/annotated' };
  await client.send(new CopyObjectCommand({ ...copy, AnnotationDirective: 'EXCLUDE' }));
  expect(store.object('plain', 'annotated')?.annotations).toEqual({});
  await client.send(new CopyObjectCommand(copy));
  const read = { Bucket: 'plain', Key: 'annotated', AnnotationName: 'ü' };
  const { AnnotationPayload } = await client.send(new GetObjectAnnotationCommand(read));
  expect(await AnnotationPayload?.transformToString()).toBe('about ü');
  await client.send(new DeleteObjectAnnotationCommand(read));
  await expect(client.send(new GetObjectAnnotationCommand(read))).rejects.toBeInstanceOf(NoSuchAnnotation);
});

test('the store takes 1,000 annotations an object', async () => {
  const annotations = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`note ${index}`, 'x']));
  store.putObject({ bucket: 'plain', key: 'many notes', body: 'film', annotations });
  const name = { Bucket: 'plain', Key: 'many notes', AnnotationPayload: 'y' };
  await client.send(new PutObjectAnnotationCommand({ ...name, AnnotationName: 'note 7' }));
  const oneMore = client.send(new PutObjectAnnotationCommand({ ...name, AnnotationName: 'one more' }));
  await expect(oneMore).rejects.toBeInstanceOf(AnnotationLimitExceeded);
});

test('AWS SDK sets an event hold on a copy, which then stays', async () => {
  store.putObject({ bucket: 'plain', key: 'film', body: 'film' });
  const name = { Bucket: 'locked', Key: 'held' };
  const hold = { ObjectLockEventHold: 'ON', ObjectLockEventHoldDurationDays: 30 } as const;
  const { VersionId } = await client.send(new CopyObjectCommand({ ...name, ...hold, CopySource: 'plain/film' }));
  expect(await client.send(new HeadObjectCommand(name))).toMatchObject(hold);
  await expect(client.send(new DeleteObjectCommand({ ...name, VersionId }))).rejects.toThrow(/object lock/);
  const both = { ...name, ...hold, ObjectLockEventHoldDurationYears: 1 };
  await expect(client.send(new CreateMultipartUploadCommand(both))).rejects.toThrow(/days or in years/);
});

test('AWS SDK replaces an object only if it is the one that it knows', async () => {
  const { etag } = store.putObject({ bucket: 'plain', key: 'current', body: 'old' });
  store.putObject({ bucket: 'plain', key: 'new', body: 'new' });
  const copy = { Bucket: 'plain', Key: 'current', CopySource: 'plain/new' };
  await expect(client.send(new CopyObjectCommand({ ...copy, IfMatch: '"another"' }))).rejects.toThrow(/precondition/i);
  await client.send(new CopyObjectCommand({ ...copy, IfMatch: `"${etag}"` }));
  expect(store.object('plain', 'current')?.readBody().toString()).toBe('new');
});

test('AWS SDK changes the key of an object, and nothing else', async () => {
  const KMSKeyArn = 'arn:aws:kms:us-east-1:123456789012:key/1234';
  const before = store.putObject({ bucket: 'plain', key: 'secret', body: 'film', encryption: { type: 'AES256' } });
  const update = { Bucket: 'plain', Key: 'secret', ObjectEncryption: { SSEKMS: { KMSKeyArn } } };
  await client.send(new UpdateObjectEncryptionCommand(update));
  const { encryption, etag, lastModified } = store.object('plain', 'secret')!;
  expect(encryption).toEqual({ type: 'SSE-KMS', kmsKeyId: KMSKeyArn });
  expect({ etag, lastModified }).toEqual({ etag: before.etag, lastModified: before.lastModified });
  const noArn = { ...update, ObjectEncryption: { SSEKMS: { KMSKeyArn: 'alias/mine' } } };
  await expect(client.send(new UpdateObjectEncryptionCommand(noArn))).rejects.toThrow(/KMS key ARN/);
});

test('AWS SDK works on a directory bucket by sessions of its own', async () => {
  const Body = 'film';
  store.putObject({ bucket: 'plain', key: 'tagged', body: Body, tags: { kind: 'film' } });
  for (const Key of ['b', 'a', 'c', 'd']) await client.send(new PutObjectCommand({ Bucket: DIRECTORY, Key, Body }));
  const read = await client.send(new GetObjectCommand({ Bucket: DIRECTORY, Key: 'a' }));
  expect(await read.Body?.transformToString()).toBe(Body);
  expect(read).toMatchObject({ StorageClass: 'EXPRESS_ONEZONE' });
  expect(read.ETag).not.toContain(createHash('md5').update(Body).digest('hex'));
  const copy = { Bucket: DIRECTORY, Key: 'tagged', CopySource: 'plain/tagged' };
  await expect(client.send(new CopyObjectCommand(copy))).rejects.toMatchObject({ name: 'NotImplemented' });
  await client.send(new CopyObjectCommand({ ...copy, TaggingDirective: 'REPLACE' }));
  const tags = { Bucket: DIRECTORY, Key: 'a', Tagging: { TagSet: [] } };
  await expect(client.send(new PutObjectTaggingCommand(tags))).rejects.toMatchObject({ name: 'NotImplemented' });
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: DIRECTORY, MaxKeys: 2, ContinuationToken }));
    keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  expect(new Set(keys)).toEqual(new Set(['a', 'b', 'c', 'd', 'tagged']));
  expect(keys).not.toEqual(['a', 'b', 'c', 'd', 'tagged']);
  // one session serves all requests of the client
  expect(store.stats().operations.createSession).toBe(1);
});
