import { describe, expect, it } from 'vitest';
import { CopyError, copyLargeObject } from '../../src/index.ts';
import { failure, type fakeStore } from './fake-store.ts';
import { endOf, FAST_RETRY, setUpCopy } from './set-up-copy.ts';

/** A store that loses the tags of a Create, as Ceph RGW does, and the first so many writes of them, answering 200. */
function storeThatForgets(writes: number): ReturnType<typeof setUpCopy> {
  const set = setUpCopy({
    knowsTags: true,
    hook: ({ operation, count }) => ({
      after: () => {
        const object = set.fake.objects.get('dst/b');
        const isLost = operation === 'completeMultipartUpload' || (operation === 'putObjectTagging' && count <= writes);
        if (isLost && object !== undefined) object.properties = { ...object.properties, tags: {} };
      },
    }),
  });
  return set;
}

const destination = { bucket: 'dst', key: 'b' };
const tagsOf = (fake: ReturnType<typeof fakeStore>) => fake.objects.get('dst/b')?.properties.tags;

describe('tags that the store did not take with Create', () => {
  it.each([0, 1, 2])('are set where %d writes of them come to nothing', async (writes) => {
    const { fake, options } = storeThatForgets(writes);
    const result = await copyLargeObject({ ...options, destination: { ...destination, tags: { a: '1' } } });
    expect(tagsOf(fake)).toEqual({ a: '1' });
    expect(result.warnings).toEqual([]);
    expect(fake.count('putObjectTagging')).toBe(writes + 1);
  });

  it('are not taken for set where the store answers the write and then can not be asked', async () => {
    const { fake, options } = setUpCopy(
      {
        knowsTags: true,
        hook: ({ operation }) => {
          if (operation === 'getObjectTagging') throw failure(operation, 'transient', 500);
          return {
            after: () => {
              const object = fake.objects.get('dst/b');
              if (object !== undefined) object.properties = { ...object.properties, tags: {} };
            },
          };
        },
      },
      { retry: { ...FAST_RETRY, maxAttempts: 3 } },
    );
    const { error } = await endOf(copyLargeObject({ ...options, destination: { ...destination, tags: { a: '1' } } }));
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toMatchObject({ message: expect.stringContaining('its tags could not be set') as string });
    expect(fake.objects.has('dst/b')).toBe(true);
  });

  it('are written in any case where reading them is not permitted', async () => {
    const { fake, options } = setUpCopy({
      knowsTags: true,
      hook: ({ operation }) => {
        if (operation === 'getObjectTagging') throw failure(operation, 'permanent', 403, 'AccessDenied');
      },
    });
    await copyLargeObject({ ...options, destination: { ...destination, tags: { a: '1' } } });
    expect(fake.count('putObjectTagging')).toBe(1);
    expect(tagsOf(fake)).toEqual({ a: '1' });
  });

  it('and never takes fail a copy that asked for them, and leave the object', async () => {
    const { fake, options } = storeThatForgets(Infinity);
    const { error } = await endOf(copyLargeObject({ ...options, destination: { ...destination, tags: { a: '1' } } }));
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toMatchObject({
      destinationWritten: true,
      message: expect.stringMatching(/was copied .* took them 3 times/) as string,
    });
    expect(fake.objects.has('dst/b')).toBe(true);
  });
});
