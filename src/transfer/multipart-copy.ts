import { CompleteFailedError, CopyError, DestinationExistsError } from '../errors.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { abortUpload, dropUpload, warnOfLeftUpload } from './abort-upload.ts';
import {
  completeUpload,
  type CompletedUpload,
  type CompleteInput,
  findCompleted,
  findCompletedAfterAbort,
  readEtagBefore,
} from './complete-upload.ts';
import type { CopyContext } from './copy-context.ts';
import { copyParts, type PartsControl, type UploadToFill } from './copy-parts.ts';
import { createUpload } from './create-upload.ts';
import { type Moment, thisMoment } from './elapsed-since.ts';
import { destinationHidesMd5, hidesMd5 } from './encryption.ts';
import type { FinishedCopy } from './finished-copy.ts';
import { PartSlots } from './part-slots.ts';
import { isMultipartEtag, matchesPrediction, type PredictedEtag, predictEtag } from './predict-etag.ts';
import { refreshFromListing } from './refresh-from-listing.ts';
import type { ResumedUpload } from './resume-upload.ts';
import { compareChecksum, type SourceChecksum } from './source-checksum.ts';
import { assertSourceUnchanged } from './source-fence.ts';
import { describeObject } from './source-request.ts';
import { canDropTags, warnOfDroppedTags } from './unsupported.ts';
import { UnansweredParts } from './unanswered-parts.ts';
import { verifyCopy } from './verify-copy.ts';

/** What a copy in parts starts from. */
export interface MultipartInput {
  readonly source: HeadObjectResult;
  readonly plan: CopyPlan;
  readonly properties: ObjectProperties;
  /** What the copy's own checksum must be, where the store is to compute one. */
  readonly checksum: SourceChecksum | undefined;
  /** An upload of an earlier run to go on with. */
  readonly resumed: ResumedUpload | undefined;
  /** Told before a new upload is begun. */
  readonly onCreate: () => Promise<void>;
  /** Told the upload id of a new upload before any part is copied; where it fails, the upload is aborted. */
  readonly onUpload: (uploadId: string) => Promise<void>;
  /** Told that the upload could not be aborted after a failure. */
  readonly onUploadLeft: () => void;
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
  const begunAt = input.resumed === undefined ? thisMoment() : undefined;
  const begun: Begun = input.resumed ?? (await begin(context, input));
  const { uploadId } = begun;
  const slots = new PartSlots(input.plan.parts.length);
  const kept = input.resumed?.parts ?? [];
  for (const part of kept) slots.fill(part.partNumber, part.etag, part.checksums);
  const unanswered = new UnansweredParts();
  const upload = { uploadId, slots, hidesMd5: destinationHidesMd5(context, begun.encryption), unanswered };
  const bytesKept = kept.reduce((sum, part) => sum + part.size, 0);
  let hedges = 0;
  let completeInput: CompleteInput | undefined;
  let completed: CompletedUpload;
  try {
    context.signal.throwIfAborted();
    reporter.upload({ uploadId, resumed: input.resumed !== undefined, partsAlreadyCopied: kept.length });
    reporter.alreadyCopied(kept.length, bytesKept);
    reporter.phase('copying');
    const copied = await copyParts(context, input, upload);
    hedges = copied.hedges;
    if (copied.resent > 0) await refreshFromListing(context, uploadId, input.plan.parts, upload);
    await assertSourceUnchanged(context, input.source);
    context.signal.throwIfAborted();
    reporter.phase('completing');
    completeInput = await prepareComplete(context, input, upload, begunAt);
    completed = await completeUpload(context, completeInput);
  } catch (error) {
    completed = await giveUp(context, upload, error, completeInput, input.onUploadLeft);
  } finally {
    await begun.sweepOrphans?.();
  }
  if (completed.uploadMayLive === true) await dropUpload(context, uploadId);
  reporter.phase('verifying');
  compareChecksum(input.checksum, completed.checksums, context.options.destination);
  const verified = await verifyMultipart(context, input, upload, completeInput?.predicted, completed);
  return {
    ...verified,
    resumed: input.resumed !== undefined,
    hedges,
    uploadId,
    encryption: completed.encryption ?? verified.encryption,
    conditional: completed.conditional,
  };
}

interface Begun {
  readonly uploadId: string;
  readonly encryption?: string | undefined;
  readonly sweepOrphans?: () => Promise<void>;
}

async function begin(
  context: CopyContext,
  { properties, checksum, onCreate, onUpload }: MultipartInput,
): Promise<Begun> {
  context.signal.throwIfAborted();
  await onCreate();
  const begun = await createWithTagsIfPossible(context, properties, checksum);
  try {
    await onUpload(begun.uploadId);
  } catch (error) {
    // What can't be recorded can't be resumed, so it isn't kept either.
    const abortError = await abortUpload(context, begun.uploadId);
    await begun.sweepOrphans?.();
    if (abortError !== undefined && error instanceof CopyError) {
      error.abortError = abortError;
      error.uploadId = begun.uploadId;
    }
    throw error;
  }
  return begun;
}

async function createWithTagsIfPossible(
  context: CopyContext,
  properties: ObjectProperties,
  checksum: SourceChecksum | undefined,
): Promise<Begun> {
  try {
    return await createUpload(context, properties, checksum);
  } catch (error) {
    if (!isStoreError(error) || !canDropTags(context, properties, error)) throw error;
    const { tags: _, ...rest } = properties;
    const begun = await createUpload(context, rest, checksum);
    warnOfDroppedTags(context, error);
    return begun;
  }
}

async function prepareComplete(
  context: CopyContext,
  { plan, checksum }: MultipartInput,
  { uploadId, slots, hidesMd5: mayDiffer }: UploadToFill,
  begunAt: Moment | undefined,
): Promise<CompleteInput> {
  const parts = slots.finish();
  const predicted = predictEtag(parts.map((part) => part.etag));
  return {
    uploadId,
    parts,
    size: plan.size,
    predicted,
    ifNoneMatch: context.options.ifExists === 'overwrite' ? undefined : '*',
    hidesMd5: mayDiffer,
    checksum,
    begunAt,
    etagBefore: await readEtagBefore(context, { predicted, hidesMd5: mayDiffer }),
    sentAt: thisMoment(),
  };
}

/**
 * Leaves nothing behind, or exactly what a resume needs, and throws what it was given; unless the Complete that seemed to have
 * failed came through after all. Only when the upload is gone is it certain that it doesn't any more.
 */
async function giveUp(
  context: CopyContext,
  { uploadId, unanswered }: UploadToFill,
  error: unknown,
  completeInput: CompleteInput | undefined,
  onUploadLeft: () => void,
): Promise<CompletedUpload> {
  const { signal, options } = context;
  // The reason that a caller cancels for is his own: he may use it for many copies.
  const isOurError = error instanceof CopyError && !(signal.aborted && error === signal.reason);
  const unknown = error instanceof CompleteFailedError && error.outcome === 'unknown';
  const keep = (): never => {
    if (isOurError) error.uploadId ??= uploadId;
    throw error;
  };
  if (unknown) return keep();
  // An equal object of someone else's is what `DestinationExistsError` is about.
  const mayHaveCompleted = completeInput !== undefined && !(error instanceof DestinationExistsError);
  const early = mayHaveCompleted ? await findCompleted(context, completeInput) : undefined;
  if (early !== undefined) return early;
  if (options.onFailure === 'keep') return keep();
  const abortError = await abortUpload(context, uploadId, unanswered);
  const late = mayHaveCompleted ? await findCompletedAfterAbort(context, completeInput) : undefined;
  if (late !== undefined) return late;
  if (abortError !== undefined) {
    onUploadLeft();
    if (isOurError) {
      error.abortError = abortError;
      error.uploadId = uploadId;
    }
    warnOfLeftUpload(context, uploadId, abortError);
  }
  throw error;
}

async function verifyMultipart(
  context: CopyContext,
  { plan, source }: MultipartInput,
  { hidesMd5: mayDiffer }: UploadToFill,
  predicted: PredictedEtag | undefined,
  completed: CompletedUpload,
): Promise<Pick<FinishedCopy, 'etag' | 'versionId' | 'verified' | 'encryption'>> {
  // Asked for the source's own layout, the ETag must be the source's own: that proves the content.
  const { dialect } = context.options.store.traits ?? {};
  const isHidden = mayDiffer || hidesMd5(completed.encryption, dialect);
  const mustEqualSource = context.options.partSize === 'source' && !isHidden && !hidesMd5(source.encryption, dialect);
  const verified = await verifyCopy(context, {
    size: plan.size,
    etag: completed.etag,
    expectedEtag: mustEqualSource ? plan.etag : predicted?.etag,
    judgeEtag: (etag, encryption) => {
      const isUnpredictable = isHidden || hidesMd5(encryption, dialect);
      if (mustEqualSource && !isUnpredictable) return etag === plan.etag ? 'right' : 'wrong';
      if (predicted === undefined) return 'unpredictable';
      if (matchesPrediction(predicted, etag)) return 'right';
      return isMultipartEtag(etag) && !isUnpredictable ? 'wrong' : 'unpredictable';
    },
  });
  if (verified.etag === undefined) {
    context.reporter.warning('NO_ETAG', `The store gave no ETag for ${describeObject(context.options.destination)}`);
  }
  return {
    etag: verified.etag ?? predicted?.etag ?? '',
    versionId: completed.versionId ?? verified.versionId,
    verified: verified.verified,
    encryption: verified.head?.encryption,
  };
}
