import type { ProvenanceRange } from '../testing/index.ts';

/** What is wrong with where an object's bytes came from, or undefined if each came from the same place in the source. */
export function findMisplacedBytes(
  ranges: readonly ProvenanceRange[],
  source: { readonly bucket: string; readonly key: string },
  size: number,
): string | undefined {
  let next = 0;
  for (const range of ranges) {
    const bytes = `bytes ${range.start}-${range.end}`;
    if (range.start !== next) return `${bytes} should begin at ${next}`;
    if (range.bucket !== source.bucket || range.key !== source.key)
      return `${bytes} came from ${range.bucket}/${range.key}`;
    if (range.offset !== range.start) return `${bytes} came from offset ${range.offset}`;
    next = range.end + 1;
  }
  return next === size ? undefined : `it has ${next} bytes instead of ${size}`;
}
