import type { ConcurrencyRange } from '../../options/normalize-copy-options.ts';
import { GainSearch } from './gain-search.ts';
import { type Round, RoundMeter } from './round-meter.ts';
import { ThrottleRecovery } from './throttle-recovery.ts';

/** What every outcome of an attempt says. */
export interface PartOutcome {
  readonly now: number;
  readonly startedAt: number;
  /** Attempts still in flight after this one. */
  readonly inFlight: number;
}

/** One congestion event cuts to this share of the window at most: the store may have rejected what it would take a moment later. */
const DEEPEST_CUT = 0.25;
/** Each rejection cuts to this share at most. */
const REJECTION_CUT = 0.85;
/** A store that counts requests a second is given this share less than what it rejected. */
const RATE_CUT = 0.9;
/** When one event leaves less than this share of the window, it was far too large. */
const MASS_REJECTION = 0.75;
/** Cut to this share when half of the requests fail for other reasons, down to as many in flight as do no harm. */
const FAILURE_CUT = 0.7;
const FEWEST_WHEN_FAILING = 4;
const PILED_UP_FAILURES = 5;
/** Nothing starts for this share of a part's usual time after a cut: the rest of what was sent must arrive first. */
const PAUSE_SHARE = 1 / 8;
const LONGEST_PAUSE_MS = 2000;
/** After so many cuts without any part copied in between, the store takes nothing at all. */
const MOST_VAIN_CUTS = 2;
/** Parts' usual time until the first one was copied. */
const ASSUMED_DURATION_MS = 40;

/**
 * Decides how many parts may be in flight. Pure: it has no timers and no clock, the caller says what happened and when. All times are
 * milliseconds of one monotonic clock.
 */
export class ConcurrencyController {
  /** No new part starts before this time (0: now). */
  holdUntil = 0;
  /** Fractions count: they add up over the parts, and below two they are made by waiting between parts. */
  #window: number;
  #target: number;
  #min: number;
  #max: number;
  #adaptive: boolean;
  readonly #meter = new RoundMeter();
  readonly #search = new GainSearch();
  #recovery: ThrottleRecovery | undefined;
  #roundWindow: number;
  #hasBegun = false;
  #cutAt = -Infinity;
  /** Of the present congestion event: the window before it, the least it may cut to, and what it has cut to so far. */
  #eventWindow = 0;
  #deepest = 0;
  #level = 0;
  /** Cuts in a row without any part copied in between. */
  #vainCuts = 0;
  #failures = 0;
  #successes = 0;
  #durationMs = ASSUMED_DURATION_MS;

  constructor(options: ConcurrencyRange) {
    this.#min = options.min;
    this.#max = options.max;
    this.#adaptive = options.adaptive;
    this.#window = options.adaptive ? Math.min(options.max, Math.max(options.min, options.initial)) : options.max;
    this.#target = options.adaptive ? Math.min(options.max, this.#window * 2) : options.max;
    this.#roundWindow = this.#window;
  }

  /** Parts that may be in flight now (integer >= 1). */
  get limit(): number {
    return Math.max(this.#min, Math.ceil(this.#window - 0.001));
  }

  /** Makes it a fixed number while parts run, which only throttling may still cut. What was learned is forgotten. */
  fix(limit: number): void {
    this.#min = 1;
    this.#max = this.#window = this.#target = limit;
    this.#adaptive = false;
    this.#recovery = undefined;
    this.#search.restart();
    this.#hasBegun = false;
  }

  /** A part was copied. */
  onSuccess(outcome: PartOutcome & { readonly bytes: number; readonly qosDelayMs?: number | undefined }): void {
    const { now, startedAt, bytes, inFlight, qosDelayMs = 0 } = outcome;
    this.#note(outcome);
    this.#successes += 1;
    if (this.#vainCuts > MOST_VAIN_CUTS) this.#endOutage();
    this.#vainCuts = 0;
    if (qosDelayMs > 0 && startedAt >= this.#cutAt) {
      // Without the delay, as many parts a second would be in flight as now less those that are being delayed.
      const share = Math.min(0.5, qosDelayMs / Math.max(1, now - startedAt));
      const before = this.#window;
      // A part that was delayed was copied all the same: less than one at a time would only stand idle.
      this.#cut(now, Math.max(1, Math.min(before, inFlight + 1) * (1 - share)));
      this.#recovery?.noteDelay(before);
      return;
    }
    if (this.#window < this.#target) this.#window = Math.min(this.#target, this.#window + 1);
    const round = this.#meter.addPart(now, startedAt, bytes);
    if (round !== undefined) this.#endRound(now, round);
    if (this.#window < 2 && this.#window < this.limit) {
      const holdMs = this.#durationMs * (this.limit / this.#window - 1);
      this.holdUntil = Math.max(this.holdUntil, now + Math.min(holdMs, Math.max(LONGEST_PAUSE_MS, this.#durationMs)));
    }
  }

  /**
   * The store asked for fewer requests. Returns whether this made a cut: requests that were sent before the last cut belong to the same
   * congestion event and don't count again.
   */
  onThrottle(outcome: PartOutcome & { readonly retryAfterMs?: number | undefined }): boolean {
    const { now, startedAt, inFlight, retryAfterMs = 0 } = outcome;
    this.#note(outcome);
    const isNewEvent = startedAt >= this.#cutAt;
    if (isNewEvent) {
      this.#deepest = this.#window * DEEPEST_CUT;
      this.#level = this.#eventWindow = this.#window;
      this.#vainCuts += 1;
    }
    // What is left in flight is what the store has taken so far.
    const isRateLike = isNewEvent && this.#recovery?.isRateLike === true;
    const taken = isRateLike ? RATE_CUT * Math.min(this.#window, inFlight + 1) : inFlight;
    // If nothing at all gets through, the growing pauses do what less than one part at a time would.
    const least = this.#vainCuts > MOST_VAIN_CUTS ? Math.min(1, this.#level) : 0;
    const target = Math.max(taken, this.#level * REJECTION_CUT, this.#deepest, least);
    if (isNewEvent) this.#cut(now, target);
    else this.#shrink(target);
    if (this.#level < this.#eventWindow * MASS_REJECTION) {
      // All that is in flight will end at about the same time: as many again at once might be too many again.
      this.#window = this.#target = this.#bound(this.#level / 2);
    }
    this.#beginRound(now);
    if (isNewEvent) {
      const pauseMs = this.#durationMs * Math.max(PAUSE_SHARE, 1 / this.#window) * 2 ** (this.#vainCuts - 1);
      this.holdUntil = Math.max(this.holdUntil, now + Math.min(LONGEST_PAUSE_MS, pauseMs));
    }
    if (retryAfterMs > 0) this.holdUntil = Math.max(this.holdUntil, now + retryAfterMs);
    return isNewEvent;
  }

  /** A transient failure that is no throttling (500, reset): no cut, unless they pile up. */
  onFailure(outcome: PartOutcome): void {
    this.#note(outcome);
    this.#failures += 1;
    if (outcome.startedAt < this.#cutAt || this.#failures < Math.max(PILED_UP_FAILURES, this.#successes)) return;
    this.#cut(outcome.now, Math.max(Math.min(FEWEST_WHEN_FAILING, this.#window), this.#window * FAILURE_CUT));
  }

  #note({ now, startedAt, inFlight }: PartOutcome): void {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#beginRound(startedAt);
    }
    this.#meter.noteInFlight(now, inFlight);
  }

  #cut(now: number, window: number): void {
    this.#recovery ??= new ThrottleRecovery();
    this.#recovery.noteComplaint(this.#window);
    this.#shrink(window);
    this.#cutAt = now;
    this.#beginRound(now);
  }

  #shrink(window: number): void {
    this.#window = Math.min(this.#window, this.#bound(window));
    this.#target = this.#window;
    this.#level = this.#bound(window);
    this.#recovery?.noteCut(this.#level);
  }

  #endOutage(): void {
    this.#window = this.#target = Math.max(this.#window, this.#bound(2));
    this.#recovery?.forget(this.#window);
  }

  #endRound(now: number, round: Round): void {
    this.#durationMs = round.durationMs;
    // A window that wasn't used (a shared limit, the end of the copy) says nothing about a larger one.
    const isUsed = round.inFlight > 0.7 * this.#roundWindow;
    // Nor does a round in which more were in flight than now may be.
    const isDrained = round.inFlight < 1.1 * this.#window + 1;
    if (isUsed && isDrained) this.#decide(round);
    this.#beginRound(now);
  }

  #decide(round: Round): void {
    if (this.#recovery !== undefined) {
      this.#setTarget(this.#recovery.endCalmRound(round.parts, this.#window));
      if (this.#adaptive && this.#recovery.isFarBeyond(this.#window)) {
        // Far beyond the level at which the store complained: it is another one now.
        this.#recovery = undefined;
        this.#search.restart();
      }
    } else if (this.#adaptive) {
      this.#setTarget(this.#search.endRound(round, this.#window, this.#max));
    }
  }

  #setTarget(target: number): void {
    this.#target = this.#bound(target);
    if (this.#target < this.#window) this.#window = this.#target;
  }

  #beginRound(now: number): void {
    this.#roundWindow = this.#window;
    this.#failures = 0;
    this.#successes = 0;
    this.#meter.begin(now, this.#recovery === undefined ? this.#search.getNeededParts(this.limit) : this.limit);
  }

  #bound(window: number): number {
    // Less than one part at a time is one part and a wait.
    return Math.min(this.#max, Math.max(this.#min > 1 ? this.#min : 0.05, window));
  }
}

/** What those who send requests know of a controller: several copies may share one. */
export type Pace = Readonly<
  Pick<ConcurrencyController, 'limit' | 'holdUntil' | 'fix' | 'onSuccess' | 'onThrottle' | 'onFailure'>
>;
