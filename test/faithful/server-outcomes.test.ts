import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStore, type PersonalityName, type TestStore } from '../../src/testing/index.ts';
import { personalityNames } from '../../src/testing/personality.ts';
import { copyRequests, element, outcomeOf, sendRaw } from '../testing/raw-request.ts';
import { divergences, usualOutcomes } from './server-outcomes.ts';

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
    const uploadId = await create({ 'x-amz-checksum-algorithm': 'CRC32C' });
    if (uploadId.includes(' ')) return uploadId;
    const answer = await copyPart(uploadId, 1, 'src/k', FIRST);
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
  'roots of Create, part, ListParts': async ({ copyPart, listParts }, store) => {
    const created = await sendRaw(store, 'POST', '/dst/k?uploads');
    const uploadId = element(created, 'UploadId') ?? '';
    const answers = [created, await copyPart(uploadId, 1, 'src/k', FIRST), await listParts(uploadId)];
    return answers.map(({ text }) => /<(\w+)[^>]*>/.exec(text.slice(text.indexOf('?>')))?.[1]).join(' ');
  },
  'part, if-match right': async ({ create, copyPart }, store) =>
    outcomeOf(
      await copyPart(await create(), 1, 'src/k', FIRST, {
        'x-amz-copy-source-if-match': `"${store.object('src', 'k')?.etag}"`,
      }),
    ),
  'copy source with a slash in front, without': async ({ copyObject }) =>
    `${outcomeOf(await copyObject('/src/k'))}, ${outcomeOf(await copyObject('src/k'))}`,
  'copy, If-None-Match, object there': async ({ put, copyObject }, store) => {
    await put('x');
    const outcome = outcomeOf(await copyObject('src/k', { 'if-none-match': '*' }));
    return `${outcome}, ${store.object('dst', 'k')?.size === 1 ? 'kept' : 'overwritten'}`;
  },
  'copy, If-None-Match, nothing there': async ({ copyObject }) =>
    outcomeOf(await copyObject('src/k', { 'if-none-match': '*' })),
  'part 1001': async ({ create, copyPart }) => outcomeOf(await copyPart(await create(), 1001, 'src/k', FIRST)),
  'part twice': async (requests) => {
    const uploadId = await requests.create();
    await requests.copyPart(uploadId, 1, 'src/k', FIRST);
    const etag = element(await requests.copyPart(uploadId, 1, 'src/k', SECOND), 'ETag');
    return outcomeOf(await requests.complete(uploadId, [[1, etag]]));
  },
  'part after Abort': async ({ create, abort, copyPart }, store) => {
    const uploadId = await create();
    await abort(uploadId);
    const outcome = outcomeOf(await copyPart(uploadId, 1, 'src/k', FIRST));
    return `${outcome}, ${store.uploads('dst').length} left`;
  },
  'Abort beside an object': async ({ put, create, abort }, store) => {
    await put('x');
    const outcome = outcomeOf(await abort(await create()));
    return `${outcome}, ${store.object('dst', 'k') === undefined ? 'deleted' : 'kept'}`;
  },
  'Abort of an unknown upload': async ({ abort }) => outcomeOf(await abort('unknown')),
  'Complete of an unknown upload, plain object there': async ({ put, complete }) => {
    await put('x');
    return outcomeOf(await complete('unknown', [[1, '0'.repeat(32)]]));
  },
  'body of a Complete of an unknown upload': async ({ complete }) =>
    (await complete('unknown', [[1, 'x']])).headers['content-type'],
  'ETag rule of an object in parts': async (requests, store) => {
    await copyAll(requests);
    const { etag, parts, readBody } = store.object('dst', 'k') ?? {};
    if (etag === md5(readBody?.() ?? '')) return 'MD5';
    const formula = `${md5(Buffer.from((parts ?? []).map((part) => part.etag).join(''), 'hex'))}-2`;
    return etag === formula ? 'formula' : /^[0-9a-f]{32}-2$/i.test(etag ?? '') ? 'another' : etag;
  },
  'ETag of a PUT': async ({ put }) => {
    const { etag = '' } = (await put('x')).headers;
    return etag === `"${md5('x')}"` ? 'MD5' : etag === `"${md5('x').toUpperCase()}"` ? 'upper case' : 'random';
  },
  'ETags of HEAD, listing, CopyObject': async ({ copyObject, head }, store) => {
    const copied = element(await copyObject('src/k'), 'ETag');
    const listing = await sendRaw(store, 'GET', '/dst?list-type=2&prefix=k');
    return [(await head()).headers['etag'], element(listing, 'ETag'), copied].map(quotes).join(' ');
  },
  'tags of an untagged object': async ({ put }, store) => {
    await put('x');
    const answer = await sendRaw(store, 'GET', '/dst/k?tagging');
    if (answer.status !== 200) return outcomeOf(answer);
    return answer.text.includes('<Tagging') ? 'document' : answer.text === 'x' ? 'the object' : answer.text;
  },
  'PUT ?tagging': async ({ put }, store) => {
    await put('x');
    const body = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
    const outcome = outcomeOf(await sendRaw(store, 'PUT', '/dst/k?tagging', {}, body));
    return `${outcome}, ${store.object('dst', 'k')?.size === 1 ? 'kept' : 'overwritten'}`;
  },
  'empty tagging at Create': async (requests) => knownUpload(await requests.create({ 'x-amz-tagging': '' })),
  'copy, tagging-directive REPLACE': async ({ copyObject }) =>
    outcomeOf(await copyObject('src/k', { 'x-amz-tagging-directive': 'REPLACE' })),
  'copy to dir/': async (_requests, store) => {
    for (const key of ['dir/', 'dir/dir', 'dir']) store.deleteObject('dst', key);
    const outcome = outcomeOf(await sendRaw(store, 'PUT', '/dst/dir/', { 'x-amz-copy-source': 'src/tagged' }));
    const keys = store.keys('dst').filter((key) => key.startsWith('dir'));
    return `${outcome}: ${keys.map((key) => `${key} ${store.object('dst', key)?.size}`).join(', ')}`;
  },
  'listed key a b/c+': async (_requests, store) => {
    store.putObject({ bucket: 'dst', key: 'a b/c+', body: '' });
    const listing = await sendRaw(store, 'GET', '/dst?list-type=2&prefix=a&encoding-type=url');
    return `${element(listing, 'Key')} ${element(listing, 'EncodingType') ?? 'unsaid'}`;
  },
  'metadata beyond ASCII': async (requests) => {
    // Node writes headers as UTF-8 if they go out with a text.
    await requests.put(Buffer.from('x'), {
      'x-amz-meta-utf8': Buffer.from('ü').toString('latin1'),
      'x-amz-meta-latin1': 'ü',
    });
    const { headers } = await requests.head();
    const [utf8, latin1] = [headers['x-amz-meta-utf8'], headers['x-amz-meta-latin1']];
    if (utf8 === undefined) return 'lost';
    if (utf8.startsWith('=?')) return 'RFC 2047';
    return latin1 === 'ü' ? 'kept' : Buffer.from(latin1 ?? '', 'latin1').toString();
  },
  'headers at Create that are lost': async (requests, store) => {
    const headers = {
      'content-type': 'text/x',
      'content-language': 'de',
      'x-amz-meta-a_b': 'v',
      'x-amz-website-redirect-location': '/x',
    };
    const uploadId = await requests.create(headers);
    if (uploadId.includes(' ')) return uploadId;
    const part = await requests.copyPart(uploadId, 1, 'src/k');
    await requests.complete(uploadId, [[1, element(part, 'ETag')]]);
    const object = store.object('dst', 'k');
    if (object === undefined) return outcomeOf(part);
    const found = { ...object.headers, ...object.metadata, redirect: object.websiteRedirectLocation };
    return ['content-type', 'content-language', 'a_b', 'redirect'].filter((name) => !(found as never)[name]).join(' ');
  },
  'content type of a copy that replaces': async ({ copyObject }, store) => {
    await copyObject('src/typed', { 'x-amz-metadata-directive': 'REPLACE', 'content-type': 'text/new' });
    return store.object('dst', 'k')?.headers['content-type'];
  },
  'CRC64NVME of two parts, of the object': async (requests, store) => {
    const uploadId = await requests.create({ 'x-amz-checksum-algorithm': 'CRC64NVME' });
    if (uploadId.includes(' ')) return uploadId;
    const listed: string[] = [];
    const crcs: (string | undefined)[] = [];
    for (const [index, range] of [FIRST, SECOND].entries()) {
      const answer = await requests.copyPart(uploadId, index + 1, 'src/checked', range);
      if (answer.status !== 200) return outcomeOf(answer);
      const crc = element(answer, 'ChecksumCRC64NVME');
      crcs.push(crc);
      const given = crc === undefined ? '' : `<ChecksumCRC64NVME>${crc}</ChecksumCRC64NVME>`;
      listed.push(`<Part><PartNumber>${index + 1}</PartNumber><ETag>${element(answer, 'ETag')}</ETag>${given}</Part>`);
    }
    const body = `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`;
    await sendRaw(store, 'POST', `/dst/k?uploadId=${uploadId}`, {}, body);
    const { headers } = await requests.head('', { 'x-amz-checksum-mode': 'ENABLED' });
    const whole = store.object('src', 'checked')?.checksums.CRC64NVME;
    const own = headers['x-amz-checksum-crc64nvme'];
    const ofParts = crcs[0] === undefined ? 'none' : crcs[0] === crcs[1] ? 'of the whole source' : 'own';
    return `${ofParts}, ${own === undefined ? 'none' : own === whole ? 'right' : 'wrong'}`;
  },
  'HEAD of a gzip object': async ({ put, head }) => {
    await put('x', { 'content-encoding': 'gzip' });
    const { headers } = await head();
    return headers['content-length'] ?? 'no length';
  },
  'tags of a CopyObject': async ({ copyObject }, store) => {
    await copyObject('src/tagged');
    return store.object('dst', 'k')?.tags;
  },
};

/** Servers that take no part copy, or not in the form that is tried: only what they are known for is. */
const partless: readonly PersonalityName[] = ['gofakes3', 'gcs', 'hcp'];

const servers = new WeakMap<Requests, TestStore>();

describe.for(personalityNames)('a store like %s', (personality) => {
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
        { bucket: 'src', key: 'checked', size: SIZE, checksumAlgorithm: 'CRC64NVME' },
        { bucket: 'src', key: 'typed', body: 'x', contentType: 'text/old' },
        { bucket: 'src', key: 'tagged', body: 'x', tags: { a: 'b' } },
        { bucket: 'src', key: 'secret', body: 'x', encryption: { type: 'SSE-C', customerKey: SSE_C.key } },
      ],
    });
  });
  afterAll(() => store.close());

  const tried = Object.keys(partless.includes(personality) ? divergences[personality] : situations);
  test.for(tried)('%s', async (name) => {
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
    expect(outcome).toEqual(name in divergences[personality] ? divergences[personality][name] : usualOutcomes[name]);
  });
});

test('every divergence is of a situation that is tried', () => {
  const names = Object.values(divergences).flatMap((rows) => Object.keys(rows));
  expect(names.filter((name) => !(name in situations))).toEqual([]);
  expect(Object.keys(situations).filter((name) => !(name in usualOutcomes))).toEqual([]);
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

function md5(bytes: string | Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

function quotes(etag: string | undefined): string {
  if (etag === undefined || etag === '') return 'empty';
  if (etag.startsWith('""')) return 'quoted twice';
  return etag.startsWith('"') ? 'quoted' : 'unquoted';
}

function sseHeaders(prefix: string): Record<string, string> {
  return Object.fromEntries(Object.entries(SSE_C).map(([name, value]) => [prefix + name, value]));
}
