const SHORTEST_MEMORY_MS = 5000;
/** So many parts at least count, however long they take: between two of them, nothing is known of the speed. */
const REMEMBERED_PARTS = 8;

/**
 * Bytes per second, smoothed exponentially over the last seconds, or over the last parts if those take longer, without the bias
 * towards zero that such an average has at its beginning. Pure: the caller gives the time.
 */
export class ProgressRate {
  readonly #startedAt: number;
  #weightedBytes = 0;
  #weightedMs = 0;
  #updatedAt: number;
  #parts = 0;

  /** @param now milliseconds of a monotonic clock */
  constructor(now: number) {
    this.#startedAt = now;
    this.#updatedAt = now;
  }

  /** A part is there. What it took is the time since the last one. */
  add(bytes: number, now: number): void {
    const stepMs = Math.max(0, now - this.#updatedAt);
    this.#parts++;
    const partIntervalMs = (Math.max(now, this.#updatedAt) - this.#startedAt) / this.#parts;
    const memoryMs = Math.max(SHORTEST_MEMORY_MS, REMEMBERED_PARTS * partIntervalMs);
    const kept = Math.exp(-stepMs / memoryMs);
    this.#weightedBytes = this.#weightedBytes * kept + bytes;
    this.#weightedMs = this.#weightedMs * kept + stepMs;
    this.#updatedAt += stepMs;
  }

  /** Falls while no part arrives for longer than usual. */
  bytesPerSecond(now: number): number {
    if (this.#weightedBytes === 0) return 0;
    const waitedMs = Math.max(0, now - this.#updatedAt);
    const usualMs = this.#parts === 0 ? 0 : (this.#updatedAt - this.#startedAt) / this.#parts;
    const coveredMs = this.#weightedMs + Math.max(0, waitedMs - usualMs);
    return coveredMs <= 0 ? 0 : (this.#weightedBytes / coveredMs) * 1000;
  }
}
