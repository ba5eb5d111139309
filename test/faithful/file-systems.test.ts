import { Agent } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fromS3Client } from '../../src/adapters/aws-sdk.ts';
import {
  copyLargeObject,
  copyObjects,
  CopyError,
  type CopyOptions,
  type CopyStore,
  planCopy,
} from '../../src/index.ts';
import { startTestStore, type TestStore } from '../../src/testing/index.ts';
import { lookUpLoopback, waysToStore } from '../contract/embedded-store.ts';
import { failureOf, isWholeCopy, writesOf } from './set-up-store.ts';

// Parallel file systems of OBS: https://support.huaweicloud.com/intl/en-us/usermanual-obs/obs_13_0009.html

const HUAWEI = 'obs.cn-north-4.myhuaweicloud.com';
const SOURCE = { bucket: 'plain', key: 'film' };
const FILE_SYSTEM = { bucket: 'files', key: 'copy' };

async function setUp(): Promise<TestStore> {
  const server = await startTestStore({
    personality: 'obs',
    hosts: [HUAWEI],
    buckets: ['plain', { name: 'files', fileSystem: true }],
    objects: [
      { ...SOURCE, size: 1_000_000 },
      { bucket: 'plain', key: 'deep', size: 1000, storageClass: 'WARM' },
      { bucket: 'plain', key: 'odd//film', size: 1000 },
      { bucket: 'files', key: 'film', size: 1000 },
    ],
  });
  onTestFinished(() => server.close());
  return server;
}

/** Only its host tells an AWS SDK's client for OBS from others. */
function fromClientOfHuawei({ port, credentials }: TestStore): CopyStore {
  const agentOptions: object = { lookup: lookUpLoopback };
  const client = new S3Client({
    endpoint: `http://${HUAWEI}:${port}`,
    region: 'cn-north-4',
    credentials,
    forcePathStyle: true,
    requestHandler: { httpAgent: new Agent(agentOptions) },
  });
  return fromS3Client(client);
}

const ways: Readonly<Record<string, (server: TestStore) => CopyStore>> = {
  obsStore: (server) => waysToStore.obsStore(server, 'obs'),
  'obsStore with v4': (server) => waysToStore.obsStore(server, 'v4'),
  fromObsClient: (server) => waysToStore.fromVendorObsClient(server, 'obs'),
  fromOwnObsClient: (server) => waysToStore.fromOwnObsClient(server, 'obs'),
  fromS3Client: fromClientOfHuawei,
};

interface Case {
  readonly change: Partial<CopyOptions>;
  readonly lacks: string;
}
const cases: Readonly<Record<string, Case>> = {
  'a key with two slashes': { change: { destination: { ...FILE_SYSTEM, key: 'a//b' } }, lacks: "'//' in its keys" },
  encryption: {
    change: { destination: { ...FILE_SYSTEM, sse: { type: 'SSE-KMS' } } },
    lacks: 'server-side encryption: leave out destination.sse',
  },
  'deep archive': {
    change: { destination: { ...FILE_SYSTEM, storageClass: 'DEEP_ARCHIVE' } },
    lacks: 'storage class DEEP_ARCHIVE',
  },
  'a version': {
    change: {
      source: { bucket: 'files', key: 'film', versionId: 'G001' },
      destination: { bucket: 'plain', key: 'copy' },
    },
    lacks: 'versions: leave out source.versionId',
  },
};

describe.for(Object.entries(ways))('a parallel file system, by %s', ([, storeOf]) => {
  test.for(Object.entries(cases))(
    'is said to have no such thing before the copy: %s',
    async ([, { change, lacks }]) => {
      const server = await setUp();
      const options = { store: storeOf(server), source: SOURCE, destination: FILE_SYSTEM, ...change };
      for (const copy of [() => copyLargeObject(options), () => planCopy(options)]) {
        const error = await failureOf(copy());
        expect(error).toBeInstanceOf(CopyError);
        const { message } = error as CopyError;
        expect(message).toContain(`as bucket files is a parallel file system, which has no ${lacks}`);
        expect(message).toContain('https://support.huaweicloud.com/');
      }
      expect(writesOf(server)).toEqual([]);
    },
  );

  test('takes a plain copy, in parts too, and no request asks what it is', async () => {
    const server = await setUp();
    for (const multipartThreshold of [1_000_000, 0]) {
      await copyLargeObject({ store: storeOf(server), source: SOURCE, destination: FILE_SYSTEM, multipartThreshold });
      expect(isWholeCopy(server, FILE_SYSTEM, SOURCE)).toBe(true);
    }
    expect(server.stats().operations.headBucket).toBeUndefined();
  });

  test('is told from a bucket that has all of it, once for many copies', async () => {
    const server = await setUp();
    const store = storeOf(server);
    for (const key of ['a//b', 'a//c']) {
      const destination = { bucket: 'plain', key };
      await copyLargeObject({ store, source: SOURCE, destination });
      expect(isWholeCopy(server, destination, SOURCE)).toBe(true);
    }
    expect(server.stats().operations.headBucket).toBe(1);
  });
});

test('a bucket that may not be looked at is copied to as any other', async () => {
  const server = await setUp();
  server.setFaults([{ kind: 'error', operation: 'headBucket', status: 403, code: 'AccessDenied' }]);
  const store = waysToStore.obsStore(server, 'obs');
  const error = await failureOf(
    copyLargeObject({ store, source: SOURCE, destination: { ...FILE_SYSTEM, key: 'a//b' } }),
  );
  expect(error).toMatchObject({ statusCode: 400, operation: 'copyObject' });
});

test('a run over many objects fails those that a file system has no key for, and says why', async () => {
  const server = await setUp();
  const failures: string[] = [];
  const run = copyObjects({
    store: waysToStore.obsStore(server, 'obs'),
    source: { bucket: 'plain' },
    destination: { bucket: 'files', prefix: 'new/' },
    preserve: { tags: false },
  });
  run.on('objectFailed', ({ source, error }) => failures.push(`${source.key}: ${String(error)}`));
  expect(await run).toMatchObject({ copied: 2, failed: 1 });
  expect(failures).toEqual([
    expect.stringMatching(/^odd\/\/film: CopyError: .*parallel file system, which has no '\/\/' in its keys/),
  ]);
});
