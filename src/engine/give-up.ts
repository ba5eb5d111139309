import { CompleteFailedError, CopyError, DestinationExistsError, SourceChangedError } from '../errors.ts';
import { abortOrWarn, abortUpload, warnOfLeftUpload } from './abort-upload.ts';
import type { CopyContext } from './copy-context.ts';
import type { UploadToFill } from './parts/copy-parts.ts';
import {
  type CompletedUpload,
  type CompleteInput,
  findCompleted,
  findCompletedAfterAbort,
} from './reconcile-complete.ts';
import { saysUploadIsGone, UploadGoneError } from './upload-gone.ts';
import type { UploadRecord } from './upload-record.ts';

/** A copy in parts that has failed. */
export interface FailedUpload {
  readonly upload: UploadToFill;
  readonly error: unknown;
  /** Where Complete was, or was about to be, sent. */
  readonly completing: CompleteInput | undefined;
  readonly record: UploadRecord;
}

/**
 * Leaves nothing behind, or exactly what a resume needs, and throws what the copy failed with; unless the Complete that seemed to have
 * failed came through after all. Only when the upload is gone is it certain that it doesn't any more.
 */
export async function giveUp(context: CopyContext, failed: FailedUpload): Promise<CompletedUpload> {
  const { upload, error, completing, record } = failed;
  const { uploadId, unanswered } = upload;
  const { options } = context;
  const isOurs = isOurError(context, error);
  const keep = (): never => {
    if (isOurs && !(error instanceof UploadGoneError)) error.uploadId ??= uploadId;
    record.left();
    throw error;
  };
  if (error instanceof CompleteFailedError && error.outcome === 'unknown') {
    // One that is gone can only come back, by a part that lands late.
    if (error instanceof UploadGoneError && unanswered.remainingMs > 0)
      await abortOrWarn(context, uploadId, unanswered);
    return keep();
  }
  // An equal object of someone else's is what `DestinationExistsError` is about.
  const maybeCompleted =
    completing?.trail.mayHaveCompleted === true && !(error instanceof DestinationExistsError) ? completing : undefined;
  const early = maybeCompleted === undefined ? undefined : await findCompleted(context, maybeCompleted);
  if (early !== undefined) return early;
  if (options.onFailure === 'keep' && isOfUse(context, error)) return keep();
  const { problem, wasGone } = await abortUpload(context, uploadId, unanswered);
  const late =
    maybeCompleted === undefined ? undefined : await findCompletedAfterAbort(context, maybeCompleted, wasGone);
  if (late !== undefined) return late;
  // It ended by itself, and what became of it can't be seen.
  if (problem === undefined) throw maybeCompleted !== undefined && wasGone ? asUnknown(error) : error;
  record.left();
  warnOfLeftUpload(context, uploadId, problem);
  // It could not be ended, so what was lost may still come through.
  const end = maybeCompleted !== undefined && isOurs ? asUnknown(error) : error;
  if (isOurs) Object.assign(end as CopyError, { abortError: problem, uploadId });
  throw end;
}

/** Whether the error is one of this copy. The reason that a caller cancels for is his own: he may use it for many copies. */
export function isOurError({ signal }: CopyContext, error: unknown): error is CopyError {
  return error instanceof CopyError && !(signal.aborted && error === signal.reason);
}

/** Whether a later run could go on with the upload. */
function isOfUse({ options }: CopyContext, error: unknown): boolean {
  if (error instanceof SourceChangedError) return false;
  if (error instanceof DestinationExistsError) return options.ifExists !== 'skip';
  return !(error instanceof CompleteFailedError && saysUploadIsGone(error.cause));
}

function asUnknown(error: unknown): unknown {
  if (!(error instanceof CompleteFailedError)) return error;
  return new CompleteFailedError(error.message, { outcome: 'unknown', cause: error.cause });
}
