import type { CheckpointStore } from '../store/checkpoint-store.ts';
import type {
  CopyStore,
  DestinationEncryption,
  ObjectLocation,
  ObjectProperties,
  SseCustomerKey,
} from '../store/copy-store.ts';
import type { Limiter } from '../request/limiter.ts';

/** An SSE-C key as a caller gives it: Base64 of 32 bytes, or the bytes. */
export interface SseCustomerKeyInput {
  readonly type: 'SSE-C';
  readonly key: string | Uint8Array;
}

/** What is copied. */
export interface CopySource extends ObjectLocation {
  /** Copies this version; left out, the current one (never pinned by the library itself: that needs another permission). */
  readonly versionId?: string | undefined;
  /**
   * Bytes of the source, if they are known, e.g. from a listing or an event: given with `etag`, they save the HEAD of a single copy, and
   * with `preserve.metadata: false` that before a copy in parts. If they aren't right, the copy fails with a `SourceChangedError`.
   */
  readonly size?: number | undefined;
  /** ETag of the source, with or without quotes; only together with `size`. */
  readonly etag?: string | undefined;
  /** The key that the source is encrypted with (SSE-C). */
  readonly sse?: SseCustomerKeyInput | undefined;
}

/** Where it goes. Every property set here wins over what is preserved from the source. */
export interface CopyDestination extends ObjectLocation, ObjectProperties {
  readonly sse?: SseCustomerKeyInput | Exclude<DestinationEncryption, SseCustomerKey> | undefined;
}

/** Adaptive concurrency within bounds. */
export interface ConcurrencyBounds {
  /** Parts in flight at the start. @default 8 (or `max` if that is less) */
  readonly initial?: number | undefined;
  /** Never fewer than this, also under throttling. @default 1 */
  readonly min?: number | undefined;
  /** Never more than this. @default 256 */
  readonly max?: number | undefined;
}

/** How often and how long an operation is tried. */
export interface RetryOptions {
  /**
   * Attempts per operation, the first included; 1 means that nothing is retried. If there are more, attempts that the store refuses
   * as too many requests don't count: these are repeated until `maxElapsedMs`. @default 10
   */
  readonly maxAttempts?: number | undefined;
  /** Upper end of the first random delay, in milliseconds; it doubles with every attempt. @default 100 */
  readonly minDelayMs?: number | undefined;
  /** Longest delay, in milliseconds. @default 20000 */
  readonly maxDelayMs?: number | undefined;
  /**
   * No new attempt of an operation starts this long after its first one was sent, in milliseconds; the time in which the copy is paused
   * or waits for its turn of a shared limit is left out. @default 900000
   */
  readonly maxElapsedMs?: number | undefined;
}

/** What is carried over from the source, each `true` (must), `false` (don't) or left out (`docs/properties.md` has a table). */
export interface PreserveOptions {
  /** Content headers, user metadata, website redirect. Left out: yes. */
  readonly metadata?: boolean | undefined;
  /** Left out: no, as CopyObject. */
  readonly storageClass?: boolean | undefined;
  /** Left out: if permitted, else a warning. */
  readonly tags?: boolean | undefined;
  /** Left out: no, as CopyObject. */
  readonly acl?: boolean | undefined;
  /** Left out: no, as CopyObject. */
  readonly objectLock?: boolean | undefined;
  /** Which checksum the store computes; `false`: none is asked for or compared. Left out: the source's if the store can, else a warning. */
  readonly checksum?: boolean | undefined;
  /** Left out: where the store is known to have them and permits it, else a warning. */
  readonly annotations?: boolean | undefined;
}

/** When a straggling part is sent a second time. */
export interface HedgeOptions {
  /** A part is a straggler when it runs longer than this many times the median of its peers. @default 3 */
  readonly factor?: number | undefined;
  /** … and longer than this, in milliseconds. @default 50 */
  readonly minDelayMs?: number | undefined;
  /** Most duplicates, as a share of the parts. @default 0.05 */
  readonly maxRatio?: number | undefined;
}

/** Options of `copyLargeObject` and `planCopy`. */
export interface CopyOptions {
  /** The store that performs the copy: the destination's. */
  readonly store: CopyStore;
  /** Reads the source's metadata, when its endpoint or credentials differ. @default store */
  readonly sourceStore?: CopyStore | undefined;
  /** Bucket and key; `versionId` for a version other than the current one. */
  readonly source: CopySource;
  /** Bucket and key, and the properties that the copy is to have beside or instead of its source's. */
  readonly destination: CopyDestination;
  /** Parts in flight: a fixed number, or adaptive, or adaptive within bounds. @default 'auto': begins at 8, between 1 and 256 */
  readonly concurrency?: number | 'auto' | ConcurrencyBounds | undefined;
  /**
   * Bytes of a part, from the store's minimum (5 MiB on S3) to 5 GiB; or `'source'`: the source's own parts, so that the ETag stays the
   * same. Grows if there would be more parts than the store takes. @default 'auto': about 128 MiB, of smaller objects down to 16 MiB
   */
  readonly partSize?: number | 'auto' | 'source' | undefined;
  /** Up to this many bytes a single CopyObject is used. @default 128 MiB, or the store's maximum if that is less */
  readonly multipartThreshold?: number | undefined;
  /** How often and how long each operation is tried. */
  readonly retry?: RetryOptions | undefined;
  /** What is carried over from the source. @default metadata, and tags where that is permitted */
  readonly preserve?: PreserveOptions | undefined;
  /**
   * What happens to an object at the destination. `'skip-same'`: one of the source's size and ETag is left as it is, and any other
   * replaced; if an ETag is missing or of the form `-N`, an equal size and a date that isn't older count. `{ etag }`: only the object
   * with this ETag is replaced. @default 'overwrite'
   */
  readonly ifExists?: 'overwrite' | 'fail' | 'skip' | 'skip-same' | { readonly etag: string } | undefined;
  /**
   * @default 'etag', or 'size' with a warning if the store isn't known to make ETags as S3 does. Given, `'etag'` takes nothing less
   * than an ETag that isn't wrong.
   */
  readonly verify?: 'etag' | 'size' | 'none' | undefined;
  /** Keeps what a later call with the same source and destination resumes from, such as `fileCheckpointStore(directory)`. @default none */
  readonly checkpoint?: CheckpointStore | undefined;
  /** What becomes of the upload if the copy fails or is cancelled. @default 'abort'; 'keep' with a checkpoint */
  readonly onFailure?: 'abort' | 'keep' | undefined;
  /** Upload id to go on with, without a checkpoint. */
  readonly resume?: string | undefined;
  /** A limit shared between copies, from `createLimiter`. */
  readonly limiter?: Limiter | undefined;
  /** @default true */
  readonly hedge?: boolean | HedgeOptions | undefined;
  /** Pays for requests to a requester-pays bucket. */
  readonly requestPayer?: 'requester' | undefined;
  /** Account id that must own the destination bucket. */
  readonly expectedBucketOwner?: string | undefined;
  /** Account id that must own the source bucket. */
  readonly expectedSourceBucketOwner?: string | undefined;
  /** Cancels the copy, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}
