import type { PartRange } from './part-range.ts';

/** What a copy is going to do. Immutable. If it is skipped, size, ETag, time and version are those of the object that is there. */
export interface CopyPlan {
  /** `in-place`: the object is only put under another KMS key, and no byte is copied. */
  readonly strategy: 'single' | 'multipart' | 'in-place' | 'skipped';
  /** Bytes of the source. */
  readonly size: number;
  /** ETag of the source, without quotes. */
  readonly etag: string | undefined;
  readonly lastModified: Date | undefined;
  readonly versionId: string | undefined;
  /** Bytes of a part (the largest one); `size` of a single copy. */
  readonly partSize: number;
  /** In order; empty unless the strategy is `multipart`. */
  readonly parts: readonly PartRange[];
  /** Requests that the whole copy takes if nothing has to be repeated, planning included. */
  readonly requests: number;
}
