import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import { copyLargeObject, s3Store } from '../../src/index.ts';
import { connectToGateway } from './ceph-gateway.ts';
import { MiB, readMd5 } from './random-objects.ts';

const { client, endpoint, credentials } = connectToGateway();
const stores = {
  's3Store v4': s3Store({ endpoint, credentials, region: 'us-east-1' }),
  's3Store v2': s3Store({ endpoint, credentials, region: 'us-east-1', signature: 'v2' }),
  fromS3Client: fromS3Client(client),
} as const;
const strategies = [
  { strategy: 'single', multipartThreshold: 100 * MiB },
  { strategy: 'multipart', multipartThreshold: 0 },
] as const;
const combinations = (['s3Store v4', 's3Store v2', 'fromS3Client'] as const).flatMap((store) =>
  strategies.map((strategy) => ({ store, ...strategy })),
);
const bucket = 'properties';

beforeAll(async () => {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});

describe('copyLargeObject() carries over what an object has besides its bytes', () => {
  const source = { bucket, key: 'source' };
  const Metadata = { director: 'nobody', title: 'a%20b+c', spaced: 'two  blanks', 'with-dash': '=?UTF-8?B?w7w=?=' };
  const tags = [
    { Key: 'project', Value: 'a b+c/d=e' },
    { Key: 'kind', Value: '' },
  ];

  beforeAll(async () => {
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: source.key,
        Body: randomBytes(6 * MiB),
        ContentType: 'text/plain; charset="utf-8"',
        CacheControl: 'max-age=60, private',
        ContentDisposition: `attachment; filename="a b.txt"; filename*=UTF-8''%C3%BC.txt`,
        ContentEncoding: 'identity',
        ContentLanguage: 'de, en',
        Expires: new Date('2031-02-03T04:05:06Z'),
        Metadata,
        Tagging: 'project=a%20b%2Bc%2Fd%3De&kind=',
      }),
    );
  });

  async function readProperties(key: string): Promise<unknown> {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }));
    const { ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ExpiresString } = head;
    return {
      ContentType,
      CacheControl,
      ContentDisposition,
      ContentEncoding,
      ContentLanguage,
      ExpiresString,
      Metadata: head.Metadata,
      tags: TagSet.toSorted((a, b) => (a.Key ?? '').localeCompare(b.Key ?? '')),
    };
  }

  test('the source itself has them', async () => {
    expect(await readProperties(source.key)).toMatchObject({
      ContentLanguage: 'de, en',
      Metadata,
      tags: tags.toSorted((a, b) => a.Key.localeCompare(b.Key)),
    });
  });

  test.for(combinations)('$store, $strategy', async ({ store, strategy, multipartThreshold }) => {
    const destination = { bucket, key: `copied by ${store}, ${strategy}` };
    const result = await copyLargeObject({ store: stores[store], source, destination, multipartThreshold });

    expect(result.strategy).toBe(strategy);
    expect(result.warnings).toEqual([]);
    expect(await readProperties(destination.key)).toEqual(await readProperties(source.key));
  });

  test.for(combinations)(
    '$store, $strategy: what the destination sets wins',
    async ({ store, strategy, multipartThreshold }) => {
      const key = `overridden by ${store}, ${strategy}`;
      await copyLargeObject({
        store: stores[store],
        source,
        destination: {
          bucket,
          key,
          contentType: 'video/mxf',
          metadata: { director: 'somebody' },
          tags: { only: 'this' },
        },
        multipartThreshold,
      });

      expect(await readProperties(key)).toEqual({
        ...((await readProperties(source.key)) as object),
        ContentType: 'video/mxf',
        Metadata: { director: 'somebody' },
        tags: [{ Key: 'only', Value: 'this' }],
      });
    },
  );
});

describe('copyLargeObject() copies the version that was asked for', () => {
  const versioned = 'versioned';
  const versions: { readonly versionId: string; readonly body: Buffer }[] = [];

  beforeAll(async () => {
    await client.send(new CreateBucketCommand({ Bucket: versioned }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration }));
    for (const size of [6 * MiB, 7 * MiB]) {
      const body = randomBytes(size);
      const name = { Bucket: versioned, Key: 'versions?of=it' };
      const { VersionId = '' } = await client.send(new PutObjectCommand({ ...name, Body: body }));
      versions.push({ versionId: VersionId, body });
    }
  });

  test.for(combinations)('$store, $strategy', async ({ store, strategy, multipartThreshold }) => {
    for (const [index, { versionId, body }] of versions.entries()) {
      const key = `version ${index} by ${store}, ${strategy}`;
      const result = await copyLargeObject({
        store: stores[store],
        source: { bucket: versioned, key: 'versions?of=it', versionId },
        destination: { bucket: versioned, key },
        multipartThreshold,
      });
      expect(result.size).toBe(body.length);
      const copied = await readMd5(client, { Bucket: versioned, Key: key });
      await client.send(new PutObjectCommand({ Bucket: versioned, Key: 'expected', Body: body }));
      expect(copied).toEqual(await readMd5(client, { Bucket: versioned, Key: 'expected' }));
    }
  });
});
