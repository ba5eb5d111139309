import type { ThrottleEvent } from '../../events.ts';
import type { CopyPartResult } from '../../store/copy-store.ts';
import { isStoreError } from '../../store/store-error.ts';
import type { ConcurrencyController } from '../pace/concurrency-controller.ts';
import type { PartRequest } from './part-race.ts';
import type { RequestsInFlight } from './requests-in-flight.ts';
import type { StragglerDetector } from '../pace/straggler-detector.ts';
import type { UnansweredParts } from './unanswered-parts.ts';

/** Who learns from how requests end. */
export interface FeedbackReceivers {
  readonly controller: ConcurrencyController;
  readonly stragglers: StragglerDetector;
  readonly unanswered: UnansweredParts;
  readonly onThrottle: (event: ThrottleEvent) => void;
}

/** Tells those who learn from it how each request for a part ended. */
export class PartFeedback {
  readonly #receivers: FeedbackReceivers;
  readonly #inFlight: RequestsInFlight;

  constructor(receivers: FeedbackReceivers, inFlight: RequestsInFlight) {
    this.#receivers = receivers;
    this.#inFlight = inFlight;
  }

  /** The request was answered with success, whether anyone still waited for it or not. */
  succeeded({ race, startedAt }: PartRequest, result: CopyPartResult): void {
    const now = performance.now();
    const bytes = race.part.size;
    const { controller, stragglers } = this.#receivers;
    stragglers.observe({ elapsedMs: now - startedAt, bytes });
    this.#inFlight.answered(startedAt);
    controller.onSuccess({
      now,
      startedAt,
      bytes,
      inFlight: this.#inFlight.size,
      qosDelayMs: result.qosDelayMs,
    });
    if (result.qosDelayMs !== undefined && result.qosDelayMs > 0) this.#inFlight.throttled(now);
  }

  failed(request: PartRequest, error: unknown): void {
    this.#noteUnanswered(request, error);
    if (!isStoreError(error) || !error.retryable) return;
    const { startedAt } = request;
    const now = performance.now();
    const { controller, onThrottle } = this.#receivers;
    const inFlight = this.#inFlight.size;
    if (error.kind !== 'throttled') {
      controller.onFailure({ now, startedAt, inFlight });
      return;
    }
    this.#inFlight.throttled(now);
    const { retryAfterMs } = error;
    if (controller.onThrottle({ now, startedAt, inFlight, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })) {
      onThrottle({ concurrency: controller.limit, delayMs: Math.max(0, Math.round(controller.holdUntil - now)) });
    }
  }

  /** The request was cut off or failed when another one had decided its part: that says nothing of the store's pace. */
  lost(request: PartRequest, error: unknown): void {
    this.#noteUnanswered(request, error);
  }

  #noteUnanswered(request: PartRequest, error: unknown): void {
    const { unanswered, stragglers } = this.#receivers;
    // Who cancels may give an error of the store as his reason.
    const failure = request.aborted ? undefined : error;
    unanswered.note(failure, request.startedAt, stragglers.thresholdMs(request.race.part.size));
  }
}
