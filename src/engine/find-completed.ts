import { messageOf } from '../errors.ts';
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
  | { readonly state: 'gone' }
  /** That can't be seen. */
  | { readonly state: 'unknown'; readonly reason: string };

/**
 * Finds out what became of a Complete, in this order: the destination names our upload id; ListParts says that the upload still
 * lives; the destination is what this copy would have made.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0102.html
 */
export async function findOutcome(context: CopyContext, target: Target, uploadId: string): Promise<Outcome> {
  const { destination } = context;
  try {
    const head = await headUnlessHidden(context);
    const recognition = head && target.recognise(head);
    const known = recognition?.verdict === 'ours' ? recognition.by : undefined;
    if (head !== undefined && known === 'uploadId') return { state: 'completed', head };
    const equal = known === 'etag' ? head : undefined;
    // An equal object alone proves nothing: an earlier copy may have left it, with other properties.
    if (await isAlive(context, target, uploadId, equal)) return { state: 'alive', equal };
    // Between the two looks the Complete may have come through.
    const later = equal ?? (await destination.head());
    const isOurs = later !== undefined && target.recognise(later).verdict === 'ours';
    return isOurs ? { state: 'completed', head: later } : { state: 'gone' };
  } catch (error) {
    return { state: 'unknown', reason: messageOf(error) };
  }
}

/**
 * The finished object after the upload was aborted; undefined if it isn't there, or nobody can see it.
 *
 * @param wasGone - whether the abort found no upload: an equal object is this copy's then
 */
export async function findCompletedAfterAbort(
  { destination }: CopyContext,
  target: Target,
  wasGone: boolean,
): Promise<HeadObjectResult | undefined> {
  const head = await destination.head().catch((error: unknown) => {
    if (!isStoreError(error)) throw error;
  });
  const recognition = head && target.recognise(head);
  if (head === undefined || recognition?.verdict !== 'ours') return undefined;
  const isFreshEqual = recognition.by === 'etag' && target.judgeAge(head) === 'fresh';
  return wasGone || recognition.by === 'uploadId' || isFreshEqual ? head : undefined;
}

/** Whether an upload that is still listed was completed all the same: then there is nothing to abort. It is aborted if not. */
export async function wasCompleted({ destination, lease }: CopyContext, uploadId: string): Promise<boolean> {
  await lease?.confirm();
  try {
    return (await destination.abort(uploadId)) === 'gone';
  } catch (error) {
    if (isStoreError(error)) return false;
    throw error;
  }
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
