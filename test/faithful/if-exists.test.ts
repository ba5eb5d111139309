import { describe, expect, test } from 'vitest';
import { CopyOptionsError, DestinationExistsError } from '../../src/index.ts';
import type { RequestInfo, TestStore } from '../../src/testing/index.ts';
import {
  copySource,
  DESTINATION,
  dialects,
  failureOf,
  isWholeCopy,
  MIB,
  setUpStore,
  SIZE,
  SOURCE,
  strategies,
  withOperations,
  writesOf,
} from './set-up-store.ts';

const ways = dialects.flatMap((dialect) => strategies.map((strategy) => ({ dialect, ...strategy })));
const OTHERS = { ...DESTINATION, body: 'somebody else’s' };

/** Puts somebody's object at the destination just before the copy's last request. */
function raceBefore(holder: { server?: TestStore }, operation: 'copyObject' | 'completeMultipartUpload') {
  return (request: RequestInfo): undefined => {
    if (request.operation === operation && request.attempt === 1) holder.server?.putObject(OTHERS);
    return undefined;
  };
}

describe.for(ways)('ifExists, $dialect, $strategy', ({ dialect, strategy, sizes }) => {
  const last = strategy === 'single' ? 'copyObject' : 'completeMultipartUpload';

  test('fail: an object that is there is left alone, and nothing is begun', async () => {
    const { server, store } = await setUpStore(dialect);
    server.putObject(OTHERS);
    const error = await failureOf(copySource({ store, ifExists: 'fail', ...sizes }));
    expect(error).toBeInstanceOf(DestinationExistsError);
    expect(writesOf(server)).toEqual([]);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.readBody().toString()).toBe(OTHERS.body);
  });

  test('skip: so too, and the result tells of it', async () => {
    const { server, store } = await setUpStore(dialect);
    const { etag } = server.putObject(OTHERS);
    const result = await copySource({ store, ifExists: 'skip', ...sizes });
    expect(result).toMatchObject({ strategy: 'skipped', etag, parts: 0, verified: 'none', ifExistsChecked: 'head' });
    expect(result.size).toBe(Buffer.byteLength(OTHERS.body));
    expect(writesOf(server)).toEqual([]);
  });

  test.for(['fail', 'skip'] as const)('%s: copies where there is none', async (ifExists) => {
    const { server, store } = await setUpStore(dialect);
    const obedient = withOperations(store, { traits: { ...store.traits, conditions: 'obeyed' } });
    const result = await copySource({ store: obedient, ifExists, ...sizes });
    expect(result).toMatchObject({ strategy, ifExistsChecked: 'head+condition' });
    expect(isWholeCopy(server)).toBe(true);
  });

  test('overwrite, which is the default, doesn’t look', async () => {
    const { server, store } = await setUpStore(dialect);
    server.putObject(OTHERS);
    const result = await copySource({ store, ...sizes });
    expect(result.ifExistsChecked).toBeUndefined();
    expect(isWholeCopy(server)).toBe(true);
  });

  test.for(['fail', 'skip'] as const)(
    '%s: an object that appears meanwhile stays, where the store obeys the condition',
    async (ifExists) => {
      const holder: { server?: TestStore } = {};
      const { server, store } = await setUpStore(dialect, { faults: [raceBefore(holder, last)], personality: 'aws' });
      holder.server = server;
      const copy = copySource({ store, ifExists, ...sizes });
      if (ifExists === 'skip')
        expect(await copy).toMatchObject({ strategy: 'skipped', size: Buffer.byteLength(OTHERS.body) });
      else expect(await failureOf(copy)).toBeInstanceOf(DestinationExistsError);
      expect(server.object(DESTINATION.bucket, DESTINATION.key)?.readBody().toString()).toBe(OTHERS.body);
      expect(server.uploads(DESTINATION.bucket)).toEqual([]);
    },
  );

  test('fail: a store that ignores the condition overwrites what appears meanwhile, as the documents say', async () => {
    const holder: { server?: TestStore } = {};
    const { server, store } = await setUpStore(dialect, {
      faults: [raceBefore(holder, last)],
      personality: dialect === 'obs' ? 'obs' : 's3rver',
    });
    holder.server = server;
    await copySource({ store, ifExists: 'fail', ...sizes });
    expect(isWholeCopy(server)).toBe(true);
  });

  test('fail: a store that refuses the condition (501) is asked without, and the result says so', async () => {
    const { server, store } = await setUpStore(dialect, {
      faults: [
        (request) =>
          request.headers['if-none-match'] === undefined
            ? undefined
            : { kind: 'error', status: 501, code: 'NotImplemented' },
      ],
    });
    const result = await copySource({ store, ifExists: 'fail', ...sizes });
    expect(result).toMatchObject({ ifExistsChecked: 'head' });
    expect(isWholeCopy(server)).toBe(true);
  });
});

test('fail: CloudServer judges the condition by the source: a fresh key is copied, and somebody’s object stays', async () => {
  const { server, store } = await setUpStore('s3', { personality: 'cloudserver' });
  const single = { store, ifExists: 'fail' } as const;
  expect(await copySource(single)).toMatchObject({ ifExistsChecked: 'head', strategy: 'single' });
  expect(isWholeCopy(server)).toBe(true);
  expect(await failureOf(copySource(single))).toBeInstanceOf(DestinationExistsError);
});

test('fail: Swift refuses the condition by 409 or 412 with code InvalidRequest: somebody’s object stays', async () => {
  const holder: { server?: TestStore } = {};
  const { server, store } = await setUpStore('s3', {
    personality: 'swift',
    faults: [raceBefore(holder, 'completeMultipartUpload')],
  });
  holder.server = server;
  await failureOf(copySource({ store, ifExists: 'fail', multipartThreshold: 0, preserve: { tags: false } }));
  expect(server.object(DESTINATION.bucket, DESTINATION.key)?.readBody().toString()).toBe(OTHERS.body);
  expect(server.uploads(DESTINATION.bucket)).toEqual([]);
});

describe.for(ways)('an object onto itself, $dialect, $strategy', ({ dialect, sizes }) => {
  const itself = { destination: SOURCE };

  test('is refused where nothing would change, before anything is written', async () => {
    const { server, store } = await setUpStore(dialect);
    const error = await failureOf(copySource({ store, ...itself, ...sizes }));
    expect(error).toBeInstanceOf(CopyOptionsError);
    expect(writesOf(server)).toEqual([]);
  });

  test('is allowed to change its properties, and keeps the others', async () => {
    const { server, store } = await setUpStore(dialect, {
      objects: [{ ...SOURCE, size: SIZE, contentType: 'a/b', metadata: { a: '1' }, tags: { t: '1' } }],
    });
    const result = await copySource({ store, destination: { ...SOURCE, metadata: { a: '2' } }, ...sizes });
    expect(result.warnings).toEqual([]);
    expect(server.object(SOURCE.bucket, SOURCE.key)).toMatchObject({
      size: SIZE,
      metadata: { a: '2' },
      headers: { 'content-type': 'a/b' },
      tags: { t: '1' },
    });
    expect(isWholeCopy(server, SOURCE)).toBe(true);
  });

  test('is allowed to drop its metadata, or to be encrypted', async () => {
    const { server, store } = await setUpStore(dialect, { objects: [{ ...SOURCE, size: SIZE, metadata: { a: '1' } }] });
    await copySource({ store, destination: { ...SOURCE, sse: { type: 'AES256' } }, ...sizes });
    expect(server.object(SOURCE.bucket, SOURCE.key)).toMatchObject({
      encryption: { type: 'AES256' },
      metadata: { a: '1' },
    });
    await copySource({ store, ...itself, preserve: { metadata: false }, ...sizes });
    expect(server.object(SOURCE.bucket, SOURCE.key)?.metadata).toEqual({});
    expect(isWholeCopy(server, SOURCE)).toBe(true);
  });
});

test('an object too large for one request gets new metadata in place, in parts', async () => {
  const size = 6 * 1024 * MIB;
  const { server, store } = await setUpStore('s3', { objects: [{ ...SOURCE, size, tags: { t: '1' } }] });
  const result = await copySource({ store, destination: { ...SOURCE, contentType: 'video/mxf' } });
  expect(result).toMatchObject({ strategy: 'multipart', size });
  expect(server.object(SOURCE.bucket, SOURCE.key)).toMatchObject({
    size,
    headers: { 'content-type': 'video/mxf' },
    tags: { t: '1' },
  });
  expect(isWholeCopy(server, SOURCE)).toBe(true);
});

test('an object of the same name in a store at another endpoint is another object', async () => {
  const { server, store } = await setUpStore('s3');
  const elsewhere = withOperations(store, { traits: { ...store.traits, endpoint: 'https://elsewhere.example' } });
  await copySource({ store, sourceStore: elsewhere, destination: SOURCE, multipartThreshold: 0 });
  expect(isWholeCopy(server, SOURCE)).toBe(true);
});
