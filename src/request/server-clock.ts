import { CLOCK_TOLERANCE_MS, elapsedSince, leastElapsedSince, type Moment, thisMoment } from './moment.ts';

/** Relates this machine's clocks to the store's, so that times the store reports can be compared with when this copy began. */
export class ServerClock {
  #seen: { readonly serverMs: number; readonly at: Moment } | undefined;

  /** Whether the store has said its time. */
  get isKnown(): boolean {
    return this.#seen !== undefined;
  }

  /** Learns from an answer's `Date`. */
  observe(serverTime: Date | undefined): void {
    const serverMs = serverTime?.getTime() ?? Number.NaN;
    if (!Number.isNaN(serverMs)) this.#seen = { serverMs, at: thisMoment() };
  }

  /** So many milliseconds this machine's clock was behind the store's when that told its time; 0 if they agree, or it isn't known. */
  get aheadMs(): number {
    return this.#seen === undefined ? 0 : significant(this.#seen.serverMs - this.#seen.at.wallMs);
  }

  /** The same of another store's clock instead of this machine's. */
  aheadOf(other: ServerClock): number {
    return this === other || !this.isKnown || !other.isKnown ? 0 : this.aheadMs - other.aheadMs;
  }

  /** The store's time now, as far as it is known; good to a second, since `Date` has no fractions. Rather too early than too late. */
  now(): number {
    return this.#seen === undefined ? Date.now() : this.#seen.serverMs + leastElapsedSince(this.#seen.at);
  }

  /** The same if this machine's clock was set meanwhile, or slept: rather too late than too early. */
  latest(): number {
    return this.#seen === undefined ? Date.now() : this.#seen.serverMs + elapsedSince(this.#seen.at);
  }
}

/** `Date` has no fractions, and an answer takes its time. */
function significant(differenceMs: number): number {
  return Math.abs(differenceMs) > CLOCK_TOLERANCE_MS ? differenceMs : 0;
}
