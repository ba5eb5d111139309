import type { OperationName } from './operation-name.ts';
import { ServiceError } from './service-error.ts';
import { dialectHeader, type StoreRequest } from './store-request.ts';

/** What a parallel file system of OBS hasn't got. */
const missing: ReadonlySet<OperationName> = new Set<OperationName>([
  'listObjectVersions',
  'getBucketVersioning',
  'putBucketVersioning',
  'getBucketStorageClass',
]);

/**
 * Refuses what a parallel file system doesn't take, by the vendor's documents.
 *
 * @throws {ServiceError} MethodNotAllowed, InvalidArgument, InvalidStorageClass, NotImplemented
 * @see https://support.huaweicloud.com/intl/en-us/usermanual-obs/obs_13_0009.html
 */
export function requireFileSystemRules(operation: OperationName, request: StoreRequest): void {
  if (missing.has(operation)) throw new ServiceError('MethodNotAllowed');
  if (request.key.includes('//') || request.query.has('versionId')) throw new ServiceError('InvalidArgument');
  if (dialectHeader(request, 'storage-class') === 'DEEP_ARCHIVE') throw new ServiceError('InvalidStorageClass');
  const refused = /^x-(?:obs|amz)-(?:server-side-encryption|website-redirect-location)/;
  if (Object.keys(request.headers).some((name) => refused.test(name))) throw new ServiceError('NotImplemented');
}
