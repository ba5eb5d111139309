import { CompleteFailedError, DestinationExistsError, messageOf } from '../errors.ts';
import type {
  CompletedPart,
  CompleteMultipartUploadResult,
  HeadObjectResult,
  ObjectChecksums,
} from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { listAllParts } from './listed-parts.ts';
import { matchesPrediction, type PredictedEtag } from './predict-etag.ts';
import { isRetryable, retryOperation } from './retry-operation.ts';
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
  readonly ifNoneMatch: '*' | undefined;
  /** What the store was asked to compute on Create. */
  readonly checksum: SourceChecksum | undefined;
  /** The store's time before the first Complete was sent. */
  readonly sentAt: number;
}

/** How it ended: the answer to Complete, or what HEAD found after the answer was lost. */
export interface CompletedUpload {
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly checksums?: ObjectChecksums | undefined;
  /** Whether `If-None-Match: *` went with it. */
  readonly conditional: boolean;
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
  let answersLost = 0;
  let reconciled: CompletedUpload | undefined;
  try {
    const result = await retryOperation({
      operation: 'completeMultipartUpload',
      policy: runner.policy,
      onRetry: (event) => {
        runner.retries++;
        reporter.retry(event);
      },
      attempt: async () => {
        try {
          return await runner.once(() => sendComplete(context, input, ifNoneMatch));
        } catch (error) {
          if (!isStoreError(error)) throw error;
          if (ifNoneMatch !== undefined && isUnsupported(error)) {
            ifNoneMatch = undefined;
            return await runner.once(() => sendComplete(context, input, undefined));
          }
          if (error.statusCode === 412 && answersLost === 0) {
            throw new DestinationExistsError(
              `${name} came into being during the copy, and ifExists is '${options.ifExists}'`,
              {
                cause: error,
              },
            );
          }
          if (error.kind !== 'throttled') {
            const outcome = await reconcile(context, input, error);
            if (outcome.state === 'completed') {
              reconciled = fromHead(outcome.head, ifNoneMatch);
              return reconciled;
            }
            if (outcome.state === 'gone') throw uploadIsGone(input, name, answersLost, error);
          }
          if (error.retryable) answersLost++;
          throw error;
        }
      },
    });
    if (reconciled !== undefined) return reconciled;
    return await checkAnswer(context, input, result, ifNoneMatch);
  } catch (error) {
    if (error instanceof CompleteFailedError || error instanceof DestinationExistsError || !isStoreError(error))
      throw error;
    // The upload is alive after the last attempt. Where an answer came, nothing was done; where none came, something still may be.
    throw new CompleteFailedError(
      `Cannot complete upload ${input.uploadId} of ${name} with ${input.parts.length} parts: ${error.message}`,
      { outcome: 'failed', cause: error },
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
  const { etag, versionId } = result;
  const conditional = ifNoneMatch !== undefined;
  if (etag !== undefined && (input.predicted === undefined || matchesPrediction(input.predicted, etag))) {
    return { etag, versionId, checksums: result.checksums, conditional };
  }
  const head = await headDestination(context);
  if (head === undefined) {
    throw new CompleteFailedError(
      `The store said that upload ${input.uploadId} was completed, but ${describeObject(context.options.destination)} does not exist`,
      { outcome: 'unknown', uploadId: input.uploadId },
    );
  }
  if (isOlderThanComplete(head, input)) {
    throw new CompleteFailedError(
      `The store said that upload ${input.uploadId} was completed, but ${describeObject(context.options.destination)} ` +
        `was last modified before that (${head.lastModified?.toISOString() ?? 'unknown'}): the upload is gone`,
      { outcome: 'failed' },
    );
  }
  return { etag: head.etag ?? etag, versionId: versionId ?? head.versionId, conditional };
}

/** The finished object, where the destination is it; undefined where it isn't, or can't be read. */
export async function findCompleted(context: CopyContext, input: CompleteInput): Promise<CompletedUpload | undefined> {
  try {
    const head = await headDestination(context);
    return head !== undefined && isOurs(head, input) ? fromHead(head, input.ifNoneMatch) : undefined;
  } catch (error) {
    if (isStoreError(error)) return undefined;
    throw error;
  }
}

function fromHead(head: HeadObjectResult, ifNoneMatch: '*' | undefined): CompletedUpload {
  return { etag: head.etag, versionId: head.versionId, conditional: ifNoneMatch !== undefined };
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

function isOurs(head: HeadObjectResult, { uploadId, predicted, size, ...input }: CompleteInput): boolean {
  if (head.uploadId !== undefined) return head.uploadId === uploadId;
  if (predicted === undefined || head.etag === undefined) return false;
  return matchesPrediction(predicted, head.etag) && head.size === size && !isOlderThanComplete(head, input);
}

/** Without a predictable ETag: right size, fresh, and the upload is gone. */
function isProbablyOurs(head: HeadObjectResult, input: CompleteInput): boolean {
  return (
    head.uploadId === undefined &&
    input.predicted === undefined &&
    head.size === input.size &&
    head.lastModified !== undefined &&
    !isOlderThanComplete(head, input)
  );
}

function isOlderThanComplete(head: HeadObjectResult, { sentAt }: Pick<CompleteInput, 'sentAt'>): boolean {
  return head.lastModified !== undefined && head.lastModified.getTime() < sentAt - CLOCK_TOLERANCE_MS;
}

async function headDestination(context: CopyContext): Promise<HeadObjectResult | undefined> {
  const { options, runner } = context;
  try {
    return await runner.run('headObject', () => options.store.headObject(destinationHeadRequest(context)));
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) return undefined;
    throw error;
  }
}

function uploadIsGone(input: CompleteInput, name: string, answersLost: number, cause: unknown): CompleteFailedError {
  const lost = answersLost > 0 || (isRetryable(cause) && cause.kind !== 'throttled');
  return new CompleteFailedError(
    `Cannot complete upload ${input.uploadId} of ${name} as it does not exist any more` +
      (lost ? ', and the answer to an earlier Complete was lost: it may have been completed and then replaced' : ''),
    { outcome: lost ? 'unknown' : 'failed', cause },
  );
}
