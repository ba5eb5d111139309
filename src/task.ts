import { setMaxListeners } from 'node:events';
import { inspect, type InspectOptions } from 'node:util';
import type { EventEmitter } from 'eventemitter3';
import type { CopyEvents, CopyProgress, CopyResult } from './events.ts';
import { messageOf } from './errors.ts';
import { followSignal } from './request/follow-signal.ts';
import { integer } from './check-options.ts';
import { NodeEmitter } from './node-emitter.ts';

/** What a task steers. */
export interface Running<Result, Progress> {
  /** Does the work; called after the current tick, so that listeners can be attached first. */
  run(): Promise<Result>;
  /** Runs the work in a context, which is that of the listeners that hear how it ends, too. */
  readonly within?: (work: () => Promise<Result>) => Promise<Result>;
  snapshot(): Progress;
  pause(): void;
  resume(): void;
  setConcurrency(concurrency: number): void;
}

/** The names of events, each with the arguments of its listeners. */
type EventTable<Events> = { [Name in keyof Events]: unknown[] };

/** A task as what it starts sees it. */
export interface StartingTask<Events extends EventTable<Events> = CopyEvents> {
  readonly signal: AbortSignal;
  readonly emit: <E extends keyof Events>(event: E, ...args: Events[E]) => void;
  readonly hasListeners: (event: keyof Events) => boolean;
}

type Listener = (...args: unknown[]) => unknown;
type Name<Events extends EventTable<Events>> = EventEmitter.EventNames<Events>;
type ListenerOf<Events extends EventTable<Events>, E extends Name<Events>> = EventEmitter.EventListener<Events, E>;

/**
 * Something that runs: an emitter of typed events, and a promise of the result. It starts by itself after the current tick. A listener
 * that throws doesn't disturb it; its error becomes a process warning. A failure that nobody listens to (`failed`) or
 * awaits is an unhandled rejection, like that of any promise.
 */
export class Task<
  Events extends EventTable<Events> & { complete: [result: Result]; failed: [error: unknown] },
  Result,
  Progress extends { readonly concurrency: number },
>
  extends NodeEmitter<Events>
  implements Promise<Result>
{
  readonly #promise: Promise<Result>;
  readonly #abort = new AbortController();
  readonly #guarded = new WeakMap<Listener, Listener>();
  readonly #guards = new WeakSet<Listener>();
  readonly #running: Running<Result, Progress>;
  #awaited = false;
  readonly [Symbol.toStringTag]: string = this.constructor.name;

  static {
    // For `console.log`: where the copy stands, and nothing of what makes it go.
    Object.defineProperty(this.prototype, inspect.custom, {
      value(this: { readonly progress: unknown }, _: number, options: InspectOptions) {
        return `${this.constructor.name} ${inspect({ progress: this.progress }, { ...options, depth: 1 })}`;
      },
    });
    const { on, off } = Object.getOwnPropertyDescriptors(this.prototype);
    Object.defineProperties(this.prototype, { addListener: on, removeListener: off });
  }

  /** @internal */
  constructor(start: (task: StartingTask<Events>) => Running<Result, Progress>, signal: AbortSignal | undefined) {
    super();
    // One copy waits in many places at once, each with a listener that it removes again.
    setMaxListeners(0, this.#abort.signal);
    const unfollow = signal === undefined ? undefined : followSignal(signal, this.#abort);
    this.#running = start({
      signal: this.#abort.signal,
      emit: (event, ...args) => void super.emit(event as never, ...(args as never)),
      hasListeners: (event) => this.listenerCount(event as never) > 0,
    });
    this.#promise = this.#run();
    if (unfollow !== undefined) this.#promise.then(unfollow, unfollow);
    this.#promise.catch((error: unknown) => {
      // `once` and `on` of node:events listen to it, and reject with it.
      const isHeard = super.emit('error' as never, ...([error] as never));
      if (!isHeard && !this.#awaited && this.listenerCount('failed' as never) === 0) void Promise.reject(error);
    });
  }

  async #run(): Promise<Result> {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    const { within = (work) => work() } = this.#running;
    return within(() => this.#runAndTell());
  }

  async #runAndTell(): Promise<Result> {
    try {
      const result = await this.#running.run();
      super.emit('complete' as never, ...([result] as never));
      return result;
    } catch (error) {
      super.emit('failed' as never, ...([error] as never));
      throw error;
    }
  }

  /** Where the copy stands, at any time. */
  get progress(): Progress {
    return this.#running.snapshot();
  }

  /** For `JSON.stringify`: where the copy stands. */
  toJSON(): Progress {
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
  then<A = Result, B = never>(
    onFulfilled?: ((result: Result) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#awaited = true;
    return this.#promise.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<Result | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<Result> {
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
  async *[Symbol.asyncIterator](): AsyncGenerator<Progress, void, undefined> {
    let newest: Progress | undefined;
    let isOver = false;
    let wake: (() => void) | undefined;
    const take = (progress: Progress): void => {
      newest = progress;
      wake?.();
    };
    const end = (): void => {
      isOver = true;
      wake?.();
    };
    this.on('progress' as never, take as never);
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
      this.off('progress' as never, take as never);
    }
  }

  /** `await using copy = copyLargeObject(…)`: cancels a copy that still runs at the end of the block, and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#awaited = true;
    this.abort();
    await this.#promise.catch(() => undefined);
  }

  override on<E extends Name<Events>>(event: E, listener: ListenerOf<Events, E>, context?: unknown): this {
    return super.on(event, this.#guard(listener) as never, context);
  }

  override once<E extends Name<Events>>(event: E, listener: ListenerOf<Events, E>, context?: unknown): this {
    return super.once(event, this.#guard(listener) as never, context);
  }

  override off<E extends Name<Events>>(
    event: E,
    listener?: ListenerOf<Events, E>,
    context?: unknown,
    once?: boolean,
  ): this {
    const guarded = listener === undefined ? undefined : (this.#guard(listener) as never);
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

/** A running copy of one object: see {@link Task}. */
export class CopyTask extends Task<CopyEvents, CopyResult, CopyProgress> {}

function warnOfListener(error: unknown): void {
  const reason = (error instanceof Error ? error.stack : undefined) ?? messageOf(error);
  process.emitWarning(`A listener of a copy threw: ${reason}`, 'CopyListenerWarning');
}
