import { randomUUID } from 'node:crypto';
import { AdjustableLimiter, type Limiter } from '../request/limiter.ts';

/** Where the workers that share a rate see each other: a table, or a key of Redis. */
export interface RateBoard {
  /**
   * Notes that a worker lives, and whether a store has asked it for fewer requests since the last time; forgets those that were not
   * noted for `ttlMs`. One step.
   *
   * @returns how many live, this one included, and when the last of them was asked for fewer requests, in milliseconds by the board's
   * clock; 0 if none was
   */
  beat(
    name: string,
    worker: string,
    beat: { readonly ttlMs: number; readonly isThrottled: boolean },
  ): Promise<{ readonly workers: number; readonly throttledAt: number }>;
  /** Forgets a worker. */
  leave(name: string, worker: string): Promise<unknown>;
}

/** A worker's share of a rate. */
export interface SharedRate {
  /** Lets through what is this worker's share at the moment. */
  readonly limiter: Limiter;
  /** To be called when a store asks this worker for fewer requests: all workers slow down. */
  readonly throttled: () => void;
  /** Gives the share to the others. */
  close(): Promise<void>;
}

/** How often a worker shows that it lives: what changes is known to all within so many milliseconds. */
const BEAT_MS = 1000;

/** A worker that wasn't seen for so long counts as dead, and the others have its share. */
const TTL_MS = 3000;

/** A store that goes on asking for fewer requests gets so small a part of the rate. */
const LEAST_SHARE = 1 / 64;

/** After a throttle, each beat without one raises the rate by so much. */
const RECOVERY = 1.25;

/** While a worker waits for its share. */
const LEAST_PER_SECOND = 0.01;

/**
 * Divides a rate between the workers that live: each takes an equal share, and gives it back within four seconds when it dies. If a
 * store asks one of them for fewer requests, all halve their rates, once a second at most, and raise them again after that.
 *
 * A worker that comes waits until the others know of it. One that can't reach the board goes on with the share that it has.
 *
 * @param name - of what is shared: a run, or an account of a store
 * @param maxRequestsPerSecond - of all workers together
 */
export function shareRate(board: RateBoard, name: string, maxRequestsPerSecond: number): SharedRate {
  const worker = randomUUID();
  const limiter = new AdjustableLimiter({ maxRequestsPerSecond: LEAST_PER_SECOND, maxConcurrency: Infinity });
  let isThrottled = false;
  let isKnown = false;
  let throttledAt: number | undefined;
  let part = 1;
  let beating: Promise<void> | undefined;
  const beat = async (): Promise<void> => {
    const told = isThrottled;
    isThrottled = false;
    try {
      const seen = await board.beat(name, worker, { ttlMs: TTL_MS, isThrottled: told });
      const isSlower = throttledAt !== undefined && seen.throttledAt > throttledAt;
      throttledAt = seen.throttledAt;
      part = isSlower ? Math.max(LEAST_SHARE, part / 2) : Math.min(1, part * RECOVERY);
      // By the next beat of each of the others, they have made room.
      if (isKnown || seen.workers === 1) limiter.setRate((maxRequestsPerSecond * part) / seen.workers);
      isKnown = true;
    } catch {
      // It is told the next time.
      isThrottled ||= told;
    }
  };
  const start = (): void => {
    beating ??= beat().finally(() => {
      beating = undefined;
    });
  };
  const timer = setInterval(start, BEAT_MS);
  timer.unref();
  start();
  return {
    limiter,
    throttled: () => {
      isThrottled = true;
    },
    close: async () => {
      clearInterval(timer);
      await beating;
      await board.leave(name, worker);
    },
  };
}
