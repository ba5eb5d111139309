import type { CopyPlan } from '../plan/copy-plan.ts';
import type { HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { abortUpload, warnOfLeftUpload } from './abort-upload.ts';
import { completeUpload, readEtagBefore } from './complete-upload.ts';
import { concludeUpload } from './conclude-upload.ts';
import type { CopyContext } from './copy-context.ts';
import { copyParts, type PartsControl, type UploadToFill } from './parts/copy-parts.ts';
import { createUpload, type CreatedUpload } from './create-upload.ts';
import type { LostCreates } from './orphan-search.ts';
import { type Moment, thisMoment } from '../request/moment.ts';
import { destinationHidesMd5 } from './encryption.ts';
import type { FinishedCopy } from './finished-copy.ts';
import { giveUp, isOurError } from './give-up.ts';
import { OrphanSearch } from './orphan-search.ts';
import { PartSlots } from './parts/part-slots.ts';
import { predictEtag } from './predict-etag.ts';
import type { CompletedUpload, CompleteInput } from './reconcile-complete.ts';
import { refreshFromListing } from './refresh-from-listing.ts';
import type { ResumedUpload } from './resumed-upload.ts';
import type { SourceChecksum } from './source-checksum.ts';
import { assertSourceUnchanged } from './source-fence.ts';
import { UnansweredParts } from './parts/unanswered-parts.ts';
import { canDropTags, warnOfDroppedTags } from './unsupported.ts';
import type { UploadRecord } from './upload-record.ts';

/** What a copy in parts starts from. */
export interface MultipartInput {
  readonly source: HeadObjectResult;
  readonly plan: CopyPlan;
  readonly properties: ObjectProperties;
  /** What the copy's own checksum must be, where the store computes that one. */
  readonly checksum: SourceChecksum | undefined;
  /** Whether the store is asked for that checksum. */
  readonly asksForChecksum: boolean;
  /** An upload of an earlier run to go on with. */
  readonly resumed: ResumedUpload | undefined;
  /** Creates of an earlier run that was killed before they were answered. */
  readonly lostBefore: LostCreates | undefined;
  readonly record: UploadRecord;
  /** Lets the caller pause, resume and set the concurrency while parts run. */
  readonly control: PartsControl;
}

/**
 * Copies in parts: Create, parts, the source once more, Complete, verification. What happens on the way out:
 *
 * - Create in flight when the caller cancels: it is waited for, then aborted
 * - a part fails for good, or the caller cancels: parts in flight end first, then the upload is aborted and looked for
 * - Complete in flight or done: nothing is aborted
 *
 * With `onFailure: 'keep'` the upload is left, and the error names it.
 */
export async function copyMultipart(context: CopyContext, input: MultipartInput): Promise<FinishedCopy> {
  const { reporter } = context;
  const { plan, resumed, record, checksum } = input;
  const begunAt = resumed === undefined ? thisMoment() : resumed.begunAt;
  const begun = resumed === undefined ? await begin(context, input) : await goOn(context, resumed, input.lostBefore);
  const { uploadId } = begun;
  const upload: UploadToFill = {
    uploadId,
    slots: new PartSlots(plan.parts.length),
    hidesMd5: destinationHidesMd5(context, begun.encryption),
    etagsMayChange: resumed?.isEncryptionKnown === false || destinationHidesMd5(context, begun.encryption),
    unanswered: new UnansweredParts(),
  };
  let hedges = 0;
  let completing: CompleteInput | undefined;
  let completed: CompletedUpload;
  try {
    // Also where the caller has cancelled meanwhile: with `onFailure: 'keep'` nothing else names the upload.
    takeOver(context, upload, resumed);
    context.signal.throwIfAborted();
    reporter.phase('copying');
    const copied = await copyParts(context, input, upload);
    hedges = copied.hedges;
    // Parts of an earlier run may have been stored once more since they were listed.
    const isStale = copied.resent > 0 || (resumed !== undefined && upload.etagsMayChange);
    if (isStale) await refreshFromListing(context, plan.parts, upload);
    await assertSourceUnchanged(context, input.source);
    context.signal.throwIfAborted();
    reporter.phase('completing');
    completing = await prepareComplete(context, input, upload, begunAt);
    const { predicted, etagBefore } = completing;
    await record.completing({ etag: predicted?.etag, alternativeEtag: predicted?.alternative, etagBefore });
    completed = await completeUpload(context, completing);
  } catch (error) {
    completed = await giveUp(context, { upload, error, completing, record });
  } finally {
    await begun.sweepOrphans();
  }
  return concludeUpload(context, {
    uploadId,
    completed,
    source: input.source,
    plan,
    properties: input.properties,
    predicted: completing?.predicted,
    hidesMd5: upload.hidesMd5,
    begunAt,
    checksum,
    resumed: resumed !== undefined,
    hedges,
  });
}

/** Creates of the earlier run may have left uploads besides the one that is gone on with. */
async function goOn(
  context: CopyContext,
  { uploadId, encryption }: ResumedUpload,
  lostBefore: LostCreates | undefined,
): Promise<CreatedUpload> {
  const sweepOrphans = await new OrphanSearch(context, lostBefore).holdUntilSwept(uploadId);
  return { uploadId, encryption, sweepOrphans };
}

async function begin(context: CopyContext, input: MultipartInput): Promise<CreatedUpload> {
  context.signal.throwIfAborted();
  const begun = await createWithTagsIfPossible(context, input);
  const { uploadId, encryption } = begun;
  try {
    const checksumType = input.asksForChecksum ? input.checksum?.type : undefined;
    await input.record.created({ uploadId, encryption, checksumType });
  } catch (error) {
    // What can't be recorded can't be resumed, so it isn't kept either.
    const { problem } = await abortUpload(context, uploadId);
    await begun.sweepOrphans();
    if (problem !== undefined) {
      input.record.left();
      if (isOurError(context, error)) Object.assign(error, { abortError: problem, uploadId });
      warnOfLeftUpload(context, uploadId, problem);
    }
    throw error;
  }
  return begun;
}

async function createWithTagsIfPossible(
  context: CopyContext,
  { properties, checksum: expected, asksForChecksum, record, lostBefore }: MultipartInput,
): Promise<CreatedUpload> {
  const checksum = asksForChecksum ? expected : undefined;
  const watch = {
    lostBefore,
    onAttempt: () => record.creating(),
    onRefused: () => record.refused(),
    onFailure: (mayHaveLeft: boolean) => (mayHaveLeft ? record.left() : undefined),
  };
  try {
    return await createUpload(context, properties, checksum, watch);
  } catch (error) {
    if (!isStoreError(error) || !canDropTags(context, properties, error)) throw error;
    const { tags: _, ...rest } = properties;
    const begun = await createUpload(context, rest, checksum, watch);
    warnOfDroppedTags(context, error);
    return begun;
  }
}

/** Tells of the upload, and puts the parts of an earlier run in their places. */
function takeOver({ reporter }: CopyContext, { uploadId, slots }: UploadToFill, resumed?: ResumedUpload): void {
  const kept = resumed?.parts ?? [];
  for (const part of kept) slots.fill(part.partNumber, part.etag, part.checksums);
  reporter.upload({ uploadId, resumed: resumed !== undefined, partsAlreadyCopied: kept.length });
  const bytesKept = kept.reduce((sum, part) => sum + part.size, 0);
  reporter.alreadyCopied(kept.length, bytesKept);
}

async function prepareComplete(
  context: CopyContext,
  { plan, checksum, asksForChecksum, properties, resumed }: MultipartInput,
  { uploadId, slots, hidesMd5 }: UploadToFill,
  begunAt: Moment | undefined,
): Promise<CompleteInput> {
  const parts = slots.finish();
  const predicted = predictEtag(parts.map((part) => part.etag));
  return {
    uploadId,
    parts,
    size: plan.size,
    properties,
    predicted,
    ifNoneMatch: context.options.ifExists === 'overwrite' ? undefined : '*',
    hidesMd5,
    checksum: asksForChecksum ? checksum : undefined,
    begunAt,
    etagBefore: await readEtagBefore(context, { predicted, hidesMd5 }),
    sentAt: thisMoment(),
    // A Complete of the earlier run may come through even now.
    trail: { mayHaveCompleted: resumed?.mayBeCompleting === true },
  };
}
