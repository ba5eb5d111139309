import { AbortWatch, type Cancellable } from '../wire/abort-watch.ts';
import { DeadlineQueue, type Expiring } from '../wire/deadline-queue.ts';

/** What may end a call before its answer. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** No whole answer came within `timeoutMs`. It goes by the same code as with the stores of this library. */
export class CallTimeoutError extends Error {
  override readonly name: string = 'CallTimeoutError';
  readonly code: string = 'TimeoutError';

  constructor(timeoutMs: number) {
    super(`no complete answer came within ${timeoutMs} ms`);
  }
}

/** One call of a vendor's client. */
class VendorCall<T> implements Cancellable, Expiring {
  readonly deadlineMs: number;
  /** The client may wait for something without a socket: credentials, a turn. */
  readonly holdsProcess = true;
  readonly promise: Promise<T>;
  readonly #timeoutMs: number;
  readonly #controller = new AbortController();
  #reject: (reason: unknown) => void = () => {};

  constructor(timeoutMs: number, start: (abort: AbortSignal) => Promise<T>) {
    this.#timeoutMs = timeoutMs;
    this.deadlineMs = performance.now() + timeoutMs;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#reject = reject;
      start(this.#controller.signal).then(resolve, reject);
    });
  }

  // Rejected first: what the vendor's client makes of the abort must not win. And it may not notice at all.
  cancel(reason: unknown): void {
    this.#reject(reason);
    this.#controller.abort(reason);
  }

  expire(): void {
    this.cancel(new CallTimeoutError(this.#timeoutMs));
  }
}

/**
 * Runs calls of a vendor's client so that each ends when its signal fires or its time is up, whatever the client does then. All
 * calls share one timer, and all calls on one signal one listener.
 */
export class VendorCalls {
  readonly #watch = new AbortWatch();
  readonly #deadlines = new DeadlineQueue();

  /**
   * Starts a call and waits for it.
   *
   * @param start - is given a signal that says when to cut the request
   * @throws the signal's own reason; `CallTimeoutError`; what the call rejects with
   */
  async run<T>({ signal, timeoutMs }: CallLimits, start: (abort: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const call = new VendorCall(timeoutMs, start);
    if (signal !== undefined) this.#watch.add(signal, call);
    this.#deadlines.add(call);
    try {
      return await call.promise;
    } finally {
      if (signal !== undefined) this.#watch.remove(signal, call);
      this.#deadlines.remove(call);
    }
  }
}
