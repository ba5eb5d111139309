import { describe, expect, it } from 'vitest';
import { CopyError, copyLargeObject } from '../../src/index.ts';
import type { fakeStore } from './fake-store.ts';
import { endOf, setUpCopy } from './set-up-copy.ts';

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
