import { MIB } from './byte-size.ts';

export interface DurationAssumptions {
  readonly concurrency: number;
  /** What every request costs beside its bytes, in milliseconds. */
  readonly latencyMs: number;
  /** How fast a store copies one part, in bytes per second. */
  readonly bytesPerSecondPerPart: number;
}

/** Requests at a time that are assumed of adaptive concurrency. */
export const ADAPTED_CONCURRENCY = 64;

/**
 * A store that copies one part at about 60 MiB/s: what a published benchmark of a 10 GiB copy comes to (parts of 1 GiB took 17.2 s,
 * all in flight together).
 */
export const USUAL_STORE: Omit<DurationAssumptions, 'concurrency'> = Object.freeze({
  latencyMs: 100,
  bytesPerSecondPerPart: 60 * MIB,
});

/** How long a copy would take, in milliseconds: its parts in waves, and the requests before and after them one by one. */
export function estimateDuration(
  plan: { readonly parts: readonly { readonly size: number }[]; readonly size: number; readonly requests: number },
  { concurrency, latencyMs, bytesPerSecondPerPart }: DurationAssumptions,
): number {
  const waves = Math.ceil(plan.parts.length / concurrency);
  const alone = Math.max(0, plan.requests - plan.parts.length);
  const sizes = plan.parts.length > 0 ? plan.parts.map((part) => part.size) : [plan.size];
  let copyMs = 0;
  for (let first = 0; first < sizes.length; first += concurrency) {
    // A wave takes as long as its largest part.
    copyMs += (Math.max(...sizes.slice(first, first + concurrency)) / bytesPerSecondPerPart) * 1000;
  }
  return (alone + waves) * latencyMs + copyMs;
}
