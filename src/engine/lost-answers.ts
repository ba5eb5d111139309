import { elapsedSince, type Moment, momentBefore } from '../request/moment.ts';
import { sleep } from '../request/sleep.ts';
import { isAnsweredForNothing, wasUnanswered } from '../store/classify-failure.ts';
import type { StoreError } from '../store/store-error.ts';

/** What is cut off sooner than this is not cut off by a limit of time. */
const SHORTEST_LIMIT_MS = 500;

/** Two requests ended after the same time if the longer one ran at most so many times as long. */
const SAME_TIME = 1.25;

/** An answer that says nothing may be a proxy's, so it gets one more try. */
const MOST_EMPTY_ANSWERS = 2;

/** Longest that one request is waited for after it was cut off. */
const MAX_WAIT_MS = 120_000;

/** Looks while the store may still be at a request. */
const LOOKS_PER_WAIT = 10;
const SHORTEST_PAUSE_MS = 100;

/** Whether the request may have worked, or may still do so, so that looking comes before sending it again. */
export function isAnswerLost(error: StoreError): boolean {
  return isAnsweredForNothing(error) || wasUnanswered(error) || error.statusCode === 408;
}

/** The requests of one copy, or of one part, whose answer was lost. */
export class LostAnswers {
  #firstSentAt: Moment | undefined;
  #cutOffs = 0;
  #emptyAnswers = 0;
  #lastRanMs = 0;
  #lastEndedAt: Moment | undefined;
  /** Without peers: as long again as the request has run, and more each time. */
  #lastAllowedMs = 0;
  /** Requests were cut off again after this time, in milliseconds: a gateway waits no longer. */
  limitMs: number | undefined;
  /** Answers that asked to try again later; one of them may come from a gateway that lost the store's own. */
  refusals = 0;
  /** Failures after which nobody knows whether the store did the work: not if it refused, or was never reached. */
  unknown = 0;
  /** A request was never answered, so that the store may still be at it. */
  mayGoOn = false;

  /** Notes a request that ran so long. One that this library cut off itself shows no limit of a gateway. */
  note(error: StoreError, ranMs: number, isCutOffHere = false): void {
    const { kind, retryable, statusCode } = error;
    const isUnanswered = wasUnanswered(error);
    const mayBeMade = retryable && statusCode !== undefined && (statusCode < 300 || statusCode >= 500);
    if (kind === 'throttled') this.refusals += Number(statusCode === 503);
    else if (isUnanswered || mayBeMade) this.unknown++;
    if (isUnanswered) this.mayGoOn = true;
    if (!isAnswerLost(error)) return;
    this.#firstSentAt ??= momentBefore(ranMs);
    if (isAnsweredForNothing(error)) {
      this.#emptyAnswers++;
      this.#lastEndedAt = undefined;
      return;
    }
    const shorter = Math.min(ranMs, this.#lastRanMs);
    const longer = Math.max(ranMs, this.#lastRanMs);
    if (!isCutOffHere && shorter >= SHORTEST_LIMIT_MS && longer <= shorter * SAME_TIME) this.limitMs = longer;
    this.#cutOffs++;
    this.#lastRanMs = ranMs;
    this.#lastEndedAt = momentBefore(0);
    this.#lastAllowedMs = ranMs * (2 ** this.#cutOffs - 1);
  }

  /** Whether the store answers for nothing, so that another try brings the same. */
  get isAnsweredForNothing(): boolean {
    return this.#emptyAnswers >= MOST_EMPTY_ANSWERS;
  }

  get sinceFirstMs(): number {
    return this.#firstSentAt === undefined ? 0 : elapsedSince(this.#firstSentAt);
  }

  /**
   * Looks for what the last one may have made, as long as the store may be at it; undefined if it isn't there.
   *
   * @param look - looks once: undefined if it isn't there yet, null if nobody can see it
   * @param signal - ends the wait
   * @param usualMs - how long similar requests take at most, if that is known
   */
  async find<T>(
    look: () => Promise<T | undefined | null>,
    signal: AbortSignal,
    usualMs?: number,
  ): Promise<T | undefined> {
    const pauseMs = Math.max(SHORTEST_PAUSE_MS, Math.round(this.#remainingMs(usualMs) / LOOKS_PER_WAIT));
    for (;;) {
      const found = await look();
      if (found !== undefined) return found ?? undefined;
      const remainingMs = this.#remainingMs(usualMs);
      if (remainingMs <= 0) return undefined;
      await sleep(Math.min(pauseMs, remainingMs), signal);
    }
  }

  /** How long the store may still be at the last one, in milliseconds; 0 if it has answered. */
  #remainingMs(usualMs: number | undefined): number {
    if (this.#lastEndedAt === undefined) return 0;
    const allowedMs = usualMs === undefined ? this.#lastAllowedMs : usualMs - this.#lastRanMs;
    return Math.min(Math.max(0, allowedMs), MAX_WAIT_MS) - elapsedSince(this.#lastEndedAt);
  }

  /** What the caller learns of the limit; empty if none was seen. */
  describeLimit(advice: string): string {
    if (this.limitMs === undefined) return '';
    const seconds = Number((this.limitMs / 1000).toPrecision(2));
    return `; requests are cut off after ${seconds} s, as by a gateway's time limit: ${advice}`;
  }
}
