import { CompleteFailedError, VerificationError } from '../errors.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { ignoreStoreError, isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { assertEncrypted } from './encryption.ts';
import { findTwin, isKeyRefused } from './key-twins.ts';
import { findDroppedProperties, findKeptProperties } from './same-properties.ts';
import { compareChecksum, type SourceChecksum } from './source-checksum.ts';
import type { Target } from './target.ts';

/** How a copy ended: what goes into the result beside what the caller knows already. */
export interface FinishedCopy {
  /** Without quotes; empty if the store gave none. */
  readonly etag: string;
  readonly versionId: string | undefined;
  readonly verified: 'etag' | 'size' | 'none';
  /** `If-None-Match: *` went with the last request. */
  readonly conditional: boolean;
  /** Someone else's object has taken the copy's place since. */
  readonly isReplaced: boolean;
  /** What HEAD of the destination showed, or failed with; undefined if nobody looked. */
  readonly seen: HeadObjectResult | StoreError | undefined;
  /** The version that was looked at, whoever may write to the key. */
  readonly seenVersion?: string | undefined;
}

type Verified = Omit<FinishedCopy, 'conditional' | 'seen'>;

/**
 * Looks at the finished object: the object is the proof, whatever the store answered. One HEAD shows size, ETag, checksum, properties
 * and encryption. Runs to its end whatever the caller's signal says. Nothing is ever deleted.
 *
 * @param checksum - the source's, if the copy must have the same
 * @throws VerificationError if what stands there isn't this copy
 * @throws CopyError if it isn't encrypted as asked
 */
export async function verifyCopy(
  context: CopyContext,
  target: Target,
  checksum: SourceChecksum | undefined,
): Promise<FinishedCopy> {
  const { options, reporter, destination } = context;
  const { answer } = target;
  reporter.phase('verifying');
  compareChecksum(checksum, answer?.checksums, destination.name);
  const isCompared = checksum !== undefined && answer?.checksums?.[checksum.algorithm] !== undefined;
  const expected = isCompared || checksum?.isComparable !== true ? undefined : checksum;
  const seen = options.verify === 'none' ? undefined : await destination.look(expected !== undefined, target.version);
  const head = seen === undefined || isStoreError(seen) ? undefined : seen;
  let finished: Verified;
  if (seen === undefined) finished = { ...describe(target, undefined), verified: 'none' };
  else if (head === undefined) finished = await verifyUnseen(context, target, seen as StoreError);
  else finished = await verifyHead(context, target, head, expected);
  if (finished.etag === '') reporter.warning('NO_ETAG', `The store gave no ETag for ${destination.name}`);
  if (!finished.isReplaced) await assertEncrypted(context, head?.encryption ?? answer?.encryption, seen);
  const seenVersion = head?.versionId === target.version ? target.version : undefined;
  return { ...finished, conditional: answer?.conditional === true, seen, seenVersion };
}

function describe(
  { answer, etag, uploadId }: Target,
  head: HeadObjectResult | undefined,
): Pick<FinishedCopy, 'etag' | 'versionId' | 'isReplaced'> {
  return {
    // If they differ and neither can be predicted, the object's own is the one that counts.
    etag: head?.etag ?? answer?.etag ?? (uploadId === undefined ? '' : (etag.etag ?? '')),
    versionId: answer?.versionId ?? head?.versionId,
    isReplaced: false,
  };
}

async function verifyHead(
  context: CopyContext,
  target: Target,
  head: HeadObjectResult,
  checksum: SourceChecksum | undefined,
): Promise<Verified> {
  const { options, reporter, destination } = context;
  const { name } = destination;
  const { answer } = target;
  const recognition = target.recognise(head);
  const problem = recognition.verdict === 'ours' ? target.findWrongEtag(head) : recognition.reason;
  if (problem !== undefined) return findReplaced(context, target, head, problem);
  if (answer?.etag !== undefined && head.etag !== undefined && answer.etag !== head.etag) {
    const text = `${name} has ETag ${head.etag}, but the store answered ${answer.etag} when it was copied`;
    reporter.warning('ETAG_DIFFERS', text);
  } else if (target.isContradicted(head.etag, head.encryption)) {
    const text = `${name} has ETag ${head.etag}, and not ${target.etag.etag ?? 'another one'}, as this store makes it of the same bytes`;
    reporter.warning('ETAG_DIFFERS', text);
  }
  compareChecksum(checksum, head.checksums, name, head.checksumType);
  const different = [...target.differences(head), ...findDroppedProperties(target.properties, head.properties)];
  if (different.length > 0) {
    const text = `${name} was copied, but the store shows another ${different.join(', ')} than it was to have`;
    reporter.warning('PROPERTIES_DIFFER', text);
  }
  const kept = findKeptProperties(target.properties, target.source.properties, head.properties);
  if (kept.length > 0) {
    const text = `${name} was copied, but the store left the source's ${kept.join(', ')} on it, which it was to be without`;
    reporter.warning('PROPERTIES_DIFFER', text);
  }
  const described = describe(target, head);
  warnOfUnexplainedEtag(context, target, described.etag, head.encryption);
  target.learnFormula(described.etag);
  const isRight = options.verify === 'etag' && target.judgeEtag(head.etag, head.encryption) === 'right';
  return { ...described, verified: isRight ? 'etag' : 'size' };
}

/**
 * An ETag that wasn't computed, in a store of which it isn't known whether its ETags can be.
 *
 * @throws VerificationError if the caller asked for the ETag to be compared
 */
function warnOfUnexplainedEtag(
  { options, reporter, destination }: CopyContext,
  target: Target,
  etag: string | undefined,
  encryption?: string,
): void {
  if (!target.isUnexplained(etag, encryption)) return;
  const expected = target.etag.etag ?? '';
  const text =
    `${destination.name} has ETag ${etag ?? 'none'}, not ${expected} as on S3: ` +
    `store '${options.store.name}' may make ETags by another rule`;
  if (options.demandsEtag) {
    throw new VerificationError(`${text}; if it does, copy with verify: 'size'`, { expected, actual: etag });
  }
  reporter.warning('ETAG_UNPREDICTED', `${text}, so the copy is verified by its size`);
}

/** What stands there isn't the copy. The copy may be an older version by now; else nothing proves that it was ever made. */
async function findReplaced(
  { reporter, destination }: CopyContext,
  target: Target,
  head: HeadObjectResult,
  reason: string,
): Promise<Verified> {
  const { name } = destination;
  const versionId = target.answer?.versionId;
  if (versionId !== undefined && versionId !== 'null' && versionId !== head.versionId) {
    const own = await destination.head({ versionId }).catch(ignoreStoreError);
    if (own !== undefined && target.recognise(own).verdict === 'ours') {
      reporter.warning(
        'DESTINATION_REPLACED',
        `${name} was replaced by someone else right after it was copied (the copy is version ${versionId}): how the copy was ` +
          'encrypted, and whether it had its tags and its lock, was not looked at',
      );
      const verified = target.judgeEtag(own.etag, own.encryption) === 'right' ? 'etag' : 'size';
      return { ...describe(target, own), verified, isReplaced: true };
    }
  }
  const isSize = head.size !== target.size;
  const isAnswered = head.etag !== undefined && head.etag === target.answer?.etag;
  // s3rver 3.7.1 keeps the ETag of an object that a CopyObject writes over
  const advice =
    isSize || !isAnswered
      ? ''
      : `; or its ETags aren't to be relied on: then copyLargeObject with verify: 'size' copies it`;
  throw new VerificationError(
    `${name} ${reason}: the store said that it was copied, so it lost the copy, or somebody has replaced it since${advice}`,
    {
      expected: isSize ? target.size : (target.etag.etag ?? target.answer?.etag ?? target.size),
      actual: isSize ? head.size : (head.etag ?? target.answer?.etag),
    },
  );
}

/** The destination may be written but not read: then the answer to the copy itself must do, and proves nothing. */
async function verifyUnseen(context: CopyContext, target: Target, error: StoreError): Promise<Verified> {
  const { reporter, destination } = context;
  const { name } = destination;
  const etag = target.answer?.etag;
  if (error.statusCode === 404 || isKeyRefused(error)) {
    const twin = await findTwin(context);
    const isThere = twin !== undefined && target.recognise(twin.head).verdict === 'ours';
    const where = isThere ? `: it stands at ${twin.name}, as the store takes both for one key` : '';
    const what = error.statusCode === 404 ? 'does not exist' : `can't be read (${error.vendorCode})`;
    throw new VerificationError(`${name} ${what} though the store said that it was copied${where}`, {
      expected: target.size,
      actual: undefined,
      cause: error,
    });
  }
  if (target.judgeEtag(etag) === 'wrong') {
    throw new VerificationError(
      `${name} has ETag ${etag ?? 'none'}, but should have ${target.etag.etag ?? 'another one'}`,
      {
        expected: target.etag.etag ?? '',
        actual: etag,
      },
    );
  }
  // Ceph RGW gives no ETag for the Complete of an upload that is gone.
  if (target.uploadId !== undefined && (etag === undefined || etag === target.etagBefore)) {
    throw new CompleteFailedError(
      `The store said that ${name} was copied, but gave no ETag of the copy, and it cannot be read: ${error.message}`,
      { outcome: 'unknown', cause: error, uploadId: target.uploadId },
    );
  }
  warnOfUnexplainedEtag(context, target, etag);
  reporter.warning('SIZE_NOT_VERIFIED', `The size of ${name} could not be verified: ${error.message}`);
  return { ...describe(target, undefined), verified: 'none' };
}
