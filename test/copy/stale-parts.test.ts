import { expect, it, onTestFinished } from 'vitest';
import { copyLargeObject, s3Store } from '../../src/index.ts';
import { type Fault, startTestStore } from '../../src/testing/index.ts';

const MIB = 1024 * 1024;
const SOURCE = { bucket: 'src', key: 'film' };

it('a part of an older source is not taken for the one whose answer was lost a moment later', async () => {
  const testStore = await startTestStore({ objects: [{ ...SOURCE, size: 12 * MIB }], buckets: ['dst'] });
  onTestFinished(() => testStore.close());
  const { endpoint, credentials } = testStore;
  const store = s3Store({ endpoint, credentials });
  const destination = { bucket: 'dst', key: 'copy' };
  const { uploadId } = await store.createMultipartUpload(destination);
  for (const [partNumber, start, end] of [
    [1, 0, 5 * MIB - 1],
    [2, 5 * MIB, 10 * MIB - 1],
  ] as const)
    await store.copyPart({ ...destination, uploadId, partNumber, source: SOURCE, start, end });
  const { etag } = testStore.putObject({ ...SOURCE, body: Buffer.alloc(12 * MIB, 7) });
  testStore.setFaults([
    ({ operation, attempt }): Fault | undefined =>
      operation === 'copyPart' && attempt === 1 ? { kind: 'reset' } : undefined,
  ]);
  await copyLargeObject({
    store,
    source: SOURCE,
    destination,
    resume: uploadId,
    partSize: 5 * MIB,
    multipartThreshold: 1,
    retry: { minDelayMs: 1, maxDelayMs: 5 },
  });
  expect(testStore.provenance('dst', 'copy').map((range) => range.etag)).toEqual([etag]);
});
