import { describe, expect, onTestFinished, test } from 'vitest';
import { copyLargeObject, CopyOptionsError, obsStore, type CopyOptions } from '../../src/index.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import { S3_LIMITS } from '../../src/store/store-limits.ts';
import { startTestStore, type TestStoreOptions } from '../../src/testing/index.ts';
import { waysToStore } from '../contract/embedded-store.ts';
import { DESTINATION, failureOf, isWholeCopy, SOURCE, withOperations } from './set-up-store.ts';

const SIZE = 300_000;
const limits = { minPartSize: 100_000 };
const sizes = {
  single: { multipartThreshold: SIZE },
  multipart: { multipartThreshold: 0, partSize: 100_000 },
} as const;
const annotations = { 'a & b': '{"a":1}', größe: 'Ωmega', plain: 'x'.repeat(1024 * 1024) };
const ways = ['s3Store', 'fromS3Client'] as const;
const cases = ways.flatMap((way) => (['single', 'multipart'] as const).map((strategy) => ({ way, strategy })));

async function setUp(way: (typeof ways)[number], known: 'kept' | undefined, options: TestStoreOptions = {}) {
  const server = await startTestStore({
    personality: 'aws',
    limits,
    buckets: ['source', { name: 'destination', versioning: 'enabled' }],
    objects: [{ ...SOURCE, size: SIZE, annotations }],
    ...options,
  });
  onTestFinished(() => server.close());
  const made = waysToStore[way](server, 'v4');
  const store: CopyStore = withOperations(made, {
    limits: { ...S3_LIMITS, ...limits },
    traits: { ...made.traits, annotations: known },
  });
  const copy = (more: Partial<CopyOptions>) =>
    copyLargeObject({
      store,
      source: SOURCE,
      destination: DESTINATION,
      retry: { minDelayMs: 1, maxAttempts: 2 },
      ...more,
    });
  const found = () => server.object(DESTINATION.bucket, DESTINATION.key)?.annotations;
  return { server, copy, found };
}

describe.for(cases)('annotations, $way, $strategy', ({ way, strategy }) => {
  test.for([
    ['left out, on a store that is known to keep them', undefined, 'kept'],
    ['demanded', true, undefined],
  ] as const)('are carried over: %s', async ([, asked, known]) => {
    const { server, copy, found } = await setUp(way, known);
    const result = await copy({ ...sizes[strategy], preserve: { annotations: asked } });
    expect(result).toMatchObject({ strategy, warnings: [] });
    expect(found()).toEqual(annotations);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.versionId).toBe(result.versionId);
  });

  test('preserve.annotations: false leaves them out', async () => {
    const { copy, found } = await setUp(way, 'kept');
    await copy({ ...sizes[strategy], preserve: { annotations: false } });
    expect(found()).toEqual({});
  });

  test.for(['listObjectAnnotations', 'getObjectAnnotation', 'putObjectAnnotation'] as const)(
    'without permission for %s: a warning',
    async (denied) => {
      const { server, copy } = await setUp(way, 'kept', { denied: [denied] });
      const { warnings } = await copy({ ...sizes[strategy] });
      const isNoticed = strategy === 'multipart' || denied !== 'listObjectAnnotations';
      expect(warnings.map(({ code }) => code)).toEqual(isNoticed ? ['ANNOTATIONS_NOT_PRESERVED'] : []);
      expect(isWholeCopy(server)).toBe(true);
    },
  );

  test('demanded without permission: an error, before anything is copied', async () => {
    const { server, copy } = await setUp(way, 'kept', { denied: ['listObjectAnnotations'] });
    const error = await failureOf(copy({ ...sizes[strategy], preserve: { annotations: true } }));
    expect(error).toMatchObject({ message: expect.stringMatching(/^Cannot preserve the annotations of source\/film/) });
    expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
  });

  test('a store that knows none is not asked, and keeps its object', async () => {
    const { server, copy } = await setUp(way, undefined, { personality: 'minio' });
    expect(await copy({ ...sizes[strategy] })).toMatchObject({ warnings: [] });
    expect(Object.keys(server.stats().operations).filter((name) => name.includes('Annotation'))).toEqual([]);
    const error = await failureOf(copy({ ...sizes[strategy], preserve: { annotations: true } }));
    expect(error).toMatchObject({ message: expect.stringContaining('Cannot preserve the annotations') });
    expect(isWholeCopy(server)).toBe(true);
  });
});

test('a list of many pages is read to its end', async () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`note ${index}`, String(index)]));
  const { copy, found } = await setUp('s3Store', 'kept', { objects: [{ ...SOURCE, size: SIZE, annotations: many }] });
  await copy(sizes.multipart);
  expect(found()).toEqual(many);
});

test('OBS has none: who demands them is told before anything happens', () => {
  const store = obsStore({ region: 'cn-north-4', credentials: false });
  const copy = () =>
    copyLargeObject({ store, source: SOURCE, destination: DESTINATION, preserve: { annotations: true } });
  expect(copy).toThrow(CopyOptionsError);
  expect(copy).toThrow("'preserve.annotations' must be left out or false as store 'obs' has no calls for annotations");
});
