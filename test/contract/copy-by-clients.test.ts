import { afterEach, describe, expect, it } from 'vitest';
import { copyLargeObject } from '../../src/index.ts';
import { startTestStore, type TestStore, type TestStoreOptions } from '../../src/testing/index.ts';
import { waysToStore } from './embedded-store.ts';

const MIB = 1024 * 1024;
const SIZE = 1024 * 1024 * MIB + 12_345;
const PART_SIZE = 4096 * MIB;

const ways = [
  ['fromS3Client', waysToStore.fromS3Client, undefined],
  ['fromObsClient, the vendor’s', (server: TestStore) => waysToStore.fromVendorObsClient(server, 'obs'), 'obs'],
  ['fromObsClient, the vendor’s, negotiating', waysToStore.fromNegotiatingObsClient, 'obs'],
  ['fromObsClient, our own', (server: TestStore) => waysToStore.fromOwnObsClient(server, 'obs'), 'obs'],
] as const;

let server: TestStore;
afterEach(() => server.close());

async function start(more: TestStoreOptions = {}): Promise<void> {
  server = await startTestStore({
    buckets: ['archive'],
    objects: [
      { bucket: 'media', key: 'raw/film ü+.mxf', size: SIZE, contentType: 'video/x', metadata: { a: '%41 b' } },
    ],
    ...more,
  });
}

const names = {
  source: { bucket: 'media', key: 'raw/film ü+.mxf' },
  destination: { bucket: 'archive', key: '2026/film.mxf' },
};

describe.each(ways)('copyLargeObject() by %s', (_name, makeStore, personality) => {
  it('copies 1 TiB, with every byte from its place', async () => {
    await start({ personality });
    const result = await copyLargeObject({
      store: makeStore(server),
      ...names,
      partSize: PART_SIZE,
      concurrency: 16,
      preserve: { metadata: false },
    });
    expect(result).toMatchObject({ size: SIZE, strategy: 'multipart', verified: 'etag' });
    expect(server.provenance('archive', '2026/film.mxf')).toMatchObject([
      { start: 0, end: SIZE - 1, bucket: 'media', key: 'raw/film ü+.mxf', offset: 0 },
    ]);
    expect(server.uploads('archive')).toEqual([]);
  });

  it('ends right through errors inside 200, resets, 500s and 503s', async () => {
    await start({
      personality,
      seed: 7,
      faults: [
        { operation: 'copyPart', kind: 'errorIn200', suffix: '\n', probability: 0.05 },
        { operation: 'completeMultipartUpload', kind: 'errorIn200', times: 1 },
        { operation: 'copyPart', kind: 'emptyIn200', afterWork: true, probability: 0.03 },
        { operation: 'copyPart', kind: 'reset', probability: 0.03 },
        { operation: 'copyPart', kind: 'resetAfterWork', probability: 0.03 },
        { operation: 'copyPart', kind: 'error', status: 500, probability: 0.03 },
        { operation: 'copyPart', kind: 'error', status: 503, code: 'SlowDown', probability: 0.03 },
      ],
    });
    const result = await copyLargeObject({
      store: makeStore(server),
      ...names,
      concurrency: 16,
      partSize: PART_SIZE,
      preserve: { metadata: false },
      retry: { minDelayMs: 1, maxDelayMs: 5 },
    });
    expect(result.retries).toBeGreaterThan(0);
    expect(server.provenance('archive', '2026/film.mxf')).toMatchObject([{ start: 0, end: SIZE - 1, offset: 0 }]);
    expect(server.uploads('archive')).toEqual([]);
  });

  it('leaves nothing behind when it is cancelled', async () => {
    await start({ personality, latency: { copyPart: 50 } });
    const controller = new AbortController();
    const copy = copyLargeObject({
      store: makeStore(server),
      ...names,
      partSize: PART_SIZE,
      concurrency: 8,
      preserve: { metadata: false },
      signal: controller.signal,
    });
    copy.once('part', () => controller.abort('enough'));
    await expect(copy).rejects.toBe('enough');
    expect(server.uploads('archive')).toEqual([]);
    expect(server.object('archive', '2026/film.mxf')).toBeUndefined();
  });
});

describe('the source’s metadata, which the vendor’s client can’t write as it is', () => {
  it('is refused before the first part', async () => {
    await start({ personality: 'obs' });
    await expect(copyLargeObject({ store: waysToStore.fromVendorObsClient(server, 'obs'), ...names })).rejects.toThrow(
      /can't send metadata 'a' as it is/,
    );
    expect(server.uploads('archive')).toEqual([]);
  });

  it.each([
    ['fromS3Client', waysToStore.fromS3Client],
    ['fromObsClient, our own', (store: TestStore) => waysToStore.fromOwnObsClient(store, 'obs')],
  ])('is carried over by %s', async (_name, makeStore) => {
    await start();
    await copyLargeObject({ store: makeStore(server), ...names, partSize: PART_SIZE });
    expect(server.object('archive', '2026/film.mxf')?.metadata).toEqual({ a: '%41 b' });
  });
});
