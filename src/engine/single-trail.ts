import { isAnsweredForNothing, wasUnanswered } from '../store/classify-failure.ts';
import type { HeadObjectResult } from '../store/copy-store.ts';
import { ignoreStoreError, type StoreError } from '../store/store-error.ts';
import { type CopyContext, withRunner } from './copy-context.ts';
import { isAnswerLost, type LostAnswers } from './lost-answers.ts';
import type { Target } from './target.ts';

/** What happened to the requests that were sent so far. */
export interface Trail {
  readonly target: Target;
  readonly lost: LostAnswers;
  /** Answers that asked to try again later; one of them may come from a gateway that lost the store's own. */
  refusals: number;
  /** Failures after which nobody knows whether the store did the work. */
  answersLost: number;
  /** A request was never answered, so that the store may still be at it. */
  mayGoOn: boolean;
}

/**
 * Looks for the copy after its request has failed, as long as the store may be at it. To be called within the request's turn of the
 * shared limit: the store works on it.
 */
export async function findMade(
  context: CopyContext,
  { target, lost }: Trail,
  error: StoreError,
): Promise<HeadObjectResult | undefined> {
  if (!isAnswerLost(error)) return undefined;
  const { runner, signal } = context;
  const { destination } = withRunner(context, runner.withinTurn());
  return lost.find(async () => {
    const head = await destination.head({ signal }).catch(ignoreStoreError);
    if (head === undefined || target.judgeAge(head) !== 'fresh') return undefined;
    const { verdict } = target.recognise(head);
    // A store without ETags shows a copy by size and date alone: enough if it has answered, but not if the request was cut off.
    const isNameless = isAnsweredForNothing(error) && head.etag === undefined && target.differences(head).length === 0;
    return verdict === 'ours' || (verdict === 'unsure' && isNameless) ? head : undefined;
  }, signal);
}

/** A failed copy may have been made all the same: not if the store refused it, or was never reached. */
export function note(trail: Trail, error: StoreError): void {
  const { kind, retryable, statusCode } = error;
  const isUnanswered = wasUnanswered(error);
  const mayBeMade = isUnanswered || (retryable && statusCode !== undefined && (statusCode < 300 || statusCode >= 500));
  if (kind === 'throttled') trail.refusals += Number(statusCode === 503);
  else if (mayBeMade) trail.answersLost++;
  if (isUnanswered) trail.mayGoOn = true;
}
