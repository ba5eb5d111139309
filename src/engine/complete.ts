import { CompleteFailedError } from '../errors.ts';
import { retryOperation, untilAnsweredForNothing } from '../request/retry.ts';
import { Stopwatch } from '../request/stopwatch.ts';
import type { CompletedPart, HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import { saysUploadIsGone } from './gone.ts';
import type { CopyContext } from './copy-context.ts';
import { assertMet, conditionError, findCondition, isBroken } from './destination-condition.ts';
import { findOutcome, wasCompleted } from './find-completed.ts';
import type { OptionalHeader } from './optional-headers.ts';
import type { SourceChecksum } from './source-checksum.ts';
import type { FinishAnswer, Target } from './target.ts';

/** One more than of other answers that hold nothing: if Complete is given up, a whole copy is lost. */
const MOST_EMPTY_ANSWERS = 3;

/** An upload could not be completed as it doesn't exist any more, so that there is none to name. */
export class UploadGoneError extends CompleteFailedError {}

export interface CompleteInput {
  readonly uploadId: string;
  readonly parts: readonly CompletedPart[];
  readonly source: HeadObjectResult;
  /** What the store was asked to compute on Create. */
  readonly checksum: SourceChecksum | undefined;
}

/**
 * Looks what is at the destination before Complete, but only if the copy's own ETag can't be predicted: then nothing but not
 * being that object tells the copy from one of the same size that was written a moment before.
 */
export async function readEtagBefore(
  { options, destination, signal }: CopyContext,
  target: Target,
): Promise<string | null | undefined> {
  if (!target.isUnpredictable) return undefined;
  try {
    const head = await destination.head({ signal });
    return head === undefined ? null : head.etag;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    // What our key doesn't open isn't what will be there.
    return error.statusCode === 400 && options.sse?.type === 'SSE-C' ? null : undefined;
  }
}

/**
 * Completes the upload. An answer that is lost or can't be believed counts as no failure, nor is Complete repeated
 * blindly: what became of it is found out first, and Complete is sent again only if the upload still lives. Never cut off by the
 * caller's signal. Notes in `target.mayBeFinished` whether a Complete may have worked.
 *
 * @throws CompleteFailedError `'failed'` if the destination is as it was, `'unknown'` if that can't be found out
 * @throws DestinationExistsError, SourceChangedError if the condition on the destination doesn't hold any more
 */
export async function completeUpload(
  context: CopyContext,
  target: Target,
  input: CompleteInput,
): Promise<FinishAnswer> {
  const { options, destination, runner, reporter, optional } = context;
  const { uploadId, parts, checksum } = input;
  const { store, sse } = options;
  const request = {
    ...destination.address,
    uploadId,
    parts,
    sse: sse?.type === 'SSE-C' ? sse : undefined,
    ...(checksum === undefined ? {} : { checksumType: checksum.type }),
  };
  const condition = findCondition(context, input.source);
  const isIgnored = store.traits?.conditions === 'ignored';
  const asked: readonly OptionalHeader[] = [
    ...(condition === undefined || isIgnored ? [] : [condition.header]),
    'object-size',
  ];
  let equal: HeadObjectResult | undefined;
  /** Whether the condition went with the last request. */
  let conditional = false;
  /** What HEAD shows if the Complete came through; undefined if the upload still lives. */
  const findFinished = async (error: StoreError): Promise<FinishAnswer | undefined> => {
    const outcome = await findOutcome(context, target, uploadId);
    if (outcome.state === 'unknown') {
      const text = `Cannot tell whether upload ${uploadId} of ${destination.name} was completed: ${outcome.reason}; nothing was aborted`;
      throw new CompleteFailedError(text, { outcome: 'unknown', cause: error, uploadId });
    }
    if (outcome.state === 'gone') {
      if (outcome.isSure === true) target.mayBeFinished = false;
      const doubt = ', and the answer to an earlier Complete was lost: it may have been completed and then replaced';
      throw new UploadGoneError(
        `Cannot complete upload ${uploadId} of ${destination.name} as it does not exist any more${target.mayBeFinished ? doubt : ''}`,
        { outcome: target.mayBeFinished ? 'unknown' : 'failed', cause: error },
      );
    }
    if (outcome.state === 'completed') return answerFromHead(outcome.head, conditional);
    ({ equal } = outcome);
    return undefined;
  };
  let isRepeated = false;
  const stopwatch = new Stopwatch();
  const send = async (sent: ReadonlySet<OptionalHeader>, attempt: number): Promise<FinishAnswer> => {
    const posed = condition !== undefined && sent.has(condition.header) ? condition : undefined;
    conditional = posed !== undefined;
    stopwatch.stop();
    try {
      // What was recorded right before the first one confirmed it.
      if (isRepeated) await context.lease?.confirm();
      isRepeated = true;
      const objectSize = sent.has('object-size') ? input.source.size : undefined;
      const answer = await runner.once(() => {
        stopwatch.start();
        return store.completeMultipartUpload({ ...request, ...posed?.fields, objectSize, attempt });
      });
      return { ...answer, conditional };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      const broken = posed !== undefined && (await isBroken(context, posed, error)) ? posed : undefined;
      // Nothing was sent before, so it is someone else's object, or a refusal for good; after a failure it may be our own.
      const isRefused = broken !== undefined || optional.suspect(error, sent) !== undefined || isRefusal(error);
      const isDefinite = !target.mayBeFinished && isRefused;
      if (!isDefinite && !saysUploadIsGone(error)) target.mayBeFinished = true;
      if (!isDefinite && error.kind !== 'throttled') {
        const finished = await findFinished(error);
        if (finished !== undefined) return finished;
      }
      if (broken === undefined) throw error;
      // Only the abort, which comes next in any case, tells whether it is this copy's own.
      if (equal !== undefined && (await wasCompleted(context, uploadId))) return answerFromHead(equal, true);
      throw conditionError(context, broken, error);
    }
  };
  // HEAD takes the place of a condition that the store doesn't know, or judges by something else.
  const look = async (header: OptionalHeader): Promise<void> => {
    if (condition !== undefined && header === condition.header) await assertMet(context, condition);
  };
  if (condition !== undefined && (isIgnored || optional.isRefused(condition.header))) await look(condition.header);
  try {
    return await retryOperation({
      operation: 'completeMultipartUpload',
      stopwatch,
      policy: runner.policy,
      // A Complete in flight is never cut off, but the wait for the next one is.
      signal: context.signal,
      onRetry: (event) => reporter.retry(event),
      isRetryable: untilAnsweredForNothing(MOST_EMPTY_ANSWERS),
      attempt: (attempt) => optional.send(asked, (sent) => send(sent, attempt), look),
    });
  } catch (error) {
    if (!isStoreError(error)) throw error;
    const finished = error.kind === 'throttled' ? await findFinished(error) : undefined;
    if (finished !== undefined) return finished;
    // The upload was alive after the last attempt. If an answer was lost, the store may still be at it: only an abort ends that.
    throw new CompleteFailedError(
      `Cannot complete upload ${uploadId} of ${destination.name} with ${parts.length} parts: ${error.message}`,
      { outcome: target.mayBeFinished && options.onFailure === 'keep' ? 'unknown' : 'failed', cause: error },
    );
  }
}

/** A finished object as the answer that was lost. */
export function answerFromHead({ etag, versionId, encryption }: HeadObjectResult, conditional: boolean): FinishAnswer {
  return { etag, versionId, encryption, conditional };
}

/** A refusal after which nothing was done: not a 404, as an upload that is gone may have been completed. */
function isRefusal({ kind, statusCode = 0 }: StoreError): boolean {
  return kind === 'permanent' && statusCode >= 400 && statusCode < 500 && statusCode !== 404;
}
