import { CompleteFailedError, CopyError } from '../errors.ts';
import { thisMoment } from '../request/moment.ts';
import { sleep } from '../request/sleep.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { memoryOf } from '../store/server-memory.ts';
import { isStoreError } from '../store/store-error.ts';
import { completeUpload, readEtagBefore } from './complete.ts';
import type { CopyContext } from './copy-context.ts';
import { hidesMd5 } from './encryption.ts';
import { expectJoinedEtag, expectJoinedOrWhole, expectSameEtag, isMd5Etag, predictEtag } from './etag.ts';
import type { MultipartInput } from './multipart.ts';
import type { CopiedParts } from './parts/copy-parts.ts';
import { assertSourceUnchanged } from './source.ts';
import { believeChecksums } from './source-checksum.ts';
import type { FinishAnswer, Target } from './target.ts';
import type { Upload } from './upload.ts';

export interface FilledUpload {
  readonly upload: Upload;
  readonly target: Target;
  readonly copied: CopiedParts;
}

/** Where parts take milliseconds, what holds a duplicate up (a busy server's disk) takes longer than a few of them. */
const SHORTEST_WAIT_MS = 1000;

/** Complete is sent again after these shares of the longest wait. */
const WAITS = [1 / 8, 1 / 8, 1 / 4, 1 / 2];

/**
 * Completes the upload, once the source was seen unchanged after its last byte was read.
 *
 * A part that was answered may not be over: its duplicate may still be stored and give it another ETag, or the store may still be
 * at the first request for it (rclone). Complete goes out at once all the same. If the store refuses a part, or has done so in this
 * process before, duplicates are waited for, and what is listed counts.
 */
export async function completeParts(
  context: CopyContext,
  input: MultipartInput,
  filled: FilledUpload,
): Promise<FinishAnswer> {
  const { resumed } = input;
  const { upload, copied } = filled;
  const server = memoryOf(context.options.store);
  if (copied.resent > 0 && server.answersPartsEarly) {
    await awaitDuplicates(context, filled);
    await refreshFromListing(context, input, upload, true);
  } else if (copied.resent > 0 || (resumed !== undefined && upload.etagsMayChange)) {
    // Parts of an earlier run may have been stored once more since they were listed.
    await refreshFromListing(context, input, upload, upload.etagsMayChange);
  }
  try {
    return await completeOnce(context, input, filled);
  } catch (error) {
    if (!isRefusedPart(error) || copied.resent === 0) throw error;
    const answer = await completeLater(context, input, filled, error);
    server.answersPartsEarly = true;
    return answer;
  }
}

/**
 * Completes an upload of which a part was refused, once its duplicates have ended: waits at most twice as long as the slowest part took,
 * but a second in any case.
 *
 * @throws the refusal if the part stays refused, or the parts can't be seen
 */
async function completeLater(
  context: CopyContext,
  input: MultipartInput,
  filled: FilledUpload,
  refusal: unknown,
): Promise<FinishAnswer> {
  const longestMs = Math.max(2 * filled.copied.slowestMs, SHORTEST_WAIT_MS);
  for (const share of WAITS) {
    await sleep(longestMs * share, context.signal);
    try {
      const isListed = await refreshFromListing(context, input, filled.upload, true);
      if (isListed) return await completeOnce(context, input, filled);
    } catch (error) {
      if (isStoreError(error)) throw refusal;
      if (!isRefusedPart(error) && !(error instanceof MissingPartError)) throw error;
    }
  }
  throw refusal;
}

async function completeOnce(
  context: CopyContext,
  { source, record, asksForChecksum, checksum }: MultipartInput,
  { upload, target }: FilledUpload,
): Promise<FinishAnswer> {
  const { reporter, signal } = context;
  await assertSourceUnchanged(context, source);
  signal.throwIfAborted();
  reporter.phase('completing');
  const parts = upload.slots.finish();
  const predicted = predictEtag(parts.map((part) => part.etag));
  expectEtag(context, target, source, expectJoinedEtag(predicted));
  target.etagBefore = await readEtagBefore(context, target);
  target.sentAt = thisMoment();
  await record.completing?.(predicted, target.etagBefore);
  const asked = asksForChecksum ? checksum : undefined;
  return completeUpload(context, target, { uploadId: upload.uploadId, parts, source, checksum: asked });
}

/** The ETag that the parts make; if the source's own layout was asked for, the source's own. */
export function expectEtag(
  { options }: CopyContext,
  target: Target,
  source: HeadObjectResult,
  joined: ReturnType<typeof expectJoinedEtag>,
): void {
  const isHidden =
    isDirectoryBucket(options.source.bucket) || hidesMd5(source.encryption, options.store.traits?.dialect);
  const keepsEtag = options.partSize === 'source' && !isHidden;
  target.joinedEtag = joined;
  target.etag = keepsEtag
    ? expectSameEtag(source.etag, joined)
    : expectJoinedOrWhole(isHidden ? undefined : source.etag, joined);
}

/** A part that was answered isn't listed, or not yet as it was copied. */
class MissingPartError extends CopyError {}

function isRefusedPart(error: unknown): boolean {
  if (!(error instanceof CompleteFailedError) || error.outcome !== 'failed' || !isStoreError(error.cause)) return false;
  return error.cause.vendorCode === 'InvalidPart';
}

/** Waits for duplicates that were cut off and may still be stored, but at most twice as long as the slowest part took. */
function awaitDuplicates({ signal }: CopyContext, { upload, copied }: FilledUpload): Promise<void> {
  const waitMs = Math.min(upload.unanswered.remainingMs, 2 * copied.slowestMs);
  return waitMs > 0 ? sleep(waitMs, signal) : Promise.resolve();
}

/**
 * Takes the ETags that the store really holds, after parts were sent more than once. If ETags are MD5s of the bytes, both
 * requests for a part gave the same one and nothing needs to be read; if they aren't (SSE-C, SSE-KMS), the later one replaced
 * the earlier, whichever answered first.
 *
 * @param isForced - whether ETags that look like MD5s aren't
 * @returns whether they were read
 */
async function refreshFromListing(
  { destination, signal }: CopyContext,
  input: MultipartInput,
  { uploadId, slots }: Upload,
  isForced: boolean,
): Promise<boolean> {
  if (!isForced && slots.finish().every((part) => isMd5Etag(part.etag))) return false;
  const listed = await destination.parts(uploadId, signal);
  if (listed === undefined) return false; // Complete will say what became of the upload
  const partByNumber = new Map(listed.map((part) => [part.partNumber, part]));
  for (const { partNumber, size } of input.plan.parts) {
    const part = partByNumber.get(partNumber);
    if (part === undefined || part.size !== size) {
      throw new MissingPartError(
        `Cannot complete upload ${uploadId} as the store lists part ${partNumber} with ${part?.size ?? 'no'} bytes, and it was copied with ${size}`,
      );
    }
    slots.fill(partNumber, part.etag, believeChecksums(input, part, part.checksums));
  }
  return true;
}
