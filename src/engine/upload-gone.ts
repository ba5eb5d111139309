import { CompleteFailedError } from '../errors.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';

/** What stores call an upload that was completed or aborted: NoSuchUpload, and Ceph RGW and Swift NoSuchKey. */
const GONE_CODES: ReadonlySet<string | undefined> = new Set(['NoSuchUpload', 'NoSuchKey', 'NoSuchBucket']);

/** Whether a failure says that the upload doesn't exist (any more). A 404 for any other reason, a proxy's say, is no word about it. */
export function saysUploadIsGone(error: unknown): error is StoreError {
  return isStoreError(error) && error.statusCode === 404 && GONE_CODES.has(error.vendorCode);
}

/** An upload could not be completed as it doesn't exist any more, so that there is none to name. */
export class UploadGoneError extends CompleteFailedError {}
