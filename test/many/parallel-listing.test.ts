import { expect, it } from 'vitest';
import type { ListedObject } from '../../src/index.ts';
import { ParallelListing } from '../../src/many/parallel-listing.ts';

const BEFORE_IN_UTF16 = 'k😀';
const BEFORE_IN_UTF8 = ['k\uFF01', 'k\uFF02'] as const;

async function* pagesOf(...pages: readonly (readonly string[])[]): AsyncGenerator<readonly ListedObject[]> {
  for (const keys of pages) {
    await Promise.resolve();
    yield keys.map((key) => ({ key, size: 1, etag: 'e', lastModified: undefined }));
  }
}

it.each([
  ['UTF-8', [[BEFORE_IN_UTF8[0], BEFORE_IN_UTF8[1]], [BEFORE_IN_UTF16]]],
  ['UTF-16', [[BEFORE_IN_UTF16, BEFORE_IN_UTF8[0]], [BEFORE_IN_UTF8[1]]]],
])(
  'finds each key in a listing in the order of %s, whatever the order of those that are looked for',
  async (_, pages) => {
    for (const asked of [
      [[BEFORE_IN_UTF16, BEFORE_IN_UTF8[0]]],
      [[...BEFORE_IN_UTF8], [BEFORE_IN_UTF16]],
      [[BEFORE_IN_UTF8[0], BEFORE_IN_UTF16]],
    ]) {
      const listing = new ParallelListing(pagesOf(['a', 'b'], ...pages, ['z']));
      const found: string[] = [];
      for (const keys of asked) found.push(...(await listing.find(keys)).keys());
      expect(found.toSorted()).toEqual(asked.flat().toSorted());
    }
  },
);
