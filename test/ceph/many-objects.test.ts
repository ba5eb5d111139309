import { createHash, randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from 'vitest';
import { copyObjects, type CopyStore, s3Store } from '../../src/index.ts';
import { runProgram } from '../clients/debian-programs.ts';
import { connectToGateway } from './ceph-gateway.ts';
import { MiB, readMd5, uploadRandomObject } from './random-objects.ts';

const OBJECTS = 5000;
const LARGE = 4;
const PUTS_AT_A_TIME = 16;

const { client, endpoint, credentials } = connectToGateway();
const store = s3Store({ endpoint, credentials, region: 'us-east-1' }) as Required<CopyStore>;
const [from, to] = ['many-source', 'many-destination'] as const;

beforeAll(async () => {
  for (const Bucket of [from, to]) {
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
});

function rclone(...parameters: readonly string[]): Promise<string> {
  return runProgram({ name: 'rclone', debianPackage: 'rclone' }, parameters, {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_CEPH_TYPE: 's3',
    RCLONE_CONFIG_CEPH_PROVIDER: 'Ceph',
    RCLONE_CONFIG_CEPH_ENDPOINT: endpoint,
    RCLONE_CONFIG_CEPH_ACCESS_KEY_ID: credentials.accessKeyId,
    RCLONE_CONFIG_CEPH_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
}

const put = (Key: string, Body: Uint8Array | string) => client.send(new PutObjectCommand({ Bucket: from, Key, Body }));

test(`${OBJECTS} objects of mixed sizes are copied, and rclone finds no difference in any byte`, async () => {
  let next = 0;
  const putMore = async (): Promise<void> => {
    for (let index = next++; index < OBJECTS - LARGE; index = next++) {
      // From none to 8 KiB, and some of 100 KiB.
      await put(`all/${index % 50}/${index}`, randomBytes(index % 100 === 0 ? 100_000 : (index * 37) % 8192));
    }
  };
  await Promise.all(Array.from({ length: PUTS_AT_A_TIME }, putMore));
  for (let index = 0; index < LARGE; index++) {
    await uploadRandomObject(client, { Bucket: from, Key: `all/large/${index}` }, [5 * MiB, 5 * MiB, index]);
  }
  const result = await copyObjects({
    store,
    source: { bucket: from, prefix: 'all/' },
    destination: { bucket: to, prefix: 'all/' },
    multipartThreshold: 8 * MiB,
    partSize: 5 * MiB,
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  expect(result).toMatchObject({ listed: OBJECTS, copied: OBJECTS, failed: 0, gone: 0 });
  await rclone('check', '--download', '--checkers', '16', `ceph:${from}/all`, `ceph:${to}/all`);
  // The check would see one.
  await store.deleteObjects({ bucket: to, keys: ['all/7/7'] });
  await expect(rclone('check', `ceph:${from}/all`, `ceph:${to}/all`)).rejects.toThrow(/1 differences found/);
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
