import { createHash } from 'node:crypto';
import { hasAclHeaders } from './access-control.ts';
import type { Bucket } from './bucket.ts';
import type { OperationName } from './operation-name.ts';
import { ServiceError } from './service-error.ts';
import { dialectHeader, plainHeader, type StoreRequest } from './store-request.ts';

/** What a directory bucket (S3 Express One Zone) hasn't got. */
const missing: ReadonlySet<OperationName> = new Set<OperationName>([
  'getObjectTagging',
  'putObjectTagging',
  'deleteObjectTagging',
  'getObjectAcl',
  'putObjectAcl',
  'getObjectRetention',
  'putObjectRetention',
  'getObjectLegalHold',
  'putObjectLegalHold',
  'updateObjectEncryption',
  'listObjects',
  'listObjectVersions',
  'getBucketVersioning',
  'putBucketVersioning',
  'getBucketAcl',
]);

/** What is signed with the caller's own credentials; everything else takes those of a session. */
const withoutSession: ReadonlySet<OperationName> = new Set<OperationName>([
  'copyObject',
  'copyPart',
  'headBucket',
  'createSession',
  'createBucket',
  'deleteBucket',
  'getBucketConfiguration',
]);

/**
 * Refuses what a directory bucket doesn't take.
 *
 * @throws {ServiceError} NotImplemented, InvalidStorageClass, AccessDenied
 */
export function requireDirectoryRules(operation: OperationName, request: StoreRequest, isSigned: boolean): void {
  if (missing.has(operation)) throw new ServiceError('NotImplemented');
  const lockHeader = Object.keys(request.headers).some((name) => name.startsWith('x-amz-object-lock-'));
  const tags = dialectHeader(request, 'tagging') ?? '';
  const customerKey = dialectHeader(request, 'server-side-encryption-customer-key');
  if (lockHeader || tags !== '' || customerKey !== undefined || hasAclHeaders(request)) {
    throw new ServiceError('NotImplemented');
  }
  if (dialectHeader(request, 'object-annotation-directive') === 'COPY') throw new ServiceError('NotImplemented');
  const storageClass = dialectHeader(request, 'storage-class') ?? 'EXPRESS_ONEZONE';
  if (storageClass !== 'EXPRESS_ONEZONE') throw new ServiceError('InvalidStorageClass');
  const session = plainHeader(request, 'x-amz-s3session-token');
  if (isSigned && session === undefined && !withoutSession.has(operation)) {
    throw new ServiceError('AccessDenied', 'Directory buckets take the credentials of a session: call CreateSession');
  }
}

/** Keys in the order in which a directory bucket lists them: none that anyone could go by. */
export function directoryOrder(bucket: Bucket): readonly string[] {
  const place = (key: string): string => createHash('md5').update(key).digest('hex');
  return bucket.keys().toSorted((left, right) => (place(left) < place(right) ? -1 : 1));
}
