import { expect, onTestFinished } from 'vitest';
import { copyObjects, type CopyObjectsOptions, type ObjectOutcome, s3Store } from '../../src/index.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import type { TestStoreOptions } from '../../src/testing/test-store-options.ts';

/** Retries that don't keep a test waiting. */
export const FAST_RETRY = { minDelayMs: 1, maxDelayMs: 5 };

/** A store with so many small objects under `t/`, and options that copy them to `dst` under `c/`. */
export async function setUpRun(count: number, storeOptions: TestStoreOptions = {}) {
  const testStore = await startTestStore({
    series: [{ bucket: 'src', prefix: 't/', count, size: 100 }],
    buckets: ['dst'],
    ...storeOptions,
  });
  onTestFinished(() => testStore.close());
  const { endpoint, credentials } = testStore;
  const options: CopyObjectsOptions = {
    store: s3Store({ endpoint, credentials }),
    source: { bucket: 'src', prefix: 't/' },
    destination: { bucket: 'dst', prefix: 'c/' },
    concurrency: 8,
    retry: FAST_RETRY,
  };
  return { testStore, options };
}

/** Runs to the end, whatever it is, and tells what was told. */
export async function observeRun(options: CopyObjectsOptions) {
  const objects: ObjectOutcome[] = [];
  const failures: (ObjectOutcome & { readonly error: unknown })[] = [];
  const warnings: string[] = [];
  const run = copyObjects(options);
  run.on('object', (outcome) => objects.push(outcome));
  run.on('objectFailed', (outcome) => failures.push(outcome));
  run.on('warning', ({ code }) => warnings.push(code));
  let error: unknown;
  const result = await run.catch((reason: unknown) => {
    error = reason;
  });
  return { result: result ?? undefined, error, objects, failures, warnings };
}

/** Every object under the source's prefix stands at the destination, every byte from its own place. */
export function expectAllCopied(testStore: TestStore, from = 't/', to = 'c/'): void {
  const keys = testStore.keys('src').filter((key) => key.startsWith(from));
  const wanted = keys.map((key) => to + key.slice(from.length));
  expect(testStore.keys('dst').filter((key) => key.startsWith(to))).toEqual(wanted);
  for (const key of keys) {
    const source = testStore.object('src', key);
    const copy = testStore.object('dst', to + key.slice(from.length));
    expect(copy).toMatchObject({ size: source?.size, metadata: source?.metadata, tags: source?.tags });
    const ranges = testStore.provenance('dst', to + key.slice(from.length));
    if (source?.size !== 0)
      expect(ranges).toMatchObject([{ start: 0, end: (source?.size ?? 0) - 1, bucket: 'src', key, offset: 0 }]);
  }
}
