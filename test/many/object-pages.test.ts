import { expect, it } from 'vitest';
import {
  type CopyStore,
  type ListObjectsRequest,
  type ListObjectsResult,
  type StoreError,
  s3Store,
} from '../../src/index.ts';
import { objectPages, onePageAhead } from '../../src/many/object-pages.ts';
import { OperationRunner } from '../../src/request/operation-runner.ts';
import { startTestStore } from '../../src/testing/index.ts';
import { failure } from '../copy/fake-store.ts';

const runner = new OperationRunner({ maxAttempts: 1, minDelayMs: 1, maxDelayMs: 1, maxElapsedMs: 1000 }, undefined, {
  retry: () => undefined,
  throttle: () => undefined,
});

const MANY_PAGES = 2000;

/** A store that lists what a function says, page by page. */
function listing(answer: (request: ListObjectsRequest, page: number) => ListObjectsResult) {
  const requests: ListObjectsRequest[] = [];
  const listObjects = (request: ListObjectsRequest): Promise<ListObjectsResult> => {
    requests.push(request);
    if (requests.length > MANY_PAGES) throw new Error('too many pages');
    return Promise.resolve(answer(request, requests.length));
  };
  return { store: { name: 'listing', listObjects } as Partial<CopyStore> as CopyStore, requests };
}

const listed = (...keys: readonly string[]): ListObjectsResult['objects'] =>
  keys.map((key) => ({ key, size: 1, etag: 'e', lastModified: undefined }));

async function keysOf(store: CopyStore, more: Partial<ListObjectsRequest> = {}): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of objectPages({ store, runner, bucket: 'b', ...more }))
    keys.push(...page.map(({ key }) => key));
  return keys;
}

it.each<[string, (request: ListObjectsRequest, page: number) => ListObjectsResult]>([
  [
    'goes from a token to another and back',
    (_, page) => ({ objects: [], next: { continuationToken: `t${page % 2}` } }),
  ],
  [
    'lists the same page under ever new tokens',
    (_, page) => ({ objects: listed('a', 'b'), next: { continuationToken: `${page}` } }),
  ],
  ['gives ever new tokens and no object', (_, page) => ({ objects: [], next: { continuationToken: `${page}` } })],
  [
    'goes back to an earlier key',
    (_, page) => ({ objects: listed(page === 3 ? 'a' : `k${page}`), next: { continuationToken: `${page}` } }),
  ],
])('a listing that %s is an error', async (_how, answer) => {
  const { store, requests } = listing(answer);
  await expect(keysOf(store)).rejects.toThrow(/listObjects does not come to an end/);
  expect(requests.length).toBeLessThan(200);
});

it('keys in the order of UTF-16 are no step back', async () => {
  const { store } = listing((_, page) => ({
    objects: listed(page === 1 ? '😀' : '\uFF01'),
    next: page === 1 ? { continuationToken: 't' } : undefined,
  }));
  expect(await keysOf(store)).toEqual(['😀', '\uFF01']);
});

it('a store that does not know version 2 is asked by version 1', async () => {
  const { store, requests } = listing(({ marker }) => {
    if (marker === undefined) throw failure('listObjects', 'permanent', 501, 'NotImplemented');
    return marker === 'm' ? { objects: listed('n'), next: { marker: 'n' } } : { objects: listed('o'), next: undefined };
  });
  expect(await keysOf(store, { startAfter: 'm' })).toEqual(['n', 'o']);
  expect(requests.map(({ marker }) => marker)).toEqual([undefined, 'm', 'n']);
});

it('a refusal that version 1 does not get past is told as it was', async () => {
  const { store } = listing(({ marker }) => {
    throw failure(
      'listObjects',
      'permanent',
      marker === undefined ? 501 : 400,
      marker === undefined ? 'First' : 'Second',
    );
  });
  await expect(keysOf(store)).rejects.toMatchObject({ vendorCode: 'First' } satisfies Partial<StoreError>);
});

it('the next page is asked for while one is read, and none after the reader has left', async () => {
  const { store, requests } = listing((_, page) => ({
    objects: listed(`k${page}`),
    next: { continuationToken: `${page}` },
  }));
  for await (const page of onePageAhead(objectPages({ store, runner, bucket: 'b' }))) {
    await new Promise((resolve) => setImmediate(resolve));
    if (page[0]?.key === 'k2') break;
    expect(requests).toHaveLength(2);
  }
  expect(requests).toHaveLength(3);
});

it('a series of the embedded store is listed in order among other objects, and each is found', async () => {
  const testStore = await startTestStore({
    series: [{ bucket: 'b', prefix: 's/', count: 2500, size: 4096 }],
    objects: [
      { bucket: 'b', key: 'a', body: 'x' },
      { bucket: 'b', key: 's/0001x', body: 'x' },
      { bucket: 'b', key: 't', body: 'x' },
    ],
  });
  testStore.deleteObject('b', 's/0002');
  const { endpoint, credentials } = testStore;
  const store = s3Store({ endpoint, credentials });
  const keys = await keysOf(store);
  const series = Array.from({ length: 2500 }, (_, index) => `s/${String(index).padStart(4, '0')}`);
  expect(keys).toEqual(['a', ...series, 's/0001x', 't'].filter((key) => key !== 's/0002').toSorted());
  expect(await keysOf(store, { prefix: 's/249', startAfter: 's/2497' })).toEqual(['s/2498', 's/2499']);
  expect(testStore.provenance('b', 's/0007')).toMatchObject([{ start: 0, end: 4095, key: 's/0007' }]);
  await expect(store.headObject({ bucket: 'b', key: 's/2500' })).rejects.toMatchObject({ statusCode: 404 });
  await testStore.close();
});
