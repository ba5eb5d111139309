import { expect, it } from 'vitest';
import { copyLargeObject, type CopyOptions, type CopyStore, type ListMultipartUploadsResult } from '../../src/index.ts';
import { failure, type FakeStoreOptions } from './fake-store.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

const MANY_PAGES = 20_000;

/** The store, but its listing of uploads goes from marker a to b and back again. */
function withCircularUploads(store: CopyStore): { readonly store: CopyStore; readonly pages: () => number } {
  let pages = 0;
  const listMultipartUploads: CopyStore['listMultipartUploads'] = async (request) => {
    if (++pages > MANY_PAGES) throw failure('listMultipartUploads', 'permanent', 400, 'TooManyPages');
    const { uploads } = await store.listMultipartUploads(request);
    const keyMarker = request.keyMarker === 'a' ? 'b' : 'a';
    const next: ListMultipartUploadsResult['next'] = { keyMarker, uploadIdMarker: undefined };
    return { uploads: request.keyMarker === undefined ? uploads : [], next };
  };
  return { store: { ...store, listMultipartUploads }, pages: () => pages };
}

/** The store, but ListParts gives markers of the test's choice. */
function withMarkers(store: CopyStore, choose: (marker: number, parts: number) => number | undefined) {
  let pages = 0;
  const listParts: CopyStore['listParts'] = async (request) => {
    if (++pages > MANY_PAGES) throw failure('listParts', 'permanent', 400, 'TooManyPages');
    const marker = request.partNumberMarker ?? 0;
    const { parts } = marker === 0 ? await store.listParts(request) : { parts: [] };
    return { parts, nextPartNumberMarker: choose(marker, parts.length) };
  };
  return { store: { ...store, listParts }, pages: () => pages };
}

async function setUpKept(fakeOptions: FakeStoreOptions = {}, more: Partial<CopyOptions> = {}) {
  const { fake, options } = setUpCopy(fakeOptions, more);
  const copy = copyLargeObject({ ...options, onFailure: 'keep' });
  copy.once('part', () => copy.abort(new Error('interrupted')));
  await expect(copy).rejects.toThrow('interrupted');
  const [uploadId = ''] = fake.uploads.keys();
  return { fake, options: { ...options, resume: uploadId }, uploadId };
}

it('a listing of uploads that goes round in circles is no ground to abort what it shows, and is reported', async () => {
  const { fake, options } = setUpCopy({
    hook: ({ operation, count }) => {
      if (operation !== 'createMultipartUpload' || count > 1) return undefined;
      return {
        after: () => {
          throw failure(operation, 'ambiguous', undefined, 'ECONNRESET');
        },
      };
    },
  });
  const { store, pages } = withCircularUploads(fake.store);
  const result = await copyLargeObject({ ...options, store });
  expectWholeCopy(fake);
  expect(result.warnings).toMatchObject([
    { code: 'ORPHAN_UPLOADS', message: expect.stringContaining('listMultipartUploads does not come to an end') },
  ]);
  expect(fake.uploads.size).toBe(1);
  expect(fake.count('abortMultipartUpload')).toBe(0);
  expect(pages()).toBeLessThan(10);
});

for (const isGone of [true, false]) {
  it(`an abort ends where the listing of uploads goes round in circles and the upload is ${isGone ? 'gone' : 'still there'}`, async () => {
    const { fake, options } = setUpCopy();
    const circular = withCircularUploads(fake.store);
    const store: CopyStore = {
      ...circular.store,
      // Lists nothing, rather than no upload, for one that is gone.
      listParts: () => Promise.resolve({ parts: [], nextPartNumberMarker: undefined }),
      ...(isGone ? {} : { abortMultipartUpload: () => Promise.resolve() }),
    };
    const copy = copyLargeObject({ ...options, store });
    const warnings: string[] = [];
    copy.on('warning', ({ code }) => warnings.push(code));
    copy.once('part', () => copy.abort(new Error('cancelled')));
    expect((await endOf(copy)).error).toMatchObject({ message: 'cancelled' });
    expect(fake.uploads.size).toBe(isGone ? 0 : 1);
    expect(warnings).toEqual(isGone ? [] : ['UPLOAD_LEFT']);
    expect(circular.pages()).toBeLessThan(10);
  });
}

it('a listing of parts that goes back to parts that it has shown is an error, and the upload is left as it is', async () => {
  const { fake, options, uploadId } = await setUpKept();
  const parts = fake.uploads.get(uploadId)?.parts.size;
  let pages = 0;
  const store: CopyStore = {
    ...fake.store,
    listParts: async (request) => {
      if (++pages > MANY_PAGES) throw failure('listParts', 'permanent', 400, 'TooManyPages');
      return { ...(await fake.store.listParts({ ...request, partNumberMarker: undefined })), nextPartNumberMarker: 4 };
    },
  };
  const { error } = await endOf(copyLargeObject({ ...options, store }));
  expect(error).toMatchObject({ code: 'ERR_STORE', operation: 'listParts' });
  expect((error as Error).message).toBe('listParts does not come to an end: the store goes back to marker 4');
  expect(fake.uploads.get(uploadId)?.parts.size).toBe(parts);
  expect(fake.objects.has('dst/b')).toBe(false);
  expect(pages).toBe(2);
});

it('a listing of parts whose marker always grows ends with the last number that a part can have', async () => {
  const { fake, options } = await setUpKept();
  const { store, pages } = withMarkers(fake.store, (marker) => marker + 1);
  expect(await copyLargeObject({ ...options, store })).toMatchObject({ resumed: true });
  expectWholeCopy(fake);
  expect(pages()).toBeLessThanOrEqual(2 * 10_000);
});

for (const [name, choose] of [
  ['0', () => 0],
  ['the marker of the page before', (marker: number, parts: number) => (parts > 0 ? 20 : marker)],
] as const) {
  it(`a listing of parts that gives ${name} at its end has ended`, async () => {
    const { fake, options } = await setUpKept();
    const { store } = withMarkers(fake.store, choose);
    expect(await copyLargeObject({ ...options, store })).toMatchObject({ resumed: true, warnings: [] });
    expectWholeCopy(fake);
  });
}

it('an upload whose first page of parts is empty, but not the last, is not taken for an empty one and aborted', async () => {
  const part = { etag: 'f'.repeat(32), size: 10, range: { source: 'x', start: 0, end: 9 } };
  const { fake, options } = setUpCopy({
    hook: ({ operation, count }) => {
      if (operation !== 'createMultipartUpload' || count > 1) return;
      fake.uploads.set('foreign', {
        bucket: 'dst',
        key: 'b',
        initiated: new Date(),
        properties: {},
        parts: new Map([[1, part]]),
      });
      throw failure(operation, 'ambiguous', undefined, 'ECONNRESET');
    },
  });
  const store: CopyStore = {
    ...fake.store,
    listParts: async (request) =>
      request.partNumberMarker === undefined
        ? { parts: [], nextPartNumberMarker: 1 }
        : fake.store.listParts({ ...request, partNumberMarker: request.partNumberMarker - 1 }),
  };
  await copyLargeObject({ ...options, store });
  expect([...fake.uploads.keys()]).toEqual(['foreign']);
});
