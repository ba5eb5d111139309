import { expect, it } from 'vitest';
import { copyObjects, createLimiter, planObjects } from '../../src/index.ts';
import { estimateRun } from '../../src/many/estimate-run.ts';
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
    reasons: { SAME: 1 },
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

it('says why objects would be skipped or fail', async () => {
  const objects = ['t/a', 't/b', 't/c'].map((key) => ({ bucket: 'src', key, body: key }));
  const { options } = await setUpRun(0, {
    series: [],
    objects: [...objects, { bucket: 'dst', key: 'c/a', body: 't/a' }],
  });
  const same = { ...options, ifExists: 'skip-same' } as const;
  expect(await planObjects(same)).toMatchObject({ objects: 2, skipped: 1, reasons: { SAME: 1 } });
  expect(await planObjects({ ...options, ifExists: 'skip' })).toMatchObject({ skipped: 1, reasons: { EXISTS: 1 } });
  const oneKey = await planObjects({ ...options, destination: () => ({ bucket: 'dst', key: 'one' }) });
  expect(oneKey).toMatchObject({ objects: 1, failed: 2, reasons: { DESTINATION_COLLISION: 2 } });
});

it('estimates time and cost by what is assumed, and says what that is', async () => {
  const { options } = await setUpRun(130);
  const { estimate } = await planObjects({ ...options, concurrency: 'auto' });
  // 130 CopyObjects, a page of either listing.
  expect(estimate).toMatchObject({ cost: (132 / 1000) * 0.005, durationMs: expect.any(Number) });
  expect(estimate.assumed).toMatchObject({
    concurrency: 64,
    latencyMs: 100,
    prices: { writes: 0.005, currency: 'USD' },
  });
  const prices = { writes: 1000, reads: 0, currency: 'EUR' };
  const given = await planObjects({ ...options, concurrency: 5 }, { latencyMs: 1000, prices });
  expect(given.estimate).toMatchObject({ cost: 132, assumed: { concurrency: 5 } });
  expect(Math.round(given.estimate.durationMs / 1000)).toBe(Math.round(132 / 5));
  const limited = await planObjects({ ...options, limiter: createLimiter({ maxRequestsPerSecond: 2 }) });
  expect(limited.estimate.durationMs).toBe(66_000);
  await expect(planObjects(options, { latencyMs: -1 })).rejects.toThrow(/'latencyMs' of planObjects/);
});

it.each([
  ['by all requests', { bytes: 0, requests: { copyObject: 1000 } }, 10_000],
  ['by all bytes', { bytes: 1000 * MIB, requests: { copyObject: 10 } }, 100_100],
  ['by its pages', { bytes: 0, requests: { copyObject: 10, listObjects: 30 } }, 3000],
  [
    'by its largest object',
    {
      bytes: 300 * MIB,
      requests: { copyPart: 3 },
      longest: { size: 300 * MIB, parts: [{ size: 300 * MIB }], requests: 2 },
    },
    300_200,
  ],
] as const)('a run takes as long as is asked %s', (_, work, expected) => {
  const none = { size: 0, parts: [], requests: 0 };
  const asked = { longest: none, maxRequestsPerSecond: Infinity, ...work };
  const { durationMs } = estimateRun(asked, { concurrency: 10, latencyMs: 100, bytesPerSecondPerPart: MIB });
  expect(durationMs).toBe(expected);
});

it('reads cost less than writes, and deletions nothing', () => {
  const requests = { copyObject: 1000, headObject: 1000, deleteObjects: 1000 };
  const work = { bytes: 0, requests, longest: { size: 0, parts: [], requests: 0 }, maxRequestsPerSecond: Infinity };
  expect(estimateRun(work, { concurrency: 1 }).cost).toBe(0.0054);
});
