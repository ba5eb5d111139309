import type { PartRange } from '../../plan/part-range.ts';
import { CLOCK_TOLERANCE_MS } from '../../request/moment.ts';
import { sleep } from '../../request/sleep.ts';
import type { CopyPartResult, ListedPart } from '../../store/copy-store.ts';
import { isAnsweredForNothing } from '../../store/classify-failure.ts';
import { isStoreError, StoreError } from '../../store/store-error.ts';
import type { CopyContext } from '../copy-context.ts';
import { mayMeanGone, saysUploadIsGone } from '../gone.ts';
import { isAnswerLost, LostAnswers } from '../lost-answers.ts';
import { readClock } from '../read-clock.ts';
import type { Upload } from '../upload.ts';

/** Code for a part that the store made of the request's own bytes, which are none, instead of the source's. */
export const IGNORED_SOURCE = 'CopySourceIgnored';

/** Parts that are cut off together are looked for together. */
const GATHER_MS = 20;

/** A 500 may be over at the next attempt, which tells more cheaply than a look for the upload. */
const MOST_FAILURES = 2;

type Listing = ReadonlyMap<number, ListedPart> | 'gone' | undefined;

/**
 * Parts whose answer was lost: a gateway gave up, the connection broke, or the answer was empty. The store may have copied them, or may
 * be at it still, so they are looked for before they are sent again. One ListParts looks for all that wait.
 */
export class LostParts {
  readonly #context: CopyContext;
  readonly #upload: Upload;
  /** The upload may hold parts of an earlier run. */
  readonly #isResumed: boolean;
  readonly #lost = new Map<number, LostAnswers>();
  /** How often each part has failed as if the upload were gone. */
  readonly #failures = new Map<number, number>();
  #listing: Promise<Listing> | undefined;
  #looking: Promise<boolean> | undefined;

  constructor(context: CopyContext, upload: Upload, isResumed: boolean) {
    this.#context = context;
    this.#upload = upload;
    this.#isResumed = isResumed;
  }

  /** Notes a request for a part that has failed, if its answer was lost. */
  note({ partNumber }: PartRange, error: unknown, ranMs: number, isCutOffHere: boolean): void {
    if (!isStoreError(error) || !isAnswerLost(error)) return;
    const lost = this.#lost.get(partNumber) ?? new LostAnswers();
    this.#lost.set(partNumber, lost);
    lost.note(error, ranMs, isCutOffHere);
  }

  of({ partNumber }: PartRange): LostAnswers | undefined {
    return this.#lost.get(partNumber);
  }

  /**
   * Whether a part that has failed may fare better: not if the store's answers are empty, or a gateway gives it too little time.
   *
   * @param provenSize - bytes of the largest part that was copied
   */
  mayWork({ partNumber, size }: PartRange, provenSize: number): boolean {
    const lost = this.#lost.get(partNumber);
    if (lost === undefined) return true;
    return !lost.isAnsweredForNothing && (lost.limitMs === undefined || provenSize >= size);
  }

  /**
   * Looks for a part after its request has failed with `error`, as long as the store may be at it; undefined if it isn't there.
   *
   * @param usualMs - how long such parts take at most, if that is known
   * @param signal - ends the wait
   * @throws StoreError NoSuchUpload if it turns out that the upload is gone
   */
  async find(
    part: PartRange,
    error: unknown,
    usualMs: number | undefined,
    signal: AbortSignal,
  ): Promise<CopyPartResult | undefined> {
    const lost = this.#lost.get(part.partNumber);
    if (signal.aborted) return undefined;
    await this.#assertUploadThere(part.partNumber, error);
    if (lost === undefined || !isStoreError(error) || !isAnswerLost(error)) return undefined;
    const look = async (): Promise<CopyPartResult | undefined | null> => {
      const listed = await (this.#listing ??= this.#list());
      if (listed === 'gone' && this.#upload.slots.filled > 0) throw this.#uploadIsGone(error);
      if (listed === undefined || listed === 'gone') return null;
      const found = listed.get(part.partNumber);
      if (found?.size === 0 && part.size > 0 && isAnsweredForNothing(error)) throw ignoresSource(error);
      return found !== undefined && this.#isOurs(found, part, lost) ? found : undefined;
    };
    const found = await lost.find(look, signal, usualMs);
    return found && { etag: found.etag, checksums: found.checksums };
  }

  #isOurs({ size, etag, lastModified }: ListedPart, part: PartRange, lost: LostAnswers): boolean {
    if (size !== part.size || etag === '') return false;
    const { clock } = this.#context;
    if (lastModified === undefined || !clock.isKnown) return !this.#isResumed;
    // A part that an earlier run stored a moment before is to be copied again: only one that is certainly younger is ours.
    const toleranceMs = this.#isResumed ? -CLOCK_TOLERANCE_MS : CLOCK_TOLERANCE_MS;
    return lastModified.getTime() >= clock.now() - lost.sinceFirstMs - toleranceMs;
  }

  /** The upload's parts; undefined if they can't be listed, `gone` if the store knows no such upload. What is asked for later is listed once more. */
  async #list(): Promise<Listing> {
    const { clock, destination, signal } = this.#context;
    await sleep(GATHER_MS, signal);
    this.#listing = undefined;
    try {
      if (!clock.isKnown) await readClock(this.#context, signal);
      const parts = await destination.parts(this.#upload.uploadId, signal);
      return parts === undefined ? 'gone' : new Map(parts.map((part) => [part.partNumber, part]));
    } catch (error) {
      if (isStoreError(error)) return undefined;
      throw error;
    }
  }

  /**
   * Looks whether the upload is there if parts of it fail as some stores answer for one that is gone (moto: 500, s3s-fs: 403).
   *
   * @throws StoreError NoSuchUpload if it was there, and is gone
   */
  async #assertUploadThere(partNumber: number, error: unknown): Promise<void> {
    const { slots } = this.#upload;
    // One that was refused its first part need not be looked for.
    if (!isStoreError(error) || error.statusCode === 404 || !mayMeanGone(error) || slots.filled === 0) return;
    const failures = (this.#failures.get(partNumber) ?? 0) + 1;
    this.#failures.set(partNumber, failures);
    if (error.retryable && failures !== MOST_FAILURES) return;
    if (await (this.#looking ??= this.#isUploadGone())) throw this.#uploadIsGone(error);
  }

  #uploadIsGone(error: StoreError): StoreError {
    const { uploadId } = this.#upload;
    return new StoreError(`upload ${uploadId} does not exist any more: ${error.message}`, {
      operation: 'copyPart',
      kind: 'permanent',
      statusCode: 404,
      vendorCode: 'NoSuchUpload',
      cause: error,
    });
  }

  /** Some stores list no parts, rather than no upload, for one that is gone. */
  async #isUploadGone(): Promise<boolean> {
    const { destination, options, runner } = this.#context;
    const request = { ...destination.address, uploadId: this.#upload.uploadId };
    try {
      const { parts } = await runner.once(() => options.store.listParts(request));
      return parts.length === 0;
    } catch (error) {
      if (isStoreError(error)) return saysUploadIsGone(error);
      throw error;
    } finally {
      this.#looking = undefined;
    }
  }
}

/** The store takes a part copy for the upload of a part, whose body is empty. */
function ignoresSource({ operation, statusCode, message }: StoreError): StoreError {
  const text = `${message}, and stored a part of no bytes: it doesn't look at the copy source`;
  return new StoreError(text, { operation, kind: 'permanent', statusCode, vendorCode: IGNORED_SOURCE });
}
