/** What a store allows for parts and for a single CopyObject. All sizes are bytes. */
export interface StoreLimits {
  /** Smallest size of a part that is not the last one. */
  readonly minPartSize: number;
  /** Largest size of any part. */
  readonly maxPartSize: number;
  /** Most parts in one upload; part numbers run from 1 to this. */
  readonly maxParts: number;
  /** Largest source that a single CopyObject takes. */
  readonly maxCopyObjectSize: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/**
 * Limits of Amazon S3.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
export const S3_LIMITS: StoreLimits = Object.freeze({
  minPartSize: 5 * MIB,
  maxPartSize: 5 * GIB,
  maxParts: 10_000,
  maxCopyObjectSize: 5 * GIB,
});

/**
 * Limits of Huawei OBS.
 *
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0099.html
 */
export const OBS_LIMITS: StoreLimits = Object.freeze({
  minPartSize: 100 * KIB,
  maxPartSize: 5 * GIB,
  maxParts: 10_000,
  maxCopyObjectSize: 5 * GIB,
});
