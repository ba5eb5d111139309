/** Dates of stores have no fractions of a second, and two clocks are never quite equal. */
export const CLOCK_TOLERANCE_MS = 2000;

/** A moment of this process, by both of its clocks. */
export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

export function thisMoment(): Moment {
  return { wallMs: Date.now(), monotonicMs: performance.now() };
}

/** Milliseconds since then: the larger one of both clocks, as one may be set back and the other stand still while the host sleeps. */
export function elapsedSince({ wallMs, monotonicMs }: Moment): number {
  return Math.max(Date.now() - wallMs, performance.now() - monotonicMs);
}

/** The moment that was so many milliseconds ago; now, if that is in the future. */
export function momentBefore(elapsedMs: number): Moment {
  const ago = Math.max(0, elapsedMs);
  return { wallMs: Date.now() - ago, monotonicMs: performance.now() - ago };
}

/** The same, the smaller one: what has passed at least. */
export function leastElapsedSince({ wallMs, monotonicMs }: Moment): number {
  return Math.max(0, Math.min(Date.now() - wallMs, performance.now() - monotonicMs));
}
