import { describe, expect, test } from 'vitest';
import { CopyError, DestinationExistsError, SourceChangedError, type CopyOptions } from '../../src/index.ts';
import type {
  OperationName,
  PersonalityName,
  RequestInfo,
  TestObject,
  TestStoreOptions,
} from '../../src/testing/index.ts';
import {
  copySource,
  DESTINATION,
  failureOf,
  IN_PARTS,
  isWholeCopy,
  MIB,
  setUpStore,
  SIZE,
  SOURCE,
  strategies,
  writesOf,
} from './set-up-store.ts';

/** Every server that the store can behave like. Numbers in the names of tests are those of one list of differences. */
const servers: readonly PersonalityName[] = [
  'aws',
  'obs',
  'ceph-rgw',
  'swift',
  'cloudserver',
  'moto',
  'minio',
  's3rver',
];
const inParts: TestObject = { ...SOURCE, size: SIZE, partSize: 6 * MIB };

async function setUpLike(personality: PersonalityName, options: TestStoreOptions = {}) {
  return setUpStore(personality === 'obs' ? 'obs' : 's3', { personality, ...options });
}

/** Watches the requests of a test. */
function watch(): { readonly requests: RequestInfo[]; readonly faults: NonNullable<TestStoreOptions['faults']> } {
  const requests: RequestInfo[] = [];
  const note = (request: RequestInfo): undefined => {
    requests.push(request);
    return undefined;
  };
  return { requests, faults: [note] };
}

/** Does something once, just before a request of this kind is worked on. */
function once(operation: OperationName, act: () => void): (request: RequestInfo) => undefined {
  let done = false;
  return (request) => {
    if (done || request.operation !== operation) return undefined;
    done = true;
    act();
    return undefined;
  };
}

describe.for(servers)('a server like %s', (personality) => {
  test.for(strategies)('a copy ($strategy) is whole', async ({ strategy, sizes }) => {
    const { server, store } = await setUpLike(personality);
    const result = await copySource({ store, ...sizes });
    expect(result.strategy).toBe(strategy);
    expect(isWholeCopy(server)).toBe(true);
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });

  test.for(strategies)(
    '1: a source made in parts is copied ($strategy), whatever becomes of conditions',
    async ({ sizes }) => {
      const { server, store } = await setUpLike(personality, { objects: [inParts] });
      await copySource({ store, ...sizes });
      expect(isWholeCopy(server)).toBe(true);
    },
  );

  test.for([{ objects: undefined }, { objects: [inParts] }])(
    '1: a source that is replaced between its parts is noticed, also where conditions are ignored ($objects.0.partSize)',
    async ({ objects }) => {
      const options = objects === undefined ? {} : { objects };
      const { server, store } = await setUpLike(personality, options);
      server.setFaults([
        ({ operation, partNumber }) =>
          operation === 'copyPart' && partNumber === 2 ? { kind: 'replaceSource', source: SOURCE } : undefined,
      ]);
      const error = await failureOf(copySource({ store, ...IN_PARTS, concurrency: 1 }));
      expect(error).toBeInstanceOf(SourceChangedError);
      expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
    },
  );

  test.for([{ verify: 'etag' }, { verify: 'size' }, { verify: 'none' }] as const)(
    '1: so is one that is replaced by another of its size just before a single copy (verify: $verify)',
    async ({ verify }) => {
      const { server, store } = await setUpLike(personality, { objects: [inParts] });
      server.setFaults([{ kind: 'replaceSource', operation: 'copyObject', times: 1 }]);
      const error = await failureOf(copySource({ store, verify }));
      expect(error).toBeInstanceOf(SourceChangedError);
      const isWritten = server.object(DESTINATION.bucket, DESTINATION.key) !== undefined;
      expect((error as SourceChangedError).destinationWritten === true).toBe(isWritten);
    },
  );

  test('2: ETags that are quoted, unquoted, empty or doubly quoted make one result', async () => {
    const { server, store } = await setUpLike(personality);
    const result = await copySource({ store, ...IN_PARTS });
    expect(result.etag).toBe(server.object(DESTINATION.bucket, DESTINATION.key)?.etag);
    expect(result).toMatchObject({ verified: 'etag', warnings: expect.not.arrayContaining([{ code: 'NO_ETAG' }]) });
  });

  test('3: a Complete that worked but was not answered is found out', async () => {
    const { server, store } = await setUpLike(personality);
    server.setFaults([{ kind: 'resetAfterWork', operation: 'completeMultipartUpload', attempt: 1 }]);
    await copySource({ store, ...IN_PARTS });
    expect(isWholeCopy(server)).toBe(true);
  });

  test('3: so is one that was answered by a 500', async () => {
    const { server, store } = await setUpLike(personality);
    server.setFaults([{ kind: 'errorAfterWork', status: 500, operation: 'completeMultipartUpload', attempt: 1 }]);
    await copySource({ store, ...IN_PARTS });
    expect(isWholeCopy(server)).toBe(true);
  });

  test('3: so is a single copy, by all that was to be carried over and that this server keeps', async () => {
    const object: TestObject = {
      ...SOURCE,
      size: SIZE,
      contentType: 'video/mxf',
      cacheControl: 'no-store',
      contentLanguage: 'de',
      metadata: { reel: '7' },
      websiteRedirectLocation: '/elsewhere',
    };
    const { server, store } = await setUpLike(personality, { objects: [object] });
    server.setFaults([{ kind: 'resetAfterWork', operation: 'copyObject' }]);
    const result = await copySource({ store, destination: { ...DESTINATION, storageClass: 'STANDARD' } });
    expect(result).toMatchObject({ strategy: 'single', verified: 'etag' });
    expect(isWholeCopy(server)).toBe(true);
  });

  test('3, 4: an upload that was gone before Complete is never taken for a success because an older object is there', async () => {
    const { server, store } = await setUpLike(personality);
    server.putObject({
      ...DESTINATION,
      size: SIZE,
      partSize: 6 * MIB,
      seed: 7,
      lastModified: new Date(Date.now() - 86_400_000),
    });
    server.setFaults([{ kind: 'loseUpload', operation: 'completeMultipartUpload', attempt: 1 }]);
    const error = await failureOf(copySource({ store, ...IN_PARTS }));
    expect(error).toBeInstanceOf(CopyError);
    expect(isWholeCopy(server)).toBe(false);
  });

  test('4: an upload that was gone before a part ends the copy: nothing at the destination', async () => {
    const { server, store } = await setUpLike(personality);
    server.setFaults([{ kind: 'loseUpload', operation: 'copyPart', partNumber: 2, attempt: 1 }]);
    const error = await failureOf(copySource({ store, ...IN_PARTS }));
    expect(error).toBeInstanceOf(CopyError);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
  });

  test('6: every range is exact: first to last byte, inclusive', async () => {
    const { requests, faults } = watch();
    const { store } = await setUpLike(personality, { faults });
    await copySource({ store, ...IN_PARTS });
    const prefix = personality === 'obs' ? 'x-obs-' : 'x-amz-';
    const ranges = requests
      .filter(({ operation }) => operation === 'copyPart')
      .map(({ headers }) => headers[`${prefix}copy-source-range`]);
    expect(new Set(ranges)).toEqual(new Set(['bytes=0-5242879', 'bytes=5242880-10485759', 'bytes=10485760-12582911']));
    expect(ranges).toHaveLength(3);
  });

  test.for([0, 1, 5 * MIB])('7: a source of %i bytes is copied without a range', async (size) => {
    const { requests, faults } = watch();
    const { server, store } = await setUpLike(personality, { objects: [{ ...SOURCE, size }], faults });
    const result = await copySource({ store });
    expect(result).toMatchObject({ strategy: 'single', size });
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.size).toBe(size);
    expect(requests.some(({ operation }) => operation === 'copyPart')).toBe(false);
  });

  test('7: an empty source never goes in parts, whatever the threshold', async () => {
    const { server, store } = await setUpLike(personality, { objects: [{ ...SOURCE, size: 0 }] });
    expect(await copySource({ store, multipartThreshold: 0 })).toMatchObject({ strategy: 'single', size: 0 });
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.size).toBe(0);
  });

  test('8, 9: parts are numbered from 1 without gaps, and named in order in Complete', async () => {
    const { requests, faults } = watch();
    const { server, store } = await setUpLike(personality, { faults, objects: [{ ...SOURCE, size: 60 * MIB }] });
    await copySource({ store, ...IN_PARTS, concurrency: 5 });
    const numbers = requests.filter(({ operation }) => operation === 'copyPart').map(({ partNumber }) => partNumber);
    expect(numbers.toSorted((a = 0, b = 0) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.parts?.map(({ partNumber }) => partNumber)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
    expect(isWholeCopy(server)).toBe(true);
  });

  test.for(['a%2Fb', 'a b+c', '100%', 'a?b#c', 'ü/Ω', "it's (1)!*", 'x?versionId=1'])(
    '10: the key %j is copied from and to, or refused',
    async (key) => {
      const source = { ...SOURCE, key };
      const destination = { ...DESTINATION, key };
      for (const { sizes } of strategies) {
        const { server, store } = await setUpLike(personality, { objects: [{ ...source, size: SIZE }] });
        await copySource({ store, source, destination, ...sizes });
        expect(isWholeCopy(server, destination, source)).toBe(true);
      }
    },
  );

  test('10: where the twice-decoded name is another object, its bytes are never taken', async () => {
    const source = { ...SOURCE, key: 'a%2Fb' };
    const objects = [
      { ...source, size: SIZE },
      { bucket: SOURCE.bucket, key: 'a/b', size: SIZE },
    ];
    const { server, store } = await setUpLike(personality, { objects });
    await copySource({ store, source, ...IN_PARTS });
    expect(isWholeCopy(server, DESTINATION, source)).toBe(true);
  });

  test.for(strategies)('11: the version that was asked for is copied ($strategy)', async ({ sizes }) => {
    const { server, store } = await setUpLike(personality, {
      buckets: [{ name: SOURCE.bucket, versioning: 'enabled' }, DESTINATION.bucket],
      objects: [{ ...SOURCE, size: SIZE }],
    });
    const versionId = server.object(SOURCE.bucket, SOURCE.key)?.versionId ?? '';
    server.putObject({ ...SOURCE, size: SIZE, seed: 9 });
    await copySource({ store, source: { ...SOURCE, versionId }, ...sizes });
    expect(server.provenance(DESTINATION.bucket, DESTINATION.key)).toMatchObject([
      { versionId, start: 0, end: SIZE - 1 },
    ]);
  });

  test('11: a version that isn’t there is an error before anything is written', async () => {
    const { server, store } = await setUpLike(personality, {
      buckets: [{ name: SOURCE.bucket, versioning: 'enabled' }, DESTINATION.bucket],
    });
    const source = { ...SOURCE, versionId: 'no-such-version' };
    expect(await failureOf(copySource({ store, source, ...IN_PARTS }))).toBeInstanceOf(CopyError);
    expect(writesOf(server)).toEqual([]);
  });

  test('13: tags come through, or a warning says that they didn’t', async () => {
    for (const { sizes } of strategies) {
      const { server, store } = await setUpLike(personality, {
        objects: [{ ...SOURCE, size: SIZE, tags: { a: 'b c' } }],
      });
      const result = await copySource({ store, ...sizes });
      const copied = server.object(DESTINATION.bucket, DESTINATION.key)?.tags;
      if (personality === 'swift') expect(result.warnings).toMatchObject([{ code: 'TAGS_NOT_PRESERVED' }]);
      else expect({ copied, warnings: result.warnings }).toEqual({ copied: { a: 'b c' }, warnings: [] });
      expect(isWholeCopy(server)).toBe(true);
    }
  });

  test('13: a storage class comes through, or is refused before the first part', async () => {
    for (const { sizes } of strategies) {
      const { server, store } = await setUpLike(personality);
      const copy = copySource({ store, destination: { ...DESTINATION, storageClass: 'STANDARD_IA' }, ...sizes });
      if (['ceph-rgw', 'swift', 'cloudserver'].includes(personality)) {
        expect(await failureOf(copy)).toMatchObject({ statusCode: 400 });
        expect(server.stats().copiedParts).toBe(0);
        expect(server.uploads(DESTINATION.bucket)).toEqual([]);
      } else {
        await copy;
        expect(server.object(DESTINATION.bucket, DESTINATION.key)?.storageClass).toBe('STANDARD_IA');
      }
    }
  });

  test('15: GetObjectAttributes, to which some answer with all the bytes, is never asked', async () => {
    const { server, store } = await setUpLike(personality, { objects: [inParts] });
    await copySource({ store, ...IN_PARTS });
    await copySource({ store, partSize: 'source' }).catch(() => undefined);
    expect(server.stats().operations.getObjectAttributes).toBeUndefined();
    expect(server.stats().operations.getObject).toBeUndefined();
  });

  test('16: somebody’s object that appears during the copy stays, or was overwritten knowingly', async () => {
    const { server, store } = await setUpLike(personality);
    server.setFaults([once('completeMultipartUpload', () => server.putObject({ ...DESTINATION, body: 'theirs' }))]);
    const outcome = await copySource({ store, ...IN_PARTS, ifExists: 'fail' }).catch((error: unknown) => error);
    const obeys = ['aws', 'minio', 'moto', 'swift'].includes(personality);
    expect(isWholeCopy(server)).toBe(!obeys);
    if (obeys && personality !== 'swift') expect(outcome).toBeInstanceOf(DestinationExistsError);
    if (obeys) expect(outcome).toBeInstanceOf(CopyError);
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });

  test('17: a single copy of a source made in parts is right, with the source’s ETag or with a plain one', async () => {
    const { server, store } = await setUpLike(personality, { objects: [inParts] });
    const result = await copySource({ store });
    const kept = ['ceph-rgw', 'swift', 'cloudserver', 's3rver'].includes(personality);
    expect(result.etag).toBe(server.object(DESTINATION.bucket, DESTINATION.key)?.etag);
    expect(result.sameEtag === true).toBe(kept);
    expect(result.verified).toBe(kept ? 'etag' : 'size');
  });

  test('18: 503 SlowDown without Retry-After is waited out', async () => {
    const { server, store } = await setUpLike(personality);
    server.setFaults([{ kind: 'error', status: 503, code: 'SlowDown', maxAttempt: 2 }]);
    await copySource({ store, ...IN_PARTS, retry: { maxAttempts: 5, minDelayMs: 1, maxDelayMs: 3 } });
    expect(isWholeCopy(server)).toBe(true);
  });
});

describe.for(servers.filter((name) => name !== 's3rver'))(
  'a server like %s, which has Abort and ListParts',
  (personality) => {
    test('5: a copy that is cancelled with parts in flight leaves no upload', async () => {
      const { server, store } = await setUpLike(personality, {
        objects: [{ ...SOURCE, size: 60 * MIB }],
        latency: (request) => (request.operation === 'copyPart' ? 30 : 0),
      });
      const abort = new AbortController();
      server.setFaults([once('copyPart', () => setTimeout(() => abort.abort(), 5))]);
      const error = await failureOf(copySource({ store, ...IN_PARTS, concurrency: 4, signal: abort.signal }));
      expect(error).toBe(abort.signal.reason);
      expect(server.uploads(DESTINATION.bucket)).toEqual([]);
      expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
    });

    test('9: an upload is resumed with the parts that it has, and completed with all of them', async () => {
      const { server, store } = await setUpLike(personality);
      server.setFaults([{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyPart', partNumber: 3 }]);
      const options: Partial<CopyOptions> = { ...IN_PARTS, onFailure: 'keep', concurrency: 1 };
      const error = await failureOf(copySource({ store, ...options }));
      server.setFaults([]);
      const { uploadId } = error as CopyError;
      const result = await copySource({ store, ...IN_PARTS, resume: uploadId });
      expect(result).toMatchObject({ resumed: true, parts: 3 });
      expect(isWholeCopy(server)).toBe(true);
    });
  },
);

test('5: s3rver has no Abort: the failure says that the upload was left', async () => {
  const { server, store } = await setUpLike('s3rver');
  server.setFaults([{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'copyPart', partNumber: 3 }]);
  const error = await failureOf(copySource({ store, ...IN_PARTS }));
  const [upload] = server.uploads(DESTINATION.bucket);
  expect(error).toMatchObject({ uploadId: upload?.uploadId, abortError: { statusCode: 405 } });
});

describe('12: SSE-C on servers that know it half', () => {
  const sse = { type: 'SSE-C', key: Buffer.alloc(32, 7) } as const;
  const underKey: TestObject = {
    ...SOURCE,
    size: SIZE,
    encryption: { type: 'SSE-C', customerKey: sse.key.toString('base64') },
  };

  test.for(strategies)('Ceph: a source under a key is refused clearly ($strategy)', async ({ sizes }) => {
    const { server, store } = await setUpLike('ceph-rgw', { objects: [underKey] });
    const error = await failureOf(copySource({ store, source: { ...SOURCE, sse }, ...sizes }));
    expect(error).toBeInstanceOf(CopyError);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });

  test.for(strategies)('Ceph: a destination under a key works ($strategy)', async ({ sizes }) => {
    const { server, store } = await setUpLike('ceph-rgw');
    await copySource({ store, destination: { ...DESTINATION, sse }, ...sizes });
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.encryption.type).toBe('SSE-C');
    expect(isWholeCopy(server)).toBe(true);
  });

  test.for(strategies)('CloudServer refuses keys (501): nothing is left ($strategy)', async ({ sizes }) => {
    const { server, store } = await setUpLike('cloudserver');
    const error = await failureOf(copySource({ store, destination: { ...DESTINATION, sse }, ...sizes }));
    expect(error).toMatchObject({ statusCode: 501 });
    expect(server.uploads(DESTINATION.bucket)).toEqual([]);
  });

  test.for(
    (['swift', 'moto', 's3rver'] as const).flatMap((name) => strategies.map((strategy) => ({ name, ...strategy }))),
  )('$name stores in the clear what was to be under a key: the copy says so ($strategy)', async ({ name, sizes }) => {
    const { server, store } = await setUpLike(name);
    const outcome = await copySource({ store, destination: { ...DESTINATION, sse }, ...sizes }).catch(
      (error: unknown) => error,
    );
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.encryption.type).toBe('none');
    expect(outcome).toBeInstanceOf(CopyError);
    expect(outcome).toMatchObject({ message: expect.stringMatching(/was copied, but not encrypted as asked/) });
  });

  test.for((['ceph-rgw', 's3rver'] as const).flatMap((name) => strategies.map((strategy) => ({ name, ...strategy }))))(
    '$name ignores AES256 and KMS: the copy says so ($strategy)',
    async ({ name, sizes }) => {
      for (const type of ['AES256', 'SSE-KMS'] as const) {
        const { store } = await setUpLike(name);
        const error = await failureOf(copySource({ store, destination: { ...DESTINATION, sse: { type } }, ...sizes }));
        expect(error).toMatchObject({ message: expect.stringMatching(/was copied, but not encrypted as asked/) });
      }
    },
  );
});

test('13: CloudServer drops Content-Language, which the table tells', async () => {
  const { server, store } = await setUpLike('cloudserver', {
    objects: [{ ...SOURCE, size: SIZE, contentLanguage: 'de' }],
  });
  await copySource({ store, ...IN_PARTS });
  expect(server.object(DESTINATION.bucket, DESTINATION.key)?.headers['content-language']).toBeUndefined();
  expect(isWholeCopy(server)).toBe(true);
});
