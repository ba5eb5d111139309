import { describe, expect, test } from 'vitest';
import { CopyError, copyLargeObject, type CopyWarning } from '../../src/index.ts';
import type { TestStoreOptions } from '../../src/testing/index.ts';
import {
  copySource,
  DESTINATION,
  dialects,
  failureOf,
  isWholeCopy,
  setUpStore,
  SIZE,
  SOURCE,
  strategies,
  writesOf,
} from './set-up-store.ts';

const tagged: TestStoreOptions = {
  objects: [{ ...SOURCE, size: SIZE, tags: { project: 'film' }, acl: 'public-read', metadata: { a: 'b' } }],
};
const ways = dialects.flatMap((dialect) => strategies.map((strategy) => ({ dialect, ...strategy })));

/** Ways to be refused: without the permission, or by a store that has no tags at all. */
const refusedTags: readonly { readonly what: string; readonly options: TestStoreOptions }[] = [
  { what: 'reading tags is not permitted', options: { denied: ['getObjectTagging'] } },
  { what: 'writing tags is not permitted', options: { denied: ['putObjectTagging'] } },
  { what: 'neither is', options: { denied: ['getObjectTagging', 'putObjectTagging'] } },
  { what: 'the store has no tags (501)', options: { personality: 'swift' } },
];

describe.for(ways)('$dialect, $strategy', ({ dialect, sizes }) => {
  test.for(refusedTags)(
    'tags that must be preserved: the copy fails before its first part where $what',
    async ({ options }) => {
      const { server, store } = await setUpStore(dialect, { ...tagged, ...options });
      const error = await failureOf(copySource({ store, preserve: { tags: true }, ...sizes }));

      expect(error).toBeInstanceOf(CopyError);
      expect(server.stats()).toMatchObject({ copiedParts: 0, bytesCopied: 0 });
      expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
      expect(server.uploads(DESTINATION.bucket)).toEqual([]);
    },
  );

  test.for(refusedTags)(
    'tags left to the library: the copy is whole, with one warning, where $what',
    async ({ options }) => {
      const { server, store } = await setUpStore(dialect, { ...tagged, ...options });
      const warnings: CopyWarning[] = [];
      const copy = copyLargeObject({ store, source: SOURCE, destination: DESTINATION, ...sizes });
      copy.on('warning', (warning) => warnings.push(warning));
      const result = await copy;

      expect(result.warnings).toEqual([{ code: 'TAGS_NOT_PRESERVED', message: expect.stringMatching(/tags/) }]);
      expect(warnings).toEqual(result.warnings);
      expect(isWholeCopy(server)).toBe(true);
      expect(server.object(DESTINATION.bucket, DESTINATION.key)).toMatchObject({ tags: {}, metadata: { a: 'b' } });
      expect(server.uploads(DESTINATION.bucket)).toEqual([]);
      expect(Object.keys(server.stats().operations)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^delete/)]),
      );
    },
  );

  test('tags set on the destination can’t be refused in silence', async () => {
    const { server, store } = await setUpStore(dialect, { ...tagged, denied: ['putObjectTagging'] });
    const destination = { ...DESTINATION, tags: { mine: '1' } };
    expect(await failureOf(copySource({ store, destination, ...sizes }))).toMatchObject({ statusCode: 403 });
    expect(server.stats().copiedParts).toBe(0);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
  });

  test('preserve.tags: false asks for no tags, so that nothing is refused', async () => {
    const { server, store } = await setUpStore(dialect, {
      ...tagged,
      denied: ['getObjectTagging', 'putObjectTagging'],
    });
    const result = await copySource({ store, preserve: { tags: false }, ...sizes });
    expect(result.warnings).toEqual([]);
    expect(server.stats().operations.getObjectTagging).toBeUndefined();
    expect(isWholeCopy(server)).toBe(true);
  });

  test('who may write tags but not read those of the copy has them all the same', async () => {
    const { server, store } = await setUpStore(dialect, {
      ...tagged,
      faults: [
        { kind: 'error', status: 403, code: 'AccessDenied', operation: 'getObjectTagging', key: DESTINATION.key },
      ],
    });
    const result = await copySource({ store, preserve: { tags: true }, ...sizes });
    expect(result.warnings).toEqual([]);
    expect(server.object(DESTINATION.bucket, DESTINATION.key)?.tags).toEqual({ project: 'film' });
  });

  test.for(['getObjectAcl', 'putObjectAcl'] as const)(
    'an ACL that must be preserved: the copy fails before its first part where %s is not permitted',
    async (operation) => {
      const { server, store } = await setUpStore(dialect, { ...tagged, denied: [operation] });
      const error = await failureOf(copySource({ store, preserve: { acl: true }, ...sizes }));

      expect(error).toBeInstanceOf(CopyError);
      if (operation === 'getObjectAcl') expect(writesOf(server)).toEqual([]);
      expect(server.stats()).toMatchObject({ copiedParts: 0, bytesCopied: 0 });
      expect(server.object(DESTINATION.bucket, DESTINATION.key)).toBeUndefined();
      expect(server.uploads(DESTINATION.bucket)).toEqual([]);
    },
  );

  test('an ACL left to the library is never asked for', async () => {
    const { server, store } = await setUpStore(dialect, { ...tagged, denied: ['getObjectAcl', 'putObjectAcl'] });
    expect((await copySource({ store, ...sizes })).warnings).toEqual([]);
    expect(isWholeCopy(server)).toBe(true);
  });
});

describe('a store that loses the tags of a Create, and then refuses to set them', () => {
  const losesTags: TestStoreOptions = {
    ...tagged,
    personality: 'ceph-rgw',
    faults: [{ kind: 'error', status: 403, code: 'AccessDenied', operation: 'putObjectTagging' }],
  };

  test('the object stays, and the copy fails, where tags must be preserved', async () => {
    const { server, store } = await setUpStore('s3', losesTags);
    const error = await failureOf(copySource({ store, preserve: { tags: true }, multipartThreshold: 0 }));
    expect(error).toMatchObject({ message: expect.stringMatching(/was copied .* but its tags could not be set/) });
    expect(isWholeCopy(server)).toBe(true);
  });

  test('the object stays, with a warning, where they are left to the library', async () => {
    const { server, store } = await setUpStore('s3', losesTags);
    const result = await copySource({ store, multipartThreshold: 0 });
    expect(result.warnings).toMatchObject([{ code: 'TAGS_NOT_PRESERVED' }]);
    expect(isWholeCopy(server)).toBe(true);
  });
});
