import { messageOf } from '../errors.ts';
import { CLOCK_TOLERANCE_MS, elapsedSince, thisMoment } from '../request/moment.ts';
import type { ListedUpload } from '../store/copy-store.ts';
import { isStoreError, type StoreError } from '../store/store-error.ts';
import { abortUpload, warnOfLeftUpload } from './abort.ts';
import type { CopyContext } from './copy-context.ts';
import { readClock } from './read-clock.ts';
import { holdUpload, isInUse } from './uploads-in-use.ts';

/** How much later than its repetition a request that seemed lost may still arrive. */
export const LATE_CREATE_MS = 10_000;

/** No store is at a Create for longer than that. */
const LONGEST_CREATE_MS = 60_000;

/** How far the clocks of a store's servers may be apart: requests that are further off are refused by S3 and its kin. */
const MOST_SKEW_MS = 15 * 60_000;

/** Creates of an earlier run that was killed before they were answered. Times are the store's, in milliseconds. */
export interface LostCreates {
  /** When the first of them was sent. */
  readonly sinceMs: number;
  /** Later than this none of them has begun an upload. */
  readonly untilMs: number;
  readonly answers: number;
}

/**
 * Keeps account of the Creates whose answer was lost, this copy's and those of an earlier process of it, and finds the uploads that
 * they began. Such an upload has exactly this key and no part, and no copy of this process uses it. By the store's clock it was begun
 * while the Creates ran. If there are more of them than answers were lost (someone else is uploading to the same key), or if listing
 * isn't permitted, nothing is aborted and a warning says so.
 *
 * Looked for at the end of the copy: an upload that another program works on has parts by then, and what lands late has landed.
 */
export class OrphanSearch {
  readonly #context: CopyContext;
  readonly #before: LostCreates | undefined;
  readonly #begun = thisMoment();
  /** By what the store's clock had shown until then. */
  readonly #begunMs: number | undefined;
  /** Answers that were lost, and not found so far. */
  #missing: number;
  /** Creates of this copy that nobody answered: the store may still be at them. */
  #unanswered = 0;
  #hasFailed = false;
  /** A warning has said how many uploads may be left. */
  #isTold = false;
  /** When a lost upload may have begun, by the store's clock. */
  #beganAt: number;
  #endedAt: number;

  constructor(context: CopyContext, before: LostCreates | undefined) {
    this.#context = context;
    this.#before = before;
    this.#missing = before?.answers ?? 0;
    this.#begunMs = context.clock.isKnown ? context.clock.now() : undefined;
    this.#beganAt = (before?.sinceMs ?? Number.POSITIVE_INFINITY) - CLOCK_TOLERANCE_MS;
    this.#endedAt = before?.untilMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Counts a Create that failed. Returns whether it may have begun an upload all the same. */
  failed(error: unknown): boolean {
    if (!mayHaveBegun(error)) return false;
    this.#missing++;
    if (error.kind === 'ambiguous') this.#unanswered++;
    return true;
  }

  /**
   * The upload that the copy fills was begun. Other copies of this process are kept from it until the function that this gives is
   * called at the end of the copy: that looks for the lost uploads and aborts them.
   */
  async holdUntilSwept(uploadId: string): Promise<() => Promise<void>> {
    const release = holdUpload(this.#context.options, uploadId);
    await this.#noteTimes();
    return async () => {
      try {
        await this.sweepBut(uploadId);
      } finally {
        release();
      }
    };
  }

  /** No upload was begun that the copy could fill: those that are lost are looked for at once. */
  async sweep(): Promise<void> {
    await this.#noteTimes();
    await this.sweepBut(undefined);
  }

  /** Whether there may be an upload, or may come to be one, that was not found. */
  get mayHaveLeft(): boolean {
    return this.#hasFailed || this.#mayCome > 0;
  }

  /** What came back with the store's error is over; what nobody answered may still be worked on, but not for longer than a Create takes. */
  get #mayCome(): number {
    const { answers = 0, untilMs = Number.NEGATIVE_INFINITY } = this.#before ?? {};
    const isOver = this.#context.clock.now() - untilMs > LONGEST_CREATE_MS;
    return Math.min(this.#missing, this.#unanswered + (isOver ? 0 : answers));
  }

  /** Reads the store's clock for that: if it, or this machine's, was set since it was last read, both times count. */
  async #noteTimes(): Promise<void> {
    if (this.#missing === 0) return;
    const { clock } = this.#context;
    const endedMs = clock.isKnown ? clock.latest() : 0;
    await readClock(this.#context);
    const begunMs = clock.now() - elapsedSince(this.#begun);
    this.#beganAt = Math.min(this.#beganAt, Math.min(begunMs, this.#begunMs ?? begunMs) - CLOCK_TOLERANCE_MS);
    this.#endedAt = Math.max(this.#endedAt, Math.max(clock.latest(), endedMs) + LATE_CREATE_MS);
  }

  /** Aborts the lost uploads, but not the one that is named. */
  async sweepBut(uploadId: string | undefined): Promise<void> {
    // The process that holds the lease now has read of these Creates in the checkpoint.
    if (this.#missing === 0 || this.#context.lease?.isLost === true) return;
    const { name } = this.#context.destination;
    try {
      await this.#abortOrphans(uploadId);
    } catch (error) {
      this.#warn(
        `Create was not answered ${this.#missing} times, so as many uploads for ${name} may be left behind, and they could not be ` +
          `looked for: ${messageOf(error)}`,
      );
    }
    if (this.#isTold || this.#mayCome === 0) return;
    this.#context.reporter.warning(
      'ORPHAN_UPLOADS',
      `Create was not answered ${this.#mayCome} times: if the store still begins an upload for ${name}, it will stay`,
    );
  }

  async #abortOrphans(own: string | undefined): Promise<void> {
    const { name } = this.#context.destination;
    const { ours, doubtful } = await this.#findOrphans(own);
    const isOthers = ours.length > this.#missing;
    if (!isOthers) {
      for (const { uploadId } of ours) {
        // A copy may have begun to use it in the meantime.
        if (isInUse(this.#context.options, uploadId)) continue;
        const { wasGone, problem } = await abortUpload(this.#context, uploadId);
        if (problem !== undefined) {
          this.#hasFailed = true;
          warnOfLeftUpload(this.#context, uploadId, problem);
        }
        // One that is gone was another copy's, which has lost answers, too, and found it first.
        if (!wasGone) this.#missing--;
      }
    }
    const unsure = isOthers ? ours : doubtful;
    if (this.#missing === 0 || unsure.length === 0) return;
    const toCome =
      this.#mayCome === 0 ? '' : `; of ${this.#mayCome} the store may still begin an upload, which will stay`;
    this.#warn(
      `${this.#missing} answers to Create were lost, and what was begun may be ${unsure.map(describeUpload).join(' or ')} for ${name}: ` +
        `as some may be another program’s, none of these was aborted${toCome}`,
    );
  }

  #warn(message: string): void {
    this.#hasFailed = true;
    this.#isTold = true;
    this.#context.reporter.warning('ORPHAN_UPLOADS', message);
  }

  /** Uploads of this key that are nobody's as far as we know, without a part: those of our time, and those of almost our time. */
  async #findOrphans(
    own: string | undefined,
  ): Promise<{ readonly ours: readonly ListedUpload[]; readonly doubtful: readonly ListedUpload[] }> {
    const { options, destination, clock } = this.#context;
    const skewMs = clock.isKnown ? MOST_SKEW_MS : Number.POSITIVE_INFINITY;
    const ours: ListedUpload[] = [];
    const doubtful: ListedUpload[] = [];
    for await (const upload of destination.uploads()) {
      if (upload.uploadId === own || isInUse(options, upload.uploadId)) continue;
      const initiatedAt = upload.initiated?.getTime() ?? Number.NaN;
      if (initiatedAt < this.#beganAt - skewMs || initiatedAt > this.#endedAt + skewMs) continue;
      if ((await destination.countParts(upload.uploadId)) !== 0) continue;
      (initiatedAt >= this.#beganAt && initiatedAt <= this.#endedAt ? ours : doubtful).push(upload);
    }
    return { ours, doubtful };
  }
}

function describeUpload({ uploadId, initiated }: ListedUpload): string {
  const time = initiated?.getTime() ?? Number.NaN;
  return `${uploadId} (${Number.isNaN(time) ? 'begun nobody knows when' : `begun at ${new Date(time).toISOString()}`})`;
}

/** Whether a failed Create may have begun an upload all the same: not if no connection was made, but if a gateway says 503. */
function mayHaveBegun(error: unknown): error is StoreError {
  if (!isStoreError(error)) return false;
  if (error.kind === 'throttled') return error.statusCode === 503;
  return error.kind === 'ambiguous' || (error.kind === 'transient' && error.statusCode !== undefined);
}
