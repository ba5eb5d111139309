import { messageOf } from '../errors.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { listAllParts } from './listed-parts.ts';
import { listUploadsOfKey } from './listed-uploads.ts';

const MOST_ABORTS = 5;

/**
 * Aborts an upload and looks whether it is gone, since a part that was still being copied can land after the abort; then it is
 * aborted again. Runs to its end whatever the caller's signal says. An upload that is gone already is fine.
 *
 * @returns undefined, or what kept the upload from going away
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 */
export async function abortUpload(context: CopyContext, uploadId: string): Promise<Error | undefined> {
  const { options, runner } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  try {
    let left: number | undefined;
    for (let round = 1; round <= MOST_ABORTS; round++) {
      let wasGone = false;
      await runner
        .run('abortMultipartUpload', () =>
          store.abortMultipartUpload({ ...destination, uploadId, requestPayer, expectedBucketOwner }),
        )
        .catch((error: unknown) => {
          if (!(isStoreError(error) && error.statusCode === 404)) throw error;
          wasGone = true;
        });
      left = await listLeftovers(context, uploadId);
      if (left === undefined) return undefined;
      // Some stores list nothing, rather than no upload, for one that is gone.
      const mayBeGone = left === 0 && (wasGone || round === MOST_ABORTS);
      if (mayBeGone && !(await isListed(context, uploadId))) return undefined;
    }
    if (left === 0) return new Error(`Upload ${uploadId} is still listed after ${MOST_ABORTS} aborts`);
    return new Error(`Parts of upload ${uploadId} were still listed after ${MOST_ABORTS} aborts`);
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/**
 * Aborts an upload that the finished copy doesn't need, where it still lives. What can't be done is told of by a warning; stores that
 * list a completed upload for a while (Swift) answer 404 to the abort.
 */
export async function dropUpload(context: CopyContext, uploadId: string): Promise<void> {
  const { options, runner, reporter } = context;
  const { store, destination, requestPayer, expectedBucketOwner } = options;
  try {
    if ((await listLeftovers(context, uploadId)) === undefined) return;
    await runner.run('abortMultipartUpload', () =>
      store.abortMultipartUpload({ ...destination, uploadId, requestPayer, expectedBucketOwner }),
    );
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) return;
    reporter.warning('UPLOAD_LEFT', `Upload ${uploadId} could not be aborted: ${messageOf(error)}`);
  }
}

/** Parts that the upload still has; undefined where it is gone, or where the store can't list. */
async function listLeftovers(context: CopyContext, uploadId: string): Promise<number | undefined> {
  try {
    return (await listAllParts(context, uploadId))?.length;
  } catch (error) {
    // The abort itself was accepted; being unable to look (no permission to list, or no such call) is no failure of it.
    if (isStoreError(error) && !error.retryable) return undefined;
    throw error;
  }
}

/** Whether the store still lists the upload; not where it can't be asked. */
async function isListed(context: CopyContext, uploadId: string): Promise<boolean> {
  try {
    return (await listUploadsOfKey(context)).some((upload) => upload.uploadId === uploadId);
  } catch (error) {
    if (isStoreError(error) && !error.retryable) return false;
    throw error;
  }
}
