import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { copyRequests, element, outcomeOf, sendRaw } from './raw-request.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const KEY = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
const OTHER_KEY = Buffer.alloc(32, 7).toString('base64');

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({
    credentials: false,
    buckets: ['dst', { name: 'payers', requesterPays: true }, { name: 'far', region: 'mars-1' }],
    objects: [
      { bucket: 'src', key: 'k', size: 20 * MIB, lastModified: new Date('2024-01-01T00:00:00Z') },
      { bucket: 'src', key: 'huge', size: 20 * GIB },
      { bucket: 'src', key: 'frozen', size: 1, storageClass: 'GLACIER' },
      { bucket: 'src', key: 'secret', size: 6 * MIB, encryption: { type: 'SSE-C', customerKey: KEY } },
      { bucket: 'payers', key: 'k', size: 1 },
      { bucket: 'far', key: 'k', size: 1 },
    ],
  });
});
afterAll(() => store.close());
beforeEach(() => store.deleteObject('dst', 'k'));

const requests = () => copyRequests(store, 'dst', 'k');
const etagOfSource = () => store.object('src', 'k')?.etag ?? '';
const sse = (key: string, role = '') => ({
  [`x-amz-${role}server-side-encryption-customer-algorithm`]: 'AES256',
  [`x-amz-${role}server-side-encryption-customer-key`]: key,
  [`x-amz-${role}server-side-encryption-customer-key-md5`]: createHash('md5')
    .update(Buffer.from(key, 'base64'))
    .digest('base64'),
});

describe('sizes', () => {
  test('a part that is not the last must have its least size, which depends on the dialect', async () => {
    for (const [dialect, size, outcome] of [
      ['s3', 5 * MIB - 1, '400 EntityTooSmall'],
      ['s3', 5 * MIB, '200'],
      ['obs', 100 * 1024 - 1, '400 EntityTooSmall'],
      ['obs', 100 * 1024, '200'],
    ] as const) {
      const { create, copyPart, complete } = copyRequests(store, 'dst', 'k', dialect);
      const uploadId = await create();
      const parts: [number, string | undefined][] = [];
      for (const [number, range] of [`bytes=0-${size - 1}`, 'bytes=0-0'].entries()) {
        parts.push([number + 1, element(await copyPart(uploadId, number + 1, 'src/k', range), 'ETag')]);
      }
      expect([dialect, size, outcomeOf(await complete(uploadId, parts))]).toEqual([dialect, size, outcome]);
    }
  });

  test('a part has at most 5 GiB, and so has the source of a CopyObject', async () => {
    const { create, copyPart, copyObject } = requests();
    const uploadId = await create();
    expect(outcomeOf(await copyPart(uploadId, 1, 'src/huge', `bytes=0-${5 * GIB - 1}`))).toBe('200');
    expect(outcomeOf(await copyPart(uploadId, 1, 'src/huge', `bytes=0-${5 * GIB}`))).toBe('400 InvalidRequest');
    expect(outcomeOf(await copyPart(uploadId, 1, 'src/huge'))).toBe('400 InvalidRequest');
    const answer = await copyObject('src/huge');
    expect(outcomeOf(answer)).toBe('400 InvalidRequest');
    expect(element(answer, 'Message')).toContain('5368709120');
  });

  test('limits are the options', async () => {
    const strict = await startTestStore({
      credentials: false,
      limits: { minPartSize: 2, maxPartSize: 5, maxParts: 3, maxCopyObjectSize: 4, minRangedSourceSize: 6 },
      objects: [{ bucket: 'b', key: 'k', size: 5 }],
    });
    const { create, copyPart, copyObject } = copyRequests(strict, 'b', 'copy');
    const uploadId = await create();
    expect(outcomeOf(await copyPart(uploadId, 3, 'b/k'))).toBe('200');
    expect(outcomeOf(await copyPart(uploadId, 4, 'b/k'))).toBe('400 InvalidArgument');
    expect(outcomeOf(await copyPart(uploadId, 3, 'b/k', 'bytes=0-1'))).toBe('400 InvalidRequest');
    expect(outcomeOf(await copyObject('b/k'))).toBe('400 InvalidRequest');
    await strict.close();
  });
});

describe('Complete', () => {
  test('refuses parts that are not there, empty lists, and what is no list', async () => {
    const { create, copyPart, complete } = requests();
    const uploadId = await create();
    const etag = element(await copyPart(uploadId, 2, 'src/k'), 'ETag');
    expect(outcomeOf(await complete(uploadId, [[1, etag]]))).toBe('400 InvalidPart');
    expect(outcomeOf(await complete(uploadId, []))).toBe('400 MalformedXML');
    expect(
      outcomeOf(
        await complete(uploadId, [
          [2, etag],
          [2, etag],
        ]),
      ),
    ).toBe('400 InvalidPartOrder');
    expect(outcomeOf(await sendRaw(store, 'POST', `/dst/k?uploadId=${uploadId}`, {}, 'garbage'))).toBe(
      '400 MalformedXML',
    );
    expect(store.object('dst', 'k')).toBeUndefined();
    expect(outcomeOf(await complete(uploadId, [[2, etag?.replaceAll('"', '')]]))).toBe('200');
  });

  test('takes the last of several copies of a part', async () => {
    const { create, copyPart, complete } = requests();
    const uploadId = await create();
    const first = element(await copyPart(uploadId, 1, 'src/k', 'bytes=0-9'), 'ETag');
    const second = element(await copyPart(uploadId, 1, 'src/k', 'bytes=10-29'), 'ETag');
    expect(outcomeOf(await complete(uploadId, [[1, first]]))).toBe('400 InvalidPart');
    expect(outcomeOf(await complete(uploadId, [[1, second]]))).toBe('200');
    expect(store.provenance('dst', 'k')).toMatchObject([{ start: 0, end: 19, offset: 10 }]);
    expect(store.stats().duplicateParts).toBeGreaterThan(0);
  });

  test('asked again with other parts finds no upload', async () => {
    const { create, copyPart, complete } = requests();
    const uploadId = await create();
    const etag = element(await copyPart(uploadId, 1, 'src/k'), 'ETag');
    await complete(uploadId, [[1, etag]]);
    expect(outcomeOf(await complete(uploadId, [[1, etag]]))).toBe('200');
    expect(outcomeOf(await complete(uploadId, [[1, '0'.repeat(32)]]))).toBe('404 NoSuchUpload');
  });

  test('holds the size against what it was told', async () => {
    const { create, copyPart, complete } = requests();
    const uploadId = await create();
    const etag = element(await copyPart(uploadId, 1, 'src/k'), 'ETag');
    const sized = (size: number) => complete(uploadId, [[1, etag]], { 'x-amz-mp-object-size': String(size) });
    expect(outcomeOf(await sized(1))).toBe('400 InvalidRequest');
    expect(outcomeOf(await sized(20 * MIB))).toBe('200');
  });

  test('is reported by HEAD in the OBS dialect, by the id of the upload', async () => {
    const { create, copyPart, complete, head } = copyRequests(store, 'dst', 'k', 'obs');
    const uploadId = await create();
    await complete(uploadId, [[1, element(await copyPart(uploadId, 1, 'src/k'), 'ETag')]]);
    expect((await head()).headers['x-obs-uploadid']).toBe(uploadId);
    expect((await requests().head()).headers).not.toHaveProperty('x-obs-uploadid');
    await copyRequests(store, 'dst', 'k', 'obs').put('in one piece');
    expect((await head()).headers).not.toHaveProperty('x-obs-uploadid');
  });
});

describe('conditions on the source', () => {
  const past = 'Sun, 31 Dec 2023 23:59:59 GMT';
  const exact = 'Mon, 01 Jan 2024 00:00:00 GMT';
  const future = new Date(Date.now() + 3_600_000).toUTCString();
  const right = (): string => `"${etagOfSource()}"`;
  const cases: readonly (readonly [Readonly<Record<string, string | (() => string)>>, string])[] = [
    [{ 'if-match': right }, '200'],
    [{ 'if-match': etagOfSource }, '200'],
    [{ 'if-match': '*' }, '200'],
    [{ 'if-match': '"x"' }, '412'],
    [{ 'if-match': () => `%22${etagOfSource()}%22` }, '412'],
    [{ 'if-none-match': '"x"' }, '200'],
    [{ 'if-none-match': right }, '412'],
    [{ 'if-unmodified-since': past }, '412'],
    [{ 'if-unmodified-since': exact }, '200'],
    [{ 'if-unmodified-since': future }, '200'],
    [{ 'if-modified-since': past }, '200'],
    [{ 'if-modified-since': exact }, '412'],
    [{ 'if-modified-since': future }, '200'],
    [{ 'if-match': right, 'if-unmodified-since': past }, '200'],
    [{ 'if-match': '"x"', 'if-unmodified-since': exact }, '412'],
    [{ 'if-none-match': right, 'if-modified-since': past }, '412'],
    [{ 'if-none-match': '"x"', 'if-modified-since': exact }, '200'],
  ];

  test.for(cases)('%o: %s, in both dialects, for parts and whole objects', async ([conditions, status]) => {
    for (const dialect of ['s3', 'obs'] as const) {
      const { create, copyPart, copyObject } = copyRequests(store, 'dst', 'k', dialect);
      const headers = Object.fromEntries(
        Object.entries(conditions).map(([name, value]) => [
          `${dialect === 's3' ? 'x-amz' : 'x-obs'}-copy-source-${name}`,
          typeof value === 'string' ? value : value(),
        ]),
      );
      expect(String((await copyPart(await create(), 1, 'src/k', 'bytes=0-9', headers)).status)).toBe(status);
      expect(String((await copyObject('src/k', headers)).status)).toBe(status);
    }
  });
});

describe('the source', () => {
  test.for([
    ['src/nothing', '404 NoSuchKey'],
    ['nowhere/k', '404 NoSuchBucket'],
    ['src/k?versionId=x', '404 NoSuchVersion'],
    ['src/k?versionId=null', '200'],
    ['/src/k', '200'],
    ['src%2Fk', '200'],
    ['src', '400 InvalidArgument'],
    ['src/', '400 InvalidArgument'],
    ['src/frozen', '403 InvalidObjectState'],
  ] as const)('%s: %s', async ([source, outcome]) => {
    const { create, copyPart } = requests();
    expect(outcomeOf(await copyPart(await create(), 1, source))).toBe(outcome);
  });

  test('may bear any name', async () => {
    for (const key of [
      'a b+c/ü&=?#%.txt',
      '/leading',
      '../up/./x',
      'a//b///',
      '%2F%',
      'k?versionId=x',
      '😀\\`"<>',
      '\n',
    ]) {
      store.putObject({ bucket: 'src', key, body: key });
      const source = `src/${encodeURIComponent(key)}`;
      expect([key, outcomeOf(await copyRequests(store, 'dst', key).copyObject(source))]).toEqual([key, '200']);
      expect((await copyRequests(store, 'dst', key).get()).text).toBe(key);
    }
  });

  test('is looked at when the copy begins, not when it ends', async () => {
    store.putObject({ bucket: 'src', key: 'brief', body: 'here' });
    const { create, copyPart } = requests();
    const uploadId = await create();
    store.setLatency({
      copyPart: () => {
        store.deleteObject('src', 'brief');
        return 1;
      },
    });
    expect(outcomeOf(await copyPart(uploadId, 1, 'src/brief'))).toBe('200');
    store.setLatency(0);
    expect(outcomeOf(await copyPart(uploadId, 1, 'src/brief'))).toBe('404 NoSuchKey');
  });

  test('must be in the same region on OBS, and only there', async () => {
    for (const [dialect, outcome] of [
      ['s3', '200'],
      ['obs', '400 InvalidRequest'],
    ] as const) {
      expect(outcomeOf(await copyRequests(store, 'dst', 'k', dialect).copyObject('far/k'))).toBe(outcome);
    }
  });

  test('may have to be paid for', async () => {
    const { copyObject } = requests();
    expect(outcomeOf(await copyObject('payers/k'))).toBe('403 AccessDenied');
    expect(outcomeOf(await copyObject('payers/k', { 'x-amz-request-payer': 'requester' }))).toBe('200');
  });

  test('may be expected to belong to somebody', async () => {
    const { copyObject } = requests();
    const owned = (owner: string) => copyObject('src/k', { 'x-amz-source-expected-bucket-owner': owner });
    expect(outcomeOf(await owned('123456789012'))).toBe('200');
    expect(outcomeOf(await owned('210987654321'))).toBe('403 AccessDenied');
  });
});

describe("customers' keys", () => {
  const source = (key: string) => sse(key, 'copy-source-');

  test.for([
    ['no key', () => ({}), '400 InvalidRequest'],
    ['another key', () => source(OTHER_KEY), '403 AccessDenied'],
    ['the key', () => source(KEY), '200'],
    [
      'a wrong MD5',
      () => ({
        ...source(KEY),
        'x-amz-copy-source-server-side-encryption-customer-key-md5': 'AAAAAAAAAAAAAAAAAAAAAA==',
      }),
      '400 InvalidArgument',
    ],
    ['a key encoded twice', () => source(Buffer.from(KEY).toString('base64')), '400 InvalidArgument'],
  ] as const)('of the source: with %s', async ([, headers, outcome]) => {
    const { create, copyPart, copyObject } = requests();
    const uploadId = await create();
    expect(outcomeOf(await copyPart(uploadId, 1, 'src/secret', undefined, headers()))).toBe(outcome);
    expect(outcomeOf(await copyObject('src/secret', headers()))).toBe(outcome);
  });

  test('of the destination: every part needs the one that Create had', async () => {
    const { create, copyPart, complete, head } = requests();
    const uploadId = await create(sse(KEY));
    expect(outcomeOf(await copyPart(uploadId, 1, 'src/k'))).toBe('400 InvalidRequest');
    expect(outcomeOf(await copyPart(uploadId, 1, 'src/k', undefined, sse(OTHER_KEY)))).toBe('403 AccessDenied');
    const part = await copyPart(uploadId, 1, 'src/k', undefined, sse(KEY));
    expect(part.headers['x-amz-server-side-encryption-customer-algorithm']).toBe('AES256');
    await complete(uploadId, [[1, element(part, 'ETag')]]);
    expect((await head()).status).toBe(400);
    expect((await head('', sse(OTHER_KEY))).status).toBe(403);
    expect((await head('', sse(KEY))).status).toBe(200);
    expect(store.object('dst', 'k')?.encryption).toMatchObject({ type: 'SSE-C' });
    expect(JSON.stringify(store.object('dst', 'k'))).not.toContain(KEY);
  });

  test('are refused where the object has none', async () => {
    const { copyObject } = requests();
    expect(outcomeOf(await copyObject('src/k', source(KEY)))).toBe('400 InvalidRequest');
  });

  test('make ETags that are no MD5s, and another each time', async () => {
    const { create, copyPart } = requests();
    const uploadId = await create(sse(KEY));
    const etags = [];
    for (let attempt = 0; attempt < 2; attempt += 1) {
      etags.push(element(await copyPart(uploadId, 1, 'src/k', undefined, sse(KEY)), 'ETag'));
    }
    expect(new Set([...etags, `"${etagOfSource()}"`]).size).toBe(3);
  });
});
