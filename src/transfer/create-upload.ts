import type { CreateMultipartUploadResult, ObjectProperties } from '../store/copy-store.ts';
import { isStoreError } from '../store/store-error.ts';
import type { CopyContext } from './copy-context.ts';
import { elapsedSince, thisMoment } from './elapsed-since.ts';
import { CLOCK_TOLERANCE_MS, LATE_CREATE_MS, sweepOrphans } from './orphan-uploads.ts';
import type { SourceChecksum } from './source-checksum.ts';
import { describeObject, sourceHeadRequest } from './source-request.ts';

/** Creates of an earlier run that was killed before they were answered. */
export interface LostCreates {
  /** When the first of them was sent, by the store's clock. */
  readonly sinceMs: number;
  /** Later than this none of them has begun an upload. */
  readonly untilMs: number;
  readonly answers: number;
}

/** What is told of a Create beside its result. */
export interface CreateWatch {
  readonly lostBefore?: LostCreates | undefined;
  /** Before each attempt. */
  readonly onAttempt?: () => Promise<void>;
  readonly onFailure?: (mayHaveLeft: boolean) => void;
}

/** An upload that was begun. */
export interface CreatedUpload extends CreateMultipartUploadResult {
  /** Looks once more for uploads of Creates whose answer was lost, at the end of the copy: a late one may have come up since. */
  readonly sweepOrphans: () => Promise<void>;
}

/**
 * Begins the upload. A Create whose answer is lost may have begun one that nobody knows of; those are looked for and aborted:
 * uploads for exactly this key, begun since our first Create by the store's clock, without a part, not ours, and no more of them
 * than answers were lost. Where listing isn't permitted, or more candidates turn up than answers were lost (someone else is
 * uploading to the same key), nothing is aborted and a warning says so.
 *
 * The request is never cut off by the caller's signal, as its answer names what must be cleaned up.
 */
export async function createUpload(
  context: CopyContext,
  properties: ObjectProperties,
  checksum: SourceChecksum | undefined,
  watch: CreateWatch = {},
): Promise<CreatedUpload> {
  const { options, runner, clock, signal } = context;
  const { store, destination, sse, requestPayer, expectedBucketOwner } = options;
  const beganAt = Math.min(clock.now(), watch.lostBefore?.sinceMs ?? Number.POSITIVE_INFINITY) - CLOCK_TOLERANCE_MS;
  const begun = thisMoment();
  let lostAnswers = watch.lostBefore?.answers ?? 0;
  let endedAt = Number.POSITIVE_INFINITY;
  let givenUp = 0;
  let warned = false;
  const sweep = async (uploadId: string | undefined): Promise<void> => {
    if (lostAnswers === 0 || warned) return;
    // A store's clock may have been put right since it was last seen: then the time is reckoned back from what it shows now.
    await readClock(context);
    const earliest = Math.min(beganAt, clock.now() - elapsedSince(begun) - CLOCK_TOLERANCE_MS);
    const swept = await sweepOrphans(context, { beganAt: earliest, endedAt, lostAnswers, uploadId });
    lostAnswers -= swept.aborted;
    warned = swept.warned;
  };
  const sweepLast = async (uploadId: string | undefined): Promise<void> => {
    await sweep(uploadId);
    // What came back with an error is over; what nobody answered may still be worked on.
    if (warned || Math.min(givenUp, lostAnswers) === 0) return;
    context.reporter.warning(
      'ORPHAN_UPLOADS',
      `Create was not answered in time ${givenUp} times: if the store still begins an upload for ` +
        `${describeObject(destination)}, it will stay`,
    );
  };
  try {
    const created = await runner.run(
      'createMultipartUpload',
      async () => {
        await watch.onAttempt?.();
        return store
          .createMultipartUpload({
            ...destination,
            properties,
            sse,
            ...(checksum === undefined || checksum.algorithm === 'CRC64ECMA'
              ? {}
              : { checksumAlgorithm: checksum.algorithm, checksumType: checksum.type }),
            requestPayer,
            expectedBucketOwner,
          })
          .catch((error: unknown) => {
            if (mayHaveBegun(error)) lostAnswers++;
            if (isStoreError(error) && error.vendorCode === 'TimeoutError') givenUp++;
            throw error;
          });
      },
      { waitSignal: signal },
    );
    endedAt = clock.now() + LATE_CREATE_MS;
    await sweep(created.uploadId);
    return { ...created, sweepOrphans: () => sweepLast(created.uploadId) };
  } catch (error) {
    await sweepLast(undefined);
    watch.onFailure?.(lostAnswers > 0);
    throw error;
  }
}

async function readClock(context: CopyContext): Promise<void> {
  const { options, runner, clock } = context;
  const request = { ...sourceHeadRequest(context), signal: undefined };
  try {
    const head = await runner.run('headObject', () => options.sourceStore.headObject(request));
    clock.observe(head.serverTime);
  } catch (error) {
    if (!isStoreError(error)) throw error; // without an answer, what was known before must do
  }
}

/** Whether a failed Create may have begun an upload all the same: not where no connection was made, but where a gateway says 503. */
function mayHaveBegun(error: unknown): boolean {
  if (!isStoreError(error)) return false;
  if (error.kind === 'throttled') return error.statusCode === 503;
  return error.kind === 'ambiguous' || (error.kind === 'transient' && error.statusCode !== undefined);
}
