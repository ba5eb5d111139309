import { expect, it } from 'vitest';
import { copyObjects, type CopyObjectsOptions, type CopyStore, planObjects, type StoreError } from '../../src/index.ts';
import type { TestStore, TestStoreOptions } from '../../src/testing/index.ts';
import { observeRun, setUpRun } from './set-up-run.ts';

const VERSIONED = ['src', 'dst'].map((name) => ({ name, versioning: 'enabled' as const }));

/** A versioned bucket with 7 versions of one key, and others; listed by three versions a page. */
async function setUpVersions(storeOptions: TestStoreOptions = {}) {
  const { testStore, options } = await setUpRun(0, { series: [], buckets: VERSIONED, ...storeOptions });
  for (let size = 1; size <= 7; size++) testStore.putObject({ bucket: 'src', key: 't/many', size, seed: size });
  for (const key of ['t/a', 't/b%2F ü', 't/z']) testStore.putObject({ bucket: 'src', key, body: key });
  const { store } = options;
  const listObjectVersions: CopyStore['listObjectVersions'] = (request) =>
    (store as Required<CopyStore>).listObjectVersions({ ...request, maxKeys: 3 });
  const source = { bucket: 'src', prefix: 't/', versions: true };
  const asked: CopyObjectsOptions = { ...options, store: { ...store, listObjectVersions }, source };
  return { testStore, store: store as Required<CopyStore>, options: asked };
}

/** What stands at the destination, of each key the oldest first, by size. */
async function copiesOf(store: Required<CopyStore>, testStore: TestStore) {
  const { versions } = await store.listObjectVersions({ bucket: 'dst' });
  const copies: Record<string, number[]> = {};
  for (const { key, size, versionId } of versions) {
    (copies[key] ??= []).unshift(size);
    const [range] = testStore.provenance('dst', key, versionId);
    expect(range).toMatchObject({ bucket: 'src', key: `t/${key.slice(2)}`, start: 0 });
  }
  return copies;
}

const ALL = { 'c/a': [3], 'c/b%2F ü': [9], 'c/many': [1, 2, 3, 4, 5, 6, 7], 'c/z': [3] };

it('all versions are copied, of each key the oldest first', async () => {
  const { testStore, store, options } = await setUpVersions({ latency: { copyObject: 3, default: 0 } });
  const plan = await planObjects(options);
  expect(plan).toMatchObject({ listed: 10, objects: 10, requests: { copyObject: 10, headObject: 10 } });
  const before = testStore.stats().requests;
  const { result, failures } = await observeRun(options);
  expect(failures).toEqual([]);
  expect(result).toMatchObject({ listed: 10, copied: 10, requests: testStore.stats().requests - before });
  expect(await copiesOf(store, testStore)).toEqual(ALL);
});

it('the order holds whatever goes wrong', async () => {
  const { testStore, store, options } = await setUpVersions({
    faults: [
      { kind: 'resetAfterWork', operation: 'copyObject', probability: 0.2, maxAttempt: 1 },
      { kind: 'error', status: 503, code: 'SlowDown', operation: 'copyObject', probability: 0.2, maxAttempt: 2 },
    ],
    seed: 3,
  });
  const { result } = await observeRun(options);
  expect(result).toMatchObject({ copied: 10, failed: 0 });
  const copies = await copiesOf(store, testStore);
  for (const sizes of Object.values(copies)) expect(sizes).toEqual(sizes.toSorted((left, right) => left - right));
  expect(Object.values(copies).map((sizes) => new Set(sizes).size)).toEqual([1, 1, 7, 1]);
});

it('large versions are copied in parts, in their order', async () => {
  const MIB = 1024 * 1024;
  const { testStore, store, options } = await setUpVersions();
  for (const size of [12, 11]) testStore.putObject({ bucket: 'src', key: 't/big', size: size * MIB, seed: size });
  testStore.putObject({ bucket: 'src', key: 't/big', size: 5, seed: 5 });
  const { result } = await observeRun({ ...options, multipartThreshold: 8 * MIB, partSize: 8 * MIB });
  expect(result).toMatchObject({ copied: 13 });
  expect((await copiesOf(store, testStore))['c/big']).toEqual([12 * MIB, 11 * MIB, 5]);
});

it('after a version that fails none of its key is copied, and a later run goes on in order', async () => {
  const { testStore, store, options } = await setUpVersions();
  const lines: string[] = [];
  const report = {
    name: 'memory',
    read: (onLine: (line: never) => void) =>
      Promise.resolve(lines.forEach((line) => onLine(JSON.parse(line) as never))),
    open: () => Promise.resolve(),
    append: (outcomes: readonly object[]) =>
      Promise.resolve(void lines.push(...outcomes.map((each) => JSON.stringify(each)))),
    close: () => Promise.resolve(),
  };
  let copies = 0;
  testStore.setFaults([
    ({ operation, key }) =>
      operation === 'copyObject' && key === 'c/many' && ++copies > 3
        ? { kind: 'error', status: 403, code: 'AccessDenied' }
        : undefined,
  ]);
  const { result, failures } = await observeRun({ ...options, report });
  expect(result).toMatchObject({ copied: 6, failed: 4 });
  expect(failures.map(({ code }) => code)).toEqual([
    'AccessDenied',
    ...Array<string>(3).fill('EARLIER_VERSION_FAILED'),
  ]);
  testStore.setFaults([]);
  expect((await observeRun({ ...options, report })).result).toMatchObject({ copied: 4, skipped: 6 });
  expect(await copiesOf(store, testStore)).toEqual(ALL);
});

it('delete markers are not copied, and the run says so', async () => {
  const { testStore, store, options } = await setUpVersions();
  await store.deleteObjects({ bucket: 'src', keys: ['t/a', 't/many'] });
  testStore.putObject({ bucket: 'src', key: 't/many', size: 8 });
  const { result, warnings, objects } = await observeRun(options);
  expect(result).toMatchObject({ listed: 13, copied: 11, skipped: 2 });
  expect(warnings).toEqual(['DELETE_MARKERS']);
  expect(objects.filter(({ code }) => code === 'DELETE_MARKER').map(({ source }) => source.key)).toEqual([
    't/a',
    't/many',
  ]);
  expect(await copiesOf(store, testStore)).toEqual({ ...ALL, 'c/many': [1, 2, 3, 4, 5, 6, 7, 8] });
});

it('are read from one key to another', async () => {
  const { testStore, store, options } = await setUpVersions();
  const source = { ...options.source, startAfter: 't/a', endAt: 't/many' };
  expect((await observeRun({ ...options, source })).result).toMatchObject({ copied: 8 });
  expect(Object.keys(await copiesOf(store, testStore))).toEqual(['c/b%2F ü', 'c/many']);
});

it.each([
  [['src', { name: 'dst', versioning: 'enabled' }], /versions of src as it keeps none: leave out source.versions/],
  [
    [{ name: 'src', versioning: 'enabled' }, 'dst'],
    /keep only the last of each key: enable its versioning \(it is off\)/,
  ],
] as const)('buckets %o are refused before anything is copied', async (buckets, message) => {
  const { testStore, options } = await setUpVersions({ buckets });
  const { error } = await observeRun(options);
  expect(error).toMatchObject({ name: 'CopyError', message: expect.stringMatching(message) });
  expect(testStore.keys('dst')).toEqual([]);
});

it('a listing that goes back ends the run', async () => {
  const { options } = await setUpVersions();
  const listObjectVersions: CopyStore['listObjectVersions'] = ({ keyMarker }) =>
    Promise.resolve({
      versions: ['t/b', 't/a'].map((key) => ({
        key,
        versionId: '1',
        size: 1,
        etag: undefined,
        lastModified: undefined,
      })),
      deleteMarkers: [],
      next: keyMarker === undefined ? { keyMarker: 't/b' } : undefined,
    });
  const { error } = await observeRun({ ...options, store: { ...options.store, listObjectVersions } });
  expect(error).toMatchObject({
    operation: 'listObjectVersions',
    message: expect.stringContaining('after "t/b" it lists "t/a"'),
  } satisfies Partial<StoreError>);
});

it.each([
  [{ ifExists: 'skip-same' }, /'source.versions' can't go with ifExists: 'skip-same'/],
  [{ deleteExtra: true, maxDelete: 1 }, /'source.versions' can't go with deleteExtra/],
  [{ verify: 'listing' }, /'verify' can't be 'listing' with source.versions.* use 'head'/],
  [{ destination: () => undefined }, /'source.versions' needs a destination bucket/],
] as const)('%o is refused with versions', async (wrong, message) => {
  const { options } = await setUpVersions();
  expect(() => copyObjects({ ...options, ...wrong })).toThrow(message);
  const { getBucketVersioning: _, ...store } = options.store;
  expect(() => copyObjects({ ...options, store })).toThrow(
    /can't be copied as the store has no getBucketVersioning\(\)/,
  );
});
