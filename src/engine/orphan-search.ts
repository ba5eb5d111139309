import { messageOf } from '../errors.ts';
import { CLOCK_TOLERANCE_MS, elapsedSince, type Moment, thisMoment } from '../request/moment.ts';
import type { ListedUpload } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import { abortOrWarn } from './abort.ts';
import { saysUploadIsGone } from './bound-store.ts';
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
 * while the Creates ran. No more of them are aborted than answers were lost. If there are more (someone else is uploading to the same key), or if
 * listing isn't permitted, nothing is aborted and a warning says so.
 *
 * Looked for at the end of the copy: an upload that another program works on has parts by then, and what lands late has landed.
 */
export class OrphanSearch {
  readonly #context: CopyContext;
  readonly #before: LostCreates | undefined;
  readonly #begun = thisMoment();
  /** By what the store's clock had shown until then. */
  readonly #begunMs: number | undefined;
  #lost = 0;
  #unanswered = 0;
  #lastUnanswered: Moment | undefined;
  #found = 0;
  #left = 0;
  #isWarned = false;
  /** Uploads that were listed soon after the last Create: later ones may rather be another program's. */
  readonly #noted = new Set<string>();
  /** When a lost upload may have begun, by the store's clock. */
  #window: { readonly beganAt: number; readonly endedAt: number };

  constructor(context: CopyContext, before: LostCreates | undefined) {
    this.#context = context;
    this.#before = before;
    this.#begunMs = context.clock.isKnown ? context.clock.now() : undefined;
    this.#window = {
      beganAt: (before?.sinceMs ?? Number.POSITIVE_INFINITY) - CLOCK_TOLERANCE_MS,
      endedAt: before?.untilMs ?? Number.NEGATIVE_INFINITY,
    };
  }

  /** Counts a Create that failed. Returns whether it may have begun an upload all the same. */
  failed(error: unknown): boolean {
    if (!mayHaveBegun(error)) return false;
    this.#lost++;
    if (!isStoreError(error) || error.kind !== 'ambiguous') return true;
    this.#unanswered++;
    this.#lastUnanswered = thisMoment();
    return true;
  }

  /**
   * The upload that the copy fills was begun. Other copies of this process are kept from it until the function that this gives is
   * called at the end of the copy: that looks for the lost uploads and aborts them.
   */
  async holdUntilSwept(uploadId: string): Promise<() => Promise<void>> {
    const release = holdUpload(this.#context.options, uploadId);
    await this.#noteTimes();
    await this.#noteUploads();
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
    const undecided = this.#isWarned ? this.#missing : this.#unanswered + (this.#before?.answers ?? 0);
    return this.#left > 0 || Math.min(this.#missing, undecided) > 0;
  }

  /** What came back with the store's error is over; what nobody answered a moment ago may still be worked on. */
  get #mayStillCome(): number {
    const isOver = this.#lastUnanswered === undefined || elapsedSince(this.#lastUnanswered) > LONGEST_CREATE_MS;
    const lastBeforeMs = (this.#before?.untilMs ?? Number.NEGATIVE_INFINITY) - LATE_CREATE_MS;
    const isOverBefore = this.#context.clock.now() - lastBeforeMs > LONGEST_CREATE_MS;
    return (isOver ? 0 : this.#unanswered) + (isOverBefore ? 0 : (this.#before?.answers ?? 0));
  }

  get #missing(): number {
    return (this.#before?.answers ?? 0) + this.#lost - this.#found;
  }

  /** Reads the store's clock for that: if it, or this machine's, was set since it was last read, both times count. */
  async #noteTimes(): Promise<void> {
    if (this.#missing === 0) return;
    const { clock } = this.#context;
    const endedMs = clock.isKnown ? clock.latest() : 0;
    await readClock(this.#context);
    const begunMs = clock.now() - elapsedSince(this.#begun);
    const { beganAt, endedAt } = this.#window;
    this.#window = {
      beganAt: Math.min(beganAt, Math.min(begunMs, this.#begunMs ?? begunMs) - CLOCK_TOLERANCE_MS),
      endedAt: Math.max(endedAt, Math.max(clock.latest(), endedMs) + LATE_CREATE_MS),
    };
  }

  async #noteUploads(): Promise<void> {
    if (this.#missing === 0) return;
    try {
      for await (const { uploadId } of this.#context.destination.uploads()) this.#noted.add(uploadId);
    } catch {
      // The sweep at the end warns if listing fails then too.
    }
  }

  /** Aborts the lost uploads, but not the one that is named. */
  async sweepBut(uploadId: string | undefined): Promise<void> {
    if (this.#missing === 0 || this.#isWarned) return;
    const name = this.#context.destination.name;
    const missing = this.#missing;
    try {
      await this.#abortOrphans(uploadId);
    } catch (error) {
      this.#warn(
        `Create was not answered ${missing} times, so as many uploads for ${name} may be left behind, and they could not be ` +
          `looked for: ${messageOf(error)}`,
      );
    }
    const open = Math.min(this.#mayStillCome, this.#missing);
    if (this.#isWarned || open === 0) return;
    this.#context.reporter.warning(
      'ORPHAN_UPLOADS',
      `Create was not answered ${this.#mayStillCome} times: if the store still begins an upload for ${name}, it will stay`,
    );
  }

  async #abortOrphans(own: string | undefined): Promise<void> {
    const { options, destination } = this.#context;
    const { ours, doubtful } = await this.#findOrphans(own);
    const isNoted = ({ uploadId }: ListedUpload): boolean => this.#noted.has(uploadId);
    for (const uploads of [ours.filter(isNoted), ours.filter((upload) => !isNoted(upload))]) {
      if (this.#missing === 0) return;
      if (uploads.length > this.#missing) {
        const ids = uploads.map((upload) => upload.uploadId).join(', ');
        return this.#warn(
          `An answer to Create was lost, and ${uploads.length} uploads for ${destination.name} were begun since (${ids}): ` +
            'as some may be another program’s, none was aborted',
        );
      }
      for (const { uploadId } of uploads) {
        // A copy may have begun to use it in the meantime.
        if (isInUse(options, uploadId)) continue;
        if (!(await abortOrWarn(this.#context, uploadId))) this.#left++;
        this.#found++;
      }
    }
    if (this.#missing === 0 || doubtful.length === 0) return;
    this.#warn(
      `An answer to Create was lost, and what it began may be ${doubtful.map(describeUpload).join(' or ')} for ` +
        `${destination.name}: as no clock tells for certain, nothing more was aborted`,
    );
  }

  #warn(message: string): void {
    this.#isWarned = true;
    this.#context.reporter.warning('ORPHAN_UPLOADS', message);
  }

  /** Uploads of this key that are nobody's as far as we know, without a part: those of our time, and those of almost our time. */
  async #findOrphans(
    own: string | undefined,
  ): Promise<{ readonly ours: readonly ListedUpload[]; readonly doubtful: readonly ListedUpload[] }> {
    const { options, destination, clock } = this.#context;
    const { beganAt, endedAt } = this.#window;
    const skewMs = clock.isKnown ? MOST_SKEW_MS : Number.POSITIVE_INFINITY;
    const ours: ListedUpload[] = [];
    const doubtful: ListedUpload[] = [];
    for await (const upload of destination.uploads()) {
      if (upload.uploadId === own || isInUse(options, upload.uploadId)) continue;
      const initiatedAt = upload.initiated?.getTime() ?? Number.NaN;
      if (initiatedAt < beganAt - skewMs || initiatedAt > endedAt + skewMs) continue;
      if (!(await this.#isEmpty(upload.uploadId))) continue;
      (initiatedAt >= beganAt && initiatedAt <= endedAt ? ours : doubtful).push(upload);
    }
    return { ours, doubtful };
  }

  async #isEmpty(uploadId: string): Promise<boolean> {
    try {
      // An empty page that isn't the last proves nothing.
      for await (const page of this.#context.destination.partPages(uploadId)) if (page.length > 0) return false;
      return true;
    } catch (error) {
      if (saysUploadIsGone(error)) return false; // meanwhile
      throw error;
    }
  }
}

function describeUpload({ uploadId, initiated }: ListedUpload): string {
  const time = initiated?.getTime() ?? Number.NaN;
  return `${uploadId} (${Number.isNaN(time) ? 'begun nobody knows when' : `begun at ${new Date(time).toISOString()}`})`;
}

/** Whether a failed Create may have begun an upload all the same: not if no connection was made, but if a gateway says 503. */
function mayHaveBegun(error: unknown): boolean {
  if (!isStoreError(error)) return false;
  if (error.kind === 'throttled') return error.statusCode === 503;
  return error.kind === 'ambiguous' || (error.kind === 'transient' && error.statusCode !== undefined);
}
