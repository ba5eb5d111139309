import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { type RateBoard, shareRate } from '../../src/jobs/shared-rate.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A board in memory, by the clock of the test. */
function memoryBoard(): RateBoard & { isDown: boolean } {
  const seen = new Map<string, number>();
  let throttledAt = 0;
  return {
    isDown: false,
    async beat(_, worker, { ttlMs, isThrottled }) {
      if (this.isDown) throw new Error('ECONNREFUSED');
      seen.set(worker, Date.now());
      if (isThrottled) throttledAt = Date.now();
      for (const [other, at] of seen) if (Date.now() - at > ttlMs) seen.delete(other);
      return { workers: seen.size, throttledAt };
    },
    leave: async (_, worker) => seen.delete(worker),
  };
}

/** A worker that always wants to send, and counts what it is let. */
function startWorker(board: RateBoard, perSecond: number) {
  const rate = shareRate(board, 'run', perSecond);
  const sentAt: number[] = [];
  const stopping = new AbortController();
  const send = async (): Promise<void> => {
    for (;;) {
      const release = await rate.limiter.acquire(stopping.signal);
      sentAt.push(performance.now());
      release();
    }
  };
  send().catch(() => undefined);
  const stop = (): void => stopping.abort();
  onTestFinished(stop);
  return { rate, sentAt, stop };
}

type RunningWorker = ReturnType<typeof startWorker>;

const inLast = (ms: number, workers: readonly RunningWorker[]): number =>
  workers.flatMap(({ sentAt }) => sentAt).filter((at) => at > performance.now() - ms).length;

/** The most requests in any second since a moment. */
function busiestSecond(workers: readonly RunningWorker[], since: number): number {
  const all = workers.flatMap(({ sentAt }) => sentAt).filter((at) => at >= since);
  return Math.max(...all.map((start) => all.filter((at) => at >= start && at < start + 1000).length));
}

test('one worker has the whole rate, several share it, and one that closes gives its share back', async () => {
  const board = memoryBoard();
  const workers = [startWorker(board, 90)];
  await vi.advanceTimersByTimeAsync(3000);
  expect(inLast(1000, workers)).toBeGreaterThan(80);
  workers.push(startWorker(board, 90), startWorker(board, 90));
  await vi.advanceTimersByTimeAsync(5000);
  for (const worker of workers) expect(inLast(1000, [worker])).toBeGreaterThan(25);
  expect(inLast(1000, workers)).toBeLessThanOrEqual(90);
  const [first, ...others] = workers as [RunningWorker, ...RunningWorker[]];
  first.stop();
  await first.rate.close();
  await vi.advanceTimersByTimeAsync(3000);
  expect(inLast(1000, others)).toBeGreaterThan(80);
});

test('workers that come send no more than the rate together', async () => {
  const board = memoryBoard();
  const workers = [startWorker(board, 100)];
  for (let joined = 0; joined < 4; joined++) {
    await vi.advanceTimersByTimeAsync(1700);
    workers.push(startWorker(board, 100));
  }
  await vi.advanceTimersByTimeAsync(5000);
  // Each that comes has one request of its own.
  expect(busiestSecond(workers, 0)).toBeLessThanOrEqual(100 + 4);
});

test('the share of a worker that dies is back within four seconds', async () => {
  const board = memoryBoard();
  let isDead = false;
  const ofDead: RateBoard = {
    beat: async (...beat) => (isDead ? new Promise(() => undefined) : board.beat(...beat)),
    leave: async () => undefined,
  };
  const dying = startWorker(ofDead, 100);
  const alive = startWorker(board, 100);
  await vi.advanceTimersByTimeAsync(5000);
  expect(inLast(1000, [alive])).toBeLessThanOrEqual(50);
  isDead = true;
  dying.stop();
  await vi.advanceTimersByTimeAsync(5000);
  expect(inLast(1000, [alive])).toBeGreaterThan(90);
});

test('a throttle that one sees halves the rate of all, and it comes back', async () => {
  const board = memoryBoard();
  const workers = [startWorker(board, 200), startWorker(board, 200)] as const;
  await vi.advanceTimersByTimeAsync(5000);
  workers[0].rate.throttled();
  await vi.advanceTimersByTimeAsync(2500);
  const slowed = inLast(500, workers) * 2;
  expect(slowed).toBeLessThan(160);
  for (let second = 0; second < 8; second++) {
    workers[0].rate.throttled();
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(inLast(1000, workers)).toBeLessThan(20);
  await vi.advanceTimersByTimeAsync(25_000);
  for (const worker of workers) expect(inLast(1000, [worker])).toBeGreaterThan(90);
});

test('a board that is down leaves each worker its share, and hears of the throttle later', async () => {
  const board = memoryBoard();
  const workers = [startWorker(board, 100), startWorker(board, 100)] as const;
  await vi.advanceTimersByTimeAsync(5000);
  board.isDown = true;
  workers[0].rate.throttled();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(inLast(1000, workers)).toBeGreaterThan(90);
  expect(inLast(1000, workers)).toBeLessThanOrEqual(100);
  board.isDown = false;
  await vi.advanceTimersByTimeAsync(2500);
  expect(inLast(500, workers) * 2).toBeLessThan(80);
});
