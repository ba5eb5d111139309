/** What the store saw of a run. */
export interface StoreReport {
  /** From the first request to the answer of the last Complete. */
  readonly wallMs: number;
  readonly requests: number;
  readonly partRequests: number;
  /** Part requests that copied nothing, or a part a second time. */
  readonly wastedRequests: number;
  readonly partsCopied: number;
  readonly connections: number;
  readonly objects: number;
  readonly openUploads: number;
  /** What is wrong with an object, where one was completed with a fault. */
  readonly fault: string | undefined;
  readonly averageInFlight: number;
  readonly peakInFlight: number;
  /** Parts in flight, every so many milliseconds since the first one, at most a few hundred values. */
  readonly inFlight: { readonly everyMs: number; readonly values: readonly number[] };
}

/** Counts parts in flight over time. */
export class InFlightRecord {
  readonly #changes: { readonly at: number; readonly inFlight: number }[] = [];
  #inFlight = 0;
  #busyMs = 0;
  #lastAt = 0;
  peak = 0;

  change(at: number, by: 1 | -1): void {
    this.#busyMs += (at - this.#lastAt) * this.#inFlight;
    this.#lastAt = at;
    this.#inFlight += by;
    if (this.#inFlight > this.peak) this.peak = this.#inFlight;
    this.#changes.push({ at, inFlight: this.#inFlight });
  }

  average(wallMs: number): number {
    return wallMs > 0 ? this.#busyMs / wallMs : 0;
  }

  /** The average of each span, so that a short peak is seen for what it was. */
  sample(spans: number): { everyMs: number; values: number[] } {
    const first = this.#changes[0]?.at ?? 0;
    const everyMs = Math.max(1, (this.#lastAt - first) / spans);
    const values: number[] = Array.from({ length: spans }, () => 0);
    for (const [index, { at, inFlight }] of this.#changes.entries()) {
      const until = this.#changes[index + 1]?.at ?? at;
      for (let from = at; from < until;) {
        const span = Math.min(spans - 1, Math.floor((from - first) / everyMs));
        const to = span === spans - 1 ? until : Math.min(until, first + (span + 1) * everyMs);
        values[span] = (values[span] as number) + ((to - from) / everyMs) * inFlight;
        if (to <= from) break;
        from = to;
      }
    }
    return { everyMs, values: values.map((value) => Math.round(value * 10) / 10) };
  }
}
