import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { CopyOptionsError, type CopyOptions } from '../../src/index.ts';
import { waysToStore } from '../contract/embedded-store.ts';
import type { RequestInfo, TestObject, TestStore } from '../../src/testing/index.ts';
import {
  copySource,
  DESTINATION,
  failureOf,
  isWholeCopy,
  MIB,
  setUpStore,
  SIZE,
  SOURCE,
  strategies,
  writesOf,
} from './set-up-store.ts';

const key = randomBytes(32);
const base64 = key.toString('base64');
const otherKey = randomBytes(32);
const underKey: TestObject = { ...SOURCE, size: SIZE, encryption: { type: 'SSE-C', customerKey: base64 } };
const plain: TestObject = { ...SOURCE, size: SIZE };

/** Every way to a store that obeys customers' keys, with both strategies. */
const ways = (
  [
    { way: 's3Store', dialect: 's3', signature: 'v4' },
    { way: 'fromS3Client', dialect: 's3', signature: 'v4' },
    { way: 'obsStore', dialect: 'obs', signature: 'obs' },
    { way: 'obsStore', dialect: 'obs', signature: 'v4' },
    { way: 'fromVendorObsClient', dialect: 'obs', signature: 'obs' },
  ] as const
).flatMap((way) => strategies.map((strategy) => ({ ...way, ...strategy })));

describe.for(ways)('$way ($signature), $strategy', ({ way, dialect, signature, sizes }) => {
  const setUp = async (object: TestObject) => {
    const { server } = await setUpStore(dialect, { objects: [object], personality: dialect === 'obs' ? 'obs' : 'aws' });
    return { server, store: waysToStore[way](server, signature) };
  };
  const encryptionOf = (server: TestStore) => server.object(DESTINATION.bucket, DESTINATION.key)?.encryption;

  test.for<{ name: string; object: TestObject; sourceSse?: string | Uint8Array; sse?: string | Uint8Array }>([
    { name: 'source under a key, as Base64', object: underKey, sourceSse: base64 },
    { name: 'source under a key, as bytes', object: underKey, sourceSse: key },
    { name: 'destination under a key', object: plain, sse: base64 },
    { name: 'both under the same key', object: underKey, sourceSse: base64, sse: key },
    { name: 'both, and another key', object: underKey, sourceSse: base64, sse: otherKey },
  ])('SSE-C: $name', async ({ object, sourceSse, sse }) => {
    const { server, store } = await setUp(object);
    const result = await copySource({
      store,
      source: { ...SOURCE, ...(sourceSse !== undefined && { sse: { type: 'SSE-C', key: sourceSse } }) },
      destination: { ...DESTINATION, ...(sse !== undefined && { sse: { type: 'SSE-C', key: sse } }) },
      ...sizes,
    });

    expect(isWholeCopy(server)).toBe(true);
    expect(encryptionOf(server)?.type).toBe(sse === undefined ? 'none' : 'SSE-C');
    // An ETag that is no MD5 can't be predicted; an equal one of its parts' own proves that they are all there.
    expect(['etag', 'size']).toContain(result.verified);
    expect(result.warnings).toEqual([]);
    expect(result.hedges).toBe(0);
  });

  test('SSE-C: another key than the source’s is an error, and nothing is left', async () => {
    const { server, store } = await setUp(underKey);
    const source = { ...SOURCE, sse: { type: 'SSE-C', key: otherKey } } as const;
    const error = await failureOf(copySource({ store, source, ...sizes }));
    expect(error).toMatchObject({ statusCode: 403 });
    expect(writesOf(server)).toEqual([]);
    expect(JSON.stringify(error) + String(error)).not.toContain(otherKey.toString('base64'));
  });

  test('SSE-C: no key for a source under one is an error, and nothing is left', async () => {
    const { server, store } = await setUp(underKey);
    expect(await failureOf(copySource({ store, ...sizes }))).toMatchObject({ statusCode: 400 });
    expect(writesOf(server)).toEqual([]);
  });

  test.for([
    { sse: { type: 'SSE-KMS' } as const, encryption: { type: 'SSE-KMS', kmsKeyId: 'default-key' } },
    { sse: { type: 'SSE-KMS', keyId: 'my-key-1' } as const, encryption: { type: 'SSE-KMS', kmsKeyId: 'my-key-1' } },
    { sse: { type: 'AES256' } as const, encryption: { type: 'AES256' } },
  ])('$sse', async ({ sse, encryption }) => {
    const { server, store } = await setUp(plain);
    const result = await copySource({ store, destination: { ...DESTINATION, sse }, ...sizes });
    expect(isWholeCopy(server)).toBe(true);
    expect(encryptionOf(server)).toEqual(encryption);
    expect(result.warnings).toEqual([]);
    if (sse.type === 'AES256' && dialect === 's3') expect(result.verified).toBe('etag');
  });
});

test.for([
  { name: 'Base64 of 31 bytes', key: randomBytes(31).toString('base64') },
  { name: 'Base64 of 33 bytes', key: randomBytes(33).toString('base64') },
  { name: '16 bytes', key: randomBytes(16) },
  { name: 'no bytes', key: new Uint8Array(0) },
  { name: 'hexadecimal', key: randomBytes(32).toString('hex') },
  { name: 'text that is no Base64', key: 'not base64 at all, but quite long!!' },
])('a key of $name is refused on either side before any request, and isn’t shown', async ({ key: wrong }) => {
  const { server, store } = await setUpStore('s3');
  const sse = { type: 'SSE-C', key: wrong } as const;
  for (const options of [{ source: { ...SOURCE, sse } }, { destination: { ...DESTINATION, sse } }]) {
    const error = await failureOf(copySource({ store, ...options }));
    expect(error).toBeInstanceOf(CopyOptionsError);
    if (typeof wrong === 'string') expect(String(error)).not.toContain(wrong);
  }
  expect(server.stats().requests).toBe(0);
});

test('with ETags that are no MD5s a straggling part is not sent twice', async () => {
  const hedge = { factor: 1, minDelayMs: 1, maxRatio: 1 } as const;
  const isStraggler = ({ operation, partNumber, attempt }: RequestInfo): boolean =>
    operation === 'copyPart' && partNumber === 12 && attempt === 1;
  const run = async (destination: CopyOptions['destination']): Promise<number> => {
    const { server, store } = await setUpStore('s3', {
      objects: [{ ...SOURCE, size: 60 * MIB }],
      faults: [(request) => (isStraggler(request) ? { kind: 'delay', delayMs: 400 } : undefined)],
    });
    const result = await copySource({
      store,
      destination,
      multipartThreshold: 0,
      partSize: 5 * MIB,
      concurrency: 4,
      hedge,
    });
    expect(isWholeCopy(server)).toBe(true);
    return result.hedges;
  };
  expect(await run(DESTINATION)).toBeGreaterThan(0);
  expect(await run({ ...DESTINATION, sse: { type: 'SSE-KMS' } })).toBe(0);
  expect(await run({ ...DESTINATION, sse: { type: 'SSE-C', key } })).toBe(0);
});
