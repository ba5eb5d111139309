import { CopyError, DestinationExistsError } from '../errors.ts';
import type { CopyObjectRequest, CopyObjectResult, HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { destinationHidesMd5, hidesMd5 } from './encryption.ts';
import type { FinishedCopy } from './finished-copy.ts';
import { isMd5Etag } from './predict-etag.ts';
import { isRetryable } from './retry-operation.ts';
import { compareChecksum, findSourceChecksum } from './source-checksum.ts';
import { assertSourceUnchanged } from './source-fence.ts';
import { describeObject, destinationHeadRequest } from './source-request.ts';
import { canDropTags, isUnsupported } from './unsupported.ts';
import { verifyCopy } from './verify-copy.ts';

const DESTINATION_MAY_DIFFER =
  'a single copy is all or nothing, so the destination holds either the old object or a whole new one';

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
  const sent = await sendWithFallbacks(context, source, properties);
  const { result, conditional } = sent;
  reporter.phase('verifying');
  compareChecksum(findSourceChecksum(source, false), result.checksums, options.destination);
  const judged = judgeAgainst(context, source, result);
  const found = await verifyCopy(context, {
    size: source.size,
    etag: result.etag,
    expectedEtag: source.etag,
    judgeEtag: (etag) => judged(etag),
  }).catch(async (error: unknown) => {
    // The likeliest reason for another object is another source.
    await assertSourceUnchanged(context, source, DESTINATION_MAY_DIFFER);
    throw error;
  });
  const etag = found.etag ?? source.etag ?? '';
  return {
    etag,
    versionId: result.versionId ?? found.versionId,
    verified: found.verified,
    resumed: false,
    hedges: 0,
    uploadId: undefined,
    conditional: conditional && options.ifExists !== 'overwrite',
  };
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

/** Sends the copy; what the store can't do (a condition it doesn't know, tags) is left out the second time, with a warning. */
async function sendWithFallbacks(
  context: CopyContext,
  source: HeadObjectResult,
  given: ObjectProperties,
): Promise<Sent> {
  const { options, reporter } = context;
  let properties = given;
  let ifNoneMatch: '*' | undefined = options.ifExists === 'overwrite' ? undefined : '*';
  let sourceIfMatch = options.store.traits?.sendsSourceIfMatch === false ? undefined : source.etag;
  for (;;) {
    let answersLost = 0;
    try {
      const result = await send(context, { properties, ifNoneMatch, sourceIfMatch }, () => answersLost++);
      return { result, conditional: ifNoneMatch !== undefined };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      if (error.statusCode === 412) {
        if (sourceIfMatch !== undefined) await assertSourceUnchanged(context, source);
        if (ifNoneMatch !== undefined && (await destinationExists(context))) {
          if (answersLost > 0) throw unknownOutcome(context, error);
          throw new DestinationExistsError(
            `${describeObject(options.destination)} came into being during the copy, and ifExists is '${options.ifExists}'`,
            { cause: error },
          );
        }
        // The source is what it was: this store's if-match doesn't work for it (Swift refuses it for multipart sources).
        if (sourceIfMatch === undefined) throw error;
        sourceIfMatch = undefined;
      } else if (ifNoneMatch !== undefined && isUnsupported(error)) {
        ifNoneMatch = undefined;
      } else if (canDropTags(context, properties, error)) {
        const { tags: _, ...rest } = properties;
        properties = rest;
        reporter.warning('TAGS_NOT_PRESERVED', `Copied without tags, as the store refused them: ${error.message}`);
      } else {
        throw error;
      }
    }
  }
}

function send(
  context: CopyContext,
  variant: Pick<CopyObjectRequest, 'properties' | 'ifNoneMatch' | 'sourceIfMatch'>,
  onLostAnswer: () => void,
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
  return runner.run('copyObject', () => options.store.copyObject(request), {
    signal,
    isRetryable: (error) => {
      if (isStoreError(error) && error.kind !== 'throttled' && error.retryable) onLostAnswer();
      return isRetryable(error);
    },
  });
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

function unknownOutcome({ options }: CopyContext, cause: StoreError): CopyError {
  return new CopyError(
    `Cannot tell whether ${describeObject(options.destination)} is this copy or someone else's object: ` +
      'an answer was lost, and the destination exists since',
    { cause },
  );
}
