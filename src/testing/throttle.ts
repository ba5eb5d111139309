import type { OperationName } from './operation-name.ts';
import { ServiceError } from './service-error.ts';
import type { Timers } from './timers.ts';

/** What the store has to give. */
export interface ThrottleOptions {
  /** Requests a second, over which it refuses. */
  readonly maxRequestsPerSecond?: number | undefined;
  /** Requests that may come at once within that rate. @default a tenth of a second's */
  readonly burst?: number | undefined;
  /** Requests worked on at once, over which it refuses. */
  readonly slots?: number | undefined;
  /** Bytes a second that copies share evenly. */
  readonly bytesPerSecond?: number | undefined;
  /** How it refuses: 503 SlowDown, or 429 TooManyRequests. @default 503 */
  readonly status?: 503 | 429 | undefined;
  /** Sent as `Retry-After`. @default none */
  readonly retryAfterSeconds?: number | undefined;
  /** Which operations count. @default copyPart alone */
  readonly operations?: readonly OperationName[] | undefined;
}

/** Refuses what is above the store's means, and shares its bandwidth. */
export class Throttle {
  readonly #options: ThrottleOptions;
  readonly #operations: ReadonlySet<OperationName>;
  readonly #timers: Timers;
  readonly #burst: number;
  #tokens: number;
  #refilledMs = performance.now();
  #slotsTaken = 0;
  readonly #transfers = new Set<{ remaining: number; done: () => void }>();
  #advancedMs = 0;
  #cancelWake: (() => void) | undefined;

  constructor(options: ThrottleOptions, timers: Timers) {
    this.#options = options;
    this.#operations = new Set(options.operations ?? ['copyPart']);
    this.#timers = timers;
    this.#burst = options.burst ?? Math.max(1, (options.maxRequestsPerSecond ?? 0) / 10);
    this.#tokens = this.#burst;
  }

  /**
   * Lets a request in, or refuses it. The returned function gives its slot back.
   *
   * @throws {ServiceError} SlowDown or TooManyRequests
   */
  admit(operation: OperationName): () => void {
    if (!this.#operations.has(operation)) return doNothing;
    const { slots, maxRequestsPerSecond } = this.#options;
    if (slots !== undefined && this.#slotsTaken >= slots) throw this.#refusal();
    if (maxRequestsPerSecond !== undefined) {
      const nowMs = performance.now();
      const earned = ((nowMs - this.#refilledMs) / 1000) * maxRequestsPerSecond;
      this.#tokens = Math.min(this.#burst, this.#tokens + earned);
      this.#refilledMs = nowMs;
      if (this.#tokens < 1) throw this.#refusal();
      this.#tokens -= 1;
    }
    this.#slotsTaken += 1;
    return () => {
      this.#slotsTaken -= 1;
    };
  }

  /** Whether copies wait for bandwidth. */
  get sharesBandwidth(): boolean {
    return this.#options.bytesPerSecond !== undefined;
  }

  /** Resolves when the bytes have had their share of the bandwidth. */
  transfer(operation: OperationName, bytes: number): Promise<void> {
    if (!this.sharesBandwidth || bytes === 0 || !this.#operations.has(operation)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#advance();
      this.#transfers.add({ remaining: bytes, done: resolve });
      this.#wakeAtNextEnd();
    });
  }

  #advance(): void {
    const nowMs = performance.now();
    const moved = (((nowMs - this.#advancedMs) / 1000) * (this.#options.bytesPerSecond ?? 0)) / this.#transfers.size;
    this.#advancedMs = nowMs;
    for (const transfer of this.#transfers) {
      transfer.remaining -= moved;
      // Timers are exact to a millisecond only: what is left by then is no reason to wait another one.
      if (transfer.remaining > 1) continue;
      this.#transfers.delete(transfer);
      transfer.done();
    }
  }

  #wakeAtNextEnd(): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    if (this.#transfers.size === 0) return;
    let least = Infinity;
    for (const { remaining } of this.#transfers) least = Math.min(least, remaining);
    const delayMs = ((least * this.#transfers.size) / (this.#options.bytesPerSecond ?? 1)) * 1000;
    this.#cancelWake = this.#timers.after(delayMs, () => {
      this.#advance();
      this.#wakeAtNextEnd();
    });
  }

  #refusal(): ServiceError {
    const { status = 503, retryAfterSeconds } = this.#options;
    const headers: Record<string, string> = {};
    if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
    return new ServiceError(status === 429 ? 'TooManyRequests' : 'SlowDown', undefined, { headers });
  }
}

function doNothing(): void {}
