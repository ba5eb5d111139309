import type { PartRange } from '../plan/part-range.ts';
import type { PredictedEtag } from './etag.ts';

/**
 * Records the stages of an upload, so that a later process can resume it from each of them. What can't be recorded ends the copy. A copy
 * that nobody resumes has none of its methods.
 */
export interface UploadRecord {
  /** Whether what was recorded may be needed after a failure: an upload was left, or may have been. */
  isLeft: boolean;
  creating?(): Promise<void>;
  /** Create was answered, and no part is copied yet. `encryption` and `versionId` are what the store said, `checksumType` what it was asked for. */
  created?(
    uploadId: string,
    said: {
      readonly encryption: string | undefined;
      readonly versionId: string | undefined;
      readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
    },
  ): Promise<void>;
  /** The store refused a Create for good, or for now: it has begun nothing. */
  refused?(): void;
  replanned?(parts: readonly PartRange[]): void;
  /**
   * Before Complete is sent.
   *
   * @param predicted - the ETag that the parts make, if that can be known
   * @param etagBefore - ETag of what is at the destination: `null` if nothing is, undefined if it isn't known
   */
  completing?(predicted: PredictedEtag | undefined, etagBefore: string | null | undefined): Promise<void>;
}
