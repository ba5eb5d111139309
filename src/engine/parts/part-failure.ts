import { CopyError, messageOf, PartFailedError } from '../../errors.ts';
import { formatBytes } from '../../plan/byte-size.ts';
import type { PartRange } from '../../plan/part-range.ts';
import { isStoreError } from '../../store/store-error.ts';
import type { LostAnswers } from '../lost-answers.ts';

/** Stores that take fewer parts than the usual 10,000 take this many: Scaleway, OpenStack Swift. */
export const USUAL_FEWEST_PARTS = 1000;

/** A gateway gives parts of this size too little time. */
export class PartCutOffError extends PartFailedError {}

/** What the copy fails with. What isn't the store's answer to this part (a changed source) speaks for itself. */
export function toFailure(
  part: PartRange,
  cause: unknown,
  attempts: number,
  elapsedMs: number,
  lost: LostAnswers | undefined,
): CopyError {
  if (cause instanceof CopyError && !isStoreError(cause)) return cause;
  const { partNumber, start, end, size } = part;
  const advice = lost?.describeLimit(`use a partSize smaller than ${size} bytes (${formatBytes(size)})`) ?? '';
  const isTooHigh = isStoreError(cause) && cause.statusCode === 400 && partNumber > USUAL_FEWEST_PARTS;
  const limit = isTooHigh ? '; if the store takes 1,000 parts at most, give it limits: { maxParts: 1000 }' : '';
  const Failure = advice === '' ? PartFailedError : PartCutOffError;
  return new Failure(
    `Cannot copy part ${partNumber} (bytes ${start}-${end}): ${attempts} attempt${attempts === 1 ? '' : 's'} in ` +
      `${elapsedMs} ms, the last one: ${messageOf(cause)}${advice}${limit}`,
    { partNumber, start, end, attempts, elapsedMs, cause },
  );
}
