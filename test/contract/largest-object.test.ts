import { expect, onTestFinished, test } from 'vitest';
import { copyLargeObject, CopyOptionsError, planCopy } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { waysToStore } from './embedded-store.ts';

const GIB = 1024 ** 3;
/** 48.8 TiB, which Amazon's pages call 50 TB. */
const LARGEST = 10_000 * 5 * GIB;

test.for(['s3Store', 'obsStore', 'fromS3Client'] as const)(
  '%s plans an object of 10,000 parts of 5 GiB, and refuses one byte more before anything is written',
  { timeout: 300_000 },
  async (way) => {
    const objects = [LARGEST, LARGEST + 1].map((size) => ({ bucket: 'source', key: String(size), size }));
    const server = await startTestStore({ objects, buckets: ['destination'] });
    onTestFinished(() => server.close());
    const store = waysToStore[way](server, way === 'obsStore' ? 'obs' : 'v4');
    const destination = { bucket: 'destination', key: 'copy' };
    const tooLarge = { bucket: 'source', key: String(LARGEST + 1) };
    const refused = Promise.resolve(copyLargeObject({ store, source: tooLarge, destination }));
    await expect(refused).rejects.toThrow(CopyOptionsError);
    await expect(refused).rejects.toThrow(/10000 parts of at most 5 GiB make 48\.8 TiB/);
    expect(server.stats().operations).toEqual({ headObject: 1 });

    const source = { bucket: 'source', key: String(LARGEST) };
    const plan = await planCopy({ store, source, destination });
    expect(plan).toMatchObject({ partSize: 5 * GIB, size: LARGEST });
    expect(plan.parts).toHaveLength(10_000);
    // once is enough: it takes as many requests as there are parts
    if (way !== 's3Store') return;
    const result = await copyLargeObject({ store, source, destination, concurrency: 64, hedge: false });
    expect(result).toMatchObject({ parts: 10_000, partSize: 5 * GIB, size: LARGEST });
    expect(server.provenance('destination', 'copy')).toMatchObject([
      { start: 0, end: LARGEST - 1, ...source, offset: 0 },
    ]);
  },
);
