import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAclCommand,
  GetObjectAttributesCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
  CompleteMultipartUploadCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { copyRequests, element, outcomeOf, sendRaw } from './raw-request.ts';

const MIB = 1024 ** 2;
let store: TestStore;
let client: S3Client;
beforeAll(async () => {
  store = await startTestStore({
    credentials: false,
    buckets: [
      'dst',
      { name: 'locked', objectLock: true },
      { name: 'versioned', versioning: 'enabled' },
      { name: 'warm', storageClass: 'WARM' },
    ],
    objects: [
      {
        bucket: 'src',
        key: 'k',
        size: 10,
        contentType: 'video/mxf',
        cacheControl: 'max-age=5',
        contentDisposition: 'attachment; filename="x"',
        contentEncoding: 'gzip',
        contentLanguage: 'de',
        expires: 'Thu, 01 Dec 1994 16:00:00 GMT',
        metadata: { Name: '%E4%BD%A0 +%', latin: 'ü' },
        tags: { 'a b': 'c&d' },
        storageClass: 'WARM',
        websiteRedirectLocation: '/elsewhere',
        acl: 'public-read',
      },
    ],
  });
  const { endpoint, region, credentials } = store;
  client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await store.close();
});
beforeEach(() => store.deleteObject('dst', 'k'));

const requests = (dialect: 's3' | 'obs' = 's3') => copyRequests(store, 'dst', 'k', dialect);

describe('HEAD', () => {
  test('tells everything in the words of the dialect', async () => {
    const common = {
      'content-length': '10',
      'content-type': 'video/mxf',
      'cache-control': 'max-age=5',
      'content-disposition': 'attachment; filename="x"',
      'content-encoding': 'gzip',
      'content-language': 'de',
      expires: 'Thu, 01 Dec 1994 16:00:00 GMT',
    };
    expect((await copyRequests(store, 'src', 'k').head()).headers).toMatchObject({
      ...common,
      'x-amz-meta-name': '%E4%BD%A0 +%',
      'x-amz-meta-latin': 'ü',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-website-redirect-location': '/elsewhere',
      'x-amz-tagging-count': '1',
    });
    expect((await copyRequests(store, 'src', 'k', 'obs').head()).headers).toMatchObject({
      ...common,
      'x-obs-meta-name': '%E4%BD%A0 +%',
      'x-obs-storage-class': 'WARM',
      'x-obs-website-redirect-location': '/elsewhere',
      'x-obs-tagging-count': '1',
    });
  });

  test('says nothing of the standard class', async () => {
    await requests().put('x');
    expect((await requests().head()).headers).not.toHaveProperty('x-amz-storage-class');
  });

  test('of what is not there has no body, and says why in the OBS dialect alone', async () => {
    const [s3, obs] = [await requests('s3').head(), await requests('obs').head()];
    expect([s3.status, s3.text, s3.headers['x-amz-error-code']]).toEqual([404, '', undefined]);
    expect([obs.status, obs.text, obs.headers['x-obs-error-code']]).toEqual([404, '', 'NoSuchKey']);
  });
});

describe('a multipart upload', () => {
  test('carries over nothing but what Create says', async () => {
    const { create, copyPart, complete } = requests();
    const uploadId = await create();
    await complete(uploadId, [[1, element(await copyPart(uploadId, 1, 'src/k'), 'ETag')]]);
    expect(store.object('dst', 'k')).toMatchObject({ headers: {}, metadata: {}, tags: {}, storageClass: 'STANDARD' });
  });

  test.for(['s3', 'obs'] as const)('has everything that Create says, in the dialect %s', async (dialect) => {
    const prefix = dialect === 's3' ? 'x-amz-' : 'x-obs-';
    const { create, copyPart, complete } = requests(dialect);
    const uploadId = await create({
      'content-type': 'text/x',
      expires: 'never',
      [`${prefix}meta-a`]: '%E4%BD%A0 +%',
      [`${prefix}tagging`]: 'a%20b=c%26d&e=',
      [`${prefix}storage-class`]: dialect === 's3' ? 'STANDARD_IA' : 'WARM',
      [`${prefix}website-redirect-location`]: '/there',
      [`${prefix}acl`]: 'public-read',
      [`${prefix}server-side-encryption`]: dialect === 's3' ? 'aws:kms' : 'kms',
      [`${prefix}server-side-encryption-${dialect === 's3' ? 'aws-' : ''}kms-key-id`]: 'key-1',
      'x-obs-expires': '3',
    });
    await complete(uploadId, [[1, element(await copyPart(uploadId, 1, 'src/k'), 'ETag')]]);
    expect(store.object('dst', 'k')).toMatchObject({
      headers: { 'content-type': 'text/x', expires: 'never' },
      metadata: { a: '%E4%BD%A0 +%' },
      tags: { 'a b': 'c&d', e: '' },
      storageClass: 'STANDARD_IA',
      websiteRedirectLocation: '/there',
      expiresAfterDays: 3,
      encryption: { type: 'SSE-KMS', kmsKeyId: 'key-1' },
    });
    expect(store.object('dst', 'k')?.grants).toContainEqual({
      granteeType: 'Group',
      grantee: 'http://acs.amazonaws.com/groups/global/AllUsers',
      permission: 'READ',
    });
  });
});

describe('CopyObject', () => {
  test('carries headers and metadata; tags on S3 alone; class, redirect and ACL never', async () => {
    const carried = {
      headers: store.object('src', 'k')?.headers,
      metadata: { name: '%E4%BD%A0 +%', latin: 'ü' },
      storageClass: 'STANDARD',
      websiteRedirectLocation: undefined,
    };
    await requests('s3').copyObject('src/k');
    expect(store.object('dst', 'k')).toMatchObject({ ...carried, tags: { 'a b': 'c&d' } });
    expect(store.object('dst', 'k')?.grants).toHaveLength(1);
    await requests('obs').copyObject('src/k');
    expect(store.object('dst', 'k')).toMatchObject({ ...carried, tags: {} });
    await requests('obs').copyObject('src/k', { 'x-obs-tagging-directive': 'COPY' });
    expect(store.object('dst', 'k')?.tags).toEqual({ 'a b': 'c&d' });
  });

  test('replaces what it is told to', async () => {
    await requests().copyObject('src/k', {
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-tagging-directive': 'REPLACE',
      'x-amz-tagging': 'x=y',
      'x-amz-meta-z': '9',
      'content-type': 'text/z',
    });
    expect(store.object('dst', 'k')).toMatchObject({
      headers: { 'content-type': 'text/z' },
      metadata: { z: '9' },
      tags: { x: 'y' },
    });
  });

  test("gives the bucket's class on OBS", async () => {
    await copyRequests(store, 'warm', 'k', 'obs').copyObject('src/k');
    expect(store.object('warm', 'k')?.storageClass).toBe('STANDARD_IA');
    await copyRequests(store, 'warm', 'k', 'obs').copyObject('src/k', { 'x-obs-storage-class': 'STANDARD' });
    expect(store.object('warm', 'k')?.storageClass).toBe('STANDARD');
    await copyRequests(store, 'warm', 'k', 's3').copyObject('src/k');
    expect(store.object('warm', 'k')?.storageClass).toBe('STANDARD');
  });

  test('onto itself must change something', async () => {
    const self = copyRequests(store, 'src', 'k');
    const before = store.object('src', 'k');
    expect(outcomeOf(await self.copyObject('src/k'))).toBe('400 InvalidRequest');
    expect(store.object('src', 'k')?.lastModified).toEqual(before?.lastModified);
  });

  test('gives one MD5 to an object that was in parts', async () => {
    store.putObject({ bucket: 'src', key: 'parts', body: Buffer.alloc(12), partSize: [5, 7] });
    expect(store.object('src', 'parts')?.etag).toMatch(/-2$/);
    await requests().copyObject('src/parts');
    expect(store.object('dst', 'k')?.etag).toBe('8dd6bb7329a71449b0a1b292b5999164');
  });
});

describe('permissions that are missing', () => {
  test.for([
    ['getObjectTagging', 'CopyObject of a tagged object', () => requests().copyObject('src/k')],
    [
      'putObjectTagging',
      'Create with tags',
      () => sendRaw(store, 'POST', '/dst/k?uploads', { 'x-amz-tagging': 'a=b' }),
    ],
    [
      'putObjectAcl',
      'Create with an ACL',
      () => sendRaw(store, 'POST', '/dst/k?uploads', { 'x-amz-acl': 'public-read' }),
    ],
    ['getObjectAcl', 'GET of the ACL', () => sendRaw(store, 'GET', '/src/k?acl')],
    ['listMultipartUploads', 'the list of uploads', () => sendRaw(store, 'GET', '/dst?uploads')],
  ] as const)('%s: %s is refused', async ([operation, , ask]) => {
    expect((await ask()).status).toBe(200);
    store.setDenied([operation]);
    try {
      expect(outcomeOf(await ask())).toBe('403 AccessDenied');
    } finally {
      store.setDenied([]);
    }
  });

  test('getObjectTagging: HEAD counts no tags', async () => {
    store.setDenied(['getObjectTagging']);
    expect((await copyRequests(store, 'src', 'k').head()).headers).not.toHaveProperty('x-amz-tagging-count');
    store.setDenied([]);
  });
});

describe('settings of an object', () => {
  const name = { Bucket: 'dst', Key: 'k' };
  beforeEach(() => void store.putObject({ bucket: 'dst', key: 'k', body: 'x' }));

  test('tags', async () => {
    const TagSet = [{ Key: 'a', Value: '<b> & "c"' }];
    await client.send(new PutObjectTaggingCommand({ ...name, Tagging: { TagSet } }));
    expect((await client.send(new GetObjectTaggingCommand(name))).TagSet).toEqual(TagSet);
    const TooMany = Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    await expect(
      client.send(new PutObjectTaggingCommand({ ...name, Tagging: { TagSet: TooMany } })),
    ).rejects.toMatchObject({
      name: 'BadRequest',
    });
  });

  test('grants', async () => {
    await client.send(
      new PutObjectAclCommand({
        ...name,
        GrantRead: 'id="someone",uri="http://acs.amazonaws.com/groups/global/AllUsers"',
      }),
    );
    const { Grants, Owner } = await client.send(new GetObjectAclCommand(name));
    expect(Grants).toMatchObject([
      { Grantee: { ID: 'someone', Type: 'CanonicalUser' }, Permission: 'READ' },
      { Grantee: { URI: 'http://acs.amazonaws.com/groups/global/AllUsers', Type: 'Group' }, Permission: 'READ' },
    ]);
    await client.send(new PutObjectAclCommand({ ...name, AccessControlPolicy: { Owner, Grants } }));
    expect((await client.send(new GetObjectAclCommand(name))).Grants).toEqual(Grants);
  });

  test('locks, in a bucket that has them', async () => {
    const until = new Date(Date.now() + 3_600_000);
    const locked = { Bucket: 'locked', Key: 'k' };
    await client.send(
      new PutObjectCommand({ ...locked, Body: 'x', ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until }),
    );
    await client.send(new PutObjectLegalHoldCommand({ ...locked, LegalHold: { Status: 'ON' } }));
    const head = await client.send(new HeadObjectCommand(locked));
    expect(head).toMatchObject({ ObjectLockMode: 'COMPLIANCE', ObjectLockLegalHoldStatus: 'ON' });
    expect((await client.send(new GetObjectRetentionCommand(locked))).Retention?.Mode).toBe('COMPLIANCE');
    expect((await client.send(new GetObjectLegalHoldCommand(locked))).LegalHold?.Status).toBe('ON');
    await expect(client.send(new DeleteObjectCommand({ ...locked, VersionId: head.VersionId }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(
      client.send(
        new PutObjectCommand({ ...name, Body: 'x', ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});

describe('versions', () => {
  const name = { Bucket: 'versioned', Key: 'k' };

  test('are kept, named, listed and deleted', async () => {
    const first = await client.send(new PutObjectCommand({ ...name, Body: 'one' }));
    const second = await client.send(new PutObjectCommand({ ...name, Body: 'two' }));
    const marker = await client.send(new DeleteObjectCommand(name));
    expect(marker.DeleteMarker).toBe(true);
    expect(outcomeOf(await copyRequests(store, 'versioned', 'k').get())).toBe('404 NoSuchKey');
    const { copyObject } = requests();
    expect(outcomeOf(await copyObject('versioned/k'))).toBe('404 NoSuchKey');
    expect(outcomeOf(await copyObject(`versioned/k?versionId=${marker.VersionId}`))).toBe('405 MethodNotAllowed');
    const copied = await copyObject(`versioned/k?versionId=${first.VersionId}`);
    expect(copied.headers['x-amz-copy-source-version-id']).toBe(first.VersionId);
    const listed = await client.send(new ListObjectVersionsCommand({ Bucket: 'versioned' }));
    expect(listed.Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      [second.VersionId, false],
      [first.VersionId, false],
    ]);
    expect(listed.DeleteMarkers?.map(({ IsLatest }) => IsLatest)).toEqual([true]);
    await client.send(new DeleteObjectCommand({ ...name, VersionId: marker.VersionId }));
    expect((await copyRequests(store, 'versioned', 'k').get()).text).toBe('two');
    const objects = [first, second].map(({ VersionId }) => ({ Key: 'k', VersionId }));
    await client.send(new DeleteObjectsCommand({ Bucket: 'versioned', Delete: { Objects: objects } }));
    expect(store.object('versioned', 'k')).toBeUndefined();
  });

  test('end where versioning is suspended', async () => {
    store.putBucket('suspended');
    await client.send(
      new PutBucketVersioningCommand({ Bucket: 'suspended', VersioningConfiguration: { Status: 'Suspended' } }),
    );
    const put = await client.send(new PutObjectCommand({ Bucket: 'suspended', Key: 'k', Body: 'x' }));
    expect(put.VersionId).toBe('null');
    expect(outcomeOf(await requests().copyObject('suspended/k?versionId=null'))).toBe('200');
  });

  test('are named by Complete', async () => {
    const { create, copyPart, complete } = copyRequests(store, 'versioned', 'mpu');
    const uploadId = await create();
    const done = await complete(uploadId, [[1, element(await copyPart(uploadId, 1, 'src/k'), 'ETag')]]);
    expect(done.headers['x-amz-version-id']).toBe(store.object('versioned', 'mpu')?.versionId);
    expect(done.headers['x-amz-version-id']).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('checksums', () => {
  const name = { Bucket: 'dst', Key: 'k' };

  test('of parts and of the whole are the same as those of the source', async () => {
    store.putObject({ bucket: 'src', key: 'checked', size: 12 * MIB, checksumAlgorithm: 'CRC64NVME' });
    const source = await client.send(new HeadObjectCommand({ Bucket: 'src', Key: 'checked', ChecksumMode: 'ENABLED' }));
    expect(source).toMatchObject({ ChecksumType: 'FULL_OBJECT' });
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ ...name, ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' }),
    );
    const parts = [];
    for (const [index, CopySourceRange] of [`bytes=0-${6 * MIB - 1}`, `bytes=${6 * MIB}-${12 * MIB - 1}`].entries()) {
      const part = { ...name, UploadId, PartNumber: index + 1, CopySource: 'src/checked', CopySourceRange };
      const { CopyPartResult } = await client.send(new UploadPartCopyCommand(part));
      expect(CopyPartResult?.ChecksumCRC64NVME).toMatch(/^[\w+/]{11}=$/);
      parts.push({ ...CopyPartResult, PartNumber: index + 1 });
    }
    const done = await client.send(
      new CompleteMultipartUploadCommand({
        ...name,
        UploadId,
        MultipartUpload: { Parts: parts },
        ChecksumCRC64NVME: source.ChecksumCRC64NVME,
      }),
    );
    expect(done.ChecksumCRC64NVME).toBe(source.ChecksumCRC64NVME);
  });

  test('that are composed must be echoed by Complete', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...name, ChecksumAlgorithm: 'SHA256' }));
    const part = await client.send(
      new UploadPartCommand({ ...name, UploadId, PartNumber: 1, Body: 'hello', ChecksumAlgorithm: 'SHA256' }),
    );
    const complete = (checksum: object) =>
      client.send(
        new CompleteMultipartUploadCommand({
          ...name,
          UploadId,
          MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag, ...checksum }] },
        }),
      );
    await expect(complete({})).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(complete({ ChecksumSHA256: 'AAAA' })).rejects.toMatchObject({ name: 'InvalidPart' });
    const done = await complete({ ChecksumSHA256: part.ChecksumSHA256 });
    expect(part.ChecksumSHA256).toBe('LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=');
    expect(done).toMatchObject({ ChecksumType: 'COMPOSITE', ChecksumSHA256: expect.stringMatching(/=-1$/) });
    const attributes = await client.send(
      new GetObjectAttributesCommand({ ...name, ObjectAttributes: ['ObjectParts', 'Checksum', 'ETag', 'ObjectSize'] }),
    );
    expect(attributes).toMatchObject({
      ObjectSize: 5,
      ObjectParts: { TotalPartsCount: 1, Parts: [{ PartNumber: 1, Size: 5, ChecksumSHA256: part.ChecksumSHA256 }] },
    });
  });
});
