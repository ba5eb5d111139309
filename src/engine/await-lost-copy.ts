import { sleep } from '../request/sleep.ts';
import { isAnsweredForNothing } from '../store/classify-failure.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import { type CopyContext, withRunner } from './copy-context.ts';
import { isAnswerLost, type LostAnswers, pauseBetweenLooks } from './lost-answers.ts';
import type { Target } from './target.ts';

/**
 * Looks for a copy after its CopyObject has failed with `error`, as long as the store may be at it; undefined if it isn't there. To be
 * called within the request's turn of the shared limit: the store works on it.
 */
export async function awaitLostCopy(
  context: CopyContext,
  target: Target,
  error: StoreError,
  lost: LostAnswers,
): Promise<HeadObjectResult | undefined> {
  const { runner, signal } = context;
  if (!isAnswerLost(error)) return undefined;
  const { destination } = withRunner(context, runner.withinTurn());
  const pauseMs = pauseBetweenLooks(lost.remainingMs());
  for (;;) {
    const head = await destination.head({ signal }).catch((problem: unknown) => {
      if (!isStoreError(problem)) throw problem;
    });
    if (head !== undefined && isMade(target, head, isAnsweredForNothing(error))) return head;
    const remainingMs = lost.remainingMs();
    if (remainingMs <= 0) return undefined;
    await sleep(Math.min(pauseMs, remainingMs), signal);
  }
}

/** A store without ETags shows a copy by size and date alone: enough if it has answered, but not if the request was cut off. */
function isMade(target: Target, head: HeadObjectResult, isAnswered: boolean): boolean {
  if (target.judgeAge(head) !== 'fresh') return false;
  const { verdict } = target.recognise(head);
  const isNameless = isAnswered && head.etag === undefined && target.differences(head).length === 0;
  return verdict === 'ours' || (verdict === 'unsure' && isNameless);
}
