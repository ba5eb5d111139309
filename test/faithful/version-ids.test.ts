import { describe, expect, onTestFinished, test } from 'vitest';
import { CompleteFailedError, copyLargeObject, type CopyOptions } from '../../src/index.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import { S3_LIMITS } from '../../src/store/store-limits.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { startTestStore, type TestBucket } from '../../src/testing/index.ts';
import { waysToStore } from '../contract/embedded-store.ts';
import { memoryCheckpoints } from '../copy/memory-checkpoints.ts';
import { DESTINATION, failureOf, SOURCE, withOperations } from './set-up-store.ts';

const SIZE = 300_000;
const limits = { minPartSize: 100_000 };
const LOST = { kind: 'resetAfterWork', operation: 'completeMultipartUpload' } as const;

async function setUp(way: 's3Store' | 'fromS3Client', versioning: TestBucket['versioning'] = 'enabled') {
  const server = await startTestStore({
    personality: 'aws',
    limits,
    buckets: [{ name: 'destination', versioning }],
    objects: [{ ...SOURCE, size: SIZE, tags: { kind: 'film' } }],
  });
  onTestFinished(() => server.close());
  const store = withOperations(waysToStore[way](server, 'v4'), { limits: { ...S3_LIMITS, ...limits } });
  const copy = (more: Partial<CopyOptions> = {}) =>
    copyLargeObject({
      store,
      source: SOURCE,
      destination: DESTINATION,
      retry: { minDelayMs: 1, maxDelayMs: 5, maxAttempts: 3 },
      hedge: false,
      multipartThreshold: 0,
      partSize: 100_000,
      ...more,
    });
  const current = () => server.object('destination', DESTINATION.key);
  /** Somebody writes to the key as soon as a Complete has come through. */
  const replaced = (): undefined => {
    if (current()?.uploadId !== undefined) server.putObject({ ...DESTINATION, size: SIZE, seed: 7 });
    return undefined;
  };
  return { server, store, copy, current, replaced };
}

describe.for(['s3Store', 'fromS3Client'] as const)('the version that %s reads from Create', (way) => {
  test('decides a lost Complete, though somebody else has written to the key since', async () => {
    const { server, copy, current, replaced } = await setUp(way);
    server.setFaults([replaced, { ...LOST, times: 1 }]);
    const result = await copy();
    expect(result).toMatchObject({ warnings: [] });
    const own = server.object('destination', DESTINATION.key, result.versionId);
    expect(own).toMatchObject({ size: SIZE, tags: { kind: 'film' }, uploadId: result.uploadId });
    // the newer object is left alone
    expect(current()).toMatchObject({ tags: {}, uploadId: undefined });
    expect(server.stats().operations.completeMultipartUpload).toBe(1);
  });

  test('tells for certain that a Complete did not work, if the upload is gone', async () => {
    const { server, store, copy } = await setUp(way);
    const aborting: CopyStore = withOperations(store, {
      completeMultipartUpload: async (request) => {
        await store.abortMultipartUpload(request);
        throw new StoreError('lost', { operation: 'completeMultipartUpload', kind: 'ambiguous' });
      },
    });
    const error = await failureOf(copy({ store: aborting }));
    expect(error).toBeInstanceOf(CompleteFailedError);
    expect(error).toMatchObject({ outcome: 'failed' });
    expect(server.uploads('destination')).toEqual([]);
  });

  test('is of no use to who may not read versions: a lost Complete is decided without it', async () => {
    const { server, store, copy, current } = await setUp(way);
    server.setFaults([{ ...LOST, times: 1 }]);
    let refused = 0;
    const unversioned: CopyStore = withOperations(store, {
      headObject: (request) => {
        if (request.versionId === undefined) return store.headObject(request);
        refused++;
        return Promise.reject(
          new StoreError('no', {
            operation: 'headObject',
            kind: 'permanent',
            statusCode: 403,
            vendorCode: 'AccessDenied',
          }),
        );
      },
    });
    const result = await copy({ store: unversioned });
    expect(current()?.uploadId).toBe(result.uploadId);
    expect(refused).toBeGreaterThan(0);
  });

  test('is none while versioning is suspended: the older object has that id, too', async () => {
    const { server, copy, current } = await setUp(way, 'suspended');
    server.putObject({ ...DESTINATION, size: SIZE, seed: 9 });
    server.setFaults([{ ...LOST, times: 1 }]);
    const result = await copy();
    expect(current()?.uploadId).toBe(result.uploadId);
  });

  test('is kept in the checkpoint, and decides what a killed run left', async () => {
    const { server, store, copy, replaced } = await setUp(way);
    const checkpoint = memoryCheckpoints();
    const killed: CopyStore = withOperations(store, {
      completeMultipartUpload: async (request) => {
        await store.completeMultipartUpload(request);
        throw new Error('killed');
      },
    });
    expect(await failureOf(copy({ store: killed, checkpoint }))).toMatchObject({ message: 'killed' });
    const [text = ''] = checkpoint.texts.values();
    expect(JSON.parse(text)).toMatchObject({ versionId: server.object('destination', DESTINATION.key)?.versionId });

    server.setFaults([replaced]);
    const result = await copy({ checkpoint });
    expect(result).toMatchObject({ resumed: true, warnings: [] });
    expect(server.object('destination', DESTINATION.key, result.versionId)?.uploadId).toBe(result.uploadId);
    expect(server.stats().operations.completeMultipartUpload).toBe(1);
  });
});
