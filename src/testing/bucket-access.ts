import { ServiceError } from './service-error.ts';
import type { StoreState } from './store-state.ts';
import { dialectHeader, type StoreRequest } from './store-request.ts';

/**
 * Refuses a request that expects another account to own the bucket, or that doesn't say that it pays where the bucket's owner
 * doesn't. A bucket that isn't there is left to the operation.
 *
 * @param ownerHeader where the expectation stands: `expected-bucket-owner`, `source-expected-bucket-owner`
 * @throws {ServiceError} AccessDenied, RequestPayerDenied
 */
export function requireBucketAccess(
  request: StoreRequest,
  state: StoreState,
  bucket: string,
  ownerHeader: string,
): void {
  const expectedOwner = dialectHeader(request, ownerHeader);
  if (expectedOwner !== undefined && expectedOwner !== state.ownerId) throw new ServiceError('AccessDenied');
  if (state.buckets.get(bucket)?.requesterPays !== true) return;
  if (dialectHeader(request, 'request-payer') === 'requester') return;
  throw new ServiceError(request.dialect.name === 'obs' ? 'RequestPayerDenied' : 'AccessDenied', undefined, {
    status: 403,
  });
}
