import { ProgressRate } from '../progress-rate.ts';
import type { ManyObject } from './many-object.ts';

/** A snapshot of a run. */
export interface CopyObjectsProgress {
  /** Objects that the source has shown so far, without those that the filter leaves out. */
  readonly listed: number;
  /** Whether that is all of them. */
  readonly isListed: boolean;
  /** Copied, and proved. */
  readonly copied: number;
  /** Copied, and not yet proved: the destination's listing shows a thousand of them at a time. */
  readonly unproved: number;
  /** Left as they are: by `ifExists`, or as the report says that they are done. */
  readonly skipped: number;
  readonly failed: number;
  /** Deleted at the source after they were listed. */
  readonly gone: number;
  readonly deleted: number;
  /** Bytes copied; of large objects also the parts that are there. */
  readonly bytesCopied: number;
  /** Bytes of the objects listed so far, as far as their sizes are known. */
  readonly bytesListed: number;
  readonly inFlight: number;
  /** Requests that may be in flight at this moment. */
  readonly concurrency: number;
  /** The object that is being copied for longest; undefined if none is. */
  readonly slowest: { readonly bucket: string; readonly key: string; readonly elapsedMs: number } | undefined;
  readonly retries: number;
  readonly objectsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Estimated time left in milliseconds; undefined while not everything is listed. */
  readonly etaMs: number | undefined;
  readonly elapsedMs: number;
}

/** How many objects there are, by how they ended. */
export type ObjectCounts = Pick<CopyObjectsProgress, 'listed' | 'copied' | 'skipped' | 'failed' | 'gone' | 'deleted'>;

/** The figures of a run. */
export class Totals implements ObjectCounts {
  listed = 0;
  copied = 0;
  skipped = 0;
  failed = 0;
  gone = 0;
  deleted = 0;
  unproved = 0;
  bytesCopied = 0;
  bytesListed = 0;
  isListed = false;
  retries = 0;
  /** Objects of which requests are in flight. */
  readonly underWay: Set<ManyObject> = new Set();
  /** Requests beside those of runners. */
  requests = 0;
  readonly #startedAt = performance.now();
  readonly #byteRate = new ProgressRate(this.#startedAt);
  readonly #objectRate = new ProgressRate(this.#startedAt);
  #bytesSeen = 0;
  #endedSeen = 0;

  get elapsedMs(): number {
    return Math.round(performance.now() - this.#startedAt);
  }

  get counts(): ObjectCounts {
    const { listed, copied, skipped, failed, gone, deleted } = this;
    return { listed, copied, skipped, failed, gone, deleted };
  }

  get ended(): number {
    return this.copied + this.skipped + this.failed + this.gone;
  }

  snapshot(inFlight: number, concurrency: number): CopyObjectsProgress {
    const now = performance.now();
    let oldest: ManyObject | undefined;
    for (const object of this.underWay)
      if (oldest === undefined || object.startedAt < oldest.startedAt) oldest = object;
    this.#byteRate.add(this.bytesCopied - this.#bytesSeen, now);
    const ended = this.ended + this.unproved;
    this.#objectRate.add(ended - this.#endedSeen, now);
    this.#bytesSeen = this.bytesCopied;
    this.#endedSeen = ended;
    const bytesPerSecond = this.#byteRate.bytesPerSecond(now);
    const objectsPerSecond = this.#objectRate.bytesPerSecond(now);
    const objectsLeft = this.listed - this.ended;
    const leftMs = [
      ((this.bytesListed - this.bytesCopied) / bytesPerSecond) * 1000,
      (objectsLeft / objectsPerSecond) * 1000,
    ].filter((ms) => Number.isFinite(ms));
    const { isListed, unproved, bytesCopied, bytesListed, retries } = this;
    return {
      ...this.counts,
      unproved,
      isListed,
      bytesCopied,
      bytesListed,
      inFlight,
      concurrency,
      slowest: oldest && {
        bucket: oldest.bucket,
        key: oldest.key,
        elapsedMs: Math.round(now - oldest.startedAt),
      },
      retries,
      objectsPerSecond: Math.round(objectsPerSecond * 10) / 10,
      bytesPerSecond: Math.round(bytesPerSecond),
      etaMs: !isListed || leftMs.length === 0 ? undefined : objectsLeft === 0 ? 0 : Math.round(Math.max(0, ...leftMs)),
      elapsedMs: this.elapsedMs,
    };
  }
}
