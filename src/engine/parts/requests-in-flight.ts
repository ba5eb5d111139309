import type { CopyPartResult } from '../../store/copy-store.ts';
import { isStoreError, StoreError } from '../../store/store-error.ts';
import type { CopyReporter } from '../copy-reporter.ts';
import type { Pace } from '../pace/concurrency-controller.ts';
import type { StragglerDetector } from '../pace/straggler-detector.ts';
import type { LostParts } from './lost-parts.ts';
import type { Mover, PartRace, PartRequest } from './part-race.ts';
import type { UnansweredParts } from './unanswered-parts.ts';

const SCAN_INTERVAL_MS = 20;

/** After throttling a slow part is no straggler for so long. */
const THROTTLE_MEMORY_MS = 1000;

const LOST = { operation: 'copyPart', kind: 'transient', vendorCode: 'TimeoutError' } as const;

/** What sends requests, and who learns from how they end. */
export interface PartPace extends Mover {
  readonly controller: Pace;
  readonly lost: LostParts;
  readonly stragglers: StragglerDetector;
  readonly unanswered: UnansweredParts;
  readonly reporter: CopyReporter;
}

/** What is done about requests that take too long. */
export interface StragglerActions {
  /** Sends a duplicate for a straggler, and says whether it does. */
  hedge(request: PartRequest): boolean;
  /** Whether a part would be sent again if this attempt at it were cut off. */
  mayRepeat(race: PartRace): boolean;
  /** Whether no part is sent again any more, as the copy is ending. */
  isEnding(): boolean;
  /** One more is in flight, or one less. */
  changed(): void;
}

/** The copyPart requests in flight: what their ends say of the store's pace, and which of them run far longer than the others did. */
export class RequestsInFlight implements Mover {
  readonly copyPart: Mover['copyPart'];
  readonly reconsider: Mover['reconsider'];
  /** In no order. Not a Set: one that takes and drops 10,000 requests keeps old ones alive, and costs several times as much. */
  readonly #requests: PartRequest[] = [];
  readonly #pace: PartPace;
  readonly #actions: StragglerActions;
  #timer: NodeJS.Timeout | undefined;
  #lastThrottleAt = Number.NEGATIVE_INFINITY;
  /** When the youngest of the requests that were answered was sent. */
  #youngestAnswered = Number.NEGATIVE_INFINITY;
  #lastProbeAt = Number.NEGATIVE_INFINITY;

  constructor(pace: PartPace, actions: StragglerActions) {
    this.copyPart = pace.copyPart;
    this.reconsider = pace.reconsider;
    this.#pace = pace;
    this.#actions = actions;
  }

  get size(): number {
    return this.#requests.length;
  }

  started(request: PartRequest): void {
    request.slot = this.#requests.push(request) - 1;
    this.#timer ??= this.#scanSoon();
    this.#actions.changed();
  }

  /** The request was answered with success, whether anyone still waited for it or not. */
  succeeded(request: PartRequest, { qosDelayMs }: CopyPartResult): void {
    this.#remove(request);
    const { controller, stragglers } = this.#pace;
    const { race, startedAt } = request;
    const now = performance.now();
    const bytes = race.part.size;
    stragglers.observe({ elapsedMs: now - startedAt, bytes });
    if (startedAt > this.#youngestAnswered) this.#youngestAnswered = startedAt;
    controller.onSuccess({ now, startedAt, bytes, inFlight: this.size, qosDelayMs });
    if (qosDelayMs !== undefined && qosDelayMs > 0) this.#lastThrottleAt = now;
    this.#actions.changed();
  }

  /** The request failed before its part was decided. */
  failed(request: PartRequest, error: unknown): void {
    this.#end(request, error);
    const now = performance.now();
    this.#pace.lost.note(request.race.part, error, now - request.startedAt, request.aborted);
    if (isStoreError(error) && error.retryable) this.#slowDown(request, error, now);
    this.#actions.changed();
  }

  #slowDown(request: PartRequest, error: StoreError, now: number): void {
    const { controller, reporter } = this.#pace;
    const outcome = { now, startedAt: request.startedAt, inFlight: this.size };
    if (error.kind !== 'throttled') {
      controller.onFailure(outcome);
      return;
    }
    this.#lastThrottleAt = now;
    if (controller.onThrottle({ ...outcome, retryAfterMs: error.retryAfterMs })) {
      reporter.throttle({
        concurrency: controller.limit,
        delayMs: Math.max(0, Math.round(controller.holdUntil - now)),
      });
    }
  }

  /** The request was cut off or failed when another one had decided its part: that says nothing of the store's pace. */
  lost(request: PartRequest, error: unknown): void {
    this.#end(request, error);
    this.#actions.changed();
  }

  #end(request: PartRequest, error: unknown): void {
    this.#remove(request);
    const { unanswered, stragglers } = this.#pace;
    // Who cancels may give an error of the store as his reason.
    const failure = request.aborted ? undefined : error;
    unanswered.note(failure, request.startedAt, stragglers.thresholdMs(request.race.part.size));
  }

  cancelAll(reason: unknown): void {
    for (const request of this.#requests.slice()) request.abort(reason);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #remove(request: PartRequest): void {
    const last = this.#requests.pop();
    if (last === undefined || last === request) return;
    this.#requests[request.slot] = last;
    last.slot = request.slot;
  }

  #scanSoon(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      this.#scan(performance.now());
      if (this.#requests.length > 0) this.#timer ??= this.#scanSoon();
    }, SCAN_INTERVAL_MS);
  }

  /**
   * Has stragglers sent a second time, and cuts off what counts as lost: what the store doesn't answer though it has answered what was
   * sent later. If nothing at all is answered, it may be the store that stands still. Then one part after the other is sent again, to
   * see whether it is back.
   */
  #scan(now: number): void {
    const isCalm = now - this.#lastThrottleAt > THROTTLE_MEMORY_MS;
    const isEnding = this.#actions.isEnding();
    let oldest: PartRequest | undefined;
    let isSilent = true;
    for (const request of this.#requests.slice()) {
      const { race, startedAt } = request;
      if (request.aborted) continue;
      const ageMs = now - startedAt;
      const thresholdMs = this.#pace.stragglers.thresholdMs(race.part.size);
      const isStraggler = thresholdMs !== undefined && ageMs > thresholdMs;
      const isOverdue = isStraggler && ageMs > this.#lostMs(request);
      if (!isOverdue) isSilent = false;
      if (isOverdue && (isEnding || this.#actions.mayRepeat(race))) {
        if (isEnding || startedAt < this.#youngestAnswered) {
          cutOff(request, now);
          continue;
        }
        if (oldest === undefined || startedAt < oldest.startedAt) oldest = request;
      }
      // Of the request, not of its part: a duplicate may straggle as well.
      if (isStraggler && isCalm && !request.hedged) request.hedged = this.#actions.hedge(request);
    }
    if (oldest === undefined || !isSilent || now - this.#lastProbeAt <= this.#lostMs(oldest)) return;
    this.#lastProbeAt = now;
    cutOff(oldest, now);
  }

  #lostMs({ race }: PartRequest): number {
    return this.#pace.stragglers.lostThresholdMs(race.part.size, race.attempt) ?? Number.POSITIVE_INFINITY;
  }
}

function cutOff(request: PartRequest, now: number): void {
  const ageMs = Math.round(now - request.startedAt);
  request.abort(new StoreError(`No answer in ${ageMs} ms, while the other parts took far less`, LOST));
}
