import { StoreError } from '../store/store-error.ts';
import type { PartRace, PartRequest } from './part-race.ts';
import type { StragglerDetector } from './straggler-detector.ts';

const SCAN_INTERVAL_MS = 20;

/** After throttling a slow part is no straggler for so long. */
const THROTTLE_MEMORY_MS = 1000;

const LOST = { operation: 'copyPart', kind: 'transient', vendorCode: 'TimeoutError' } as const;

/** The copyPart requests in flight, and who among them runs far longer than the others did. */
export class RequestsInFlight {
  /** In no order. Not a Set: one that takes and drops 10,000 requests keeps old ones alive, and costs several times as much. */
  readonly #requests: PartRequest[] = [];
  readonly #stragglers: StragglerDetector;
  readonly #hedge: (race: PartRace) => boolean;
  #timer: NodeJS.Timeout | undefined;
  #lastThrottleAt = Number.NEGATIVE_INFINITY;

  /** @param hedge - sends a duplicate for a straggler, and says whether it did */
  constructor(stragglers: StragglerDetector, hedge: (race: PartRace) => boolean) {
    this.#stragglers = stragglers;
    this.#hedge = hedge;
  }

  get size(): number {
    return this.#requests.length;
  }

  add(request: PartRequest): void {
    request.slot = this.#requests.push(request) - 1;
    this.#timer ??= this.#scanSoon();
  }

  remove(request: PartRequest): void {
    const last = this.#requests.pop();
    if (last === undefined || last === request) return;
    this.#requests[request.slot] = last;
    last.slot = request.slot;
  }

  cancelAll(reason: unknown): void {
    for (const request of this.#requests.slice()) request.cancellation.abort(reason);
  }

  /** The store asked for fewer requests: nothing is hedged for a while. */
  throttled(now: number): void {
    this.#lastThrottleAt = now;
  }

  /** Ends the watch over stragglers. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #scanSoon(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      this.#scan(performance.now());
      if (this.#requests.length > 0) this.#timer ??= this.#scanSoon();
    }, SCAN_INTERVAL_MS);
  }

  /** Has stragglers sent a second time, and cuts off what must be taken for lost. */
  #scan(now: number): void {
    const isCalm = now - this.#lastThrottleAt > THROTTLE_MEMORY_MS;
    for (const request of this.#requests.slice()) {
      const { race, startedAt, cancellation } = request;
      const ageMs = now - startedAt;
      const thresholdMs = this.#stragglers.thresholdMs(race.part.size);
      if (thresholdMs === undefined || ageMs <= thresholdMs) continue;
      const lostMs = this.#stragglers.lostThresholdMs(race.part.size, race.attempt);
      if (lostMs !== undefined && ageMs > lostMs) {
        cancellation.abort(
          new StoreError(`No answer in ${Math.round(ageMs)} ms, while the other parts took far less`, LOST),
        );
      } else if (isCalm && !request.hedged) {
        // Of the request, not of its part: a duplicate may straggle as well.
        request.hedged = this.#hedge(race);
      }
    }
  }
}
