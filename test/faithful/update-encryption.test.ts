import { describe, expect, it } from 'vitest';
import { copyLargeObject, type CopyOptions, planCopy } from '../../src/index.ts';
import type { CopyStore } from '../../src/store/copy-store.ts';
import type { Fault } from '../../src/testing/index.ts';
import { waysToStore } from '../contract/embedded-store.ts';
import { failureOf, IN_PARTS, setUpStore, SIZE, SOURCE, withOperations } from './set-up-store.ts';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234';
const KMS = { type: 'SSE-KMS', keyId: KEY } as const;
const AES = { type: 'AES256' } as const;
type TestEncryption = typeof AES;

/** An object of a store that is known to be AWS, to be copied onto itself. */
async function setUp(way: 's3Store' | 'fromS3Client', encryption: TestEncryption | null = AES, isKnown = true) {
  const object = {
    ...SOURCE,
    size: SIZE,
    storageClass: 'STANDARD_IA',
    tags: { a: 'b' },
    ...(encryption && { encryption }),
  };
  const { server } = await setUpStore('s3', { personality: 'aws', objects: [object] });
  const made = waysToStore[way](server, 'v4');
  const store: CopyStore = withOperations(made, {
    traits: { ...made.traits, annotations: isKnown ? 'kept' : undefined },
  });
  const options = (destination: object = { sse: KMS }, more: Partial<CopyOptions> = {}): CopyOptions => ({
    store,
    source: SOURCE,
    destination: { ...SOURCE, ...destination },
    retry: { minDelayMs: 1, maxAttempts: 3 },
    hedge: false,
    ...IN_PARTS,
    ...more,
  });
  const seen = () => server.object(SOURCE.bucket, SOURCE.key);
  return { server, options, seen };
}

describe.each(['s3Store', 'fromS3Client'] as const)('an object that is only to get another KMS key, by %s', (way) => {
  it('gets it without being copied', async () => {
    const { server, options, seen } = await setUp(way);
    const before = seen();
    expect(await planCopy(options())).toMatchObject({ strategy: 'in-place', parts: [], requests: 3 });
    const result = await copyLargeObject(options());
    expect(result).toMatchObject({
      strategy: 'in-place',
      etag: before?.etag,
      verified: 'etag',
      warnings: [],
      parts: 0,
    });
    const after = { ...before, encryption: { type: 'SSE-KMS', kmsKeyId: KEY } };
    expect(JSON.stringify(seen())).toBe(JSON.stringify(after));
    expect(server.uploads('source')).toEqual([]);
  });

  it.each([
    [500, 'InternalError'],
    [503, 'SlowDown'],
  ])('gets it though the store answers %s once', async (status, code) => {
    const { server, options, seen } = await setUp(way);
    const fault: Fault = { kind: 'errorAfterWork', status, code };
    server.setFaults([
      ({ operation, attempt }) => (operation === 'updateObjectEncryption' && attempt === 1 ? fault : undefined),
    ]);
    expect(await copyLargeObject(options())).toMatchObject({ strategy: 'in-place', retries: 1 });
    expect(seen()?.encryption).toEqual({ type: 'SSE-KMS', kmsKeyId: KEY });
  });

  it.each([
    [403, 'AccessDenied'],
    [501, 'NotImplemented'],
    [400, 'InvalidRequest'],
  ])('is copied if the store refuses with %s', async (status, code) => {
    const { server, options, seen } = await setUp(way);
    server.setFaults([
      ({ operation }) => (operation === 'updateObjectEncryption' ? { kind: 'error', status, code } : undefined),
    ]);
    expect(await copyLargeObject(options())).toMatchObject({ strategy: 'multipart' });
    expect(seen()).toMatchObject({ encryption: { type: 'SSE-KMS', kmsKeyId: KEY }, tags: { a: 'b' } });
  });
});

it.each([
  ['an alias', { sse: { type: 'SSE-KMS', keyId: 'alias/mine' } }, AES, true],
  ['no key', { sse: { type: 'SSE-KMS' } }, AES, true],
  ['a tag, too', { sse: KMS, tags: { c: 'd' } }, AES, true],
  ['metadata, too', { sse: KMS, metadata: { c: 'd' } }, AES, true],
  ['a key for an object in the clear', { sse: KMS }, null, true],
  ['a key on a store that may take it for a write of the object', { sse: KMS }, AES, false],
] as const)('is copied for %s', async (_, destination, encryption, isKnown) => {
  const { options, seen } = await setUp('s3Store', encryption, isKnown);
  expect(await planCopy(options(destination))).toMatchObject({ strategy: 'multipart' });
  expect(await copyLargeObject(options(destination))).toMatchObject({ strategy: 'multipart' });
  expect(seen()).toMatchObject({ size: SIZE, encryption: { type: 'SSE-KMS' } });
});

it('is copied where the caller gives something up, as only a copy can lose it', async () => {
  const { options, seen } = await setUp('s3Store');
  const more = { preserve: { tags: false } } as const;
  expect(await copyLargeObject(options({ sse: KMS }, more))).toMatchObject({ strategy: 'multipart' });
  expect(seen()?.tags).toEqual({});
});

it('is refused if somebody has replaced it since it was read', async () => {
  const { server, options } = await setUp('s3Store');
  server.setFaults([
    ({ operation }) => {
      if (operation === 'updateObjectEncryption') {
        server.putObject({ ...SOURCE, body: 'other', encryption: AES });
      }
      return undefined;
    },
  ]);
  expect(await failureOf(copyLargeObject(options()))).toMatchObject({ name: 'SourceChangedError' });
});
