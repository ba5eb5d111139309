import { expect, it } from 'vitest';
import { copyObjects, obsStore, planObjects, s3Store } from '../../src/index.ts';
import { observeRun, setUpRun } from './set-up-run.ts';

const EXTRA = ['c/5x', 'c/gone', 'c/z'].map((key) => ({ bucket: 'dst', key, body: 'x' }));
const SYNC = { ifExists: 'skip-same', deleteExtra: true, filter: { exclude: ['7'] } } as const;

async function setUpSync(more: { readonly personality?: 'juicefs' } = {}) {
  const kept = [
    { bucket: 'dst', key: 'c/7', body: 'filtered, and in the source' },
    { bucket: 'dst', key: 'other', body: 'outside' },
  ];
  return setUpRun(9, { objects: [...EXTRA, ...kept], ...more });
}

it('deletes what the source lacks, and nothing else', async () => {
  const { testStore, options } = await setUpSync();
  const plan = await planObjects({ ...options, ...SYNC, maxDelete: 3 });
  expect(plan.deletes).toEqual(EXTRA.map(({ key }) => key));
  const { result, objects } = await observeRun({ ...options, ...SYNC, maxDelete: 3 });
  expect(result).toMatchObject({ copied: 8, deleted: 3 });
  expect(objects.filter(({ outcome }) => outcome === 'deleted').map(({ destination }) => destination?.key)).toEqual(
    plan.deletes,
  );
  expect(testStore.keys('dst')).toEqual([...Array.from({ length: 9 }, (_, index) => `c/${index}`), 'other']);
});

it.for(['s3 v2', 'obs obs', 'obs v2', 'obs v4'] as const)('deletes by %s, too', async (dialect) => {
  const { testStore, options } = await setUpSync();
  const { endpoint, credentials } = testStore;
  const [, signature] = dialect.split(' ') as [string, 'v2'];
  const make = dialect.startsWith('obs') ? obsStore : s3Store;
  const store = make({ endpoint, credentials, signature });
  expect(await observeRun({ ...options, ...SYNC, store, maxDelete: 3 })).toMatchObject({ result: { deleted: 3 } });
  expect(testStore.object('dst', 'c/gone')).toBeUndefined();
});

it('looks at what the answer to a deletion doesn’t name, as JuiceFS names no key', async () => {
  const { testStore, options } = await setUpSync({ personality: 'juicefs' });
  const { result } = await observeRun({ ...options, ...SYNC, maxDelete: 3 });
  expect(result).toMatchObject({ deleted: 3 });
  expect(testStore.keys('dst')).toHaveLength(10);

  const other = await setUpSync();
  const deleteObjects = () => Promise.resolve({ deleted: ['c/5x'], errors: [] });
  const store = { ...other.options.store, deleteObjects };
  const { error, objects } = await observeRun({ ...other.options, ...SYNC, store, maxDelete: 3 });
  expect(error).toMatchObject({ message: 'Cannot delete 2 of 3 objects of dst (the store does not say why)' });
  expect(objects.filter(({ outcome }) => outcome === 'deleted')).toHaveLength(1);
});

it('deletes nothing if there is more than it may delete', async () => {
  const { testStore, options } = await setUpSync();
  const { error } = await observeRun({ ...options, ...SYNC, maxDelete: 2 });
  expect(error).toMatchObject({
    message: expect.stringMatching(/^Nothing was deleted as 3 objects .* maxDelete is 2$/),
  });
  expect(testStore.keys('dst')).toHaveLength(13);
});

it('deletes nothing if an object failed, or the source could not be listed', async () => {
  const denied = { kind: 'error', status: 403, code: 'AccessDenied' } as const;
  for (const [fault, told] of [
    [{ ...denied, operation: 'copyObject', key: 'c/3' }, ['NOTHING_DELETED']],
    [{ ...denied, operation: 'listObjectsV2', bucket: 'src', after: 1 }, []],
  ] as const) {
    const { testStore, options } = await setUpSync();
    testStore.setFaults([fault]);
    const { warnings } = await observeRun({ ...options, ...SYNC, maxDelete: 10 });
    expect(warnings).toEqual(told);
    expect(testStore.stats().operations).not.toHaveProperty('deleteObjects');
    expect(testStore.object('dst', 'c/z')).toBeDefined();
  }
});

it('deletes no copy whose source a listing lost', async () => {
  const { testStore, options } = await setUpSync();
  await observeRun({ ...options, ...SYNC, maxDelete: 10 });
  const { store } = options;
  const listObjects: typeof store.listObjects = async (request) => {
    const page = await store.listObjects?.(request);
    const objects = (page?.objects ?? []).filter(({ key }) => key !== 't/4');
    return { objects, next: page?.next };
  };
  const { result } = await observeRun({ ...options, store: { ...store, listObjects }, ...SYNC, maxDelete: 10 });
  expect(result).toMatchObject({ deleted: 0 });
  expect(testStore.object('dst', 'c/4')).toBeDefined();
});

it('takes no folder that is there in name alone for an object: JuiceFS lists empty ones, and nothing deletes them', async () => {
  const { testStore, options } = await setUpSync();
  testStore.putObject({ bucket: 'dst', key: 'c/marker/', body: '' });
  const { store } = options;
  const folder = { key: 'c/empty/', size: 0, etag: undefined, lastModified: new Date(), storageClass: undefined };
  const listObjects: typeof store.listObjects = async (request) => {
    const page = await store.listObjects?.(request);
    return { objects: [...(page?.objects ?? []), ...(request.bucket === 'dst' ? [folder] : [])], next: page?.next };
  };
  const asked = { ...options, store: { ...store, listObjects }, ...SYNC, maxDelete: 4 };
  expect((await planObjects(asked)).deletes).toEqual([...EXTRA.map(({ key }) => key), 'c/marker/']);
  expect(await observeRun(asked)).toMatchObject({ error: undefined, result: { deleted: 4 }, warnings: [] });
  expect((await observeRun(asked)).result).toMatchObject({ deleted: 0 });
});

it('looks at folders page by page, and at none any more once there are too many', async () => {
  const { testStore, options } = await setUpSync();
  await observeRun(options);
  const folders = (letter: string, count: number) => {
    for (let index = 0; index < count; index++)
      testStore.putObject({ bucket: 'dst', key: `c/${letter}${String(index).padStart(4, '0')}/`, body: '' });
  };
  folders('f', 2500);
  const run = async (maxDelete: number) => {
    const before = testStore.stats().operations.headObject ?? 0;
    const { error } = await observeRun({ ...options, ...SYNC, maxDelete });
    return { message: (error as Error).message, heads: (testStore.stats().operations.headObject ?? 0) - before };
  };
  const few = await run(5);
  expect(few.message).toMatch(/^Nothing was deleted as at least \d+ objects .* maxDelete is 5$/);
  expect(few.heads).toBeLessThanOrEqual(1000);
  // A file alone is too many, and comes before all folders.
  expect(await run(0)).toEqual({ message: expect.stringContaining('as at least 3 objects'), heads: 0 });
});

it('in a versioned bucket makes delete markers', async () => {
  const { testStore, options } = await setUpRun(1, { buckets: [{ name: 'dst', versioning: 'enabled' }] });
  testStore.putObject({ bucket: 'dst', key: 'c/z', body: 'x' });
  const { versionId } = testStore.object('dst', 'c/z') ?? {};
  expect(await copyObjects({ ...options, ...SYNC, maxDelete: 1 })).toMatchObject({ deleted: 1 });
  expect(testStore.object('dst', 'c/z')).toBeUndefined();
  expect(testStore.object('dst', 'c/z', versionId)).toBeDefined();
});

it.each([
  [{ deleteExtra: true }, /needs maxDelete/],
  [{ maxDelete: 1 }, /is for deleteExtra/],
  [{ deleteExtra: true, maxDelete: 1, source: { bucket: 'src', objects: [] } }, /needs a listed source/],
  [
    { deleteExtra: true, maxDelete: 1, source: { bucket: 'src', prefix: 't/', endAt: 't/5' } },
    /needs the whole prefix/,
  ],
  [{ deleteExtra: true, maxDelete: 1, destination: { bucket: 'src', prefix: 't/c/' } }, /lie within each other/],
])('refuses %o', async (wrong, message) => {
  const { options } = await setUpRun(1);
  expect(() => copyObjects({ ...options, ...wrong })).toThrow(message);
});

it('deletes no marker of the folder that a whole bucket goes to', async () => {
  const { testStore, options } = await setUpSync();
  testStore.putObject({ bucket: 'dst', key: 'c/', body: '' });
  const { result, error } = await observeRun({ ...options, ...SYNC, source: { bucket: 'src' }, maxDelete: 10 });
  expect({ error, deleted: result?.deleted }).toEqual({ error: undefined, deleted: 4 });
  expect(testStore.keys('dst')).toContain('c/');
});
