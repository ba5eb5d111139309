import { afterEach, expect, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { copyRequests, outcomeOf, sendRaw } from './raw-request.ts';

// What other people's clients found: boto3 by the tests of ceph/s3-tests.
let store: TestStore;
afterEach(() => store.close());

async function start() {
  store = await startTestStore({
    credentials: false,
    buckets: ['dst'],
    objects: [
      { bucket: 'src', key: 'k', body: '0123456789', checksumAlgorithm: 'CRC32' },
      { bucket: 'src', key: 'in-parts', size: 10, partSize: 5, checksumAlgorithm: 'CRC32' },
    ],
  });
  return store;
}

test.for([
  ['GET', '/src/k', {}, true],
  ['GET', '/src/k', { range: 'bytes=2-5' }, false],
  ['GET', '/src/k', { range: 'bytes=2-' }, false],
  ['HEAD', '/src/k', { range: 'bytes=0-3' }, false],
  ['GET', '/src/k?partNumber=1', {}, true],
] as const)('%s %s %o: the checksum of all bytes only with all of them', async ([method, path, headers, whole]) => {
  const answer = await sendRaw(await start(), method, path, { ...headers, 'x-amz-checksum-mode': 'ENABLED' });
  expect(answer.status).toBe('range' in headers || path.includes('?') ? 206 : 200);
  const checksum = store.object('src', 'k')?.checksums.CRC32;
  expect(answer.headers['x-amz-checksum-crc32']).toBe(whole ? checksum : undefined);
});

test('a part that is read has its own checksum', async () => {
  const answer = await sendRaw(await start(), 'GET', '/src/in-parts?partNumber=2', {
    'x-amz-checksum-mode': 'ENABLED',
  });
  expect(answer.body.length).toBe(5);
  expect(answer.headers['x-amz-checksum-crc32']).toBe(store.object('src', 'in-parts')?.parts?.[1]?.checksums.CRC32);
});

test('a bucket with nothing but an unfinished upload is deleted, and the upload with it', async () => {
  const { create, listParts } = copyRequests(await start(), 'dst', 'k');
  const uploadId = await create();
  expect(outcomeOf(await sendRaw(store, 'DELETE', '/dst'))).toBe('204');
  expect(store.uploads('dst')).toEqual([]);
  store.putBucket('dst');
  expect(outcomeOf(await listParts(uploadId))).toBe('404 NoSuchUpload');
});

test('a bucket with an object is not', async () => {
  expect(outcomeOf(await sendRaw(await start(), 'DELETE', '/src'))).toBe('409 BucketNotEmpty');
});
