import { SlotList } from './slot-list.ts';

/** Something that has to be over by a certain time. */
export interface Expiring {
  /** On the clock of `performance.now()`, in milliseconds. */
  readonly deadlineMs: number;
  /** Where it is in the queue; kept by the queue, absent or -1 outside of it. */
  deadlineSlot?: number;
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

  /** Calls `item.expire()` once the deadline has passed, unless it is removed before. */
  add(item: Expiring): void {
    item.deadlineSlot = this.#pending.add(item);
    if (item.deadlineMs < this.#armedForMs) this.#arm(item.deadlineMs);
  }

  /** Forgets the item, if it is there. */
  remove(item: Expiring): void {
    if (item.deadlineSlot === undefined || item.deadlineSlot === -1) return;
    this.#pending.remove(item.deadlineSlot);
    item.deadlineSlot = -1;
  }

  #arm(deadlineMs: number): void {
    clearTimeout(this.#timer);
    this.#armedForMs = deadlineMs;
    const delayMs = Math.min(Math.max(Math.ceil(deadlineMs - performance.now()), 1), 2 ** 31 - 1);
    // The sockets of the requests keep the process alive, the timer must not.
    this.#timer = setTimeout(() => this.#fire(), delayMs).unref();
  }

  #fire(): void {
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
