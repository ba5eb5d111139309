import type { Content } from './content.ts';

/** Where a run of an object's bytes came from. */
export interface ProvenanceRange {
  /** First byte, in the object asked about. */
  readonly start: number;
  /** Last byte, inclusive. */
  readonly end: number;
  /** The object that brought the bytes into the store, however often they were copied since. */
  readonly bucket: string;
  readonly key: string;
  /** `'null'` where the bucket wasn't versioned. */
  readonly versionId: string;
  /** ETag of that object, without quotes: objects of the same name that replaced each other differ in it. */
  readonly etag: string;
  /** Where in that object the run begins. */
  readonly offset: number;
}

/** Lists where all bytes of a content came from, in order, in as few ranges as can be. */
export function provenanceOf(content: Content): readonly ProvenanceRange[] {
  const ranges: ProvenanceRange[] = [];
  let start = 0;
  for (const { origin, offset: offsetInOrigin, length } of content.extents) {
    const { bucket, key, versionId, etag } = origin.owner ?? { bucket: '', key: '', versionId: '', etag: '' };
    const range = {
      start,
      end: start + length - 1,
      bucket,
      key,
      versionId,
      etag,
      offset: origin.offsetInOwner + offsetInOrigin,
    };
    const last = ranges.at(-1);
    if (last !== undefined && continues(last, range)) ranges[ranges.length - 1] = { ...last, end: range.end };
    else ranges.push(range);
    start += length;
  }
  return ranges;
}

/** Parts that were uploaded one by one are one object all the same. */
function continues(last: ProvenanceRange, next: ProvenanceRange): boolean {
  return (
    last.bucket === next.bucket &&
    last.key === next.key &&
    last.versionId === next.versionId &&
    last.etag === next.etag &&
    last.offset + (last.end - last.start) + 1 === next.offset
  );
}
