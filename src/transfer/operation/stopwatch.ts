/** Measures time with breaks. Stands still until it is started. */
export class Stopwatch {
  #elapsedMs = 0;
  #startedAt: number | undefined;

  get elapsedMs(): number {
    return this.#startedAt === undefined ? this.#elapsedMs : this.#elapsedMs + performance.now() - this.#startedAt;
  }

  start(): void {
    this.#startedAt ??= performance.now();
  }

  stop(): void {
    this.#elapsedMs = this.elapsedMs;
    this.#startedAt = undefined;
  }
}
