import { expect, it, onTestFinished } from 'vitest';
import { copyLargeObject, type CopyOptions, type CopyStore, s3Store, VerificationError } from '../../src/index.ts';
import { type Fault, startTestStore } from '../../src/testing/index.ts';
import { endOf } from './set-up-copy.ts';

const MIB = 1024 * 1024;

/** A bucket with versions, at whose key an equal object stands. */
async function setUp(more: Partial<CopyOptions>) {
  const testStore = await startTestStore({
    objects: [{ bucket: 'src', key: 'a', size: 12 * MIB }],
    buckets: [{ name: 'dst', versioning: 'enabled' }],
  });
  onTestFinished(() => testStore.close());
  const { endpoint, credentials } = testStore;
  const options: CopyOptions = {
    store: s3Store({ endpoint, credentials, etagFormula: 'aws' }),
    source: { bucket: 'src', key: 'a' },
    destination: { bucket: 'dst', key: 'b' },
    partSize: 5 * MIB,
    ...more,
  };
  await copyLargeObject(options);
  return { testStore, options };
}

const STRATEGIES = [
  // Create says which version it will be, and no other is looked at.
  ['in parts', { multipartThreshold: 1 }, []],
  ['by a single copy', { multipartThreshold: 100 * MIB }, ['DESTINATION_REPLACED']],
] as const;

it.each(STRATEGIES)('a copy (%s) that stored nothing is not taken for the equal version before it', async (_, more) => {
  const { testStore, options } = await setUp(more);
  testStore.setFaults([
    ({ operation }): Fault | undefined =>
      operation === 'completeMultipartUpload' || operation === 'copyObject' ? { kind: 'nothingStored' } : undefined,
  ]);
  const { error } = await endOf(copyLargeObject(options));
  expect(error).toBeInstanceOf(VerificationError);
});

it.each(STRATEGIES)('a copy (%s) that an equal one has replaced names its own version', async (_, more, warnings) => {
  const { options } = await setUp(more);
  const thenReplace = async <T>(finished: Promise<T>): Promise<T> => {
    const answer = await finished;
    await copyLargeObject(options);
    return answer;
  };
  const store: CopyStore = {
    ...options.store,
    copyObject: (request) => thenReplace(options.store.copyObject(request)),
    completeMultipartUpload: (request) => thenReplace(options.store.completeMultipartUpload(request)),
  };
  const result = await copyLargeObject({ ...options, store });
  expect(result.warnings.map(({ code }) => code)).toEqual(warnings);
  const own = await options.store.headObject({ bucket: 'dst', key: 'b', versionId: result.versionId });
  const latest = await options.store.headObject({ bucket: 'dst', key: 'b' });
  expect(own.etag).toBe(latest.etag);
  expect(own.versionId).not.toBe(latest.versionId);
});
