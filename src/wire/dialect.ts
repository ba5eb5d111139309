import { isAmazon } from './aws-names.ts';
import type { SignatureName } from './signer.ts';

/** What differs on the wire between OBS's own headers and those of S3. */
export interface Dialect {
  readonly prefix: 'x-obs-' | 'x-amz-';
  readonly kmsKeyIdHeader: string;
  /** How other vendors' names for storage classes are called here; names that aren't listed are sent as they are. */
  readonly storageClasses: Readonly<Record<string, string>>;
  /** Storage classes whose objects must be restored before they can be read. */
  readonly archiveClasses: ReadonlySet<string>;
  /** What stands in front of the conditions of CopyObject on its destination: Cloudflare R2 has names of its own for them. */
  readonly copyConditionPrefix: '' | 'cf-copy-destination-';
  /**
   * Whether it is OBS, by whichever headers. That has its own form of retentions and bodies, and no checksums that can be asked for,
   * annotations, legal holds, expected owners or version 2 of listings.
   */
  readonly isObs: boolean;
}

const OBS_HEADERS: Dialect = {
  prefix: 'x-obs-',
  kmsKeyIdHeader: 'x-obs-server-side-encryption-kms-key-id',
  storageClasses: { STANDARD_IA: 'WARM', GLACIER: 'COLD' },
  archiveClasses: new Set(['GLACIER', 'DEEP_ARCHIVE', 'COLD']),
  copyConditionPrefix: '',
  isObs: true,
};

/** OBS spoken to by the headers of S3 (signatures `v2` and `v4`). */
const OBS_WITH_AMZ_HEADERS: Dialect = {
  ...OBS_HEADERS,
  prefix: 'x-amz-',
  kmsKeyIdHeader: 'x-amz-server-side-encryption-aws-kms-key-id',
  storageClasses: { WARM: 'STANDARD_IA', COLD: 'GLACIER' },
};

const S3_HEADERS: Dialect = {
  ...OBS_WITH_AMZ_HEADERS,
  storageClasses: {},
  isObs: false,
};

/** S3's headers on other stores than Amazon's: what their classes mean is theirs to judge. */
const S3_HEADERS_ELSEWHERE: Dialect = { ...S3_HEADERS, archiveClasses: new Set() };

/**
 * Those of Cloudflare R2, on which CopyObject ignores the usual conditions on its destination.
 *
 * @see https://developers.cloudflare.com/r2/api/s3/extensions/
 */
const R2_HEADERS: Dialect = { ...S3_HEADERS_ELSEWHERE, copyConditionPrefix: 'cf-copy-destination-' };

/**
 * The dialect of a vendor's store for a signature: on OBS the signature decides which headers are understood.
 *
 * @param hostname - of a store that speaks S3: Amazon's own, or another's
 */
export function chooseDialect(vendor: 'obs' | 's3', signature: SignatureName, hostname?: string): Dialect {
  if (vendor === 's3') {
    if (hostname?.endsWith('.r2.cloudflarestorage.com') === true) return R2_HEADERS;
    return hostname === undefined || isAmazon(hostname) ? S3_HEADERS : S3_HEADERS_ELSEWHERE;
  }
  return signature === 'obs' ? OBS_HEADERS : OBS_WITH_AMZ_HEADERS;
}

/** A request body. OBS's own examples have no namespace. */
export function formatDocument({ isObs }: Dialect, root: string, content: string): string {
  const namespace = isObs ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return `<${root}${namespace}>${content}</${root}>`;
}
