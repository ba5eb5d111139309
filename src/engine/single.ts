import { CompleteFailedError, DestinationExistsError, messageOf, SourceChangedError } from '../errors.ts';
import type { CopyObjectRequest, CopyObjectResult, HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import { wasUnanswered } from '../store/classify-failure.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { elapsedSince, type Moment, thisMoment } from '../request/moment.ts';
import { destinationHidesMd5, hidesMd5 } from './encryption.ts';
import type { FinishedCopy } from './finished-copy.ts';
import { isMd5Etag } from './predict-etag.ts';
import { findDifferentProperties } from './same-properties.ts';
import { compareChecksum, findSourceChecksum } from './source-checksum.ts';
import { assertSourceUnchanged, assertStoreSeesSource } from './source-fence.ts';
import { describeObject, destinationHeadRequest, isOntoItself } from './source-request.ts';
import { canDropTags, isUnsupported, warnOfDroppedTags } from './unsupported.ts';
import { verifyCopy, type VerifiedCopy } from './verify-copy.ts';

/** `Last-Modified` and `Date` have no fractions of a second. */
const CLOCK_TOLERANCE_MS = 2000;

const WRITTEN_ALL_THE_SAME = 'the destination was written all the same, and may be a copy of the other object';
const MAY_BE_WRITTEN = 'an earlier request was not answered, so the destination may have been written';

/**
 * Copies a whole object by one CopyObject, with the source's ETag as a condition. Repeating it after a lost answer makes the same
 * object again, so it is simply retried.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function copySingle(
  context: CopyContext,
  source: HeadObjectResult,
  properties: ObjectProperties,
): Promise<FinishedCopy> {
  const { options, reporter, signal } = context;
  signal.throwIfAborted();
  reporter.phase('copying');
  const trail: Trail = { begunAt: thisMoment(), refusals: 0, answersLost: 0, mayGoOn: false };
  const sent = await sendWithFallbacks(context, source, properties, trail).catch((error: unknown) =>
    findLost(context, source, properties, error, trail),
  );
  const { result, conditional } = sent;
  reporter.phase('verifying');
  const checksum = findSourceChecksum(source, false);
  compareChecksum(checksum, result.checksums, options.destination);
  const isCompared = checksum !== undefined && result.checksums?.[checksum.algorithm] !== undefined;
  const judged = judgeAgainst(context, source, result);
  let found: VerifiedCopy;
  try {
    found = await verifyCopy(context, {
      size: source.size,
      etag: result.etag,
      expectedEtag: source.etag,
      judgeEtag: (etag) => judged(etag),
      checksum: isCompared ? undefined : checksum,
    });
  } catch (error) {
    // The likeliest reason for another object is another source; where that can't be told, what was found counts.
    await assertSourceWasCopied(context, source).catch((problem: unknown) => {
      throw problem instanceof SourceChangedError ? problem : error;
    });
    throw error;
  }
  const { etag } = found;
  // Some stores ignore if-match, and some clients can't send it. An ETag that proves nothing may be that of another source.
  if (etag === undefined || judged(etag) !== 'right') await warnUnlessSourceWasCopied(context, source);
  if (etag === undefined) {
    reporter.warning('NO_ETAG', `The store gave no ETag for ${describeObject(options.destination)}`);
  }
  return {
    etag: etag ?? '',
    versionId: result.versionId ?? found.versionId,
    verified: found.verified,
    resumed: false,
    hedges: 0,
    uploadId: undefined,
    encryption: result.encryption ?? found.head?.encryption,
    conditional: conditional && options.ifExists !== 'overwrite',
    isReplaced: found.isReplaced,
  };
}

/**
 * Reads the source again once the copy is made, whatever the caller's signal says: the copy can't be called back.
 *
 * @throws SourceChangedError where it is another one
 */
async function assertSourceWasCopied(context: CopyContext, source: HeadObjectResult): Promise<void> {
  // Where it was written onto itself, what is there now is the copy.
  if (isOntoItself(context)) return;
  const uncancelled = { ...context, signal: new AbortController().signal };
  await assertSourceUnchanged(uncancelled, source, { written: WRITTEN_ALL_THE_SAME });
}

async function warnUnlessSourceWasCopied(context: CopyContext, source: HeadObjectResult): Promise<void> {
  try {
    await assertSourceWasCopied(context, source);
  } catch (error) {
    if (!isStoreError(error)) throw error;
    context.reporter.warning(
      'SOURCE_NOT_SEEN',
      `Whether ${describeObject(context.options.source)} changed while it was being copied could not be seen: ${error.message}`,
    );
  }
}

/** The ETag of a whole copy is the source's, where both are MD5s of the content. */
function judgeAgainst(
  context: CopyContext,
  source: HeadObjectResult,
  result: CopyObjectResult,
): (etag: string) => 'right' | 'wrong' | 'unpredictable' {
  const encrypted =
    destinationHidesMd5(context, result.encryption) ||
    context.options.sourceSse !== undefined ||
    hidesMd5(source.encryption, context.options.store.traits?.dialect);
  return (etag) => {
    if (etag === source.etag) return 'right';
    const comparable = source.etag !== undefined && isMd5Etag(source.etag) && isMd5Etag(etag) && !encrypted;
    return comparable ? 'wrong' : 'unpredictable';
  };
}

interface Sent {
  readonly result: CopyObjectResult;
  readonly conditional: boolean;
}

/** What was sent so far. */
interface Trail {
  readonly begunAt: Moment;
  /** Answers that asked to try again later; one of them may come from a gateway that lost the store's own. */
  refusals: number;
  /** Failures after which nobody knows whether the store did the work. */
  answersLost: number;
  /** A request was never answered, so that the store may still be at it. */
  mayGoOn: boolean;
}

/**
 * After a failure: where an earlier answer was lost, the copy may be there all the same. It is, where the destination has the
 * source's ETag and size, the properties asked for, and came into being since.
 *
 * @throws the failure, where nothing was lost or the destination isn't the copy; CompleteFailedError `'unknown'` where nobody can tell
 */
async function findLost(
  context: CopyContext,
  source: HeadObjectResult,
  properties: ObjectProperties,
  failure: unknown,
  { answersLost, refusals, begunAt, mayGoOn }: Trail,
): Promise<Sent> {
  if (
    answersLost + refusals === 0 ||
    context.signal.aborted ||
    !(isStoreError(failure) || failure instanceof DestinationExistsError || failure instanceof SourceChangedError)
  ) {
    throw failure;
  }
  const { options, runner } = context;
  const unknown = (reason: string): CompleteFailedError =>
    new CompleteFailedError(
      `Cannot tell whether ${describeObject(options.destination)} was copied, as an answer was lost and ${reason}`,
      { outcome: 'unknown', cause: failure },
    );
  // Not copied yet doesn't mean that the store isn't at it.
  const notCopied = mayGoOn && isStoreError(failure) ? unknown('the store may still be at it') : failure;
  let head: HeadObjectResult;
  try {
    head = await runner.run('headObject', () => options.store.headObject(destinationHeadRequest(context)));
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) throw notCopied;
    throw unknown(`it cannot be read: ${messageOf(error)}`);
  }
  if (head.size !== source.size) throw notCopied;
  const ageMs = (head.serverTime?.getTime() ?? Number.NaN) - (head.lastModified?.getTime() ?? Number.NaN);
  if (ageMs - CLOCK_TOLERANCE_MS > elapsedSince(begunAt)) throw notCopied;
  const { etag, lastModified, versionId, encryption } = head;
  const result: CopyObjectResult = { etag, lastModified, versionId, encryption };
  const verdict = etag === undefined ? 'unpredictable' : judgeAgainst(context, source, result)(etag);
  if (verdict === 'wrong') throw notCopied;
  if (verdict === 'unpredictable') throw unknown('its ETag proves nothing');
  // An equal object of before the copy may have others.
  const different = findDifferentProperties(properties, head.properties);
  if (different.length > 0) throw unknown(`it has another ${different.join(', another ')}`);
  return { result, conditional: false };
}

/** Sends the copy; what the store can't do (a condition it doesn't know, tags) is left out the second time, with a warning. */
async function sendWithFallbacks(
  context: CopyContext,
  source: HeadObjectResult,
  given: ObjectProperties,
  trail: Trail,
): Promise<Sent> {
  const { options } = context;
  let properties = given;
  let ifNoneMatch: '*' | undefined = options.ifExists === 'overwrite' ? undefined : '*';
  let sourceIfMatch = options.store.traits?.sendsSourceIfMatch === false ? undefined : source.etag;
  for (;;) {
    try {
      const result = await send(context, { properties, ifNoneMatch, sourceIfMatch, sourceSize: source.size }, trail);
      return { result, conditional: ifNoneMatch !== undefined };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      if (error.statusCode === 412) {
        const written = trail.answersLost > 0 ? MAY_BE_WRITTEN : undefined;
        if (sourceIfMatch !== undefined) await assertSourceUnchanged(context, source, { written });
        if (ifNoneMatch !== undefined && (await destinationExists(context))) {
          // It may be this copy's own object.
          trail.answersLost += trail.refusals;
          throw new DestinationExistsError(
            `${describeObject(options.destination)} came into being during the copy, and ifExists is '${options.ifExists}'`,
            { cause: error },
          );
        }
        // The source is what it was: this store's if-match doesn't work for it (Swift refuses it for multipart sources).
        if (sourceIfMatch === undefined) throw error;
        await assertStoreSeesSource(context, source);
        sourceIfMatch = undefined;
      } else if (ifNoneMatch !== undefined && isUnsupported(error)) {
        ifNoneMatch = undefined;
      } else if (canDropTags(context, properties, error)) {
        const { tags: _, ...rest } = properties;
        properties = rest;
        warnOfDroppedTags(context, error);
      } else {
        throw error;
      }
    }
  }
}

function send(
  context: CopyContext,
  variant: Pick<CopyObjectRequest, 'properties' | 'ifNoneMatch' | 'sourceIfMatch' | 'sourceSize'>,
  trail: Trail,
): Promise<CopyObjectResult> {
  const { options, runner, signal } = context;
  const request: CopyObjectRequest = {
    ...options.destination,
    source: options.source,
    ...variant,
    taggingDirective: 'REPLACE',
    sourceSse: options.sourceSse,
    sse: options.sse,
    requestPayer: options.requestPayer,
    expectedBucketOwner: options.expectedBucketOwner,
    expectedSourceBucketOwner: options.expectedSourceBucketOwner,
    signal,
  };
  const sendOnce = async (): Promise<CopyObjectResult> => {
    try {
      return await options.store.copyObject(request);
    } catch (error) {
      if (isStoreError(error) && error.kind === 'throttled') trail.refusals += Number(error.statusCode === 503);
      else if (isStoreError(error) && mayHaveCopied(error)) trail.answersLost++;
      if (isStoreError(error) && wasUnanswered(error)) trail.mayGoOn = true;
      throw error;
    }
  };
  return runner.run('copyObject', sendOnce, { signal });
}

/** Whether a failed copy may have been made all the same: not where the store refused it, or was never reached. */
function mayHaveCopied(error: StoreError): boolean {
  const { retryable, statusCode } = error;
  return wasUnanswered(error) || (retryable && statusCode !== undefined && (statusCode < 300 || statusCode >= 500));
}

async function destinationExists(context: CopyContext): Promise<boolean> {
  const { options, runner } = context;
  try {
    await runner.run('headObject', () => options.store.headObject(destinationHeadRequest(context)));
    return true;
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) return false;
    throw error;
  }
}
