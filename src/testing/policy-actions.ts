import type { Dialect } from './dialect.ts';
import type { OperationName } from './operation-name.ts';

/** What an operation works on. */
export interface Subject {
  readonly dialect: Dialect;
  readonly bucket: string;
  /** Empty for operations on a bucket. */
  readonly key: string;
  /** Where the request names a version. */
  readonly versionId?: string | undefined;
}

/** A permission, and what it is needed on. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
}

/**
 * Operations whose permission has another name than they have.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 * @see https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0112.html
 */
const OTHER_NAMES: Readonly<Partial<Record<OperationName, string>>> = {
  headObject: 'GetObject',
  copyObject: 'PutObject',
  copyPart: 'PutObject',
  createMultipartUpload: 'PutObject',
  completeMultipartUpload: 'PutObject',
  uploadPart: 'PutObject',
  listParts: 'ListMultipartUploadParts',
  listMultipartUploads: 'ListBucketMultipartUploads',
  deleteObjects: 'DeleteObject',
  listObjects: 'ListBucket',
  listObjectsV2: 'ListBucket',
  listObjectVersions: 'ListBucketVersions',
  headBucket: 'ListBucket',
  listBuckets: 'ListAllMyBuckets',
};

/** Actions of which the vendors have a second name for a request that names a version. */
const VERSIONED = /^(?:Get|Delete)Object$|^(?:Get|Put|Delete)Object(?:Acl|Tagging|Annotation)$|^ListObjectAnnotations$/;

/** The permission that an operation needs on what it names; undefined if it needs none, or asks for each of its objects. */
export function permissionFor(
  operation: OperationName,
  { dialect, bucket, key, versionId }: Subject,
): Permission | undefined {
  if (operation === 'negotiateApi' || (operation === 'deleteObjects' && key === '')) return undefined;
  const name = OTHER_NAMES[operation] ?? `${operation[0]?.toUpperCase()}${operation.slice(1)}`;
  const action = versionId !== undefined && VERSIONED.test(name) ? name.replace('Object', 'ObjectVersion') : name;
  const kind = key === '' ? 'bucket' : 'object';
  const resource = key === '' ? bucket : `${bucket}/${key}`;
  return dialect.name === 'obs'
    ? { action: `obs:${kind}:${action}`, resource: `OBS:*:*:${kind}:${resource}` }
    : { action: `s3:${action}`, resource: `arn:aws:s3:::${resource}` };
}
