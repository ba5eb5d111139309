import { isRetryable } from '../request/retry.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';

/**
 * Asks the store that is written to for its time, by a HEAD of the destination: any answer has a `Date`, a 404 too. A store that tells
 * it only of what exists is asked for the source. Without an answer, what was known before must do.
 */
export async function readClock(
  { options, source, destination, clock }: CopyContext,
  signal?: AbortSignal,
): Promise<void> {
  for (const object of [destination, source.with({ store: options.store })]) {
    let answer: { readonly serverTime?: Date | undefined };
    try {
      answer = await object.headOrThrow({
        signal,
        isRetryable: (error) => isRetryable(error) && error.serverTime === undefined,
      });
    } catch (error) {
      if (!isStoreError(error) || error.statusCode === undefined) return;
      answer = error;
    }
    if (answer.serverTime === undefined) continue;
    clock.observe(answer.serverTime);
    return;
  }
}
