import { describe, expect, it, onTestFinished } from 'vitest';
import { startTestStore, type TestStoreOptions } from '../../src/testing/index.ts';
import { fourWays } from './four-ways.ts';

describe.each(Object.keys(fourWays))('%s', (way) => {
  async function setUp(options: TestStoreOptions = {}) {
    const testStore = await startTestStore({ credentials: false, ...options });
    onTestFinished(() => testStore.close());
    const store = fourWays[way]?.(testStore);
    if (store === undefined) throw new Error(`no way ${way}`);
    return { testStore, store };
  }

  it('reads a range of an object, byte by byte, while it has an ETag', async () => {
    const body = Buffer.from(Array.from({ length: 512 }, (_, index) => index % 256));
    const { testStore, store } = await setUp({ objects: [{ bucket: 'b', key: 'a ü/x', body }] });
    const { etag } = testStore.object('b', 'a ü/x') ?? {};
    const at = { bucket: 'b', key: 'a ü/x', ifMatch: etag };
    const middle = await store.getObject({ ...at, start: 100, end: 299 });
    expect(middle).toEqual({ bytes: body.subarray(100, 300), size: 512, etag });
    const rest = await store.getObject({ ...at, start: 500, end: 8_000_000 });
    expect(rest).toEqual({ bytes: body.subarray(500), size: 512, etag });
    await expect(store.getObject({ ...at, ifMatch: '0', start: 0, end: 9 })).rejects.toMatchObject({
      name: 'StoreError',
      operation: 'getObject',
      statusCode: 412,
    });
    await expect(store.getObject({ ...at, key: 'none', start: 0, end: 9 })).rejects.toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('Cannot read b/none'),
    });
  });

  it('lists versions by pages, the newest of each key first, and delete markers beside them', async () => {
    const { testStore, store } = await setUp({ buckets: [{ name: 'b', versioning: 'enabled' }] });
    for (const body of ['1', '22', '333']) testStore.putObject({ bucket: 'b', key: 'p/a+b %2F', body });
    testStore.putObject({ bucket: 'b', key: 'p/c', body: 'c' });
    await store.deleteObjects({ bucket: 'b', keys: ['p/c'] });
    testStore.putObject({ bucket: 'b', key: 'q', body: 'q' });
    const seen: string[] = [];
    let next: object | undefined = {};
    while (next !== undefined) {
      const page: Awaited<ReturnType<typeof store.listObjectVersions>> = await store.listObjectVersions({
        bucket: 'b',
        prefix: 'p/',
        maxKeys: 2,
        ...next,
      });
      for (const { key, size, versionId } of page.versions) {
        seen.push(`${key} ${size}`);
        expect(testStore.object('b', key, versionId)?.size).toBe(size);
      }
      seen.push(...page.deleteMarkers.map(({ key }) => `${key} deleted`));
      next = page.next;
    }
    expect(seen).toEqual(['p/a+b %2F 3', 'p/a+b %2F 2', 'p/a+b %2F 1', 'p/c deleted', 'p/c 1']);
  });

  it('says whether a bucket keeps versions', async () => {
    const { store } = await setUp({
      buckets: ['off', { name: 'on', versioning: 'enabled' }, { name: 'was', versioning: 'suspended' }],
    });
    const statuses = await Promise.all(['off', 'on', 'was'].map((bucket) => store.getBucketVersioning({ bucket })));
    expect(statuses.map(({ status }) => status)).toEqual([undefined, 'Enabled', 'Suspended']);
    await expect(store.getBucketVersioning({ bucket: 'none' })).rejects.toMatchObject({ statusCode: 404 });
  });
});
