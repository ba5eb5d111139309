import { wasUnanswered } from '../../store/classify-failure.ts';
import { isStoreError } from '../../store/store-error.ts';

/** Least time in which an unanswered part may still land, however fast parts usually are. */
const MIN_LATE_MS = 1000;

/** Longest wait for parts that may land after an upload has ended. */
export const MAX_LATE_MS = 10_000;

/**
 * Requests for parts that ended without the store's answer: cut off, timed out, or their connection lost. The store may still be at
 * them, and what it finishes after the upload was aborted brings the upload back.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html
 */
export class UnansweredParts {
  #mayLandUntil = Number.NEGATIVE_INFINITY;

  /**
   * Takes note of a request that has failed, if it wasn't answered. Its part may land for as long again as it has run, and
   * for as long as parts usually take on top of that.
   *
   * @param startedAt - when it was sent, on the clock of `performance.now()`
   * @param usualMs - how long parts usually take, if that is known
   */
  note(error: unknown, startedAt: number, usualMs?: number): void {
    // What isn't the store's failure is the reason for which the request was cut off.
    if (isStoreError(error) && !wasUnanswered(error)) return;
    const now = performance.now();
    this.#mayLandUntil = Math.max(this.#mayLandUntil, 2 * now - startedAt + Math.max(usualMs ?? 0, MIN_LATE_MS));
  }

  /** Milliseconds until nothing of them is to be expected any more; 0 or less if that is so now. */
  get remainingMs(): number {
    return this.#mayLandUntil - performance.now();
  }
}
