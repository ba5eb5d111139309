import { createHash } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from 'vitest';
import { copyObjects, type CopyStore, s3Store } from '../../src/index.ts';
import { copyAndSync, MIXED_OBJECTS } from '../stores/mixed-objects/copy-and-sync.ts';
import { connectToGateway } from './ceph-gateway.ts';
import { readMd5 } from './random-objects.ts';

const { client, endpoint, credentials } = connectToGateway();
const store = s3Store({ endpoint, credentials, region: 'us-east-1' }) as Required<CopyStore>;
const [from, to] = ['many-source', 'many-destination'] as const;

beforeAll(async () => {
  for (const Bucket of [from, to]) {
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
});

const put = (Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket: from, Key, Body }));

test(`${MIXED_OBJECTS} objects of mixed sizes are copied and synced, and rclone finds no difference in any byte`, async () => {
  await copyAndSync({ endpoint, credentials });
});

test('all versions are copied, the oldest first', async () => {
  const keys = ['versions/a', 'versions/p+q %2F', 'versions/z'];
  for (const body of ['1', '22', '333', '4444']) for (const key of keys) await put(key, body);
  await store.deleteObjects({ bucket: from, keys: ['versions/z'] });
  const run = copyObjects({
    store,
    source: { bucket: from, prefix: 'versions/', versions: true },
    destination: { bucket: to, prefix: 'copies/' },
  });
  expect(await run).toMatchObject({ listed: 13, copied: 12, skipped: 1, failed: 0 });
  const { versions } = await store.listObjectVersions({ bucket: to, prefix: 'copies/' });
  for (const key of keys) {
    const copies = versions.filter((version) => version.key === key.replace('versions', 'copies'));
    expect(copies.map(({ size }) => size)).toEqual([4, 3, 2, 1]);
  }
  const { md5 } = await readMd5(client, { Bucket: to, Key: 'copies/z' });
  expect(md5).toBe(createHash('md5').update('4444').digest('hex'));
});
