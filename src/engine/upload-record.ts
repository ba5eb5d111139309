import type { PartRange } from '../plan/part-range.ts';
import type { PredictedEtag } from './etag.ts';

/** What is recorded of a finished object right before Complete is sent. */
export interface ExpectedCompletion {
  /** The ETag that the parts make, if that can be known. */
  readonly predicted: PredictedEtag | undefined;
  /** ETag of what is at the destination: `null` if nothing is, `undefined` if it isn't known. */
  readonly etagBefore: string | null | undefined;
}

/** What is recorded of an upload that was begun. */
export interface CreatedRecord {
  readonly uploadId: string;
  /** How the store said that it encrypts what is uploaded. */
  readonly encryption: string | undefined;
  /** The type of checksum that the store was asked for. */
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
}

/** Records the stages of an upload, so that a later process can resume it from each of them. What can't be recorded ends the copy. */
export interface UploadRecord {
  /** Whether anything is recorded at all. */
  readonly isKept: boolean;
  /** Before each attempt to send Create. */
  creating(): Promise<void>;
  /** Create was answered, and no part is copied yet. */
  created(upload: CreatedRecord): Promise<void>;
  /** The store refused a Create for good, or for now: it has begun nothing. */
  refused(): void;
  /** The copy begins anew with other parts. */
  replanned(parts: readonly PartRange[]): void;
  /** Before Complete is sent. */
  completing(expected: ExpectedCompletion): Promise<void>;
  /** The copy has failed, and its upload is still there, or may be. */
  left(): void;
  /** What was left was dropped after all. */
  dropped(): void;
  /** Whether what was recorded may be needed after a failure: an upload was left, or may have been. */
  readonly isLeft: boolean;
}

const nothing = (): Promise<void> => Promise.resolve();

/** For copies that nobody resumes. */
export const UNRECORDED: UploadRecord = {
  isKept: false,
  creating: nothing,
  created: nothing,
  refused: () => undefined,
  replanned: () => undefined,
  completing: nothing,
  left: () => undefined,
  dropped: () => undefined,
  isLeft: false,
};
