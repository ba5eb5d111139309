import type { RequestCancellation } from './request-cancellation.ts';

/** What every request may carry. */
export interface StoreRequest {
  /** Cancels the request: it rejects with the signal's reason, and the connection is cut. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Takes the place of `signal` for stores of this library.
   * @internal
   */
  readonly cancellation?: RequestCancellation | undefined;
  /** Give up after this many milliseconds without a complete answer. The store's own `requestTimeoutMs` is the default. */
  readonly timeoutMs?: number | undefined;
  /** Sends `x-amz-request-payer: requester`: the caller pays for the request and the data. */
  readonly requestPayer?: 'requester' | undefined;
  /** Account id that must own the bucket of the request, or the store answers 403. */
  readonly expectedBucketOwner?: string | undefined;
}
