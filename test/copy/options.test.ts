import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CopyOptions, CopyOptionsError, S3_LIMITS, copyLargeObject, planCopy } from '../../src/index.ts';
import { endOf, expectWholeCopy, setUpCopy } from './set-up-copy.ts';

const SECRET = Buffer.alloc(32, 'secret!').toString('base64');

function tryOptions(change: Readonly<Record<string, unknown>>) {
  const { fake, options } = setUpCopy();
  let error: unknown;
  try {
    copyLargeObject({ ...options, ...change });
  } catch (caught) {
    error = caught;
  }
  expect(fake.calls).toEqual([]);
  return error;
}

const { options: GOOD } = setUpCopy();
const place = (more: object) => ({ source: { bucket: 'src', key: 'a', ...more } });
const target = (more: object) => ({ destination: { bucket: 'dst', key: 'b', ...more } });

/** The bad option, what its message must name, and (where it may be shown) the value. */
const BAD: readonly (readonly [change: Record<string, unknown>, name: string, shown?: string])[] = [
  ...['store', 'source', 'destination'].map((name) => [{ [name]: undefined }, name, 'undefined'] as const),
  ...['store', 'sourceStore', 'source', 'destination', 'limiter', 'checkpoint', 'signal'].flatMap((name) => [
    [{ [name]: 'text' }, name, 'text'] as const,
    [{ [name]: 7 }, name, '7'] as const,
    [{ [name]: null }, name, 'null'] as const,
    [{ [name]: {} }, name] as const,
    [{ [name]: [] }, name] as const,
  ]),
  [{ store: { ...GOOD.store, limits: undefined } }, 'store.limits', 'undefined'],
  [{ store: { ...GOOD.store, copyPart: undefined } }, 'copyPart'],
  [place({ bucket: '' }), 'source.bucket', '""'],
  [place({ bucket: 5 }), 'source.bucket', '5'],
  [place({ key: '' }), 'source.key', '""'],
  [place({ key: null }), 'source.key', 'null'],
  [place({ key: 'ü'.repeat(513) }), 'source.key', '1026'],
  [place({ key: 'a\uD800' }), 'source.key'],
  [place({ versionId: '' }), 'source.versionId', '""'],
  [place({ version: 'x' }), 'source.version'],
  [target({ bucket: undefined }), 'destination.bucket', 'undefined'],
  [target({ key: 9 }), 'destination.key', '9'],
  [target({ contentType: 5 }), 'destination.contentType', '5'],
  [target({ contentType: 'a\r\nb' }), 'destination.contentType'],
  [target({ cacheControl: '日本' }), 'destination.cacheControl'],
  [target({ metadata: null }), 'destination.metadata', 'null'],
  [target({ metadata: { 'a b': 'x' } }), 'destination.metadata', 'a b'],
  [target({ metadata: { a: 5 } }), 'destination.metadata.a', '5'],
  [target({ tags: 'a=b' }), 'destination.tags', 'a=b'],
  [target({ tags: { a: 5 } }), 'destination.tags.a', '5'],
  [target({ expires: new Date(Number.NaN) }), 'destination.expires'],
  [target({ acl: 'private', grants: { read: 'x' } }), 'destination.grants'],
  [target({ grants: { write: 'x' } }), 'destination.grants.write'],
  [target({ objectLock: { mode: 'COMPLIANCE' } }), 'destination.objectLock'],
  [target({ expiresAfterDays: 1.5 }), 'destination.expiresAfterDays', '1.5'],
  [target({ contenttype: 'x' }), 'contentType'],
  [target({ sse: { type: 'aes256' } }), 'destination.sse.type', 'aes256'],
  [target({ sse: { type: 'SSE-KMS', key: 'x' } }), 'destination.sse'],
  [target({ sse: { type: 'SSE-C', key: 'short' } }), 'destination.sse.key'],
  [place({ sse: { type: 'SSE-C', key: new Uint8Array(31) } }), 'source.sse.key', '31'],
  [place({ sse: { type: 'SSE-KMS' } }), 'source.sse.type', 'SSE-KMS'],
  ...[0, -1, 1.5, Number.NaN, Infinity, 10_001, '8', true].map(
    (value) => [{ concurrency: value }, 'concurrency', String(value)] as const,
  ),
  [{ concurrency: { min: 5, max: 4 } }, 'concurrency.min', '5'],
  [{ concurrency: { initial: 9, max: 4 } }, 'concurrency.initial', '9'],
  [{ concurrency: { maximum: 4 } }, 'concurrency.maximum'],
  ...[0, -1, 1.5, Number.NaN, Infinity, 2 ** 53, '8MB', true, 10n, null].map(
    (value) => [{ partSize: value }, 'partSize', String(value)] as const,
  ),
  ...[5 * 1024 ** 2 - 1, 5 * 1024 ** 3 + 1].map(
    (value) => [{ store: { ...GOOD.store, limits: S3_LIMITS }, partSize: value }, 'partSize', String(value)] as const,
  ),
  ...[-1, 0.5, Number.NaN, Infinity, '5', 2e15].map(
    (value) => [{ multipartThreshold: value }, 'multipartThreshold', String(value)] as const,
  ),
  [{ retry: 5 }, 'retry', '5'],
  [{ retry: { maxAttempts: 0 } }, 'retry.maxAttempts', '0'],
  [{ retry: { maxAttempts: 1.5 } }, 'retry.maxAttempts', '1.5'],
  [{ retry: { minDelayMs: -1 } }, 'retry.minDelayMs', '-1'],
  [{ retry: { minDelayMs: 10, maxDelayMs: 5 } }, 'retry.maxDelayMs', '5'],
  [{ retry: { maxElapsedMs: Number.NaN } }, 'retry.maxElapsedMs', 'NaN'],
  [{ retry: { attempts: 3 } }, 'retry.attempts'],
  [{ preserve: 'all' }, 'preserve', 'all'],
  [{ preserve: { tags: 'yes' } }, 'preserve.tags', 'yes'],
  [{ preserve: { tag: true } }, 'preserve.tag'],
  [{ ifExists: 'error' }, 'ifExists', 'error'],
  [{ verify: 'md5' }, 'verify', 'md5'],
  [{ verify: true }, 'verify', 'true'],
  [{ onFailure: 'delete' }, 'onFailure', 'delete'],
  [{ resume: '' }, 'resume', '""'],
  [{ resume: true }, 'resume', 'true'],
  [{ hedge: 'yes' }, 'hedge', 'yes'],
  [{ hedge: { factor: 0 } }, 'hedge.factor', '0'],
  [{ hedge: { maxRatio: 2 } }, 'hedge.maxRatio', '2'],
  [{ hedge: { minDelayMs: -1 } }, 'hedge.minDelayMs', '-1'],
  [{ hedge: { delay: 1 } }, 'hedge.delay'],
  [{ requestPayer: 'me' }, 'requestPayer', 'me'],
  [{ expectedBucketOwner: 5 }, 'expectedBucketOwner', '5'],
  [{ expectedSourceBucketOwner: '' }, 'expectedSourceBucketOwner', '""'],
  [{ partsize: 5 }, 'partSize'],
  [{ concurency: 5 }, 'concurency'],
  [{ onProgress: () => undefined }, 'onProgress'],
];

describe('a bad option', () => {
  for (const [change, name, shown] of BAD) {
    it(`${inspect(change, { depth: 3, breakLength: Infinity }).slice(0, 90)} is refused before any request`, () => {
      const error = tryOptions(change);
      expect(error).toBeInstanceOf(CopyOptionsError);
      const { message } = error as Error;
      expect(message).toContain(name);
      expect(message).not.toMatch(/\.$/);
      if (shown !== undefined) expect(message).toContain(shown);
    });
  }

  for (const options of [undefined, null, 5, 'x', []]) {
    it(`set that is ${inspect(options)} is refused`, () => {
      expect(() => copyLargeObject(options as unknown as CopyOptions)).toThrow(CopyOptionsError);
    });
  }

  it('rejects planCopy too, without a request', async () => {
    const { fake, options } = setUpCopy();
    await expect(planCopy({ ...options, concurrency: 0 })).rejects.toBeInstanceOf(CopyOptionsError);
    expect(fake.calls).toEqual([]);
  });

  it('of two that exclude each other is refused', () => {
    const checkpoint = { load: () => undefined, save: () => undefined, delete: () => undefined };
    expect(tryOptions({ resume: 'x', checkpoint })).toBeInstanceOf(CopyOptionsError);
  });

  it('that names source and destination alike is refused, unless something changes', async () => {
    expect(tryOptions({ destination: { bucket: 'src', key: 'a' } })).toBeInstanceOf(CopyOptionsError);
    const { options } = setUpCopy();
    const result = await copyLargeObject({ ...options, destination: { bucket: 'src', key: 'a', contentType: 'x/y' } });
    expect(result.verified).toBe('etag');
  });

  it('never shows an SSE-C key, however it was misplaced', () => {
    const changes: Record<string, unknown>[] = [
      place({ sse: SECRET }),
      target({ sse: SECRET }),
      place({ sse: { type: 'SSE-C', key: SECRET.slice(1) } }),
      place({ sse: { type: 'SSE-C', key: `${SECRET}${SECRET}` } }),
      place({ sse: { type: SECRET, key: 'SSE-C' } }),
      target({ sse: { type: SECRET } }),
      place({ sse: { type: 'SSE-C', key: [SECRET] } }),
      place({ sse: { type: 'SSE-C', Key: SECRET } }),
      place({ sse: [SECRET] }),
    ];
    for (const change of changes) {
      const error = tryOptions(change);
      expect(error).toBeInstanceOf(CopyOptionsError);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET.slice(2, 20));
    }
  });
});

describe('a good option', () => {
  const good: Record<string, unknown>[] = [
    { concurrency: 'auto' },
    { concurrency: 1 },
    { concurrency: { max: 3 } },
    { concurrency: { initial: 2, min: 2, max: 2 } },
    { partSize: 'auto' },
    { multipartThreshold: 0 },
    { retry: {} },
    { retry: { maxAttempts: 1, minDelayMs: 0, maxDelayMs: 0, maxElapsedMs: 0 } },
    { preserve: { metadata: false, tags: false } },
    { hedge: true },
    { hedge: { factor: 1, minDelayMs: 0, maxRatio: 1 } },
    { requestPayer: 'requester' },
    ...[...new Set(BAD.flatMap(([change]) => Object.keys(change)))]
      .filter((name) => name in GOOD === false && name.toLowerCase() !== 'partsize')
      .filter((name) => !['concurency', 'onProgress'].includes(name))
      .map((name) => ({ [name]: undefined })),
  ];
  for (const change of good) {
    it(`${inspect(change)} copies`, async () => {
      const { options } = setUpCopy();
      const { result, error } = await endOf(copyLargeObject({ ...options, ...change }));
      expect(error).toBeUndefined();
      expect(result?.verified).toBe('etag');
    });
  }

  it('are read beside what somebody has added to every object', async () => {
    const { fake, options } = setUpCopy();
    // as libraries of old did
    Object.assign(Object.prototype, { added: 1 });
    onTestFinished(() => {
      delete (Object.prototype as { added?: number }).added;
    });
    await copyLargeObject(options);
    expectWholeCopy(fake);
  });

  it('may be changed by the caller afterwards without effect', async () => {
    const { fake, options } = setUpCopy();
    const destination = { bucket: 'dst', key: 'b', metadata: { a: '1' }, tags: { t: '1' } };
    const copy = copyLargeObject({ ...options, destination });
    destination.key = 'c';
    destination.metadata.a = '2';
    destination.tags.t = '2';
    await copy;
    expect(fake.objects.get('dst/b')?.properties).toMatchObject({ metadata: { a: '1' }, tags: { t: '1' } });
  });
});
