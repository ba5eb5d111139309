import pRetry from 'p-retry';
import type { RetryEvent } from '../events.ts';
import { isAnsweredForNothing } from '../store/classify-failure.ts';
import type { StoreOperation } from '../store/copy-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import { backoffDelayMs } from './backoff.ts';
import { sleep } from './sleep.ts';
import { Stopwatch } from './stopwatch.ts';

/** How often and how long one operation is tried. */
export interface RetryPolicy {
  /** Attempts that were refused by throttling don't count: by them the store asks to come again. If it is 1, nothing is retried. */
  readonly maxAttempts: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly maxElapsedMs: number;
}

export interface RetriedOperation<T> {
  readonly operation: StoreOperation;
  readonly partNumber?: number;
  readonly policy: RetryPolicy;
  /** Ends the wait between attempts at once. */
  readonly signal?: AbortSignal | undefined;
  /** Runs one attempt, numbered from 1; `counted` is its number among those that count towards `maxAttempts`. */
  readonly attempt: (attempt: number, counted: number) => Promise<T>;
  /** Told before each wait. */
  readonly onRetry: (event: RetryEvent) => void;
  /** Whether to go on after this failure. @default the error is a retryable `StoreError` */
  readonly isRetryable?: (error: unknown) => boolean;
  /**
   * Shows the time that counts towards `maxElapsedMs`. Whoever runs the attempts starts it as a request is sent, and stops it where
   * the next one has to wait for something else than the store. @default all time since the first attempt
   */
  readonly stopwatch?: Stopwatch;
}

/** True for a failure of the store or the network that may be over in a moment. */
export function isRetryable(error: unknown): error is StoreError {
  return isStoreError(error) && error.retryable;
}

/** What goes on as long as `isWorthwhile` says, but not for so many answers that hold nothing: the store would answer so each time. */
export function untilAnsweredForNothing(
  mostEmpty: number,
  isWorthwhile: (error: unknown) => boolean = isRetryable,
): (error: unknown) => boolean {
  const empty = new Set<unknown>();
  return (error) =>
    isWorthwhile(error) && (!isStoreError(error) || !isAnsweredForNothing(error) || empty.add(error).size < mostEmpty);
}

/** True for an answer that asked for fewer requests. */
export function isThrottled(error: unknown): error is StoreError {
  return isStoreError(error) && error.kind === 'throttled';
}

/**
 * Runs an operation until it works, fails for good, or its budget of attempts and time is used up; then throws what the last
 * attempt threw. Only what `isRetryable` says is tried again.
 */
export async function retryOperation<T>(operation: RetriedOperation<T>): Promise<T> {
  const stopwatch = operation.stopwatch ?? startStopwatch();
  try {
    return await operation.attempt(1, 1);
  } catch (error) {
    return retryAfterFailure({ ...operation, stopwatch }, error);
  }
}

function startStopwatch(): Stopwatch {
  const stopwatch = new Stopwatch();
  stopwatch.start();
  return stopwatch;
}

/**
 * Goes on with an operation whose first attempt has been made, and has failed. Apart from `retryOperation`, since nearly every one of
 * 10,000 parts succeeds at once and need not pay for the loop.
 */
export async function retryAfterFailure<T>(
  operation: RetriedOperation<T> & { readonly stopwatch: Stopwatch },
  firstError: unknown,
): Promise<T> {
  if (!shouldRetry(operation, firstError)) throw firstError;
  // p-retry replaces what isn't an Error by one of its own, but a signal's reason may be anything and must arrive as it is.
  let foreign: { readonly reason: unknown } | undefined;
  let throttled = 0;
  return pRetry(
    async (attempt) => {
      try {
        if (attempt === 1) throw firstError;
        return await operation.attempt(attempt, attempt - throttled);
      } catch (error) {
        if (!(error instanceof Error)) foreign = { reason: error };
        throw error;
      }
    },
    {
      // All counting and waiting is done in `shouldRetry`, which knows the kind of failure, the jitter, Retry-After and the signal.
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      factor: 1,
      shouldRetry: async ({ error, attemptNumber }) => {
        if (!shouldRetry(operation, error)) return false;
        if (isThrottled(error)) throttled++;
        else if (attemptNumber - throttled >= operation.policy.maxAttempts) return false;
        return waitForNextAttempt(operation, error, attemptNumber);
      },
    },
  ).catch((error: unknown) => {
    throw foreign === undefined ? error : foreign.reason;
  });
}

function shouldRetry(operation: RetriedOperation<unknown>, error: unknown): boolean {
  if (operation.signal?.aborted === true || operation.policy.maxAttempts === 1) return false;
  return operation.isRetryable === undefined ? isRetryable(error) : operation.isRetryable(error);
}

async function waitForNextAttempt(
  operation: RetriedOperation<unknown> & { readonly stopwatch: Stopwatch },
  error: Error,
  attempt: number,
): Promise<boolean> {
  const retryAfterMs = isStoreError(error) ? error.retryAfterMs : undefined;
  const delayMs = backoffDelayMs(attempt, operation.policy, retryAfterMs);
  if (operation.stopwatch.elapsedMs + delayMs > operation.policy.maxElapsedMs) return false;
  operation.onRetry({
    operation: operation.operation,
    ...(operation.partNumber === undefined ? {} : { partNumber: operation.partNumber }),
    attempt,
    delayMs,
    error,
  });
  await sleep(delayMs, operation.signal);
  return true;
}
