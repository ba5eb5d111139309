import { expect, it } from 'vitest';
import {
  type CopyObjectsOptions,
  type CopyStore,
  createLimiter,
  fileReport,
  type ListedObject,
} from '../../src/index.ts';
import { setUpReport } from './set-up-report.ts';
import { expectAllCopied, observeRun } from './set-up-run.ts';

/** A run, of which each listed object must be told of once, and stand in the report. */
async function setUpWatched(count: number) {
  const { testStore, options, readLines, file } = await setUpReport(count);
  const run = async (more: Partial<CopyObjectsOptions>) => {
    const observed = await observeRun({ ...options, ...more, report: fileReport(file) });
    expect(observed.error).toBeUndefined();
    const { listed = 0, copied = 0, skipped = 0, failed = 0, gone = 0 } = observed.result ?? {};
    expect(copied + skipped + failed + gone).toBe(listed);
    expect(observed.objects.length + observed.failures.length).toBe(listed);
    return observed;
  };
  return { testStore, options, run, readLines };
}

/** A store whose listing is changed. */
function withListing(
  store: CopyStore,
  change: (objects: readonly ListedObject[]) => readonly ListedObject[],
): CopyStore {
  return {
    ...store,
    async listObjects(request) {
      const page = await store.listObjects?.(request);
      return { objects: change(page?.objects ?? []), next: page?.next };
    },
  };
}

it('an object that a page lists twice is told of twice', async () => {
  const { testStore, options, run } = await setUpWatched(30);
  const twice = withListing(options.store, (objects) => objects.flatMap((object) => [object, object]));
  const { result } = await run({ store: options.store, sourceStore: twice });
  expect(result).toMatchObject({ listed: 60, copied: 60 });
  expectAllCopied(testStore);
});

it('a limiter that fails fails what it does not let through', async () => {
  const { options, run } = await setUpWatched(30);
  const limiter = createLimiter({ maxConcurrency: 100 });
  let turns = 0;
  const failing = {
    ...limiter,
    acquire: async (signal?: AbortSignal) => {
      if (++turns % 3 === 0) throw new Error('the clock of the limiter is gone');
      return limiter.acquire(signal);
    },
  };
  const { result, failures } = await run({ store: options.store, limiter: failing });
  expect(result?.failed).toBeGreaterThan(0);
  expect(failures[0]?.message).toContain('the clock of the limiter is gone');
});

it('a store that throws at once fails that object alone', async () => {
  const { options, run } = await setUpWatched(30);
  const store: CopyStore = {
    ...options.store,
    copyObject: (request) => {
      if (request.key === 'c/07') throw new TypeError('no such key');
      return options.store.copyObject(request);
    },
  };
  const { result, failures } = await run({ store });
  expect(result).toMatchObject({ copied: 29, failed: 1 });
  expect(failures).toMatchObject([{ source: { key: 't/07' } }]);
});

it('a key that no address can hold fails alone', async () => {
  const { run } = await setUpWatched(9);
  const facts = { size: 100, etag: '0123456789abcdef0123456789abcdef' };
  const source = { bucket: 'src', objects: ['t/1', { key: 't/\uD800', ...facts }, 't/2'] };
  const { result, failures } = await run({ source });
  expect(result).toMatchObject({ copied: 2, failed: 1 });
  expect(failures).toMatchObject([{ source: { key: 't/\uD800' } }]);
});

it('a source without ETags that was replaced by as many bytes is copied again', async () => {
  const { testStore, options, run } = await setUpWatched(12);
  const bare = withListing(options.store, (objects) => objects.map((object) => ({ ...object, etag: undefined })));
  const sourceStore: CopyStore = {
    ...bare,
    headObject: async (request) => ({ ...(await bare.headObject(request)), etag: undefined }),
  };
  expect((await run({ sourceStore })).result).toMatchObject({ copied: 12 });
  testStore.setClock(5000);
  testStore.putObject({ bucket: 'src', key: 't/03', body: 'x'.repeat(100) });
  const { result } = await observeRun({ ...options, sourceStore, report: fileReport(options.report?.name ?? '') });
  expect(result).toMatchObject({ copied: 1, skipped: 11, failed: 0 });
  expectAllCopied(testStore);
});
