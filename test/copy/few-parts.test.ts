import { expect, it, onTestFinished } from 'vitest';
import { copyLargeObject, s3Store } from '../../src/index.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { endOf } from './set-up-copy.ts';

const MIB = 1024 * 1024;

/** 1,200 parts of 5 MiB, in a store that takes 1,000. */
async function setUp(limits?: { readonly maxParts: number }) {
  const testStore = await startTestStore({
    personality: 'scaleway',
    objects: [{ bucket: 'src', key: 'a', size: 6000 * MIB }],
    buckets: ['dst'],
  });
  onTestFinished(() => testStore.close());
  const { endpoint, credentials } = testStore;
  const copy = copyLargeObject({
    store: s3Store({ endpoint, credentials, ...(limits && { limits }) }),
    source: { bucket: 'src', key: 'a' },
    destination: { bucket: 'dst', key: 'b' },
    partSize: 5 * MIB,
    concurrency: 8,
  });
  return { testStore, copy };
}

it('a store that takes fewer parts than planned refuses at once, and the error names the option', async () => {
  const { testStore, copy } = await setUp();
  const { error } = await endOf(copy);
  expect(error).toMatchObject({
    name: 'PartFailedError',
    partNumber: 1200,
    message: expect.stringContaining('limits: { maxParts: 1000 }') as string,
  });
  expect(testStore.stats().requests).toBeLessThan(60);
  expect(testStore.uploads('dst')).toEqual([]);
});

it('with that option the parts grow', async () => {
  const { testStore, copy } = await setUp({ maxParts: 1000 });
  expect(await copy).toMatchObject({ parts: 1000 });
  expect(testStore.provenance('dst', 'b')).toMatchObject([{ start: 0, end: 6000 * MIB - 1, key: 'a', offset: 0 }]);
});
