import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectPages } from '../../src/many/object-pages.ts';
import { OperationRunner } from '../../src/request/operation-runner.ts';
import { startTestStore, type PersonalityName, type TestStore } from '../../src/testing/index.ts';
import { compareKeys } from '../../src/testing/key-order.ts';
import { startScriptedServer } from '../obs-client/scripted-server.ts';
import { fourWays } from './four-ways.ts';

const KEYS = [
  'a%2Fb',
  'a/b',
  '100%25',
  'p+q r',
  'p q+r',
  'cr\rlf',
  'u\u0001',
  '\uFF01',
  '😀',
  'dir/',
  'dir/x',
  'a//b',
  'q\'"<>&',
  'plain',
].toSorted(compareKeys);

const runner = new OperationRunner({ maxAttempts: 1, minDelayMs: 1, maxDelayMs: 1, maxElapsedMs: 1000 }, undefined, {
  retry: () => undefined,
  throttle: () => undefined,
});

// How each writes the keys of a listing: %2F kept, %20 for a space, + for it, not at all, and not though it says so.
describe.each(['aws', 'ceph-rgw', 'seaweedfs', 'versitygw', 's3s-fs'] as PersonalityName[])('%s', (personality) => {
  let testStore: TestStore;
  beforeAll(async () => {
    const objects = KEYS.map((key) => ({ bucket: 'b', key, body: key }));
    testStore = await startTestStore({ credentials: false, personality, objects });
  });
  afterAll(() => testStore.close());

  it.each(Object.keys(fourWays))('%s lists every key as itself, by pages of three', async (way) => {
    const store = fourWays[way]?.(testStore);
    if (store === undefined) throw new Error(`no way ${way}`);
    const keys: string[] = [];
    let pages = 0;
    for await (const objects of objectPages({ store, runner, bucket: 'b', maxKeys: 3 })) {
      keys.push(...objects.map(({ key }) => key));
      expect(objects.every(({ key, size }) => size === Buffer.byteLength(key))).toBe(true);
      pages++;
    }
    expect(keys).toEqual(KEYS);
    expect(pages).toBe(Math.ceil(KEYS.length / 3));
  });

  it.each(Object.keys(fourWays))('%s lists what has a prefix, after a key', async (way) => {
    const store = fourWays[way]?.(testStore) as never;
    const keys: string[] = [];
    for await (const objects of objectPages({ store, runner, bucket: 'b', prefix: 'a', startAfter: 'a%2Fb' })) {
      keys.push(...objects.map(({ key }) => key));
    }
    expect(keys).toEqual(['a//b', 'a/b']);
  });
});

// Clients leave references as text (esdk-obs-nodejs 3.26.8), cut them to 16 bits (@aws-sdk/client-s3 3.1175.0), or read texts as numbers (minio 8.0.7).
const written: readonly [inXml: string, key: string][] = [
  ['a&#13;b', 'a\rb'],
  ['a&#xD;b', 'a\rb'],
  ['a&#xFC;b', 'aüb'],
  ['a&#x1F600;b', 'a😀b'],
  ['a&#128512;b', 'a😀b'],
  ['it&#39;s', "it's"],
  ['a&amp;amp;b', 'a&amp;b'],
  ['<![CDATA[a&amp;b]]>', 'a&amp;b'],
  ['007', '007'],
  ['1.50', '1.50'],
  [' ', ' '],
  [' a ', ' a '],
  ['__proto__', '__proto__'],
];

describe.each(Object.keys(fourWays))('%s', (way) => {
  it('takes keys as XML has them', async () => {
    const entries = written.map(([key]) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
    const body = `<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated>${entries}</ListBucketResult>`;
    await using server = await startScriptedServer({ headers: { 'content-type': 'application/xml' }, body });
    const address = { endpoint: server.endpoint, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
    const { objects } = (await fourWays[way]?.(address).listObjects({ bucket: 'b' })) ?? { objects: [] };
    expect(objects.map(({ key }) => key)).toEqual(written.map(([, key]) => key));
  });

  it('deletes many objects by one request, and says which', async () => {
    const keys = ['a', `b & 'c'`, 'dir/é', ...(way === 'fromObsClient' ? [] : ['<d>'])];
    const testStore = await startTestStore({
      credentials: false,
      objects: [...keys, 'left'].map((key) => ({ bucket: 'b', key, body: key })),
    });
    const store = fourWays[way]?.(testStore);
    const result = await store?.deleteObjects({ bucket: 'b', keys });
    expect(result).toEqual({ deleted: keys, errors: [] });
    expect(testStore.keys('b')).toEqual(['left']);
    const odd = store?.deleteObjects({ bucket: 'b', keys: ['<d>'] });
    if (way === 'fromObsClient') await expect(odd).rejects.toThrow(/can't delete a key with '<'/);
    await odd?.catch(() => undefined);
    await testStore.close();
  });
});
