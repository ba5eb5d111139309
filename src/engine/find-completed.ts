import { CompleteFailedError, messageOf } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import type { Target } from './target.ts';

/** What became of a Complete whose answer was lost or can't be believed. */
export type Outcome =
  | { readonly state: 'completed'; readonly head: HeadObjectResult }
  /**
   * The upload still lives: it can be completed, or aborted. An equal object at the destination all the same is someone else's, or
   * this copy's own in a store that lists completed uploads for a while (Swift).
   */
  | { readonly state: 'alive'; readonly equal: HeadObjectResult | undefined }
  /** The upload is gone and the destination isn't ours. */
  | { readonly state: 'gone' };

/**
 * Finds out what became of a Complete, in this order: the destination names our upload id; ListParts says that the upload still
 * lives; the destination is what this copy would have made.
 *
 * @throws CompleteFailedError `'unknown'` if that can't be found out
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0102.html
 */
export async function findOutcome(
  context: CopyContext,
  target: Target,
  uploadId: string,
  cause?: unknown,
): Promise<Outcome> {
  const { destination } = context;
  try {
    const head = await headUnlessHidden(context);
    const recognition = head && target.recognise(head);
    const known = recognition?.verdict === 'ours' ? recognition.by : undefined;
    if (head !== undefined && known === 'uploadId') return { state: 'completed', head };
    const equal = known === 'etag' ? head : undefined;
    // An equal object alone proves nothing: an earlier copy may have left it, with other properties.
    if (await isAlive(context, target, uploadId, equal)) return { state: 'alive', equal };
    if (equal !== undefined) return { state: 'completed', head: equal };
    // Between the two looks the Complete may have come through.
    const later = await destination.head();
    return isOurs(target, later) ? { state: 'completed', head: later } : { state: 'gone' };
  } catch (error) {
    throw new CompleteFailedError(
      `Cannot tell whether upload ${uploadId} of ${destination.name} was completed: ${messageOf(error)}; nothing was aborted`,
      { outcome: 'unknown', cause, uploadId },
    );
  }
}

/** The finished object, if a Complete that seemed to have failed came through; undefined if it didn't, or if nobody can find out. */
export async function findCompleted(
  context: CopyContext,
  target: Target,
  uploadId: string,
): Promise<HeadObjectResult | undefined> {
  try {
    const outcome = await findOutcome(context, target, uploadId);
    return outcome.state === 'completed' ? outcome.head : undefined;
  } catch (error) {
    if (error instanceof CompleteFailedError) return undefined;
    throw error;
  }
}

/**
 * The same after the upload was aborted.
 *
 * @param wasGone - whether the abort found no upload: an equal object is this copy's then
 */
export async function findCompletedAfterAbort(
  { destination }: CopyContext,
  target: Target,
  wasGone: boolean,
): Promise<HeadObjectResult | undefined> {
  try {
    const head = await destination.head();
    if (head === undefined) return undefined;
    const recognition = target.recognise(head);
    if (recognition.verdict !== 'ours') return undefined;
    const isSure =
      wasGone || recognition.by === 'uploadId' || (recognition.by === 'etag' && target.judgeAge(head) === 'fresh');
    return isSure ? head : undefined;
  } catch (error) {
    if (isStoreError(error)) return undefined;
    throw error;
  }
}

/** Whether an upload that is still listed was completed all the same: then there is nothing to abort. It is aborted if not. */
export async function wasCompleted({ destination }: CopyContext, uploadId: string): Promise<boolean> {
  try {
    return (await destination.abort(uploadId)) === 'gone';
  } catch (error) {
    if (isStoreError(error)) return false;
    throw error;
  }
}

function isOurs(target: Target, head: HeadObjectResult | undefined): head is HeadObjectResult {
  return head !== undefined && target.recognise(head).verdict === 'ours';
}

/** HEAD of the destination; a refusal of it is no answer, as S3 gives 403 for what isn't there to those who may not list. */
async function headUnlessHidden({ destination }: CopyContext): Promise<HeadObjectResult | undefined> {
  try {
    return await destination.head();
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 403) return undefined;
    throw error;
  }
}

/** Whether the upload is still there. If that can't be asked, a fresh equal object says that it isn't. */
async function isAlive(
  context: CopyContext,
  target: Target,
  uploadId: string,
  equal: HeadObjectResult | undefined,
): Promise<boolean> {
  try {
    return (await context.destination.countParts(uploadId)) !== undefined;
  } catch (error) {
    if (!isStoreError(error) || equal === undefined || target.judgeAge(equal) !== 'fresh') throw error;
    // If the equal object were somebody else's after all, ours would stay in silence.
    await wasCompleted(context, uploadId);
    return false;
  }
}
