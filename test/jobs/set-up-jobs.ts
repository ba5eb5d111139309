import type { CopyObjectsOptions, CopyStore, ObjectEntry } from '../../src/index.ts';
import { type CopyJob, planJobs, type PlanJobsOptions } from '../../src/jobs/index.ts';
import type { TestStore } from '../../src/testing/index.ts';
import type { TestStoreOptions } from '../../src/testing/test-store-options.ts';
import { FAST_RETRY, setUpRun } from '../many/set-up-run.ts';

/** What a listing of a bucket says of its objects below `t/`. */
async function listEntries(store: CopyStore): Promise<ObjectEntry[]> {
  const page = await store.listObjects?.({ bucket: 'src', prefix: 't/' });
  return [...(page?.objects ?? [])];
}

/** A store named `eu` with so many small objects, and the jobs that copy them from `src` under `t/` to `dst` under `c/`. */
export async function setUpJobs(
  count: number,
  storeOptions: TestStoreOptions = {},
  options: Partial<PlanJobsOptions> & { readonly store?: (testStore: TestStore) => CopyStore } = {},
) {
  const { store: open, ...planned } = options;
  const run: { readonly testStore: TestStore; readonly options: CopyObjectsOptions } = await setUpRun(
    count,
    storeOptions,
  );
  const store = open?.(run.testStore) ?? run.options.store;
  const jobs: CopyJob[] = [];
  const places = { source: { bucket: 'src', prefix: 't/' }, destination: { bucket: 'dst', prefix: 'c/' } };
  for await (const job of planJobs(await listEntries(store), { from: 'eu', ...places, ...planned })) {
    // As a queue hands it on.
    jobs.push(JSON.parse(JSON.stringify(job)) as CopyJob);
  }
  return {
    testStore: run.testStore,
    store,
    jobs,
    worker: { stores: { eu: store }, concurrency: 8, retry: FAST_RETRY },
  };
}
