import type { CreateMultipartUploadResult, ObjectProperties } from '../store/copy-store.ts';
import type { CopyContext } from './copy-context.ts';
import { type LostCreates, OrphanSearch } from './orphan-search.ts';
import { readClock } from './read-clock.ts';
import { isRetryable } from '../request/retry.ts';
import type { SourceChecksum } from './source-checksum.ts';

/** An upload that was begun. */
export interface CreatedUpload extends CreateMultipartUploadResult {
  /** Looks for uploads of Creates whose answer was lost. To be called at the end of the copy, whatever that is. */
  readonly sweepOrphans: () => Promise<void>;
}

/** What a caller that keeps a record tells and is told. */
export interface CreateWatch {
  /** Awaited before each attempt. Where it fails, nothing (more) is sent, and the copy ends with its error. */
  readonly onAttempt?: () => Promise<void>;
  /** Told when an attempt has failed that has certainly begun nothing. */
  readonly onRefused?: () => void;
  /** What an earlier process recorded; the uploads of those Creates are looked for too. */
  readonly lostBefore?: LostCreates | undefined;
  /** Told when Create has failed for good; `mayHaveLeft` is `false` where it certainly has left no upload. */
  readonly onFailure?: (mayHaveLeft: boolean) => void;
}

/**
 * Begins the upload. A Create whose answer is lost may have begun one that nobody knows of; at the end of the copy those are looked
 * for and aborted: uploads for exactly this key, begun while our Creates ran by the store's clock, without a part, not in use by a
 * copy of this process, and no more of them than answers were lost. Where listing isn't permitted, or more candidates turn up than
 * answers were lost (someone else is uploading to the same key), nothing is aborted and a warning says so.
 *
 * The request is never cut off by the caller's signal, as its answer names what must be cleaned up.
 */
export async function createUpload(
  context: CopyContext,
  properties: ObjectProperties,
  checksum: SourceChecksum | undefined,
  { onAttempt, onRefused, lostBefore, onFailure }: CreateWatch = {},
): Promise<CreatedUpload> {
  const { options, runner, clock, signal } = context;
  const { store, destination, sse, requestPayer, expectedBucketOwner } = options;
  // What is recorded is the store's time.
  if (onAttempt !== undefined && !clock.isKnown) await readClock(context, signal);
  const lost = new OrphanSearch(context, lostBefore);
  let unrecorded = false;
  const send = async (): Promise<CreateMultipartUploadResult> => {
    try {
      await onAttempt?.();
    } catch (error) {
      unrecorded = true;
      throw error;
    }
    signal.throwIfAborted();
    try {
      return await store.createMultipartUpload({
        ...destination,
        properties,
        sse,
        ...(checksum === undefined || checksum.algorithm === 'CRC64ECMA'
          ? {}
          : { checksumAlgorithm: checksum.algorithm, checksumType: checksum.type }),
        requestPayer,
        expectedBucketOwner,
      });
    } catch (error) {
      if (!lost.failed(error)) onRefused?.();
      throw error;
    }
  };
  let created: CreateMultipartUploadResult;
  try {
    created = await runner.run('createMultipartUpload', send, {
      waitSignal: signal,
      isRetryable: (error) => !unrecorded && isRetryable(error),
    });
  } catch (error) {
    await lost.sweep();
    onFailure?.(lost.mayHaveLeft);
    throw error;
  }
  return { ...created, sweepOrphans: await lost.holdUntilSwept(created.uploadId) };
}
