/** Where the concurrency of a copy may move. */
export interface ControllerBounds {
  /** Parts in flight at the start. @default what it was */
  readonly initial?: number;
  /** Never fewer than this, also under throttling. */
  readonly min: number;
  /** Never more than this. */
  readonly max: number;
}

/**
 * Decides how many parts may be in flight. Pure: it has no timers and no clock, the caller tells what happened and when.
 * All times are milliseconds of one monotonic clock.
 */
export interface ConcurrencyController {
  /** Parts that may be in flight now (integer >= 1). */
  readonly limit: number;
  /** No new part starts before this time, in ms of the caller's clock (0 = now). */
  readonly holdUntil: number;
  /** The user changed it while running: a fixed number, within which throttling may still cut. */
  setBounds(bounds: ControllerBounds): void;
  /** A part was copied: `bytes` of it, with `inFlight` others still running. */
  onSuccess(outcome: PartOutcome & { readonly bytes: number; readonly qosDelayMs?: number | undefined }): void;
  /**
   * The store asked for fewer requests. Returns true when this made a cut: requests that were started before the last cut
   * belong to the same congestion event and don't count again.
   */
  onThrottle(outcome: PartOutcome & { readonly retryAfterMs?: number | undefined }): boolean;
  /** A transient failure that is not a throttle (500, reset): no cut, unless they pile up. */
  onFailure(outcome: PartOutcome): void;
}

/** What every outcome of an attempt says. */
export interface PartOutcome {
  readonly now: number;
  readonly startedAt: number;
  /** Attempts still in flight after this one. */
  readonly inFlight: number;
}

/** Options of {@link createConcurrencyController}. */
export interface ControllerOptions extends ControllerBounds {
  readonly initial: number;
  /** False: stay at `max`, but for throttling. True: find what the store likes, between `min` and `max`. */
  readonly adaptive: boolean;
}

/** Makes the controller of one copy. */
export function createConcurrencyController(options: ControllerOptions): ConcurrencyController {
  return new Controller(options);
}

class Controller implements ConcurrencyController {
  holdUntil = 0;
  #limit: number;
  #min: number;
  #max: number;
  readonly #adaptive: boolean;
  #cutAt = -1;
  #ceiling = Infinity;

  constructor(options: ControllerOptions) {
    this.#min = options.min;
    this.#max = options.max;
    this.#adaptive = options.adaptive;
    this.#limit = options.adaptive ? Math.min(options.max, Math.max(options.min, options.initial)) : options.max;
  }

  get limit(): number {
    return Math.max(1, Math.floor(this.#limit));
  }

  setBounds(bounds: ControllerBounds): void {
    this.#min = bounds.min;
    this.#max = bounds.max;
    this.#ceiling = Infinity;
    this.#setLimit(bounds.initial ?? (this.#adaptive ? this.#limit : bounds.max));
  }

  onSuccess(outcome: Parameters<ConcurrencyController['onSuccess']>[0]): void {
    if (outcome.startedAt < this.#cutAt || outcome.inFlight + 1 < this.limit / 2) return;
    this.#setLimit(this.#limit + (this.#limit < this.#ceiling ? 1 : 1 / (8 * this.#limit)));
  }

  onThrottle(outcome: Parameters<ConcurrencyController['onThrottle']>[0]): boolean {
    if (outcome.retryAfterMs !== undefined) this.holdUntil = Math.max(this.holdUntil, outcome.now + outcome.retryAfterMs);
    const isNewEvent = outcome.startedAt >= this.#cutAt;
    if (isNewEvent) this.#cutAt = outcome.now;
    this.#setLimit(Math.min(this.#limit, Math.max(outcome.inFlight, this.#limit * (isNewEvent ? 0.5 : 0.9))));
    this.#ceiling = this.#limit;
    return isNewEvent;
  }

  onFailure(_outcome: PartOutcome): void {}

  #setLimit(limit: number): void {
    this.#limit = Math.min(this.#max, Math.max(this.#min, limit));
  }
}
