import { type DurationAssumptions, estimateDuration, USUAL_STORE } from '../plan/estimate-duration.ts';

/** What 1,000 requests cost. */
export interface RequestPrices {
  /** Those that copy, write or list. */
  readonly writes: number;
  /** The others, but for deletions, which are free. */
  readonly reads: number;
  readonly currency: string;
}

/**
 * S3 Standard in us-east-1, as far as is known; prices change. Other classes, regions and stores have others.
 *
 * @see https://aws.amazon.com/s3/pricing/
 */
const USUAL_PRICES: RequestPrices = Object.freeze({ writes: 0.005, reads: 0.0004, currency: 'USD' });

/** What an estimate rests on. */
export interface PlanAssumptions extends DurationAssumptions {
  readonly prices: RequestPrices;
}

/** What a run would take, by what is assumed. */
export interface RunEstimate {
  readonly durationMs: number;
  /** Of the requests alone, in `assumed.prices.currency`. */
  readonly cost: number;
  readonly assumed: PlanAssumptions;
}

const FREE = /^(?:delete|abort)/;
const READS = /^(?:head|get)/;

/** What a run is made of. */
export interface RunWork {
  readonly bytes: number;
  readonly requests: Readonly<Record<string, number>>;
  /** Parts of the object that takes longest. */
  readonly longest: {
    readonly size: number;
    readonly parts: readonly { readonly size: number }[];
    readonly requests: number;
  };
  readonly maxRequestsPerSecond: number;
}

/** Estimates a run: all its requests so many at a time, but no less than its longest object, its listing, and its limiter take. */
export function estimateRun(
  work: RunWork,
  given: Partial<PlanAssumptions> & { readonly concurrency: number },
): RunEstimate {
  const assumed: PlanAssumptions = { ...USUAL_STORE, prices: USUAL_PRICES, ...given };
  const { concurrency, latencyMs, bytesPerSecondPerPart, prices } = assumed;
  let count = 0;
  let pages = 0;
  let cost = 0;
  for (const [operation, times] of Object.entries(work.requests)) {
    count += times;
    if (operation.startsWith('list')) pages += times;
    const price = FREE.test(operation) ? 0 : READS.test(operation) ? prices.reads : prices.writes;
    cost += (times / 1000) * price;
  }
  const copyMs = (work.bytes / bytesPerSecondPerPart) * 1000;
  const bounds = [
    (count * latencyMs + copyMs) / concurrency,
    work.longest.requests === 0 ? 0 : estimateDuration(work.longest, assumed),
    pages * latencyMs,
    (count / work.maxRequestsPerSecond) * 1000,
  ];
  return { durationMs: Math.round(Math.max(...bounds)), cost: Number(cost.toPrecision(6)), assumed };
}
