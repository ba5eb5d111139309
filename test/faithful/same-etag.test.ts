import { describe, expect, test } from 'vitest';
import { CopyOptionsError } from '../../src/index.ts';
import type { PersonalityName, TestObject } from '../../src/testing/index.ts';
import {
  copySource,
  DESTINATION,
  dialects,
  failureOf,
  isWholeCopy,
  MIB,
  setUpStore,
  SOURCE,
  writesOf,
} from './set-up-store.ts';

const AS_SOURCE = { partSize: 'source', multipartThreshold: 0 } as const;

describe.for(dialects)("partSize: 'source', %s", (dialect) => {
  const layouts: readonly {
    readonly name: string;
    readonly partSize: number | readonly number[];
    readonly size: number;
  }[] = [
    { name: 'equal parts', partSize: 6 * MIB, size: 18 * MIB },
    { name: 'equal parts and a shorter last one', partSize: 6 * MIB, size: 20 * MIB + 7 },
    { name: 'two parts', partSize: [5 * MIB, 1], size: 5 * MIB + 1 },
    { name: 'one part', partSize: [7 * MIB], size: 7 * MIB },
    { name: 'parts of many sizes', partSize: [5 * MIB, 8 * MIB, 5 * MIB + 1, 3], size: 18 * MIB + 4 },
    {
      name: 'a first and last part that look as if all were equal',
      partSize: [6 * MIB, 5 * MIB, 7 * MIB, 6 * MIB],
      size: 24 * MIB,
    },
    {
      name: 'equal parts but for two in the middle',
      partSize: [6 * MIB, 6 * MIB, 5 * MIB, 7 * MIB, 6 * MIB],
      size: 30 * MIB,
    },
  ];

  test.for(layouts)('$name: the copy has the ETag of its source', async ({ partSize, size }) => {
    const { server, store } = await setUpStore(dialect, {
      objects: [{ ...SOURCE, size, partSize }],
      personality: 'aws',
    });
    const source = server.object(SOURCE.bucket, SOURCE.key);
    const result = await copySource({ store, ...AS_SOURCE });

    expect(result).toMatchObject({ strategy: 'multipart', sameEtag: true, verified: 'etag', etag: source?.etag });
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.etag).toBe(source?.etag);
    expect(isWholeCopy(server)).toBe(true);
  });

  test('a source that wasn’t made in parts is copied in one request, and so has its ETag', async () => {
    const { server, store } = await setUpStore(dialect);
    const result = await copySource({ store, ...AS_SOURCE });
    expect(result).toMatchObject({
      strategy: 'single',
      sameEtag: true,
      etag: server.object(SOURCE.bucket, SOURCE.key)?.etag,
    });
    expect(isWholeCopy(server)).toBe(true);
  });

  test('other parts give another ETag, and the result doesn’t claim the same one', async () => {
    const { store } = await setUpStore(dialect, { objects: [{ ...SOURCE, size: 18 * MIB, partSize: 6 * MIB }] });
    expect((await copySource({ store, partSize: 5 * MIB, multipartThreshold: 0 })).sameEtag).toBeUndefined();
  });
});

describe("partSize: 'source' where the store can't tell", () => {
  const parts: TestObject = { ...SOURCE, size: 18 * MIB, partSize: 6 * MIB };

  test.for<PersonalityName>(['ceph-rgw', 'swift', 'obs', 's3rver'])(
    'like %s: refused before anything is written',
    async (personality) => {
      const { server, store } = await setUpStore(personality === 'obs' ? 'obs' : 's3', {
        objects: [parts],
        personality,
      });
      const error = await failureOf(copySource({ store, ...AS_SOURCE }));

      expect(error).toBeInstanceOf(CopyOptionsError);
      expect(error).toMatchObject({ message: expect.stringMatching(/doesn't tell the parts of source\/film/) });
      expect(writesOf(server)).toEqual([]);
      // It answers with the whole object where it is no better.
      expect(server.stats().operations.getObjectAttributes).toBeUndefined();
    },
  );

  test('no checkpointless guess: parts too small for the store are refused too', async () => {
    const objects = [{ ...SOURCE, size: 3 * MIB, partSize: MIB }];
    const { server, store } = await setUpStore('s3', { objects });
    const error = await failureOf(copySource({ store, ...AS_SOURCE }));
    expect(error).toBeInstanceOf(CopyOptionsError);
    expect(error).toMatchObject({ message: expect.stringMatching(/part 1 of 3 has 1048576 bytes/) });
    expect(writesOf(server)).toEqual([]);
  });

  test('an encrypted copy can’t have the ETag: the result doesn’t claim it', async () => {
    const { server, store } = await setUpStore('s3', { objects: [parts] });
    const destination = { ...DESTINATION, sse: { type: 'SSE-KMS' } as const };
    const result = await copySource({ store, destination, ...AS_SOURCE });
    expect(result).toMatchObject({ parts: 3 });
    expect(result.sameEtag).toBeUndefined();
    expect(isWholeCopy(server)).toBe(true);
  });
});
