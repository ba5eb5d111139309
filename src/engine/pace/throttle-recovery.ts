/** Below this share of the level at which the store complained, the window grows fast; above the second one, ever faster. */
const NEAR_BELOW = 0.8;
const NEAR_ABOVE = 1.3;
const FAST_GROWTH = 1.3;
/** A probe that fails costs a request or two: this many parts between them, in the long run, bound what is wasted. */
const PATIENCE_PARTS_PER_ROUND = 16;
/** Rounds that each step of a probe must stand, and how much larger the next one is. */
const SLOT_PROBE = { rounds: 1, growth: 2, leastParts: 8, mostPatience: 8 };
const RATE_PROBE = { rounds: 4, growth: 1.5, leastParts: 48, mostPatience: 16 };

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
    if (this.#step > 0)
      this.#patienceRounds = Math.min(
        (this.isRateLike ? RATE_PROBE : SLOT_PROBE).mostPatience,
        this.#patienceRounds * 2 + 1,
      );
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

  /** What it was cut for is that parts were delayed at this window. Nothing was refused, so trying the same again wastes nothing. */
  noteDelay(window: number): void {
    this.#ceiling = Math.max(this.#oldCeiling, window);
    this.#safeLevel = 0;
  }

  /** The store refused everything for a while, and now takes parts again: what it takes is to be found anew, at once. */
  forget(window: number): void {
    this.isRateLike = false;
    this.#ceiling = window;
    this.#safeLevel = 0;
    this.#patienceRounds = 0;
  }

  /** A round of `parts` went by without complaint; returns the window to aim at. */
  endCalmRound(parts: number, window: number): number {
    this.#calmRounds += 1;
    if (window < (this.isRateLike ? NEAR_BELOW : 0.99) * this.#ceiling)
      return Math.min(this.#ceiling, window * FAST_GROWTH);
    this.#calmParts += parts;
    const probe = this.isRateLike ? RATE_PROBE : SLOT_PROBE;
    const isFar = window > NEAR_ABOVE * this.#ceiling;
    const isBelow = window < this.#ceiling - 0.5;
    const needed =
      this.#step > 0 || isBelow
        ? Math.max(window, isFar ? 4 : Math.max(probe.rounds * window, probe.leastParts))
        : this.#patienceRounds * Math.max(window, PATIENCE_PARTS_PER_ROUND);
    if (this.#calmParts < needed) return window;
    this.#calmParts = 0;
    // Below four, a whole part more is a lot.
    const least = window < 4 ? window / 10 : Math.max(1, window / 32);
    if (isBelow) return Math.min(this.#ceiling, window + least);
    this.#step = this.#step > 0 ? Math.min(window, this.#step * (isFar ? SLOT_PROBE.growth : probe.growth)) : least;
    return window + this.#step;
  }

  /** Whether a window is so far beyond the last complaint that this is another store now. */
  isFarBeyond(window: number): boolean {
    return window > 2 * this.#ceiling && window > 4;
  }
}
