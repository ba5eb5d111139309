import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { isRetryable } from '../request/retry.ts';
import { destinationHeadRequest, sourceHeadRequest } from './source-request.ts';

/**
 * Asks the store that is written to for its time, by a HEAD of the destination: any answer has a `Date`, a 404 too. A store that tells
 * it only of what exists is asked for the source. Without an answer, what was known before must do.
 */
export async function readClock(context: CopyContext, signal?: AbortSignal): Promise<void> {
  const { options, runner, clock } = context;
  for (const request of [destinationHeadRequest(context), sourceHeadRequest(context)]) {
    let answer: { readonly serverTime?: Date | undefined };
    try {
      answer = await runner.run('headObject', () => options.store.headObject({ ...request, signal }), {
        ...(signal === undefined ? {} : { signal }),
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
