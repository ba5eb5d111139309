import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';

const MIB = 1024 * 1024;

describe('the store under the AWS SDK', () => {
  let store: TestStore;
  let client: S3Client;

  beforeAll(async () => {
    store = await startTestStore({
      buckets: ['src', 'dst'],
      objects: [{ bucket: 'src', key: 'big', size: 20 * MIB, contentType: 'video/mxf', metadata: { a: 'b' } }],
    });
    client = new S3Client({
      endpoint: store.endpoint,
      region: store.region,
      credentials: store.credentials,
      forcePathStyle: true,
    });
  });

  afterAll(async () => {
    client.destroy();
    await store.close();
  });

  test('copies an object in parts, and the bytes are those of the source', async () => {
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket: 'dst', Key: 'copy', ContentType: 'x/y' }),
    );
    const parts = [];
    for (let number = 1; number <= 4; number += 1) {
      const start = (number - 1) * 5 * MIB;
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          Bucket: 'dst',
          Key: 'copy',
          UploadId,
          PartNumber: number,
          CopySource: 'src/big',
          CopySourceRange: `bytes=${start}-${start + 5 * MIB - 1}`,
        }),
      );
      parts.push({ PartNumber: number, ETag: CopyPartResult?.ETag });
    }
    expect(store.uploads('dst')).toMatchObject([{ key: 'copy', uploadId: UploadId, parts: 4 }]);
    const listed = await client.send(new ListPartsCommand({ Bucket: 'dst', Key: 'copy', UploadId, MaxParts: 3 }));
    expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '3' });
    const uploads = await client.send(new ListMultipartUploadsCommand({ Bucket: 'dst' }));
    expect(uploads.Uploads?.map((upload) => upload.UploadId)).toEqual([UploadId]);

    const completed = await client.send(
      new CompleteMultipartUploadCommand({ Bucket: 'dst', Key: 'copy', UploadId, MultipartUpload: { Parts: parts } }),
    );

    expect(completed.ETag).toMatch(/^"[0-9a-f]{32}-4"$/);
    expect(store.provenance('dst', 'copy')).toEqual([
      {
        start: 0,
        end: 20 * MIB - 1,
        bucket: 'src',
        key: 'big',
        versionId: 'null',
        etag: store.object('src', 'big')?.etag,
        offset: 0,
      },
    ]);
    const source = await client.send(new GetObjectCommand({ Bucket: 'src', Key: 'big' }));
    const sourceBytes = await source.Body?.transformToByteArray();
    const copy = await client.send(new GetObjectCommand({ Bucket: 'dst', Key: 'copy' }));
    const copyBytes = await copy.Body?.transformToByteArray();
    const md5 = (bytes: Uint8Array | undefined) =>
      createHash('md5')
        .update(bytes ?? '')
        .digest('hex');
    expect(md5(copyBytes)).toBe(md5(sourceBytes));
    expect(source.ETag).toBe(`"${md5(sourceBytes)}"`);
    expect(copy.ContentType).toBe('x/y');
  });

  test('puts, heads, copies and lists', async () => {
    await client.send(
      new PutObjectCommand({
        Bucket: 'src',
        Key: 'a b+c/ü&?#%.txt',
        Body: 'hello',
        Metadata: { x: 'y' },
        Tagging: 'k=v',
      }),
    );
    await client.send(
      new CopyObjectCommand({
        Bucket: 'dst',
        Key: '../up',
        CopySource: `src/${encodeURIComponent('a b+c/ü&?#%.txt')}`,
      }),
    );
    const head = await client.send(new HeadObjectCommand({ Bucket: 'dst', Key: '../up' }));
    expect(head).toMatchObject({
      ContentLength: 5,
      Metadata: { x: 'y' },
      ETag: '"5d41402abc4b2a76b9719d911017c592"',
      TagCount: 1,
    });
    const listed = await client.send(new ListObjectsV2Command({ Bucket: 'src' }));
    expect(listed.Contents?.map(({ Key }) => Key)).toEqual(['a b+c/ü&?#%.txt', 'big']);
  });

  test('aborts', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: 'dst', Key: 'gone' }));
    await client.send(new AbortMultipartUploadCommand({ Bucket: 'dst', Key: 'gone', UploadId }));
    expect(store.uploads('dst').filter(({ key }) => key === 'gone')).toEqual([]);
    await expect(client.send(new ListPartsCommand({ Bucket: 'dst', Key: 'gone', UploadId }))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    });
  });
});
