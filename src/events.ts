import type { CopyPlan } from './plan/copy-plan.ts';
import type { PartRange } from './plan/part-range.ts';
import type { StoreOperation } from './store/copy-store.ts';

/** What a copy is doing. */
export type CopyPhase = 'planning' | 'copying' | 'completing' | 'verifying' | 'done' | 'failed' | 'cancelled';

/** A snapshot of a running copy. Bytes are exact and never go back. */
export interface CopyProgress {
  readonly phase: CopyPhase;
  readonly bytesCopied: number;
  readonly bytesTotal: number;
  readonly partsCopied: number;
  readonly partsTotal: number;
  readonly partsInFlight: number;
  /** Parts that may be in flight at this moment. */
  readonly concurrency: number;
  readonly retries: number;
  /** Smoothed over the last seconds; 0 before the first part. */
  readonly bytesPerSecond: number;
  /** Estimated time left in milliseconds; undefined while nothing is known. */
  readonly etaMs: number | undefined;
  readonly elapsedMs: number;
}

/** What a warning is about. `docs/options.md` says what each means. */
export type WarningCode =
  | 'ANNOTATIONS_NOT_PRESERVED'
  | 'CHECKPOINT_DISCARDED'
  | 'CHECKPOINT_LEFT'
  | 'CHECKPOINT_UNLOCKED'
  | 'CHECKSUM_NOT_PRESERVED'
  | 'CHECKSUM_DIFFERS'
  | 'CONNECTIONS_LIMITED'
  | 'DESTINATION_DIFFERS'
  | 'DESTINATION_REPLACED'
  | 'ENCRYPTION_NOT_SEEN'
  | 'ETAG_DIFFERS'
  | 'ETAG_UNPREDICTED'
  | 'NO_ETAG'
  | 'OBJECT_LOCK_NOT_SEEN'
  | 'ORPHAN_UPLOADS'
  | 'PARTS_MADE_SMALLER'
  | 'PARTS_MAY_LAND'
  | 'PARTS_NOT_KEPT'
  | 'PROPERTIES_DIFFER'
  | 'SIZE_NOT_VERIFIED'
  | 'SOURCE_NOT_SEEN'
  | 'SOURCE_PIN_WEAK'
  | 'TAGS_NOT_PRESERVED'
  | 'UPLOAD_LEFT';

/** Something that the caller should know, though the copy goes on. */
export interface CopyWarning {
  readonly code: WarningCode;
  readonly message: string;
  /** The upload that it is about, if it is about one. */
  readonly uploadId?: string | undefined;
}

/** An upload was begun or taken up again. */
export interface UploadEvent {
  readonly uploadId: string;
  readonly resumed: boolean;
  readonly partsAlreadyCopied: number;
}

/** A part is in place. */
export interface PartEvent extends PartRange {
  /** Without quotes. */
  readonly etag: string;
  /** The store's own id of the request that copied it, if it gave one. */
  readonly requestId: string | undefined;
  readonly attempts: number;
  /** When its first attempt began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** From then until it was in place, in milliseconds. */
  readonly elapsedMs: number;
}

/** An operation failed and will be tried again. */
export interface RetryEvent {
  readonly operation: StoreOperation;
  readonly partNumber?: number;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: Error;
}

/** A part takes far longer than the others, and is sent a second time. The first answer counts. */
export interface HedgeEvent extends PartRange {
  /** The attempt that straggles, from 1. */
  readonly attempt: number;
  /** How long it has been running, in milliseconds. */
  readonly elapsedMs: number;
}

/** The store asked for fewer requests. */
export interface ThrottleEvent {
  /** Parts that may be in flight from now on. */
  readonly concurrency: number;
  /** How long no new part starts, in milliseconds. */
  readonly delayMs: number;
}

/** What a copy did. */
export interface CopyResult {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  /** Of the destination, without quotes. */
  readonly etag: string;
  readonly size: number;
  readonly strategy: 'single' | 'multipart' | 'in-place' | 'skipped';
  readonly uploadId?: string;
  /** Number of parts; 0 unless the strategy is `multipart`. */
  readonly parts: number;
  /** Bytes of a part (the largest one); the object's size unless the strategy is `multipart`. */
  readonly partSize: number;
  /** What was really compared after completion. */
  readonly verified: 'etag' | 'size' | 'none';
  readonly resumed: boolean;
  readonly retries: number;
  /** Parts that were sent a second time because they straggled. */
  readonly hedges: number;
  readonly warnings: readonly CopyWarning[];
  readonly elapsedMs: number;
  readonly bytesPerSecond: number;
  /** The destination has the source's own ETag: same content, proven by the store (only with the source's part layout). */
  readonly sameEtag?: boolean;
  /** How an existing destination was guarded against: by looking first, or also by the store at the end (`If-None-Match: *`). */
  readonly ifExistsChecked?: 'head' | 'head+condition';
}

/** Events of a `CopyTask` and the arguments of their listeners. */
export interface CopyEvents {
  /** Emitted again if the copy begins anew with smaller parts, as a gateway cuts larger ones off. */
  plan: [plan: CopyPlan];
  upload: [event: UploadEvent];
  part: [event: PartEvent];
  retry: [event: RetryEvent];
  hedge: [event: HedgeEvent];
  throttle: [event: ThrottleEvent];
  warning: [warning: CopyWarning];
  progress: [progress: CopyProgress];
  complete: [result: CopyResult];
  failed: [error: unknown];
}
