import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { elapsedSince, type Moment, thisMoment } from '../request/moment.ts';
import { listUploadsOfKey } from './listed-uploads.ts';
import { CLOCK_TOLERANCE_MS, LATE_CREATE_MS, sweepOrphans } from './orphan-uploads.ts';
import { readClock } from './read-clock.ts';
import { describeObject } from './source-request.ts';
import { holdUpload } from './uploads-in-use.ts';

/** Creates of an earlier run that was killed before they were answered. */
export interface LostCreates {
  /** When the first of them was sent, by the store's clock. */
  readonly sinceMs: number;
  /** Later than this none of them has begun an upload. */
  readonly untilMs: number;
  readonly answers: number;
}

/** No store is at a Create for longer than that. */
const LONGEST_CREATE_MS = 60_000;

/**
 * Keeps account of the Creates whose answer was lost, this copy's and those of an earlier process of it, and finds the uploads that
 * they began. Looked for at the end of the copy: an upload that another program works on has parts by then, and what lands late has
 * landed.
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
  #warned = false;
  readonly #noted = new Set<string>();
  #window = { beganAt: Number.POSITIVE_INFINITY, endedAt: Number.NEGATIVE_INFINITY };

  constructor(context: CopyContext, before: LostCreates | undefined) {
    this.#context = context;
    this.#before = before;
    this.#begunMs = context.clock.isKnown ? context.clock.now() : undefined;
  }

  /** Tells of a Create that failed. Returns whether it may have begun an upload all the same. */
  failed(error: unknown): boolean {
    if (!mayHaveBegun(error)) return false;
    this.#lost++;
    if (!isStoreError(error) || error.kind !== 'ambiguous') return true;
    this.#unanswered++;
    this.#lastUnanswered = thisMoment();
    return true;
  }

  /**
   * The upload that the copy goes on with was begun. Other copies of this process are kept from it until the function that this gives is
   * called at the end of the copy: that looks for the lost uploads and aborts them.
   */
  async holdUntilSwept(uploadId: string): Promise<() => Promise<void>> {
    const release = holdUpload(this.#context.options, uploadId);
    await this.#noteTimes();
    await this.#noteUploads();
    return async () => {
      try {
        await this.#sweep(uploadId);
      } finally {
        release();
      }
    };
  }

  /** No upload was begun that the copy could go on with: those that are lost are looked for at once. */
  async sweep(): Promise<void> {
    await this.#noteTimes();
    await this.#sweep(undefined);
  }

  /** Whether there may be an upload, or may come to be one, that was not found. */
  get mayHaveLeft(): boolean {
    const undecided = this.#warned ? this.#missing : this.#unanswered + (this.#before?.answers ?? 0);
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

  /** The store's clock is read for that: where it, or this machine's, was put right since it was last read, both times count. */
  async #noteTimes(): Promise<void> {
    if (this.#missing === 0) return;
    const { clock } = this.#context;
    const endedMs = clock.isKnown ? clock.latest() : undefined;
    await readClock(this.#context);
    const begunMs = clock.now() - elapsedSince(this.#begun);
    this.#window = {
      beganAt: Math.min(begunMs, this.#begunMs ?? begunMs, this.#before?.sinceMs ?? begunMs) - CLOCK_TOLERANCE_MS,
      endedAt: Math.max(clock.latest() + LATE_CREATE_MS, (endedMs ?? 0) + LATE_CREATE_MS, this.#before?.untilMs ?? 0),
    };
  }

  /** Uploads that are there already: later ones may rather be another program's. */
  async #noteUploads(): Promise<void> {
    if (this.#missing === 0) return;
    try {
      for await (const { uploadId } of listUploadsOfKey(this.#context)) this.#noted.add(uploadId);
    } catch {
      // Told of at the end, where it fails then too.
    }
  }

  async #sweep(uploadId: string | undefined): Promise<void> {
    if (this.#missing === 0 || this.#warned) return;
    const swept = await sweepOrphans(this.#context, {
      ...this.#window,
      lostAnswers: this.#missing,
      uploadId,
      noted: this.#noted,
    });
    this.#found += swept.aborted + swept.left;
    this.#left += swept.left;
    this.#warned = swept.warned;
    if (this.#warned || Math.min(this.#mayStillCome, this.#missing) === 0) return;
    const { reporter, options } = this.#context;
    reporter.warning(
      'ORPHAN_UPLOADS',
      `Create was not answered ${this.#mayStillCome} times: if the store still begins an upload for ` +
        `${describeObject(options.destination)}, it will stay`,
    );
  }
}

/** Whether a failed Create may have begun an upload all the same: not where no connection was made, but where a gateway says 503. */
function mayHaveBegun(error: unknown): boolean {
  if (!isStoreError(error)) return false;
  if (error.kind === 'throttled') return error.statusCode === 503;
  return error.kind === 'ambiguous' || (error.kind === 'transient' && error.statusCode !== undefined);
}
