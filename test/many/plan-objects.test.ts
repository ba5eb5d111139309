import { expect, it } from 'vitest';
import { copyObjects, planObjects } from '../../src/index.ts';
import { setUpRun } from './set-up-run.ts';

const MIB = 1024 * 1024;

it('a plan says what a run would do, by listings alone, and the run does that', async () => {
  const { testStore, options } = await setUpRun(130, {
    objects: [
      { bucket: 'src', key: 't/big', size: 300 * MIB },
      { bucket: 'src', key: 't/same', body: 'same' },
      { bucket: 'dst', key: 'c/same', body: 'same' },
    ],
  });
  const asked = { ...options, ifExists: 'skip-same', multipartThreshold: 64 * MIB, partSize: 64 * MIB } as const;
  const plan = await planObjects(asked);
  expect(plan).toMatchObject({
    listed: 132,
    objects: 131,
    bytes: 13_000 + 300 * MIB,
    skipped: 1,
    failed: 0,
    ofUnknownSize: 0,
  });
  expect(plan.largest.slice(0, 2)).toMatchObject([{ key: 't/big', size: 300 * MIB }, { size: 100 }]);
  expect(plan.largest).toHaveLength(10);
  expect(plan.requests).toMatchObject({ copyObject: 130, copyPart: 5, createMultipartUpload: 1 });
  expect(Object.keys(testStore.stats().operations)).toEqual(['listObjectsV2']);
  const before = testStore.stats().requests;
  const { copied, skipped, requests } = await copyObjects(asked);
  expect({ copied, skipped }).toEqual({ copied: 131, skipped: 1 });
  const sent = testStore.stats().requests - before;
  const planned = Object.values(plan.requests).reduce((sum, count) => sum + count, 0);
  expect(Math.abs(planned - sent)).toBeLessThanOrEqual(3);
  expect(requests).toBe(sent);
});
