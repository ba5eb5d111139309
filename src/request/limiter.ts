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
   * Waits for a turn and returns what ends it. Rejects with the signal's reason. Answers at once (no promise) where a turn is free.
   * @internal
   */
  acquire(signal?: AbortSignal): (() => void) | Promise<() => void>;
}

/**
 * Makes a limit that any number of copies in this process share, so that together they stay below what the store grants.
 * Turns are given in the order in which they were asked for.
 *
 * @throws CopyOptionsError where an option is unknown or out of range
 */
export function createLimiter(options: LimiterOptions): Limiter {
  return new SharedLimiter(readOptions(options, RULES, { path: '', owner: 'createLimiter' }));
}

const count = integer(1);

const RULES = {
  maxRequestsPerSecond: optional(
    (value, place) => (typeof value === 'number' && value > 0 ? value : refuse(place, 'a number above 0', value)),
    Infinity,
  ),
  maxConcurrency: optional((value, place) => (value === Infinity ? value : count(value, place)), Infinity),
} satisfies Record<keyof LimiterOptions, Rule<number>>;

interface Waiter {
  readonly resolve: (release: () => void) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

class SharedLimiter implements Limiter {
  readonly maxRequestsPerSecond: number;
  readonly maxConcurrency: number;
  readonly #bucket: TokenBucket | undefined;
  /** In the order of arrival; a Set, so that one who gives up leaves at once wherever it stands. */
  readonly #waiters = new Set<Waiter>();
  /** One listener a signal, however many wait under it: Node warns of a leak from the eleventh. */
  readonly #signals = new Map<AbortSignal, { waiting: number; readonly onAbort: () => void }>();
  #inFlight = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ maxRequestsPerSecond, maxConcurrency }: { maxRequestsPerSecond: number; maxConcurrency: number }) {
    this.maxRequestsPerSecond = maxRequestsPerSecond;
    this.maxConcurrency = maxConcurrency;
    if (maxRequestsPerSecond !== Infinity) this.#bucket = new TokenBucket(maxRequestsPerSecond);
  }

  acquire(signal?: AbortSignal): (() => void) | Promise<() => void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (this.#waiters.size === 0 && this.#tryStart()) return this.#createRelease();
    return new Promise((resolve, reject) => {
      this.#waiters.add({ resolve, reject, signal });
      if (signal !== undefined) this.#watchSignal(signal);
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
    for (const waiter of this.#waiters) {
      if (!this.#tryStart()) break;
      this.#waiters.delete(waiter);
      if (waiter.signal !== undefined) this.#unwatchSignal(waiter.signal);
      waiter.resolve(this.#createRelease());
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

  #watchSignal(signal: AbortSignal): void {
    const watched = this.#signals.get(signal);
    if (watched !== undefined) {
      watched.waiting += 1;
      return;
    }
    const onAbort = (): void => {
      this.#signals.delete(signal);
      for (const waiter of this.#waiters) {
        if (waiter.signal !== signal) continue;
        this.#waiters.delete(waiter);
        waiter.reject(signal.reason);
      }
      this.#scheduleTimer();
    };
    this.#signals.set(signal, { waiting: 1, onAbort });
    signal.addEventListener('abort', onAbort, { once: true });
  }

  #unwatchSignal(signal: AbortSignal): void {
    const watched = this.#signals.get(signal);
    if (watched === undefined) return;
    watched.waiting -= 1;
    if (watched.waiting > 0) return;
    this.#signals.delete(signal);
    signal.removeEventListener('abort', watched.onAbort);
  }
}
