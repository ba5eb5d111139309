import type { RetryPolicy } from './retry.ts';

/** Beyond any delay that makes sense, and far from an infinite power of two. */
const MOST_DOUBLINGS = 40;

/**
 * How long to wait after a failed attempt: exponential with full jitter, i.e. uniformly random between 0 and
 * `minDelayMs × 2^(attempt − 1)`, at most `maxDelayMs`. What the store asked for (`Retry-After`) is a floor without jitter,
 * and may exceed `maxDelayMs`.
 *
 * @param attempt The attempt that failed, from 1.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffDelayMs(
  attempt: number,
  options: Pick<RetryPolicy, 'minDelayMs' | 'maxDelayMs'>,
  retryAfterMs = 0,
): number {
  const ceiling = Math.min(options.maxDelayMs, options.minDelayMs * 2 ** Math.min(attempt - 1, MOST_DOUBLINGS));
  return Math.max(Math.round(Math.random() * ceiling), retryAfterMs);
}
