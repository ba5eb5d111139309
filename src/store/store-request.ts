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
  /** Which attempt at the operation it is, from 1. It isn't sent: for what is said of the request. @default 1 */
  readonly attempt?: number | undefined;
  /** Whether it is sent beside one that straggles. It isn't sent either. @default false */
  readonly hedge?: boolean | undefined;
  /** Give up after this many milliseconds without a complete answer. The store's own `requestTimeoutMs` is the default. */
  readonly timeoutMs?: number | undefined;
  /** Sends `x-amz-request-payer: requester`: the caller pays for the request and the data. */
  readonly requestPayer?: 'requester' | undefined;
  /** Account id that must own the bucket of the request, or the store answers 403. */
  readonly expectedBucketOwner?: string | undefined;
}
