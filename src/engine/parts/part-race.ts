import type { PartRange } from '../../plan/part-range.ts';
import type { CopyPartResult } from '../../store/copy-store.ts';
import { RequestCancellation } from '../../store/request-cancellation.ts';
import { StoreError } from '../../store/store-error.ts';
import { isRetryable } from '../../request/retry.ts';
import type { RequestsInFlight } from './requests-in-flight.ts';

/** One copyPart request in flight, and what cancels it. */
export class PartRequest extends RequestCancellation {
  readonly race: PartRace;
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number = performance.now();
  /** Where those in flight keep it. */
  slot = -1;
  hedged = false;
  readonly isHedge: boolean;

  constructor(race: PartRace, isHedge: boolean) {
    super();
    this.race = race;
    this.isHedge = isHedge;
  }
}

/** How a part is moved. */
export interface Mover {
  readonly copyPart: (part: PartRange, request: PartRequest) => Promise<CopyPartResult>;
  /** Whether the same request, sent again at once, may fare better; may throw what the part fails with instead. */
  readonly reconsider: (error: unknown, sentAt: number) => Promise<boolean>;
}

/** A part's source is held to its ETag, to its date, and to nothing: the same request is sent again at once for each, with one to spare. */
const MOST_REPETITIONS = 3;

const OUTRUN = { operation: 'copyPart', kind: 'transient', vendorCode: 'Outrun' } as const;

/**
 * One attempt at a part: one request, or two while it is hedged. The first answer wins and the other request is cut off; a
 * request that fails for a moment leaves the decision to the other one.
 */
export class PartRace {
  readonly part: PartRange;
  /** The attempt at this part, from 1, without those that were throttled. */
  readonly attempt: number;
  /** The same with those that were throttled, as events count. */
  readonly number: number;
  readonly #observer: RequestsInFlight;
  readonly #requests: PartRequest[] = [];
  #settled = false;
  #resolve: ((result: CopyPartResult) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(part: PartRange, attempt: number, number: number, observer: RequestsInFlight) {
    this.part = part;
    this.attempt = attempt;
    this.number = number;
    this.#observer = observer;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Sends the first request, and answers as the race ends. */
  run(): Promise<CopyPartResult> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      void this.send();
    });
  }

  /** Sends a request; ends when that one has ended. */
  async send(isHedge = false): Promise<void> {
    const request = new PartRequest(this, isHedge);
    this.#requests.push(request);
    this.#observer.started(request);
    let repetitions = 0;
    for (let sentAt = request.startedAt; ; sentAt = performance.now()) {
      try {
        const result = await this.#observer.copyPart(this.part, request);
        this.#remove(request);
        this.#observer.succeeded(request, result);
        this.#win(result);
        return;
      } catch (error) {
        const final = await this.#reconsider(error, sentAt, request);
        if (final === undefined && ++repetitions <= MOST_REPETITIONS) continue;
        this.#remove(request);
        this.#fail(request, final === undefined ? error : final.error);
        return;
      }
    }
  }

  /** What the request fails with, or undefined if it is to be sent again at once. */
  async #reconsider(
    error: unknown,
    sentAt: number,
    request: PartRequest,
  ): Promise<{ readonly error: unknown } | undefined> {
    // A store may answer a cancelled request with an error of its own.
    if (request.aborted) return { error: request.reason };
    try {
      return (await this.#observer.reconsider(error, sentAt)) ? undefined : { error };
    } catch (reconsidered) {
      return { error: reconsidered };
    }
  }

  #win(result: CopyPartResult): void {
    if (this.#settled) return;
    this.#settled = true;
    for (const loser of this.#requests) loser.abort(new StoreError('Another request has copied this part', OUTRUN));
    this.#resolve?.(result);
  }

  #fail(request: PartRequest, error: unknown): void {
    if (this.#settled) {
      this.#observer.lost(request, error);
      return;
    }
    this.#observer.failed(request, error);
    if (this.#requests.length > 0 && isRetryable(error)) return;
    this.#settled = true;
    for (const other of this.#requests) other.abort(error);
    this.#reject?.(error);
  }

  #remove(request: PartRequest): void {
    const last = this.#requests.pop();
    if (last !== request) this.#requests[this.#requests.indexOf(request)] = last as PartRequest;
  }
}
