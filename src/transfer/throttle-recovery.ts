/** Below this share of the level where the store complained, the window grows fast; above the second one, ever faster. */
const NEAR_BELOW = 0.8;
const NEAR_ABOVE = 1.3;
const FAST_GROWTH = 1.5;
/** A probe that fails costs a request or two: this many parts between them, in the long run, bound what is wasted. */
const MOST_PATIENCE_PARTS = 128;
const MOST_PATIENCE_ROUNDS = 8;
/** Rounds that each step of a probe must stand, and how much larger the next one is. */
const SLOT_PROBE = { rounds: 1, growth: 2 };
const RATE_PROBE = { rounds: 4, growth: 1.5 };

/**
 * Decides how a window grows again after the store asked for less. It remembers at which level that was and stays there for a
 * while, then tries a little more, and goes on ever faster as long as the store doesn't complain; every attempt that fails
 * doubles the wait for the next one.
 *
 * A store that has so many places takes for ever what it takes now. One that grants so many requests a second complains late,
 * when it has used up what it had saved, and again at a level that seemed safe: then each step is given more time to fail.
 */
export class ThrottleRecovery {
  /** The store complained at a level that it had taken before: it counts requests a second, not places. */
  isRateLike = false;
  #ceiling = 0;
  #safeLevel = 0;
  #patienceRounds = 1;
  #calmParts = 0;
  #calmRounds = 0;
  #step = 0;
  #oldCeiling = 0;
  #knowsCeiling = false;

  /** A new complaint at this window. */
  noteComplaint(window: number): void {
    this.#knowsCeiling = this.#ceiling > 0 && this.#calmRounds > 2;
    if (this.#step > 0) this.#patienceRounds = Math.min(MOST_PATIENCE_ROUNDS, this.#patienceRounds * 2);
    else if (this.#safeLevel > 0 && window <= this.#safeLevel + 0.5) this.isRateLike = true;
    this.#calmParts = 0;
    this.#calmRounds = 0;
    this.#step = 0;
    this.#oldCeiling = this.#ceiling;
  }

  /** What the window was cut to, by the last complaint so far. */
  noteCut(window: number): void {
    // A complaint right after another one shows that the level seemed safe too early.
    this.#ceiling = this.#knowsCeiling ? (this.#oldCeiling + window) / 2 : window;
    this.#safeLevel = window;
  }

  /** A round of `parts` went by without complaint; returns the window to aim at. */
  endCalmRound(parts: number, window: number): number {
    this.#calmRounds += 1;
    if (window < NEAR_BELOW * this.#ceiling) return Math.min(this.#ceiling, window * FAST_GROWTH);
    this.#calmParts += parts;
    const probe = this.isRateLike ? RATE_PROBE : SLOT_PROBE;
    const isFar = window > NEAR_ABOVE * this.#ceiling;
    const needed =
      this.#step > 0
        ? window * (isFar ? 1 : probe.rounds)
        : Math.max(this.#patienceRounds * window, (this.#patienceRounds / MOST_PATIENCE_ROUNDS) * MOST_PATIENCE_PARTS);
    if (this.#calmParts < needed) return window;
    this.#calmParts = 0;
    if (this.#step > 0) this.#step *= isFar ? SLOT_PROBE.growth : probe.growth;
    // Below four, a whole part more is a lot.
    else this.#step = window < 4 ? window / 10 : Math.max(1, window / 32);
    this.#step = Math.min(this.#step, window);
    return window + this.#step;
  }

  /** Whether a window is so far beyond the last complaint that this is another store now. */
  isFarBeyond(window: number): boolean {
    return window > 2 * this.#ceiling && window > 4;
  }
}
