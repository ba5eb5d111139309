import { createHash } from 'node:crypto';

const MD5_HEX = /^[0-9a-f]{32}$/i;
const HEX_ETAG = /^[0-9a-f]{32}(?:-\d+)?$/i;

/** The ETags that a store may give to an object joined from parts. */
export interface PredictedEtag {
  /** `md5(m1 ‖ … ‖ mN)-N` over the binary part MD5s: S3, Ceph, MinIO, …. */
  readonly etag: string;
  /** The same over the hex texts: how Huawei's formula "MD5(M1M2…MN)-N" can also be read. */
  readonly alternative: string;
}

/**
 * Predicts the ETag of a multipart object from its parts' ETags; undefined unless these are plain MD5s (they are not if the store
 * encrypts with KMS or customer keys).
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

/** The number of parts that an ETag of the form `…-N` tells; undefined for any other. */
export function partCountOf(etag: string | undefined): number | undefined {
  const count = /^[^-]+-(\d{1,5})$/.exec(etag ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}

export type EtagVerdict = 'right' | 'wrong' | 'unpredictable';

export interface ExpectedEtag {
  /** The ETag that the object should have, for messages. */
  readonly etag: string | undefined;
  /** @param isHidden - whether the store encrypts the object so that its ETag is no MD5 */
  judge(etag: string, isHidden: boolean): EtagVerdict;
}

/** The ETag of a whole copy is the source's, if both are MD5s of the content. */
export function expectSourceEtag(sourceEtag: string | undefined): ExpectedEtag {
  return {
    etag: sourceEtag,
    judge: (etag, isHidden) => {
      if (isEqualEtag(etag, sourceEtag)) return 'right';
      const isComparable = sourceEtag !== undefined && isMd5Etag(sourceEtag) && isMd5Etag(etag) && !isHidden;
      return isComparable ? 'wrong' : 'unpredictable';
    },
  };
}

/** In the source's own part layout the ETag must be the source's own: that proves the content. */
export function expectSameEtag(sourceEtag: string | undefined, joined: ExpectedEtag): ExpectedEtag {
  return {
    etag: sourceEtag,
    judge: (etag, isHidden) =>
      isHidden ? joined.judge(etag, true) : isEqualEtag(etag, sourceEtag) ? 'right' : 'wrong',
  };
}

/** Some stores give the MD5 of the whole also to an object in parts: one that equals the source's proves the content. */
export function expectJoinedOrWhole(wholeMd5: string | undefined, joined: ExpectedEtag): ExpectedEtag {
  if (wholeMd5 === undefined || !isMd5Etag(wholeMd5)) return joined;
  return {
    etag: joined.etag,
    judge: (etag, isHidden) => (!isHidden && isEqualEtag(etag, wholeMd5) ? 'right' : joined.judge(etag, isHidden)),
  };
}

/** Whether two ETags say the same. Some stores write an MD5 in capitals, or only some of their answers do. */
export function isEqualEtag(etag: string | undefined, other: string | undefined): boolean {
  if (etag === undefined || other === undefined) return false;
  return etag === other || (HEX_ETAG.test(etag) && etag.toLowerCase() === other.toLowerCase());
}

export function expectJoinedEtag(predicted: PredictedEtag | undefined): ExpectedEtag {
  return {
    etag: predicted?.etag,
    judge: (etag, isHidden) => {
      if (predicted === undefined) return 'unpredictable';
      const lower = etag.toLowerCase();
      if (lower === predicted.etag || lower === predicted.alternative) return 'right';
      return /^[0-9a-f]{32}-\d+$/i.test(etag) && !isHidden ? 'wrong' : 'unpredictable';
    },
  };
}
