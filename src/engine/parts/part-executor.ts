import { setMaxListeners } from 'node:events';
import type { CopyError } from '../../errors.ts';
import type { PartRange } from '../../plan/part-range.ts';
import type { CopyPartResult } from '../../store/copy-store.ts';
import type { Limiter } from '../../request/limiter.ts';
import { toFailure } from './part-failure.ts';
import { PartGate } from './part-gate.ts';
import { PartRace, type PartRequest } from './part-race.ts';
import { type PartPace, RequestsInFlight } from './requests-in-flight.ts';
import { isRetryable, isThrottled, retryAfterFailure, type RetryPolicy } from '../../request/retry.ts';
import { Stopwatch } from '../../request/stopwatch.ts';

/** Until it is known how long a part takes. */
const DEFAULT_GRACE_MS = 1000;
const MAX_GRACE_MS = 10_000;

export interface PartExecutorOptions extends PartPace {
  /** Parts to copy, in the order in which they are started. */
  readonly parts: readonly PartRange[];
  readonly hedge: boolean;
  readonly policy: RetryPolicy;
  readonly limiter: Limiter | undefined;
  readonly signal: AbortSignal;
  readonly onCopied: (part: PartRange, result: CopyPartResult, attempts: number, elapsedMs: number) => void;
  readonly onInFlight: (inFlight: number, concurrency: number) => void;
}

/**
 * Copies parts at bounded concurrency. A new part starts as soon as one ends, never in batches; a part that waits for its next
 * attempt gives its place to another one. Stragglers are hedged: a duplicate is sent, the first answer wins, the other request is
 * cut off. The first part that fails for good stops new ones; those in flight are let finish, then `run` rejects with that
 * `PartFailedError` (later failures are in its `suppressed`). When the signal fires, requests in flight may end as long as they
 * usually take, then they are cut off; `run` rejects with the signal's reason once all of them have ended.
 */
export class PartExecutor {
  readonly #options: PartExecutorOptions;
  readonly #inFlight: RequestsInFlight;
  readonly #gate: PartGate;
  /** Fires when no new attempt is to start: after a fatal failure, or when the caller cancels. */
  readonly #stop = new AbortController();
  #next = 0;
  #open = 0;
  #peakLimit: number;
  #failure: CopyError | undefined;
  /** Bytes of the largest part that is copied. */
  #largestCopied = 0;
  #finish: (() => void) | undefined;
  #hedgesToCome = 0;

  hedges = 0;
  /** Parts that may have been stored more than once: hedged, or sent again after an answer was lost. */
  resent = 0;

  constructor(options: PartExecutorOptions) {
    this.#options = options;
    this.#peakLimit = options.controller.limit;
    // Each part that waits for its next attempt listens; Node would take more than ten for a leak.
    setMaxListeners(0, this.#stop.signal);
    this.#gate = new PartGate(options.controller, options.limiter, this.#stop.signal, () => this.#pump());
    this.#inFlight = new RequestsInFlight(options, {
      hedge: (request) => options.hedge && !this.#gate.isHeld && this.#hedge(request),
      mayRepeat: (race) => race.attempt < options.policy.maxAttempts,
      isEnding: () => this.#stop.signal.aborted,
      changed: () => {
        this.#reportInFlight();
        this.#settle();
      },
    });
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const cancel = (): void => {
      this.#stop.abort(signal.reason);
      this.#settle();
      // A request that is cut off goes on in the store, and its part may land after the abort: it had better end by itself.
      graceTimer = setTimeout(() => this.#inFlight.cancelAll(signal.reason), this.#graceMs());
    };
    let graceTimer: NodeJS.Timeout | undefined;
    signal.addEventListener('abort', cancel, { once: true });
    try {
      await new Promise<void>((resolve) => {
        this.#finish = resolve;
        this.#pump();
      });
    } finally {
      signal.removeEventListener('abort', cancel);
      clearTimeout(graceTimer);
      this.#gate.close();
      this.#inFlight.stop();
    }
    signal.throwIfAborted();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** How long parts in flight may take to end when the caller cancels: as long as they usually do. */
  #graceMs(): number {
    const usualMs = this.#options.stragglers.thresholdMs(this.#options.parts[0]?.size ?? 0);
    return Math.min(usualMs ?? DEFAULT_GRACE_MS, MAX_GRACE_MS);
  }

  /** Starts no new request until `resume`. Those in flight go on. */
  pause(): void {
    this.#gate.pause();
  }

  resume(): void {
    this.#gate.resume();
  }

  /** To be called after the controller's bounds were changed from outside. */
  applyLimit(): void {
    this.#reportInFlight();
    this.#gate.admit();
  }

  /** Starts new parts while there is room. Parts that wait for their next attempt hold no place, but must not pile up. */
  #pump(): void {
    const { parts } = this.#options;
    const mostOpen = 2 * this.#peakLimit;
    while (!this.#stop.signal.aborted && this.#next < parts.length && this.#open < mostOpen && this.#gate.hasRoom()) {
      void this.#copy(parts[this.#next++] as PartRange);
    }
    this.#settle();
  }

  /** Also those that lost a race must have ended: nothing of ours may reach the upload any more when it is completed or aborted. */
  #settle(): void {
    if (this.#open > 0 || this.#inFlight.size > 0) return;
    if (this.#stop.signal.aborted || this.#next >= this.#options.parts.length) this.#finish?.();
  }

  /** Copies one part, with retries. Never rejects. */
  async #copy(part: PartRange): Promise<void> {
    this.#open++;
    const startedAt = performance.now();
    const stopwatch = new Stopwatch(this.#gate.now);
    let attempts = 1;
    try {
      let result: CopyPartResult;
      try {
        // Nearly every part is copied by its first attempt, and need not pay for what a retry takes.
        result = await this.#attempt(part, 1, 1, stopwatch);
      } catch (error) {
        result = await this.#retry(part, error, stopwatch, (attempt) => (attempts = attempt));
      }
      if (part.size > this.#largestCopied) this.#largestCopied = part.size;
      this.#options.onCopied(part, result, attempts, Math.round(performance.now() - startedAt));
    } catch (error) {
      this.#fail(part, error, attempts, Math.round(performance.now() - startedAt));
    }
    this.#open--;
    this.#gate.admit();
  }

  /** Goes on after a first failure. A part whose answer was lost is looked for before it is sent again, and before it fails. */
  async #retry(
    part: PartRange,
    firstError: unknown,
    stopwatch: Stopwatch,
    onAttempt: (attempt: number) => void,
  ): Promise<CopyPartResult> {
    const { lost, stragglers, policy } = this.#options;
    let lastError = firstError;
    const find = (): Promise<CopyPartResult | undefined> =>
      lost.find(part, lastError, stragglers.thresholdMs(part.size), this.#stop.signal);
    try {
      return await retryAfterFailure(
        {
          operation: 'copyPart',
          partNumber: part.partNumber,
          policy,
          stopwatch,
          signal: this.#stop.signal,
          attempt: async (attempt, counted) => {
            // Holds and the wait for a place are the store's doing. With a shared limit, those who wait for a turn hold places, so
            // that of this wait the hold alone counts.
            if (this.#options.limiter !== undefined) stopwatch.stop(this.#gate.holdMs);
            onAttempt(attempt);
            const found = await find();
            if (found !== undefined) return found;
            return this.#attempt(part, counted, attempt, stopwatch);
          },
          onRetry: (event) => {
            lastError = event.error;
            if (!isThrottled(event.error)) this.resent++;
            this.#options.reporter.retry(event);
            // It waits without a place.
            this.#gate.admit();
          },
          isRetryable: (error) =>
            this.#failure === undefined && isRetryable(error) && lost.mayWork(part, this.#largestCopied),
        },
        firstError,
      );
    } catch (error) {
      lastError = error;
      const found = await find();
      if (found !== undefined) return found;
      throw error;
    }
  }

  #fail(part: PartRange, cause: unknown, attempts: number, elapsedMs: number): void {
    if (this.#options.signal.aborted || (this.#stop.signal.aborted && cause === this.#stop.signal.reason)) return;
    const error = toFailure(part, cause, attempts, elapsedMs, this.#options.lost.of(part));
    if (this.#failure === undefined) {
      this.#failure = error;
      this.#stop.abort(error);
    } else if (error !== this.#failure) {
      (this.#failure.suppressed ??= []).push(error);
    }
  }

  /** One attempt at a part. Holds a place while it runs. */
  async #attempt(part: PartRange, counted: number, attempt: number, stopwatch: Stopwatch): Promise<CopyPartResult> {
    const entered = this.#gate.enter();
    const leave = entered instanceof Promise ? await entered : entered;
    stopwatch.start();
    try {
      return await new PartRace(part, counted, attempt, this.#inFlight).run();
    } finally {
      leave();
    }
  }

  #reportInFlight(): void {
    const { limit } = this.#options.controller;
    if (limit > this.#peakLimit) this.#peakLimit = limit;
    this.#options.onInFlight(this.#inFlight.size, limit);
  }

  /** Sends a duplicate, as soon as there is a place for it. It counts from now on, unless it turns out not to be sent. */
  #hedge(request: PartRequest): boolean {
    if (!this.#options.stragglers.hedgesAllowed(this.hedges + this.#hedgesToCome)) return false;
    this.#hedgesToCome++;
    void this.#sendDuplicate(request);
    return true;
  }

  async #sendDuplicate({ race, startedAt }: PartRequest): Promise<void> {
    // If the copy stops while it waits, nothing is sent.
    const leave = await Promise.resolve(this.#gate.enter()).catch(() => undefined);
    this.#hedgesToCome--;
    if (leave === undefined) return;
    if (!race.settled) {
      this.hedges++;
      this.resent++;
      const elapsedMs = Math.round(performance.now() - startedAt);
      this.#options.reporter.hedge({ ...race.part, attempt: race.number, elapsedMs });
      await race.send(true);
    }
    leave();
    this.#gate.admit();
  }
}
