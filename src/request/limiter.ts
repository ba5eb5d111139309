import { integer, LONGEST_TIMER_MS, optional, readOptions, refuse, type Rule } from '../check-options.ts';
import { TokenBucket } from './token-bucket.ts';

/** Bounds that copies share. */
export interface LimiterOptions {
  /**
   * Requests per second over all copies that share the limiter; fractions are allowed. Never more than this in any one second,
   * whenever it begins. @default no limit
   */
  readonly maxRequestsPerSecond?: number | undefined;
  /** Requests in flight over all copies that share the limiter. @default no limit */
  readonly maxConcurrency?: number | undefined;
}

/** A limit shared between copies; made by {@link createLimiter}. */
export interface Limiter {
  readonly maxRequestsPerSecond: number;
  readonly maxConcurrency: number;
  /**
   * Waits for a turn and returns what ends it. Rejects with the signal's reason. Answers at once (no promise) if a turn is free.
   * @internal
   */
  acquire(signal?: AbortSignal): (() => void) | Promise<() => void>;
}

/**
 * Makes a limit that any number of copies in this process share, so that together they stay below what the store grants.
 * Turns are given in the order in which they were asked for.
 *
 * @throws CopyOptionsError if an option is unknown or out of range
 */
export function createLimiter(options: LimiterOptions): Limiter {
  return new AdjustableLimiter(readOptions(options, RULES, { path: '', owner: 'createLimiter' }));
}

const count = integer(1);

const RULES = {
  maxRequestsPerSecond: optional(
    (value, place) => (typeof value === 'number' && value > 0 ? value : refuse(place, 'a number above 0', value)),
    Infinity,
  ),
  maxConcurrency: optional((value, place) => (value === Infinity ? value : count(value, place)), Infinity),
} satisfies Record<keyof LimiterOptions, Rule<number>>;

/** A limiter whose rate may change while requests wait. */
export class AdjustableLimiter implements Limiter {
  readonly maxConcurrency: number;
  readonly #bucket: TokenBucket | undefined;
  /** In the order of arrival; a Set, so that one who gives up leaves at once wherever it stands. */
  readonly #waiters = new Set<() => void>();
  #inFlight = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ maxRequestsPerSecond, maxConcurrency }: { maxRequestsPerSecond: number; maxConcurrency: number }) {
    this.maxConcurrency = maxConcurrency;
    if (maxRequestsPerSecond !== Infinity) this.#bucket = new TokenBucket(maxRequestsPerSecond);
  }

  get maxRequestsPerSecond(): number {
    return this.#bucket?.perSecond ?? Infinity;
  }

  /** Sets another rate, of a limiter that was made with one. Requests that wait go by the new one. */
  setRate(perSecond: number): void {
    this.#bucket?.setRate(perSecond, performance.now());
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#serveWaiters();
  }

  acquire(signal?: AbortSignal): (() => void) | Promise<() => void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (this.#waiters.size === 0 && this.#tryStart()) return this.#createRelease();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiters.delete(start);
        reject(signal?.reason);
        this.#scheduleTimer();
      };
      const start = (): void => {
        signal?.removeEventListener('abort', giveUp);
        resolve(this.#createRelease());
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiters.add(start);
      this.#serveWaiters();
    });
  }

  #tryStart(): boolean {
    if (this.#inFlight >= this.maxConcurrency) return false;
    if (this.#bucket?.tryTake(performance.now()) === false) return false;
    this.#inFlight += 1;
    return true;
  }

  #createRelease(): () => void {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#inFlight -= 1;
      this.#serveWaiters();
    };
  }

  #serveWaiters(): void {
    for (const start of this.#waiters) {
      if (!this.#tryStart()) break;
      this.#waiters.delete(start);
      start();
    }
    this.#scheduleTimer();
  }

  /** A timer runs only while somebody waits for a token; one who waits for a release needs none. */
  #scheduleTimer(): void {
    if (this.#waiters.size === 0 || this.#bucket === undefined || this.#inFlight >= this.maxConcurrency) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      return;
    }
    const delayMs = Math.min(LONGEST_TIMER_MS, Math.ceil(this.#bucket.msUntilNext(performance.now())));
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#serveWaiters();
    }, delayMs);
  }
}
