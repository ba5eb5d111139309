import { StoreError } from '../../store/store-error.ts';
import type { PartRace, PartRequest } from './part-race.ts';
import type { StragglerDetector } from '../pace/straggler-detector.ts';

const SCAN_INTERVAL_MS = 20;

/** After throttling a slow part is no straggler for so long. */
const THROTTLE_MEMORY_MS = 1000;

const LOST = { operation: 'copyPart', kind: 'transient', vendorCode: 'TimeoutError' } as const;

/** What is done about requests that take too long. */
export interface StragglerActions {
  /** Sends a duplicate for a straggler, and says whether it does. */
  hedge(request: PartRequest): boolean;
  /** Whether a part would be sent again if this attempt at it were cut off. */
  mayRepeat(race: PartRace): boolean;
  /** Whether no part is sent again any more, as the copy is ending. */
  isEnding(): boolean;
}

/** The copyPart requests in flight, and who among them runs far longer than the others did. */
export class RequestsInFlight {
  /** In no order. Not a Set: one that takes and drops 10,000 requests keeps old ones alive, and costs several times as much. */
  readonly #requests: PartRequest[] = [];
  readonly #stragglers: StragglerDetector;
  readonly #actions: StragglerActions;
  #timer: NodeJS.Timeout | undefined;
  #lastThrottleAt = Number.NEGATIVE_INFINITY;
  /** When the youngest of the requests that were answered was sent. */
  #youngestAnswered = Number.NEGATIVE_INFINITY;
  #lastProbeAt = Number.NEGATIVE_INFINITY;

  constructor(stragglers: StragglerDetector, actions: StragglerActions) {
    this.#stragglers = stragglers;
    this.#actions = actions;
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
    for (const request of this.#requests.slice()) request.abort(reason);
  }

  /** The store has copied a part by a request that was sent at `startedAt`. */
  answered(startedAt: number): void {
    if (startedAt > this.#youngestAnswered) this.#youngestAnswered = startedAt;
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

  /**
   * Has stragglers sent a second time, and cuts off what must be taken for lost: where the store has answered what was sent later.
   * Where nothing at all is answered, it may be the store that stands still. Then one part after the other is sent again, to see
   * whether it is back.
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
      const thresholdMs = this.#stragglers.thresholdMs(race.part.size);
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
    return this.#stragglers.lostThresholdMs(race.part.size, race.attempt) ?? Number.POSITIVE_INFINITY;
  }
}

function cutOff(request: PartRequest, now: number): void {
  const ageMs = Math.round(now - request.startedAt);
  request.abort(new StoreError(`No answer in ${ageMs} ms, while the other parts took far less`, LOST));
}
