import { CompleteFailedError, messageOf } from '../errors.ts';
import type {
  CompletedPart,
  HeadObjectRequest,
  HeadObjectResult,
  ObjectChecksums,
  ObjectProperties,
} from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { abortOnce } from './abort-upload.ts';
import type { CopyContext } from './copy-context.ts';
import { elapsedSince, type Moment } from '../request/moment.ts';
import { uploadExists } from './listed-parts.ts';
import { isMd5Etag, matchesPrediction, type PredictedEtag } from './predict-etag.ts';
import { asWritten, findDifferentProperties } from './same-properties.ts';
import type { SourceChecksum } from './source-checksum.ts';
import { describeObject, destinationHeadRequest } from './source-request.ts';

/** What is to be completed, and what the finished object will be known by. */
export interface CompleteInput {
  readonly uploadId: string;
  readonly parts: readonly CompletedPart[];
  readonly size: number;
  /** What the upload was created with. */
  readonly properties: ObjectProperties;
  /** What the object's ETag must be, where that can be known. */
  readonly predicted: PredictedEtag | undefined;
  /** The store encrypts so that another ETag than the predicted one is right too. */
  readonly hidesMd5: boolean;
  readonly ifNoneMatch: '*' | undefined;
  /** What the store was asked to compute on Create. */
  readonly checksum: SourceChecksum | undefined;
  /** Before Create was sent; undefined for an upload of which that isn't known. */
  readonly begunAt: Moment | undefined;
  /** Before the first Complete was sent. */
  readonly sentAt: Moment;
  /** ETag of what was at the destination then: `null` where nothing was, `undefined` where it isn't known. */
  readonly etagBefore: string | null | undefined;
  readonly trail: CompleteTrail;
  /** Later than this no Complete of this copy has come through, by the store's clock. */
  readonly completedBy?: Date | undefined;
}

/** What happened to the Completes that were sent so far. */
export interface CompleteTrail {
  /** One of them may have come through, also one of an earlier run: none was refused for good before any other failed. */
  mayHaveCompleted: boolean;
}

/** How it ended: the answer to Complete, or what HEAD found after the answer was lost. */
export interface CompletedUpload {
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly checksums?: ObjectChecksums | undefined;
  readonly encryption?: string | undefined;
  /** Whether `If-None-Match: *` went with it. */
  readonly conditional: boolean;
}

/** What became of a Complete whose answer can't be believed. */
export type Outcome =
  | { readonly state: 'completed'; readonly head: HeadObjectResult }
  /**
   * The upload still lives: it can be completed, or aborted. An equal object at the destination all the same is someone else's, or
   * this copy's own in a store that lists completed uploads for a while (Swift).
   */
  | { readonly state: 'alive'; readonly equal: HeadObjectResult | undefined }
  /** The upload is gone and the destination isn't ours. */
  | { readonly state: 'gone' };

/** `Last-Modified` and `Date` have no fractions of a second. */
const CLOCK_TOLERANCE_MS = 2000;

/**
 * Finds out what became of a Complete, in this order: the destination names our upload id; ListParts says that the upload still
 * lives; the destination is what this copy would have made, and not older than it.
 *
 * @throws CompleteFailedError `'unknown'` where that can't be found out
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0102.html
 */
export async function reconcile(context: CopyContext, input: CompleteInput, cause: unknown): Promise<Outcome> {
  try {
    const head = await lookAtDestination(context);
    if (head !== 'hidden' && namesUs(head, input)) return { state: 'completed', head };
    const equal = head !== 'hidden' && isEqual(head, input) ? head : undefined;
    // An equal object alone proves nothing: an earlier copy may have left it, with other properties.
    if (await isAlive(context, input, equal)) return { state: 'alive', equal };
    if (equal !== undefined) return { state: 'completed', head: equal };
    // Between the two looks the Complete may have come through.
    const later = await headDestination(context);
    return isOurs(later, input) ? { state: 'completed', head: later } : { state: 'gone' };
  } catch (error) {
    throw new CompleteFailedError(
      `Cannot tell whether upload ${input.uploadId} of ${describeObject(context.options.destination)} was completed: ` +
        `${messageOf(error)}; nothing was aborted`,
      { outcome: 'unknown', cause, uploadId: input.uploadId },
    );
  }
}

/** HEAD of the destination; a refusal of it is no answer, as S3 gives 403 for what isn't there to those who may not list. */
async function lookAtDestination(context: CopyContext): Promise<HeadObjectResult | undefined | 'hidden'> {
  try {
    return await headDestination(context);
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 403) return 'hidden';
    throw error;
  }
}

/** Whether the upload is still there. Where that can't be asked, a fresh equal object says that it isn't. */
export async function isAlive(context: CopyContext, input: CompleteInput, equal?: HeadObjectResult): Promise<boolean> {
  try {
    return await uploadExists(context, input.uploadId);
  } catch (error) {
    if (!isStoreError(error) || equal === undefined || judgeAge(equal, input) !== 'fresh') throw error;
    // Were it somebody else's equal object after all, ours would stay in silence.
    await wasCompleted(context, input.uploadId);
    return false;
  }
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

/**
 * The same after the upload was aborted.
 *
 * @param wasGone - whether the abort found no upload: an equal object is this copy's then
 */
export async function findCompletedAfterAbort(
  context: CopyContext,
  input: CompleteInput,
  wasGone: boolean,
): Promise<CompletedUpload | undefined> {
  try {
    const head = await headDestination(context);
    const isSure = wasGone
      ? isOurs(head, input)
      : namesUs(head, input) || (isEqual(head, input) && judgeAge(head, input) === 'fresh');
    return isSure && head !== undefined ? fromHead(head, input.ifNoneMatch) : undefined;
  } catch (error) {
    if (isStoreError(error)) return undefined;
    throw error;
  }
}

/** Whether an upload that is still listed was completed all the same: then there is nothing to abort. It is aborted if not. */
export async function wasCompleted(context: CopyContext, uploadId: string): Promise<boolean> {
  try {
    return (await abortOnce(context, uploadId)) === 'gone';
  } catch (error) {
    if (isStoreError(error)) return false;
    throw error;
  }
}

/** A finished object as the answer that was lost. */
export function fromHead(head: HeadObjectResult, ifNoneMatch: '*' | undefined): CompletedUpload {
  const { etag, versionId, encryption } = head;
  return { etag, versionId, encryption, conditional: ifNoneMatch !== undefined };
}

/** HEAD of the destination; undefined where nothing is there. */
export async function headDestination(
  context: CopyContext,
  request: HeadObjectRequest = destinationHeadRequest(context),
): Promise<HeadObjectResult | undefined> {
  const { options, runner } = context;
  const { signal } = request;
  try {
    return await runner.run('headObject', () => options.store.headObject(request), { signal });
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) return undefined;
    throw error;
  }
}

function isOurs(head: HeadObjectResult | undefined, input: CompleteInput): head is HeadObjectResult {
  return namesUs(head, input) || isEqual(head, input) || isProbablyOurs(head, input);
}

function namesUs(head: HeadObjectResult | undefined, { uploadId }: CompleteInput): head is HeadObjectResult {
  return head?.uploadId === uploadId;
}

/** What this copy would have made: the same ETag, size and properties, and not older. */
function isEqual(head: HeadObjectResult | undefined, input: CompleteInput): head is HeadObjectResult {
  const { predicted, size, properties } = input;
  if (head?.etag === undefined || head.uploadId !== undefined || predicted === undefined) return false;
  if (findDifferentProperties(asWritten(properties), head.properties).length > 0) return false;
  return matchesPrediction(predicted, head.etag) && head.size === size && judgeAge(head, input) !== 'old';
}

/**
 * Without a predictable ETag: a Complete may have come through, the upload is gone, and there is another object than before, of the
 * right size, fresh, and not joined from another number of parts.
 */
function isProbablyOurs(head: HeadObjectResult | undefined, input: CompleteInput): head is HeadObjectResult {
  const mayDiffer = input.predicted === undefined || input.hidesMd5;
  if (!input.trail.mayHaveCompleted || !mayDiffer) return false;
  if (head === undefined || head.uploadId !== undefined || head.size !== input.size) return false;
  if (findDifferentProperties(asWritten(input.properties), head.properties).length > 0) return false;
  if (input.etagBefore === undefined || head.etag === input.etagBefore) return false;
  if (input.completedBy !== undefined && (head.lastModified ?? input.completedBy) > input.completedBy) return false;
  const partCount = /-(\d+)$/.exec(head.etag ?? '')?.[1];
  if (partCount === undefined ? isMd5Etag(head.etag ?? '') : Number(partCount) !== input.parts.length) return false;
  return judgeAge(head, input) === 'fresh';
}

/**
 * Whether an object can be what this copy completed, by the store's own clock: how old it says that the object is now, against how
 * long ago the copy began. Not against when Complete was sent, as AWS dates a multipart object from its Create.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
export function judgeAge(
  head: HeadObjectResult,
  { begunAt, sentAt }: Pick<CompleteInput, 'begunAt' | 'sentAt'>,
): 'fresh' | 'old' | 'unknown' {
  if (head.lastModified === undefined || head.serverTime === undefined) return 'unknown';
  const ageMs = head.serverTime.getTime() - head.lastModified.getTime() - CLOCK_TOLERANCE_MS;
  if (ageMs <= elapsedSince(begunAt ?? sentAt)) return 'fresh';
  return begunAt === undefined ? 'unknown' : 'old';
}
