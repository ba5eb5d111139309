import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from './debian-programs.ts';
import { startStoreUnderTest, type StoreUnderTest } from './store-under-test.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await startStoreUnderTest();
});
afterAll(() => store.close());

function rclone(...parameters: readonly string[]): Promise<string> {
  return runProgram({ name: 'rclone', debianPackage: 'rclone' }, parameters, {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_STORE_TYPE: 's3',
    RCLONE_CONFIG_STORE_PROVIDER: 'Other',
    RCLONE_CONFIG_STORE_ENDPOINT: store.endpoint,
    RCLONE_CONFIG_STORE_REGION: store.region,
    RCLONE_CONFIG_STORE_ACCESS_KEY_ID: store.accessKeyId,
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: store.secretAccessKey,
  });
}

test('rclone lsd and lsjson list buckets and objects', async () => {
  const buckets = await rclone('lsd', 'store:');
  expect(buckets).toMatch(/ source$/m);
  expect(buckets).toMatch(/ destination$/m);
  const objects: unknown = JSON.parse(await rclone('lsjson', '--recursive', '--files-only', 'store:source'));
  expect(objects).toHaveLength(store.objects.length);
  for (const { key, size } of store.objects) {
    expect(objects).toContainEqual(expect.objectContaining({ Path: key, Size: size, MimeType: 'application/x-film' }));
  }
});

test('rclone md5sum takes the ETag of an object that was not uploaded in parts', async () => {
  const sums = await rclone('md5sum', 'store:source');
  for (const { key, md5 } of store.objects) expect(sums).toContain(`${md5}  ${key}\n`);
});

test('rclone copyto copies: the large object in parts', async () => {
  for (const { key, md5 } of store.objects) {
    const target = `store:destination/rclone/${key}`;
    await rclone('copyto', '--s3-copy-cutoff', '5Mi', '--s3-chunk-size', '5Mi', `store:source/${key}`, target);
    expect(await store.readMd5(`rclone/${key}`)).toBe(md5);
  }
  expect(await store.countUploads()).toBe(0);
});

test('rclone check finds the copies equal, and sync has nothing left to do', async () => {
  await rclone('sync', 'store:source', 'store:destination/synced');
  await rclone('check', '--download', 'store:source', 'store:destination/synced');
  await rclone('deletefile', 'store:destination/synced/folder/small.txt');
  await expect(rclone('check', 'store:source', 'store:destination/synced')).rejects.toThrow(/1 differences found/);
});
