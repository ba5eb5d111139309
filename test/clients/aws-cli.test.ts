import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProgram } from './debian-programs.ts';
import { startStoreUnderTest, type StoreUnderTest } from './store-under-test.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await startStoreUnderTest();
});
afterAll(() => store.close());

function aws(...parameters: readonly string[]): Promise<string> {
  return runProgram({ name: 'aws', debianPackage: 'awscli' }, ['--endpoint-url', store.endpoint, ...parameters], {
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_DEFAULT_REGION: store.region,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
}

test('aws s3 ls lists buckets and objects', async () => {
  const buckets = await aws('s3', 'ls');
  expect(buckets).toMatch(/ source$/m);
  expect(buckets).toMatch(/ destination$/m);
  const objects = await aws('s3', 'ls', '--recursive', 's3://source');
  for (const { key, size } of store.objects) expect(objects).toContain(`${size} ${key}\n`);
});

test('aws s3api list-objects-v2 pages through the keys', async () => {
  const listed = await aws(
    's3api',
    'list-objects-v2',
    '--bucket',
    'source',
    '--page-size',
    '1',
    '--query',
    'Contents[].Key',
  );
  expect(JSON.parse(listed)).toEqual(store.objects.map(({ key }) => key).toSorted());
});

test('aws s3api head-object tells size, type and metadata', async () => {
  for (const { key, size } of store.objects) {
    const head: unknown = JSON.parse(await aws('s3api', 'head-object', '--bucket', 'source', '--key', key));
    expect(head).toMatchObject({
      ContentLength: size,
      ContentType: 'application/x-film',
      Metadata: { director: 'nobody' },
    });
  }
});

test('aws s3 cp copies: the large object in parts, with its properties', async () => {
  for (const { key, md5 } of store.objects) {
    await aws('s3', 'cp', `s3://source/${key}`, `s3://destination/aws/${key}`);
    expect(await store.readMd5(`aws/${key}`)).toBe(md5);
    const head: unknown = JSON.parse(
      await aws('s3api', 'head-object', '--bucket', 'destination', '--key', `aws/${key}`),
    );
    expect(head).toMatchObject({ ContentType: 'application/x-film', Metadata: { director: 'nobody' } });
    // 8 MiB parts above 8 MiB are the program's defaults
    expect((head as { ETag: string }).ETag).toMatch(key.endsWith('.bin') ? /^"[0-9a-f]{32}-3"$/ : /^"[0-9a-f]{32}"$/);
  }
  expect(await store.countUploads()).toBe(0);
});

test('aws s3api upload-part-copy, list-parts and complete-multipart-upload copy in parts', async () => {
  const [{ key, md5, size } = { key: '', md5: '', size: 0 }] = store.objects;
  const destination = ['--bucket', 'destination', '--key', `by hand/${key}`];
  const created = JSON.parse(await aws('s3api', 'create-multipart-upload', ...destination)) as { UploadId: string };
  const upload = [...destination, '--upload-id', created.UploadId];
  const half = Math.floor(size / 2);
  for (const [index, range] of [`bytes=0-${half - 1}`, `bytes=${half}-${size - 1}`].entries()) {
    // The program encodes it by itself.
    const copySource = `source/${key}`;
    await aws(
      's3api',
      'upload-part-copy',
      ...upload,
      '--part-number',
      String(index + 1),
      '--copy-source',
      copySource,
      '--copy-source-range',
      range,
    );
  }
  const listed = JSON.parse(await aws('s3api', 'list-parts', ...upload)) as {
    Parts: { PartNumber: number; ETag: string; Size: number }[];
  };
  expect(listed.Parts.map((part) => part.Size)).toEqual([half, size - half]);
  const parts = listed.Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
  await aws('s3api', 'complete-multipart-upload', ...upload, '--multipart-upload', JSON.stringify({ Parts: parts }));
  expect(await store.readMd5(`by hand/${key}`)).toBe(md5);
});
