import { messageOf } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { ignoreStatus, ignoreStoreError, isStoreError } from '../store/store-error.ts';
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
  /** The upload is gone and the destination isn't ours; for certain, if there is no object of its version. */
  | { readonly state: 'gone'; readonly isSure?: boolean }
  /** That can't be seen. */
  | { readonly state: 'unknown'; readonly reason: string };

/**
 * Finds out what became of a Complete: by the version that the store promised on Create, if it did. Else in this order: the destination
 * names our upload id; ListParts says that the upload still lives; the destination is what this copy would have made.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0102.html
 */
export async function findOutcome(context: CopyContext, target: Target, uploadId: string): Promise<Outcome> {
  const { destination } = context;
  try {
    const decided = await findByVersion(context, target, uploadId);
    if (decided !== undefined) return decided;
    // A refusal is no answer, as S3 gives 403 for what isn't there to those who may not list.
    const head = await destination.head().catch(ignoreStatus(403));
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
 * What became of a Complete by the version that its object has: that one is this copy's, or isn't there. Undefined if the store promised
 * none, or nobody may read it.
 */
async function findByVersion(context: CopyContext, target: Target, uploadId: string): Promise<Outcome | undefined> {
  const first = await headVersion(context, target);
  if (first === undefined || first !== 'missing') return first && { state: 'completed', head: first };
  const parts = await context.destination.countParts(uploadId).catch((error: unknown) => ignoreStoreError(error) ?? 0);
  if (parts !== undefined) return { state: 'alive', equal: undefined };
  // Between the two looks the Complete may have come through.
  const later = await headVersion(context, target);
  return later === undefined || later === 'missing'
    ? { state: 'gone', isSure: true }
    : { state: 'completed', head: later };
}

/** The version that the store promised; undefined if that isn't known, or may not be asked for. */
async function headVersion(
  { destination }: CopyContext,
  { version }: Target,
): Promise<HeadObjectResult | 'missing' | undefined> {
  if (version === undefined) return undefined;
  return destination.head({ versionId: version }).then((head) => head ?? 'missing', ignoreStatus(400, 403, 405));
}

/**
 * The finished object after the upload was aborted; undefined if it isn't there, or nobody can see it. `missing`: for certain.
 *
 * @param wasGone - whether the abort found no upload: an equal object is this copy's then
 */
export async function findCompletedAfterAbort(
  context: CopyContext,
  target: Target,
  wasGone: boolean,
): Promise<HeadObjectResult | 'missing' | undefined> {
  const { destination } = context;
  const own = await headVersion(context, target).catch(ignoreStoreError);
  if (own !== undefined) return own;
  const head = await destination.head().catch(ignoreStoreError);
  const recognition = head && target.recognise(head);
  if (head === undefined || recognition?.verdict !== 'ours') return undefined;
  const isFreshEqual = recognition.by === 'etag' && target.judgeAge(head) === 'fresh';
  return wasGone || recognition.by === 'uploadId' || isFreshEqual ? head : undefined;
}

/** Whether an upload that is still listed was completed all the same: then there is nothing to abort. It is aborted if not. */
export async function wasCompleted({ destination, lease }: CopyContext, uploadId: string): Promise<boolean> {
  await lease?.confirm();
  return (await destination.abort(uploadId).catch(ignoreStoreError)) === 'gone';
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
