import type { StoreOperation } from '../store/copy-store.ts';

const BASE_TIMEOUT_MS = 60_000;

/** What a copy gets on top for each byte: 8 MiB a second is slow for a store that copies within itself. */
const MS_PER_BYTE = 1000 / (8 * 1024 * 1024);

/** The largest part, and the largest object of a single copy: assumed where the size isn't known. */
const MAX_COPY_SIZE = 5 * 1024 * 1024 * 1024;

/** Joining 10,000 parts may take minutes, whatever their size. */
const COMPLETE_TIMEOUT_MS = 600_000;

/**
 * How long a request may take where neither the request nor the store says: 60 s; for copies 60 s and one second more for each
 * 8 MiB (5 GiB: 700 s; where the size isn't known, that of 5 GiB); for Complete 10 minutes.
 */
export function defaultTimeoutMs(request: {
  readonly operation: StoreOperation;
  readonly copySize?: number | undefined;
}): number {
  const { operation, copySize } = request;
  if (operation === 'completeMultipartUpload') return COMPLETE_TIMEOUT_MS;
  if (operation !== 'copyPart' && operation !== 'copyObject') return BASE_TIMEOUT_MS;
  return Math.ceil(BASE_TIMEOUT_MS + (copySize ?? MAX_COPY_SIZE) * MS_PER_BYTE);
}
