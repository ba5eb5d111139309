const TIME_CONSTANT_MS = 5000;

/**
 * Bytes per second, smoothed exponentially over the last seconds, without the bias towards zero that such an average has at its
 * beginning. Pure: the caller gives the time.
 */
export class ProgressRate {
  readonly #startedAt: number;
  #weightedBytes = 0;
  #updatedAt: number;

  /** @param now milliseconds of a monotonic clock */
  constructor(now: number) {
    this.#startedAt = now;
    this.#updatedAt = now;
  }

  add(bytes: number, now: number): void {
    this.#decay(now);
    this.#weightedBytes += bytes;
  }

  bytesPerSecond(now: number): number {
    this.#decay(now);
    const elapsedMs = now - this.#startedAt;
    if (elapsedMs <= 0 || this.#weightedBytes === 0) return 0;
    const coveredMs = TIME_CONSTANT_MS * (1 - Math.exp(-elapsedMs / TIME_CONSTANT_MS));
    return (this.#weightedBytes / coveredMs) * 1000;
  }

  #decay(now: number): void {
    if (now <= this.#updatedAt) return;
    this.#weightedBytes *= Math.exp((this.#updatedAt - now) / TIME_CONSTANT_MS);
    this.#updatedAt = now;
  }
}
