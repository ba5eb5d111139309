import {
  CompleteFailedError,
  CopyError,
  DestinationExistsError,
  SourceChangedError,
  VerificationError,
} from '../errors.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import { thisMoment } from '../request/moment.ts';
import { sleep } from '../request/sleep.ts';
import type { HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import { ignoreStoreError } from '../store/store-error.ts';
import { type AbortedUpload, abortOrWarn, abortUpload, warnOfLeftUpload } from './abort.ts';
import { refusesAsGone, saysUploadIsGone } from './gone.ts';
import { answerFromHead, UploadGoneError } from './complete.ts';
import { completeParts } from './complete-parts.ts';
import type { CopyContext } from './copy-context.ts';
import { findCompletedAfterAbort, findOutcome } from './find-completed.ts';
import { type LostCreates, OrphanSearch } from './orphan-search.ts';
import { copyParts, type PartsControl } from './parts/copy-parts.ts';
import { PartSlots } from './parts/part-slots.ts';
import { MAX_LATE_MS, UnansweredParts } from './parts/unanswered-parts.ts';
import { believeChecksums, type SourceChecksum } from './source-checksum.ts';
import { type FinishAnswer, Target } from './target.ts';
import { createUpload, type CreatedUpload, type ResumedUpload, type Resumption, type Upload } from './upload.ts';
import type { UploadRecord } from './upload-record.ts';
import { type FinishedCopy, verifyCopy } from './verify.ts';

export interface MultipartInput extends Resumption {
  readonly source: HeadObjectResult;
  readonly properties: ObjectProperties;
  /** What the copy's own checksum must be, if the store computes that one. */
  readonly checksum: SourceChecksum | undefined;
  readonly asksForChecksum: boolean;
  /** Lets the caller pause, resume and set the concurrency while parts run. */
  readonly control: PartsControl;
}

export interface FinishedMultipart extends FinishedCopy {
  readonly plan: CopyPlan;
  readonly uploadId: string;
  readonly resumed: boolean;
  readonly hedges: number;
}

/**
 * Copies in parts: Create, parts, the source once more, Complete, verification. What happens on the way out:
 *
 * - Create in flight when the caller cancels: it is waited for, then aborted
 * - a part fails for good, or the caller cancels: parts in flight end first, then the upload is aborted and looked for
 * - Complete in flight or done: nothing is aborted
 * - the store said that Complete worked, and another object stands there: the upload is aborted if it still has parts
 * - the lease of the checkpoint is lost: nothing is sent any more, as the upload is another process's now
 *
 * With `onFailure: 'keep'` the upload is left, and the error names it.
 */
export async function copyMultipart(context: CopyContext, input: MultipartInput): Promise<FinishedMultipart> {
  const { reporter, signal } = context;
  const { plan, resumed, record, checksum, source } = input;
  const target = new Target(context, source, input.properties);
  target.begunAt = resumed === undefined ? thisMoment() : resumed.begunAt;
  // A Complete of the earlier run may come through even now.
  target.mayBeFinished = resumed?.mayBeCompleting === true;
  const begun =
    resumed === undefined ? await begin(context, input) : await takeOver(context, resumed, input.lostBefore);
  const { uploadId } = begun;
  target.noteUpload(begun, plan.parts.length);
  const upload: Upload = {
    uploadId,
    slots: new PartSlots(plan.parts.length),
    etagsMayChange: resumed?.isEncryptionKnown === false || target.hidesMd5,
    unanswered: new UnansweredParts(),
  };
  let hedges = 0;
  try {
    // Also if the caller has cancelled meanwhile: with `onFailure: 'keep'` nothing else names the upload.
    announce(context, upload, input);
    signal.throwIfAborted();
    reporter.phase('copying');
    const copied = await copyParts(context, input, upload);
    hedges = copied.hedges;
    target.answer = await completeParts(context, input, { upload, target, copied });
  } catch (error) {
    target.answer = await giveUp(context, upload, target, error, record);
  } finally {
    await begun.sweepOrphans();
  }
  try {
    const finished = await verifyCopy(context, target, checksum);
    if (input.asksForChecksum && checksum?.type === 'COMPOSITE' && !checksum.isComparable) {
      reporter.warning(
        'CHECKSUM_DIFFERS',
        `${context.destination.name} has another ${checksum.algorithm} than its source: in an object in parts it is made of the parts' own`,
      );
    }
    return { ...finished, plan, uploadId, resumed: resumed !== undefined, hedges };
  } catch (error) {
    if (error instanceof VerificationError) await dropUnfinished(context, upload, error, record);
    throw error;
  }
}

/** Creates of the earlier run may have left uploads besides the one that is filled. */
async function takeOver(
  context: CopyContext,
  { uploadId, encryption, versionId }: ResumedUpload,
  lostBefore: LostCreates | undefined,
): Promise<CreatedUpload> {
  const sweepOrphans = await new OrphanSearch(context, lostBefore).holdUntilSwept(uploadId);
  return { uploadId, encryption, versionId, sweepOrphans };
}

async function begin(context: CopyContext, input: MultipartInput): Promise<CreatedUpload> {
  context.signal.throwIfAborted();
  const { record } = input;
  const checksum = input.asksForChecksum ? input.checksum : undefined;
  const begun = await createUpload(context, { ...input, checksum });
  const { uploadId, encryption, versionId } = begun;
  try {
    await record.created?.(uploadId, { encryption, versionId, checksumType: checksum?.type });
  } catch (error) {
    // What can't be recorded can't be resumed, so it isn't kept either; but a process that has taken over looks for it.
    const isTaken = context.lease?.isLost === true;
    const { problem } = isTaken ? ENDED : await abortUpload({ ...context, lease: undefined }, uploadId);
    await begun.sweepOrphans();
    if (problem !== undefined) {
      record.isLeft = true;
      if (isOurError(context, error)) Object.assign(error, { abortError: problem, uploadId });
      warnOfLeftUpload(context, uploadId, problem);
    }
    throw error;
  }
  return begun;
}

/** Emits the upload, and puts the parts of an earlier run in their slots. */
function announce({ reporter }: CopyContext, { uploadId, slots }: Upload, input: MultipartInput): void {
  const { resumed } = input;
  const kept = resumed?.parts ?? [];
  for (const part of kept) slots.fill(part.partNumber, part.etag, believeChecksums(input, part, part.checksums));
  reporter.upload({ uploadId, resumed: resumed !== undefined, partsAlreadyCopied: kept.length });
  reporter.alreadyCopied(
    kept.length,
    kept.reduce((sum, part) => sum + part.size, 0),
  );
}

/**
 * Leaves nothing behind, or exactly what a resume needs, and throws what the copy failed with; unless the Complete that seemed to have
 * failed came through after all. Only when the upload is gone is it certain that it doesn't any more.
 */
async function giveUp(
  context: CopyContext,
  upload: Upload,
  target: Target,
  error: unknown,
  record: UploadRecord,
): Promise<FinishAnswer> {
  const { uploadId, unanswered } = upload;
  const { options } = context;
  const isOurs = isOurError(context, error);
  const keep = (): never => {
    if (isOurs && !(error instanceof UploadGoneError)) error.uploadId ??= uploadId;
    record.isLeft = true;
    throw error;
  };
  if (context.lease?.isLost === true) {
    record.isLeft = true;
    throw error;
  }
  if (error instanceof CompleteFailedError && error.outcome === 'unknown') {
    // One that is gone can only come back, by a part that lands late.
    if (error instanceof UploadGoneError && unanswered.remainingMs > 0)
      await abortOrWarn(context, uploadId, unanswered);
    return keep();
  }
  // An equal object of someone else's is what `DestinationExistsError` is about.
  const mayBeFinished =
    target.sentAt !== undefined && target.mayBeFinished && !(error instanceof DestinationExistsError);
  const conditional = options.ifExists !== 'overwrite';
  const outcome = mayBeFinished ? await findOutcome(context, target, uploadId) : undefined;
  if (outcome?.state === 'completed') return answerFromHead(outcome.head, conditional);
  if (options.onFailure === 'keep' && isOfUse(context, error)) return keep();
  if (outcome?.state === 'unknown' && isOurs) {
    record.isLeft = true;
    throw Object.assign(asUnknown(error) as CopyError, { uploadId });
  }
  // A store may take the abort of an upload that it has completed for the deletion of the object (Adobe S3Mock).
  const isEnded = outcome?.state === 'gone' && unanswered.remainingMs <= 0;
  const { problem, wasGone } = isEnded ? ENDED : await abortUpload(context, uploadId, unanswered, refusesAsGone(error));
  const late = mayBeFinished ? await findCompletedAfterAbort(context, target, wasGone) : undefined;
  if (late !== undefined && late !== 'missing') return answerFromHead(late, conditional);
  // It ended by itself, and what became of it can't be seen.
  if (problem === undefined) throw mayBeFinished && wasGone && late !== 'missing' ? asUnknown(error) : error;
  record.isLeft = true;
  warnOfLeftUpload(context, uploadId, problem);
  // It could not be ended, so what was lost may still come through.
  const end = mayBeFinished && isOurs ? asUnknown(error) : error;
  if (isOurs) Object.assign(end as CopyError, { abortError: problem, uploadId });
  throw end;
}

const ENDED: AbortedUpload = { wasGone: true, problem: undefined };

/** Another object stands there though Complete was answered with success: an upload that still has its parts was never completed. */
async function dropUnfinished(
  context: CopyContext,
  { uploadId, unanswered }: Upload,
  error: VerificationError,
  record: UploadRecord,
): Promise<void> {
  const isLeft = async (): Promise<boolean> =>
    ((await context.destination.parts(uploadId).catch(ignoreStoreError)) ?? []).length > 0;
  if (!(await isLeft())) {
    // It isn't aborted unseen: a store may delete the object at the key instead. A part that lands late brings it back.
    if (unanswered.remainingMs <= 0) return;
    await sleep(Math.min(unanswered.remainingMs, MAX_LATE_MS));
    if (!(await isLeft())) return;
  }
  if (context.options.onFailure === 'abort' && (await abortOrWarn(context, uploadId, unanswered))) return;
  error.uploadId = uploadId;
  record.isLeft = true;
}

/** Whether the error is one of this copy. The reason that a caller cancels for is the caller's own, perhaps for many copies. */
function isOurError({ signal }: CopyContext, error: unknown): error is CopyError {
  return error instanceof CopyError && !(signal.aborted && error === signal.reason);
}

/** Whether a later run could resume the upload. */
function isOfUse({ options }: CopyContext, error: unknown): boolean {
  if (error instanceof SourceChangedError) return false;
  if (error instanceof DestinationExistsError) return options.ifExists !== 'skip';
  return !(error instanceof CompleteFailedError && saysUploadIsGone(error.cause));
}

function asUnknown(error: unknown): unknown {
  if (!(error instanceof CompleteFailedError)) return error;
  return new CompleteFailedError(error.message, { outcome: 'unknown', cause: error.cause });
}
