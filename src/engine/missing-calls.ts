import { CopyError } from '../errors.ts';
import { formatBytes } from '../plan/byte-size.ts';
import { answerIn, lacksCall } from '../store/classify-failure.ts';
import { amend, isStoreError, type StoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { foldKey } from './key-twins.ts';
import { IGNORED_SOURCE } from './parts/lost-parts.ts';

/** What is remembered of a store that copies whole objects only. */
export const NO_PART_COPY = 'no part copy';

/**
 * Whether a store has no such call. A 404 without a code names no object, bucket or upload that is missing; what a 400 doesn't support
 * may be the key.
 */
function isMissing(error: StoreError): boolean {
  const { statusCode, vendorCode } = error;
  return (statusCode !== 400 && lacksCall(error)) || (statusCode === 404 && vendorCode === undefined);
}

/** Whether a store that has copied no part yet can't copy any. */
export function lacksPartCopy(error: StoreError): boolean {
  const { operation, statusCode, vendorCode, cause } = error;
  // One that names options of the caller's has been explained by these.
  if (operation === 'createMultipartUpload') return isMissing(error) && !isStoreError(cause);
  if (operation !== 'copyPart') return false;
  // gofakes3 takes the request for a part's own bytes, and misses these: 411.
  return vendorCode === IGNORED_SOURCE || statusCode === 411 || lacksCall(error) || isMissing(error);
}

/** MinIO of 2021, on four drives, copies no part of `dir/` ("Object name contains unsupported characters"), but of all other keys. */
function isForAll({ statusCode, vendorCode = '', message }: StoreError): boolean {
  return statusCode !== 400 || !/name|key|character|object|class|encrypt/i.test(`${vendorCode} ${answerIn(message)}`);
}

/** The store copies whole objects only: Storj, Mega, gofakes3 and the XML interface of Google Cloud have no UploadPartCopy. */
export class NoPartCopyError extends CopyError {
  /** A store that takes the part copy for an upload may do so with CopyObject, which would leave an object of no bytes. */
  readonly mayCopyWhole: boolean;
  /** Whether the store would answer so for any object. */
  readonly isForAll: boolean;

  constructor({ options, source }: CopyContext, cause: StoreError) {
    const { name, limits } = options.store;
    const missing =
      cause.operation === 'copyPart' ? 'part copy (UploadPartCopy)' : 'uploads in parts (CreateMultipartUpload)';
    super(
      `Cannot copy ${source.name} in parts as store '${name}' has no ${missing}: ${cause.message}; a single copy ` +
        `(CopyObject) takes up to ${formatBytes(limits.maxCopyObjectSize)}: raise multipartThreshold up to it, and if this store ` +
        'takes more, limits.maxCopyObjectSize',
      { cause },
    );
    this.mayCopyWhole = cause.vendorCode !== IGNORED_SOURCE;
    this.isForAll = isForAll(cause);
  }
}

/**
 * The failure of a single copy, with what helps if the store has no CopyObject, or no place for such a key.
 *
 * @param inParts - what the copy in parts failed with, if that was tried before
 */
export function adviseParts(error: unknown, key: string, size: number, inParts?: CopyError): unknown {
  if (!isStoreError(error) || error.operation !== 'copyObject' || !isMissing(error) || isStoreError(error.cause)) {
    return error;
  }
  // s3rver 3.7.1 finds no call at such a path
  const folded = foldKey(key);
  if (error.statusCode === 404 && folded !== key) {
    return amend(
      error,
      `; the store may have no place for a key such as ${JSON.stringify(key)}, only for ${JSON.stringify(folded)}`,
    );
  }
  if (inParts !== undefined) return amend(error, `; and in parts: ${inParts.message}`);
  const help = size === 0 ? '' : ': with multipartThreshold: 0 the object is copied in parts';
  return amend(error, `; the store may have no CopyObject${help}`);
}
