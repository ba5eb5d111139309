import { setMaxListeners } from 'node:events';
import { inspect, type InspectOptions } from 'node:util';
import { EventEmitter } from 'eventemitter3';
import type { CopyEvents, CopyProgress, CopyResult } from './events.ts';
import { messageOf } from './errors.ts';
import { followSignal } from './request/follow-signal.ts';
import { integer } from './check-options.ts';

/** What a task steers. */
export interface RunningCopy {
  readonly result: Promise<CopyResult>;
  snapshot(): CopyProgress;
  pause(): void;
  resume(): void;
  setConcurrency(concurrency: number): void;
}

/** A task as the copy that it starts sees it. */
export interface StartingTask {
  readonly signal: AbortSignal;
  readonly emit: <E extends keyof CopyEvents>(event: E, ...args: CopyEvents[E]) => void;
  readonly hasListeners: (event: keyof CopyEvents) => boolean;
}

type Listener = (...args: unknown[]) => unknown;

/**
 * A running copy: an emitter of typed events, and a promise of the result. It starts by itself after the current tick. A listener
 * that throws doesn't disturb the copy; its error becomes a process warning. A failure that nobody listens to (`failed`) or
 * awaits is an unhandled rejection, like that of any promise.
 */
export class CopyTask extends EventEmitter<CopyEvents> implements Promise<CopyResult> {
  readonly #promise: Promise<CopyResult>;
  readonly #abort = new AbortController();
  readonly #guarded = new WeakMap<Listener, Listener>();
  readonly #guards = new WeakSet<Listener>();
  readonly #running: RunningCopy;
  #awaited = false;
  readonly [Symbol.toStringTag]: string = 'CopyTask';

  static {
    // For `console.log`: where the copy stands, and nothing of what makes it go.
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: CopyTask, _depth: number, options: InspectOptions): string {
        return `CopyTask ${inspect({ progress: this.progress }, { ...options, depth: 1 })}`;
      },
    });
    const { on, off } = Object.getOwnPropertyDescriptors(this.prototype);
    Object.defineProperties(this.prototype, { addListener: on, removeListener: off });
  }

  /** @internal */
  constructor(start: (task: StartingTask) => RunningCopy, signal: AbortSignal | undefined) {
    super();
    // One copy waits in many places at once, each with a listener that it removes again.
    setMaxListeners(0, this.#abort.signal);
    const unfollow = signal === undefined ? undefined : followSignal(signal, this.#abort);
    this.#running = start({
      signal: this.#abort.signal,
      emit: (event, ...args) => void super.emit(event, ...(args as never)),
      hasListeners: (event) => this.listenerCount(event) > 0,
    });
    this.#promise = this.#running.result;
    if (unfollow !== undefined) this.#promise.then(unfollow, unfollow);
    this.#promise.catch((error: unknown) => {
      if (!this.#awaited && this.listenerCount('failed') === 0) void Promise.reject(error);
    });
  }

  /** Where the copy stands, at any time. */
  get progress(): CopyProgress {
    return this.#running.snapshot();
  }

  /** For `JSON.stringify`: where the copy stands. */
  toJSON(): CopyProgress {
    return this.progress;
  }

  /** Parts that may be in flight at this moment. */
  get concurrency(): number {
    return this.#running.snapshot().concurrency;
  }

  /**
   * Sets a fixed number of parts in flight; throttling may still lower it.
   *
   * @throws CopyOptionsError unless it is a whole number from 1 to 10,000
   */
  set concurrency(value: number) {
    this.#running.setConcurrency(integer(1, 10_000)(value, { path: 'concurrency' }));
  }

  /** Starts no new part until `resume()`. Those in flight go on. */
  pause(): void {
    this.#running.pause();
  }

  resume(): void {
    this.#running.resume();
  }

  /** Cancels: requests in flight are cut off, the upload is aborted (or kept, with `onFailure: 'keep'`), the promise rejects with `reason`. */
  abort(reason?: unknown): void {
    this.#abort.abort(reason);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a task is to be awaited
  then<A = CopyResult, B = never>(
    onFulfilled?: ((result: CopyResult) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#awaited = true;
    return this.#promise.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<CopyResult | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<CopyResult> {
    this.#awaited = true;
    return this.#promise.finally(onFinally);
  }

  /**
   * `for await (const progress of copy)`: the newest progress each time, until the copy ends.
   *
   * Leaving the loop early doesn't cancel the copy.
   *
   * @throws what the copy fails with
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<CopyProgress, void, undefined> {
    let newest: CopyProgress | undefined;
    let isOver = false;
    let wake: (() => void) | undefined;
    const take = (progress: CopyProgress): void => {
      newest = progress;
      wake?.();
    };
    const end = (): void => {
      isOver = true;
      wake?.();
    };
    this.on('progress', take);
    this.#promise.then(end, end);
    // This loop hears of a failure, unless it is left before.
    const wasAwaited = this.#awaited;
    this.#awaited = true;
    try {
      while (newest !== undefined || !isOver) {
        if (newest === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else {
          const progress = newest;
          newest = undefined;
          yield progress;
        }
      }
      await this;
    } finally {
      if (!isOver) this.#awaited = wasAwaited;
      this.off('progress', take);
    }
  }

  /** `await using copy = copyLargeObject(…)`: cancels a copy that still runs at the end of the block, and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#awaited = true;
    this.abort();
    await this.#promise.catch(() => undefined);
  }

  override on<E extends keyof CopyEvents>(
    event: E,
    listener: (...args: CopyEvents[E]) => void,
    context?: unknown,
  ): this {
    return super.on(event, this.#guard(listener), context);
  }

  override once<E extends keyof CopyEvents>(
    event: E,
    listener: (...args: CopyEvents[E]) => void,
    context?: unknown,
  ): this {
    return super.once(event, this.#guard(listener), context);
  }

  override off<E extends keyof CopyEvents>(
    event: E,
    listener?: (...args: CopyEvents[E]) => void,
    context?: unknown,
    once?: boolean,
  ): this {
    const guarded = listener === undefined ? undefined : this.#guard(listener);
    return super.off(event, guarded, context, once);
  }

  /** The same listener always gets the same guard, so that it can be removed again. */
  #guard(listener: unknown): Listener {
    const original = listener as Listener;
    // The emitter itself removes the guard of a `once` listener.
    if (this.#guards.has(original)) return original;
    let guarded = this.#guarded.get(original);
    if (guarded === undefined) {
      let warned = false;
      const warn = (error: unknown): void => {
        if (!warned) warnOfListener(error);
        warned = true;
      };
      guarded = function guard(this: unknown, ...args) {
        try {
          const returned = original.apply(this, args);
          if (returned instanceof Promise) returned.catch((error: unknown) => warn(error));
        } catch (error) {
          warn(error);
        }
      };
      this.#guarded.set(original, guarded);
      this.#guards.add(guarded);
    }
    return guarded;
  }
}

function warnOfListener(error: unknown): void {
  const reason = (error instanceof Error ? error.stack : undefined) ?? messageOf(error);
  process.emitWarning(`A listener of a copy threw: ${reason}`, 'CopyListenerWarning');
}
