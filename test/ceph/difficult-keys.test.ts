import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import { copyLargeObject, type CopyOptions, s3Store } from '../../src/index.ts';
import { connectToGateway } from './ceph-gateway.ts';
import { listUploadKeys, MiB, readMd5 } from './random-objects.ts';

const { client, endpoint, credentials } = connectToGateway();
const bucket = 'difficult-keys';
const stores = {
  v4: s3Store({ endpoint, credentials, region: 'us-east-1' }),
  v2: s3Store({ endpoint, credentials, region: 'us-east-1', signature: 'v2' }),
};

/** Two parts of different bytes for each key, so that a copy of another object can't go unnoticed. */
async function putRandomObject(key: string): Promise<{ size: number; md5: string }> {
  const body = randomBytes(5 * MiB + 1000);
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  return readMd5(client, { Bucket: bucket, Key: key });
}

beforeAll(async () => {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
});

const asMultipart = { multipartThreshold: 0, partSize: 5 * MiB } satisfies Partial<CopyOptions>;
const asSingle = { multipartThreshold: 100 * MiB } satisfies Partial<CopyOptions>;

describe.for(['v4', 'v2'] as const)('copyLargeObject() signed %s takes keys as they are', (signature) => {
  test.for([
    'with spaces  and two',
    'a+b=c&d;e,f',
    'ümläut/日本語/😀',
    'question?versionId=abc&partNumber=2#fragment',
    'quotes\'"`<>!*()',
    '/leading and trailing/',
    'double//slash///here',
    '../up/./and/../down',
    'back\\slash|pipe^caret{brace}[bracket]~tilde',
    'tab\tand\u00a0no-break space',
  ])('%j', async (name) => {
    const sourceKey = `${signature}/${name}`;
    const uploaded = await putRandomObject(sourceKey);
    for (const strategy of [asMultipart, asSingle]) {
      const destinationKey = `${name}/copied ${strategy.multipartThreshold} ${signature}`;
      await copyLargeObject({
        store: stores[signature],
        source: { bucket, key: sourceKey },
        destination: { bucket, key: destinationKey },
        ...strategy,
      });
      expect(await readMd5(client, { Bucket: bucket, Key: destinationKey })).toEqual(uploaded);
    }
  });

  test('a key that begins with a slash, or is only dots', async () => {
    for (const key of [`/${signature}`, `${signature}/..`, `${signature}/.`]) {
      const uploaded = await putRandomObject(key);
      const destination = { bucket, key: `${key}/destination` };
      await copyLargeObject({ store: stores[signature], source: { bucket, key }, destination, ...asMultipart });
      expect(await readMd5(client, { Bucket: bucket, Key: destination.key })).toEqual(uploaded);
    }
  });
});

// This gateway decodes the source of a part copy twice: `a%2Fb` is taken for `a/b`, and without an `a/b` it isn't found
describe('copyLargeObject() never copies another object than a source whose key holds a percent sign', () => {
  test.for([
    { key: 'percent/a%2Fb', decoded: 'percent/a/b' },
    { key: 'percent/a%20b', decoded: 'percent/a b' },
    { key: 'percent/a%252Fb', decoded: 'percent/a%2Fb' },
    { key: 'percent/100% sure', decoded: undefined },
    { key: 'percent/a%2Bb', decoded: 'percent/a+b' },
  ])('$key beside $decoded', async ({ key, decoded }) => {
    if (decoded !== undefined) await putRandomObject(decoded);
    const uploaded = await putRandomObject(key);
    const destination = { bucket, key: `${key} copied` };

    await copyLargeObject({ store: stores.v4, source: { bucket, key }, destination, ...asMultipart });

    expect(await readMd5(client, { Bucket: bucket, Key: destination.key })).toEqual(uploaded);
    expect(await listUploadKeys(client, bucket)).toEqual([]);
  });

  test.for(['single/a%2Fb', 'single/100% sure'])('%s in a single request', async (key) => {
    const uploaded = await putRandomObject(key);
    const destination = { bucket, key: `${key} copied` };
    await copyLargeObject({ store: stores.v4, source: { bucket, key }, destination, ...asSingle });
    expect(await readMd5(client, { Bucket: bucket, Key: destination.key })).toEqual(uploaded);
  });

  test('a destination with percent signs gets its own name', async () => {
    const uploaded = await putRandomObject('plain source');
    const destination = { bucket, key: 'to/a%2Fb%20c%' };
    await copyLargeObject({ store: stores.v4, source: { bucket, key: 'plain source' }, destination, ...asMultipart });
    expect(await readMd5(client, { Bucket: bucket, Key: destination.key })).toEqual(uploaded);
  });
});
