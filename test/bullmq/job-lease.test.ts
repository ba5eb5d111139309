import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { JobLease } from '../../src/bullmq/job-lease.ts';
import type { QueuedJob } from '../../src/bullmq/queue.ts';

const LOCK_MS = 30_000;
const HOUR = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A lease of a job whose lock the queue extends. */
function setUpLease() {
  const extendLock = vi.fn<QueuedJob['extendLock']>(async () => 1);
  const job = {
    id: 'j1',
    data: {},
    opts: {},
    attemptsMade: 0,
    attemptsStarted: 1,
    stalledCounter: 0,
    processedOn: Date.now(),
    extendLock,
    moveToWait: async () => undefined,
    updateProgress: async () => undefined,
  };
  const controller = new AbortController();
  const lease = new JobLease(job, 'token', LOCK_MS, controller);
  const limiter = lease.guard(undefined);
  const mayAsk = async (): Promise<boolean> => {
    try {
      (await limiter.acquire())();
      return true;
    } catch {
      return false;
    }
  };
  return { lease, extendLock, mayAsk };
}

/** What happens to a process between two of its requests, and whether it may still send the second one. */
const EVENTS: [string, () => unknown, boolean][] = [
  ['nothing happens for an hour', () => vi.advanceTimersByTimeAsync(HOUR), true],
  ['the clock is set back by an hour', () => vi.setSystemTime(Date.now() - HOUR), true],
  ['the clock is set ahead by less than the lock lasts', () => vi.setSystemTime(Date.now() + LOCK_MS / 2), true],
  // As if the host had slept, during which the other clock stands still.
  ['the clock is set ahead by an hour', () => vi.setSystemTime(Date.now() + HOUR), false],
  [
    'the process is stopped for an hour, by a clock that nobody sets',
    () => {
      const now = performance.now();
      vi.spyOn(performance, 'now').mockImplementation(() => now + HOUR);
    },
    false,
  ],
];

test.each(EVENTS)('after that, a request is sent only if the lock is held: %s', async (_, happen, isHeld) => {
  const { lease, mayAsk, extendLock } = setUpLease();
  expect(await mayAsk()).toBe(true);
  await happen();
  expect(await mayAsk()).toBe(isHeld);
  const asked = extendLock.mock.calls.length;
  await vi.advanceTimersByTimeAsync(HOUR);
  // The lock is extended on, or nobody asks for it any more.
  expect(extendLock.mock.calls.length - asked > 0).toBe(isHeld);
  expect(await mayAsk()).toBe(isHeld);
  lease.end();
});
