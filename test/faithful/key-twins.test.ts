import { describe, expect, test } from 'vitest';
import { CopyError, VerificationError } from '../../src/index.ts';
import type { PersonalityName } from '../../src/testing/index.ts';
import { copySource, DESTINATION, failureOf, isWholeCopy, setUpStore, strategies, writesOf } from './set-up-store.ts';

// Servers that keep objects as files take `a//b` for `a/b`, and `a/` for `a`: a copy to the one would replace the other's object.

const twins = [
  { key: 'a//b', twin: 'a/b' },
  { key: 'name/', twin: 'name' },
  { key: '/top', twin: 'top' },
  { key: 'a/./b', twin: 'a/b' },
  { key: 'c/../a/b', twin: 'a/b' },
];

/** Sets up a server with an object under the twin. */
async function setUpTwin(personality: PersonalityName, twin: string) {
  const { server, store } = await setUpStore('s3', { personality });
  server.putObject({ bucket: DESTINATION.bucket, key: twin, body: 'another key’s' });
  const copyTo = (key: string, more: object) =>
    copySource({ store, destination: { bucket: DESTINATION.bucket, key }, ...more });
  return { server, copyTo };
}

describe('a key that the server takes for another, under which the same copy stands already', () => {
  test('is copied to once more', async () => {
    const { server, copyTo } = await setUpTwin('s3s-fs', 'elsewhere');
    const { sizes } = strategies[0];
    await copyTo('a//b', sizes);
    await copyTo('a//b', sizes);
    expect(isWholeCopy(server, { bucket: DESTINATION.bucket, key: 'a/b' })).toBe(true);
  });

  test('is refused if that has other metadata, or is the source', async () => {
    const { server, copyTo } = await setUpTwin('s3s-fs', 'elsewhere');
    const { sizes } = strategies[0];
    await copyTo('a/b', { ...sizes, destination: { ...DESTINATION, key: 'a/b', metadata: { whose: 'another' } } });
    expect(await failureOf(copyTo('a//b', sizes))).toBeInstanceOf(CopyError);
    await copyTo('a/b', sizes);
    const before = server.stats().operations.copyObject;
    const ontoItself = copyTo('a//b', { ...sizes, source: { bucket: DESTINATION.bucket, key: 'a/b' } });
    expect(await failureOf(ontoItself)).toMatchObject({
      message: expect.stringContaining('name what may be by ifExists: { etag }') as string,
    });
    expect(server.stats().operations.copyObject).toBe(before);
  });

  test('is copied to if the caller names the ETag of what may be replaced', async () => {
    const { server, copyTo } = await setUpTwin('s3s-fs', 'a/b');
    const { etag = '' } = server.object(DESTINATION.bucket, 'a/b') ?? {};
    for (const { sizes } of strategies) {
      const { etag: next } = await copyTo('a//b', { ...sizes, ifExists: { etag } }).catch(() => ({ etag }));
      expect(next).not.toBe('');
    }
    expect(isWholeCopy(server, { bucket: DESTINATION.bucket, key: 'a/b' })).toBe(true);
  });
});

describe.for(strategies)('a key that the server takes for another, $strategy', ({ sizes }) => {
  test.for(twins)('$key: is refused before $twin is replaced', async ({ key, twin }) => {
    const { server, copyTo } = await setUpTwin('s3s-fs', twin);
    const error = await failureOf(copyTo(key, sizes));
    expect(error).toBeInstanceOf(CopyError);
    expect((error as Error).message).toMatch(
      `Cannot copy to destination/${key}: the store shows the same object there as at destination/${twin}`,
    );
    expect(writesOf(server)).toEqual([]);
    expect(server.object(DESTINATION.bucket, twin)?.readBody().toString()).toBe('another key’s');
  });

  test.for(twins)('$key: is copied to on a store that tells it from $twin', async ({ key, twin }) => {
    const { server, copyTo } = await setUpTwin('minio', twin);
    await copyTo(key, sizes);
    // Also over what stands there by now.
    await copyTo(key, sizes);
    expect(isWholeCopy(server, { bucket: DESTINATION.bucket, key })).toBe(true);
    expect(server.object(DESTINATION.bucket, twin)?.readBody().toString()).toBe('another key’s');
  });

  test('a\\b: is refused before a/b is replaced, by SeaweedFS’s rule', async () => {
    const { server, copyTo } = await setUpTwin('seaweedfs', 'a/b');
    await expect(copyTo('a\\b', sizes)).rejects.toThrow(/takes both for one key/);
    expect(writesOf(server)).toEqual([]);
  });

  test('is refused, too, if the server fails to say what stands there', async () => {
    const { server, copyTo } = await setUpTwin('minio', 'a/b');
    server.setFaults([{ kind: 'error', status: 500, operation: 'headObject', key: 'a//b' }]);
    const error = await failureOf(copyTo('a//b', sizes));
    expect(error).toBeInstanceOf(CopyError);
    expect((error as Error).message).toMatch(
      /can't say what stands there, while an object stands at destination\/a\/b,/,
    );
    expect(writesOf(server)).toEqual([]);
  });

  test('costs one HEAD if there is no such object, and none for a plain key', async () => {
    const { server, copyTo } = await setUpTwin('minio', 'elsewhere');
    const headsOf = async (key: string): Promise<number> => {
      const { headObject: before = 0 } = server.stats().operations;
      await copyTo(key, sizes);
      return (server.stats().operations.headObject ?? 0) - before;
    };
    // The first copy learns how the store makes its ETags.
    await headsOf('first');
    const plain = await headsOf('plain/key');
    expect(await headsOf('a//b')).toBe(plain + 1);
  });

  test('is named if the copy is found there instead', async () => {
    const { copyTo } = await setUpTwin('juicefs', 'name');
    const error = await failureOf(copyTo('name/', sizes));
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as Error).message).toMatch(/does not exist .*: it stands at destination\/name/);
  });
});
