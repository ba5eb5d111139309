import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { copyObjects, type CopyStore, type ListObjectsRequest } from '../../src/index.ts';
import { waitMs } from '../copy/fake-time.ts';
import { fakeStore } from '../copy/fake-store.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const PAGE_SIZE = 1000;
const LATENCY_MS = 20;
const CONCURRENCY = 64;
/** How exactly the end is seen. */
const STEP_MS = 5;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A store that takes as long for each request, however many there are, and says how many were in flight when. */
function setUpStore() {
  const inFlight: number[] = [];
  let now = 0;
  const fake = fakeStore({
    hook: async () => {
      inFlight.push(++now);
      await waitMs(LATENCY_MS);
      now--;
    },
  });
  const listObjects = async ({
    bucket,
    prefix = '',
    startAfter = '',
    continuationToken = startAfter,
  }: ListObjectsRequest) => {
    await waitMs(LATENCY_MS);
    const keys = [...fake.objects.keys()]
      .filter((name) => name.startsWith(`${bucket}/${prefix}`))
      .map((name) => name.slice(bucket.length + 1))
      .filter((key) => key > continuationToken)
      .toSorted();
    const objects = keys
      .slice(0, PAGE_SIZE)
      .map((key) => ({ key, ...fake.objects.get(`${bucket}/${key}`)!, storageClass: undefined }));
    const last = objects.at(-1)?.key ?? '';
    return { objects, next: keys.length > PAGE_SIZE ? { continuationToken: last } : undefined };
  };
  const store: CopyStore = { ...fake.store, listObjects };
  return { ...fake, store, inFlight };
}

it.each([
  ['first', 'a'],
  ['last', 'z'],
])(
  'a run of 1,000 small objects and 3 large ones, which are listed %s, takes hardly longer than it must',
  async (_, name) => {
    const { store, put, calls, inFlight } = setUpStore();
    for (let index = 0; index < 1000; index++) put(`src/t/${String(index).padStart(4, '0')}`, MIB);
    for (let index = 0; index < 3; index++) put(`src/t/${name}-large-${index}`, 100 * GIB);
    const startedAt = performance.now();
    let elapsedMs: number | undefined;
    const run = copyObjects({
      store,
      source: { bucket: 'src', prefix: 't/' },
      destination: { bucket: 'dst', prefix: 'c/' },
      concurrency: CONCURRENCY,
      partSize: 64 * MIB,
    });
    const result = run.finally(() => {
      elapsedMs = performance.now() - startedAt;
    });
    while (elapsedMs === undefined) await vi.advanceTimersByTimeAsync(STEP_MS);
    expect(await result).toMatchObject({ copied: 1003, failed: 0 });
    const idealMs = (calls.length / CONCURRENCY) * LATENCY_MS;
    expect(Math.max(...inFlight)).toBe(CONCURRENCY);
    expect(elapsedMs / idealMs).toBeLessThan(1.15);
  },
);
