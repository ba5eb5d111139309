import type { Round } from './round-meter.ts';

/** What a doubled window must bring at least: this share of what it would bring if the store had no limit. */
const WORTHWHILE_SHARE = 0.06;
/** Parts that take this many times as long as with few of them are waiting for each other. */
const QUEUEING_RATIO = 1.3;
/** Below this share of the throughput that was, there is no doubt. */
const CLEARLY_LESS = 0.7;
/** A step down is kept when the throughput is at least this share of what it was. */
const UNCHANGED_SHARE = 0.985;
/** Parts that a probe must have seen before it is judged. */
const MIN_PROBE_PARTS = 48;
const MAX_PATIENCE_ROUNDS = 10;
/** A duration that differs by this (logarithm) from what it was tells that the store has changed. */
const CHANGED_LOG = 0.4;

/** A number of parts in flight, and what the store made of it (bytes per millisecond). */
interface Level {
  readonly window: number;
  readonly inFlight: number;
  readonly throughput: number;
}

/**
 * Finds the number of parts in flight beyond which a store that never complains gets no faster: doubles as long as that pays,
 * then holds still, and looks now and then whether a quarter more, or a fifth less, would do better or as well.
 */
export class GainSearch {
  #mode: 'grow' | 'confirm' | 'hold' | 'probe' = 'grow';
  /** The level that the present one is compared with. */
  #base: Level | undefined;
  #baseLogDuration = 0;
  #patience = 2;
  #heldRounds = 0;
  #strikes = 0;
  #probesDownNext = false;
  #probe:
    | { readonly origin: number; parts: number; logThroughput: number; rounds: number; inFlight: number }
    | undefined;
  #leastDurationMs = Infinity;

  /** Begins anew: the store may be another one. */
  restart(): void {
    this.#mode = 'grow';
    this.#base = undefined;
    this.#leastDurationMs = Infinity;
    this.#patience = 2;
  }

  /** Parts that the next round must see. */
  getNeededParts(limit: number): number {
    return this.#mode === 'confirm' ? Math.min(limit, Math.max(16, Math.ceil(limit / 3))) : limit;
  }

  /** A round ended; returns where the window should go in the next one: at once where it is less than now, part by part where it is more. */
  endRound(round: Round, window: number, max: number): number {
    this.#leastDurationMs = Math.min(this.#leastDurationMs, round.durationMs);
    const level: Level = {
      window: Math.min(window, Math.ceil(round.inFlight)),
      inFlight: round.inFlight,
      throughput: round.inFlight * round.speed,
    };
    switch (this.#mode) {
      case 'grow':
      case 'confirm':
        return this.#grow(level, round, window, max);
      case 'hold':
        return this.#hold(level, round, window, max);
      case 'probe':
        return this.#judgeProbe(level, round, window);
    }
  }

  #grow(level: Level, round: Round, window: number, max: number): number {
    const isQueueing = round.durationMs > QUEUEING_RATIO * this.#leastDurationMs;
    if (this.#base !== undefined && level.throughput < CLEARLY_LESS * this.#base.throughput) {
      const { window: better } = this.#base;
      this.#startHolding(this.#base, round);
      return better;
    }
    if (this.#mode === 'grow' && isQueueing && level.inFlight < 0.95 * window) {
      // Parts take longer than with fewer of them. How much is gained all the same shows only where the window stands still.
      this.#mode = 'confirm';
      return window;
    }
    const base = this.#base;
    if (base !== undefined && isQueueing) {
      const growth = level.inFlight / base.inFlight;
      if (level.throughput / base.throughput < 1 + WORTHWHILE_SHARE * (growth - 1)) {
        this.#startHolding(base, round);
        return base.window;
      }
    }
    this.#base = level;
    if (level.window >= max) {
      this.#startHolding(level, round);
      return max;
    }
    this.#mode = 'grow';
    return window * 2;
  }

  #startHolding(base: Level, round: Round): void {
    this.#mode = 'hold';
    this.#base = base;
    this.#baseLogDuration = Math.log(round.durationMs);
    this.#heldRounds = 0;
    this.#strikes = 0;
  }

  #hold(level: Level, round: Round, window: number, max: number): number {
    const logDuration = Math.log(round.durationMs);
    if (this.#heldRounds === 0 || this.#base === undefined) {
      this.#base = level;
      this.#baseLogDuration = logDuration;
    }
    const change = logDuration - this.#baseLogDuration;
    this.#strikes = Math.abs(change) > CHANGED_LOG && round.parts >= 4 ? this.#strikes + 1 : 0;
    if (this.#strikes >= 2) {
      this.restart();
      this.#base = level;
      return window * 2;
    }
    if (this.#strikes > 0) return window;
    this.#heldRounds += 1;
    const weight = Math.max(0.2, 1 / this.#heldRounds);
    this.#baseLogDuration += weight * change;
    this.#base = {
      window: level.window,
      inFlight: this.#base.inFlight + weight * (level.inFlight - this.#base.inFlight),
      throughput: this.#base.throughput * (level.throughput / this.#base.throughput) ** weight,
    };
    if (this.#heldRounds < this.#patience) return window;
    return this.#startProbe(window, max);
  }

  #startProbe(window: number, max: number): number {
    // Where parts take no longer than they ever did, nothing queues up: fewer of them would only be slower.
    const canProbeDown = window > 1 && Math.exp(this.#baseLogDuration) > QUEUEING_RATIO * this.#leastDurationMs;
    const canProbeUp = window < max;
    if (!canProbeUp && !canProbeDown) return window;
    const isDown = canProbeDown && (this.#probesDownNext || !canProbeUp);
    this.#probesDownNext = !isDown;
    this.#mode = 'probe';
    this.#probe = { origin: window, parts: 0, logThroughput: 0, rounds: 0, inFlight: 0 };
    return isDown ? Math.min(window - 1, window * 0.8) : Math.max(window + 1, window * 1.25);
  }

  #judgeProbe(level: Level, round: Round, window: number): number {
    const probe = this.#probe;
    const base = this.#base;
    if (probe === undefined || base === undefined) return window;
    probe.parts += round.parts;
    probe.rounds += 1;
    probe.logThroughput += Math.log(level.throughput);
    probe.inFlight += level.inFlight;
    if (probe.parts < MIN_PROBE_PARTS && probe.rounds < 4) return window;
    const throughput = Math.exp(probe.logThroughput / probe.rounds);
    const inFlight = probe.inFlight / probe.rounds;
    const gain = throughput / base.throughput;
    if (window < probe.origin) {
      if (gain >= UNCHANGED_SHARE) {
        this.#startHolding({ window, inFlight, throughput }, round);
        this.#patience = 2;
        this.#probesDownNext = true;
        return window;
      }
    } else if (gain >= 1 + 1.6 * WORTHWHILE_SHARE * (inFlight / base.inFlight - 1)) {
      this.#mode = 'grow';
      this.#base = { window, inFlight, throughput };
      this.#patience = 2;
      return window * 2;
    }
    this.#patience = Math.min(MAX_PATIENCE_ROUNDS, this.#patience * 2);
    this.#mode = 'hold';
    this.#heldRounds = 1;
    return probe.origin;
  }
}
