import { messageOf } from '../errors.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { listAllParts } from './listed-parts.ts';
import { listUploadsOfKey } from './listed-uploads.ts';
import { sleep } from './sleep.ts';
import type { UnansweredParts } from './unanswered-parts.ts';
import { saysUploadIsGone } from './upload-gone.ts';

const MOST_ABORTS = 5;

/** Longest wait for parts that may land after the abort. */
const MAX_LATE_MS = 10_000;

/**
 * Aborts an upload and looks whether it is gone, since a part that was still being copied can land after the abort; then it is
 * aborted again. Where requests for its parts were never answered, it is aborted once more when they must have landed. Runs to its
 * end whatever the caller's signal says. An upload that is gone already is fine.
 *
 * @returns undefined, or what kept the upload from going away
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 */
export async function abortUpload(
  context: CopyContext,
  uploadId: string,
  unanswered?: UnansweredParts,
): Promise<Error | undefined> {
  try {
    const problem = await abortUntilGone(context, uploadId);
    const lateMs = unanswered?.remainingMs ?? 0;
    if (problem !== undefined || lateMs <= 0) return problem;
    await sleep(Math.min(lateMs, MAX_LATE_MS));
    if (lateMs > MAX_LATE_MS) {
      context.reporter.warning(
        'PARTS_MAY_LAND',
        `Upload ${uploadId} was aborted, but requests for its parts were never answered: ` +
          'where the store finishes one even now, the upload is there again',
      );
    }
    return await abortUntilGone(context, uploadId);
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

async function abortUntilGone(context: CopyContext, uploadId: string): Promise<Error | undefined> {
  let left: PartsLeft = 'unseen';
  for (let round = 1; round <= MOST_ABORTS; round++) {
    const answer = await abortOnce(context, uploadId);
    left = await countPartsLeft(context, uploadId);
    const doubt = typeof answer === 'string' ? undefined : answer;
    if (left === 'gone' || (left === 'unseen' && doubt === undefined)) return undefined;
    // Some stores list nothing, rather than no upload, for one that is gone.
    if (left === 'unseen' || (left === 0 && (answer === 'gone' || round === MOST_ABORTS))) {
      const listed = await isListed(context, uploadId);
      if (listed !== true) return listed === undefined ? doubt : undefined;
    }
  }
  if (typeof left === 'number' && left > 0)
    return new Error(`Parts of upload ${uploadId} were still listed after ${MOST_ABORTS} aborts`);
  return new Error(`Upload ${uploadId} is still listed after ${MOST_ABORTS} aborts`);
}

/** What an abort was answered; a 404 that isn't about the upload is given back, as it may be a proxy's. */
async function abortOnce(context: CopyContext, uploadId: string): Promise<'aborted' | 'gone' | StoreError> {
  const { options, runner } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  try {
    await runner.run('abortMultipartUpload', () =>
      store.abortMultipartUpload({ ...destination, uploadId, requestPayer, expectedBucketOwner }),
    );
    return 'aborted';
  } catch (error) {
    if (saysUploadIsGone(error)) return 'gone';
    if (isStoreError(error) && error.statusCode === 404) return error;
    throw error;
  }
}

/**
 * Aborts an upload that the finished copy doesn't need, where it still lives. What can't be done is told of by a warning; stores that
 * list a completed upload for a while (Swift) answer 404 to the abort.
 */
export async function dropUpload(context: CopyContext, uploadId: string): Promise<void> {
  try {
    if (typeof (await countPartsLeft(context, uploadId)) === 'string') return;
    const answer = await abortOnce(context, uploadId);
    if (typeof answer !== 'string') throw answer;
  } catch (error) {
    warnOfLeftUpload(context, uploadId, error);
  }
}

/** Tells the caller of an upload that stays. */
export function warnOfLeftUpload({ reporter }: CopyContext, uploadId: string, reason: unknown): void {
  reporter.warning('UPLOAD_LEFT', `Upload ${uploadId} could not be aborted: ${messageOf(reason)}`);
}

/** How many parts an upload has, or why that isn't known. */
type PartsLeft = number | 'gone' | 'unseen';

async function countPartsLeft(context: CopyContext, uploadId: string): Promise<PartsLeft> {
  try {
    return (await listAllParts(context, uploadId))?.length ?? 'gone';
  } catch (error) {
    // Being unable to look (no permission to list, or no such call) is no failure of the abort.
    if (isStoreError(error) && !error.retryable) return 'unseen';
    throw error;
  }
}

/** Whether the store still lists the upload; undefined where it can't be asked. */
async function isListed(context: CopyContext, uploadId: string): Promise<boolean | undefined> {
  try {
    return (await listUploadsOfKey(context)).some((upload) => upload.uploadId === uploadId);
  } catch (error) {
    if (isStoreError(error) && !error.retryable) return undefined;
    throw error;
  }
}
