/** What one round showed. */
export interface Round {
  /** Parts in flight, averaged over the round's time. */
  readonly inFlight: number;
  /** Typical duration of a part (geometric mean, so that a few stragglers say little), in milliseconds. */
  readonly durationMs: number;
  /** Typical bytes per millisecond of one part. */
  readonly speed: number;
  readonly parts: number;
}

/**
 * Measures in rounds: a round lasts until as many parts as could be in flight at its beginning were both started and copied
 * within it, so that all of them ran under what was decided at its beginning. Bytes per second of the store as a whole are
 * `inFlight × speed` (Little's law): steadier than counting parts, which tend to end in bursts.
 */
export class RoundMeter {
  #beganAt = -Infinity;
  #needed = 1;
  #parts = 0;
  #sumLogDuration = 0;
  #sumLogSpeed = 0;
  #inFlightMs = 0;
  #lastEventAt = -1;

  /** Begins a round of `needed` parts. Only parts that start from now on count. */
  begin(now: number, needed: number): void {
    this.#beganAt = now;
    this.#lastEventAt = now;
    this.#needed = Math.max(1, needed);
    this.#parts = 0;
    this.#sumLogDuration = 0;
    this.#sumLogSpeed = 0;
    this.#inFlightMs = 0;
  }

  /** Any attempt ended; `inFlight` ones are left. */
  noteInFlight(now: number, inFlight: number): void {
    // What was in flight until now is one more than what is left; what the caller starts next counts from the next call on.
    if (this.#lastEventAt >= 0) this.#inFlightMs += (now - this.#lastEventAt) * (inFlight + 1);
    this.#lastEventAt = now;
  }

  /** A part was copied. Returns the round if this ends it. */
  addPart(now: number, startedAt: number, bytes: number): Round | undefined {
    if (startedAt < this.#beganAt) return undefined;
    const durationMs = Math.max(0.01, now - startedAt);
    this.#parts += 1;
    this.#sumLogDuration += Math.log(durationMs);
    this.#sumLogSpeed += Math.log(Math.max(1, bytes) / durationMs);
    if (this.#parts < this.#needed) return undefined;
    const elapsedMs = now - this.#beganAt;
    return {
      inFlight: elapsedMs > 0 ? this.#inFlightMs / elapsedMs : this.#needed,
      durationMs: Math.exp(this.#sumLogDuration / this.#parts),
      speed: Math.exp(this.#sumLogSpeed / this.#parts),
      parts: this.#parts,
    };
  }
}
