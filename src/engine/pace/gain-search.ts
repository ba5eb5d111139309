import type { Round } from './round-meter.ts';

/** What a doubled window must bring at least: this share of what it would bring if the store had no limit. */
const WORTHWHILE_SHARE = 0.2;
/** Parts that take this many times as long as with few of them are waiting for each other. */
const QUEUEING_RATIO = 1.3;
/** Below this share of the throughput that was, there is no doubt. */
const CLEARLY_LESS = 0.7;
/** A duration that differs by this (logarithm) from what it was says that the store has changed. */
const CHANGED_LOG = 0.4;

/** A number of parts in flight, and what the store made of it (bytes per millisecond). */
interface Level {
  readonly window: number;
  readonly inFlight: number;
  readonly throughput: number;
}

/**
 * Finds the number of parts in flight beyond which a store that never complains gets no faster: doubles as long as that pays, then holds
 * still until parts take another time than they did.
 */
export class GainSearch {
  /** The level that the present one is compared with. */
  #base: Level | undefined;
  #isHolding = false;
  /** Of the rounds since it holds still, smoothed; undefined before the first one. */
  #heldLogDuration: number | undefined;
  #strikes = 0;
  #leastDurationMs = Infinity;

  /** Begins anew: the store may be another one. */
  restart(): void {
    this.#base = undefined;
    this.#isHolding = false;
    this.#leastDurationMs = Infinity;
  }

  /** A round ended; returns where the window should go: at once if that is less than now, part by part if it is more. */
  endRound(round: Round, window: number, max: number): number {
    this.#leastDurationMs = Math.min(this.#leastDurationMs, round.durationMs);
    const level: Level = {
      window: Math.min(window, Math.ceil(round.inFlight)),
      inFlight: round.inFlight,
      throughput: round.inFlight * round.speed,
    };
    return this.#isHolding ? this.#hold(level, round, window) : this.#grow(level, round, window, max);
  }

  #grow(level: Level, round: Round, window: number, max: number): number {
    const base = this.#base;
    if (base !== undefined) {
      const isQueueing = round.durationMs > QUEUEING_RATIO * this.#leastDurationMs;
      const gain = level.throughput / base.throughput;
      const worthwhile = 1 + WORTHWHILE_SHARE * (level.inFlight / base.inFlight - 1);
      if (gain < CLEARLY_LESS || (isQueueing && gain < worthwhile)) return this.#startHolding(base.window);
    }
    this.#base = level;
    return level.window >= max ? this.#startHolding(max) : window * 2;
  }

  #startHolding(window: number): number {
    this.#isHolding = true;
    this.#heldLogDuration = undefined;
    this.#strikes = 0;
    return window;
  }

  #hold(level: Level, { durationMs, parts }: Round, window: number): number {
    const logDuration = Math.log(durationMs);
    const change = logDuration - (this.#heldLogDuration ??= logDuration);
    this.#strikes = Math.abs(change) > CHANGED_LOG && parts >= 4 ? this.#strikes + 1 : 0;
    if (this.#strikes >= 2) {
      this.restart();
      this.#base = level;
      return window * 2;
    }
    if (this.#strikes === 0) this.#heldLogDuration += 0.2 * change;
    return window;
  }
}
