import { messageOf } from '../errors.ts';
import { sleep } from '../request/sleep.ts';
import { ignoreStoreError, isStoreError } from '../store/store-error.ts';
import { mayMeanGone } from './gone.ts';
import type { CopyContext } from './copy-context.ts';
import { MAX_LATE_MS, type UnansweredParts } from './parts/unanswered-parts.ts';

const MOST_ABORTS = 5;

export interface AbortedUpload {
  /** There was no such upload (any more). */
  readonly wasGone: boolean;
  /** What kept the upload from going away. */
  readonly problem: Error | undefined;
}

/**
 * Aborts an upload and looks whether it is gone, since a part that was still being copied can land after the abort; then it is
 * aborted again. If requests for its parts were never answered, it is aborted once more when they must have landed. Runs to its
 * end whatever the caller's signal says. An upload that is gone already is fine. One that another process may have taken over stays.
 *
 * @param isRefused - the store has refused a part of it, saying that it is gone
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 */
export async function abortUpload(
  context: CopyContext,
  uploadId: string,
  unanswered?: UnansweredParts,
  isRefused = false,
): Promise<AbortedUpload> {
  const { destination } = context;
  try {
    await context.lease?.confirm();
    const first = await abortUntilGone(context, uploadId);
    const lateMs = unanswered?.remainingMs ?? 0;
    if (first.problem !== undefined || lateMs <= 0) return first;
    await sleep(Math.min(lateMs, MAX_LATE_MS));
    if (lateMs > MAX_LATE_MS) {
      context.reporter.warning(
        'PARTS_MAY_LAND',
        `Upload ${uploadId} was aborted, but requests for its parts were never answered: ` +
          'if the store finishes one even now, the upload is there again',
      );
    }
    await context.lease?.confirm();
    const { problem } = await abortUntilGone(context, uploadId);
    return { ...first, problem };
  } catch (error) {
    // Stores refuse to abort an upload that is gone in several ways.
    if (isStoreError(error) && mayMeanGone(error)) {
      const isUnlisted = (await destination.findUpload(uploadId).catch(ignoreStoreError)) === 'unlisted';
      const isGone =
        isUnlisted || (isRefused && (await destination.countParts(uploadId).catch(ignoreStoreError)) === 0);
      if (isGone) return { wasGone: true, problem: undefined };
    }
    return { wasGone: false, problem: error instanceof Error ? error : new Error(messageOf(error)) };
  }
}

async function abortUntilGone({ destination }: CopyContext, uploadId: string): Promise<AbortedUpload> {
  let left: number | 'unseen' | undefined;
  let wasGone = false;
  for (let round = 1; round <= MOST_ABORTS; round++) {
    const answer = await destination.abort(uploadId);
    if (round === 1) wasGone = answer === 'gone';
    left = await destination.countParts(uploadId).catch((error: unknown) => {
      // Being unable to look (no permission to list, or no such call) is no failure of the abort.
      if (isStoreError(error) && !error.retryable) return 'unseen' as const;
      throw error;
    });
    const doubt = typeof answer === 'string' ? undefined : answer;
    if (left === undefined || (left === 'unseen' && doubt === undefined)) return { wasGone, problem: undefined };
    // Some stores list nothing, rather than no upload, for one that is gone.
    if (left === 'unseen' || (left === 0 && (answer === 'gone' || round === MOST_ABORTS))) {
      const listed = await destination.findUpload(uploadId);
      if (listed === undefined) return { wasGone, problem: doubt };
      if (listed === 'unlisted') return { wasGone, problem: undefined };
    }
  }
  const what = left === 0 ? `Upload ${uploadId} is` : `Parts of upload ${uploadId} were`;
  return { wasGone, problem: new Error(`${what} still listed after ${MOST_ABORTS} aborts`) };
}

/** Aborts an upload that is of no use any more; emits a warning if that doesn't work. */
export async function abortOrWarn(
  context: CopyContext,
  uploadId: string,
  unanswered?: UnansweredParts,
  isRefused = false,
): Promise<boolean> {
  const { wasGone, problem } = await abortUpload(context, uploadId, unanswered, isRefused);
  if (problem !== undefined) warnOfLeftUpload(context, uploadId, problem);
  else if (!wasGone) context.discarded.add(uploadId);
  return problem === undefined;
}

/**
 * Looks at the end of a copy for uploads that were aborted on the way, and aborts those that are there again: the store brings an upload
 * back if it still finishes a part of it, for a run that was killed, say. If the lease is lost, the checkpoint names them to its holder.
 */
export async function abortRevived(context: CopyContext): Promise<void> {
  if (context.lease?.isLost === true) return;
  for (const uploadId of context.discarded) {
    const parts = await context.destination.countParts(uploadId).catch(() => 0);
    if (parts !== undefined && parts > 0) await abortOrWarn(context, uploadId);
  }
}

export function warnOfLeftUpload({ reporter }: CopyContext, uploadId: string, reason: unknown): void {
  reporter.warning('UPLOAD_LEFT', `Upload ${uploadId} could not be aborted: ${messageOf(reason)}`, uploadId);
}
