import { describe, expect, test } from 'vitest';
import { copyLargeObject, VerificationError } from '../../src/index.ts';
import { S3_LIMITS } from '../../src/store/store-limits.ts';
import type { TestObjectView } from '../../src/testing/index.ts';
import { waysToStore } from '../contract/embedded-store.ts';
import {
  copySource,
  DESTINATION,
  failureOf,
  IN_PARTS,
  isWholeCopy,
  setUpStore,
  SIZE,
  SOURCE,
  strategies,
  withOperations,
} from './set-up-store.ts';

const WRONG = 'AAAAAAAAAAA=';

describe.for(['s3Store', 'fromS3Client'] as const)('checksums by %s', (way) => {
  test.for(
    strategies.flatMap((strategy) =>
      (['CRC64NVME', 'CRC32C', 'CRC32'] as const).map((algorithm) => ({ algorithm, ...strategy })),
    ),
  )('a copy ($strategy) has the $algorithm of the whole source', async ({ algorithm, sizes }) => {
    const { server } = await setUpStore('s3', { objects: [{ ...SOURCE, size: SIZE, checksumAlgorithm: algorithm }] });
    const store = waysToStore[way](server, 'v4');
    const result = await copySource({ store, ...sizes });

    const copy = server.object(DESTINATION.bucket, DESTINATION.key);
    expect(copy).toMatchObject({ checksumType: 'FULL_OBJECT' });
    expect(copy?.checksums).toEqual(server.object(SOURCE.bucket, SOURCE.key)?.checksums);
    expect(result.warnings).toEqual([]);
  });

  test.for(['SHA256', 'SHA1', 'SHA512', 'MD5', 'XXHASH64', 'XXHASH3', 'XXHASH128'] as const)(
    'a copy has the %s of its source: in parts, one that is made of those of the parts',
    async (algorithm) => {
      const source = { ...SOURCE, size: 300_000, checksumAlgorithm: algorithm };
      const limits = { minPartSize: 100_000 };
      const { server } = await setUpStore('s3', { objects: [source], limits });
      const copy = (): TestObjectView => server.object(DESTINATION.bucket, DESTINATION.key)!;
      const store = withOperations(waysToStore[way](server, 'v4'), { limits: { ...S3_LIMITS, ...limits } });
      const single = await copyLargeObject({ store, source: SOURCE, destination: DESTINATION });
      expect(copy()).toMatchObject({
        checksumType: 'FULL_OBJECT',
        checksums: server.object(SOURCE.bucket, SOURCE.key)?.checksums,
      });
      expect(single.warnings).toEqual([]);

      const parts = { multipartThreshold: 0, partSize: 100_000 };
      const inParts = await copyLargeObject({ store, source: SOURCE, destination: DESTINATION, ...parts });
      expect(copy()).toMatchObject({
        checksumType: 'COMPOSITE',
        checksums: { [algorithm]: expect.stringMatching(/^[\w+/]+=*-3$/) },
      });
      expect(inParts.warnings).toMatchObject([
        { code: 'CHECKSUM_DIFFERS', message: expect.stringContaining(`another ${algorithm} than its source`) },
      ]);
    },
  );

  test.for(['CRC32C', 'SHA256'] as const)(
    'a %s made of those of the parts is kept with the source’s own parts',
    async (algorithm) => {
      const { server } = await setUpStore('s3');
      const store = waysToStore[way](server, 'v4');
      const first = { bucket: DESTINATION.bucket, key: 'composite' };
      const { uploadId } = await store.createMultipartUpload({
        ...first,
        checksumAlgorithm: algorithm,
        checksumType: 'COMPOSITE',
      });
      const parts = [];
      for (const [index, [start, end]] of [[0, 5_999_999] as const, [6_000_000, SIZE - 1] as const].entries()) {
        const partNumber = index + 1;
        const { etag, checksums } = await store.copyPart({
          ...first,
          uploadId,
          partNumber,
          source: SOURCE,
          start,
          end,
        });
        parts.push({ partNumber, etag, checksums });
      }
      await store.completeMultipartUpload({ ...first, uploadId, parts, checksumType: 'COMPOSITE' });

      const result = await copySource({ store, source: first, partSize: 'source' });

      const copy = server.object(DESTINATION.bucket, DESTINATION.key);
      const composite = server.object(first.bucket, first.key);
      expect(composite?.checksums[algorithm]).toMatch(/-2$/);
      expect(copy).toMatchObject({ checksumType: 'COMPOSITE', checksums: composite?.checksums });
      expect(result).toMatchObject({ sameEtag: true, warnings: [] });
    },
  );
});

test('where the source’s checksum is made of other parts’, the copy has the same CRC of the whole', async () => {
  const { server, store } = await setUpStore('s3');
  const composite = withOperations(store, {
    headObject: async (request) => ({
      ...(await store.headObject(request)),
      checksums: { CRC32C: 'AAAAAA==-3' },
      checksumType: 'COMPOSITE',
    }),
  });
  expect((await copySource({ store: composite, ...IN_PARTS })).warnings).toEqual([]);
  expect(server.object(DESTINATION.bucket, DESTINATION.key)).toMatchObject({
    checksumType: 'FULL_OBJECT',
    checksums: { CRC32C: expect.stringMatching(/^[\w+/]{6}==$/) },
  });
});

test.for(strategies)('another checksum than the source’s is an error ($strategy)', async ({ sizes }) => {
  const { store } = await setUpStore('s3', { objects: [{ ...SOURCE, size: SIZE, checksumAlgorithm: 'CRC64NVME' }] });
  const lying = withOperations(store, {
    copyObject: async (request) => ({ ...(await store.copyObject(request)), checksums: { CRC64NVME: WRONG } }),
    completeMultipartUpload: async (request) => ({
      ...(await store.completeMultipartUpload(request)),
      checksums: { CRC64NVME: WRONG },
    }),
  });
  const error = await failureOf(copySource({ store: lying, ...sizes }));
  expect(error).toBeInstanceOf(VerificationError);
  expect(error).toMatchObject({
    actual: WRONG,
    message: expect.stringMatching(/has CRC64NVME AAAAAAAAAAA=, but its source has/),
  });
});

test('MinIO takes a Create with a checksum and refuses its parts: copied without, with a warning', async () => {
  const { server, store } = await setUpStore('s3', {
    personality: 'minio',
    objects: [{ ...SOURCE, size: SIZE, checksumAlgorithm: 'CRC64NVME' }],
  });
  const result = await copySource({ store, ...IN_PARTS });
  expect(result.warnings).toMatchObject([{ code: 'CHECKSUM_NOT_PRESERVED' }]);
  expect(isWholeCopy(server)).toBe(true);
  expect(server.uploads(DESTINATION.bucket)).toEqual([]);
});

test.for(['ceph-rgw', 'swift', 'cloudserver', 'moto', 's3rver'] as const)(
  '%s ignores the checksum that it is asked for: the copy is whole all the same',
  async (personality) => {
    const { server, store } = await setUpStore('s3', {
      personality,
      objects: [{ ...SOURCE, size: SIZE, checksumAlgorithm: 'CRC64NVME' }],
    });
    await copySource({ store, ...IN_PARTS, verify: personality === 's3rver' ? 'size' : 'etag' });
    expect(isWholeCopy(server)).toBe(true);
  },
);

describe('OBS gives CRC64 (ECMA) without being asked', () => {
  const objects = [{ ...SOURCE, size: SIZE, checksumAlgorithm: 'CRC64ECMA' as const }];

  test('the copy’s is compared with the source’s', async () => {
    const { server, store } = await setUpStore('obs', { objects, personality: 'obs' });
    await copySource({ store, multipartThreshold: SIZE });
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.checksums).toEqual(
      server.object(SOURCE.bucket, SOURCE.key)?.checksums,
    );
  });

  test.for(strategies)('another one is an error ($strategy)', async ({ sizes }) => {
    const { store } = await setUpStore('obs', { objects, personality: 'obs' });
    const lying = withOperations(store, {
      copyObject: async (request) => ({ ...(await store.copyObject(request)), checksums: { CRC64ECMA: '1' } }),
      completeMultipartUpload: async (request) => ({
        ...(await store.completeMultipartUpload(request)),
        checksums: { CRC64ECMA: '1' },
      }),
    });
    const error = await failureOf(copySource({ store: lying, ...sizes }));
    expect(error).toBeInstanceOf(VerificationError);
    expect(error).toMatchObject({ actual: '1' });
  });
});
