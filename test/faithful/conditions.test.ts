import type { LookupFunction } from 'node:net';
import { Agent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  CompleteFailedError,
  copyLargeObject,
  DestinationExistsError,
  s3Store,
  SourceChangedError,
  type CopyOptions,
} from '../../src/index.ts';
import { startTestStore, type RequestInfo, type TestStore, type TestStoreOptions } from '../../src/testing/index.ts';
import { waysToStore } from '../contract/embedded-store.ts';
import { DESTINATION, failureOf, isWholeCopy, SOURCE } from './set-up-store.ts';

const SIZE = 300_000;
const limits = { minPartSize: 100_000 };
const sizes = {
  single: { multipartThreshold: SIZE },
  multipart: { multipartThreshold: 0, partSize: 100_000 },
} as const;
const cases = (['s3Store', 'fromS3Client'] as const).flatMap((way) =>
  (['single', 'multipart'] as const).map((strategy) => ({ way, strategy })),
);

async function setUp(way: 's3Store' | 'fromS3Client', options: TestStoreOptions = {}) {
  const seen: RequestInfo[] = [];
  const server = await startTestStore({
    personality: 'aws',
    limits,
    ...options,
    buckets: options.buckets ?? ['source', 'destination'],
    objects: [{ ...SOURCE, size: SIZE }],
    faults: [(request) => void seen.push(request), ...(options.faults ?? [])],
  });
  onTestFinished(() => server.close());
  const made = waysToStore[way](server, 'v4');
  const store = Object.assign(Object.create(made) as typeof made, {
    limits: { ...made.limits, ...limits },
    traits: { ...made.traits, conditions: 'obeyed' },
  });
  const copy = (more: Partial<CopyOptions>) =>
    copyLargeObject({
      store,
      source: SOURCE,
      destination: DESTINATION,
      retry: { minDelayMs: 1 },
      hedge: false,
      ...more,
    });
  const headersOf = (operation: string) => seen.findLast((request) => request.operation === operation)?.headers;
  return { server, store, copy, headersOf, seen };
}

const last = { single: 'copyObject', multipart: 'completeMultipartUpload' } as const;

describe.for(cases)('$way, $strategy', ({ way, strategy }) => {
  test('ifExists: { etag } replaces that object, by If-Match', async () => {
    const { server, copy, headersOf } = await setUp(way);
    const { etag } = server.putObject({ ...DESTINATION, body: 'old' });
    const result = await copy({ ifExists: { etag: `"${etag}"` }, ...sizes[strategy] });
    expect(result).toMatchObject({ strategy, ifExistsChecked: 'head+condition' });
    expect(headersOf(last[strategy])?.['if-match']).toBe(`"${etag}"`);
    expect(isWholeCopy(server)).toBe(true);
  });

  test.for(['another', 'none'] as const)('ifExists: { etag } leaves %s alone, and begins nothing', async (what) => {
    const { server, copy } = await setUp(way);
    if (what === 'another') server.putObject({ ...DESTINATION, body: 'old' });
    const error = await failureOf(copy({ ifExists: { etag: 'wanted' }, ...sizes[strategy] }));
    expect(error).toBeInstanceOf(DestinationExistsError);
    expect(error).toMatchObject({ message: expect.stringContaining('is not the object with ETag wanted') });
    expect(Object.keys(server.stats().operations)).toEqual(['headObject']);
  });

  test('ifExists: { etag }: an object that is replaced meanwhile stays', async () => {
    const holder: { server?: TestStore } = {};
    const { server, copy } = await setUp(way, {
      faults: [
        ({ operation, attempt }) => {
          if (operation === last[strategy] && attempt === 1) holder.server?.putObject({ ...DESTINATION, body: 'new' });
          return undefined;
        },
      ],
    });
    holder.server = server;
    const { etag } = server.putObject({ ...DESTINATION, body: 'old' });
    const error = await failureOf(copy({ ifExists: { etag }, ...sizes[strategy] }));
    expect(error).toBeInstanceOf(DestinationExistsError);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.readBody().toString()).toBe('new');
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });

  test('a copy onto itself replaces nothing but the object that was read', async () => {
    const { server, copy, headersOf } = await setUp(way);
    const { etag } = server.object(SOURCE.bucket, SOURCE.key)!;
    const onto = { destination: { ...SOURCE, contentType: 'video/mxf' }, ...sizes[strategy] };
    await copy(onto);
    expect(headersOf(last[strategy])?.['if-match']).toBe(`"${etag}"`);

    let isReplaced = false;
    server.setFaults([
      ({ operation }) => {
        if (operation === last[strategy] && !isReplaced) server.putObject({ ...SOURCE, body: 'new' });
        isReplaced ||= operation === last[strategy];
        return undefined;
      },
    ]);
    expect(await failureOf(copy(onto))).toBeInstanceOf(SourceChangedError);
    expect(server.object(SOURCE.bucket, SOURCE.key)?.readBody().toString()).toBe('new');
  });

  test('ifExistsChecked names the condition only if the store is known to obey it', async () => {
    const { server, copy, store } = await setUp(way);
    Object.assign(store, { traits: { ...store.traits, conditions: undefined } });
    const fresh = (key: string) => copy({ ifExists: 'fail', destination: { ...DESTINATION, key }, ...sizes[strategy] });
    expect(await fresh('first')).toMatchObject({ ifExistsChecked: 'head' });
    // a condition that is refused, and that HEAD shows to be broken, proves it
    server.setFaults([
      ({ operation, attempt, key }) => {
        if (operation === last[strategy] && attempt === 1 && key === 'second') {
          server.putObject({ ...DESTINATION, key, body: 'new' });
        }
        return undefined;
      },
    ]);
    expect(await failureOf(fresh('second'))).toBeInstanceOf(DestinationExistsError);
    expect(await fresh('third')).toMatchObject({ ifExistsChecked: 'head+condition' });
  });
});

describe.for(['s3Store', 'fromS3Client'] as const)('%s, in parts', (way) => {
  const CONFLICT = { kind: 'error', status: 409, code: 'ConditionalRequestConflict' } as const;
  const inParts = { ifExists: 'fail', ...sizes.multipart } as const;

  test('begins anew after 409 ConditionalRequestConflict', async () => {
    const { server, copy } = await setUp(way);
    server.setFaults([{ ...CONFLICT, operation: 'completeMultipartUpload', times: 1 }]);
    expect(await copy(inParts)).toMatchObject({ retries: 1 });
    expect(server.stats().operations).toMatchObject({ createMultipartUpload: 2, abortMultipartUpload: 1, copyPart: 6 });
    expect(isWholeCopy(server)).toBe(true);
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });

  test('gives up where the conflict stays, and leaves nothing', async () => {
    const { server, copy } = await setUp(way);
    server.setFaults([{ ...CONFLICT, operation: 'completeMultipartUpload' }]);
    const error = await failureOf(copy(inParts));
    expect(error).toBeInstanceOf(CompleteFailedError);
    expect(error).toMatchObject({ outcome: 'failed' });
    expect(server.stats().operations.createMultipartUpload).toBe(3);
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });

  test('Complete names the size of the object, which a store may refuse', async () => {
    const { server, copy, headersOf } = await setUp(way, { personality: 's3proxy' });
    const untagged = { ...sizes.multipart, preserve: { tags: false } };
    expect((await copy(untagged)).warnings).toEqual([]);
    expect(server.stats().operations.completeMultipartUpload).toBe(2);
    expect(headersOf('completeMultipartUpload')?.['x-amz-mp-object-size']).toBeUndefined();
    // what it refuses is remembered
    await copy({ ...untagged, destination: { ...DESTINATION, key: 'again' } });
    expect(server.stats().operations.completeMultipartUpload).toBe(3);

    const aws = await setUp(way);
    await aws.copy(sizes.multipart);
    expect(aws.headersOf('completeMultipartUpload')?.['x-amz-mp-object-size']).toBe(String(SIZE));
  });

  test('a size that isn’t the joined one is an error, not a header to leave out', async () => {
    const { server, copy } = await setUp(way, {
      faults: [
        {
          kind: 'error',
          operation: 'completeMultipartUpload',
          status: 400,
          code: 'InvalidRequest',
          message: "The provided 'x-amz-mp-object-size' header value does not match what was computed: 42",
        },
      ],
    });
    expect(await failureOf(copy(sizes.multipart))).toMatchObject({ outcome: 'failed' });
    expect(server.stats().operations.completeMultipartUpload).toBe(1);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
  });
});

test('Cloudflare R2 has names of its own for the conditions of CopyObject', async () => {
  const host = 'account.r2.cloudflarestorage.com';
  const { server, seen } = await setUp('s3Store', { personality: 'r2', hosts: [host] });
  const { endpoint, region, credentials, port } = server;
  server.putObject({ ...DESTINATION, body: 'old' });
  const request = { ...DESTINATION, source: SOURCE, ifNoneMatch: '*' } as const;
  const toLoopback: LookupFunction = (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]);
  const dispatcher = new Agent({ connect: { lookup: toLoopback } });
  const r2 = s3Store({ endpoint: `http://${host}:${port}`, region, credentials, pathStyle: true, dispatcher });
  await expect(r2.copyObject(request)).rejects.toMatchObject({ statusCode: 412 });
  expect(seen.at(-1)?.headers['cf-copy-destination-if-none-match']).toBe('*');
  // by any other host, R2 ignores what it is asked
  const usual = s3Store({ endpoint, region, credentials });
  expect(await usual.copyObject(request)).toMatchObject({ etag: expect.stringMatching(/^[0-9a-f]{32}$/) });
  await dispatcher.close();
});
