import {
  CompleteFailedError,
  DestinationExistsError,
  messageOf,
  SourceChangedError,
  VerificationError,
} from '../errors.ts';
import { thisMoment } from '../request/moment.ts';
import { isRetryable } from '../request/retry.ts';
import { isAnsweredForNothing } from '../store/classify-failure.ts';
import type { CopyObjectRequest, HeadObjectResult, ObjectProperties, SourceConditions } from '../store/copy-store.ts';
import { isDirectoryBucket } from '../store/directory-bucket.ts';
import { has } from '../store/server-memory.ts';
import { ignoreStoreError, isStoreError, type StoreError } from '../store/store-error.ts';
import { excludesAnnotations } from './annotations.ts';
import { answerFromHead } from './complete.ts';
import { type CopyContext, withRunner } from './copy-context.ts';
import { assertMet, conditionError, findCondition, isBroken } from './destination-condition.ts';
import { hidesMd5 } from './encryption.ts';
import { leavesMetadata } from './known-source.ts';
import { isAnswerLost, LostAnswers } from './lost-answers.ts';
import { adviseParts, type NoPartCopyError } from './missing-calls.ts';
import { fitHeader, type OptionalHeader, propertiesSent } from './optional-headers.ts';
import { assertSourceUnchanged, assertStoreSeesSource, pinSource } from './source.ts';
import { findSourceChecksum } from './source-checksum.ts';
import { assertSourceWasCopied, warnUnlessSourceWasCopied } from './source-was-copied.ts';
import { type FinishAnswer, Target } from './target.ts';
import { type FinishedCopy, verifyCopy } from './verify.ts';

const MAY_BE_WRITTEN = 'an earlier request was not answered, so the destination may have been written';

/**
 * Copies a whole object by one CopyObject, with the source's ETag as a condition. Repeating it after a lost answer makes the same
 * object again, so it is simply retried.
 *
 * @param inParts - why the object can't be copied in parts, if that was tried before
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
export async function copySingle(
  context: CopyContext,
  source: HeadObjectResult,
  properties: ObjectProperties,
  inParts?: NoPartCopyError,
): Promise<FinishedCopy> {
  const { options, reporter, signal } = context;
  signal.throwIfAborted();
  reporter.phase('copying');
  const target = new Target(context, source, properties);
  target.begunAt = thisMoment();
  const isOpaque = options.sourceSse !== undefined || isDirectoryBucket(options.source.bucket);
  if (isOpaque || hidesMd5(source.encryption, options.store.traits?.dialect)) {
    target.hidesMd5 = true;
  }
  const lost = new LostAnswers();
  target.answer = await sendWithFallbacks(context, source, target, lost).catch((error: unknown) =>
    findLost(context, target, adviseParts(error, context.options.destination.key, source.size, inParts), lost),
  );
  const seen = await lookIfUnproved(context, target, source);
  let finished: FinishedCopy;
  try {
    finished = await verifyCopy(context, target, findSourceChecksum(context, seen, false));
  } catch (error) {
    // The likeliest reason for another object is another source; if that can't be seen, what was found counts.
    await assertSourceWasCopied(context, seen).catch((problem: unknown) => {
      throw problem instanceof SourceChangedError ? problem : error;
    });
    throw error;
  }
  // Some stores ignore if-match, and some clients can't send it. An ETag that proves nothing may be that of another source.
  if (target.judgeEtag(finished.etag) !== 'right' && seen === source) await warnUnlessSourceWasCopied(context, source);
  return finished;
}

/** Reads the source that nobody has seen, if the copy's ETag isn't the one that was given: how it is encrypted may explain that. */
async function lookIfUnproved(
  context: CopyContext,
  target: Target,
  source: HeadObjectResult,
): Promise<HeadObjectResult> {
  if (source !== context.knownSource || target.judgeEtag(target.answer?.etag) === 'right') return source;
  const seen = await warnUnlessSourceWasCopied(context, source);
  if (hidesMd5(seen?.encryption, context.options.store.traits?.dialect)) target.hidesMd5 = true;
  return seen ?? source;
}

/**
 * After a failure: if an earlier answer was lost, the copy may be there all the same.
 *
 * @throws the failure, if nothing was lost or the destination isn't the copy; CompleteFailedError `'unknown'` if that can't be found out
 */
async function findLost(
  { destination, signal }: CopyContext,
  target: Target,
  failure: unknown,
  lost: LostAnswers,
): Promise<FinishAnswer> {
  const isOfStore =
    isStoreError(failure) || failure instanceof DestinationExistsError || failure instanceof SourceChangedError;
  if (lost.unknown + lost.refusals === 0 || signal.aborted || !isOfStore) throw failure;
  const unknown = (reason: string): CompleteFailedError =>
    new CompleteFailedError(`Cannot tell whether ${destination.name} was copied, as an answer was lost and ${reason}`, {
      outcome: 'unknown',
      cause: failure,
    });
  const limit = lost.describeLimit('lower multipartThreshold, so that the object is copied in parts');
  // Not copied yet doesn't mean that the store isn't at it.
  const notCopied = lost.mayGoOn && isStoreError(failure) ? unknown(`the store may still be at it${limit}`) : failure;
  const head = await destination.head().catch((error: unknown) => {
    throw unknown(`it cannot be read: ${messageOf(error)}`);
  });
  if (head === undefined) throw notCopied;
  const recognition = target.recognise(head);
  // What a store writes that takes the request for the upload of its own body: anything else may be somebody's.
  const isOfNothing = head.size === 0 && lost.isAnsweredForNothing && target.judgeAge(head) === 'fresh';
  if (recognition.verdict === 'other' && isOfNothing) {
    const text = `${destination.name} ${recognition.reason}: the store answered the copy with nothing, and wrote an empty object`;
    throw new VerificationError(text, { expected: target.size, actual: head.size, cause: failure });
  }
  if (recognition.verdict === 'other') throw notCopied;
  if (recognition.verdict === 'unsure') throw unknown(`it ${recognition.reason}`);
  return answerFromHead(head, false);
}

function sendWithFallbacks(
  context: CopyContext,
  source: HeadObjectResult,
  target: Target,
  lost: LostAnswers,
): Promise<FinishAnswer> {
  const { options, optional } = context;
  const given = target.properties;
  const { tags = {}, websiteRedirectLocation } = given;
  // The tags of a source go with its metadata: where the store carries those over, it does so with the tags that were read.
  const isLeft = leavesMetadata(context, source);
  const hasTags = Object.keys(tags).length > 0 && !isLeft;
  const hasRedirect = websiteRedirectLocation !== undefined && !isLeft;
  // Only a source that was seen to have no tags needs no word about them.
  const isUntagged = !hasTags && given.tags !== undefined && options.overrides.tags === undefined;
  if (hasTags && options.store.putObjectTagging !== undefined && !fitHeader(tags)) {
    optional.leaveOut('tags');
    // What the store copies by itself is looked at afterwards.
    if (options.overrides.tags === undefined) optional.leaveOut('tagging-directive');
  }
  const pin = pinSource(context, source);
  const condition = findCondition(context, source);
  const headers: OptionalHeader[] = [
    ...(hasTags ? (['tags'] as const) : []),
    ...(isUntagged ? [] : (['tagging-directive'] as const)),
    ...(isLeft ? [] : (['metadata-directive'] as const)),
    ...(hasRedirect ? (['website-redirect'] as const) : []),
    ...(Object.keys(pin).length === 0 ? [] : (['source-condition'] as const)),
    ...(condition === undefined || options.store.traits?.conditions === 'ignored' ? [] : [condition.header]),
  ];
  let withoutAnnotations = false;
  const request = async (sent: ReadonlySet<OptionalHeader>): Promise<FinishAnswer> => {
    // Without the directive a store ignores tags.
    const isIgnored = (header: OptionalHeader): boolean => header === 'tags' && !sent.has('tagging-directive');
    const carried = new Set([...sent].filter((header) => !isIgnored(header)));
    const hasProperties = !isLeft && sent.has('metadata-directive');
    const hasTaggingDirective = sent.has('tagging-directive') && (isLeft || hasProperties);
    if (!isLeft && !hasProperties) {
      // Tags go with the metadata, and are looked at afterwards.
      optional.leaveOut('tagging-directive');
      if (hasTags) optional.leaveOut('tags');
    }
    try {
      return await send(
        context,
        {
          properties: hasProperties ? propertiesSent(given, carried) : undefined,
          taggingDirective: hasTaggingDirective ? 'REPLACE' : undefined,
          ...(condition !== undefined && sent.has(condition.header) ? condition.fields : {}),
          ...(sent.has('source-condition') ? pin : {}),
          annotationDirective: excludesAnnotations(context) || withoutAnnotations ? 'EXCLUDE' : undefined,
          sourceSize: source.size,
        },
        target,
        lost,
      );
    } catch (error) {
      const mayBeAnnotations =
        isStoreError(error) && error.statusCode === 403 && !withoutAnnotations && has(options.store, 'annotations');
      if (mayBeAnnotations && options.preserve.annotations === undefined) {
        withoutAnnotations = true;
        const answer = await request(sent).catch((again: unknown) => {
          throw isStoreError(again) ? error : again;
        });
        const text = `Copied without the annotations of ${context.source.name}: ${error.message}`;
        context.reporter.warning('ANNOTATIONS_NOT_PRESERVED', text);
        return answer;
      }
      if (isStoreError(error) && error.statusCode === 412) await explainCondition(context, source, sent, error, lost);
      throw error;
    }
  };
  return optional.send(headers, request, async (header) => {
    if (header === 'source-condition') await assertStoreSeesSource(context, source);
    if (header === condition?.header) await assertMet(context, condition);
  });
}

/**
 * Looks whether a condition is what it was sent for.
 *
 * @throws SourceChangedError, DestinationExistsError
 */
async function explainCondition(
  context: CopyContext,
  source: HeadObjectResult,
  sent: ReadonlySet<OptionalHeader>,
  cause: StoreError,
  lost: LostAnswers,
): Promise<void> {
  const written = lost.unknown > 0 ? MAY_BE_WRITTEN : undefined;
  if (sent.has('source-condition')) await assertSourceUnchanged(context, source, { written });
  const condition = findCondition(context, source);
  if (condition === undefined || !sent.has(condition.header) || !(await isBroken(context, condition, cause))) return;
  // It may be this copy's own object.
  lost.unknown += lost.refusals;
  throw conditionError(context, condition, cause);
}

async function send(
  context: CopyContext,
  variant: Pick<
    CopyObjectRequest,
    | 'properties'
    | 'taggingDirective'
    | 'ifNoneMatch'
    | 'ifMatch'
    | 'annotationDirective'
    | 'sourceSize'
    | keyof SourceConditions
  >,
  target: Target,
  lost: LostAnswers,
): Promise<FinishAnswer> {
  const { options, destination, runner, signal } = context;
  const request: CopyObjectRequest = {
    ...destination.address,
    source: options.source,
    ...variant,
    sourceSse: options.sourceSse,
    sse: options.sse,
    expectedSourceBucketOwner: options.expectedSourceBucketOwner,
    signal,
  };
  const answer = await runner.run(
    'copyObject',
    async (attempt) => {
      const startedAt = performance.now();
      try {
        return await options.store.copyObject({ ...request, attempt });
      } catch (error) {
        if (!isStoreError(error)) throw error;
        lost.note(error, performance.now() - startedAt);
        const made = await findMade(context, target, lost, error);
        if (made === undefined) throw error;
        return made;
      }
    },
    {
      signal,
      isRetryable: (error) => isRetryable(error) && !lost.isAnsweredForNothing && lost.limitMs === undefined,
    },
  );
  return { ...answer, conditional: (variant.ifNoneMatch ?? variant.ifMatch) !== undefined };
}

/**
 * Looks for the copy after its request has failed, as long as the store may be at it. To be called within the request's turn of the
 * shared limit: the store works on it.
 */
async function findMade(
  context: CopyContext,
  target: Target,
  lost: LostAnswers,
  error: StoreError,
): Promise<HeadObjectResult | undefined> {
  if (!isAnswerLost(error)) return undefined;
  const { runner, signal } = context;
  const { destination } = withRunner(context, runner.withinTurn());
  return lost.find(async () => {
    const head = await destination.head({ signal }).catch(ignoreStoreError);
    if (head === undefined || target.judgeAge(head) !== 'fresh') return undefined;
    const { verdict } = target.recognise(head);
    // A store without ETags shows a copy by size and date alone: enough if it has answered, but not if the request was cut off.
    const isNameless = isAnsweredForNothing(error) && head.etag === undefined && target.differences(head).length === 0;
    return verdict === 'ours' || (verdict === 'unsure' && isNameless) ? head : undefined;
  }, signal);
}
