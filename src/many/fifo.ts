/** Places that were left behind are given back once there are so many, and no fewer than are in use. */
const MOST_LEFT_BEHIND = 1024;

/** First in, first out, without moving what is left each time. It may never be empty, and keeps no more memory than it must. */
export class Fifo<T> {
  #items: T[] = [];
  #next = 0;

  get size(): number {
    return this.#items.length - this.#next;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#next];
    if (item === undefined) return undefined;
    this.#items[this.#next++] = undefined as T;
    if (this.#next >= MOST_LEFT_BEHIND && this.#next >= this.size) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#next = 0;
  }
}
