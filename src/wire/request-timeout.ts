import type { StoreOperation } from '../store/copy-store.ts';

const BASE_TIMEOUT_MS = 60_000;

/** What a copy gets on top for each byte: 8 MiB a second is slow for a store that copies within itself. */
const MS_PER_BYTE = 1000 / (8 * 1024 * 1024);

/** The largest part, and the largest object of a single copy: assumed if the size isn't known. */
const MAX_COPY_SIZE = 5 * 1024 * 1024 * 1024;

/** Joining 10,000 parts may take minutes, whatever their size. */
const COMPLETE_TIMEOUT_MS = 600_000;

/**
 * How long a request may take if neither the request nor the store says: 60 s, and 10 minutes for Complete. A copy gets one second
 * more for each 8 MiB: 700 s for 5 GiB, which is assumed if the size isn't known.
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
