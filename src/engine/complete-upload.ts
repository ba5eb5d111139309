import { CompleteFailedError, DestinationExistsError } from '../errors.ts';
import type { CompleteMultipartUploadResult, HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { hidesMd5 } from './encryption.ts';
import { matchesPrediction } from './predict-etag.ts';
import {
  type CompletedUpload,
  type CompleteInput,
  fromHead,
  headDestination,
  isAlive,
  judgeAge,
  reconcile,
  wasCompleted,
} from './reconcile-complete.ts';
import { retryOperation } from '../request/retry.ts';
import { describeObject, destinationHeadRequest } from './source-request.ts';
import { Stopwatch } from '../request/stopwatch.ts';
import { isUnsupported } from './unsupported.ts';
import { saysUploadIsGone, UploadGoneError } from './upload-gone.ts';

/**
 * Looks what is at the destination before Complete, but only where the copy's own ETag can't be predicted: then nothing but not
 * being that object tells the copy from one of the same size that was written a moment before.
 */
export async function readEtagBefore(
  context: CopyContext,
  { predicted, hidesMd5: mayDiffer }: Pick<CompleteInput, 'predicted' | 'hidesMd5'>,
): Promise<string | null | undefined> {
  if (predicted !== undefined && !mayDiffer) return undefined;
  const { signal } = context;
  try {
    const head = await headDestination(context, { ...destinationHeadRequest(context), signal });
    return head === undefined ? null : head.etag;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    // What our key doesn't open isn't what will be there.
    return error.statusCode === 400 && context.options.sse?.type === 'SSE-C' ? null : undefined;
  }
}

/**
 * Completes the upload. An answer that is lost or can't be believed is neither taken for a failure nor is Complete repeated
 * blindly: what became of it is found out first, and only where the upload still lives Complete is sent again. Never cut off by the
 * caller's signal.
 *
 * @throws CompleteFailedError `'failed'` where the destination is as it was, `'unknown'` where nobody can tell
 * @throws DestinationExistsError where `If-None-Match: *` found an object
 */
export async function completeUpload(context: CopyContext, input: CompleteInput): Promise<CompletedUpload> {
  const { options, runner, reporter } = context;
  const { trail, uploadId } = input;
  const name = describeObject(options.destination);
  let ifNoneMatch = input.ifNoneMatch;
  let reconciled: CompletedUpload | undefined;
  let equal: HeadObjectResult | undefined;
  const judgeFailure = async (error: StoreError): Promise<'alive' | 'completed'> => {
    const outcome = await reconcile(context, input, error);
    if (outcome.state === 'gone') throw uploadIsGone(input, name, error);
    if (outcome.state === 'alive') {
      ({ equal } = outcome);
      return 'alive';
    }
    reconciled = fromHead(outcome.head, ifNoneMatch);
    return 'completed';
  };
  const stopwatch = new Stopwatch();
  const attempt = async (): Promise<CompleteMultipartUploadResult> => {
    stopwatch.stop();
    try {
      return await runner.once(() => {
        stopwatch.start();
        return sendComplete(context, input, ifNoneMatch);
      });
    } catch (error) {
      if (!isStoreError(error)) throw error;
      if (ifNoneMatch !== undefined && isUnsupported(error)) {
        ifNoneMatch = undefined;
        return attempt();
      }
      const existsNow = ifNoneMatch !== undefined && (await findsAnObject(context, error));
      // Nothing was sent before, so it is someone else's object, or a refusal for good; after a failure it may be our own.
      const isDefinite = !trail.mayHaveCompleted && (existsNow || isRefusal(error));
      if (!isDefinite && !saysUploadIsGone(error)) trail.mayHaveCompleted = true;
      const isKnown = isDefinite || error.kind === 'throttled';
      if (!isKnown && (await judgeFailure(error)) === 'completed') return reconciled as CompletedUpload;
      if (!existsNow) throw error;
      // Only the abort, which comes next in any case, tells whether it is this copy's own.
      if (equal !== undefined && (await wasCompleted(context, uploadId))) {
        reconciled = fromHead(equal, ifNoneMatch);
        return reconciled;
      }
      throw new DestinationExistsError(
        `${name} came into being during the copy, and ifExists is '${options.ifExists}'`,
        { cause: error },
      );
    }
  };
  try {
    const result = await retryOperation({
      operation: 'completeMultipartUpload',
      stopwatch,
      policy: runner.policy,
      // A Complete in flight is never cut off, but the wait for the next one is.
      signal: context.signal,
      onRetry: (event) => {
        runner.retries++;
        reporter.retry(event);
      },
      attempt,
    });
    return reconciled ?? (await checkAnswer(context, input, result, ifNoneMatch));
  } catch (error) {
    if (error instanceof CompleteFailedError || error instanceof DestinationExistsError || !isStoreError(error))
      throw error;
    if (error.kind === 'throttled' && (await judgeFailure(error)) === 'completed' && reconciled !== undefined)
      return reconciled;
    // The upload was alive after the last attempt. Where an answer was lost, the store may still be at it: only an abort ends that.
    throw new CompleteFailedError(
      `Cannot complete upload ${uploadId} of ${name} with ${input.parts.length} parts: ${error.message}`,
      { outcome: trail.mayHaveCompleted && options.onFailure === 'keep' ? 'unknown' : 'failed', cause: error },
    );
  }
}

function sendComplete(
  { options }: CopyContext,
  { uploadId, parts, checksum }: CompleteInput,
  ifNoneMatch: '*' | undefined,
): Promise<CompleteMultipartUploadResult> {
  const { store, destination, sse, requestPayer, expectedBucketOwner } = options;
  return store.completeMultipartUpload({
    ...destination,
    uploadId,
    parts,
    ifNoneMatch,
    sse: sse?.type === 'SSE-C' ? sse : undefined,
    ...(checksum === undefined ? {} : { checksumType: checksum.type }),
    requestPayer,
    expectedBucketOwner,
  });
}

/** Whether a refusal of `If-None-Match: *` is because of an object that is there now. */
async function findsAnObject(context: CopyContext, { statusCode, vendorCode }: StoreError): Promise<boolean> {
  if (statusCode === 412) return true;
  // AWS S3 says this while somebody else's write to the key is under way, of which nobody knows yet how it ends.
  if (vendorCode !== 'ConditionalRequestConflict') return false;
  try {
    return (await headDestination(context)) !== undefined;
  } catch (error) {
    if (isStoreError(error)) return false;
    throw error;
  }
}

/** A refusal after which nothing was done: not a 404, as an upload that is gone may have been completed. */
function isRefusal({ kind, statusCode = 0 }: StoreError): boolean {
  return kind === 'permanent' && statusCode >= 400 && statusCode < 500 && statusCode !== 404;
}

/**
 * A 200 isn't yet a success: Ceph RGW answers 200 to a Complete with a dead upload id when the key holds an older object, and an
 * empty ETag to a good one. Where the ETag isn't the expected one, look.
 */
async function checkAnswer(
  context: CopyContext,
  input: CompleteInput,
  result: CompleteMultipartUploadResult,
  ifNoneMatch: '*' | undefined,
): Promise<CompletedUpload> {
  const { etag, versionId, checksums, encryption } = result;
  const conditional = ifNoneMatch !== undefined;
  const answer: CompletedUpload = { etag, versionId, checksums, encryption, conditional };
  const isExpected = input.predicted === undefined || matchesPrediction(input.predicted, etag ?? '');
  if (etag !== undefined && isExpected && etag !== input.etagBefore) return answer;
  const name = describeObject(context.options.destination);
  const doubt = (reason: string, outcome: 'failed' | 'unknown', cause?: unknown): CompleteFailedError =>
    new CompleteFailedError(`The store said that upload ${input.uploadId} was completed, but ${name} ${reason}`, {
      outcome,
      // What was to be aborted is named where it was not.
      ...(outcome === 'unknown' ? { uploadId: input.uploadId } : {}),
      ...(cause === undefined ? {} : { cause }),
    });
  let head: HeadObjectResult | undefined;
  try {
    head = await headDestination(context);
  } catch (error) {
    if (!isStoreError(error)) throw error;
    // The ETag that came with the answer is judged by the verification; without one there is nothing to go by.
    if (etag !== undefined) return answer;
    throw doubt(`cannot be read: ${error.message}`, 'unknown', error);
  }
  if (head === undefined) throw doubt('does not exist', 'unknown');
  const matches = input.predicted === undefined || matchesPrediction(input.predicted, head.etag ?? '');
  if (judgeAge(head, input) === 'old') {
    const since = head.lastModified?.toISOString() ?? 'an unknown time';
    // Two gateways of one store may have clocks that differ by more than is allowed for.
    const mayBeOurs = input.predicted !== undefined && matches && !(await isAlive(context, input));
    throw doubt(`was last modified before that (${since}): the upload is gone`, mayBeOurs ? 'unknown' : 'failed');
  }
  if (head.etag !== undefined && head.etag === input.etagBefore) {
    throw doubt(`is still the object that was there before: the upload is gone`, 'failed');
  }
  const mayDiffer = input.hidesMd5 || hidesMd5(head.encryption, context.options.store.traits?.dialect);
  if (etag === undefined && head.etag !== undefined && !matches && !mayDiffer) {
    throw doubt(`has ETag ${head.etag}, and its parts make ${input.predicted?.etag ?? 'another one'}`, 'unknown');
  }
  return {
    etag: head.etag ?? etag,
    versionId: versionId ?? head.versionId,
    encryption: encryption ?? head.encryption,
    conditional,
  };
}

function uploadIsGone({ uploadId, trail }: CompleteInput, name: string, cause: StoreError): UploadGoneError {
  const { mayHaveCompleted } = trail;
  return new UploadGoneError(
    `Cannot complete upload ${uploadId} of ${name} as it does not exist any more` +
      (mayHaveCompleted
        ? ', and the answer to an earlier Complete was lost: it may have been completed and then replaced'
        : ''),
    { outcome: mayHaveCompleted ? 'unknown' : 'failed', cause },
  );
}
