/** How many durations are remembered: enough for a steady 95th percentile, few enough to follow a store that changes. */
const WINDOW = 128;

/** Quantiles of the last durations. An observation moves at most 1 KiB of memory and allocates nothing. */
export class RecentDurations {
  readonly #inOrderOfArrival = new Float64Array(WINDOW);
  readonly #sorted = new Float64Array(WINDOW);
  #next = 0;
  /** Durations remembered now. */
  size = 0;
  /** The longest duration ever added, in milliseconds. */
  longestMs = 0;

  add(durationMs: number): void {
    const sorted = this.#sorted;
    if (this.size === WINDOW) {
      const oldest = this.#position(this.#inOrderOfArrival[this.#next] as number);
      sorted.copyWithin(oldest, oldest + 1, this.size);
      this.size -= 1;
    }
    const place = this.#position(durationMs);
    sorted.copyWithin(place + 1, place, this.size);
    sorted[place] = durationMs;
    this.size += 1;
    this.#inOrderOfArrival[this.#next] = durationMs;
    this.#next = (this.#next + 1) % WINDOW;
    if (durationMs > this.longestMs) this.longestMs = durationMs;
  }

  /** The duration that this share (0…1) of the recent ones did not exceed. Only if there is one. */
  quantileMs(share: number): number {
    return this.#sorted[Math.min(this.size - 1, Math.floor(this.size * share))] as number;
  }

  /** First place whose duration is not below this one. */
  #position(durationMs: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as number) < durationMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
