/** Measures time with breaks. Stands still until it is started. */
export class Stopwatch {
  readonly #now: () => number;
  #elapsedMs = 0;
  #startedAt: number | undefined;

  /** @param now - the clock to go by, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get elapsedMs(): number {
    return this.#startedAt === undefined ? this.#elapsedMs : this.#elapsedMs + this.#now() - this.#startedAt;
  }

  start(): void {
    this.#startedAt ??= this.#now();
  }

  /** @param aheadMs - time to come that counts all the same, in milliseconds */
  stop(aheadMs = 0): void {
    this.#elapsedMs = this.elapsedMs + aheadMs;
    this.#startedAt = undefined;
  }
}
