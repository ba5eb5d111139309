import { PartFailedError } from '../errors.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';

/** What stores call an upload that was completed or aborted: NoSuchUpload, and Ceph RGW and Swift NoSuchKey. */
const GONE_CODES: ReadonlySet<string | undefined> = new Set(['NoSuchUpload', 'NoSuchKey', 'NoSuchBucket']);

/** Whether a failure says that the upload doesn't exist (any more). A 404 for any other reason, a proxy's say, is no word about it. */
export function saysUploadIsGone(error: unknown): error is StoreError {
  return isStoreError(error) && error.statusCode === 404 && GONE_CODES.has(error.vendorCode);
}

/** Whether some store answers so for an upload that doesn't exist (any more): only a listing of the uploads tells. */
export function mayMeanGone({ statusCode = 0 }: StoreError): boolean {
  return [400, 403, 404, 410, 500].includes(statusCode);
}

/** Whether a part was refused as its upload is gone, by the store's own word. */
export function refusesAsGone(error: unknown): boolean {
  const cause = error instanceof PartFailedError ? error.cause : error;
  return isStoreError(cause) && cause.operation === 'copyPart' && saysUploadIsGone(cause);
}

/** Whether a failure says that the object doesn't exist. */
export function isNotFound(error: unknown): error is StoreError {
  return isStoreError(error) && error.statusCode === 404;
}
