import { CopyError } from '../errors.ts';
import type { StoreOperation } from './copy-store.ts';

/**
 * What sort of failure it was, as far as the caller's next step goes:
 *
 * - `throttled`: the store asks for fewer requests (503 SlowDown, 429); everyone should slow down
 * - `transient`: the store or the network failed; the same request may work in a moment
 * - `ambiguous`: no (complete) answer came, so the store may or may not have done the work
 * - `permanent`: the same request will fail again
 */
export type StoreErrorKind = 'throttled' | 'transient' | 'ambiguous' | 'permanent';

/** Fields of a {@link StoreError}. */
export type StoreErrorDetails = Pick<StoreError, 'operation' | 'kind'> &
  Partial<
    Pick<
      StoreError,
      'statusCode' | 'vendorCode' | 'requestId' | 'retryAfterMs' | 'serverTime' | 'region' | 'endpoint' | 'cause'
    >
  >;

/** A request to a store failed. What a `CopyStore` throws, and all that it throws besides a signal's reason. */
export class StoreError extends CopyError {
  override readonly name: string = 'StoreError';
  override readonly code = 'ERR_STORE' as const;
  declare readonly operation: StoreOperation;
  declare readonly kind: StoreErrorKind;
  /** HTTP status; absent if no answer came. */
  readonly statusCode: number | undefined;
  /** The store's own error code (`SlowDown`, `NoSuchKey`, …) or the network's (`ECONNRESET`, …). */
  readonly vendorCode: string | undefined;
  readonly requestId: string | undefined;
  /** Whether the same request may succeed when it is sent again: every kind but `permanent`. */
  readonly retryable: boolean;
  /** How long the store asked to wait, in milliseconds (`Retry-After`). */
  declare readonly retryAfterMs: number | undefined;
  /** The store's own clock when it answered (`Date`), as in `HeadObjectResult`. */
  declare readonly serverTime: Date | undefined;
  /** Where the store says the bucket really lives, on a redirect. */
  declare readonly region: string | undefined;
  declare readonly endpoint: string | undefined;

  constructor(message: string, details: StoreErrorDetails) {
    super(message, details);
    this.statusCode = details.statusCode;
    this.vendorCode = details.vendorCode;
    this.requestId = details.requestId;
    this.retryable = details.kind !== 'permanent';
  }
}

/** True for a {@link StoreError}, also one from another installed copy of this package. */
export function isStoreError(value: unknown): value is StoreError {
  return value instanceof Error && (value as { code?: unknown }).code === 'ERR_STORE';
}

/** For `catch`: gives nothing if the store has failed, and throws anything else again. */
export function ignoreStoreError(error: unknown): undefined {
  if (!isStoreError(error)) throw error;
}

/** The same, but only if the store has answered with one of these. */
export function ignoreStatus(...statuses: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (!isStoreError(error) || !statuses.includes(error.statusCode ?? 0)) throw error;
  };
}

/** The same failure with more in its message. */
export function amend(error: StoreError, more: string): StoreError {
  return new StoreError(error.message + more, Object.assign({}, error, { cause: error }));
}
