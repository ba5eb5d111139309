import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { copyRequests, element, outcomeOf, sendRaw } from './raw-request.ts';

const MIB = 1024 ** 2;
const PART_SIZE = 4.88e9;
const PARTS = 10_000;

describe('a copy in parts', () => {
  let store: TestStore;
  beforeAll(async () => {
    store = await startTestStore({
      credentials: false,
      buckets: ['dst', { name: 'versioned', versioning: 'enabled' }],
      objects: [
        { bucket: 'src', key: 'huge', size: PARTS * PART_SIZE, partSize: PART_SIZE },
        { bucket: 'src', key: 'medium', size: 11 * MIB },
        { bucket: 'src', key: 'small', body: 'hello world' },
      ],
    });
  });
  afterAll(() => store.close());

  /** Copies in parts, by the ranges given. */
  async function copy(key: string, source: string, ranges: readonly string[]): Promise<string> {
    const { create, copyPart, complete } = copyRequests(store, 'dst', key);
    const uploadId = await create();
    const etags: (readonly [number, string | undefined])[] = [];
    for (const [index, range] of ranges.entries()) {
      const answer = await copyPart(uploadId, index + 1, source, range);
      etags.push([index + 1, element(answer, 'ETag')]);
    }
    return outcomeOf(await complete(uploadId, etags));
  }

  test('of 48.8 TB in 10,000 parts is one range, and has the ETag of a source of the same parts', async () => {
    const { create, copyPart, complete } = copyRequests(store, 'dst', 'huge');
    const uploadId = await create();
    const etags: (string | undefined)[] = [];
    let next = 0;
    const copyOn = async (): Promise<void> => {
      while (next < PARTS) {
        const index = next;
        next += 1;
        const start = index * PART_SIZE;
        const answer = await copyPart(uploadId, index + 1, 'src/huge', `bytes=${start}-${start + PART_SIZE - 1}`);
        etags[index] = element(answer, 'ETag');
      }
    };
    await Promise.all(Array.from({ length: 16 }, copyOn));
    const completed = await complete(
      uploadId,
      etags.map((etag, index) => [index + 1, etag]),
    );
    expect(outcomeOf(completed)).toBe('200');
    const etag = store.object('src', 'huge')?.etag;
    expect(store.provenance('dst', 'huge')).toEqual([
      { start: 0, end: PARTS * PART_SIZE - 1, bucket: 'src', key: 'huge', versionId: 'null', etag, offset: 0 },
    ]);
    expect(store.object('dst', 'huge')?.etag).toBe(etag);
    expect(etag).toMatch(/^[0-9a-f]{32}-10000$/);
  });

  test('that takes the last range again and again is found out', async () => {
    const last = `bytes=${6 * MIB}-${11 * MIB - 1}`;
    expect(await copy('wrong', 'src/medium', [last, last])).toBe('200');
    expect(store.provenance('dst', 'wrong').map(({ start, offset }) => ({ start, offset }))).toEqual([
      { start: 0, offset: 6 * MIB },
      { start: 5 * MIB, offset: 6 * MIB },
    ]);
  });

  test('with two parts swapped is found out', async () => {
    const ranges = [`bytes=${5 * MIB}-${10 * MIB - 1}`, `bytes=0-${5 * MIB - 1}`, `bytes=${10 * MIB}-${11 * MIB - 1}`];
    expect(await copy('swapped', 'src/medium', ranges)).toBe('200');
    expect(store.provenance('dst', 'swapped').map(({ offset }) => offset)).toEqual([5 * MIB, 0, 10 * MIB]);
  });

  test('of a copy goes back to where the bytes came from', async () => {
    const ranges = [`bytes=0-${6 * MIB - 1}`, `bytes=${6 * MIB}-${11 * MIB - 1}`];
    expect(await copy('first', 'src/medium', ranges)).toBe('200');
    expect(await copy('second', 'dst/first', [`bytes=${MIB}-${7 * MIB - 1}`, 'bytes=0-9'])).toBe('200');
    expect(store.provenance('dst', 'second')).toMatchObject([
      { start: 0, end: 6 * MIB - 1, key: 'medium', offset: MIB },
      { start: 6 * MIB, end: 6 * MIB + 9, key: 'medium', offset: 0 },
    ]);
  });

  test('has the bytes and the MD5s that GET shows', async () => {
    expect(await copy('bytes', 'src/medium', [`bytes=0-${6 * MIB - 1}`, `bytes=${6 * MIB}-${11 * MIB - 1}`])).toBe(
      '200',
    );
    const source = (await copyRequests(store, 'src', 'medium').get()).body;
    const target = await copyRequests(store, 'dst', 'bytes').get();
    const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();
    expect(target.body.equals(source)).toBe(true);
    expect(store.object('src', 'medium')?.etag).toBe(md5(source).toString('hex'));
    const parts = Buffer.concat([md5(source.subarray(0, 6 * MIB)), md5(source.subarray(6 * MIB))]);
    expect(target.headers['etag']).toBe(`"${md5(parts).toString('hex')}-2"`);
  });

  test('of an object that is replaced meanwhile shows both', async () => {
    store.putObject({ bucket: 'src', key: 'changing', size: 11 * MIB });
    const before = store.object('src', 'changing')?.etag;
    const { create, copyPart, complete } = copyRequests(store, 'dst', 'torn');
    const uploadId = await create();
    const one = await copyPart(uploadId, 1, 'src/changing', `bytes=0-${6 * MIB - 1}`);
    store.putObject({ bucket: 'src', key: 'changing', size: 11 * MIB, seed: 2 });
    const after = store.object('src', 'changing')?.etag;
    const two = await copyPart(uploadId, 2, 'src/changing', `bytes=${6 * MIB}-${11 * MIB - 1}`);
    await complete(uploadId, [
      [1, element(one, 'ETag')],
      [2, element(two, 'ETag')],
    ]);
    expect(store.provenance('dst', 'torn').map(({ etag }) => etag)).toEqual([before, after]);
    expect(before).not.toBe(after);
  });

  test('names the version that was copied', async () => {
    const old = store.putObject({ bucket: 'versioned', key: 'k', body: 'old' });
    store.putObject({ bucket: 'versioned', key: 'k', body: 'new' });
    const { copyObject } = copyRequests(store, 'dst', 'of-version');
    expect(outcomeOf(await copyObject(`versioned/k?versionId=${old.versionId}`))).toBe('200');
    expect(store.provenance('dst', 'of-version')).toMatchObject([{ key: 'k', versionId: old.versionId, end: 2 }]);
    expect(store.object('dst', 'of-version')?.readBody().toString()).toBe('old');
  });

  test('of an object that was uploaded in parts goes back to that object, not to its parts', async () => {
    const { create, complete } = copyRequests(store, 'src', 'uploaded');
    const uploadId = await create();
    const etags: [number, string | undefined][] = [];
    for (const [number, body] of [
      [1, Buffer.alloc(5 * MIB, 'a')],
      [2, Buffer.from('tail')],
    ] as const) {
      const put = await sendRaw(store, 'PUT', `/src/uploaded?partNumber=${number}&uploadId=${uploadId}`, {}, body);
      etags.push([number, put.headers['etag']]);
    }
    expect(outcomeOf(await complete(uploadId, etags))).toBe('200');
    const etag = store.object('src', 'uploaded')?.etag;
    expect(await copy('of-uploaded', 'src/uploaded', [`bytes=${5 * MIB - 1}-${5 * MIB + 1}`])).toBe('200');
    expect(store.provenance('dst', 'of-uploaded')).toEqual([
      { start: 0, end: 2, bucket: 'src', key: 'uploaded', versionId: 'null', etag, offset: 5 * MIB - 1 },
    ]);
    expect(store.object('dst', 'of-uploaded')?.readBody().toString()).toBe('ata');
  });

  test('of an object by itself answers itself', () => {
    expect(store.provenance('src', 'small')).toMatchObject([
      { start: 0, end: 10, bucket: 'src', key: 'small', offset: 0 },
    ]);
    expect(() => store.provenance('src', 'nothing')).toThrow("there is no object 'src/nothing'");
  });
});
