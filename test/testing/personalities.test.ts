import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStore, type PersonalityName, type TestStore } from '../../src/testing/index.ts';
import { copyRequests, element, outcomeOf, sendRaw } from './raw-request.ts';

const MIB = 1024 ** 2;
const SIZE = 12 * MIB;
const HALF = 6 * MIB;
const FIRST = `bytes=0-${HALF - 1}`;
const SECOND = `bytes=${HALF}-${SIZE - 1}`;
const SSE_C = {
  algorithm: 'AES256',
  key: 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=',
  'key-md5': 'KYvwGXoFFJ42a2u2GDWhwQ==',
};

type Requests = ReturnType<typeof copyRequests>;

/** What is done to each server; the answer is put into a few words. */
const situations: Readonly<Record<string, (requests: Requests, store: TestStore) => Promise<unknown>>> = {
  'part, if-match wrong': async ({ create, copyPart }) =>
    outcomeOf(await copyPart(await create(), 1, 'src/k', FIRST, { 'x-amz-copy-source-if-match': '"wrong"' })),
  'part, if-match right, multipart source': async ({ create, copyPart }, store) => {
    const etag = store.object('src', 'in-parts')?.etag ?? '';
    return outcomeOf(
      await copyPart(await create(), 1, 'src/in-parts', FIRST, { 'x-amz-copy-source-if-match': `"${etag}"` }),
    );
  },
  'copy, if-match wrong': async ({ copyObject }) =>
    outcomeOf(await copyObject('src/k', { 'x-amz-copy-source-if-match': '"wrong"' })),
  'copy, if-match wrong under the wrong name': async ({ copyObject }) =>
    outcomeOf(await copyObject('src/k', { 'x-amz-copy-if-match': '"wrong"' })),
  'part, end beyond the source': async (requests) => rangeOutcome(requests, `bytes=${HALF}-${SIZE + 5}`),
  'part, wholly beyond the source': async (requests) => rangeOutcome(requests, `bytes=${SIZE}-${SIZE + 5}`),
  'part, bytes=5-': async (requests) => rangeOutcome(requests, 'bytes=5-'),
  'part, bytes=-5': async (requests) => rangeOutcome(requests, 'bytes=-5'),
  'part, bytes=9-5': async (requests) => rangeOutcome(requests, 'bytes=9-5'),
  'part, 0-9': async (requests) => rangeOutcome(requests, '0-9'),
  'part, bytes=a-b': async (requests) => rangeOutcome(requests, 'bytes=a-b'),
  'part, empty source, bytes=0-0': async ({ create, copyPart }) =>
    outcomeOf(await copyPart(await create(), 1, 'src/empty', 'bytes=0-0')),
  'part 0': async ({ create, copyPart }) => outcomeOf(await copyPart(await create(), 0, 'src/k', FIRST)),
  'part 10001': async ({ create, copyPart }) => outcomeOf(await copyPart(await create(), 10_001, 'src/k', FIRST)),
  'part of an unknown upload': async ({ copyPart }) => outcomeOf(await copyPart('unknown', 1, 'src/k', FIRST)),
  'part of a%2Fb': async ({ create, copyPart }) => {
    const answer = await copyPart(await create(), 1, 'src/a%252Fb');
    return outcomeOf(answer) === '200' ? element(answer, 'ETag')?.replaceAll('"', '') : outcomeOf(answer);
  },
  'ETag of a part': async ({ create, copyPart }) =>
    quotes(element(await copyPart(await create(), 1, 'src/k', FIRST), 'ETag')),
  'ETag of a Complete': async (requests) => quotes(element((await copyAll(requests)).completed, 'ETag')),
  'ETag of a copied multipart object': async (requests) =>
    element(await requests.copyObject('src/in-parts'), 'ETag')?.includes('-') === true ? 'kept' : 'plain',
  'Complete again': async (requests) => {
    const { uploadId, parts } = await copyAll(requests);
    return outcomeOf(await requests.complete(uploadId, parts));
  },
  'Complete of an unknown upload, object in parts there': async (requests) => {
    const { parts } = await copyAll(requests);
    return outcomeOf(await requests.complete('unknown', parts));
  },
  'Complete of an unknown upload, nothing there': async ({ complete }) =>
    outcomeOf(await complete('unknown', [[1, 'x']])),
  'date of an object in parts': async (requests, store) => {
    const { uploadId, parts } = await copyParts(requests);
    const created = store.uploads('dst')[0]?.initiated;
    store.setClock(3_600_000);
    const { headers } = await requests.complete(uploadId, parts);
    const dated = (await requests.head()).headers['last-modified'];
    store.setClock(0);
    return dated === headers['date'] ? 'Complete' : dated === created?.toUTCString() ? 'Create' : dated;
  },
  'Complete without the last part': async (requests) => {
    const { uploadId, parts } = await copyParts(requests);
    return outcomeOf(await requests.complete(uploadId, parts.slice(0, 1)));
  },
  'Complete out of order': async (requests) => {
    const { uploadId, parts } = await copyParts(requests);
    return outcomeOf(await requests.complete(uploadId, parts.toReversed()));
  },
  'Complete with a wrong ETag': async (requests) => {
    const { uploadId, parts } = await copyParts(requests);
    return outcomeOf(
      await requests.complete(
        uploadId,
        parts.map(([number]) => [number, '0'.repeat(32)]),
      ),
    );
  },
  'Complete, If-None-Match, object there': async (requests) => {
    await requests.put('x');
    const { uploadId, parts } = await copyParts(requests);
    return outcomeOf(await requests.complete(uploadId, parts, { 'if-none-match': '*' }));
  },
  'put, If-None-Match, object there': async ({ put }) => {
    await put('x');
    return outcomeOf(await put('y', { 'if-none-match': '*' }));
  },
  'ListParts after Abort': async ({ create, abort, listParts }) => {
    const uploadId = await create();
    await abort(uploadId);
    return outcomeOf(await listParts(uploadId));
  },
  'ListParts after Complete': async (requests) =>
    outcomeOf(await requests.listParts((await copyAll(requests)).uploadId)),
  'Abort twice': async ({ create, abort }) => {
    const uploadId = await create();
    return [outcomeOf(await abort(uploadId)), outcomeOf(await abort(uploadId))].join(', ');
  },
  'Abort after Complete': async (requests) => outcomeOf(await requests.abort((await copyAll(requests)).uploadId)),
  'part in flight at Abort': async ({ create, copyPart, abort }, store) => {
    const uploadId = await create();
    let arrived = (): void => undefined;
    const arrival = new Promise<void>((resolve) => (arrived = resolve));
    store.setLatency({ copyPart: () => (arrived(), 60) });
    const copying = copyPart(uploadId, 1, 'src/k', FIRST);
    await arrival;
    await abort(uploadId);
    const outcome = outcomeOf(await copying);
    store.setLatency(0);
    return `${outcome}, ${store.uploads('dst').length} left`;
  },
  'tags at Create': async (requests, store) => {
    const uploadId = await requests.create({ 'x-amz-tagging': 'a=b' });
    if (uploadId.includes(' ')) return uploadId;
    const part = await requests.copyPart(uploadId, 1, 'src/k');
    await requests.complete(uploadId, [[1, element(part, 'ETag')]]);
    return store.object('dst', 'k')?.tags;
  },
  'storage class at Create': async (requests) =>
    knownUpload(await requests.create({ 'x-amz-storage-class': 'STANDARD_IA' })),
  'SSE-C at Create': async (requests) =>
    knownUpload(await requests.create(sseHeaders('x-amz-server-side-encryption-customer-'))),
  'part from an SSE-C source': async ({ create, copyPart }) =>
    outcomeOf(
      await copyPart(
        await create(),
        1,
        'src/secret',
        undefined,
        sseHeaders('x-amz-copy-source-server-side-encryption-customer-'),
      ),
    ),
  'part from an SSE-C source, no key': async ({ create, copyPart }) =>
    outcomeOf(await copyPart(await create(), 1, 'src/secret')),
  'AES256 at Create': async (requests) =>
    knownUpload(await requests.create({ 'x-amz-server-side-encryption': 'AES256' })),
  'aws:kms on a part': async ({ create, copyPart }) =>
    outcomeOf(await copyPart(await create(), 1, 'src/k', FIRST, { 'x-amz-server-side-encryption': 'aws:kms' })),
  'part of an upload with CRC32C': async ({ create, copyPart }) => {
    const answer = await copyPart(await create({ 'x-amz-checksum-algorithm': 'CRC32C' }), 1, 'src/k', FIRST);
    return element(answer, 'ChecksumCRC32C') === undefined ? outcomeOf(answer) : 'checksum';
  },
  GetObjectAttributes: async (requests) => {
    await copyAll(requests);
    const answer = await sendRaw(serverOf(requests), 'GET', '/dst/k?attributes', {
      'x-amz-object-attributes': 'ObjectParts,ETag',
    });
    return answer.body.length === SIZE ? 'bytes' : (element(answer, 'PartsCount') ?? outcomeOf(answer));
  },
  'HEAD partNumber=1': async (requests) => {
    await copyAll(requests);
    const { status, headers } = await requests.head('?partNumber=1');
    return `${status} ${headers['x-amz-mp-parts-count'] ?? 'no count'}`;
  },
  'tags of a CopyObject': async ({ copyObject }, store) => {
    await copyObject('src/tagged');
    return store.object('dst', 'k')?.tags;
  },
};

const aws: Readonly<Record<string, unknown>> = {
  'part, if-match wrong': '412 PreconditionFailed',
  'part, if-match right, multipart source': '200',
  'copy, if-match wrong': '412 PreconditionFailed',
  'copy, if-match wrong under the wrong name': '200',
  'part, end beyond the source': '400 InvalidArgument',
  'part, wholly beyond the source': '400 InvalidArgument',
  'part, bytes=5-': '400 InvalidArgument',
  'part, bytes=-5': '400 InvalidArgument',
  'part, bytes=9-5': '400 InvalidArgument',
  'part, 0-9': '400 InvalidArgument',
  'part, bytes=a-b': '400 InvalidArgument',
  'part, empty source, bytes=0-0': '400 InvalidArgument',
  'part 0': '400 InvalidArgument',
  'part 10001': '400 InvalidArgument',
  'part of an unknown upload': '404 NoSuchUpload',
  'part of a%2Fb': '404 NoSuchKey',
  'ETag of a part': 'quoted',
  'ETag of a Complete': 'quoted',
  'ETag of a copied multipart object': 'plain',
  'Complete again': '200',
  'Complete of an unknown upload, object in parts there': '404 NoSuchUpload',
  'Complete of an unknown upload, nothing there': '404 NoSuchUpload',
  'date of an object in parts': 'Create',
  'Complete without the last part': '200',
  'Complete out of order': '400 InvalidPartOrder',
  'Complete with a wrong ETag': '400 InvalidPart',
  'Complete, If-None-Match, object there': '412 PreconditionFailed',
  'put, If-None-Match, object there': '412 PreconditionFailed',
  'ListParts after Abort': '404 NoSuchUpload',
  'ListParts after Complete': '404 NoSuchUpload',
  'Abort twice': '204, 404 NoSuchUpload',
  'Abort after Complete': '404 NoSuchUpload',
  'part in flight at Abort': '404 NoSuchUpload, 0 left',
  'tags at Create': { a: 'b' },
  'storage class at Create': 'created',
  'SSE-C at Create': 'created',
  'part from an SSE-C source': '200',
  'part from an SSE-C source, no key': '400 InvalidRequest',
  'AES256 at Create': 'created',
  'aws:kms on a part': '200',
  'part of an upload with CRC32C': 'checksum',
  GetObjectAttributes: '2',
  'HEAD partNumber=1': '206 2',
  'tags of a CopyObject': { a: 'b' },
};

/** What each server does otherwise than S3, as it was seen on the real ones. */
const divergences: Readonly<Record<PersonalityName, Readonly<Record<string, unknown>>>> = {
  aws: {},
  obs: {
    'date of an object in parts': 'Complete',
    'part, end beyond the source': '200 6291456',
    'part, wholly beyond the source': '416 InvalidRange',
    'part, empty source, bytes=0-0': '416 InvalidRange',
    'Complete again': '404 NoSuchUpload',
    'Complete, If-None-Match, object there': '200',
    'put, If-None-Match, object there': '200',
    GetObjectAttributes: '501 NotImplemented',
    'HEAD partNumber=1': '200 no count',
    'tags of a CopyObject': {},
  },
  'ceph-rgw': {
    'date of an object in parts': 'Complete',
    'part, if-match wrong': '200',
    'copy, if-match wrong': '200',
    'copy, if-match wrong under the wrong name': '412 PreconditionFailed',
    'part, end beyond the source': '416 InvalidRange',
    'part, wholly beyond the source': '416 InvalidRange',
    'part, bytes=5-': '416 InvalidRange',
    'part, bytes=-5': '200 6',
    'part, bytes=9-5': '416 InvalidRange',
    'part, empty source, bytes=0-0': '200',
    'part 0': '200',
    'part 10001': '200',
    'part of a%2Fb': 'bytes of a/b',
    'ETag of a part': 'unquoted',
    'ETag of a Complete': 'empty',
    'ETag of a copied multipart object': 'kept',
    'Complete of an unknown upload, object in parts there': '200',
    'Complete of an unknown upload, nothing there': '500 InternalError',
    'Complete without the last part': '400 InvalidPart',
    'Complete out of order': '200',
    'Complete, If-None-Match, object there': '200',
    'ListParts after Abort': '404 NoSuchKey',
    'ListParts after Complete': '404 NoSuchKey',
    'tags at Create': {},
    'storage class at Create': '400 InvalidArgument',
    'part from an SSE-C source': '400 InvalidArgument',
    'part from an SSE-C source, no key': '400 InvalidArgument',
    'part of an upload with CRC32C': '200',
    GetObjectAttributes: 'bytes',
    'HEAD partNumber=1': '200 no count',
  },
  swift: {
    'date of an object in parts': 'Complete',
    'part, if-match right, multipart source': '412 PreconditionFailed',
    'part, end beyond the source': '200 6291456',
    'part, bytes=5-': '200 12582907',
    'part, bytes=-5': '200 5',
    'ETag of a copied multipart object': 'kept',
    'Complete, If-None-Match, object there': '412 InvalidRequest',
    'put, If-None-Match, object there': '501 NotImplemented',
    'ListParts after Complete': '200',
    'Abort after Complete': '404 NoSuchKey',
    'part in flight at Abort': '200, 0 left',
    'tags at Create': '501 NotImplemented',
    'storage class at Create': '400 InvalidStorageClass',
    'part from an SSE-C source, no key': '200',
    'AES256 at Create': '501 NotImplemented',
    'part of an upload with CRC32C': '200',
    GetObjectAttributes: 'bytes',
    'HEAD partNumber=1': '405 no count',
  },
  cloudserver: {
    'date of an object in parts': 'Complete',
    'part, end beyond the source': '200 6291456',
    'part, wholly beyond the source': '416 InvalidRange',
    'part, bytes=5-': '200 12582907',
    'part, bytes=-5': '200 5',
    'part, empty source, bytes=0-0': '416 InvalidRange',
    'ETag of a copied multipart object': 'kept',
    'Complete again': '404 NoSuchUpload',
    'Complete, If-None-Match, object there': '200',
    'put, If-None-Match, object there': '200',
    'part in flight at Abort': '200, 0 left',
    'storage class at Create': '400 InvalidStorageClass',
    'SSE-C at Create': '501 NotImplemented',
    'part from an SSE-C source': '501 NotImplemented',
    'part of an upload with CRC32C': '200',
    GetObjectAttributes: 'bytes',
  },
  moto: {
    'date of an object in parts': 'Complete',
    'part, if-match wrong': '200',
    'copy, if-match wrong': '200',
    'part, end beyond the source': '200 6291456',
    'part, wholly beyond the source': '200 0',
    'part, bytes=5-': '200 12582912',
    'part, bytes=-5': '200 12582912',
    'part, bytes=9-5': '200 0',
    'part, 0-9': '200 10',
    'part, bytes=a-b': '200 12582912',
    'part, empty source, bytes=0-0': '200',
    'part 0': '404 NoSuchUpload',
    'part 10001': '200',
    'part of an unknown upload': '500 InternalError',
    'Complete of an unknown upload, object in parts there': '500 InternalError',
    'Complete of an unknown upload, nothing there': '500 InternalError',
    'Complete out of order': '200',
    'part in flight at Abort': '200, 0 left',
    'part from an SSE-C source, no key': '200',
    'part of an upload with CRC32C': '200',
    GetObjectAttributes: 'bytes',
  },
  minio: {
    'date of an object in parts': 'Complete',
    'part, wholly beyond the source': '416 InvalidRange',
    'part, empty source, bytes=0-0': '416 InvalidRange',
    'Complete again': '404 NoSuchUpload',
    'aws:kms on a part': '501 NotImplemented',
    'part of an upload with CRC32C': '400 InvalidArgument',
  },
  s3rver: {
    'date of an object in parts': 'Complete',
    'part, if-match wrong': '200',
    'copy, if-match wrong': '200',
    'part, empty source, bytes=0-0': '200',
    'part 0': '200',
    'part 10001': '200',
    'part of an unknown upload': '200',
    'ETag of a Complete': 'quoted twice',
    'ETag of a copied multipart object': 'kept',
    'Complete again': '500 InternalError',
    'Complete of an unknown upload, object in parts there': '500 InternalError',
    'Complete of an unknown upload, nothing there': '500 InternalError',
    'Complete out of order': '200',
    'Complete with a wrong ETag': '200',
    'Complete, If-None-Match, object there': '200',
    'put, If-None-Match, object there': '200',
    'ListParts after Abort': '405 MethodNotAllowed',
    'ListParts after Complete': '405 MethodNotAllowed',
    'Abort twice': '405 MethodNotAllowed, 405 MethodNotAllowed',
    'Abort after Complete': '405 MethodNotAllowed',
    'part in flight at Abort': '200, 1 left',
    'tags at Create': {},
    'part from an SSE-C source, no key': '200',
    'part of an upload with CRC32C': '200',
    GetObjectAttributes: 'bytes',
    'HEAD partNumber=1': '200 no count',
  },
};

const servers = new WeakMap<Requests, TestStore>();

describe.for(Object.keys(divergences) as PersonalityName[])('a store like %s', (personality) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await startTestStore({
      credentials: false,
      personality,
      buckets: ['dst'],
      objects: [
        { bucket: 'src', key: 'k', size: SIZE },
        { bucket: 'src', key: 'in-parts', size: SIZE, partSize: 5 * MIB },
        { bucket: 'src', key: 'empty', size: 0 },
        { bucket: 'src', key: 'a/b', body: 'another object' },
        { bucket: 'src', key: 'tagged', body: 'x', tags: { a: 'b' } },
        { bucket: 'src', key: 'secret', body: 'x', encryption: { type: 'SSE-C', customerKey: SSE_C.key } },
      ],
    });
  });
  afterAll(() => store.close());

  test.for(Object.keys(situations))('%s', async (name) => {
    store.deleteObject('dst', 'k');
    for (const { uploadId } of store.uploads('dst')) {
      store.setFaults([{ kind: 'loseUpload', times: 1 }]);
      await sendRaw(store, 'GET', `/dst/k?uploadId=${uploadId}`);
    }
    store.setFaults([]);
    const requests = copyRequests(store, 'dst', 'k');
    servers.set(requests, store);
    let outcome = await situations[name]?.(requests, store);
    if (outcome === store.object('src', 'a/b')?.etag) outcome = 'bytes of a/b';
    expect(outcome).toEqual(divergences[personality][name] ?? aws[name]);
  });
});

test('every divergence is of a situation that is tried', () => {
  const names = Object.values(divergences).flatMap((rows) => Object.keys(rows));
  expect(names.filter((name) => !(name in situations))).toEqual([]);
  expect(Object.keys(situations).filter((name) => !(name in aws))).toEqual([]);
});

test('a part in flight at Abort lands, and brings the upload back, where that is asked for', async () => {
  let arrived = (): void => undefined;
  const arrival = new Promise<void>((resolve) => (arrived = resolve));
  const store = await startTestStore({
    credentials: false,
    latePartsLand: true,
    latency: { copyPart: () => (arrived(), 60) },
    buckets: ['dst'],
    objects: [{ bucket: 'src', key: 'k', size: SIZE }],
  });
  try {
    const { create, copyPart, abort } = copyRequests(store, 'dst', 'k');
    const uploadId = await create();
    const copying = copyPart(uploadId, 1, 'src/k', FIRST);
    await arrival;
    expect((await abort(uploadId)).status).toBe(204);
    expect(store.uploads('dst')).toEqual([]);
    expect((await copying).status).toBe(200);
    expect(store.uploads('dst')).toMatchObject([{ uploadId, parts: 1 }]);
    expect((await abort(uploadId)).status).toBe(204);
    expect(store.uploads('dst')).toEqual([]);
  } finally {
    await store.close();
  }
});

async function rangeOutcome(requests: Requests, range: string): Promise<string> {
  const uploadId = await requests.create();
  const outcome = outcomeOf(await requests.copyPart(uploadId, 1, 'src/k', range));
  if (outcome !== '200') return outcome;
  await requests.complete(uploadId, [[1, (await partEtag(requests, uploadId)) ?? '']]);
  return `200 ${serverOf(requests).object('dst', 'k')?.size}`;
}

async function partEtag(requests: Requests, uploadId: string): Promise<string | undefined> {
  return element(await requests.listParts(uploadId), 'ETag');
}

async function copyParts(requests: Requests) {
  const uploadId = await requests.create();
  const parts: [number, string | undefined][] = [];
  for (const [index, range] of [FIRST, SECOND].entries()) {
    parts.push([index + 1, element(await requests.copyPart(uploadId, index + 1, 'src/k', range), 'ETag')]);
  }
  return { uploadId, parts };
}

async function copyAll(requests: Requests) {
  const { uploadId, parts } = await copyParts(requests);
  return { uploadId, parts, completed: await requests.complete(uploadId, parts) };
}

function serverOf(requests: Requests): TestStore {
  const store = servers.get(requests);
  if (store === undefined) throw new Error('no store');
  return store;
}

function knownUpload(created: string): string {
  return /^[0-9A-F]{32}$/.test(created) ? 'created' : created;
}

function quotes(etag: string | undefined): string {
  if (etag === undefined || etag === '') return 'empty';
  if (etag.startsWith('""')) return 'quoted twice';
  return etag.startsWith('"') ? 'quoted' : 'unquoted';
}

function sseHeaders(prefix: string): Record<string, string> {
  return Object.fromEntries(Object.entries(SSE_C).map(([name, value]) => [prefix + name, value]));
}
