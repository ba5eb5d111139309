import { SlotList } from './slot-list.ts';

/** Something that has to be over by a certain time. */
export interface Expiring {
  /** On the clock of `performance.now()`, in milliseconds. */
  readonly deadlineMs: number;
  /** Where it is in the queue; kept by the queue, absent or -1 outside of it. */
  deadlineSlot?: number;
  /** Keeps the process alive until it is over: what it waits for has no socket or timer that would. */
  readonly holdsProcess?: boolean;
  expire(): void;
}

/**
 * One timer for all requests of a store. Nearly every request ends long before its deadline, so a timer of its own for each
 * would be pure cost: here adding and removing is a matter of an array, and the timer is looked after only when it fires.
 */
export class DeadlineQueue {
  readonly #pending = new SlotList<Expiring>();
  #timer: NodeJS.Timeout | undefined;
  #armedForMs = Infinity;
  #holders = 0;

  /** Calls `item.expire()` once the deadline has passed, unless it is removed before. */
  add(item: Expiring): void {
    item.deadlineSlot = this.#pending.add(item);
    if (item.holdsProcess === true && this.#holders++ === 0) this.#timer?.ref();
    if (item.deadlineMs < this.#armedForMs) this.#arm(item.deadlineMs);
  }

  /** Forgets the item, if it is there. */
  remove(item: Expiring): void {
    if (item.deadlineSlot === undefined || item.deadlineSlot === -1) return;
    this.#pending.remove(item.deadlineSlot);
    item.deadlineSlot = -1;
    if (item.holdsProcess === true && --this.#holders === 0) this.#timer?.unref();
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
    for (const item of this.#pending.values()) {
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
