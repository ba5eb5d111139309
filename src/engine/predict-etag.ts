import { createHash } from 'node:crypto';

const MD5_HEX = /^[0-9a-f]{32}$/i;

/** The ETags that a store may give to an object joined from these parts, or undefined where they can't be predicted. */
export interface PredictedEtag {
  /** `md5(m1 ‖ … ‖ mN)-N` over the binary part MD5s: S3, Ceph, MinIO, …. */
  readonly etag: string;
  /** The same over the hex texts: how Huawei's formula "MD5(M1M2…MN)-N" can also be read. */
  readonly alternative: string;
}

/**
 * Predicts the ETag of a multipart object from its parts' ETags, which must be plain MD5s (they are not where the store encrypts
 * with KMS or customer keys).
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
 */
export function predictEtag(partEtags: readonly string[]): PredictedEtag | undefined {
  if (!partEtags.every((etag) => MD5_HEX.test(etag))) return undefined;
  const digests = partEtags.join('');
  const suffix = `-${partEtags.length}`;
  return {
    etag: createHash('md5').update(digests, 'hex').digest('hex') + suffix,
    alternative: createHash('md5').update(digests).digest('hex') + suffix,
  };
}

/** True for 32 hex digits: what a plain MD5 looks like. */
export function isMd5Etag(etag: string): boolean {
  return MD5_HEX.test(etag);
}

/** True where `etag` is what the store was expected to give. */
export function matchesPrediction(predicted: PredictedEtag, etag: string): boolean {
  const lower = etag.toLowerCase();
  return lower === predicted.etag || lower === predicted.alternative;
}

/** True for an ETag of the form `<md5>-<number of parts>`, which is the form that can be predicted. */
export function isMultipartEtag(etag: string): boolean {
  return /^[0-9a-f]{32}-\d+$/i.test(etag);
}
