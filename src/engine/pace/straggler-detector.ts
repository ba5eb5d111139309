import type { HedgePolicy } from '../../options/normalize-copy-options.ts';
import { RecentDurations } from './recent-durations.ts';

/** Options of a {@link StragglerDetector}. */
export interface StragglerOptions extends HedgePolicy {
  readonly partsTotal: number;
}

/** Below this many peers nobody knows what is normal. */
const MIN_PEERS = 8;
/** Duplicates that may be saved up: when all parts slow down together, no more than these are sent in vain. */
const MAX_SAVED_HEDGES = 8;
/** If durations spread widely by nature, a part among the slowest twentieth is nothing unusual. */
const SPREAD_QUANTILE = 0.95;
const SPREAD_FACTOR = 1.5;
const MIN_LOST_MS = 5000;

/** Decides when a part runs too long. Pure: it has no clock and no timers, the caller says how long parts took. */
export class StragglerDetector {
  readonly #options: StragglerOptions;
  /**
   * Durations by size class (each four times the one before), in ascending order: parts of very different sizes are no peers.
   * Usually there is one class.
   */
  readonly #classes: { readonly sizeClass: number; readonly durations: RecentDurations }[] = [];
  readonly #minPeers: number;
  readonly #maxHedges: number;
  #saved = 1;
  #hedges = 0;

  constructor(options: StragglerOptions) {
    this.#options = options;
    // A copy of few parts knows its peers when half of them are there: one that is never answered has no other to tell.
    this.#minPeers = Math.max(1, Math.min(MIN_PEERS, Math.ceil(options.partsTotal / 2)));
    this.#maxHedges = options.maxRatio > 0 ? Math.max(1, Math.floor(options.maxRatio * options.partsTotal)) : 0;
  }

  /** A part of so many bytes was copied in this time (the attempt that succeeded, without waiting). */
  observe({ elapsedMs, bytes }: { readonly elapsedMs: number; readonly bytes: number }): void {
    this.#durationsOf(findSizeClass(bytes)).add(elapsedMs);
    this.#saved = Math.min(MAX_SAVED_HEDGES, this.#saved + this.#options.maxRatio);
  }

  /** How long a part of this size may run until it straggles, in milliseconds; undefined until enough is known. */
  thresholdMs(bytes: number): number | undefined {
    const peers = this.#findPeers(bytes);
    if (peers === undefined) return undefined;
    const { durations, scale } = peers;
    const { factor, minDelayMs } = this.#options;
    const usualMs = Math.max(factor * durations.quantileMs(0.5), SPREAD_FACTOR * durations.quantileMs(SPREAD_QUANTILE));
    return Math.max(minDelayMs, usualMs * scale);
  }

  /** Whether one more duplicate may be sent after so many, those included that are still to be sent. */
  hedgesAllowed(hedgesSoFar: number): boolean {
    // Fewer than before, if one that was decided on wasn't sent after all.
    this.#saved = Math.min(MAX_SAVED_HEDGES, this.#saved - (hedgesSoFar - this.#hedges));
    this.#hedges = hedgesSoFar;
    return hedgesSoFar < this.#maxHedges && this.#saved >= 1;
  }

  /**
   * After how many milliseconds a request without an answer counts as lost, hedged or not; undefined until enough is known. It doubles
   * with every `attempt` (from 1), so that a store which stands still for a while isn't asked for the same again and again.
   */
  lostThresholdMs(bytes: number, attempt = 1): number | undefined {
    const peers = this.#findPeers(bytes);
    if (peers === undefined) return undefined;
    const { durations, scale } = peers;
    const slowMs = Math.max(10 * durations.quantileMs(0.99), 2 * durations.longestMs) * scale;
    return Math.max(MIN_LOST_MS, slowMs) * 2 ** (attempt - 1);
  }

  #durationsOf(sizeClass: number): RecentDurations {
    const at = this.#classes.findIndex((known) => known.sizeClass >= sizeClass);
    const found = this.#classes[at];
    if (found?.sizeClass === sizeClass) return found.durations;
    const durations = new RecentDurations();
    this.#classes.splice(at === -1 ? this.#classes.length : at, 0, { sizeClass, durations });
    return durations;
  }

  /**
   * The class nearest to this size that is known well enough: its own, else the next larger one as it is (a smaller part takes
   * no longer), else the next smaller one, for which the time may grow as the size.
   */
  #findPeers(bytes: number): { readonly durations: RecentDurations; readonly scale: number } | undefined {
    const sizeClass = findSizeClass(bytes);
    let smaller: { readonly durations: RecentDurations; readonly scale: number } | undefined;
    for (const known of this.#classes) {
      if (known.durations.size < this.#minPeers) continue;
      if (known.sizeClass >= sizeClass) return { durations: known.durations, scale: 1 };
      smaller = { durations: known.durations, scale: 4 ** (sizeClass - known.sizeClass) };
    }
    return smaller;
  }
}

function findSizeClass(bytes: number): number {
  return Math.floor(Math.log2(Math.max(1, bytes)) / 2);
}
