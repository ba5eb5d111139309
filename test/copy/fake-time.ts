import { vi } from 'vitest';
import type { CopyResult } from '../../src/index.ts';
import { endOf } from './set-up-copy.ts';

export const waitMs = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

/** Lets the time of `vi.useFakeTimers()` go by until a copy ends, `limitMs` at most; says how it ended, if it did, and after how long. */
export async function endInFakeTime(
  copy: PromiseLike<CopyResult>,
  limitMs: number,
): Promise<{ result?: CopyResult; error?: unknown; hasEnded: boolean; elapsedMs: number }> {
  let end: { result?: CopyResult; error?: unknown } | undefined;
  void endOf(copy).then((known) => (end = known));
  let elapsedMs = 0;
  for (; end === undefined && elapsedMs < limitMs; elapsedMs += 100) await vi.advanceTimersByTimeAsync(100);
  return { ...end, hasEnded: end !== undefined, elapsedMs };
}
