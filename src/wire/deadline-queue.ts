import { setMaxListeners } from 'node:events';
import type { CancelListener, CancelSource } from '../store/request-cancellation.ts';
import { TransportError } from './transport-error.ts';

/** Something that ends at a certain time at the latest, or when it is cancelled. */
export interface Expiring extends CancelListener {
  /** On the clock of `performance.now()`, in milliseconds. */
  readonly deadlineMs: number;
  readonly cancelledBy: CancelSource | undefined;
  /** Its place in the queue; -1 outside of it. */
  deadlineSlot: number;
  /** Keeps the process alive until it is over: what it waits for has no socket or timer that would. */
  readonly holdsProcess?: boolean;
  expire(): void;
}

/**
 * One timer for all requests of a store. Nearly every request ends long before its deadline: a timer for each costs a microsecond
 * or more, an entry in an array a quarter of that. A `Set` would make a new table of its members every so often, and the old
 * tables keep all that was in them alive until the next full garbage collection.
 */
export class DeadlineQueue {
  readonly #items: (Expiring | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #armedForMs = Infinity;
  #holders = 0;
  /** One listener for all requests that a signal may cancel, and how many these are. */
  readonly #watches = new Map<AbortSignal, { requests: number; readonly listener: () => void }>();

  /** Watches an item until it is removed: calls `expire` once its deadline has passed, and `handleEvent` when it is cancelled. */
  add(item: Expiring): void {
    const { cancelledBy, deadlineMs } = item;
    item.deadlineSlot = this.#freeSlots.pop() ?? this.#items.length;
    this.#items[item.deadlineSlot] = item;
    if (item.holdsProcess === true && this.#holders++ === 0) this.#timer?.ref();
    if (deadlineMs < this.#armedForMs) this.#arm(deadlineMs);
    if (cancelledBy instanceof AbortSignal) this.#watch(cancelledBy);
    else cancelledBy?.addEventListener('abort', item);
  }

  remove(item: Expiring): void {
    if (item.deadlineSlot === -1) return;
    this.#items[item.deadlineSlot] = undefined;
    this.#freeSlots.push(item.deadlineSlot);
    item.deadlineSlot = -1;
    if (item.cancelledBy instanceof AbortSignal) this.#unwatch(item.cancelledBy);
    else item.cancelledBy?.removeEventListener('abort', item);
    if (item.holdsProcess === true && --this.#holders === 0) this.#timer?.unref();
  }

  /**
   * Waits for something that isn't sent by this library, such as credentials or a vendor's client.
   *
   * @throws TransportError when the time is up; the reason of what cancels it
   */
  waitFor<T>(promise: Promise<T>, deadlineMs: number, cancelledBy: CancelSource | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const item: Expiring = {
        deadlineMs,
        cancelledBy,
        deadlineSlot: -1,
        holdsProcess: true,
        expire: () => fail(new TransportError('it took too long', 'TimeoutError', true)),
        handleEvent: () => fail(cancelledBy?.reason),
      };
      const fail = (error: unknown): void => {
        this.remove(item);
        reject(error);
      };
      this.add(item);
      if (cancelledBy?.aborted === true) item.handleEvent();
      promise.then((value) => {
        this.remove(item);
        resolve(value);
      }, fail);
    });
  }

  /** A listener for each request would keep the one that was added after it, and so all requests since, until a full garbage collection. */
  #watch(signal: AbortSignal): void {
    const watch = this.#watches.get(signal);
    if (watch !== undefined) {
      watch.requests++;
      return;
    }
    const listener = (): void => {
      for (const item of this.#items) if (item?.cancelledBy === signal) item.handleEvent();
    };
    this.#watches.set(signal, { requests: 1, listener });
    // Any number of stores may hang on a caller's signal; Node would warn of more than ten.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', listener);
  }

  #unwatch(signal: AbortSignal): void {
    const watch = this.#watches.get(signal);
    if (watch === undefined || --watch.requests > 0) return;
    this.#watches.delete(signal);
    signal.removeEventListener('abort', watch.listener);
  }

  #arm(deadlineMs: number): void {
    clearTimeout(this.#timer);
    this.#armedForMs = deadlineMs;
    const delayMs = Math.min(Math.max(Math.ceil(deadlineMs - performance.now()), 1), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#fire(), delayMs);
    // The sockets of the requests keep the process alive, the timer must not.
    if (this.#holders === 0) this.#timer.unref();
  }

  #fire(): void {
    this.#timer = undefined;
    this.#armedForMs = Infinity;
    const nowMs = performance.now();
    let earliestMs = Infinity;
    for (const item of this.#items.filter((candidate) => candidate !== undefined)) {
      if (item.deadlineMs > nowMs) {
        earliestMs = Math.min(earliestMs, item.deadlineMs);
        continue;
      }
      this.remove(item);
      item.expire();
    }
    if (earliestMs < this.#armedForMs) this.#arm(earliestMs);
  }
}
