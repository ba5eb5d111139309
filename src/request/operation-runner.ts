import type { StoreOperation } from '../store/copy-store.ts';
import type { RetryEvent, ThrottleEvent } from '../events.ts';
import type { Limiter } from './limiter.ts';
import { isThrottled, retryOperation, type RetryPolicy, untilAnsweredForNothing } from './retry.ts';
import { Stopwatch } from './stopwatch.ts';

/** Who hears of retries. */
export interface RetryListener {
  retry(event: RetryEvent): void;
  throttle(event: ThrottleEvent): void;
}

/** One operation other than a part. */
export interface RunOptions {
  /** Cancels the request and the waits; left out for requests whose answer must not be lost (Create, Complete, Abort). */
  readonly signal?: AbortSignal | undefined;
  /** Ends the waits between attempts, but not a request in flight. @default signal */
  readonly waitSignal?: AbortSignal | undefined;
  readonly isRetryable?: (error: unknown) => boolean;
}

/** Who cancels waits for no more than that, and the request that is under way then, if the store doesn't answer. */
const MAX_CANCELLED_MS = 60_000;

function hurried(policy: RetryPolicy, signal: AbortSignal | undefined): RetryPolicy {
  if (signal === undefined) return policy;
  return {
    ...policy,
    get maxElapsedMs() {
      return signal.aborted ? Math.min(policy.maxElapsedMs, MAX_CANCELLED_MS) : policy.maxElapsedMs;
    },
  };
}

/** Runs a copy's control operations: within the shared limit, with retries, and reports these. */
export class OperationRunner {
  readonly #policy: RetryPolicy;
  readonly #limiter: Limiter | undefined;
  readonly #reporter: RetryListener;
  readonly #signal: AbortSignal | undefined;

  /** @param signal - the caller's: once it has fired, no operation that must go on all the same is repeated for longer than a minute */
  constructor(policy: RetryPolicy, limiter: Limiter | undefined, reporter: RetryListener, signal?: AbortSignal) {
    this.#policy = hurried(policy, signal);
    this.#limiter = limiter;
    this.#reporter = reporter;
    this.#signal = signal;
  }

  get policy(): RetryPolicy {
    return this.#policy;
  }

  /** Requests so far, over all operations. */
  requests = 0;
  /** Those of `run`, by operation. */
  readonly requestsBy: Map<StoreOperation, number> = new Map();

  /** Runs an operation with retries; throws what its last attempt threw. */
  async run<T>(
    operation: StoreOperation,
    request: (attempt: number) => Promise<T>,
    options: RunOptions = {},
  ): Promise<T> {
    const signal = options.waitSignal ?? options.signal;
    const stopwatch = new Stopwatch();
    // A store that doesn't know the call answers with the object, or with nothing, each time. Without these two a whole copy is lost.
    const mostEmpty = operation === 'listParts' || operation === 'headObject' ? 3 : 2;
    const running = retryOperation({
      operation,
      stopwatch,
      policy: this.#policy,
      signal,
      isRetryable: untilAnsweredForNothing(mostEmpty, options.isRetryable),
      attempt: (attempt) => {
        stopwatch.stop();
        return this.once(() => {
          stopwatch.start();
          this.requestsBy.set(operation, (this.requestsBy.get(operation) ?? 0) + 1);
          return request(attempt);
        }, options.signal);
      },
      onRetry: (event) => {
        this.#reporter.retry(event);
        if (isThrottled(event.error)) {
          this.#reporter.throttle({ concurrency: 1, delayMs: event.delayMs });
        }
      },
    });
    return running.catch((error: unknown) => {
      // Who cancelled gets his own reason, whatever failed at the same moment.
      signal?.throwIfAborted();
      throw error;
    });
  }

  /**
   * The same for operations that run within another one's turn of the shared limit: asking for a second turn while holding one
   * would wait for ever if all turns are held that way.
   */
  withinTurn(): OperationRunner {
    return new OperationRunner(this.#policy, undefined, this.#reporter, this.#signal);
  }

  /** Runs an operation once, within the shared limit. */
  async once<T>(request: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const release = await this.#limiter?.acquire(signal);
    this.requests++;
    try {
      return await request();
    } finally {
      release?.();
    }
  }
}
