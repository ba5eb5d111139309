/** Bounds that copies share. */
export interface LimiterOptions {
  /** Requests per second over all copies that share the limiter. @default no limit */
  readonly maxRequestsPerSecond?: number | undefined;
  /** Requests in flight over all copies that share the limiter. @default no limit */
  readonly maxConcurrency?: number | undefined;
}

/** A limit shared between copies; made by `createLimiter`. */
export interface Limiter {
  readonly maxRequestsPerSecond: number;
  readonly maxConcurrency: number;
  /**
   * Waits for a turn and returns what ends it. Rejects with the signal's reason. Answers at once (no promise) where a turn is free.
   * @internal
   */
  acquire(signal?: AbortSignal): (() => void) | Promise<() => void>;
}
