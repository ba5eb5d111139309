import { CompleteFailedError } from '../errors.ts';
import type { CopyPlan } from '../plan/copy-plan.ts';
import type { HeadObjectResult, ObjectProperties } from '../store/copy-store.ts';
import type { CopyContext } from './copy-context.ts';
import type { Moment } from '../request/moment.ts';
import { hidesMd5 } from './encryption.ts';
import type { FinishedCopy } from './finished-copy.ts';
import { isMultipartEtag, matchesPrediction, type PredictedEtag } from './predict-etag.ts';
import { type CompletedUpload, judgeAge } from './reconcile-complete.ts';
import { asWritten, findDifferentProperties } from './same-properties.ts';
import { compareChecksum, type SourceChecksum } from './source-checksum.ts';
import { describeObject } from './source-request.ts';
import { verifyCopy } from './verify-copy.ts';

/** A completed upload, and what its object must be. */
export interface ConcludedUpload {
  readonly uploadId: string;
  readonly completed: CompletedUpload;
  readonly source: HeadObjectResult;
  readonly plan: CopyPlan;
  /** What the object is to have. */
  readonly properties: ObjectProperties;
  readonly predicted: PredictedEtag | undefined;
  /** The object's ETag won't be made of MD5s, because of how the store encrypts it. */
  readonly hidesMd5: boolean;
  /** Before Create was sent; undefined for an upload of which that isn't known. */
  readonly begunAt: Moment | undefined;
  readonly checksum: SourceChecksum | undefined;
  readonly resumed: boolean;
  readonly hedges: number;
}

/**
 * Verifies the object that a completed upload has made.
 *
 * @throws VerificationError where it isn't what was copied
 */
export async function concludeUpload(context: CopyContext, upload: ConcludedUpload): Promise<FinishedCopy> {
  const { uploadId, completed, resumed, hedges, checksum, plan, predicted } = upload;
  const { options, reporter } = context;
  reporter.phase('verifying');
  compareChecksum(checksum, completed.checksums, options.destination);
  const isCompared = checksum !== undefined && completed.checksums?.[checksum.algorithm] !== undefined;
  const verified = await verifyCopy(context, {
    size: plan.size,
    etag: completed.etag,
    ...expectEtag(context, upload),
    checksum: isCompared ? undefined : checksum,
  });
  judgeProperties(context, upload, verified.head);
  if (verified.etag === undefined) {
    reporter.warning('NO_ETAG', `The store gave no ETag for ${describeObject(options.destination)}`);
  }
  return {
    etag: verified.etag ?? predicted?.etag ?? '',
    versionId: completed.versionId ?? verified.versionId,
    verified: verified.verified,
    resumed,
    hedges,
    uploadId,
    encryption: completed.encryption ?? verified.head?.encryption,
    conditional: completed.conditional,
    isReplaced: verified.isReplaced,
  };
}

/**
 * Some stores drop a property in silence, and an upload of which nothing else is known was begun with properties of its own: that is
 * worth a warning. An equal object that is older than this copy, and has other properties, isn't this copy's: newer Ceph RGWs answer
 * 200 to the Complete of a dead upload where such an object is there.
 */
function judgeProperties(
  { reporter, options }: CopyContext,
  { properties, uploadId, begunAt }: ConcludedUpload,
  head: HeadObjectResult | undefined,
): void {
  const different = head === undefined ? [] : findDifferentProperties(asWritten(properties), head.properties);
  if (head === undefined || different.length === 0) return;
  const name = describeObject(options.destination);
  if (begunAt !== undefined && judgeAge(head, { begunAt, sentAt: begunAt }) === 'old') {
    throw new CompleteFailedError(
      `The store said that upload ${uploadId} was completed, but ${name} is an older object of the same bytes, with another ` +
        `${different.join(', ')}: the upload is gone`,
      { outcome: 'failed' },
    );
  }
  reporter.warning(
    'PROPERTIES_DIFFER',
    `${name} was copied, but the store shows another ${different.join(', ')} than it was to have`,
  );
}

function expectEtag(
  { options }: CopyContext,
  { plan, source, predicted, completed, hidesMd5: mayDiffer }: ConcludedUpload,
): Pick<Parameters<typeof verifyCopy>[1], 'expectedEtag' | 'judgeEtag'> {
  const { dialect } = options.store.traits ?? {};
  const isHidden = mayDiffer || hidesMd5(completed.encryption, dialect);
  // Asked for the source's own layout, the ETag must be the source's own: that proves the content.
  const mustEqualSource = options.partSize === 'source' && !isHidden && !hidesMd5(source.encryption, dialect);
  return {
    expectedEtag: mustEqualSource ? plan.etag : predicted?.etag,
    judgeEtag: (etag, encryption) => {
      const isUnpredictable = isHidden || hidesMd5(encryption, dialect);
      if (mustEqualSource && !isUnpredictable) return etag === plan.etag ? 'right' : 'wrong';
      if (predicted === undefined) return 'unpredictable';
      if (matchesPrediction(predicted, etag)) return 'right';
      return isMultipartEtag(etag) && !isUnpredictable ? 'wrong' : 'unpredictable';
    },
  };
}
