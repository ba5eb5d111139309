import { CopyError, messageOf, PartFailedError } from '../../errors.ts';
import type { PartRange } from '../../plan/part-range.ts';
import { isStoreError } from '../../store/store-error.ts';

/** What the copy fails with. What isn't the store's answer to this part (a changed source) speaks for itself. */
export function toFailure(part: PartRange, cause: unknown, attempts: number, elapsedMs: number): CopyError {
  if (cause instanceof CopyError && !isStoreError(cause)) return cause;
  const { partNumber, start, end } = part;
  return new PartFailedError(
    `Cannot copy part ${partNumber} (bytes ${start}-${end}): ${attempts} attempt${attempts === 1 ? '' : 's'} in ` +
      `${elapsedMs} ms, the last one: ${messageOf(cause)}`,
    { partNumber, start, end, attempts, elapsedMs, cause },
  );
}
