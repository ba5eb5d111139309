/** Timers of one store, which all end with it. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  /** Calls back after `delayMs`; the returned function prevents it. */
  after(delayMs: number, callback: () => void): () => void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      callback();
    }, delayMs);
    this.#pending.add(timer);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  }

  /** Resolves after `delayMs`; never, where the store is closed before. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
