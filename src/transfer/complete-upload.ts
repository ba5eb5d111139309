import { CompleteFailedError, DestinationExistsError, messageOf } from '../errors.ts';
import type {
  CompletedPart,
  CompleteMultipartUploadResult,
  HeadObjectResult,
  ObjectChecksums,
} from '../store/copy-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { elapsedSince, type Moment } from './elapsed-since.ts';
import { hidesMd5 } from './encryption.ts';
import { listAllParts } from './listed-parts.ts';
import { matchesPrediction, type PredictedEtag } from './predict-etag.ts';
import { retryOperation } from './retry-operation.ts';
import type { SourceChecksum } from './source-checksum.ts';
import { describeObject, destinationHeadRequest } from './source-request.ts';
import { isUnsupported } from './unsupported.ts';

/** What is to be completed. */
export interface CompleteInput {
  readonly uploadId: string;
  readonly parts: readonly CompletedPart[];
  readonly size: number;
  /** What the object's ETag must be, where that can be known. */
  readonly predicted: PredictedEtag | undefined;
  /** The store encrypts so that another ETag than the predicted one is right too. */
  readonly hidesMd5: boolean;
  readonly ifNoneMatch: '*' | undefined;
  /** What the store was asked to compute on Create. */
  readonly checksum: SourceChecksum | undefined;
  /** Before Create was sent; undefined for an upload of an earlier run. */
  readonly begunAt: Moment | undefined;
  /** Before the first Complete was sent. */
  readonly sentAt: Moment;
  /** ETag of what was at the destination then: `null` where nothing was, `undefined` where it isn't known. */
  readonly etagBefore: string | null | undefined;
}

/** How it ended: the answer to Complete, or what HEAD found after the answer was lost. */
export interface CompletedUpload {
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly checksums?: ObjectChecksums | undefined;
  readonly encryption?: string | undefined;
  /** Whether `If-None-Match: *` went with it. */
  readonly conditional: boolean;
  /** It was known by its ETag alone, so an equal object of an earlier run may have been taken for it, and the upload still live. */
  readonly uploadMayLive?: boolean;
}

/** What became of a Complete whose answer can't be believed. */
type Outcome =
  | { readonly state: 'completed'; readonly head: HeadObjectResult }
  /** The upload still lives: it can be completed, or aborted. */
  | { readonly state: 'alive' }
  /** The upload is gone and the destination isn't ours. */
  | { readonly state: 'gone' };

/** `Last-Modified` and `Date` have no fractions of a second. */
const CLOCK_TOLERANCE_MS = 2000;

/**
 * Looks what is at the destination before Complete, but only where the copy's own ETag can't be predicted: then nothing but not
 * being that object tells the copy from one of the same size that was written a moment before.
 */
export async function readEtagBefore(
  context: CopyContext,
  { predicted, hidesMd5: mayDiffer }: Pick<CompleteInput, 'predicted' | 'hidesMd5'>,
): Promise<string | null | undefined> {
  if (predicted !== undefined && !mayDiffer) return undefined;
  try {
    const head = await headDestination(context, context.signal);
    return head === undefined ? null : head.etag;
  } catch (error) {
    if (!isStoreError(error)) throw error;
    // What our key doesn't open isn't what will be there.
    return error.statusCode === 400 && context.options.sse?.type === 'SSE-C' ? null : undefined;
  }
}

/**
 * Completes the upload, and finds out what happened where the answer was lost or can't be believed, in this order: the
 * destination names our upload id (OBS `x-obs-uploadId`); it has the predicted ETag and size and isn't older than our Complete;
 * ListParts says that the upload still lives, so Complete is sent again. Never cut off by the caller's signal.
 *
 * @throws CompleteFailedError `'failed'` where the destination is as it was, `'unknown'` where nobody can tell
 * @throws DestinationExistsError where `If-None-Match: *` found an object
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0102.html
 */
export async function completeUpload(context: CopyContext, input: CompleteInput): Promise<CompletedUpload> {
  const { options, runner, reporter } = context;
  const name = describeObject(options.destination);
  let ifNoneMatch = input.ifNoneMatch;
  let reconciled: CompletedUpload | undefined;
  const judgeFailure = async (error: StoreError, attempts: number): Promise<'alive' | 'completed'> => {
    const outcome = await reconcile(context, input, error);
    if (outcome.state === 'alive') return 'alive';
    if (outcome.state === 'gone') throw uploadIsGone(input, name, attempts, error);
    reconciled = fromHead(outcome.head, ifNoneMatch);
    return 'completed';
  };
  const attempt = async (number: number): Promise<CompleteMultipartUploadResult> => {
    try {
      return await runner.once(() => sendComplete(context, input, ifNoneMatch));
    } catch (error) {
      if (!isStoreError(error)) throw error;
      if (ifNoneMatch !== undefined && isUnsupported(error)) {
        ifNoneMatch = undefined;
        return attempt(number);
      }
      const existsNow = error.statusCode === 412 && ifNoneMatch !== undefined;
      // Nothing was sent before, so it is someone else's object; after a failure it may be our own.
      const isKnown = (existsNow && number === 1) || error.kind === 'throttled';
      if (!isKnown && (await judgeFailure(error, number)) === 'completed') return reconciled as CompletedUpload;
      if (!existsNow) throw error;
      throw new DestinationExistsError(
        `${name} came into being during the copy, and ifExists is '${options.ifExists}'`,
        { cause: error },
      );
    }
  };
  let attempts = 0;
  try {
    const result = await retryOperation({
      operation: 'completeMultipartUpload',
      policy: runner.policy,
      // A Complete in flight is never cut off, but the wait for the next one is.
      signal: context.signal,
      onRetry: (event) => {
        runner.retries++;
        reporter.retry(event);
      },
      attempt: (number) => attempt((attempts = number)),
    });
    return reconciled ?? (await checkAnswer(context, input, result, ifNoneMatch));
  } catch (error) {
    if (error instanceof CompleteFailedError || error instanceof DestinationExistsError || !isStoreError(error))
      throw error;
    if (error.kind === 'throttled' && (await judgeFailure(error, attempts)) === 'completed' && reconciled !== undefined)
      return reconciled;
    // The upload was alive after the last attempt. Where no answer came, the store may still be at it: only an abort ends that.
    const mayStillComplete = error.kind === 'ambiguous' && options.onFailure === 'keep';
    throw new CompleteFailedError(
      `Cannot complete upload ${input.uploadId} of ${name} with ${input.parts.length} parts: ${error.message}`,
      { outcome: mayStillComplete ? 'unknown' : 'failed', cause: error },
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
      uploadId: input.uploadId,
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
  if (judgeAge(head, input) === 'old') {
    const since = head.lastModified?.toISOString() ?? 'an unknown time';
    throw doubt(`was last modified before that (${since}): the upload is gone`, 'failed');
  }
  if (head.etag !== undefined && head.etag === input.etagBefore) {
    throw doubt(`is still the object that was there before: the upload is gone`, 'failed');
  }
  const mayDiffer = input.hidesMd5 || hidesMd5(head.encryption, context.options.store.traits?.dialect);
  const matches = input.predicted === undefined || matchesPrediction(input.predicted, head.etag ?? '');
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

/**
 * The finished object, where a Complete that seemed to have failed came through after all; undefined where it didn't, or where that
 * can't be found out.
 */
export async function findCompleted(context: CopyContext, input: CompleteInput): Promise<CompletedUpload | undefined> {
  try {
    const outcome = await reconcile(context, input, undefined);
    return outcome.state === 'completed' ? fromHead(outcome.head, input.ifNoneMatch) : undefined;
  } catch (error) {
    if (error instanceof CompleteFailedError) return undefined;
    throw error;
  }
}

/** The same after the upload was aborted, when its being gone proves nothing any more. */
export async function findCompletedAfterAbort(
  context: CopyContext,
  input: CompleteInput,
): Promise<CompletedUpload | undefined> {
  try {
    const head = await headDestination(context);
    return head !== undefined && isOurs(head, input) ? fromHead(head, input.ifNoneMatch) : undefined;
  } catch (error) {
    if (isStoreError(error)) return undefined;
    throw error;
  }
}

function fromHead(head: HeadObjectResult, ifNoneMatch: '*' | undefined): CompletedUpload {
  const { etag, versionId, encryption, uploadId } = head;
  return { etag, versionId, encryption, conditional: ifNoneMatch !== undefined, uploadMayLive: uploadId === undefined };
}

async function reconcile(context: CopyContext, input: CompleteInput, cause: unknown): Promise<Outcome> {
  try {
    const head = await headDestination(context);
    if (head !== undefined && isOurs(head, input)) return { state: 'completed', head };
    const listed = await listAllParts(context, input.uploadId);
    if (listed !== undefined) return { state: 'alive' };
    // Between the two looks the Complete may have come through.
    const later = await headDestination(context);
    if (later !== undefined && isOurs(later, input)) return { state: 'completed', head: later };
    if (later !== undefined && isProbablyOurs(later, input)) return { state: 'completed', head: later };
    return { state: 'gone' };
  } catch (error) {
    throw new CompleteFailedError(
      `Cannot tell whether upload ${input.uploadId} of ${describeObject(context.options.destination)} was completed: ` +
        `${messageOf(error)}; nothing was aborted`,
      { outcome: 'unknown', cause, uploadId: input.uploadId },
    );
  }
}

function isOurs(head: HeadObjectResult, input: CompleteInput): boolean {
  if (head.uploadId !== undefined) return head.uploadId === input.uploadId;
  if (input.predicted === undefined || head.etag === undefined) return false;
  return matchesPrediction(input.predicted, head.etag) && head.size === input.size && judgeAge(head, input) !== 'old';
}

/** Without a predictable ETag: the upload is gone, and there is another object than before, of the right size, and fresh. */
function isProbablyOurs(head: HeadObjectResult, input: CompleteInput): boolean {
  const mayDiffer = input.predicted === undefined || input.hidesMd5;
  if (head.uploadId !== undefined || !mayDiffer || head.size !== input.size) return false;
  if (input.etagBefore === undefined || head.etag === input.etagBefore) return false;
  return judgeAge(head, input) === 'fresh';
}

/**
 * Whether an object can be what this copy completed, by the store's own clock: how old it says that the object is now, against how
 * long ago the copy began. Not against when Complete was sent, as AWS dates a multipart object from its Create.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
function judgeAge(head: HeadObjectResult, { begunAt, sentAt }: CompleteInput): 'fresh' | 'old' | 'unknown' {
  if (head.lastModified === undefined || head.serverTime === undefined) return 'unknown';
  const ageMs = head.serverTime.getTime() - head.lastModified.getTime() - CLOCK_TOLERANCE_MS;
  if (ageMs <= elapsedSince(begunAt ?? sentAt)) return 'fresh';
  return begunAt === undefined ? 'unknown' : 'old';
}

async function headDestination(context: CopyContext, signal?: AbortSignal): Promise<HeadObjectResult | undefined> {
  const { options, runner } = context;
  const request = { ...destinationHeadRequest(context), signal };
  try {
    return await runner.run('headObject', () => options.store.headObject(request), { signal });
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) return undefined;
    throw error;
  }
}

function uploadIsGone(input: CompleteInput, name: string, attempts: number, cause: StoreError): CompleteFailedError {
  const lost = attempts > 1 || cause.retryable;
  return new CompleteFailedError(
    `Cannot complete upload ${input.uploadId} of ${name} as it does not exist any more` +
      (lost ? ', and the answer to an earlier Complete was lost: it may have been completed and then replaced' : ''),
    { outcome: lost ? 'unknown' : 'failed', cause },
  );
}
