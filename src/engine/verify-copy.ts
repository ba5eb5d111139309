import { VerificationError } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { isRetryable } from '../request/retry.ts';
import { compareChecksum, type SourceChecksum } from './source-checksum.ts';
import { describeObject, destinationHeadRequest } from './source-request.ts';

const MOST_LOOKS = 3;

/** Answers to a HEAD with checksums by stores that answer one without: for objects under KMS it needs another permission. */
const REFUSALS = [400, 403, 501];

/** What the finished object must be. */
export interface ExpectedObject {
  readonly size: number;
  /** ETag as the store gave it when the object was finished. */
  readonly etag: string | undefined;
  /** Judges an ETag: right, wrong, or of a kind that can't be predicted, also for the encryption that HEAD tells of. */
  readonly judgeEtag: (etag: string, encryption: string | undefined) => 'right' | 'wrong' | 'unpredictable';
  /** What the ETag should be, for the message. */
  readonly expectedEtag: string | undefined;
  /** The source's checksum, where the copy's own answer gave none to compare it with: then HEAD is asked for one. */
  readonly checksum?: SourceChecksum | undefined;
}

/** What was found. */
export interface VerifiedCopy {
  readonly verified: 'etag' | 'size' | 'none';
  readonly etag: string | undefined;
  readonly versionId: string | undefined;
  readonly head: HeadObjectResult | undefined;
  /** The copy was made, and someone else's object has taken its place since. */
  readonly isReplaced?: boolean;
}

/**
 * Compares the finished object with what was copied: its ETag where that can be predicted, and its size. Runs to its end whatever
 * the caller's signal says. Nothing is ever deleted.
 *
 * @throws VerificationError
 */
export async function verifyCopy(context: CopyContext, expected: ExpectedObject): Promise<VerifiedCopy> {
  const { options, reporter } = context;
  if (options.verify === 'none')
    return { verified: 'none', etag: expected.etag, versionId: undefined, head: undefined };
  const name = describeObject(options.destination);
  let head: HeadObjectResult;
  try {
    head = await lookAtDestination(context, expected.checksum !== undefined);
  } catch (error) {
    if (isStoreError(error) && error.statusCode === 404) {
      throw new VerificationError(`${name} does not exist though the store said that it was copied`, {
        expected: expected.size,
        actual: undefined,
        cause: error,
      });
    }
    if (!isStoreError(error)) throw error;
    return verifyUnread(context, expected, error.message);
  }
  // Where they differ and neither can be predicted, the object's own is the one to tell of.
  const answer = head.etag ?? expected.etag;
  if (expected.etag !== undefined && head.etag !== undefined && head.etag !== expected.etag) {
    if (expected.judgeEtag(expected.etag, head.encryption) === 'right') {
      reporter.warning(
        'DESTINATION_REPLACED',
        `${name} was replaced by someone else right after it was copied: how the copy was encrypted, and whether it had its tags ` +
          `and its lock, was not looked at`,
      );
      return { verified: 'etag', etag: expected.etag, versionId: undefined, head: undefined, isReplaced: true };
    }
    reporter.warning(
      'ETAG_DIFFERS',
      `${name} has ETag ${head.etag}, but the store answered ${expected.etag} when it was copied`,
    );
  }
  if (head.size !== expected.size) {
    throw new VerificationError(`${name} has ${head.size} bytes, but its source has ${expected.size}`, {
      expected: expected.size,
      actual: head.size,
    });
  }
  compareChecksum(expected.checksum, head.checksums, options.destination, head.checksumType);
  const right =
    options.verify === 'etag' && answer !== undefined && judge(expected, answer, name, head.encryption) === 'right';
  return { verified: right ? 'etag' : 'size', etag: answer, versionId: head.versionId, head };
}

/** Asks for checksums only where that isn't refused, and once more without them where it is. */
async function lookAtDestination(context: CopyContext, checksums: boolean): Promise<HeadObjectResult> {
  try {
    return await look(context, checksums);
  } catch (error) {
    if (checksums && isStoreError(error) && REFUSALS.includes(error.statusCode ?? 0)) return look(context, false);
    throw error;
  }
}

/** Some stores (Swift with a failed node) don't find at once what they have just written: 404 is asked about again. */
function look(context: CopyContext, checksums: boolean): Promise<HeadObjectResult> {
  const { options, runner } = context;
  const request = { ...destinationHeadRequest(context), ...(checksums ? { checksums } : {}) };
  let looks = 0;
  const lookOnce = (): Promise<HeadObjectResult> => {
    looks++;
    return options.store.headObject(request);
  };
  return runner.run('headObject', lookOnce, {
    isRetryable: (error) =>
      isRetryable(error) || (looks < MOST_LOOKS && isStoreError(error) && error.statusCode === 404),
  });
}

/** The destination may be written but not read: then the answer to the copy itself must do. */
function verifyUnread(context: CopyContext, expected: ExpectedObject, reason: string): VerifiedCopy {
  const name = describeObject(context.options.destination);
  const { etag } = expected;
  const right = context.options.verify === 'etag' && etag !== undefined && judge(expected, etag, name) === 'right';
  context.reporter.warning('SIZE_NOT_VERIFIED', `The size of ${name} could not be verified: ${reason}`);
  return { verified: right ? 'etag' : 'none', etag, versionId: undefined, head: undefined };
}

function judge(expected: ExpectedObject, etag: string, name: string, encryption?: string): 'right' | 'unpredictable' {
  const verdict = expected.judgeEtag(etag, encryption);
  if (verdict === 'wrong') {
    throw new VerificationError(
      `${name} has ETag ${etag}, but its parts make ${expected.expectedEtag ?? 'another one'}`,
      {
        expected: expected.expectedEtag ?? '',
        actual: etag,
      },
    );
  }
  return verdict;
}
